/**
 * Backup trees as JSON with stable names, for other programs. Numbers of 64 bits are decimal strings.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as BackupDate from "./BackupDate.ts"
import * as BackupTree from "./BackupTree.ts"

const Decimal = Schema.String.pipe(Schema.check(Schema.isPattern(/^\d+$/)))

/**
 * Schema of a disk. `size` is its virtual size in bytes; an empty `keyId` means that it is not encrypted.
 *
 * @category schemas
 * @since 0.2.0
 */
export const DiskJson = Schema.Struct({
  name: Schema.String,
  originalPath: Schema.String,
  size: Decimal,
  keyId: Schema.String
})

/**
 * Schema of a backup. Sizes are bytes.
 *
 * `number` is null if the id of a full backup does not fit its chain, `createdAt` if `dateTime` is not a valid date,
 * and `disks` if the server sent no list.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupJson = Schema.Struct({
  id: Schema.String,
  number: Schema.NullOr(Schema.Int),
  type: Schema.Literals(["full", "incremental"]),
  typeLetter: Schema.String,
  createdAt: Schema.NullOr(Schema.String),
  dateTime: Schema.String,
  host: Schema.String,
  serverUuid: Schema.String,
  creator: Schema.String,
  description: Schema.String,
  size: Decimal,
  originalSize: Decimal,
  bundlePermissions: Schema.Int,
  flags: Schema.Int,
  images: Schema.Array(Schema.String),
  disks: Schema.NullOr(Schema.Array(DiskJson))
})
/**
 * A backup as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupJson = typeof BackupJson.Type

/**
 * Schema of a chain. Its backups are in the server's order, the full backup first.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ChainJson = Schema.Struct({
  uuid: Schema.String,
  lastNumber: Schema.Int,
  backups: Schema.Array(BackupJson)
})
/**
 * A chain as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type ChainJson = typeof ChainJson.Type

/**
 * Schema of an environment. `kind` is `vm`, `ct-vzfs`, `ct-ploop`, `ct-vzwin` or `unknown-N`.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EnvironmentJson = Schema.Struct({
  uuid: Schema.String,
  name: Schema.String,
  kind: Schema.String,
  version: Schema.Int,
  chains: Schema.Array(ChainJson)
})
/**
 * An environment as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentJson = typeof EnvironmentJson.Type

/**
 * Schema of a tree.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupTreeJson = Schema.Struct({ environments: Schema.Array(EnvironmentJson) })
/**
 * A tree as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupTreeJson = typeof BackupTreeJson.Type

/**
 * Encodes a tree as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (tree: BackupTree.BackupTree): BackupTreeJson => ({
  environments: tree.environments.map((environment) => ({
    uuid: environment.uuid,
    name: environment.name,
    kind: BackupTree.kindName(environment),
    version: environment.version,
    chains: environment.chains.map((chain) => ({
      uuid: chain.uuid,
      lastNumber: chain.lastNumber,
      backups: BackupTree.backups(chain).map((backup) => encodeBackup(backup, BackupTree.number(chain, backup)))
    }))
  }))
})

/**
 * Encodes a backup. The caller supplies its number, because it depends on the chain.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeBackup = (backup: BackupTree.Backup, number: number | undefined): BackupJson => {
  const createdAt = BackupDate.createdAt(backup)
  return {
    id: backup.id,
    number: number ?? null,
    type: backup._tag === "FullBackup" ? "full" : "incremental",
    typeLetter: backup.type,
    createdAt: createdAt === undefined ? null : DateTime.formatIso(createdAt),
    dateTime: backup.dateTime,
    host: backup.host,
    serverUuid: backup.serverUuid,
    creator: backup.creator,
    description: backup.description,
    size: backup.size.toString(),
    originalSize: backup.originalSize.toString(),
    bundlePermissions: backup.bundlePermissions,
    flags: backup.flags,
    images: backup.images,
    disks: backup.disks === undefined ? null : backup.disks.list.map((disk) => ({
      name: disk.name,
      originalPath: disk.originalPath,
      size: disk.size.toString(),
      keyId: disk.encryption.keyId
    }))
  }
}
