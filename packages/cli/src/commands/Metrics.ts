/**
 * `backup-tree metrics`: a look at the backups as Prometheus text, for a textfile collector.
 */
import * as Check from "@backup-tree/core/check/Check"
import * as CoverageFindings from "@backup-tree/core/check/CoverageFindings"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrometheusText from "@backup-tree/formats/PrometheusText"
import { Command } from "effect/cli"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Checking from "../Checking.ts"
import * as Output from "../Output.ts"
import * as RequestOptions from "../RequestOptions.ts"
import * as SourceOptions from "../SourceOptions.ts"
import * as TimeLimit from "../TimeLimit.ts"
import { fetchListing } from "./List.ts"

/** The command; a look that fails is a metric too, and so no failure of the command. */
export const metrics = Command.make(
  "metrics",
  { ...SourceOptions.flags, ...Checking.coverageFlags, timeout: TimeLimit.timeout },
  Effect.fnUntraced(function*(given) {
    const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
    const inventory = yield* Checking.readInventory(given.inventory)
    const begun = yield* Clock.currentTimeMillis
    const at = yield* DateTime.now
    const look = Effect.gen(function*() {
      const listing = yield* Effect.provide(fetchListing(resolved), yield* SourceOptions.toLayer(given))
      const checked = yield* Checking.judge(
        listing,
        { ...given, inventory, maxChain: Option.none() },
        at
      )
      return Option.some({
        listing,
        findings: checked.findings,
        checked: checkedRules(checked, listing),
        coverage: Option.getOrUndefined(checked.coverage)
      })
    })
    const answer = yield* TimeLimit.within(look, given.timeout).pipe(
      Effect.catch((error) => Effect.as(Output.note(`backup-tree: ${error.message}`), Option.none()))
    )
    const duration = Duration.millis((yield* Clock.currentTimeMillis) - begun)
    yield* Output.write(PrometheusText.print({ source: SourceOptions.print(given), at, duration, answer }))
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

// A rule without a finding is written as 0, unless what it needs was not given: an inventory, the age, a limit, an earlier
// listing, a directory. With an inventory it is the coverage that says whose age matters.
const checkedRules = (
  { coverage, maxAge }: Pick<Checking.Checked, "coverage" | "maxAge">,
  { directory }: Pick<BackupListing.BackupListing, "directory">
): ReadonlyArray<PrometheusText.RuleSeverity> => {
  const isCovered = Option.isSome(coverage)
  const needs = new Map([
    ["I40", Option.isSome(maxAge) && !isCovered],
    ["I41", false],
    ["lost-environments", false],
    ["stale-backup", Option.isSome(maxAge)]
  ])
  const rules = Check.rules.filter(({ scope }) => scope !== "D" || directory !== undefined)
  return [...rules, ...(isCovered ? CoverageFindings.rules : [])].flatMap(({ id, severity }) =>
    needs.get(id) ?? true ? [{ rule: id, severity }] : []
  )
}
