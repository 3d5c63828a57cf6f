/**
 * Generates sample stores of any size: virtual machines and containers with weekly chains of nightly backups.
 *
 * Pure: the same options yield the same store. Its chains are sound unless you request a broken one.
 */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as DateTime from "effect/DateTime"
import * as Random from "./internal/random.ts"
import { environmentOf, type SampleStore, type SpecialCases } from "./internal/sampleEnvironment.ts"

/**
 * The options of {@link generate}.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /** Determines uuids, hosts, times and sizes. */
  readonly seed: number
  /** The number of environments (default: 8). */
  readonly environments?: number | undefined
  /** The number of weekly chains of each environment (default: 3; at least 2). */
  readonly weeks?: number | undefined
  /** The time of the listing: backups exist up to it (default: {@link defaultNow}). */
  readonly now?: DateTime.Utc | undefined
  /** Whether the id of one incremental does not match its number (I05), so that there is something to find (default: false). */
  readonly wrongId?: boolean | undefined
}

/**
 * The default time of a sample store: a Wednesday morning.
 *
 * **Example** (Generating a store that is two days older)
 *
 * ```ts
 * export const old = StoreGenerator.generate({
 *   seed: 1,
 *   now: DateTime.subtract(StoreGenerator.defaultNow, { days: 2 })
 * })
 * ```
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultNow: DateTime.Utc = DateTime.makeUnsafe("2026-01-07T06:00:00Z")

/**
 * Generates a store.
 *
 * Each environment has weekly chains: a full backup in the night to Sunday, an incremental in every other night. With
 * five environments or more, two of them also have a special case:
 *
 * - a chain whose backups 1, 2 and 5 were removed with keep-chain;
 * - a `.tib` chain from ten years ago.
 *
 * Fewer environments share the special cases. Nothing is wrong with the store; with `wrongId`, one chain is broken.
 *
 * **Example** (Generating a large listing)
 *
 * ```ts
 * export const large = ServerModel.exactSelect(
 *   StoreGenerator.generate({ seed: 1, environments: 1_000 }),
 *   BackupTreeRequest.everything
 * )
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const generate = (options: Options): BackupStore.BackupStore => {
  const count = Math.max(0, Math.floor(options.environments ?? 8))
  const random = Random.make(options.seed)
  const store: SampleStore = {
    random,
    now: (options.now ?? defaultNow).epochMilliseconds,
    weeks: Math.max(2, Math.floor(options.weeks ?? 3)),
    servers: Array.from({ length: 3 }, (_, index) => ({ host: `hn${index + 1}.example.com`, uuid: random.uuid() }))
  }
  const special: SpecialCases = {
    promoted: lastBelow(count, [0, 1]),
    broken: options.wrongId === true ? lastBelow(count, [0, 1, 2]) : undefined,
    legacy: lastBelow(count, [0, 1, 2, 4])
  }
  return { environments: Array.from({ length: count }, (_, index) => environmentOf(store, special, index)) }
}

const lastBelow = (count: number, candidates: ReadonlyArray<number>): number | undefined =>
  candidates.findLast((candidate) => candidate < count)
