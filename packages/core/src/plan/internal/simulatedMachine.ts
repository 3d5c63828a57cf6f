/** The backups of the machine of a simulation. */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as BackupFlags from "../../sdk/BackupFlags.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"

/**
 * Schema of {@link Sizes}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Sizes = Schema.Struct({ full: Schema.BigInt, incremental: Schema.BigInt })
/**
 * The sizes of new backups, in bytes.
 *
 * @category models
 * @since 0.2.0
 */
export type Sizes = typeof Sizes.Type

/** A backup, much smaller than one of a tree: a simulation has many, and goes over them often. */
export interface Backup {
  readonly time: number
  readonly number: number
  readonly bytes: bigint
}

/** A chain. Its first backup is the full one. */
export interface Chain {
  /** The number of the chain, from 1. */
  readonly order: number
  readonly backups: ReadonlyArray<Backup>
  readonly bytes: bigint
}

const chainOf = (order: number, backups: ReadonlyArray<Backup>): Chain => ({
  order,
  backups,
  bytes: backups.reduce((sum, { bytes }) => sum + bytes, 0n)
})

/** Makes a backup. The first one is full in any case. */
export const backUp = (
  chains: ReadonlyArray<Chain>,
  time: number,
  type: "full" | "incremental",
  sizes: Sizes = { full: 0n, incremental: 0n }
): ReadonlyArray<Chain> => {
  const newest = chains.at(-1)
  if (type === "full" || newest === undefined) {
    return [...chains, chainOf((newest?.order ?? 0) + 1, [{ time, number: 1, bytes: sizes.full }])]
  }
  const bytes = sizes.incremental
  const number = newest.backups.at(-1)!.number + 1
  const grown = { ...newest, backups: [...newest.backups, { time, number, bytes }], bytes: newest.bytes + bytes }
  return chains.with(chains.length - 1, grown)
}

/** Removes what is not kept and nothing kept depends on; with keep-chain, merges what is not kept into the next one. */
export const retain = (
  chains: ReadonlyArray<Chain>,
  kept: ReadonlySet<Backup>,
  keepChain: boolean
): ReadonlyArray<Chain> =>
  chains.flatMap((chain) => {
    const { backups, order } = chain
    const needed = backups.findLastIndex((backup) => kept.has(backup)) + 1
    if (needed === 0) return []
    return [chainOf(order, keepChain ? merged(backups, kept) : backups.slice(0, needed))]
  })

const merged = (backups: ReadonlyArray<Backup>, kept: ReadonlySet<Backup>): ReadonlyArray<Backup> => {
  const left: Array<Backup> = []
  let waiting = 0n
  for (const backup of backups) {
    if (!kept.has(backup)) waiting += backup.bytes
    else {
      // A full backup does not grow by what changed later.
      left.push({ ...backup, bytes: left.length === 0 ? backups[0]!.bytes : backup.bytes + waiting })
      waiting = 0n
    }
  }
  return left
}

/** Returns the backups as the tree that a server would list. */
export const treeOf = (chains: ReadonlyArray<Chain>): BackupTree.BackupTree => ({
  environments: [{
    uuid: `{${uuid(0)}}`,
    name: "simulated",
    vmType: 0,
    version: ChainVersion.keepChainVersion,
    chains: chains.map(({ backups: [head, ...links], order }) => {
      const chain = `{${uuid(order)}}`
      return {
        uuid: chain,
        head: { _tag: "FullBackup", ...described(chain, head!), type: "f", flags: fullFlags },
        incrementals: links.map((link) => ({
          _tag: "IncrementalBackup",
          ...described(chain, link),
          number: link.number,
          type: "i",
          flags: incrementalFlags
        })),
        lastNumber: links.at(-1)?.number ?? (head!.number === 1 ? 0 : head!.number)
      }
    }),
    kept: []
  }],
  kept: []
})

const uuid = (order: number): string => `00000000-0000-4000-8000-${String(order).padStart(12, "0")}`

const fullFlags = BackupFlags.of("PBT_FULL")
const incrementalFlags = BackupFlags.of("PBT_INCREMENTAL")

const described = (chain: string, { bytes, number, time }: Backup) => ({
  id: BackupId.make(chain, number).text,
  host: "",
  serverUuid: `{${uuid(0)}}`,
  dateTime: BackupDate.print(DateTime.makeUnsafe(time)),
  creator: "",
  size: bytes,
  description: "",
  images: [],
  originalSize: 0n,
  bundlePermissions: 0,
  disks: undefined,
  kept: []
})
