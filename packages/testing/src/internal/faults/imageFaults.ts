/** Faults of images. */
import * as ImageNames from "@backup-tree/core/directory/files/ImageNames"
import type { ChainLayout } from "../storeLayout.ts"
import {
  hasHeaders,
  hasImages,
  hasIncremental,
  headOf,
  nextNumber,
  oneOf,
  someImage,
  someIncremental
} from "./chainParts.ts"
import type { ChainPlace, FaultSpec } from "./faultSpec.ts"
import { emptying, type FileFault, newImage, otherBackingFile, removal } from "./fileFaults.ts"

/** Tests whether the last backup has an image whose backing file has one of its own. */
const hasGrandparent = (chain: ChainLayout): boolean => chain.items.length > 2 && hasHeaders(chain)

/** Adds the image of a backup that was never finished. */
const unfinishedImage = ({ chain, environment }: ChainPlace): FileFault => {
  const last = chain.items.at(-1)!
  const { content } = last.item
  const disk = content._tag === "Damaged" ? undefined : content.backup.disks?.list[0]
  const [name] = ImageNames.imageNames([disk?.originalPath ?? "harddisk.hdd"], {
    number: nextNumber(chain),
    format: "qcow2",
    vmType: environment.environment.metadata?.vmType ?? 0
  })
  return newImage(`${chain.path}/${name}`, {
    length: 2 ** 26,
    header: { virtualSize: disk?.size ?? 0n, backingFile: last.images[0]?.name }
  })
}

/** The faults by name, in the order of the table. */
export const imageFaults = {
  "orphan-image": {
    description: "An image in a chain belongs to no backup, as after a crash",
    reportedAs: "orphan-image",
    rules: ["I38"],
    target: "chain",
    appliesTo: hasHeaders,
    place: unfinishedImage
  },
  "missing-image": {
    description: "An image is missing",
    reportedAs: "missing-image",
    rules: ["I36"],
    mayReport: ["I29"],
    target: "chain",
    appliesTo: hasImages,
    place: ({ chain }, random) => removal(someImage(chain, random))
  },
  "image-empty": {
    description: "An image is empty, as after a write to a full disk",
    reportedAs: "I36",
    rules: ["I36"],
    mayReport: ["I29"],
    target: "chain",
    appliesTo: hasImages,
    place: ({ chain }, random) => emptying(someImage(chain, random))
  },
  "backing-file-elsewhere": {
    description: "An image names its backing file by an absolute path, as in a store that was moved after a removal",
    reportedAs: "absolute-backing-file",
    rules: ["absolute-backing-file"],
    target: "chain",
    appliesTo: (chain) => hasIncremental(chain) && hasHeaders(chain),
    place: ({ chain }, random) => {
      const image = oneOf(someIncremental(chain, random).images, random)
      const backingFile = `/mnt/old-backups/${chain.path}/${image.header?.backingFile}`
      return otherBackingFile(`${chain.path}/${image.name}`, image, backingFile)
    }
  },
  "backing-file-wrong": {
    description: "The backing file of an image is the image of the full backup instead of the one before it",
    reportedAs: "I37",
    rules: ["I37"],
    target: "chain",
    appliesTo: hasGrandparent,
    place: ({ chain }, random) => {
      const { images } = oneOf(chain.items.slice(2), random)
      const index = random.below(images.length)
      const image = images[index]!
      return otherBackingFile(`${chain.path}/${image.name}`, image, headOf(chain).images[index]!.name)
    }
  }
} as const satisfies { readonly [name: string]: FaultSpec }
