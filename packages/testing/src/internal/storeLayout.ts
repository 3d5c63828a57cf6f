/** The paths of a store's parts in a backup directory, and the images. Source: SEMANTICS 1.8, 3.2, 4.1. */
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"

/** An image: its name, its length in bytes, and its header if its format has one. */
export interface ImageLayout {
  readonly name: string
  readonly length: number
  readonly header: { readonly virtualSize: bigint; readonly backingFile: string | undefined } | undefined
}

/** An item: the name of its directory, and its images next to it. An unreadable item has no known images. */
export interface ItemLayout {
  readonly item: BackupStore.StoredItem
  readonly directory: string
  readonly images: ReadonlyArray<ImageLayout>
}

/** A chain and the path of its directory, relative to the backup directory. */
export interface ChainLayout {
  readonly chain: BackupStore.StoredChain
  readonly path: string
  readonly items: ReadonlyArray<ItemLayout>
}

/** An environment, the name of its directory, and the file name of its configurations. */
export interface EnvironmentLayout {
  readonly environment: BackupStore.StoredEnvironment
  readonly path: string
  readonly config: StoreNames.Configuration
  readonly chains: ReadonlyArray<ChainLayout>
}

/** Returns the layout of a store. */
export const layoutOf = ({ environments }: BackupStore.BackupStore): ReadonlyArray<EnvironmentLayout> =>
  environments.map((environment) => ({
    environment,
    path: environment.directory,
    config: (environment.metadata?.vmType ?? 0) === 0
      ? StoreNames.machineConfiguration
      : StoreNames.containerConfiguration,
    chains: environment.chains.map((chain) => ({
      chain,
      path: `${environment.directory}/${chain.directory}`,
      items: itemsOf(chain)
    }))
  }))

const itemsOf = ({ items }: BackupStore.StoredChain): ReadonlyArray<ItemLayout> => {
  const directories = new Set<string>()
  const names = new Set<string>()
  let previous: BackupTree.Backup | undefined
  return items.map((item) => {
    let directory = StoreNames.itemDirectory(item.number)
    // A number occurs twice if its directory has two spellings, such as 2 and 02, or base and 1.
    if (directories.has(directory)) directory = String(item.number)
    while (directories.has(directory)) directory = `0${directory}`
    directories.add(directory)
    if (item.content._tag === "Damaged") return { item, directory, images: [] }
    const { backup } = item.content
    // Two images cannot be one file.
    const images = imagesOf(backup, previous).filter(({ name }) => !names.has(name))
    for (const { name } of images) names.add(name)
    previous = backup
    return { item, directory, images }
  })
}

/** The maximum length of an image. File systems have limits. */
const maxLength = 2 ** 40

const imagesOf = (backup: BackupTree.Backup, previous: BackupTree.Backup | undefined): ReadonlyArray<ImageLayout> =>
  backup.images.map((name, index) => {
    const share = backup.size / BigInt(backup.images.length)
    return {
      name,
      length: share > maxLength ? maxLength : Math.max(512, Number(share)),
      header: name.endsWith(".qcow2")
        ? {
          virtualSize: backup.disks?.list[index]?.size ?? 0n,
          backingFile: previous && previous.images[sameDisk(backup, previous, index)]
        }
        : undefined
    }
  })

/** Returns the position of a disk in the backup before: by its path, or the same position if paths are unknown. */
const sameDisk = (backup: BackupTree.Backup, previous: BackupTree.Backup, index: number): number => {
  const path = backup.disks?.list[index]?.originalPath
  return path === undefined || previous.disks === undefined
    ? index
    : previous.disks.list.findIndex(({ originalPath }) => originalPath === path)
}
