/**
 * The names of image files, as a server gives them. Source: SEMANTICS 1.8.
 */
import { hasLegacyImage, keepChainVersion } from "./internal/chainVersions.ts"

/** The format of the images of a chain: `tib` up to version 3, `qcow2` from 4. */
export type ImageFormat = "tib" | "qcow2"

/**
 * Returns the format of the images of a chain, by those of its full backup and the version of its environment, as far as
 * they are known. Source: SEMANTICS 1.3.
 */
export const formatOf = (headImages: ReadonlyArray<string> = [], version: number = keepChainVersion): ImageFormat =>
  hasLegacyImage(headImages) || version < keepChainVersion ? "tib" : "qcow2"

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
    let name = format === "qcow2"
      ? `${base}${number === 1 ? "" : `.${number}`}.qcow2`
      : `${vmType !== 0 && index === 0 ? "private" : base}${number === 1 ? "" : number}.tib`
    while (taken.has(name)) name = `_${name}`
    taken.add(name)
    names.push(name)
  })
  return names
}

/** Returns what stands behind the last slash of a path, slashes at its end left out. */
export const baseName = (path: string): string => {
  const trimmed = path.replace(/\/+$/, "")
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}
