/**
 * Everything that a backup directory holds, what a server hides included, with marks: what is left out, or odd, stands at
 * the thing it is about. Source: SEMANTICS 3.5.
 */
import * as BackupId from "./BackupId.ts"
import type * as BackupTree from "./BackupTree.ts"
import type { DirectoryReading, ReadChain, ReadEnvironment } from "./DirectoryReading.ts"
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

/** An environment; without metadata that can be read, nothing is known of it but its directory. */
export interface ForensicEnvironment {
  readonly directory: string
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
export const fromReading = ({ environments, skips }: DirectoryReading): ForensicTree => {
  const names = new Set(environments.map(({ directory }) => directory))
  const byEnvironment = Map.groupBy(skips, ({ path }) => {
    const [first = ""] = path.split("/")
    return names.has(first) ? first : ""
  })
  return {
    environments: environments.map((environment) =>
      ofEnvironment(environment, byEnvironment.get(environment.directory) ?? [])
    ),
    marks: byEnvironment.get("") ?? []
  }
}

const ofEnvironment = (
  { chains, directory, metadata }: ReadEnvironment,
  skips: ReadonlyArray<StoreSkip>
): ForensicEnvironment => {
  const isVisible = BackupId.isServerUuid(directory) && metadata !== undefined && metadata.vmType <= 2
  const names = new Set(chains.map((chain) => chain.directory))
  const byChain = Map.groupBy(skips, ({ path }) => {
    const [, second = ""] = path.split("/")
    return names.has(second) ? second : ""
  })
  const made = chains.map((chain) => ofChain(chain, byChain.get(chain.directory) ?? [], isVisible))
  return {
    directory,
    metadata,
    isShown: made.some(({ isShown }) => isShown),
    chains: made,
    marks: byChain.get("") ?? []
  }
}

const ofChain = (chain: ReadChain, skips: ReadonlyArray<StoreSkip>, isVisible: boolean): ForensicChain => {
  const isShown = isVisible && BackupId.isServerUuid(chain.directory) && chain.readable && !chain.locked
    && chain.items[0]?.content._tag === "Head"
  const names = new Set(chain.items.map(({ directory }) => directory))
  const byItem = Map.groupBy(skips, ({ path }) => {
    const [, , third = ""] = path.split("/")
    return names.has(third) ? third : ""
  })
  return {
    directory: chain.directory,
    isShown,
    items: chain.items.map(({ content, described, directory, number }, index) => ({
      directory,
      number,
      backup: described,
      isShown: isShown && content._tag === (index === 0 ? "Head" : "Link"),
      marks: byItem.get(directory) ?? []
    })),
    marks: byItem.get("") ?? []
  }
}
