/**
 * `backup-tree metrics`: prints the state of the backups as Prometheus metrics, for a textfile collector.
 */
import * as PrometheusText from "@backup-tree/formats/PrometheusText"
import { Command } from "effect/cli"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as CheckOptions from "../options/CheckOptions.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/TimeLimit.ts"
import * as Output from "../Output.ts"
import { fetchListing } from "./List.ts"

/** The command. A failed scrape is a metric too, so the command succeeds. */
export const metrics = Command.make(
  "metrics",
  { ...SourceOptions.flags, ...CheckOptions.coverageFlags, timeout: TimeLimit.timeout },
  Effect.fnUntraced(function*(given) {
    const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
    const inventory = yield* CheckOptions.readInventory(given.inventory)
    const begun = yield* Clock.currentTimeMillis
    const at = yield* DateTime.now
    const print = Effect.fnUntraced(function*(result: PrometheusText.Scrape["result"]) {
      const duration = Duration.millis((yield* Clock.currentTimeMillis) - begun)
      yield* Output.pieces(PrometheusText.pieces({ source: SourceOptions.print(given), at, duration, result }))
    })
    const scrape = Effect.gen(function*() {
      const listing = yield* Effect.provide(fetchListing(resolved), yield* SourceOptions.toLayer(given))
      const { report } = yield* CheckOptions.judge(listing, { ...given, inventory, maxChain: Option.none() }, at)
      yield* print(Option.some({ listing, report }))
    })
    yield* TimeLimit.within(scrape, given.timeout).pipe(
      Effect.catch(Effect.fnUntraced(function*(error) {
        // A file with some of the metrics must not replace the last one.
        if ((yield* Output.Written).isWritten) return yield* Effect.fail(error)
        yield* Output.note(`backup-tree: ${error.message}`)
        yield* print(Option.none())
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
