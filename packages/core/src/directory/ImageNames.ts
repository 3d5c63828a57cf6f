/**
 * The names of image files, as a server gives them. Source: SEMANTICS 1.8.
 */
import * as ChainVersion from "../tree/ChainVersion.ts"

/** The format of the images of a chain: `tib` up to version 3, `qcow2` from 4. */
export type ImageFormat = "tib" | "qcow2"

/**
 * Returns the format of the images of a chain, by those of its full backup and the version of its environment, as far as
 * they are known. Source: SEMANTICS 1.3.
 */
export const formatOf = (
  headImages: ReadonlyArray<string> = [],
  version: number = ChainVersion.keepChainVersion
): ImageFormat => ChainVersion.effective(version, headImages) < ChainVersion.keepChainVersion ? "tib" : "qcow2"

/**
 * Returns the names of the images of item `number`, in the order of the disks, which are given by their paths.
 *
 * Names that meet within one item get underscores in front; other items of the chain are not looked at.
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

/** Returns what the image of the same disk is called in another item, or nothing for a name that is of no such image. */
export const renumber = (name: string, from: number, to: number): string | undefined => {
  const format = formatOfName(name)
  if (format === undefined || !name.endsWith(ending(format, from))) return undefined
  return name.slice(0, -ending(format, from).length) + ending(format, to)
}

/** Returns the number that the name of an image says; 1 where it says none, and nothing for a name that is of no image. */
export const numberOf = (name: string): number | undefined => {
  const format = formatOfName(name)
  const digits = format === "qcow2" ? /\.([1-9]\d*)\.qcow2$/ : /([1-9]\d*)\.tib$/
  return format && Number(digits.exec(name)?.[1] ?? 1)
}

/** Returns the name of the disk that an image belongs to, without the number and the format. */
export const diskName = (name: string): string => name.replace(/(?:\.\d+)?\.(?:qcow2|tib)$/, "")

/** Returns what stands behind the last slash of a path, slashes at its end left out. */
export const baseName = (path: string): string => {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}
