/**
 * The name and the disks of a virtual machine, from the configuration in its backup (`config.pvs`).
 *
 * @see [Semantics 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-6)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as NumberText from "../../sdk/NumberText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import * as XmlDocument from "../../xml/XmlDocument.ts"
import * as XmlElement from "../../xml/XmlElement.ts"
import { XmlError } from "../../xml/XmlError.ts"
import * as ImageNames from "./ImageNames.ts"

/**
 * A disk that a server backs up. `path` is as in the configuration, `size` is in bytes.
 *
 * @category models
 * @since 0.2.0
 */
export interface ConfiguredDisk {
  readonly path: string
  /** The bare name if the disk is in the home directory of the machine, otherwise the whole path. */
  readonly originalPath: string
  readonly size: bigint
  readonly keyId: string
}

/**
 * The name and the disks in a configuration. `name` is empty if it has none; the disks keep their order.
 *
 * @category models
 * @since 0.2.0
 */
export interface VmConfig {
  readonly name: string
  /** The disks that a server backs up. */
  readonly disks: ReadonlyArray<ConfiguredDisk>
}

const mebibyte = 1_048_576n
const maxSize = 0xffff_ffff_ffff_ffffn
const imageFile = 1
const containerFileSystem = 5
const usb = 4
const rawDisk = 2

/**
 * Decodes the text of a configuration.
 *
 * Like a server, it refuses a file that is not well-formed, has another root element, or has no hardware. A machine
 * without disks is valid.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (
  text: string,
  options: XmlDocument.ParseOptions = {}
): Result.Result<VmConfig, XmlError> =>
  Result.flatMap(XmlDocument.parse(text, options), (root) => {
    if (root.name !== "ParallelsVirtualMachine") {
      const detail = `the root element is <${PrintableText.excerpt(root.name)}>, not <ParallelsVirtualMachine>`
      return Result.fail(new XmlError({ reason: "root", detail }))
    }
    const hardware = child(root, "Hardware")
    if (hardware === undefined) {
      return Result.fail(new XmlError({ reason: "root", detail: "the configuration has no <Hardware>" }))
    }
    const identification = child(root, "Identification")
    const home = directoryOf((identification && textOf(identification, "HomePath")) ?? "")
    return Result.succeed({
      name: (identification && textOf(identification, "VmName")) ?? "",
      disks: XmlElement.elements(hardware).filter(({ name }) => name === "Hdd").filter(isBackedUp).map((disk) =>
        toDisk(disk, home)
      )
    })
  })

// If there are several, the last one counts, as everywhere in the product (SEMANTICS 1.13).
const child = (element: XmlElement.XmlElement, name: string): XmlElement.XmlElement | undefined =>
  XmlElement.elements(element).findLast((one) => one.name === name)

const textOf = (element: XmlElement.XmlElement, name: string): string | undefined => {
  const found = child(element, name)
  return found && XmlElement.text(found)
}

const numberOf = (element: XmlElement.XmlElement, name: string): bigint =>
  NumberText.parseUInt64(textOf(element, name) ?? "") ?? 0n

const isBackedUp = (disk: XmlElement.XmlElement): boolean => {
  const isEnabled = child(disk, "Enabled") === undefined || numberOf(disk, "Enabled") !== 0n
  const kind = Number(numberOf(disk, "EmulatedType"))
  return isEnabled
    && (kind === imageFile || kind === containerFileSystem)
    && !/^backup:/i.test((textOf(disk, "StorageURL") ?? "").trim())
    && Number(numberOf(disk, "InterfaceType")) !== usb
    && Number(numberOf(disk, "DiskType")) !== rawDisk
}

const toDisk = (disk: XmlElement.XmlElement, home: string): ConfiguredDisk => {
  const path = (textOf(disk, "SystemName") ?? "").replace(/\/+$/, "")
  const isAtHome = !path.startsWith("/") || directoryOf(path) === home
  const size = numberOf(disk, "Size") * mebibyte
  const encryption = child(disk, "Encryption")
  return {
    path,
    originalPath: isAtHome ? ImageNames.baseName(path) : path,
    size: size > maxSize ? maxSize : size,
    keyId: (encryption && textOf(encryption, "KeyId")) ?? ""
  }
}

const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
