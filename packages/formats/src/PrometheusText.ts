/**
 * Renders metrics in the Prometheus text format 0.0.4, for a textfile collector. `docs/metrics.md` describes them.
 *
 * Every sample has the label `source`, so the files of several servers can share a directory. Environments with the
 * same uuid count as one machine, so every series is unique.
 *
 * Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>,
 * <https://prometheus.io/docs/practices/naming/>.
 *
 * @since 0.2.0
 */
import type { CheckReport, RuleCount } from "@backup-tree/core/check/Check"
import * as Coverage from "@backup-tree/core/check/Coverage"
import type { RuleText } from "@backup-tree/core/check/Rule"
import type * as Verdict from "@backup-tree/core/check/Verdict"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Machines from "@backup-tree/core/tree/Machines"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/**
 * The maximum length of a label value, in characters before escaping. Longer values end in an ellipsis.
 *
 * @category constructors
 * @since 0.2.0
 */
export const maxLabelLength = 200

/**
 * The part of a {@link CheckReport} that metrics need: the coverage, the number of chains by state, and the number of
 * findings of each rule.
 *
 * A rule without findings is written with 0. A rule that was not checked is not written.
 *
 * @category models
 * @since 0.2.0
 */
export interface Report extends Pick<CheckReport, "coverage"> {
  readonly verdict: Pick<Verdict.Verdict, "chains">
  readonly rules: ReadonlyArray<Omit<RuleCount, "rule"> & { readonly rule: Pick<RuleText, "id"> }>
}

/**
 * The result of a successful scrape.
 *
 * @category models
 * @since 0.2.0
 */
export interface ScrapeResult {
  readonly listing: BackupListing.BackupListing
  readonly report: Report
}

/**
 * A scrape of a source. `result` is `None` if it failed.
 *
 * @category models
 * @since 0.2.0
 */
export interface Scrape {
  /** The queried source: an endpoint, a socket, a file. */
  readonly source: string
  readonly at: DateTime.Utc
  readonly duration: Duration.Duration
  readonly result: Option.Option<ScrapeResult>
}

/**
 * A family of metrics. All are gauges.
 *
 * @category metrics
 * @since 0.2.0
 */
export interface Family {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly unit: string
  readonly help: string
}

const machineLabels = ["vm", "name", "kind", "host", "source"]

const family = (
  name: string,
  labels: ReadonlyArray<string>,
  unit: string,
  help: string
): Family => ({ name: `backup_tree_${name}`, labels, unit, help })

const lastSuccess = family(
  "last_success_timestamp_seconds",
  machineLabels,
  "seconds since 1970",
  "Time of the newest backup; absent for a machine whose backups have no plausible date."
)
const age = family(
  "last_success_age_seconds",
  machineLabels,
  "seconds",
  "Age of the newest backup at the time of the run."
)
const backupCount = family("backups", machineLabels, "backups", "Number of backups, full and incremental.")
const chainCount = family(
  "chains",
  machineLabels,
  "chains",
  "Number of chains: full backups with their incrementals."
)
const size = family("size_bytes", machineLabels, "bytes", "Space that the backups occupy in the store.")
const chainLength = family(
  "chain_length",
  machineLabels,
  "backups",
  "Number of backups in the longest chain, including the full backup."
)
const findings = family(
  "findings",
  ["rule", "severity", "source"],
  "findings",
  "Number of findings of each rule that was checked."
)
const inventory = family(
  "inventory_machines",
  ["state", "source"],
  "machines",
  "Number of machines in the inventory by state: fresh, dated (no limit given), stale, undated, never, or ambiguous."
)
const listingChains = family(
  "listing_chains",
  ["state", "source"],
  "chains",
  "Number of chains by state: sound, unsound (an error breaks it), or hidden (on disk, but not listed by the server)."
)
const environments = family("environments", ["source"], "environments", "Number of VMs and containers in the listing.")
const success = family("look_success", ["source"], "1 or 0", "Whether the run returned a listing.")
const duration = family("look_duration_seconds", ["source"], "seconds", "Duration of the run.")
const timestamp = family("look_timestamp_seconds", ["source"], "seconds since 1970", "Time of the run.")

/**
 * Contains every family, in the order of the output.
 *
 * @category metrics
 * @since 0.2.0
 */
export const families: ReadonlyArray<Family> = [
  lastSuccess,
  age,
  backupCount,
  chainCount,
  size,
  chainLength,
  findings,
  inventory,
  listingChains,
  environments,
  success,
  duration,
  timestamp
]

interface Sample {
  readonly family: Family
  readonly labels: ReadonlyArray<string>
  readonly value: string
}

/**
 * Renders a scrape as metrics, in the order of {@link families} and of the labels. The text ends with a line feed.
 *
 * If the scrape failed, only its own metrics are written. Prometheus marks the other series as stale.
 *
 * **Example**
 *
 * ```ts
 * PrometheusText.print({ source: "backup.example.com", at, duration, result: Option.some({ listing, report }) })
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (scrape: Scrape): string => [...lines(scrape)].map((line) => `${line}\n`).join("")

/**
 * Renders the metrics of a scrape line by line, because a text of many machines may be longer than the longest string.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = function*(scrape: Scrape): Generator<string> {
  const samples = [
    ...Option.match(scrape.result, {
      onNone: () => [],
      onSome: (result) => [
        ...machinesOf(result.listing.tree).flatMap((machine) => machineSamples(machine, scrape)),
        ...result.report.rules.map(({ count, rule, severity }) =>
          sample(findings, [rule.id, severity, scrape.source], count)
        ),
        ...coverageSamples(result.report.coverage, scrape.source),
        ...chainSamples(result.report.verdict.chains, scrape.source),
        sample(environments, [scrape.source], result.listing.tree.environments.length)
      ]
    }),
    sample(success, [scrape.source], Option.isSome(scrape.result) ? 1 : 0),
    sample(duration, [scrape.source], Duration.toSeconds(scrape.duration)),
    sample(timestamp, [scrape.source], DateTime.toEpochMillis(scrape.at) / 1000)
  ]
  const byFamily = Map.groupBy(samples, ({ family }) => family)
  for (const family of families) yield* familyLines(family, byFamily.get(family) ?? [])
}

const sample = (family: Family, labels: ReadonlyArray<string>, value: number | bigint): Sample => ({
  family,
  labels: labels.map(labelValue),
  value: valueText(value)
})

const valueText = (value: number | bigint): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

// Control characters become visible, so a name cannot affect a terminal or a dashboard, or break a line.
const labelValue = (text: string): string =>
  PrintableText.excerpt(text, maxLabelLength).replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")

const familyLines = (family: Family, samples: ReadonlyArray<Sample>): ReadonlyArray<string> => {
  if (samples.length === 0) return []
  const lines = samples.map(({ labels, value }) => {
    const pairs = family.labels.map((name, index) => `${name}="${labels[index]}"`)
    return `${family.name}{${pairs.join(",")}} ${value}`
  })
  return [`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} gauge`, ...lines.toSorted()]
}

type Machine = ReadonlyArray<BackupTree.VirtualEnvironment>

/** Groups environments by the value of their label `vm`; equal labels are one machine. */
const machinesOf = (tree: BackupTree.BackupTree): ReadonlyArray<Machine> => [
  ...Machines.group(tree.environments, ({ uuid }) => labelValue(uuid)).values()
]

const machineSamples = (machine: Machine, { at: now, source }: Scrape): ReadonlyArray<Sample> => {
  const [first] = machine
  if (first === undefined) return []
  const last = Coverage.lastBackup(machine, now)
  const totals = Totals.ofTree({ environments: machine })
  const longest = machine.flatMap(({ chains }) => chains).reduce(
    (most, { incrementals }) => Math.max(most, 1 + incrementals.length),
    0
  )
  const labels = [first.uuid, first.name, BackupTree.kindName(first), last.host, source]
  return [
    ...(last.at === undefined ? [] : [sample(lastSuccess, labels, DateTime.toEpochMillis(last.at) / 1000)]),
    ...(last.age === undefined ? [] : [sample(age, labels, Duration.toSeconds(last.age))]),
    sample(backupCount, labels, totals.backups),
    sample(chainCount, labels, totals.chains),
    sample(size, labels, totals.size),
    sample(chainLength, labels, longest)
  ]
}

const chainSamples = ({ hidden, sound, total }: Verdict.Chains, source: string): ReadonlyArray<Sample> => [
  sample(listingChains, ["sound", source], sound),
  sample(listingChains, ["unsound", source], total - sound - hidden),
  sample(listingChains, ["hidden", source], hidden)
]

const coverageSamples = (coverage: Report["coverage"], source: string): ReadonlyArray<Sample> => {
  if (coverage === undefined || Result.isFailure(coverage)) return []
  const counts = Coverage.counts(coverage.success)
  return Coverage.states.map((state) => sample(inventory, [state.toLowerCase(), source], counts[state]))
}
