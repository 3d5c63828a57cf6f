/**
 * Everything that a backup directory holds, what a server hides included, with marks: what is left out, or odd, stands at
 * the thing it is about. Source: SEMANTICS 3.5.
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
import type { StoreSkip } from "./StoreSkip.ts"

/** An item; `backup` is there where its metadata can be read. */
export interface ForensicItem {
  readonly directory: string
  readonly number: number
  readonly backup: BackupTree.Backup | undefined
  /** Whether a server shows it. */
  readonly isShown: boolean
  readonly marks: ReadonlyArray<StoreSkip>
}

/** A chain; its marks are about its directory, and whatever stands there that is no item. */
export interface ForensicChain {
  readonly directory: string
  readonly isShown: boolean
  readonly items: ReadonlyArray<ForensicItem>
  readonly marks: ReadonlyArray<StoreSkip>
}

/** An environment; `name` is that of its metadata or, where none can be read, of its newest configuration. */
export interface ForensicEnvironment {
  readonly directory: string
  readonly name: string | undefined
  readonly metadata: ReadEnvironment["metadata"]
  readonly isShown: boolean
  readonly chains: ReadonlyArray<ForensicChain>
  readonly marks: ReadonlyArray<StoreSkip>
}

/** A whole directory; its own marks are about what stands beside the environments. */
export interface ForensicTree {
  readonly environments: ReadonlyArray<ForensicEnvironment>
  readonly marks: ReadonlyArray<StoreSkip>
}

/** Puts each skip of a reading at what it is about; every one has a place. */
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
  // A server lists a number that two directories have twice, and looks into one of them.
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
