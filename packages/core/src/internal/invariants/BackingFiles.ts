/** Rules about what images are backed by. Source: SEMANTICS 4.1, 4.2. */
import * as BackupTree from "../../BackupTree.ts"
import * as DirectoryReading from "../../DirectoryReading.ts"
import type { InvariantRule, Violation } from "../../InvariantRule.ts"
import { absoluteBackings, backingIn, backingOf, type ChainAt, chainPath, namedImages } from "../chainImages.ts"
import * as Seen from "../seen.ts"

/**
 * A name without a slash is looked for where the image lies, an absolute path where the server had its store. The product
 * wrote absolute paths before 2018-05-03, and still does when it merges, so that they are no breach where they lead to the
 * directory of the chain (choice).
 *
 * Images of a backup whose metadata is lost may lie between two others, as after its loss the later ones can still be
 * restored (SEMANTICS 4.3): they are gone through by their own headers (choice).
 */
export const backingFiles: InvariantRule = {
  id: "I37",
  name: "images are backed by those before",
  statement:
    "The backing file of an image is the image of the same disk in the backup before it; that of a full backup has none.",
  severity: "error",
  scope: "D",
  meaning:
    "This backup, and every later one of the chain, cannot be restored as it is: its image does not lead to those that it "
    + "needs, or leads to others.",
  advice:
    "A merge that broke off, a renamed image or a moved store does this. Find out what happened before anything is "
    + "changed, and make a full backup now.",
  source: "SEMANTICS 4.4, 4.1 and 4.2, CT:203-215, RM:487-495",
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    const seen = Seen.of(directory)
    return {
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
              // What is not there, or is empty, is one of I36.
              if (file === undefined || file.size === 0n || seen.isUnread(`${chainPath(at)}/${image}`)) continue
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

/**
 * Says what is wrong with the backing file of an image.
 *
 * `expected` is the image of the same disk in the backup before; null says that there is no backup before.
 */
const faultOf = (
  at: ChainAt,
  { named, seen }: { readonly named: ReadonlySet<string>; readonly seen: Seen.Seen },
  image: string,
  expected: string | null | undefined
): string | undefined => {
  const header = at.chain.files.get(image)?.header
  // Nothing but a qcow2 image says what it is backed by.
  if (header === undefined) return image.endsWith(".qcow2") ? "is no qcow2 image, so that nothing backs it" : undefined
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
    if (!at.chain.files.has(name)) {
      // Nobody knows what it leads to.
      if (seen.isUnread(`${chainPath(at)}/${name}`)) return undefined
      return `${says}, where ${JSON.stringify(expected)} belongs, and ${JSON.stringify(name)} is not there`
    }
    const next = backingOf(at, name)
    if (next === undefined || next === null) break
    name = next.name
  }
  return name === expected ? undefined : `${says}, where ${JSON.stringify(expected)} belongs`
}

/** One finding a chain. */
export const absoluteBackingFiles: InvariantRule = {
  id: "absolute-backing-file",
  name: "images are backed by names, not by paths",
  statement: "No image is backed by an absolute path.",
  severity: "info",
  scope: "D",
  meaning:
    "These backups can be restored only while the store lies where it did: elsewhere the images that they are backed by are "
    + "not found. Servers wrote such paths before May 2018, and still do when they merge.",
  advice: "Bring the store back to that place, a mount or a link will do, before anything of these chains is restored.",
  source: "SEMANTICS 4.1 and 4.2, CT:201-216",
  check: ({ directory }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    return {
      chain: ({ chain, place }) => {
        const at = located.get(chain.head)
        const [first, ...more] = at === undefined ? [] : absoluteBackings(at, BackupTree.backups(chain))
        return first === undefined ? [] : [{
          place,
          message: `${more.length === 0 ? "an image is" : `${more.length + 1} images are`} backed by an absolute path, `
            + `so that the chain can be restored only while it lies in ${JSON.stringify(first)}`
        }]
      }
    }
  }
}
