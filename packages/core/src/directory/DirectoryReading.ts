/**
 * The contents of a backup directory: a store for the server model, with additional data that a server never reads.
 *
 * It is a `BackupStore`: `ServerModel.select` returns from it what a server returns. Hidden data is included, and
 * {@link DirectoryReading.skips} has the reasons why it is hidden.
 *
 * @see [Semantics 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3)
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as BackupStore from "../server/BackupStore.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { Note, type NotedTree } from "../tree/Note.ts"
import { type Place, printPlace } from "../tree/TreePath.ts"
import { ItemConfiguration } from "./files/StoredConfiguration.ts"
import { StoreSkip } from "./files/StoreSkip.ts"

/**
 * Schema of an {@link ImageHeader}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ImageHeader = Schema.Struct({
  version: Schema.Int,
  virtualSize: Schema.BigInt,
  backingFile: Schema.UndefinedOr(Schema.String)
})
/**
 * The header of a qcow2 image; `virtualSize` is in bytes. An image that builds on no other has no `backingFile`.
 *
 * @category models
 * @since 0.2.0
 */
export type ImageHeader = typeof ImageHeader.Type

/**
 * Schema of an {@link ImageFile}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ImageFile = Schema.Struct({
  size: Schema.BigInt,
  isCut: Schema.Boolean,
  header: Schema.UndefinedOr(ImageHeader)
})
/**
 * A file of a chain directory; `size` is its length in bytes, and a qcow2 image has a `header`.
 *
 * `isCut`: the file ends before the end of the table that its header declares.
 *
 * @category models
 * @since 0.2.0
 */
export type ImageFile = typeof ImageFile.Type

/**
 * Schema of a {@link ReadItem}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ReadItem = Schema.Struct({
  ...BackupStore.StoredItem.fields,
  directory: Schema.String,
  /** The backup as its metadata describes it; its disks are known if its configuration can be read. */
  described: Schema.UndefinedOr(BackupTree.Backup),
  /** Its configuration, if it can be read. */
  configuration: Schema.UndefinedOr(ItemConfiguration),
  notes: Schema.Array(Note)
})
/**
 * An item of a chain, its directory, and the contents of its `.metadata`, even if its configuration is missing.
 *
 * @category models
 * @since 0.2.0
 */
export type ReadItem = typeof ReadItem.Type

/**
 * Schema of a {@link BareItem}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BareItem = Schema.Struct({
  directory: Schema.String,
  number: Schema.Int,
  configuration: Schema.UndefinedOr(ItemConfiguration)
})
/**
 * The directory of an incremental without metadata, which a server ignores.
 *
 * @category models
 * @since 0.2.0
 */
export type BareItem = typeof BareItem.Type

/**
 * Schema of a {@link ReadChain}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ReadChain = Schema.Struct({
  ...BackupStore.StoredChain.fields,
  items: Schema.Array(ReadItem),
  bareItems: Schema.Array(BareItem),
  files: Schema.ReadonlyMap(Schema.String, ImageFile)
})
/**
 * A chain, and the files in its directory by their names.
 *
 * @category models
 * @since 0.2.0
 */
export type ReadChain = typeof ReadChain.Type

/**
 * Schema of a {@link ReadEnvironment}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ReadEnvironment = Schema.Struct({
  ...BackupStore.StoredEnvironment.fields,
  chains: Schema.Array(ReadChain),
  notes: Schema.Array(Note)
})
/**
 * An environment, listed or hidden.
 *
 * @category models
 * @since 0.2.0
 */
export type ReadEnvironment = typeof ReadEnvironment.Type

/**
 * Schema of a {@link DirectoryReading}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const DirectoryReading = Schema.Struct({
  /** The absolute path of the directory, without links and without a slash at its end. */
  root: Schema.String,
  environments: Schema.Array(ReadEnvironment),
  skips: Schema.Array(StoreSkip)
})
/**
 * A backup directory as it was read. The paths of its notes are relative to their environment or item.
 *
 * @category models
 * @since 0.2.0
 */
export type DirectoryReading = typeof DirectoryReading.Type

/**
 * Returns whether a file has data, and as much of it as its header declares.
 *
 * @category predicates
 * @since 0.2.0
 */
export const holdsData = ({ isCut, size }: ImageFile): boolean => size > 0n && !isCut

/**
 * Returns whether a backup of a chain has readable metadata.
 *
 * @category predicates
 * @since 0.2.0
 */
export const holdsBackups = ({ items }: Pick<ReadChain, "items">): boolean =>
  items.some(({ described }) => described !== undefined)

/**
 * Returns whether a directory counts as a chain: its name is a uuid, or it contains a backup.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isChain = ({ directory, items }: Pick<ReadChain, "directory" | "items">): boolean =>
  BackupId.isServerUuid(directory) || holdsBackups({ items })

/**
 * Returns whether a directory counts as an environment: its name is a uuid, or it contains a backup.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isEnvironment = ({ chains, directory }: Pick<ReadEnvironment, "directory" | "chains">): boolean =>
  BackupId.isServerUuid(directory) || chains.some(holdsBackups)

/**
 * Returns the name of an environment from its newest readable configuration that has one.
 *
 * @category accessors
 * @since 0.2.0
 */
export const configuredName = ({ chains }: Pick<ReadEnvironment, "chains">): string | undefined => {
  let newest: { readonly name: string; readonly dateTime: string } | undefined
  for (const { configuration, described } of chains.flatMap(({ items }) => items)) {
    const dateTime = described?.dateTime ?? ""
    if (!configuration?.name || (newest !== undefined && newest.dateTime > dateTime)) continue
    newest = { name: configuration.name, dateTime }
  }
  return newest?.name
}

/**
 * Returns the path of an item, relative to the backup directory.
 *
 * @category accessors
 * @since 0.2.0
 */
export const itemPath = (
  environment: BackupStore.StoredEnvironment,
  chain: BackupStore.StoredChain,
  item: ReadItem
): string => `${environment.directory}/${chain.directory}/${item.directory}`

/**
 * Returns the items of a reading that a server lists.
 *
 * @category accessors
 * @since 0.2.0
 */
export const shownItems = (reading: Pick<DirectoryReading, "environments">): ReadonlySet<ReadItem> => {
  const whole = ServerModel.exactSelect(reading, BackupTreeRequest.everything)
  const shown = new Set(whole.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)))
  const items = reading.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items))
  return new Set(items.filter(({ content }) => content._tag !== "Damaged" && shown.has(content.backup)))
}

/**
 * The location of a backup of a tree in a reading.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoredAt {
  readonly environment: ReadEnvironment
  readonly chain: ReadChain
  readonly item: ReadItem
}

/**
 * Returns the location of each backup. The keys are the same objects that a selection from the reading contains.
 *
 * @category accessors
 * @since 0.2.0
 */
export const locate = (
  { environments }: Pick<DirectoryReading, "environments">
): ReadonlyMap<BackupTree.Backup, StoredAt> => {
  const located = new Map<BackupTree.Backup, StoredAt>()
  for (const environment of environments) {
    for (const chain of environment.chains) {
      for (const item of chain.items) {
        if (item.content._tag !== "Damaged") located.set(item.content.backup, { environment, chain, item })
      }
    }
  }
  return located
}

/**
 * Returns the reason why a server lists no backup of an environment with metadata; `undefined` if it lists one.
 *
 * Returns `undefined` also for a directory whose name is not a uuid, because that is a reason of its own.
 *
 * @category accessors
 * @since 0.2.0
 */
export const whyEmpty = (environment: ReadEnvironment): string | undefined => {
  const { chains, directory, metadata } = environment
  if (metadata === undefined || !BackupId.isServerUuid(directory)) return undefined
  if (shownItems({ environments: [environment] }).size > 0) return undefined
  return metadata.vmType > 2
    ? `its kind is ${metadata.vmType}, which servers do not list`
    : chains.length === 0
    ? "it has no chains"
    : "all its backups are hidden"
}

/**
 * Selects from a reading what a server without defects returns for a query. The notes have paths into the result.
 *
 * @category accessors
 * @since 0.2.0
 */
export const select = (reading: Pick<DirectoryReading, "environments">, query: ServerModel.Query): NotedTree => {
  const tree = ServerModel.exactSelect(reading, query)
  const located = locate(reading)
  const notes: Array<Note> = []
  const add = (place: Place, some: ReadonlyArray<Note> = []): void => {
    for (const note of some) notes.push({ ...note, path: `${printPlace(place)}/${note.path}` })
  }
  tree.environments.forEach(({ chains }, environment) => {
    add({ environment }, chains[0] && located.get(chains[0].head)?.environment.notes)
    chains.forEach((one, chain) =>
      BackupTree.backups(one).forEach((item, backup) =>
        add({ environment, chain, backup }, located.get(item)?.item.notes)
      )
    )
  })
  return { tree, notes }
}
