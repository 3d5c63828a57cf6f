/**
 * What was read of a backup directory: a store, as the model of a server takes it, and what a server never looks at.
 *
 * It is a `BackupStore`: `ServerModel.select` answers from it as a server does. What a server hides is included, and
 * {@link DirectoryReading.skips} say why it is hidden. Source: SEMANTICS 3.
 */
import * as BackupId from "../sdk/BackupId.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import type * as BackupStore from "../server/BackupStore.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { Note, NotedTree } from "../tree/Note.ts"
import { type Place, printPlace } from "../tree/TreePath.ts"
import type { ItemConfiguration } from "./StoredConfiguration.ts"
import type { StoreSkip } from "./StoreSkip.ts"

/** The header of a qcow2 image; `virtualSize` is in bytes. */
export interface ImageHeader {
  readonly version: number
  readonly virtualSize: bigint
  readonly backingFile: string | null
}

/**
 * A file of a chain directory; `size` is its length in bytes, and a qcow2 image has a `header`.
 *
 * `isCut`: the file ends before the table that its header promises.
 */
export interface ImageFile {
  readonly size: bigint
  readonly isCut: boolean
  readonly header: ImageHeader | undefined
}

/** An item of a chain, its directory, and what its `.metadata` says, even if its configuration is missing. */
export interface ReadItem extends BackupStore.StoredItem {
  readonly directory: string
  /** The backup as its metadata describes it; its disks are known if its configuration can be read. */
  readonly described: BackupTree.Backup | undefined
  /** Its configuration, if it can be read. */
  readonly configuration: ItemConfiguration | undefined
  readonly notes: ReadonlyArray<Note>
}

/** The directory of an incremental without metadata, which a server ignores. */
export interface BareItem {
  readonly directory: string
  readonly number: number
  readonly configuration: ItemConfiguration | undefined
}

/** A chain, and the files in its directory by their names. */
export interface ReadChain extends BackupStore.StoredChain {
  readonly items: ReadonlyArray<ReadItem>
  readonly bareItems: ReadonlyArray<BareItem>
  readonly files: ReadonlyMap<string, ImageFile>
}

/** An environment, listed or hidden. */
export interface ReadEnvironment extends BackupStore.StoredEnvironment {
  readonly chains: ReadonlyArray<ReadChain>
  readonly notes: ReadonlyArray<Note>
}

/** A backup directory as it was read; the paths of the notes start at the environment, or the item, itself. */
export interface DirectoryReading extends BackupStore.BackupStore {
  /** Where the directory lies: an absolute path without links, and without a slash at its end. */
  readonly root: string
  readonly environments: ReadonlyArray<ReadEnvironment>
  readonly skips: ReadonlyArray<StoreSkip>
}

/** Tells whether a file holds data, and as much as its header promises. */
export const holdsData = ({ isCut, size }: ImageFile): boolean => size > 0n && !isCut

/** Tells whether a backup of a chain has metadata that can be read. */
export const holdsBackups = ({ items }: Pick<ReadChain, "items">): boolean =>
  items.some(({ described }) => described !== undefined)

/** Tells whether a directory counts as a chain: its name is a uuid, or it holds a backup. */
export const isChain = ({ directory, items }: Pick<ReadChain, "directory" | "items">): boolean =>
  BackupId.isServerUuid(directory) || holdsBackups({ items })

/** Tells whether a directory counts as an environment: its name is a uuid, or it holds a backup. */
export const isEnvironment = ({ chains, directory }: Pick<ReadEnvironment, "directory" | "chains">): boolean =>
  BackupId.isServerUuid(directory) || chains.some(holdsBackups)

/** Returns the name of an environment in its newest configuration that can be read and has one. */
export const configuredName = ({ chains }: Pick<ReadEnvironment, "chains">): string | undefined => {
  let newest: { readonly name: string; readonly dateTime: string } | undefined
  for (const { configuration, described } of chains.flatMap(({ items }) => items)) {
    const dateTime = described?.dateTime ?? ""
    if (!configuration?.name || (newest !== undefined && newest.dateTime > dateTime)) continue
    newest = { name: configuration.name, dateTime }
  }
  return newest?.name
}

/** The path of an item, relative to the backup directory. */
export const itemPath = (
  environment: BackupStore.StoredEnvironment,
  chain: BackupStore.StoredChain,
  item: ReadItem
): string => `${environment.directory}/${chain.directory}/${item.directory}`

/** Returns the items of a reading that a server lists. */
export const shownItems = (reading: Pick<DirectoryReading, "environments">): ReadonlySet<ReadItem> => {
  const whole = ServerModel.exactSelect(reading, BackupTreeRequest.everything)
  const shown = new Set(whole.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)))
  const items = reading.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items))
  return new Set(items.filter(({ content }) => content._tag !== "Damaged" && shown.has(content.backup)))
}

/** Where a backup of a tree lies. */
export interface StoredAt {
  readonly environment: ReadEnvironment
  readonly chain: ReadChain
  readonly item: ReadItem
}

/** Returns where each backup lies, by the very value that a selection from the reading holds. */
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
 * Returns why a server lists nothing of an environment with metadata: `undefined` if it lists a backup.
 *
 * A directory whose name is no uuid is hidden for that reason alone.
 */
export const whyEmpty = (environment: ReadEnvironment): string | undefined => {
  const { chains, directory, metadata } = environment
  if (metadata === undefined || !BackupId.isServerUuid(directory)) return undefined
  if (shownItems({ environments: [environment] }).size > 0) return undefined
  return metadata.vmType > 2
    ? `its kind is ${metadata.vmType}, which no server shows`
    : chains.length === 0
    ? "it has none"
    : "all are hidden"
}

/** Answers a query from a reading as a server should, without its defects; the notes lead into the answer. */
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
