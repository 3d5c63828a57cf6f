/**
 * `backup-tree metrics`: prints the state of the backups as Prometheus metrics, for a textfile collector.
 */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrometheusText from "@backup-tree/formats/PrometheusText"
import { Command } from "effect/cli"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { UsageError } from "../ExitCode.ts"
import * as CheckOptions from "../options/CheckOptions.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"

/** An inventory that cannot be used is no failed scrape. */
class Refused extends Data.TaggedError("Refused")<{ readonly error: UsageError }> {
  override readonly message = this.error.message
}

/** The command. A failed scrape is a metric too, so the command succeeds. */
export const metrics = Command.make(
  "metrics",
  { ...SourceOptions.flags, ...CheckOptions.coverageFlags, timeout: TimeLimit.timeout },
  Effect.fnUntraced(function*(flags) {
    const given = yield* CheckOptions.completeCoverage(yield* SourceOptions.complete(flags))
    yield* Servers.requireDistinct(given)
    const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
    const begun = yield* Clock.currentTimeMillis
    const at = yield* DateTime.now
    const printFailure = Effect.fnUntraced(function*(error: { readonly message: string }) {
      yield* Output.note(`backup-tree: ${error.message}`)
      const duration = Duration.millis((yield* Clock.currentTimeMillis) - begun)
      const names = SourceOptions.each(given).map(SourceOptions.print)
      yield* Output.pieces(PrometheusText.pieces(
        names.map((source) => ({ source, at, duration, result: Option.none() }))
      ))
    })
    const scrape = Effect.gen(function*() {
      const inventory = yield* Effect.mapError(
        CheckOptions.readInventory(given.inventory),
        (error) => new Refused({ error })
      )
      const fetched = yield* Servers.fetchEach(yield* Servers.open(given), resolved)
      const isJoint = fetched.length > 1
      const options = { ...given, inventory: isJoint ? Option.none() : inventory, maxChain: Option.none() }
      const scrapes = yield* Effect.forEach(
        fetched,
        Effect.fnUntraced(function*({ duration, result, source }) {
          if (Result.isFailure(result)) {
            yield* Output.note(`backup-tree: ${result.failure.message}`)
            return { source, at, duration, result: Option.none() }
          }
          const listing = result.success
          const { report } = yield* CheckOptions.judge(listing, options, at)
          return { source, at, duration, result: Option.some({ listing, report }) }
        })
      )
      const joint = isJoint && Option.isSome(inventory)
        ? yield* jointCoverage(fetched, { ...given, inventory }, at)
        : undefined
      yield* Output.pieces(PrometheusText.pieces(scrapes, joint))
    })
    yield* TimeLimit.within(Effect.scoped(scrape), given.timeout).pipe(
      Effect.catch(Effect.fnUntraced(function*(error) {
        if (error instanceof Refused) return yield* Effect.fail(error.error)
        // A file with some of the metrics must not replace the last one.
        if ((yield* Output.Written).isWritten) return yield* Effect.fail(error)
        yield* printFailure(error)
      }))
    )
  })
).pipe(
  Command.withDescription(
    "Print Prometheus metrics: age, number and size of backups, findings, and the outcome of the run"
  ),
  Command.withExamples([
    {
      command: "backup-tree metrics > backups.prom.new && mv backups.prom.new backups.prom",
      description: "From cron, for a textfile collector"
    }
  ])
)

/**
 * Compares the machines of several servers with an inventory. A server that could not be queried may have their backups,
 * so then nothing is known.
 */
const jointCoverage = Effect.fnUntraced(
  function*(
    fetched: ReadonlyArray<Servers.Fetched>,
    options: Pick<CheckOptions.CheckOptions, "maxAge" | "inventory">,
    at: DateTime.Utc
  ) {
    if (fetched.some(({ result }) => Result.isFailure(result))) return undefined
    const { listing, merged } = yield* Servers.merge(fetched)
    const { report } = yield* CheckOptions.judge(listing, { ...options, maxChain: Option.none(), merged }, at)
    return { source: BackupListing.printSource(listing.source), coverage: report.coverage }
  }
)
