/**
 * What a check goes by besides the listing: limits, an inventory, and what the last check saw.
 */
import type * as BackupListing from "@backup-tree/core/BackupListing"
import * as Coverage from "@backup-tree/core/Coverage"
import * as CoverageFindings from "@backup-tree/core/CoverageFindings"
import * as Invariants from "@backup-tree/core/Invariants"
import * as Inventory from "@backup-tree/core/Inventory"
import * as PrintableText from "@backup-tree/core/PrintableText"
import * as Uuid from "@backup-tree/core/Uuid"
import * as VanishedChains from "@backup-tree/core/VanishedChains"
import * as TextFile from "@backup-tree/io/TextFile"
import { Flag } from "effect/cli"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { UsageError } from "./ExitCode.ts"
import * as StateFile from "./StateFile.ts"
import * as TimeLimit from "./TimeLimit.ts"

/** The flags about ages and machines, which metrics have too. */
export const coverageFlags = {
  maxAge: TimeLimit.durationFlag("max-age").pipe(
    Flag.withDescription("The age up to which the newest backup of a machine is fresh, such as 26h"),
    Flag.optional
  ),
  inventory: Flag.String("inventory").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "The machines that should have backups: what `prlctl list --all --json` prints, or a name or uuid a line"
    ),
    Flag.optional
  )
} as const

/** The flags of a check. */
export const flags = {
  ...coverageFlags,
  maxChain: Flag.Int("max-chain").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("The most backups that a chain should hold, the full one included"),
    Flag.filter((number) => number >= 1, (number) => `${number} is not 1 or more`),
    Flag.optional
  ),
  state: Flag.String("state").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Remember the listing in FILE, and compare it with the last one"),
    Flag.optional
  ),
  recheckAfter: TimeLimit.durationFlag("recheck-after").pipe(
    Flag.withDescription("With --state: how long to wait before asking again for a chain that has vanished"),
    Flag.withDefault("5s")
  )
} as const

/** What a listing is judged by besides the rules. */
export interface CheckOptions {
  readonly maxAge: Option.Option<string>
  readonly maxChain: Option.Option<number>
  readonly inventory: Option.Option<ReadonlyArray<Inventory.InventoryEntry>>
}

/** What a check has found. */
export interface Checked {
  readonly findings: ReadonlyArray<Invariants.Finding>
  readonly coverage: Option.Option<Coverage.Coverage>
  readonly maxAge: Option.Option<Duration.Duration>
}

/** Judges a listing by the rules, the limits, the inventory, and what the last check saw. */
export const judge = (
  listing: BackupListing.BackupListing,
  options: CheckOptions,
  now: DateTime.Utc,
  previous: Option.Option<StateFile.State> = Option.none()
): Effect.Effect<Checked, UsageError> =>
  Effect.gen(function*() {
    const maxAge = Option.flatMap(options.maxAge, TimeLimit.parse)
    const coverage = yield* cover(listing, options, maxAge, now)
    const findings = Invariants.check(listing, {
      now,
      // With an inventory it is the inventory that says whose age matters: a deleted machine needs no fresh backup.
      maxAge: Option.isSome(coverage) ? undefined : Option.getOrUndefined(maxAge),
      maxChainLength: Option.getOrUndefined(options.maxChain),
      previous: Option.getOrUndefined(previous)?.tree
    })
    const covered = Option.match(coverage, { onNone: () => [], onSome: CoverageFindings.check })
    const vanished = Option.match(previous, {
      onNone: () => [],
      onSome: (state) => VanishedChains.check(missingFrom(state, listing), state.missing, listing.tree)
    })
    return { findings: [...findings, ...covered, ...vanished], coverage, maxAge }
  })

/** Returns the chains that are missing: those that were there at the last check, and those that it missed already. */
const missingFrom = (
  { missing, tree }: StateFile.State,
  listing: BackupListing.BackupListing
): ReadonlyArray<VanishedChains.VanishedChain> => [
  ...VanishedChains.between(tree, listing.tree),
  ...VanishedChains.stillMissing(missing, listing.tree)
]

/** Whether a listing lacks anything that there was at the last check. */
export const lacksAnything = (state: StateFile.State, listing: BackupListing.BackupListing): boolean => {
  const environments = new Set(listing.tree.environments.map(({ uuid }) => Uuid.key(uuid)))
  return state.tree.environments.some(({ uuid }) => !environments.has(Uuid.key(uuid)))
    || missingFrom(state, listing).length > 0
}

/** Returns the chains that are missing for the first time. */
export const firstMissed = (
  { tree }: StateFile.State,
  listing: BackupListing.BackupListing
): ReadonlyArray<VanishedChains.VanishedChain> => VanishedChains.between(tree, listing.tree)

const cover = (
  listing: BackupListing.BackupListing,
  { inventory }: CheckOptions,
  maxAge: Option.Option<Duration.Duration>,
  now: DateTime.Utc
): Effect.Effect<Option.Option<Coverage.Coverage>, UsageError> =>
  Effect.gen(function*() {
    if (Option.isNone(inventory)) return Option.none()
    // Without a limit every dated backup is fresh, and only machines without one are missed.
    const limit = Option.getOrElse(maxAge, () => Duration.infinity)
    const coverage = Coverage.make(inventory.value, listing, { now, maxAge: limit })
    return Result.isSuccess(coverage)
      ? Option.some(coverage.success)
      : yield* Effect.fail(new UsageError({ message: `--inventory: ${coverage.failure.message}` }))
  })

/** Reads the inventory that was named. It is read before anything is asked: one that cannot be used is wrong usage. */
export const readInventory = (file: Option.Option<string>): Effect.Effect<CheckOptions["inventory"], UsageError> =>
  Effect.transposeOption(Option.map(file, (file) =>
    TextFile.read(file, Inventory.maxLength).pipe(
      Effect.mapError(({ detail }) => unusable(file, detail)),
      Effect.flatMap((text) =>
        Effect.mapError(Effect.fromResult(Inventory.parse(text)), ({ message }) => unusable(file, message))
      )
    )))

const unusable = (file: string, why: string): UsageError =>
  new UsageError({ message: `the inventory ${PrintableText.quote(file)} cannot be used: ${why}` })
