/**
 * Backup trees as JSON with stable names, for other programs, and back. Sizes are JSON integers.
 *
 * Some fields repeat what others say, so that a reader need not compute it: `number` of a full backup, `createdAt` and
 * `type`. Only `type` is compared when a tree is decoded. Elements that this library does not know are in `kept`, which
 * is left out if there are none.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { fromSchemaError, type JsonError } from "../json/JsonError.ts"
import { JsonSize } from "../json/JsonSize.ts"
import * as Steps from "../steps/Steps.ts"
import * as BackupDate from "./BackupDate.ts"
import * as BackupTree from "./BackupTree.ts"

const kept = Schema.optionalKey(Schema.Array(BackupTree.KeptElement))

/**
 * Schema of a disk. `size` is its virtual size in bytes; an empty `keyId` means that it is not encrypted.
 *
 * @category schemas
 * @since 0.2.0
 */
export const DiskJson = Schema.Struct({
  name: Schema.String,
  originalPath: Schema.String,
  size: JsonSize,
  keyId: Schema.String,
  encryptionKept: kept,
  kept
})

const { fields } = BackupTree.IncrementalBackup

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
  number: Schema.NullOr(fields.number),
  type: Schema.Literals(["full", "incremental"]),
  typeLetter: Schema.String,
  createdAt: Schema.NullOr(Schema.String),
  dateTime: Schema.String,
  host: Schema.String,
  serverUuid: Schema.String,
  creator: Schema.String,
  description: Schema.String,
  size: JsonSize,
  originalSize: JsonSize,
  bundlePermissions: fields.bundlePermissions,
  flags: fields.flags,
  images: Schema.Array(Schema.String),
  disks: Schema.NullOr(Schema.Array(DiskJson)),
  disksKept: kept,
  kept
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
  lastNumber: BackupTree.BackupChain.fields.lastNumber,
  backups: Schema.NonEmptyArray(BackupJson).pipe(
    Schema.check(
      Schema.makeFilter((backups) =>
        backups.every(({ number, type }, index) =>
          index === 0 ? type === "full" : type === "incremental" && number !== null
        ) || "expected one full backup, and then incremental backups with numbers"
      )
    )
  )
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
  kind: Schema.String.pipe(
    Schema.check(
      Schema.makeFilter((kind) =>
        BackupTree.vmTypeOfKind(kind) !== undefined || "expected vm, ct-vzfs, ct-ploop, ct-vzwin or unknown-N"
      )
    )
  ),
  version: BackupTree.VirtualEnvironment.fields.version,
  chains: Schema.Array(ChainJson),
  kept
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
export const BackupTreeJson = Schema.Struct({ environments: Schema.Array(EnvironmentJson), kept })
/**
 * A tree as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupTreeJson = typeof BackupTreeJson.Type

/** Returns a field for unknown elements, if there are any. */
const keptIn = <Name extends string>(name: Name, elements: ReadonlyArray<BackupTree.KeptElement>) =>
  (elements.length === 0 ? {} : { [name]: elements }) as { [N in Name]?: ReadonlyArray<BackupTree.KeptElement> }

/**
 * Encodes a tree. `JsonText.pieces` writes the sizes as JSON integers.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (tree: BackupTree.BackupTree): BackupTreeJson => Steps.complete(encodeInSteps(tree))

/**
 * Encodes a tree as {@link encode} does, one environment at a time, so that a program can do other work in between.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeInSteps = function*(
  { environments, kept }: BackupTree.BackupTree
): Generator<undefined, BackupTreeJson> {
  const encoded: Array<EnvironmentJson> = []
  for (const environment of environments) {
    encoded.push(encodeEnvironment(environment))
    yield
  }
  return { environments: encoded, ...keptIn("kept", kept) }
}

/**
 * Encodes an environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeEnvironment = (environment: BackupTree.VirtualEnvironment): EnvironmentJson => ({
  uuid: environment.uuid,
  name: environment.name,
  kind: BackupTree.kindName(environment),
  version: environment.version,
  chains: environment.chains.map(encodeChain),
  ...keptIn("kept", environment.kept)
})

/**
 * Encodes a chain.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeChain = (chain: BackupTree.BackupChain): ChainJson => ({
  uuid: chain.uuid,
  lastNumber: chain.lastNumber,
  backups: [
    encodeBackup(chain.head, BackupTree.number(chain, chain.head)),
    ...chain.incrementals.map((backup) => encodeBackup(backup, backup.number))
  ]
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
    size: backup.size,
    originalSize: backup.originalSize,
    bundlePermissions: backup.bundlePermissions,
    flags: backup.flags,
    images: backup.images,
    disks: backup.disks === undefined ? null : backup.disks.list.map((disk) => ({
      name: disk.name,
      originalPath: disk.originalPath,
      size: disk.size,
      keyId: disk.encryption.keyId,
      ...keptIn("encryptionKept", disk.encryption.kept),
      ...keptIn("kept", disk.kept)
    })),
    ...keptIn("disksKept", backup.disks?.kept ?? []),
    ...keptIn("kept", backup.kept)
  }
}

const decodeJson = Schema.decodeUnknownResult(EnvironmentJson)

/**
 * Decodes an environment from a value that `JsonReader` has read. `path` is its place in the document, for errors.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decodeEnvironment = (
  value: unknown,
  path = ""
): Result.Result<BackupTree.VirtualEnvironment, JsonError> =>
  decodeJson(value).pipe(
    Result.mapBoth({
      onFailure: (error) => fromSchemaError(error, path),
      onSuccess: toEnvironment
    })
  )

const toEnvironment = ({ chains, kept = [], kind, name, uuid, version }: EnvironmentJson) => ({
  uuid,
  name,
  vmType: BackupTree.vmTypeOfKind(kind) ?? 0,
  version,
  chains: chains.map(toChain),
  kept
})

const toChain = ({ backups: [head, ...rest], lastNumber, uuid }: ChainJson): BackupTree.BackupChain => ({
  uuid,
  head: { _tag: "FullBackup", ...toBackup(head) },
  incrementals: rest.map((backup) => ({
    _tag: "IncrementalBackup",
    number: backup.number ?? 0,
    ...toBackup(backup)
  })),
  lastNumber
})

const toBackup = (json: BackupJson): Omit<BackupTree.FullBackup, "_tag"> => ({
  id: json.id,
  host: json.host,
  serverUuid: json.serverUuid,
  dateTime: json.dateTime,
  creator: json.creator,
  size: json.size,
  type: json.typeLetter,
  description: json.description,
  images: json.images,
  originalSize: json.originalSize,
  bundlePermissions: json.bundlePermissions,
  flags: json.flags,
  disks: json.disks === null ? undefined : {
    list: json.disks.map(({ encryptionKept = [], keyId, kept = [], name, originalPath, size }) => ({
      name,
      originalPath,
      size,
      encryption: { keyId, kept: encryptionKept },
      kept
    })),
    kept: json.disksKept ?? []
  },
  kept: json.kept ?? []
})
