/**
 * The flags and inputs of a check: limits, an inventory, and the baseline of earlier checks.
 */
import type { Baseline } from "@backup-tree/core/check/Baseline"
import * as Check from "@backup-tree/core/check/Check"
import * as Ignore from "@backup-tree/core/check/Ignore"
import * as Inventory from "@backup-tree/core/check/Inventory"
import type { Ignored } from "@backup-tree/core/check/Rule"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type { MergedTree } from "@backup-tree/core/listing/TreeMerge"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Cooperative from "@backup-tree/io/Cooperative"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { Flag } from "effect/cli"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { UsageError, wrongUsage } from "../ExitCode.ts"
import * as Settings from "../Settings.ts"
import * as RequestOptions from "./RequestOptions.ts"
import * as EmptyValue from "./values/EmptyValue.ts"
import * as TimeLimit from "./values/TimeLimit.ts"
import { wholeNumberFlag } from "./values/WholeNumber.ts"

/** The flags about ages and machines. `metrics` has them too. */
export const coverageFlags = {
  maxAge: TimeLimit.durationFlag("max-age").pipe(
    Flag.withDescription("Report VMs and containers whose newest backup is older than DURATION, such as 26h"),
    Flag.optional
  ),
  inventory: Flag.String("inventory").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "List of the VMs and containers that need backups: output of `prlctl list --all --json`, or one name or uuid per line"
    ),
    Flag.optional
  )
} as const

/** The flags of a check. */
export const flags = {
  ...coverageFlags,
  maxChain: wholeNumberFlag("max-chain", { min: 1 }).pipe(
    Flag.withDescription("Report chains with more than N backups, including the full backup"),
    Flag.optional
  ),
  cadence: Flag.Boolean("cadence").pipe(
    Flag.withDescription("Also report missed runs, full backups that came early, and backups of unusual size"),
    Flag.withDefault(false)
  ),
  ignore: Flag.String("ignore").pipe(
    Flag.withMetavar("RULE[:NAME]"),
    Flag.withDescription(
      "Count the findings of a rule apart, of all machines or of those with a name, such as 'I11:web*' (repeatable)"
    ),
    Flag.atLeast(0)
  )
} as const

/** The values of {@link coverageFlags}. */
export interface CoverageFlags {
  readonly maxAge: Option.Option<string>
  readonly inventory: Option.Option<string>
}

/** The values of {@link flags}. */
export interface CheckFlags extends CoverageFlags {
  readonly maxChain: Option.Option<number>
  readonly cadence: boolean
  readonly ignore: ReadonlyArray<string>
}

/** Fills in the settings that the flags of an unfiltered request leave open. */
export const completeCoverage = Effect.fnUntraced(
  function*<Options extends CoverageFlags & Partial<RequestOptions.RequestOptions>>(
    given: Options
  ): Effect.fn.Return<Options, UsageError> {
    if (RequestOptions.isFiltered(given)) return given
    const settings = yield* Settings.current
    return {
      ...given,
      maxAge: Option.orElse(given.maxAge, () => Settings.valueOf(settings.maxAge)),
      inventory: Option.orElse(given.inventory, () => Settings.valueOf(settings.inventory))
    }
  }
)

/** Fills in the settings that the flags of a check leave open. */
export const complete = Effect.fnUntraced(
  function*<Options extends CheckFlags & Partial<RequestOptions.RequestOptions>>(
    given: Options
  ): Effect.fn.Return<Options & { readonly ignored: ReadonlyArray<IgnoredEntry> }, UsageError> {
    const settings = yield* Settings.current
    return {
      ...(yield* completeCoverage(given)),
      maxChain: Option.orElse(given.maxChain, () => Settings.valueOf(settings.maxChain)),
      cadence: given.cadence || settings.cadence?.value === true,
      ignored: [
        ...(yield* Effect.forEach(given.ignore, (text) => parseIgnored(text, undefined))),
        ...(yield* Effect.forEach(settings.ignore?.value ?? [], ({ reason, rule }) => parseIgnored(rule, reason)))
      ]
    }
  }
)

/** Findings to ignore, and the reason, which only the configuration file has. */
export interface IgnoredEntry extends Ignored {
  readonly reason: string | undefined
}

const parseIgnored = (text: string, reason: string | undefined): Effect.Effect<IgnoredEntry, UsageError> =>
  Result.match(Ignore.parse(text), {
    onFailure: (why) => wrongUsage(`--ignore: ${why}`),
    onSuccess: (ignored) => Effect.succeed({ ...ignored, reason })
  })

/** The limits and the inventory of a check. */
export interface CheckOptions {
  readonly maxAge: Option.Option<string>
  readonly maxChain: Option.Option<number>
  readonly cadence?: boolean
  /** The merge of the listings of several servers. */
  readonly merged?: MergedTree | undefined
  readonly ignored?: ReadonlyArray<Ignored> | undefined
  readonly inventory: Option.Option<ReadonlyArray<Inventory.InventoryEntry>>
}

/** The report of a check, and its age limit. */
export interface Checked {
  readonly report: Check.CheckReport
  readonly maxAge: Option.Option<Duration.Duration>
}

/** Refuses `--max-age` for a listing that contains only some backups of a machine. */
export const requireEveryBackup = (
  request: BackupTreeRequest.BackupTreeRequest,
  maxAge: CheckOptions["maxAge"]
): Effect.Effect<void, UsageError> =>
  Option.isSome(maxAge) && BackupListing.completenessOf(request) === "partial"
    ? Effect.fail(
      new UsageError({
        message: "--max-age checks the newest backup of each machine; leave out --backup-id and --chain"
      })
    )
    : Effect.void

/** Checks a listing against the rules, the limits, the inventory, and the baseline. */
export const judge = Effect.fnUntraced(function*(
  listing: BackupListing.BackupListing,
  options: CheckOptions,
  now: DateTime.Utc,
  baseline?: Baseline
): Effect.fn.Return<Checked, UsageError> {
  const maxAge = Option.flatMap(options.maxAge, TimeLimit.parse)
  const report = yield* Cooperative.run(() =>
    Check.steps(listing, {
      now,
      maxAge: Option.getOrUndefined(maxAge),
      maxChainLength: Option.getOrUndefined(options.maxChain),
      cadence: options.cadence === true || undefined,
      inventory: Option.getOrUndefined(options.inventory),
      baseline,
      merged: options.merged,
      ignored: options.ignored
    })
  )
  return report.coverage !== undefined && Result.isFailure(report.coverage)
    ? yield* wrongUsage(`--inventory: ${report.coverage.failure.message}`)
    : { report, maxAge }
})

/** Reads the inventory file before the source is queried. An invalid inventory is wrong usage. */
export const readInventory = (file: Option.Option<string>): Effect.Effect<CheckOptions["inventory"], UsageError> =>
  Effect.transposeOption(Option.map(file, (file) =>
    TextFile.read(file, Inventory.maxLength).pipe(
      Effect.mapError(({ detail }) => unusable(file, detail)),
      Effect.flatMap((text) =>
        Effect.mapError(Effect.fromResult(Inventory.parse(text)), ({ message }) => unusable(file, message))
      )
    )))

const unusable = (file: string, why: string): UsageError =>
  new UsageError({
    message: EmptyValue.find({ inventory: Option.some(file) })
      ?? `the inventory ${PrintableText.quote(file)} cannot be used: ${why}`
  })
