/** Rules about images: their names, their formats, and their disks. */
import * as ImageNames from "../../directory/files/ImageNames.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import type { Place } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"
import type { PlacedViolation } from "../Rule.ts"

const isQcow2 = (image: string): boolean => image.endsWith(".qcow2")

const maxNames = 16

const printNames = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : CountText.list(names, quoted, { most: maxNames })

const imagesOfDisks = rule({
  id: "I21",
  name: "backups with disks have images",
  statement: "A backup without images has no disks.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The configuration of this backup has disks, but none of their images is known, so they cannot be restored.",
  advice: "Compare TibFileList in the backup's .metadata with the images in the chain directory.",
  source: "SEMANTICS 4.4 and 1.8",
  check: () => ({
    backup: ({ backup, place }) => {
      const disks = backup.disks?.list.length ?? 0
      return disks === 0 || backup.images.length > 0 ? [] : [{
        place,
        message: `backup ${backup.id} has ${CountText.countOrArticle(disks, "a", "disk")}, but no image`
      }]
    }
  })
})

const imagesAreDisks = rule({
  id: "I22",
  name: "images match the disks",
  statement: "From version 4 on, the images of a backup are the names of its disks, in the same order.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The configuration in this backup does not match its images. A restore can swap disks or leave one out.",
  advice: "Compare the configuration in the directory of this backup with the images in its .metadata.",
  source: "SEMANTICS 4.4 and 1.11",
  check: () => ({
    backup: ({ backup, chain, environment, place }) => {
      if (backup.disks === undefined) return []
      const { list } = backup.disks
      const isSame = list.length === backup.images.length
        && list.every(({ name }, index) => name === backup.images[index])
      return isSame || ChainVersion.of(environment, chain) < ChainVersion.keepChainVersion ? [] : [{
        place,
        message: `backup ${backup.id} has the images ${printNames(backup.images)}, but its disks are `
          + printNames(list.map(({ name }) => name))
      }]
    }
  })
})

/** Returns whether `stem` is `name`, alone or after the underscores that distinguish equal names. */
const isNamedAfter = (stem: string, name: string): boolean =>
  name !== "" && stem.endsWith(name) && /^_*$/.test(stem.slice(0, -name.length))

/** Returns whether an image name can mean a number. Without one it means 1, and a disk may be called `data.2`. */
const canMean = (image: string, number: number, disks: BackupTree.BackupDisks | undefined): boolean => {
  const digits = ImageNames.digitsOf(image)
  if (digits === undefined) return number === 1
  if (Number(digits) === number) return true
  const stem = image.slice(0, -".qcow2".length)
  return number === 1 && disks !== undefined
    && disks.list.some(({ originalPath }) => isNamedAfter(stem, ImageNames.baseName(originalPath)))
}

const imageNumbers = rule({
  id: "I23",
  name: "image names match backup numbers",
  statement: "A .qcow2 image has the number of its backup in its name; a name without a number means number 1.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The image may belong to another backup, so a restore can bring back another state than the requested one.",
  advice: "Check the images in the chain directory for renamed files or a copied directory.",
  source: "SEMANTICS 4.4 and 1.8",
  check: () => ({
    backup: ({ backup, chain, place }) => {
      const number = BackupTree.number(chain, backup)
      if (number === undefined) return []
      const isWrong = (image: string) => isQcow2(image) && !canMean(image, number, backup.disks)
      return backup.images.some(isWrong) ? misnamed(backup.images, isWrong, number, place) : []
    }
  })
})

const misnamed = function*(
  images: ReadonlyArray<string>,
  isWrong: (image: string) => boolean,
  number: number,
  place: Place
): Generator<PlacedViolation> {
  for (const image of images) {
    if (!isWrong(image)) continue
    yield { place, message: `the name of image ${quoted(image)} does not match number ${number}` }
  }
}

const uniqueImages = rule({
  id: "I24",
  name: "image names are unique within a chain",
  statement: "No two images of a chain have the same file name.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "Two entries share one file. At least one of them has lost its data, and so have all later backups of the chain.",
  advice: "Check the images in the chain directory. Create a full backup before you rely on this chain.",
  source: "SEMANTICS 4.4",
  check: () => ({
    *chain({ chain, place }) {
      const owners = new Map<string, number>()
      const backups = BackupTree.backups(chain)
      for (let backup = 0; backup < backups.length; backup++) {
        for (const image of backups[backup]!.images) {
          const owner = owners.get(image)
          if (owner === undefined) {
            owners.set(image, backup)
            continue
          }
          const other = owner === backup ? "this backup" : `backup ${backups[owner]!.id}`
          yield { place: { ...place, backup }, message: `image ${quoted(image)} also belongs to ${other}` }
        }
      }
    }
  })
})

const findImage = (chain: BackupTree.BackupChain, isWanted: (image: string) => boolean): string | undefined => {
  for (const { images } of BackupTree.backups(chain)) {
    const image = images.find(isWanted)
    if (image !== undefined) return image
  }
  return undefined
}

const oneImageFormat = rule({
  id: "I25",
  name: "a chain has one image format",
  statement: "A chain does not mix .tib and .qcow2 images.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "Virtuozzo restores a chain in the format of its full backup. Images in the other format are not read.",
  advice: "Treat the backups in the other format as lost, and create a full backup.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      const tib = findImage(chain, ChainVersion.isLegacyImage)
      const qcow2 = findImage(chain, isQcow2)
      return tib === undefined || qcow2 === undefined ? [] : [{
        place,
        message: `the chain contains ${quoted(tib)} and ${quoted(qcow2)}`
      }]
    }
  })
})

const versionsFitImages = rule({
  id: "I26",
  name: "versions match image formats",
  statement:
    "An environment with a .qcow2 image has version 4 or later; one with only .tib images has version 3 or earlier.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning:
    "No effect on restores, which go by the images. A newer server updates the version of an environment that still "
    + "has old chains.",
  advice: "No action needed after an upgrade. Otherwise, check Version in the environment's .metadata.",
  source: "SEMANTICS 4.4 and 1.3",
  check: ({ completeness }) => ({
    environment: ({ environment, place }) => {
      const { chains, version } = environment
      const has = (isWanted: (image: string) => boolean) =>
        chains.some((chain) => findImage(chain, isWanted) !== undefined)
      const message = version < ChainVersion.keepChainVersion
        ? has(isQcow2) && `the version is ${version}, but there are .qcow2 images`
        // The backups that a partial response leaves out may have the other format.
        : completeness === "complete" && has(ChainVersion.isLegacyImage) &&
          !has((image) => !ChainVersion.isLegacyImage(image)) &&
          `the version is ${version}, but all images are .tib`
      return message === false ? [] : [{ place, message }]
    }
  })
})

/** The rules about images, in the order of their ids. */
export const imageRules = [
  imagesOfDisks,
  imagesAreDisks,
  imageNumbers,
  uniqueImages,
  oneImageFormat,
  versionsFitImages
]
