/** Rules about what images are backed by. Source: SEMANTICS 4.1, 4.2. */
import { ChainContents } from "../../directory/ChainContents.ts"
import {
  absoluteBackings,
  backingIn,
  backingOf,
  type ChainLocation,
  chainPath,
  namedImages
} from "../../directory/ChainImages.ts"
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as SkipIndex from "../../directory/SkipIndex.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { printPath } from "../internal/skipped.ts"
import type { Rule, Violation } from "../Rule.ts"

/**
 * A name without a slash is looked for where the image lies, an absolute path where the server had its store. The product
 * wrote absolute paths before 2018-05-03, and still does when it merges, so that they are no breach where they lead to the
 * directory of the chain (choice).
 *
 * Images of a backup whose metadata is lost may lie between two others, as after its loss the later ones can still be
 * restored (SEMANTICS 4.3): they are gone through by their own headers (choice).
 */
export const backingFiles: Rule = {
  id: "I37",
  name: "images are backed by those before",
  statement:
    "The backing file of an image is the image of the same disk in the backup before it; that of a full backup has none.",
  severity: "error",
  scope: "D",
  breaks: "images",
  meaning:
    "This backup, and every later one of the chain, cannot be restored as it is: its image does not lead to those that it "
    + "needs, or leads to others.",
  advice:
    "A merge that broke off, a renamed image or a moved store does this. Find out what happened before anything is "
    + "changed, and make a full backup now.",
  source: "SEMANTICS 4.4, 4.1 and 4.2, CT:203-215, RM:487-495",
  needs: ["directory"],
  check: ({ directory, request }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    const seen = SkipIndex.make(directory)
    return {
      // What a server hides is in no tree, and its images count too: it can be restored by hand.
      end: () => {
        const isRequested = DirectoryPath.isRequested(request, DirectoryPath.resolver(directory))
        const told = new Set<string>()
        return hiddenImages(directory, seen).flatMap((hidden) => {
          const { contents, image } = hidden
          const path = chainPath(contents.at)
          const fault = isRequested(path) ? danglingFault(hidden) : undefined
          // Of all that build on one file, one is told.
          const stop = `${path}/${contents.stopOf(image)?.name}`
          if (fault === undefined || told.has(stop)) return []
          told.add(stop)
          return [{
            storedAt: path,
            message: `image ${JSON.stringify(image)} in ${printPath(path)} ${fault}; a server hides it`
          }]
        })
      },
      chain: ({ chain, place }) => {
        const at = located.get(chain.head)
        if (at === undefined) return []
        const places = new Map(BackupTree.backups(chain).map((backup, index) => [backup, index]))
        const named = namedImages(at.chain)
        const violations: Array<Violation> = []
        let previous: BackupTree.Backup | undefined
        const passed = new Set<string>()
        for (const { content, described, directory: name } of at.chain.items) {
          // Of two directories of one number, a server looks into one for both.
          if (described === undefined || passed.has(name)) continue
          passed.add(name)
          const index = content._tag === "Damaged" ? undefined : places.get(content.backup)
          if (index !== undefined) {
            for (let disk = 0; disk < described.images.length; disk++) {
              const image = described.images[disk]!
              const file = at.chain.files.get(image)
              // What is not there, or is not whole, is one of I36.
              if (
                file === undefined || !DirectoryReading.holdsData(file) || seen.isUnread(`${chainPath(at)}/${image}`)
              ) continue
              const expected = previous === undefined ? null : previous.images[disk]
              const fault = faultOf(at, { named, seen }, image, expected)
              if (fault !== undefined) {
                violations.push({
                  place: { ...place, backup: index },
                  message: `image ${JSON.stringify(image)} of backup ${described.id} ${fault}`
                })
              }
            }
          }
          previous = described
        }
        return violations
      }
    }
  }
}

interface HiddenImage {
  readonly contents: ChainContents
  readonly image: string
  /** Whether a backup names it. */
  readonly isNamed: boolean
}

/** Returns the images of hidden chains, and those that hidden backups name. */
const hiddenImages = (
  reading: DirectoryReading.DirectoryReading,
  seen: SkipIndex.SkipIndex
): ReadonlyArray<HiddenImage> => {
  const shown = DirectoryReading.shownItems(reading)
  return reading.environments.flatMap((environment) =>
    environment.chains.flatMap((chain) => {
      const hidden = chain.items.filter((item) => !shown.has(item))
      const named = namedImages({ items: hidden })
      const images = hidden.length === chain.items.length ? [...chain.files.keys()] : [...named]
      if (images.length === 0) return []
      const contents = new ChainContents({ environment, chain }, seen)
      return images.map((image) => ({ contents, image, isNamed: named.has(image) }))
    })
  )
}

const noImage = "is no qcow2 image, so that nothing backs it"

/** Says where the way down from an image ends early. */
const danglingFault = ({ contents, image, isNamed }: HiddenImage): string | undefined => {
  const { at } = contents
  const file = at.chain.files.get(image)
  const stop = contents.stopOf(image)
  // What is not there, or is not whole, is one of I36.
  if (file === undefined || !DirectoryReading.holdsData(file) || stop === undefined || stop.isUnseen) return undefined
  if (file.header === undefined) return isNamed ? noImage : undefined
  const { backingFile } = file.header
  const says = `is backed by ${JSON.stringify(backingFile)}`
  if (stop.name === image) return `${says}, which is not in the directory of its chain`
  const what = !at.chain.files.has(stop.name)
    ? "is not there"
    : contents.isUsable(stop.name)
    ? "leads nowhere"
    : "is no whole image"
  return backingIn(at, backingFile ?? "")?.name === stop.name
    ? `${says}, which ${what}`
    : `${says}, and so by ${JSON.stringify(stop.name)}, which ${what}`
}

/**
 * Says what is wrong with the backing file of an image.
 *
 * `expected` is the image of the same disk in the backup before; null says that there is no backup before.
 */
const faultOf = (
  at: ChainLocation,
  { named, seen }: { readonly named: ReadonlySet<string>; readonly seen: SkipIndex.SkipIndex },
  image: string,
  expected: string | null | undefined
): string | undefined => {
  const header = at.chain.files.get(image)?.header
  // Nothing but a qcow2 image says what it is backed by.
  if (header === undefined) return image.endsWith(".qcow2") ? noImage : undefined
  const { backingFile } = header
  if (backingFile === null) {
    return typeof expected === "string"
      ? `has no backing file, where ${JSON.stringify(expected)} belongs`
      : undefined
  }
  const says = `is backed by ${JSON.stringify(backingFile)}`
  if (expected === null) return `${says}, although it is of the full backup`
  const backing = backingIn(at, backingFile)
  if (backing === undefined) {
    return backingFile.startsWith("/")
      ? `${says}, which is not in the directory of its chain: was the store, or the image, moved?`
      : `${says}, which is not in the directory of its chain`
  }
  if (expected === undefined) return `${says}, although the backup before has no image of this disk`
  const passed = new Set<string>()
  let { name } = backing
  while (!named.has(name) && !passed.has(name)) {
    passed.add(name)
    const file = at.chain.files.get(name)
    if (file === undefined || !DirectoryReading.holdsData(file)) {
      // Nobody knows what it leads to.
      if (file === undefined && seen.isUnread(`${chainPath(at)}/${name}`)) return undefined
      const state = file === undefined ? "is not there" : "is not whole"
      return `${says}, where ${JSON.stringify(expected)} belongs, and ${JSON.stringify(name)} ${state}`
    }
    const next = backingOf(at, name)
    if (next === undefined || next === null) break
    name = next.name
  }
  return name === expected ? undefined : `${says}, where ${JSON.stringify(expected)} belongs`
}

/** One finding a chain; a note where the directory lies where its images look for it, else a warning. */
export const absoluteBackingFiles: Rule = {
  id: "absolute-backing-file",
  name: "images are backed by names, not by paths",
  statement: "No image is backed by an absolute path.",
  severity: "warning",
  scope: "D",
  breaks: "nothing",
  meaning:
    "These backups can be restored only while the store lies where it did: elsewhere the images that they are backed by are "
    + "not found. Servers wrote such paths before May 2018, and still do when they merge.",
  advice:
    "Where the store lies elsewhere, bring it back to that place before anything of these chains is restored: a mount or a "
    + "link will do.",
  source: "SEMANTICS 4.1 and 4.2, CT:201-216",
  needs: ["directory"],
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    return {
      chain: ({ chain, place }) => {
        const at = located.get(chain.head)
        if (at === undefined) return []
        const backings = absoluteBackings(at, [...namedImages(at.chain)])
        const here = `${directory.root}/${chainPath(at)}`
        const first = backings.find((backing) => backing !== here) ?? backings[0]
        return first === undefined ? [] : [{
          place,
          severity: first === here ? "info" as const : "warning" as const,
          message:
            `${backings.length === 1 ? "an image is" : `${backings.length} images are`} backed by an absolute path, `
            + `so that the chain can be restored only while it lies in ${JSON.stringify(first)}`
            + (first === here ? ", as it does" : `, and it lies in ${JSON.stringify(here)}`)
        }]
      }
    }
  }
}
