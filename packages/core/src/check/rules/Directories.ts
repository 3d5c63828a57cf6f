/** Rules that need the backup directory: names of directories, images, leftovers. */
import { backingOf, type ChainLocation, chainPath, isGone } from "../../directory/ChainImages.ts"
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as ImageNames from "../../directory/ImageNames.ts"
import * as SkipIndex from "../../directory/SkipIndex.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import { printPath, skipsOf, withDetail } from "../internal/skipped.ts"
import type { Rule } from "../Rule.ts"
import { backingFiles } from "./BackingFiles.ts"

/** Says how a uuid differs from the name of the directory it stands in. */
const differingName = (what: string, uuid: string, directory: string): string =>
  `${what} ${JSON.stringify(uuid)} lies in directory ${JSON.stringify(directory)}`
  + (Uuid.equals(uuid, directory) ? ", which is another spelling of it" : "")

const directoryNames: Rule = {
  id: "I02",
  name: "directories are named by uuids",
  statement: "The uuid of an environment, and that of a chain, is the name of its directory.",
  severity: "error",
  scope: "D",
  // By the names of directories a server finds a backup.
  breaks: "chain",
  meaning:
    "The server shows the uuid in the file, and looks for the name of the directory, byte for byte: what it shows cannot "
    + "be restored or removed by that id.",
  advice:
    "Was the directory renamed or copied? Give it back the name that its .metadata says, or move the copy out of the "
    + "store.",
  source: "SEMANTICS 4.4 and 3.5",
  needs: ["directory"],
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    return {
      environment: ({ environment, place }) => {
        const at = environment.chains.map(({ head }) => located.get(head)).find((found) => found !== undefined)
        return at === undefined || at.environment.directory === environment.uuid ? [] : [{
          place,
          message: differingName("the environment", environment.uuid, at.environment.directory)
        }]
      },
      chain: ({ chain, place }) => {
        const at = located.get(chain.head)
        return at === undefined || at.chain.directory === chain.uuid ? [] : [{
          place,
          message: differingName("the chain", chain.uuid, at.chain.directory)
        }]
      }
    }
  }
}

const directoryNumbers: Rule = {
  id: "I08",
  name: "directories bear the numbers of their backups",
  statement: "The number of a backup is that of its directory, and that of directory base is 1.",
  severity: "error",
  scope: "D",
  breaks: "chain",
  meaning:
    "The server shows the number in the file, and looks for the directory: the id it shows names another backup, or none. "
    + "A removal by that id can take what it should not.",
  advice:
    "Was the directory renamed or copied? Give it back the number that its .metadata says, and remove nothing before.",
  source: "SEMANTICS 4.4 and 3.5",
  needs: ["directory"],
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    return {
      backup: ({ backup, chain, place }) => {
        const at = located.get(backup)
        // A head whose number cannot be known is one of I04.
        const number = BackupTree.number(chain, backup)
        return at === undefined || number === undefined || at.item.number === number ? [] : [{
          place,
          message: `backup ${backup.id} has number ${number}, and lies in directory ${
            JSON.stringify(at.item.directory)
          }`
        }]
      }
    }
  }
}

const wholeImages: Rule = {
  id: "I36",
  name: "every image is there",
  statement:
    "Every image that a backup names is a file in the directory of its chain, not empty, and not cut off at its beginning.",
  severity: "error",
  scope: "D",
  breaks: "images",
  meaning:
    "This backup cannot be restored, nor can any later one of its chain, although the server lists them as if they were "
    + "healthy.",
  advice: "Look for the image elsewhere, a copy of the store perhaps, and make a full backup now.",
  source: "SEMANTICS 4.4 and 4.3",
  needs: ["directory"],
  check: ({ directory, request }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    const seen = SkipIndex.make(directory)
    const faults = (at: ChainLocation, { id, images }: BackupTree.Backup): ReadonlyArray<string> =>
      images.filter((image) => isGone(at, image, seen)).map((image) =>
        `image ${JSON.stringify(image)} of backup ${id} ${stateOf(at, image)}`
      )
    return {
      backup: ({ backup, place }) => {
        const at = located.get(backup)
        return at === undefined ? [] : faults(at, backup).map((message) => ({ place, message }))
      },
      chain: ({ chain, environment, place }) => {
        const at = located.get(chain.head)
        return at === undefined || ChainVersion.of(environment, chain) >= ChainVersion.keepChainVersion
          ? []
          : goneBetween(at, chain, seen).map(({ backup, message }) => ({ place: { ...place, backup }, message }))
      },
      // What a server hides is in no tree, and its images count too: it can be restored by hand.
      end: () => {
        const isRequested = DirectoryPath.isRequested(request, DirectoryPath.resolver(directory))
        return hiddenBackups(directory).flatMap(({ backup, ...at }) =>
          isRequested(chainPath(at))
            ? faults(at, backup).map((message) => ({
              storedAt: chainPath(at),
              message: `${message}; a server hides it`
            }))
            : []
        )
      }
    }
  }
}

/** Says how an image is gone, and from where. */
const stateOf = (at: ChainLocation, image: string): string => {
  const file = at.chain.files.get(image)
  const state = file === undefined ? "is not in" : file.size === 0n ? "is empty, in" : "is cut off, in"
  return `${state} ${printPath(chainPath(at))}`
}

/**
 * Finds the backups that build on one whose metadata is lost, and whose image, as it was called, is gone.
 *
 * Nothing can be merged away of a chain of the archiver, so that every number between two others was a backup.
 */
const goneBetween = (
  at: ChainLocation,
  chain: BackupTree.BackupChain,
  seen: SkipIndex.SkipIndex
): ReadonlyArray<{ readonly backup: number; readonly message: string }> => {
  const shown = new Map(BackupTree.backups(chain).map((backup, index) => [backup, index]))
  const found: Array<{ readonly backup: number; readonly message: string }> = []
  let before: DirectoryReading.ReadItem | undefined
  // It is told at the next backup that is shown.
  let gone: string | undefined
  for (const item of at.chain.items) {
    if (item.described === undefined) continue
    if (before !== undefined) gone ??= firstGone(at, before, item.number, seen)
    const index = item.content._tag === "Damaged" ? undefined : shown.get(item.content.backup)
    if (gone !== undefined && index !== undefined) {
      const message = `image ${JSON.stringify(gone)}, which backup ${item.described.id} builds on, ${stateOf(at, gone)}`
      found.push({ backup: index, message })
      gone = undefined
    }
    before = item
  }
  return found
}

/** Returns the first image that is gone of the numbers between a backup and a later one, called as those of the former. */
const firstGone = (
  at: ChainLocation,
  { described, number: from }: DirectoryReading.ReadItem,
  to: number,
  seen: SkipIndex.SkipIndex
): string | undefined => {
  for (let number = from + 1; number < Math.min(to, from + maxGap); number++) {
    const images = described?.images.flatMap((image) => ImageNames.renumber(image, from, number) ?? [])
    const gone = images?.find((image) => isGone(at, image, seen))
    if (gone !== undefined) return gone
  }
  return undefined
}

/** How many numbers that lie between two backups are looked for: those of a damaged directory may be anything. */
const maxGap = 1000

/** Returns what is described in a directory, and in no listing of a server. */
const hiddenBackups = (
  reading: DirectoryReading.DirectoryReading
): ReadonlyArray<ChainLocation & { readonly backup: BackupTree.Backup }> => {
  const shown = DirectoryReading.shownItems(reading)
  return reading.environments.flatMap((environment) =>
    environment.chains.flatMap((chain) =>
      chain.items.flatMap((item) =>
        item.described === undefined || shown.has(item) ? [] : [{ environment, chain, backup: item.described }]
      )
    )
  )
}

const leftovers: Rule = {
  id: "I38",
  name: "nothing is left over",
  statement: "There are no images, directories of backups or temporary files that nothing refers to.",
  severity: "info",
  scope: "D",
  breaks: "nothing",
  meaning:
    "A backup that is running right now, or one that broke off, leaves this behind: it takes up space, and nothing that is "
    + "listed needs it. Where metadata was lost, it is all that is left of a backup.",
  advice:
    "Look again when no backup is running. Remove nothing that another image is backed by (qemu-img info shows what an "
    + "image is backed by).",
  source: "SEMANTICS 4.4, 3.2 and 3.5",
  needs: ["directory"],
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () => {
        const skips = skipsOf(head, directory, "I38", [
          "orphan-image",
          "temp-file",
          "base-without-metadata",
          "link-without-metadata"
        ])
        if (skips.length === 0) return []
        const resolve = DirectoryPath.resolver(directory)
        const dependants = new Map<string, ReadonlyMap<string, string>>()
        return skips.map((skip) => {
          const { chain, environment, name } = resolve(skip.path)
          const what = leftoverText[skip.reason] ?? "is left over"
          if (chain === undefined || environment === undefined || skip.reason !== "orphan-image") {
            return { storedAt: skip.path, message: withDetail(`${printPath(skip.path)} ${what}`, skip) }
          }
          const at = { environment, chain }
          const backed = dependants.get(chainPath(at)) ?? dependantsIn(at)
          dependants.set(chainPath(at), backed)
          const dependant = backed.get(name ?? "")
          const needed = dependant === undefined ? "" : `, and ${JSON.stringify(dependant)} is backed by it`
          return { storedAt: skip.path, message: withDetail(`${printPath(skip.path)} ${what}${needed}`, skip) }
        })
      }
    }
  }
}

const leftoverText: { readonly [reason: string]: string | undefined } = {
  "orphan-image": "belongs to no backup",
  "temp-file": "is a temporary file",
  "base-without-metadata": "is a full backup without metadata",
  "link-without-metadata": "is an incremental without metadata"
}

/** Returns of each file that an image of a chain is backed by one such image. */
const dependantsIn = (at: ChainLocation): ReadonlyMap<string, string> =>
  new Map(
    [...at.chain.files.keys()].flatMap((image) => {
      const backing = backingOf(at, image) ?? undefined
      return backing === undefined ? [] : [[backing.name, image] as const]
    })
  )

const emptyChains: Rule = {
  id: "I39",
  name: "no chain directory is empty",
  statement: "Every chain directory holds a backup.",
  severity: "warning",
  scope: "D",
  breaks: "nothing",
  meaning:
    "Nothing for a restore, if the last backup of the chain was removed with keep-chain. The server does not list such a "
    + "chain, and what it does with it otherwise is not known.",
  advice: "If no image lies in it either, remove the directory.",
  source: "SEMANTICS 4.4 and 4.2",
  needs: ["directory"],
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () =>
        skipsOf(head, directory, "I39", ["chain-empty"]).map((skip) => ({
          storedAt: skip.path,
          message: withDetail(`chain directory ${printPath(skip.path)} holds no backup`, skip)
        }))
    }
  }
}

/** The rules that need the directory, in the order of their ids. */
export const directoryRules: ReadonlyArray<Rule> = [
  directoryNames,
  directoryNumbers,
  wholeImages,
  backingFiles,
  leftovers,
  emptyChains
]
