/**
 * The whole contents of a backup directory, including hidden data. Each omission or anomaly is a mark at the part that
 * it is about.
 *
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as BackupTree from "../tree/BackupTree.ts"
import {
  configuredName,
  type DirectoryReading,
  type ReadChain,
  ReadEnvironment,
  type ReadItem,
  shownItems
} from "./DirectoryReading.ts"
import { StoreSkip } from "./files/StoreSkip.ts"

/**
 * Schema of a {@link ForensicItem}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ForensicItem = Schema.Struct({
  directory: Schema.String,
  number: Schema.Int,
  backup: Schema.UndefinedOr(BackupTree.Backup),
  /** Whether a server lists it. */
  isShown: Schema.Boolean,
  marks: Schema.Array(StoreSkip)
})
/**
 * An item of a chain. It has a `backup` if its metadata can be read.
 *
 * @category models
 * @since 0.2.0
 */
export type ForensicItem = typeof ForensicItem.Type

/**
 * Schema of a {@link ForensicChain}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ForensicChain = Schema.Struct({
  directory: Schema.String,
  isShown: Schema.Boolean,
  items: Schema.Array(ForensicItem),
  marks: Schema.Array(StoreSkip)
})
/**
 * A chain. Its marks are about its directory, and about entries of it that are not items.
 *
 * @category models
 * @since 0.2.0
 */
export type ForensicChain = typeof ForensicChain.Type

/**
 * Schema of a {@link ForensicEnvironment}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ForensicEnvironment = Schema.Struct({
  directory: Schema.String,
  name: Schema.UndefinedOr(Schema.String),
  metadata: ReadEnvironment.fields.metadata,
  isShown: Schema.Boolean,
  chains: Schema.Array(ForensicChain),
  marks: Schema.Array(StoreSkip)
})
/**
 * An environment. Its `name` comes from its metadata or, if that cannot be read, from its newest configuration.
 *
 * @category models
 * @since 0.2.0
 */
export type ForensicEnvironment = typeof ForensicEnvironment.Type

/**
 * Schema of a {@link ForensicTree}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ForensicTree = Schema.Struct({
  environments: Schema.Array(ForensicEnvironment),
  marks: Schema.Array(StoreSkip)
})
/**
 * A whole directory. Its own marks are about entries that are not environments.
 *
 * @category models
 * @since 0.2.0
 */
export type ForensicTree = typeof ForensicTree.Type

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
