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
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
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

const labelsOfMachine = ["vm", "name", "kind", "host", "source"]

const family = (
  name: string,
  labels: ReadonlyArray<string>,
  unit: string,
  help: string
): Family => ({ name: `backup_tree_${name}`, labels, unit, help })

const lastSuccess = family(
  "last_success_timestamp_seconds",
  labelsOfMachine,
  "seconds since 1970",
  "Time of the newest backup; absent for a machine whose backups have no plausible date."
)
const age = family(
  "last_success_age_seconds",
  labelsOfMachine,
  "seconds",
  "Age of the newest backup at the time of the run."
)
const backupCount = family("backups", labelsOfMachine, "backups", "Number of backups, full and incremental.")
const chainCount = family(
  "chains",
  labelsOfMachine,
  "chains",
  "Number of chains: full backups with their incrementals."
)
const size = family("size_bytes", labelsOfMachine, "bytes", "Space that the backups occupy in the store.")
const chainLength = family(
  "chain_length",
  labelsOfMachine,
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
export const print = (scrape: Scrape): string => [...pieces([scrape])].join("")

/**
 * The machines of an inventory that several sources cover together; `source` names them all.
 *
 * @category models
 * @since 0.2.0
 */
export interface JointCoverage {
  readonly source: string
  readonly coverage: Report["coverage"]
}

/**
 * Renders the metrics of one or several scrapes in pieces of a line or two, because the whole text may be longer than
 * the longest string. An empty piece is only a pause. Of each machine, a few numbers are kept.
 *
 * @category rendering
 * @since 0.2.0
 */
export const pieces = function*(scrapes: ReadonlyArray<Scrape>, joint?: JointCoverage): Generator<string> {
  const successes = scrapes.flatMap(({ at, result, source }) =>
    Option.isSome(result) ? [{ ...result.value, at, source }] : []
  )
  const machines: Array<LabelledMachines> = []
  for (const { at, listing: { tree }, source } of successes) {
    machines.push({ machines: yield* machinesOf(tree, at), labelsOf: machineLabels(source) })
  }
  for (const [family, valueOf] of machineFamilies) yield* machineLines(family, machines, valueOf)
  yield* lines(
    findings,
    successes.flatMap(({ report, source }) =>
      report.rules.map(({ count, rule, severity }) => sample(findings, [rule.id, severity, source], count))
    )
  )
  const covered = successes.map(({ report: { coverage }, source }) => ({ coverage, source }))
  yield* lines(inventory, [...covered, ...joint === undefined ? [] : [joint]].flatMap(coverageSamples))
  yield* lines(
    listingChains,
    successes.flatMap(({ report: { verdict: { chains } }, source }) => chainSamples(chains, source))
  )
  yield* lines(
    environments,
    successes.map(({ listing: { tree }, source }) => sample(environments, [source], tree.environments.length))
  )
  const each = (family: Family, valueOf: (scrape: Scrape) => Value) =>
    lines(family, scrapes.map((scrape) => sample(family, [scrape.source], valueOf(scrape))))
  yield* each(success, ({ result }) => Option.isSome(result) ? 1 : 0)
  yield* each(duration, ({ duration }) => Duration.toSeconds(duration))
  yield* each(timestamp, ({ at }) => DateTime.toEpochMillis(at) / 1000)
}

type Value = number | bigint

/** A sample as a line. */
const sample = (family: Family, labels: ReadonlyArray<string>, value: Value): string =>
  line(family, family.labels.map((name, index) => label(name, labels[index]!)).join(","), value)

const line = (family: Family, labels: string, value: Value): string => `${family.name}{${labels}} ${valueText(value)}\n`

const label = (name: string, value: string): string => `${name}="${labelValue(value)}"`

const valueText = (value: Value): string => value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

// Control characters become visible, so a name cannot affect a terminal or a dashboard, or break a line.
const labelValue = (text: string): string =>
  PrintableText.excerpt(text, maxLabelLength).replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")

const header = (family: Family): string => `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} gauge\n`

const lines = (family: Family, samples: ReadonlyArray<string>): ReadonlyArray<string> =>
  samples.length === 0 ? [] : [header(family), ...samples.toSorted()]

/** A machine with its label `vm`, and what costs more than to count backups. */
interface Machine {
  readonly vm: string
  readonly environments: ReadonlyArray<BackupTree.VirtualEnvironment>
  readonly host: string
  /** Seconds since 1970. */
  readonly lastSuccess: number | undefined
  /** In seconds. */
  readonly age: number | undefined
}

/** Groups environments by the value of their label `vm`; equal labels are one machine. Pauses with empty pieces. */
const machinesOf = function*(
  tree: BackupTree.BackupTree,
  now: DateTime.Utc
): Generator<string, ReadonlyArray<Machine>> {
  const byUuid = new Map<string, Array<BackupTree.VirtualEnvironment>>()
  for (const environment of tree.environments) {
    const key = Uuid.key(labelValue(environment.uuid))
    const group = byUuid.get(key)
    if (group === undefined) byUuid.set(key, [environment])
    else group.push(environment)
    yield ""
  }
  const machines: Array<Machine> = []
  for (const environments of byUuid.values()) {
    const { age, at, host } = Coverage.lastBackup(environments, now)
    machines.push({
      vm: label("vm", environments[0]!.uuid),
      environments,
      host,
      lastSuccess: at === undefined ? undefined : DateTime.toEpochMillis(at) / 1000,
      age: age === undefined ? undefined : Duration.toSeconds(age)
    })
    yield ""
  }
  // Lines begin with this label, and no two machines share it, so the lines of each family are in order.
  return machines.sort((one, other) => one.vm < other.vm ? -1 : 1)
}

/** The families with a sample of each machine, and its value. */
const machineFamilies: ReadonlyArray<readonly [Family, (machine: Machine) => Value | undefined]> = [
  [lastSuccess, ({ lastSuccess }) => lastSuccess],
  [age, ({ age }) => age],
  [backupCount, (machine) => Totals.ofTree(machine).backups],
  [chainCount, (machine) => Totals.ofTree(machine).chains],
  [size, (machine) => Totals.ofTree(machine).size],
  [chainLength, ({ environments }) => longestChain(environments)]
]

const longestChain = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>): number => {
  let longest = 0
  for (const { chains } of environments) {
    for (const { incrementals } of chains) longest = Math.max(longest, 1 + incrementals.length)
  }
  return longest
}

/** The machines of a source, and how their labels are written. */
interface LabelledMachines {
  readonly machines: ReadonlyArray<Machine>
  readonly labelsOf: (machine: Machine) => string
}

const machineLines = function*(
  family: Family,
  sources: ReadonlyArray<LabelledMachines>,
  valueOf: (machine: Machine) => Value | undefined
): Generator<string> {
  let before = header(family)
  for (const { labelsOf, machines } of sources) {
    for (const machine of machines) {
      const value = valueOf(machine)
      if (value === undefined) {
        yield ""
        continue
      }
      yield before + line(family, labelsOf(machine), value)
      before = ""
    }
  }
}

/** Returns a function that writes the labels of a machine. */
const machineLabels = (source: string) => {
  const last = label("source", source)
  return ({ environments: [first], host, vm }: Machine): string =>
    [vm, label("name", first!.name), label("kind", BackupTree.kindName(first!)), label("host", host), last].join(",")
}

const chainSamples = ({ hidden, sound, total }: Verdict.Chains, source: string): ReadonlyArray<string> => [
  sample(listingChains, ["sound", source], sound),
  sample(listingChains, ["unsound", source], total - sound - hidden),
  sample(listingChains, ["hidden", source], hidden)
]

const coverageSamples = ({ coverage, source }: JointCoverage): ReadonlyArray<string> => {
  if (coverage === undefined || Result.isFailure(coverage)) return []
  const counts = Coverage.counts(coverage.success)
  return Coverage.states.map((state) => sample(inventory, [state.toLowerCase(), source], counts[state]))
}
