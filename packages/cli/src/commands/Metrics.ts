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
    const scrape = Effect.gen(function*() {
      const listing = yield* Effect.provide(fetchListing(resolved), yield* SourceOptions.toLayer(given))
      const { report } = yield* CheckOptions.judge(listing, { ...given, inventory, maxChain: Option.none() }, at)
      return Option.some({ listing, report })
    })
    const result = yield* TimeLimit.within(scrape, given.timeout).pipe(
      Effect.catch((error) => Effect.as(Output.note(`backup-tree: ${error.message}`), Option.none()))
    )
    const duration = Duration.millis((yield* Clock.currentTimeMillis) - begun)
    yield* Output.lines(PrometheusText.lines({ source: SourceOptions.print(given), at, duration, result }))
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
