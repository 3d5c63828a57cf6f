/**
 * What a server said about its backups: environments, their chains, and the backups of each chain.
 *
 * A tree may be wrong. It records an answer; the rules judge it, and only a `BackupCatalog` is proven.
 * Texts are kept verbatim, and what can be derived is a function, so that no two fields can disagree.
 */
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlElement as XmlElementSchema } from "../xml/XmlElement.ts"

/**
 * An element that this library does not understand, kept so that nothing is lost.
 *
 * `position` is its index among all element children of its parent. Source: SEMANTICS 1.12.
 */
export interface KeptElement {
  readonly position: number
  readonly element: XmlElement
}

const UInt32 = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })))
const UInt64 = Schema.BigInt.pipe(
  Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 0xffff_ffff_ffff_ffffn }))
)

/** Schema of a {@link KeptElement}. */
export const KeptElement: Schema.Codec<KeptElement> = Schema.Struct({ position: UInt32, element: XmlElementSchema })

const kept = { kept: Schema.Array(KeptElement) }

/** Schema of the encryption of a disk; an empty key id means that the disk is not encrypted. Source: SEMANTICS 1.1. */
export const Encryption = Schema.Struct({ keyId: Schema.String, ...kept })
/** The encryption of a disk. */
export type Encryption = typeof Encryption.Type

/** Schema of a virtual disk; `size` is the virtual size in bytes. Source: SEMANTICS 1.1 and 1.11. */
export const BackupDisk = Schema.Struct({
  name: Schema.String,
  originalPath: Schema.String,
  size: UInt64,
  encryption: Encryption,
  ...kept
})
/** A virtual disk, as the configuration inside the backup describes it. */
export type BackupDisk = typeof BackupDisk.Type

/** Schema of the disk list of a backup. */
export const BackupDisks = Schema.Struct({ list: Schema.Array(BackupDisk), ...kept })
/** The disk list of a backup. */
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
 * Schema of a full backup, the head of a chain.
 *
 * `size` and `originalSize` are bytes; `dateTime` and `type` are the texts as sent; `images` are the file names of
 * `TibFileList`; `disks` is `undefined` where the server sent no list, which differs from an empty one. Source: SEMANTICS 1.1.
 */
export const FullBackup = Schema.TaggedStruct("FullBackup", backup)
/** A full backup: the first existing item of a chain. */
export type FullBackup = typeof FullBackup.Type

/** Schema of an incremental backup; `number` is its Number element. Source: SEMANTICS 1.1. */
export const IncrementalBackup = Schema.TaggedStruct("IncrementalBackup", { number: UInt32, ...backup })
/** An incremental backup: it needs every earlier backup of its chain. */
export type IncrementalBackup = typeof IncrementalBackup.Type

/** Schema of a {@link Backup}. */
export const Backup = Schema.Union([FullBackup, IncrementalBackup])
/** A backup of either kind. */
export type Backup = FullBackup | IncrementalBackup

/** Schema of a chain; `lastNumber` is the highest number ever given in it, 0 for none yet. Source: SEMANTICS 1.4. */
export const BackupChain = Schema.Struct({
  uuid: Schema.String,
  head: FullBackup,
  incrementals: Schema.Array(IncrementalBackup),
  lastNumber: UInt32
})
/** A chain: one full backup and its incrementals. */
export type BackupChain = typeof BackupChain.Type

/** Schema of a virtual environment; `vmType` is a `PRL_VM_BACKUP_TYPE` number. Source: SEMANTICS 1.1 to 1.3. */
export const VirtualEnvironment = Schema.Struct({
  uuid: Schema.String,
  name: Schema.String,
  vmType: UInt32,
  version: UInt32,
  chains: Schema.Array(BackupChain),
  ...kept
})
/** A virtual machine or container that has backups; name, kind and version are those of its latest backup. */
export type VirtualEnvironment = typeof VirtualEnvironment.Type

/** Schema of a backup tree. */
export const BackupTree = Schema.Struct({ environments: Schema.Array(VirtualEnvironment), ...kept })
/** A whole answer of a server. */
export type BackupTree = typeof BackupTree.Type

/** The tree without environments, a valid and successful answer. */
export const empty: BackupTree = { environments: [], kept: [] }

/** How the disks of a container are laid out. Source: SEMANTICS 1.2. */
export type ContainerLayout = "vzfs" | "ploop" | "vzwin"

/** What an environment is: a virtual machine, a container, or a number that this library does not know. */
export type Kind =
  | { readonly _tag: "Vm" }
  | { readonly _tag: "Container"; readonly layout: ContainerLayout }
  | { readonly _tag: "Unknown"; readonly vmType: number }

const kinds: ReadonlyArray<Kind> = [
  { _tag: "Vm" },
  { _tag: "Container", layout: "vzfs" },
  { _tag: "Container", layout: "ploop" },
  { _tag: "Container", layout: "vzwin" }
]

/** Returns what an environment is. Source: SEMANTICS 1.2. */
export const kind = (environment: VirtualEnvironment): Kind =>
  kinds[environment.vmType] ?? { _tag: "Unknown", vmType: environment.vmType }

/** Returns the kind as one word: `vm`, `ct-vzfs`, `ct-ploop`, `ct-vzwin` or `unknown-N`. */
export const kindName = (environment: VirtualEnvironment): string => {
  const value = kind(environment)
  return value._tag === "Vm" ? "vm" : value._tag === "Container" ? `ct-${value.layout}` : `unknown-${value.vmType}`
}

/** Returns the backups of a chain, the head first, in the order in which the server sent them. */
export const backups = (chain: BackupChain): ReadonlyArray<Backup> => [chain.head, ...chain.incrementals]

/**
 * Returns the number of a backup in its chain, or `undefined` where it cannot be known.
 *
 * An incremental says its number. A head has no Number element: its id gives it, 1 for the bare chain id; an id that
 * does not fit the chain gives `undefined`. Source: SEMANTICS 1.4.
 */
export const number = (chain: BackupChain, item: Backup): number | undefined =>
  item._tag === "IncrementalBackup" ? item.number : BackupId.headNumber(chain.uuid, item.id)
