/** The mapping from backup trees to elements. Source: SEMANTICS 1.1, 1.12 and 3.3. */
import type { XmlElement } from "../../xml/XmlElement.ts"
import type * as BackupTree from "../BackupTree.ts"

type Attributes = XmlElement["attributes"]

const leaf = (name: string, value: string | number | bigint): XmlElement => {
  const text = String(value)
  return { name, attributes: [], children: text === "" ? [] : [text] }
}

/** Makes an element whose children are made when they are read, so that a large tree never exists as a whole. */
const onDemand = (name: string, attributes: Attributes, children: () => XmlElement["children"]): XmlElement => ({
  name,
  attributes,
  get children() {
    return children()
  }
})

/** The bookkeeping attributes of a member of a list. */
const member = (index: number, lists: string): Attributes => [["id", String(index)], ["dyn_lists", lists]]

/** Inserts kept elements among the known ones, each at its index or at the end. Source: SEMANTICS 1.12. */
const withKept = (
  known: Array<XmlElement>,
  kept: ReadonlyArray<BackupTree.KeptElement>
): ReadonlyArray<XmlElement> => {
  if (kept.length === 0) return known
  const ascending = kept.toSorted((self, that) => self.position - that.position)
  const children: Array<XmlElement> = []
  let next = 0
  for (const { element, position } of ascending) {
    while (children.length < position && next < known.length) children.push(known[next++]!)
    children.push(element)
  }
  return children.concat(known.slice(next))
}

const disk = (value: BackupTree.BackupDisk, index: number): XmlElement => ({
  name: "BackupDisk",
  attributes: member(index, ""),
  children: withKept([
    leaf("Name", value.name),
    leaf("OriginalPath", value.originalPath),
    leaf("Size", value.size),
    {
      name: "Encryption",
      attributes: [["dyn_lists", ""]],
      children: withKept([leaf("KeyId", value.encryption.keyId)], value.encryption.kept)
    }
  ], value.kept)
})

const disks = (value: BackupTree.BackupDisks): XmlElement => ({
  name: "BackupDisks",
  attributes: [["dyn_lists", `BackupDisk ${value.list.length}`]],
  children: withKept(value.list.map(disk), value.kept)
})

const beforeLists = (backup: BackupTree.Backup): Array<XmlElement> => [
  leaf("Id", backup.id),
  leaf("Host", backup.host),
  leaf("ServerUuid", backup.serverUuid),
  leaf("DateTime", backup.dateTime),
  leaf("Creator", backup.creator),
  leaf("Size", backup.size),
  leaf("Type", backup.type),
  leaf("Description", backup.description),
  ...backup.images.map((image) => leaf("TibFileList", image))
]

const afterLists = (backup: BackupTree.Backup): Array<XmlElement> => [
  leaf("OriginalSize", backup.originalSize),
  leaf("BundlePermissions", backup.bundlePermissions),
  leaf("Flags", backup.flags)
]

const diskList = (backup: BackupTree.Backup): Array<XmlElement> =>
  backup.disks === undefined ? [] : [disks(backup.disks)]

/** The lists that a PartialBackupItem announces. */
const incrementalLists = "TibFileList"

/** Returns the element of an incremental backup. */
const incremental = (backup: BackupTree.IncrementalBackup, attributes: Attributes): XmlElement =>
  onDemand("PartialBackupItem", attributes, () =>
    withKept(
      [leaf("Number", backup.number), ...beforeLists(backup), ...afterLists(backup), ...diskList(backup)],
      backup.kept
    ))

const headLists = (chain: BackupTree.BackupChain): string =>
  `TibFileList PartialBackupItem ${chain.incrementals.length}`

/** Returns the element of a chain. */
const chain = (value: BackupTree.BackupChain, attributes: Attributes): XmlElement =>
  onDemand("BackupItem", attributes, () =>
    withKept([
      leaf("Uuid", value.uuid),
      ...beforeLists(value.head),
      ...value.incrementals.map((backup, index) => incremental(backup, member(index, incrementalLists))),
      ...afterLists(value.head),
      leaf("LastNumber", value.lastNumber),
      ...diskList(value.head)
    ], value.head.kept))

const environmentLists = (environment: BackupTree.VirtualEnvironment): string =>
  `BackupItem ${environment.chains.length}`

/** Returns the element of an environment. */
const environment = (value: BackupTree.VirtualEnvironment, attributes: Attributes): XmlElement =>
  onDemand("VmItem", attributes, () =>
    withKept([
      leaf("VmType", value.vmType),
      leaf("Uuid", value.uuid),
      leaf("Name", value.name),
      leaf("Version", value.version),
      ...value.chains.map((item, index) => chain(item, member(index, headLists(item))))
    ], value.kept))

/** Returns the root element of a tree. */
export const tree = (value: BackupTree.BackupTree): XmlElement => ({
  name: "BackupTree",
  attributes: [["dyn_lists", `VmItem ${value.environments.length}`], ["id", "-1"]],
  children: withKept(
    value.environments.map((item, index) => environment(item, member(index, environmentLists(item)))),
    value.kept
  )
})

const storedAttributes = (lists: string): Attributes => [["dyn_lists", lists], ["schemaVersion", "1.0"]]

// A server computes the disk list when it lists backups, so the file holds an empty one (SEMANTICS 1.11).
const withoutDisks = <A extends BackupTree.Backup>(backup: A): A => ({
  ...backup,
  disks: { list: [], kept: backup.disks?.kept ?? [] }
})

/** Returns the root of the `.metadata` file of an environment, which holds no chains. */
export const storedEnvironment = (value: BackupTree.VirtualEnvironment): XmlElement => {
  const stored = { ...value, chains: [] }
  return environment(stored, storedAttributes(environmentLists(stored)))
}

/** Returns the root of the `.metadata` file of a head, which holds no incrementals. */
export const storedChain = (value: BackupTree.BackupChain): XmlElement => {
  const stored = { ...value, head: withoutDisks(value.head), incrementals: [] }
  return chain(stored, storedAttributes(headLists(stored)))
}

/** Returns the root of the `.metadata` file of an incremental backup. */
export const storedIncremental = (value: BackupTree.IncrementalBackup): XmlElement =>
  incremental(withoutDisks(value), storedAttributes(incrementalLists))
