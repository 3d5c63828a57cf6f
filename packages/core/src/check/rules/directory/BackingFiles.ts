/** Rules about the backing files of images. Source: SEMANTICS 4.1 and 4.2. */
import { ChainContents } from "../../../directory/ChainContents.ts"
import {
  absoluteBackings,
  backingIn,
  backingOf,
  type ChainLocation,
  chainPath,
  namedImages
} from "../../../directory/ChainImages.ts"
import * as DirectoryPath from "../../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../../directory/DirectoryReading.ts"
import * as SkipIndex from "../../../directory/SkipIndex.ts"
import * as CountText from "../../../text/CountText.ts"
import * as BackupTree from "../../../tree/BackupTree.ts"
import { rule } from "../../internal/define.ts"
import { quoted } from "../../internal/quoted.ts"

/**
 * Rule I37. A name without a slash is resolved in the directory of the image, an absolute path where the server had its
 * store. Virtuozzo wrote absolute paths before 2018-05-03 and still does when it merges, so an absolute path that leads
 * to the directory of the chain is accepted.
 *
 * The images of a backup without metadata may lie between two others, because later backups can still be restored. The
 * check follows them by their own headers. Source: SEMANTICS 4.1, 4.2 and 4.3.
 */
export const backingFiles = rule({
  id: "I37",
  name: "images have the right backing files",
  statement:
    "The backing file of an image is the image of the same disk in the previous backup; images of a full backup "
    + "have none.",
  severity: "error",
  scope: "D",
  breaks: "images",
  meaning: "This backup and all later ones of its chain cannot be restored as they are: the image does not lead to the "
    + "images it needs, or leads to others.",
  advice: "Typical causes are an interrupted merge, a renamed image or a moved store. Find the cause before you change "
    + "anything, and create a full backup now.",
  source: "SEMANTICS 4.4, 4.1 and 4.2",
  needs: ["directory"],
  check: ({ directory, request }) => {
    if (directory === undefined) return {}
    const located = DirectoryReading.locate(directory)
    const seen = SkipIndex.make(directory)
    return {
      // Hidden backups are in no tree, but their images count too: they can be restored by hand.
      *end() {
        const isRequested = DirectoryPath.isRequested(request, DirectoryPath.resolver(directory))
        const reported = new Set<string>()
        for (const hidden of hiddenImages(directory, seen)) {
          const { contents, image } = hidden
          const path = chainPath(contents.at)
          const fault = isRequested(path) ? danglingFault(hidden) : undefined
          // One report for each file, however many images build on it.
          const stop = `${path}/${contents.stopOf(image)?.name}`
          if (fault === undefined || reported.has(stop)) continue
          reported.add(stop)
          yield {
            storedAt: path,
            message: `image ${quoted(image)} in ${quoted(path)} ${fault}; the server does not list it`
          }
        }
      },
      *chain({ chain, place }) {
        const at = located.get(chain.head)
        if (at === undefined) return
        const places = new Map(BackupTree.backups(chain).map((backup, index) => [backup, index]))
        const named = namedImages(at.chain)
        let previous: BackupTree.Backup | undefined
        const passed = new Set<string>()
        for (const { content, described, directory: name } of at.chain.items) {
          // If two directories have the same number, a server reads only one of them.
          if (described === undefined || passed.has(name)) continue
          passed.add(name)
          const index = content._tag === "Damaged" ? undefined : places.get(content.backup)
          if (index !== undefined) {
            for (let disk = 0; disk < described.images.length; disk++) {
              const image = described.images[disk]!
              const file = at.chain.files.get(image)
              // I36 reports a missing or incomplete image.
              if (
                file === undefined || !DirectoryReading.holdsData(file) || seen.isUnread(`${chainPath(at)}/${image}`)
              ) continue
              const fault = faultOf(at, { named, seen }, image, { disk, previous })
              if (fault === undefined) continue
              const message = `image ${quoted(image)} of backup ${described.id} ${fault}`
              yield { place: { ...place, backup: index }, message }
            }
          }
          previous = described
        }
      }
    }
  }
})

interface HiddenImage {
  readonly contents: ChainContents
  readonly image: string
  /** Whether a backup names it. */
  readonly isNamed: boolean
}

/** Finds the images of hidden chains, and those that hidden backups name. */
const hiddenImages = function*(
  reading: DirectoryReading.DirectoryReading,
  seen: SkipIndex.SkipIndex
): Generator<HiddenImage> {
  const shown = DirectoryReading.shownItems(reading)
  for (const environment of reading.environments) {
    for (const chain of environment.chains) {
      const hidden = chain.items.filter((item) => !shown.has(item))
      const named = namedImages({ items: hidden })
      const images = hidden.length === chain.items.length ? chain.files.keys() : named
      let contents: ChainContents | undefined
      for (const image of images) {
        contents ??= new ChainContents({ environment, chain }, seen)
        yield { contents, image, isNamed: named.has(image) }
      }
    }
  }
}

const noImage = "is not a qcow2 image, so it has no backing file"

/** Describes where the chain of backing files of an image breaks off. */
const danglingFault = ({ contents, image, isNamed }: HiddenImage): string | undefined => {
  const { at } = contents
  const file = at.chain.files.get(image)
  const stop = contents.stopOf(image)
  // I36 reports a missing or incomplete image.
  if (file === undefined || !DirectoryReading.holdsData(file) || stop === undefined || stop.isUnseen) return undefined
  if (file.header === undefined) return isNamed ? noImage : undefined
  const { backingFile = "" } = file.header
  const stated = `has backing file ${quoted(backingFile)}`
  if (stop.name === image) return `${stated}, which is not in its chain directory`
  const what = !at.chain.files.has(stop.name)
    ? "is missing"
    : contents.isUsable(stop.name)
    ? "leads nowhere"
    : "is incomplete"
  return backingIn(at, backingFile)?.name === stop.name
    ? `${stated}, which ${what}`
    : `${stated}, which leads to ${quoted(stop.name)}, which ${what}`
}

/** Describes the fault of the backing file of an image. It should be the image of the same disk in the previous backup. */
const faultOf = (
  at: ChainLocation,
  { named, seen }: { readonly named: ReadonlySet<string>; readonly seen: SkipIndex.SkipIndex },
  image: string,
  { disk, previous }: { readonly disk: number; readonly previous: BackupTree.Backup | undefined }
): string | undefined => {
  const header = at.chain.files.get(image)?.header
  // Only a qcow2 image names its backing file.
  if (header === undefined) return image.endsWith(".qcow2") ? noImage : undefined
  const { backingFile } = header
  const expected = previous?.images[disk]
  if (backingFile === undefined) {
    return expected === undefined ? undefined : `has no backing file; expected ${quoted(expected)}`
  }
  const stated = `has backing file ${quoted(backingFile)}`
  if (previous === undefined) return `${stated}, but belongs to the full backup`
  const backing = backingIn(at, backingFile)
  if (backing === undefined) {
    return backingFile.startsWith("/")
      ? `${stated}, which is not in its chain directory; the store or the image may have been moved`
      : `${stated}, which is not in its chain directory`
  }
  if (expected === undefined) return `${stated}, but the previous backup has no image of this disk`
  const passed = new Set<string>()
  let { name } = backing
  while (!named.has(name) && !passed.has(name)) {
    passed.add(name)
    const file = at.chain.files.get(name)
    if (file === undefined || !DirectoryReading.holdsData(file)) {
      // Its backing file is unknown.
      if (file === undefined && seen.isUnread(`${chainPath(at)}/${name}`)) return undefined
      const state = file === undefined ? "is missing" : "is incomplete"
      return `${stated}; expected ${quoted(expected)}, and ${quoted(name)} ${state}`
    }
    const next = backingOf(at, name)
    if (next._tag !== "InChain") break
    name = next.name
  }
  return name === expected ? undefined : `${stated}; expected ${quoted(expected)}`
}

/** One finding per chain: an info while the chain is at the path in its images, a warning otherwise. */
export const absoluteBackingFiles = rule({
  id: "absolute-backing-file",
  name: "backing files are names, not paths",
  statement: "No image has an absolute path as its backing file.",
  severity: "warning",
  scope: "D",
  breaks: "nothing",
  meaning:
    "These backups can be restored only while the store is at its original path. Servers wrote such paths before "
    + "May 2018, and still do when they merge.",
  advice:
    "If the store was moved, make it available at its original path before you restore from this chain; a mount or "
    + "a symbolic link is enough.",
  source: "SEMANTICS 4.1 and 4.2",
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
            `${CountText.countOrArticle(backings.length, "an", "image")} ${
              CountText.plural(backings.length, "has", "have")
            } an absolute backing path, `
            + `so the chain can be restored only while it is in ${quoted(first)}`
            + (first === here ? ", as it is now" : `, but it is in ${quoted(here)}`)
        }]
      }
    }
  }
})
