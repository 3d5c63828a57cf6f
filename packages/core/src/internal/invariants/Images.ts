/** Rules about images: their names, their formats, and the disks that they are of. */
import * as BackupTree from "../../BackupTree.ts"
import { backupsOf, chainsOf, environmentsOf, type InvariantRule } from "../../InvariantRule.ts"
import { keepChainVersion } from "../chainVersions.ts"

const isTib = (image: string): boolean => image.endsWith(".tib")
const isQcow2 = (image: string): boolean => image.endsWith(".qcow2")

const printNames = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => JSON.stringify(name)).join(", ")

const imagesOfDisks: InvariantRule = {
  id: "I21",
  name: "a backup with disks has images",
  statement: "A backup without images has no disks either.",
  severity: "warning",
  scope: "T",
  meaning: "The configuration of this backup has disks, and no image of them is known: they cannot be restored.",
  advice: "Compare the TibFileList in the item's .metadata with the images in the chain directory.",
  source: "SEMANTICS 4.4 and 1.8",
  check: ({ tree }) =>
    backupsOf(tree).flatMap(({ backup, place }) => {
      const disks = backup.disks?.list.length ?? 0
      return disks === 0 || backup.images.length > 0 ? [] : [{
        place,
        message: `backup ${backup.id} has ${disks === 1 ? "a disk" : `${disks} disks`} and no image`
      }]
    })
}

const imagesAreDisks: InvariantRule = {
  id: "I22",
  name: "images are those of the disks",
  statement: "From version 4 on, the images of a backup are the names of its disks, in their order.",
  severity: "warning",
  scope: "T",
  meaning:
    "The configuration in this backup is not that of its images: a restore can put a disk in the place of another, or "
    + "leave one out.",
  advice: "Compare the configuration in the directory of this backup with the images that its .metadata names.",
  source: "SEMANTICS 4.4 and 1.11, INF:2257-2285",
  check: ({ tree }) =>
    backupsOf(tree).flatMap(({ backup, chain, environment, place }) => {
      if (backup.disks === null || BackupTree.chainVersion(environment, chain) < keepChainVersion) return []
      const names = backup.disks.list.map(({ name }) => name)
      const same = names.length === backup.images.length && names.every((name, index) => name === backup.images[index])
      return same ? [] : [{
        place,
        message: `the images of backup ${backup.id} are ${printNames(backup.images)}, and those of its disks `
          + printNames(names)
      }]
    })
}

const fileName = (path: string): string => path.replace(/\/+$/, "").replace(/^.*\//s, "")

/** Tells whether `stem` is `name`, or `name` behind the underscores that set equal names apart. */
const isNamedAfter = (stem: string, name: string): boolean =>
  name !== "" && stem.endsWith(name) && /^_*$/.test(stem.slice(0, -name.length))

/** Returns the numbers that the name of an image can mean: a disk may itself be called `data.2`. */
const numbersOf = (image: string, disks: BackupTree.BackupDisks | null): ReadonlyArray<number> => {
  const stem = image.slice(0, -".qcow2".length)
  const suffix = /\.(\d+)$/.exec(stem)?.[1]
  if (suffix === undefined) return [1]
  const isFirst = disks?.list.some(({ originalPath }) => isNamedAfter(stem, fileName(originalPath))) ?? false
  return isFirst ? [Number(suffix), 1] : [Number(suffix)]
}

const imageNumbers: InvariantRule = {
  id: "I23",
  name: "images bear the number of their backup",
  statement: "The number in the name of a .qcow2 image is that of its backup; a name without one is of number 1.",
  severity: "warning",
  scope: "T",
  meaning:
    "The image may be that of another backup, so that a restore brings back another state than the one asked for.",
  advice: "Look at the images in the chain directory: were they renamed, or a directory copied?",
  source: "SEMANTICS 4.4 and 1.8, BH:1372-1378",
  check: ({ tree }) =>
    backupsOf(tree).flatMap(({ backup, chain, place }) => {
      const number = BackupTree.number(chain, backup)
      if (number === null) return []
      return backup.images.filter((image) => isQcow2(image) && !numbersOf(image, backup.disks).includes(number)).map(
        (image) => ({ place, message: `image ${JSON.stringify(image)} is not of number ${number}` })
      )
    })
}

const imagesOf = (chain: BackupTree.BackupChain): ReadonlyArray<{ readonly image: string; readonly backup: number }> =>
  BackupTree.backups(chain).flatMap(({ images }, backup) => images.map((image) => ({ image, backup })))

const uniqueImages: InvariantRule = {
  id: "I24",
  name: "image names are unique within a chain",
  statement: "No two images of a chain have the same file name.",
  severity: "error",
  scope: "T",
  meaning:
    "One file cannot be both: at least one of the two backups has lost its data, and so has all that follows it.",
  advice: "Look at the images in the chain directory. Make a full backup before you rely on this chain.",
  source: "SEMANTICS 4.4, INF:1504",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      const seen = new Map<string, number>()
      const backups = BackupTree.backups(chain)
      return imagesOf(chain).flatMap(({ backup, image }) => {
        const first = seen.get(image)
        if (first === undefined) {
          seen.set(image, backup)
          return []
        }
        const owner = backups[first]!
        return [{
          place: { ...place, backup },
          message: `image ${JSON.stringify(image)} also belongs to ${
            first === backup ? "this backup" : `backup ${owner.id}`
          }`
        }]
      })
    })
}

const oneImageFormat: InvariantRule = {
  id: "I25",
  name: "a chain has one image format",
  statement: "A chain does not mix .tib and .qcow2 images.",
  severity: "error",
  scope: "T",
  meaning:
    "The product restores a chain by the format of its full backup: the images of the other format are not read.",
  advice: "Treat the backups of the other format as lost, and make a full backup.",
  source: "SEMANTICS 4.4, RS:432-441",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      const images = imagesOf(chain)
      const tib = images.find(({ image }) => isTib(image))
      const qcow2 = images.find(({ image }) => isQcow2(image))
      return tib === undefined || qcow2 === undefined ? [] : [{
        place,
        message: `the chain holds ${JSON.stringify(tib.image)} and ${JSON.stringify(qcow2.image)}`
      }]
    })
}

const versionsFitImages: InvariantRule = {
  id: "I26",
  name: "the version fits the images",
  statement:
    "An environment with a .qcow2 image has version 4 or later, one with .tib images only version 3 or earlier.",
  severity: "info",
  scope: "T",
  meaning:
    "Nothing for a restore, which goes by the images. A newer server rewrites the version of an environment whose old "
    + "chains it still holds.",
  advice: "Nothing to do after an upgrade; otherwise look at the Version in the environment's .metadata.",
  source: "SEMANTICS 4.4 and 1.3, CT:691",
  check: ({ completeness, tree }) =>
    environmentsOf(tree).flatMap(({ environment, place }) => {
      const { chains, version } = environment
      const images = chains.flatMap((chain) => imagesOf(chain).map(({ image }) => image))
      const message = version < keepChainVersion
        ? images.some(isQcow2) && `the version is ${version}, although there are .qcow2 images`
        // What a partial answer leaves out may be of the other format.
        : completeness === "complete" && images.length > 0 && images.every(isTib) &&
          `the version is ${version}, although all images are .tib`
      return message === false ? [] : [{ place, message }]
    })
}

/** The rules about images, in the order of their ids. */
export const imageRules: ReadonlyArray<InvariantRule> = [
  imagesOfDisks,
  imagesAreDisks,
  imageNumbers,
  uniqueImages,
  oneImageFormat,
  versionsFitImages
]
