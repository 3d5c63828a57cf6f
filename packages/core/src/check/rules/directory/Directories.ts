/** Rules that need the backup directory: names of directories, images, leftovers. */
import { backingOf, type ChainLocation, chainPath, isGone } from "../../../directory/ChainImages.ts"
import * as DirectoryPath from "../../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../../directory/DirectoryReading.ts"
import * as ImageNames from "../../../directory/files/ImageNames.ts"
import { Reason } from "../../../directory/files/StoreSkip.ts"
import * as SkipIndex from "../../../directory/SkipIndex.ts"
import * as Uuid from "../../../sdk/Uuid.ts"
import * as BackupTree from "../../../tree/BackupTree.ts"
import * as ChainVersion from "../../../tree/ChainVersion.ts"
import { rule } from "../../internal/define.ts"
import { quoted } from "../../internal/quoted.ts"
import { backingFiles } from "./BackingFiles.ts"
import { isLostBackup, skipsOf, withDetail } from "./skipped.ts"

/** Describes how a uuid differs from the name of its directory. */
const differingName = (what: string, uuid: string, directory: string): string =>
  `${what} ${quoted(uuid)} is in directory ${quoted(directory)}`
  + (Uuid.equals(uuid, directory) ? ", a different spelling of its uuid" : "")

const directoryNames = rule({
  id: "I02",
  name: "directories are named after uuids",
  statement: "The directory of an environment or chain has the uuid in its metadata as its name.",
  severity: "error",
  scope: "D",
  // A server finds a backup by the names of its directories.
  breaks: "chain",
  meaning: "The server displays the uuid in the metadata, but opens the directory by name, byte for byte. A restore or "
    + "removal by the displayed id fails.",
  advice:
    "If the directory was renamed, give it the name in its .metadata again. If it is a copy, move it out of the store.",
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
          message: differingName("environment", environment.uuid, at.environment.directory)
        }]
      },
      chain: ({ chain, place }) => {
        const at = located.get(chain.head)
        return at === undefined || at.chain.directory === chain.uuid ? [] : [{
          place,
          message: differingName("chain", chain.uuid, at.chain.directory)
        }]
      }
    }
  }
})

const directoryNumbers = rule({
  id: "I08",
  name: "directory names match backup numbers",
  statement: "The number of a backup is the name of its directory; the directory base has number 1.",
  severity: "error",
  scope: "D",
  breaks: "chain",
  meaning: "The server displays the number in the metadata, but opens the directory by name. The displayed id names "
    + "another backup or none, and a removal by that id can delete the wrong data.",
  advice:
    "Do not remove any backup of this chain yet. If the directory was renamed or copied, give it the number in its "
    + ".metadata again.",
  source: "SEMANTICS 4.4 and 3.5",
  needs: ["directory"],
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    return {
      backup: ({ backup, chain, place }) => {
        const at = located.get(backup)
        // I04 reports a head with an unknown number.
        const number = BackupTree.number(chain, backup)
        return at === undefined || number === undefined || at.item.number === number ? [] : [{
          place,
          message: `backup ${backup.id} has number ${number}, but is in directory ${quoted(at.item.directory)}`
        }]
      }
    }
  }
})

const wholeImages = rule({
  id: "I36",
  name: "every image exists",
  statement:
    "Every image that a backup names is a file in its chain directory, not empty, and not truncated at its start.",
  severity: "error",
  scope: "D",
  breaks: "images",
  meaning:
    "This backup and all later ones of its chain cannot be restored, although the server lists them as if they were "
    + "healthy.",
  advice: "Look for the image elsewhere, such as in a copy of the store, and create a full backup now.",
  source: "SEMANTICS 4.4 and 4.3",
  needs: ["directory"],
  // The rule finds missing images itself, those of hidden backups too.
  reports: ["missing-image"],
  check: ({ directory, request }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    const seen = SkipIndex.make(directory)
    const faults = function*(at: ChainLocation, { id, images }: BackupTree.Backup): Generator<string> {
      for (const image of images) {
        if (isGone(at, image, seen)) yield `image ${quoted(image)} of backup ${id} ${stateOf(at, image)}`
      }
    }
    return {
      *backup({ backup, place }) {
        const at = located.get(backup)
        if (at === undefined) return
        for (const message of faults(at, backup)) yield { place, message }
      },
      chain: ({ chain, environment, place }) => {
        const at = located.get(chain.head)
        return at === undefined || ChainVersion.of(environment, chain) >= ChainVersion.keepChainVersion
          ? []
          : goneBetween(at, chain, seen).map(({ backup, message }) => ({ place: { ...place, backup }, message }))
      },
      // Hidden backups are in no tree, but their images count too: they can be restored by hand.
      *end() {
        const isRequested = DirectoryPath.isRequested(request, DirectoryPath.resolver(directory))
        for (const { backup, ...at } of hiddenBackups(directory)) {
          const storedAt = chainPath(at)
          if (!isRequested(storedAt)) continue
          for (const message of faults(at, backup)) {
            yield { storedAt, message: `${message}; the server does not list this backup` }
          }
        }
      }
    }
  }
})

/** Describes the state of an unusable image and its directory. */
const stateOf = (at: ChainLocation, image: string): string => {
  const file = at.chain.files.get(image)
  const state = file === undefined ? "is missing from" : file.size === 0n ? "is empty in" : "is truncated in"
  return `${state} ${quoted(chainPath(at))}`
}

/**
 * Finds the backups that build on a backup whose metadata and image are both lost.
 *
 * Backups of an old chain (.tib) cannot be merged, so every number between two others was a backup.
 */
const goneBetween = (
  at: ChainLocation,
  chain: BackupTree.BackupChain,
  seen: SkipIndex.SkipIndex
): ReadonlyArray<{ readonly backup: number; readonly message: string }> => {
  const shown = new Map(BackupTree.backups(chain).map((backup, index) => [backup, index]))
  const found: Array<{ readonly backup: number; readonly message: string }> = []
  let before: DirectoryReading.ReadItem | undefined
  // Reported at the next listed backup.
  let gone: string | undefined
  for (const item of at.chain.items) {
    if (item.described === undefined) continue
    if (before !== undefined) gone ??= firstGone(at, before, item.number, seen)
    const index = item.content._tag === "Damaged" ? undefined : shown.get(item.content.backup)
    if (gone !== undefined && index !== undefined) {
      const message = `image ${quoted(gone)}, which backup ${item.described.id} builds on, ${stateOf(at, gone)}`
      found.push({ backup: index, message })
      gone = undefined
    }
    before = item
  }
  return found
}

/** Returns the first missing image between a backup and a later one. Its name follows the images of the former. */
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

/** The most numbers checked between two backups; a damaged directory may have any number. */
const maxGap = 1000

/** Returns the backups that a directory describes and a server does not list. */
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

/** The reasons of skips that rule I38 reports, each with the text of its message. */
const leftoverTexts = {
  "orphan-image": "belongs to no backup",
  "temp-file": "is a temporary file",
  "base-without-metadata": "is a full backup without metadata",
  "link-without-metadata": "is an incremental without metadata"
} as const satisfies { readonly [R in Reason]?: string }

const isLeftover = (reason: Reason): reason is keyof typeof leftoverTexts => reason in leftoverTexts

const leftoverReasons = Reason.literals.filter(isLeftover)

const leftovers = rule({
  id: "I38",
  name: "nothing is left over",
  statement: "There are no images, backup directories or temporary files without a backup that uses them.",
  severity: "info",
  scope: "D",
  breaks: "nothing",
  meaning:
    "A running or interrupted backup leaves these behind. They take up space, and no listed backup needs them. If "
    + "metadata was lost, they are all that remains of a backup.",
  advice: "Check again when no backup is running. Keep every file that is the backing file of another image (qemu-img "
    + "info shows it).",
  source: "SEMANTICS 4.4, 3.2 and 3.5",
  needs: ["directory"],
  reports: leftoverReasons,
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () => {
        const skips = skipsOf(head, directory, leftoverReasons, (skip, resolve) => !isLostBackup(skip, resolve))
        if (skips.length === 0) return []
        const resolve = DirectoryPath.resolver(directory)
        const dependants = new Map<string, ReadonlyMap<string, string>>()
        return skips.map((skip) => {
          const { chain, environment, name } = resolve(skip.path)
          const what = isLeftover(skip.reason) ? leftoverTexts[skip.reason] : "is left over"
          if (chain === undefined || environment === undefined || skip.reason !== "orphan-image") {
            return { storedAt: skip.path, message: withDetail(`${quoted(skip.path)} ${what}`, skip) }
          }
          const at = { environment, chain }
          const backed = dependants.get(chainPath(at)) ?? dependantsIn(at)
          dependants.set(chainPath(at), backed)
          const dependant = backed.get(name ?? "")
          const needed = dependant === undefined ? "" : `, but is the backing file of ${quoted(dependant)}`
          return { storedAt: skip.path, message: withDetail(`${quoted(skip.path)} ${what}${needed}`, skip) }
        })
      }
    }
  }
})

/** Returns the backing files of the images of a chain, each with one image that uses it. */
const dependantsIn = (at: ChainLocation): ReadonlyMap<string, string> =>
  new Map(
    [...at.chain.files.keys()].flatMap((image) => {
      const backing = backingOf(at, image)
      return backing._tag === "InChain" ? [[backing.name, image] as const] : []
    })
  )

const emptyChainReasons: ReadonlyArray<Reason> = ["chain-empty"]

const emptyChains = rule({
  id: "I39",
  name: "no chain directory is empty",
  statement: "Every chain directory contains a backup.",
  severity: "warning",
  scope: "D",
  breaks: "nothing",
  meaning:
    "Usually harmless: the last backup of the chain was removed with keep-chain. The server does not list such a "
    + "chain; its other effects are unknown.",
  advice: "If the directory contains no image either, remove it.",
  source: "SEMANTICS 4.4 and 4.2",
  needs: ["directory"],
  reports: emptyChainReasons,
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () =>
        skipsOf(head, directory, emptyChainReasons).map((skip) => ({
          storedAt: skip.path,
          message: withDetail(`chain directory ${quoted(skip.path)} contains no backup`, skip)
        }))
    }
  }
})

/** The rules that need the directory, in the order of their ids. */
export const directoryRules = [
  directoryNames,
  directoryNumbers,
  wholeImages,
  backingFiles,
  leftovers,
  emptyChains
]
