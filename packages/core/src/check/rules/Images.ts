/** Rules about images: their names, their formats, and the disks that they are of. */
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import type { Rule, Violation } from "../Rule.ts"

const isQcow2 = (image: string): boolean => image.endsWith(".qcow2")

const printNames = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => JSON.stringify(name)).join(", ")

const imagesOfDisks: Rule = {
  id: "I21",
  name: "a backup with disks has images",
  statement: "A backup without images has no disks either.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The configuration of this backup has disks, and no image of them is known: they cannot be restored.",
  advice: "Compare the TibFileList in the item's .metadata with the images in the chain directory.",
  source: "SEMANTICS 4.4 and 1.8",
  check: () => ({
    backup: ({ backup, place }) => {
      const disks = backup.disks?.list.length ?? 0
      return disks === 0 || backup.images.length > 0 ? [] : [{
        place,
        message: `backup ${backup.id} has ${CountText.countOrArticle(disks, "a", "disk")} and no image`
      }]
    }
  })
}

const imagesAreDisks: Rule = {
  id: "I22",
  name: "images are those of the disks",
  statement: "From version 4 on, the images of a backup are the names of its disks, in their order.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The configuration in this backup is not that of its images: a restore can put a disk in the place of another, or "
    + "leave one out.",
  advice: "Compare the configuration in the directory of this backup with the images that its .metadata names.",
  source: "SEMANTICS 4.4 and 1.11, INF:2257-2285",
  check: () => ({
    backup: ({ backup, chain, environment, place }) => {
      if (backup.disks === undefined) return []
      const { list } = backup.disks
      const isSame = list.length === backup.images.length
        && list.every(({ name }, index) => name === backup.images[index])
      return isSame || ChainVersion.of(environment, chain) < ChainVersion.keepChainVersion ? [] : [{
        place,
        message: `the images of backup ${backup.id} are ${printNames(backup.images)}, and those of its disks `
          + printNames(list.map(({ name }) => name))
      }]
    }
  })
}

const fileName = (path: string): string => path.replace(/\/+$/, "").replace(/^.*\//s, "")

/** Tells whether `stem` is `name`, or `name` behind the underscores that set equal names apart. */
const isNamedAfter = (stem: string, name: string): boolean =>
  name !== "" && stem.endsWith(name) && /^_*$/.test(stem.slice(0, -name.length))

/** Tells whether the name of an image can mean a number: without one it means 1, and a disk may be called `data.2`. */
const canMean = (image: string, number: number, disks: BackupTree.BackupDisks | undefined): boolean => {
  const stem = image.slice(0, -".qcow2".length)
  const suffix = stem.slice(stem.lastIndexOf(".") + 1)
  if (suffix.length === stem.length || !/^\d+$/.test(suffix)) return number === 1
  if (Number(suffix) === number) return true
  return number === 1 && disks !== undefined
    && disks.list.some(({ originalPath }) => isNamedAfter(stem, fileName(originalPath)))
}

const imageNumbers: Rule = {
  id: "I23",
  name: "images bear the number of their backup",
  statement: "The number in the name of a .qcow2 image is that of its backup; a name without one is of number 1.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The image may be that of another backup, so that a restore brings back another state than the one asked for.",
  advice: "Look at the images in the chain directory: were they renamed, or a directory copied?",
  source: "SEMANTICS 4.4 and 1.8, BH:1372-1378",
  check: () => ({
    backup: ({ backup, chain, place }) => {
      const number = BackupTree.number(chain, backup)
      if (number === undefined) return []
      return backup.images.filter((image) => isQcow2(image) && !canMean(image, number, backup.disks)).map(
        (image) => ({ place, message: `image ${JSON.stringify(image)} is not of number ${number}` })
      )
    }
  })
}

const uniqueImages: Rule = {
  id: "I24",
  name: "image names are unique within a chain",
  statement: "No two images of a chain have the same file name.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "One file cannot be both: at least one of the two backups has lost its data, and so has all that follows it.",
  advice: "Look at the images in the chain directory. Make a full backup before you rely on this chain.",
  source: "SEMANTICS 4.4, INF:1504",
  check: () => ({
    chain: ({ chain, place }) => {
      const owners = new Map<string, number>()
      const violations: Array<Violation> = []
      const backups = BackupTree.backups(chain)
      backups.forEach((item, backup) => {
        for (const image of item.images) {
          const owner = owners.get(image)
          if (owner === undefined) {
            owners.set(image, backup)
            continue
          }
          violations.push({
            place: { ...place, backup },
            message: `image ${JSON.stringify(image)} also belongs to ${
              owner === backup ? "this backup" : `backup ${backups[owner]!.id}`
            }`
          })
        }
      })
      return violations
    }
  })
}

const findImage = (chain: BackupTree.BackupChain, isWanted: (image: string) => boolean): string | undefined => {
  for (const { images } of BackupTree.backups(chain)) {
    const image = images.find(isWanted)
    if (image !== undefined) return image
  }
  return undefined
}

const oneImageFormat: Rule = {
  id: "I25",
  name: "a chain has one image format",
  statement: "A chain does not mix .tib and .qcow2 images.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The product restores a chain by the format of its full backup: the images of the other format are not read.",
  advice: "Treat the backups of the other format as lost, and make a full backup.",
  source: "SEMANTICS 4.4, RS:432-441",
  check: () => ({
    chain: ({ chain, place }) => {
      const tib = findImage(chain, ChainVersion.isLegacyImage)
      const qcow2 = findImage(chain, isQcow2)
      return tib === undefined || qcow2 === undefined ? [] : [{
        place,
        message: `the chain holds ${JSON.stringify(tib)} and ${JSON.stringify(qcow2)}`
      }]
    }
  })
}

const versionsFitImages: Rule = {
  id: "I26",
  name: "the version fits the images",
  statement:
    "An environment with a .qcow2 image has version 4 or later, one with .tib images only version 3 or earlier.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Nothing for a restore, which goes by the images. A newer server rewrites the version of an environment whose old "
    + "chains it still holds.",
  advice: "Nothing to do after an upgrade; otherwise look at the Version in the environment's .metadata.",
  source: "SEMANTICS 4.4 and 1.3, CT:691",
  check: ({ completeness }) => ({
    environment: ({ environment, place }) => {
      const { chains, version } = environment
      const has = (isWanted: (image: string) => boolean) =>
        chains.some((chain) => findImage(chain, isWanted) !== undefined)
      const message = version < ChainVersion.keepChainVersion
        ? has(isQcow2) && `the version is ${version}, although there are .qcow2 images`
        // What a partial answer leaves out may be of the other format.
        : completeness === "complete" && has(ChainVersion.isLegacyImage) &&
          !has((image) => !ChainVersion.isLegacyImage(image)) &&
          `the version is ${version}, although all images are .tib`
      return message === false ? [] : [{ place, message }]
    }
  })
}

/** The rules about images, in the order of their ids. */
export const imageRules: ReadonlyArray<Rule> = [
  imagesOfDisks,
  imagesAreDisks,
  imageNumbers,
  uniqueImages,
  oneImageFormat,
  versionsFitImages
]
