/** The configurations in the directories of backups, as far as a listing depends on them. Source: SEMANTICS 3.6. */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import type { XmlElement } from "@backup-tree/core/xml/XmlElement"
import { mebibyte } from "./storedChain.ts"

const leaf = (name: string, value: string | bigint): XmlElement => {
  const text = String(value)
  return { name, attributes: [], children: text === "" ? [] : [text] }
}

/** The machine that a configuration belongs to. */
export interface Machine {
  readonly uuid: string
  readonly name: string
}

interface Disk {
  readonly originalPath: string
  readonly size: bigint
  readonly keyId: string
}

/** Prints the `config.pvs` of a virtual machine: its disks, with sizes in whole MiB. */
export const virtualMachine = ({ name, uuid }: Machine, backup: BackupTree.Backup | undefined): string => {
  const home = `/vz/vmprivate/${Uuid.key(uuid)}`
  const disks = backup === undefined ? [] : disksOf(backup)
  return XmlDocument.print({
    name: "ParallelsVirtualMachine",
    attributes: [["dyn_lists", ""], ["schemaVersion", "1.0"]],
    children: [
      {
        name: "Identification",
        attributes: [["dyn_lists", ""]],
        children: [leaf("VmUuid", uuid), leaf("VmName", name), leaf("HomePath", `${home}/config.pvs`)]
      },
      {
        name: "Hardware",
        attributes: [["dyn_lists", `Hdd ${disks.length}`]],
        children: disks.map((disk, index) => hardDisk(disk, home, index))
      }
    ]
  }, { declaration: true })
}

const hardDisk = ({ keyId, originalPath, size }: Disk, home: string, index: number): XmlElement => ({
  name: "Hdd",
  attributes: [["id", String(index)], ["dyn_lists", ""]],
  children: [
    leaf("Enabled", "1"),
    leaf("EmulatedType", "1"),
    leaf("StorageURL", ""),
    leaf("InterfaceType", "2"),
    leaf("DiskType", "1"),
    leaf("SystemName", originalPath.startsWith("/") ? originalPath : `${home}/${originalPath}`),
    leaf("Size", size / mebibyte),
    { name: "Encryption", attributes: [["dyn_lists", ""]], children: [leaf("KeyId", keyId)] }
  ]
})

// A server that sends no disk list has a configuration with disks all the same. Their names follow from the images.
const disksOf = ({ disks, images }: BackupTree.Backup): ReadonlyArray<Disk> =>
  disks === undefined
    ? images.map((image) => ({ originalPath: image.replace(/(?:\.\d+)?\.(?:qcow2|tib)$/, ""), size: 0n, keyId: "" }))
    : disks.list.map(({ encryption, originalPath, size }) => ({ originalPath, size, keyId: encryption.keyId }))

/** Prints the `ve.conf` of a container: shell assignments. */
export const container = ({ name, uuid }: Machine): string => `UUID=${quote(Uuid.key(uuid))}\nNAME=${quote(name)}\n`

const quote = (text: string): string => `"${text.replaceAll(/[\r\n\0]/g, " ").replaceAll(/["\\$`]/g, "\\$&")}"`
