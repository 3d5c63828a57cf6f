/**
 * The whole contents of a backup directory, including hidden data. Each omission or anomaly is a mark at the part that
 * it is about.
 *
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @since 0.2.0
 */
import type * as BackupTree from "../tree/BackupTree.ts"
import {
  configuredName,
  type DirectoryReading,
  type ReadChain,
  type ReadEnvironment,
  type ReadItem,
  shownItems
} from "./DirectoryReading.ts"
import type { StoreSkip } from "./files/StoreSkip.ts"

/**
 * An item of a chain. It has a `backup` if its metadata can be read.
 *
 * @category models
 * @since 0.2.0
 */
export interface ForensicItem {
  readonly directory: string
  readonly number: number
  readonly backup: BackupTree.Backup | undefined
  /** Whether a server lists it. */
  readonly isShown: boolean
  readonly marks: ReadonlyArray<StoreSkip>
}

/**
 * A chain. Its marks are about its directory, and about entries of it that are not items.
 *
 * @category models
 * @since 0.2.0
 */
export interface ForensicChain {
  readonly directory: string
  readonly isShown: boolean
  readonly items: ReadonlyArray<ForensicItem>
  readonly marks: ReadonlyArray<StoreSkip>
}

/**
 * An environment. Its `name` comes from its metadata or, if that cannot be read, from its newest configuration.
 *
 * @category models
 * @since 0.2.0
 */
export interface ForensicEnvironment {
  readonly directory: string
  readonly name: string | undefined
  readonly metadata: ReadEnvironment["metadata"]
  readonly isShown: boolean
  readonly chains: ReadonlyArray<ForensicChain>
  readonly marks: ReadonlyArray<StoreSkip>
}

/**
 * A whole directory. Its own marks are about entries that are not environments.
 *
 * @category models
 * @since 0.2.0
 */
export interface ForensicTree {
  readonly environments: ReadonlyArray<ForensicEnvironment>
  readonly marks: ReadonlyArray<StoreSkip>
}

/**
 * Converts a reading to a tree, with each skip of the reading as a mark at the part that it is about.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromReading = (reading: DirectoryReading): ForensicTree => {
  const { environments, skips } = reading
  const shown = shownItems(reading)
  const names = new Set(environments.map(({ directory }) => directory))
  const byEnvironment = Map.groupBy(skips, ({ path }) => {
    const [first = ""] = path.split("/")
    return names.has(first) ? first : ""
  })
  return {
    environments: environments.map((environment) =>
      ofEnvironment(environment, byEnvironment.get(environment.directory) ?? [], shown)
    ),
    marks: byEnvironment.get("") ?? []
  }
}

const ofEnvironment = (
  environment: ReadEnvironment,
  skips: ReadonlyArray<StoreSkip>,
  shown: ReadonlySet<ReadItem>
): ForensicEnvironment => {
  const { chains, directory, metadata } = environment
  const names = new Set(chains.map((chain) => chain.directory))
  const byChain = Map.groupBy(skips, ({ path }) => {
    const [, second = ""] = path.split("/")
    return names.has(second) ? second : ""
  })
  const made = chains.map((chain) => ofChain(chain, byChain.get(chain.directory) ?? [], shown))
  return {
    directory,
    name: metadata?.name ?? configuredName(environment),
    metadata,
    isShown: made.some(({ isShown }) => isShown),
    chains: made,
    marks: byChain.get("") ?? []
  }
}

const ofChain = (
  chain: ReadChain,
  skips: ReadonlyArray<StoreSkip>,
  shown: ReadonlySet<ReadItem>
): ForensicChain => {
  const names = new Set(chain.items.map(({ directory }) => directory))
  const byItem = Map.groupBy(skips, ({ path }) => {
    const [, , third = ""] = path.split("/")
    return names.has(third) ? third : ""
  })
  // If two directories have the same number, a server lists it twice, but reads only one of them.
  const directories = new Set<string>()
  const items = chain.items.filter(({ directory }) => !directories.has(directory) && directories.add(directory))
    .map((item) => ({
      directory: item.directory,
      number: item.number,
      backup: item.described,
      isShown: shown.has(item),
      marks: byItem.get(item.directory) ?? []
    }))
  return {
    directory: chain.directory,
    isShown: items.some(({ isShown }) => isShown),
    items,
    marks: byItem.get("") ?? []
  }
}
