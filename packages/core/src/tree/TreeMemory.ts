/**
 * Estimates the memory use of trees, to limit what an untrusted response can consume.
 *
 * @since 0.2.0
 */
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlError } from "../xml/XmlError.ts"
import * as BackupTree from "./BackupTree.ts"

// Measured on V8 with 64-bit pointers, rounded up: an object, its fields, and the references to it.
const perEnvironment = 300
const perChain = 200
const perBackup = 500
const perDisk = 300
const perText = 48
const perElement = 160

/**
 * Estimates the memory of an environment, in bytes.
 *
 * @category accessors
 * @since 0.2.0
 */
export const bytesOf = (environment: BackupTree.VirtualEnvironment): number => {
  let bytes = perEnvironment + textBytes(environment.name) + keptBytes(environment.kept)
  for (const chain of environment.chains) {
    bytes += perChain + backupBytes(chain.head)
    for (const incremental of chain.incrementals) bytes += backupBytes(incremental)
  }
  return bytes
}

const backupBytes = ({ description, disks, id, images, kept }: BackupTree.Backup): number => {
  let bytes = perBackup + textBytes(id) + textBytes(description) + keptBytes(kept)
  for (const image of images) bytes += textBytes(image)
  if (disks === undefined) return bytes
  bytes += keptBytes(disks.kept)
  for (const { encryption, kept, name, originalPath } of disks.list) {
    bytes += perDisk + textBytes(name) + textBytes(originalPath) + keptBytes(kept) + keptBytes(encryption.kept)
  }
  return bytes
}

const textBytes = (text: string): number => perText + text.length

const keptBytes = (kept: ReadonlyArray<BackupTree.KeptElement>): number => {
  let bytes = 0
  for (const { element } of kept) bytes += perElement + elementBytes(element)
  return bytes
}

const elementBytes = ({ attributes, children }: XmlElement): number => {
  let bytes = perElement
  for (const [name, value] of attributes) bytes += textBytes(name) + textBytes(value)
  for (const child of children) bytes += typeof child === "string" ? textBytes(child) : elementBytes(child)
  return bytes
}

/**
 * Creates the error for a response that exceeds the memory limit.
 *
 * @category errors
 * @since 0.2.0
 */
export const exceeded = (maxBytes: number): XmlError =>
  new XmlError({
    reason: "memory",
    detail: `the listing needs more than ${Math.floor(maxBytes / 2 ** 20)} MiB of memory`
  })
