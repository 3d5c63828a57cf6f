/**
 * What the reading of a backup directory gives: a store, as a server's model takes it, and what a server never looks at.
 * Source: SEMANTICS 3.
 *
 * It is a `BackupStore.BackupStore`: `ServerModel.select` answers from it as a server does. What a server hides is there too, and
 * {@link DirectoryReading.skips} say why it is hidden.
 */
import type * as BackupStore from "../server/BackupStore.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import type { StoreSkip } from "./StoreSkip.ts"

/** What the header of a qcow2 image says; `virtualSize` is in bytes. */
export interface ImageHeader {
  readonly version: number
  readonly virtualSize: bigint
  readonly backingFile: string | null
}

/**
 * A file of a chain directory; `size` is its length in bytes, and `header` is there for a qcow2 image.
 *
 * `isCut` says that it ends before the table that its header promises.
 */
export interface ImageFile {
  readonly size: bigint
  readonly isCut: boolean
  readonly header: ImageHeader | undefined
}

/** The configuration of an item: which file it is, and what that calls the machine; the name may be empty. */
export interface ItemConfiguration {
  readonly file: "config.pvs" | "ve.conf"
  readonly name: string
}

/** An item of a chain, its directory by name, and what its `.metadata` says, be its configuration missing or not. */
export interface ReadItem extends BackupStore.StoredItem {
  readonly directory: string
  /** The backup as its metadata describes it; its disks are known where its configuration can be read. */
  readonly described: BackupTree.Backup | undefined
  /** Its configuration, where that can be read. */
  readonly configuration: ItemConfiguration | undefined
  readonly notes: ReadonlyArray<Note>
}

/** The directory of an incremental without metadata, which a server passes over. */
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

/** An environment, shown or hidden. */
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

/** Tells whether a file holds something, and all that its header promises. */
export const holdsData = ({ isCut, size }: ImageFile): boolean => size > 0n && !isCut

/** Returns the name of the directory in which a server looks for the item of a number. Source: SEMANTICS 3.4. */
export const itemDirectory = (number: number): string => number === 1 ? "base" : String(number)

/** Tells whether a backup of a chain has metadata that can be read. */
export const holdsBackups = ({ items }: Pick<ReadChain, "items">): boolean =>
  items.some(({ described }) => described !== undefined)

/** Returns what the newest configuration that can be read calls an environment, if it says a name. */
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

/** Returns the items of a reading that a server shows. */
export const shownItems = (reading: Pick<DirectoryReading, "environments">): ReadonlySet<ReadItem> => {
  const whole = ServerModel.exactSelect(reading, ServerModel.everything)
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

/** Returns where each backup lies that was read, by the very value that a selection from the reading holds. */
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
