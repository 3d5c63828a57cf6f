/**
 * The backups that a server lists: environments, their chains, and the backups of each chain.
 *
 * A tree records a response and may be wrong: the rules check it, and only a `BackupCatalog` is proven. Texts are kept
 * verbatim. Derived facts are functions, so that no two fields can disagree.
 *
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlElement as XmlElementSchema } from "../xml/XmlElement.ts"

/**
 * An element that this library does not know, kept so that nothing is lost.
 *
 * `position` is its index among all child elements of its parent.
 *
 * @see [Semantics 1.12](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-12)
 * @category models
 * @since 0.2.0
 */
export interface KeptElement {
  readonly position: number
  readonly element: XmlElement
}

const UInt32 = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })))
const UInt64 = Schema.BigInt.pipe(
  Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 0xffff_ffff_ffff_ffffn }))
)

/**
 * Schema of a {@link KeptElement}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const KeptElement: Schema.Codec<KeptElement> = Schema.Struct({ position: UInt32, element: XmlElementSchema })

const kept = { kept: Schema.Array(KeptElement) }

/**
 * Schema of an {@link Encryption}. An empty key id means that the disk is not encrypted.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @category schemas
 * @since 0.2.0
 */
export const Encryption = Schema.Struct({ keyId: Schema.String, ...kept })
/**
 * The encryption of a disk.
 *
 * @category models
 * @since 0.2.0
 */
export type Encryption = typeof Encryption.Type

/**
 * Schema of a {@link BackupDisk}. `size` is the virtual size in bytes.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @see [Semantics 1.11](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-11)
 * @category schemas
 * @since 0.2.0
 */
export const BackupDisk = Schema.Struct({
  name: Schema.String,
  originalPath: Schema.String,
  size: UInt64,
  encryption: Encryption,
  ...kept
})
/**
 * A virtual disk, as the configuration inside the backup describes it.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupDisk = typeof BackupDisk.Type

/**
 * Schema of {@link BackupDisks}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupDisks = Schema.Struct({ list: Schema.Array(BackupDisk), ...kept })
/**
 * The disk list of a backup.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupDisks = typeof BackupDisks.Type

const backup = {
  id: Schema.String,
  host: Schema.String,
  serverUuid: Schema.String,
  dateTime: Schema.String,
  creator: Schema.String,
  size: UInt64,
  type: Schema.String,
  description: Schema.String,
  images: Schema.Array(Schema.String),
  originalSize: UInt64,
  bundlePermissions: UInt32,
  flags: UInt32,
  disks: Schema.UndefinedOr(BackupDisks),
  ...kept
}

/**
 * Schema of a {@link FullBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const FullBackup = Schema.TaggedStruct("FullBackup", backup)
/**
 * A full backup: the first existing item of its chain.
 *
 * `size` and `originalSize` are bytes. `dateTime` and `type` are the texts that the server sent. `images` are the file
 * names of `TibFileList`. `disks` is `undefined` if the server sent no list, which differs from an empty list.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @category models
 * @since 0.2.0
 */
export type FullBackup = typeof FullBackup.Type

/**
 * Schema of an {@link IncrementalBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const IncrementalBackup = Schema.TaggedStruct("IncrementalBackup", { number: UInt32, ...backup })
/**
 * An incremental backup, which depends on every earlier backup of its chain.
 *
 * `number` is its Number element; the other fields are those of a {@link FullBackup}.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @category models
 * @since 0.2.0
 */
export type IncrementalBackup = typeof IncrementalBackup.Type

/**
 * Schema of a {@link Backup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Backup = Schema.Union([FullBackup, IncrementalBackup])
/**
 * A full or incremental backup.
 *
 * @category models
 * @since 0.2.0
 */
export type Backup = FullBackup | IncrementalBackup

/**
 * Schema of a {@link BackupChain}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupChain = Schema.Struct({
  uuid: Schema.String,
  head: FullBackup,
  incrementals: Schema.Array(IncrementalBackup),
  lastNumber: UInt32
})
/**
 * A chain: one full backup and its incrementals.
 *
 * `lastNumber` is the highest number ever used in the chain, or 0 if there is none yet.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category models
 * @since 0.2.0
 */
export type BackupChain = typeof BackupChain.Type

/**
 * Schema of a {@link VirtualEnvironment}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const VirtualEnvironment = Schema.Struct({
  uuid: Schema.String,
  name: Schema.String,
  vmType: UInt32,
  version: UInt32,
  chains: Schema.Array(BackupChain),
  ...kept
})
/**
 * A virtual machine or container that has backups. Its name, kind and version are those of its latest backup.
 *
 * `vmType` is a `PRL_VM_BACKUP_TYPE` number.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @see [Semantics 1.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-2)
 * @see [Semantics 1.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-3)
 * @category models
 * @since 0.2.0
 */
export type VirtualEnvironment = typeof VirtualEnvironment.Type

/**
 * Schema of a {@link BackupTree}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupTree = Schema.Struct({ environments: Schema.Array(VirtualEnvironment), ...kept })
/**
 * The backup tree in one response of a server.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupTree = typeof BackupTree.Type

/**
 * The tree without environments, which is a valid response.
 *
 * @category constructors
 * @since 0.2.0
 */
export const empty: BackupTree = { environments: [], kept: [] }

/**
 * The disk layout of a container.
 *
 * @see [Semantics 1.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-2)
 * @category models
 * @since 0.2.0
 */
export type ContainerLayout = "vzfs" | "ploop" | "vzwin"

/**
 * The kind of an environment: a virtual machine, a container, or a number that this library does not know.
 *
 * @category models
 * @since 0.2.0
 */
export type Kind = Data.TaggedEnum<{
  Vm: {}
  Container: { readonly layout: ContainerLayout }
  Unknown: { readonly vmType: number }
}>

const kinds: ReadonlyArray<Kind> = [
  { _tag: "Vm" },
  { _tag: "Container", layout: "vzfs" },
  { _tag: "Container", layout: "ploop" },
  { _tag: "Container", layout: "vzwin" }
]

/**
 * Returns the kind of an environment.
 *
 * @see [Semantics 1.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-2)
 * @category accessors
 * @since 0.2.0
 */
export const kind = ({ vmType }: Pick<VirtualEnvironment, "vmType">): Kind =>
  kinds[vmType] ?? { _tag: "Unknown", vmType }

/**
 * Returns the kind of an environment as one word: `vm`, `ct-vzfs`, `ct-ploop`, `ct-vzwin` or `unknown-N`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const kindName = (environment: Pick<VirtualEnvironment, "vmType">): string => {
  const value = kind(environment)
  return value._tag === "Vm" ? "vm" : value._tag === "Container" ? `ct-${value.layout}` : `unknown-${value.vmType}`
}

/**
 * Returns the number of a kind that {@link kindName} has printed, or `undefined` for any other text.
 *
 * @category accessors
 * @since 0.2.0
 */
export const vmTypeOfKind = (name: string): number | undefined => {
  const known = kinds.findIndex((_, vmType) => kindName({ vmType }) === name)
  if (known !== -1) return known
  const number = /^unknown-(0|[1-9]\d{0,9})$/.exec(name)?.[1]
  return number !== undefined && kinds[Number(number)] === undefined && Number(number) <= 0xffff_ffff
    ? Number(number)
    : undefined
}

/**
 * Returns the backups of a chain in the server's order, the full backup first.
 *
 * @category accessors
 * @since 0.2.0
 */
export const backups = (chain: BackupChain): ReadonlyArray<Backup> => [chain.head, ...chain.incrementals]

/**
 * Returns the number of a backup in its chain, or `undefined` if it is unknown.
 *
 * An incremental has a Number element. A full backup has none, so its id decides: the bare chain id is number 1, and
 * the number of an id that does not fit the chain is unknown.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category accessors
 * @since 0.2.0
 */
export const number = (chain: Pick<BackupChain, "uuid">, item: Backup): number | undefined =>
  item._tag === "IncrementalBackup" ? item.number : BackupId.headNumber(chain.uuid, item.id)
