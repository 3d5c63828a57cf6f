/**
 * The names of image files, as a server chooses them.
 *
 * @see [Semantics 1.8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-8)
 * @since 0.2.0
 */
import * as ChainVersion from "../../tree/ChainVersion.ts"

/**
 * The format of the images of a chain: `tib` up to version 3, `qcow2` from 4.
 *
 * @category models
 * @since 0.2.0
 */
export type ImageFormat = "tib" | "qcow2"

/**
 * Returns the format of the images of a chain, from the images of its full backup and the version of its environment.
 *
 * Both are optional, because they may be unknown.
 *
 * @see [Semantics 1.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-3)
 * @category accessors
 * @since 0.2.0
 */
export const formatOf = (
  headImages: ReadonlyArray<string> = [],
  version: number = ChainVersion.keepChainVersion
): ImageFormat => ChainVersion.effective(version, headImages) < ChainVersion.keepChainVersion ? "tib" : "qcow2"

/**
 * Returns the names of the images of item `number`, in the order of the paths of its disks.
 *
 * Equal names within one item are made unique by leading underscores. Other items of the chain do not matter.
 *
 * @category accessors
 * @since 0.2.0
 */
export const imageNames = (
  paths: ReadonlyArray<string>,
  options: { readonly number: number; readonly format: ImageFormat; readonly vmType: number }
): ReadonlyArray<string> => {
  const { format, number, vmType } = options
  const names: Array<string> = []
  const taken = new Set<string>()
  paths.forEach((path, index) => {
    const base = baseName(path)
    let name = `${format === "tib" && vmType !== 0 && index === 0 ? "private" : base}${ending(format, number)}`
    while (taken.has(name)) name = `_${name}`
    taken.add(name)
    names.push(name)
  })
  return names
}

const ending = (format: ImageFormat, number: number): string =>
  number === 1 ? `.${format}` : format === "qcow2" ? `.${number}.qcow2` : `${number}.tib`

const formatOfName = (name: string): ImageFormat | undefined =>
  name.endsWith(".qcow2") ? "qcow2" : ChainVersion.isLegacyImage(name) ? "tib" : undefined

/**
 * Returns the image name of the same disk in another item; `undefined` if the name is not that of such an image.
 *
 * @category accessors
 * @since 0.2.0
 */
export const renumber = (name: string, from: number, to: number): string | undefined => {
  const format = formatOfName(name)
  if (format === undefined || !name.endsWith(ending(format, from))) return undefined
  return name.slice(0, -ending(format, from).length) + ending(format, to)
}

/**
 * Returns the digits in the place of the number in the name of an image, or `undefined` if there are none. A server
 * writes no leading zero, so `02` is not a number of its own.
 *
 * @category accessors
 * @since 0.2.0
 */
export const digitsOf = (name: string): string | undefined =>
  (formatOfName(name) === "qcow2" ? /\.(\d+)\.qcow2$/ : /([1-9]\d*)\.tib$/).exec(name)?.[1]

/**
 * Returns the number in the name of an image: 1 if it has none, `undefined` if the name is not that of an image.
 *
 * @category accessors
 * @since 0.2.0
 */
export const numberOf = (name: string): number | undefined => {
  if (formatOfName(name) === undefined) return undefined
  const digits = digitsOf(name)
  return digits === undefined || digits.startsWith("0") ? 1 : Number(digits)
}

/**
 * Returns the name of the disk that an image belongs to, without the number and the format.
 *
 * @category accessors
 * @since 0.2.0
 */
export const diskName = (name: string): string => name.replace(/(?:\.\d+)?\.(?:qcow2|tib)$/, "")

/**
 * Returns the part of a path after its last slash, ignoring slashes at the end.
 *
 * @category accessors
 * @since 0.2.0
 */
export const baseName = (path: string): string => {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}
