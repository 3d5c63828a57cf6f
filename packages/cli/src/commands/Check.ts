/**
 * `backup-tree check`: checks whether backups can be restored.
 */
import type * as Check from "@backup-tree/core/check/Check"
import * as Ignore from "@backup-tree/core/check/Ignore"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as Nagios from "@backup-tree/formats/Nagios"
import * as SalvageText from "@backup-tree/formats/SalvageText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Command, Flag } from "effect/cli"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as ExitCode from "../ExitCode.ts"
import * as BaselineOptions from "../options/BaselineOptions.ts"
import * as CheckOptions from "../options/CheckOptions.ts"
import * as OutputFlag from "../options/OutputFlag.ts"
import * as ReportOptions from "../options/ReportOptions.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"
import { listingFlags, warnUnfiltered } from "./List.ts"

/** The command. Its exit code follows the worst finding. */
export const check = Command.make(
  "check",
  {
    ...listingFlags,
    output: OutputFlag.make(
      ["text", "json", "xml"],
      "a readable report, JSON with the listing and the findings, or the XML exactly as received with the findings on "
        + "standard error (default: text)"
    ).pipe(Flag.withDefault("text" as const)),
    ...ReportOptions.flags,
    ...CheckOptions.flags,
    ...BaselineOptions.flags,
    nagios: Flag.Boolean("nagios").pipe(
      Flag.withDescription("Print one status line with performance data, for a monitoring system"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*(flags) {
    if (Option.isSome(flags.explain)) {
      const rule = yield* ReportOptions.findRule("--explain", flags.explain.value)
      return yield* Output.lines(
        FindingsText.explanation(rule, { style: yield* Output.style, width: yield* Output.width })
      )
    }
    const given = yield* CheckOptions.complete(yield* SourceOptions.complete(flags))
    const code = yield* Effect.scoped(
      given.nagios ? forMonitoring(given) : TimeLimit.within(forPeople(given), given.timeout)
    )
    if (code !== ExitCode.healthy) return yield* Effect.fail(new ExitCode.ExitWith({ code }))
  })
).pipe(
  Command.withDescription(
    "Check that every backup can be restored (exit code 0: healthy, 1: warnings, 2: errors, 3: no result)"
  ),
  Command.withExamples([
    { command: "backup-tree check", description: "Check the backups of this host" },
    {
      command: "backup-tree check --max-age 26h --inventory machines.json",
      description: "Check that every VM and container has a recent backup"
    },
    {
      command: "backup-tree check --directory /vz/vmprivate.backups --salvage",
      description: "Show how to recover broken and hidden backups by hand"
    },
    { command: "backup-tree check --explain I36", description: "Explain a rule" },
    { command: "backup-tree check --nagios --max-age 26h", description: "Print one line for a monitoring system" },
    {
      command: "backup-tree check --state last.state",
      description: "Compare with the previous run and report missing backups"
    },
    {
      command: "backup-tree check --state last.state --forget web01",
      description: "Stop reporting the missing backups of web01"
    },
    {
      command: "backup-tree check --file tree.xml --complete",
      description: "Check a saved full listing"
    }
  ])
)

interface Given
  extends
    RequestOptions.RequestOptions,
    SourceOptions.SourceOptions,
    BaselineOptions.Options,
    ReportOptions.ReportOptions,
    CheckOptions.CheckFlags
{
  readonly ignored: ReadonlyArray<CheckOptions.IgnoredEntry>
  readonly timeout: Option.Option<string>
  readonly output: "text" | "json" | "xml"
  readonly nagios: boolean
}

/** Fetches a listing and checks it. */
const runCheck = Effect.fnUntraced(function*(given: Given) {
  if (given.nagios && given.output !== "text") {
    return yield* Effect.fail(
      new ExitCode.UsageError({ message: "--nagios prints one status line only; leave out --output" })
    )
  }
  yield* requireReport(given)
  const resolved = yield* RequestOptions.resolve(given)
  yield* Effect.forEach(resolved.warnings, Output.note)
  yield* BaselineOptions.requireWhole(given)
  yield* CheckOptions.requireEveryBackup(resolved.request, given.maxAge)
  const inventory = yield* CheckOptions.readInventory(given.inventory)
  if (given.server.length > 1 && (given.output === "xml" || Option.isSome(given.state))) {
    return yield* ExitCode.wrongUsage("--output xml and --state are about one server; run a check for each server")
  }
  const fetch = given.output === "xml"
    ? fetchXml(resolved, given)
    : Effect.map(Servers.fetch(yield* Servers.open(given), resolved), (fetched) => ({ ...fetched, xml: Option.none() }))
  const compared = yield* BaselineOptions.compare(fetch, given)
  const checked = yield* CheckOptions.judge(
    compared.listing,
    // A server that could not be queried may have the backups of a machine.
    { ...given, inventory: compared.failures.length > 0 ? Option.none() : inventory, merged: compared.merged },
    compared.now,
    compared.baseline
  )
  return { ...checked, ...compared }
})

/** Refuses flags that shape a report if none is printed. */
const requireReport = Effect.fnUntraced(function*(given: Given) {
  const [flag] = ReportOptions.given(given)
  const other = given.nagios ? "--nagios" : given.output === "text" ? undefined : `--output ${given.output}`
  if (other !== undefined && (flag !== undefined || given.quiet)) {
    return yield* ExitCode.wrongUsage(
      `${flag ?? "--quiet"} shapes the readable report; leave it out, or leave out ${other}`
    )
  }
  if (given.quiet && flag !== undefined) {
    return yield* ExitCode.wrongUsage(`--quiet prints no report; leave it out, or leave out ${flag}`)
  }
  const [filter] = ReportOptions.given({ ...given, full: false, salvage: false })
  if (given.salvage && filter !== undefined) {
    return yield* ExitCode.wrongUsage(`${filter} selects findings, and --salvage prints none; leave out one of them`)
  }
  if (given.salvage && Option.isNone(given.directory)) {
    return yield* ExitCode.wrongUsage(
      "--salvage needs the images and the metadata, which only a backup directory has; use --directory"
    )
  }
  yield* Effect.forEach(given.rule, (id) => ReportOptions.findRule("--rule", id))
})

const fetchXml = Effect.fnUntraced(
  function*(resolved: RequestOptions.ResolvedRequest, given: Given) {
    const layer = yield* SourceOptions.toLayer(given)
    const single = { merged: undefined, failures: [] }
    // The XML of a directory is generated, and the directory contains more to check.
    if (Option.isSome(given.directory)) {
      const listing = yield* Effect.provide(Servers.fetchListing(resolved), layer)
      return { listing, ...single, xml: Option.some(BackupTreeXml.encode(listing.tree)) }
    }
    yield* warnUnfiltered(resolved)
    const received = Effect.gen(function*() {
      const source = yield* BackupSource.BackupSource
      const xml = yield* source.getBackupTreeXml(resolved.request, resolved.options)
      return { listing: yield* source.decode(xml, resolved.request), ...single, xml: Option.some(xml) }
    })
    return yield* Effect.provide(received, layer)
  }
)

const forPeople = Effect.fnUntraced(function*(given: Given) {
  const { failures, listing, notes, report, save, xml } = yield* runCheck(given)
  if (Option.isSome(xml)) {
    yield* Output.write(xml.value)
    yield* Effect.forEach([
      ...FindingsText.lines(listing, report),
      FindingsText.summary(report.verdict.counts)
    ], Output.note)
  } else if (given.output === "json") {
    yield* Output.json(yield* Cooperative.run(() => JsonDocument.checkInSteps(listing, report)))
  } else if (given.salvage) yield* printSalvage(listing)
  else if (!given.quiet) yield* printReport(listing, report, given)
  if (listing.completeness === "unknown") yield* Output.note(unjudged)
  yield* Effect.forEach(notes, Output.note)
  yield* Servers.noteFailures(failures)
  const code = yield* saved(Effect.flatten(Effect.fromResult(save)), ExitCode.ofSeverity(report.verdict.worst))
  return withFailures(failures, code)
})

/** Returns the exit code for no result if a server could not be queried, unless others have errors. */
const withFailures = (failures: ReadonlyArray<unknown>, code: number): number =>
  failures.length === 0 || code === ExitCode.ofSeverity("error") ? code : ExitCode.noResult

/**
 * Saves the baseline and returns the exit code. If the state file cannot be used, nothing is known about missing backups:
 * an exit code for errors stays, and every other result counts as none.
 */
const saved = (save: Effect.Effect<void, ExitCode.StateFileError | ExitCode.UsageError>, code: number) =>
  Effect.matchEffect(save, {
    onSuccess: () => Effect.succeed(code),
    onFailure: (error) =>
      error._tag === "StateFileError" && code === ExitCode.ofSeverity("error")
        ? Effect.as(Output.note(`backup-tree: ${error.message}`), code)
        : Effect.fail(error)
  })

const unjudged =
  "backup-tree: this file may be a partial listing, so missing backups are not reported. Pass --complete if "
  + "it is a full one."

const forMonitoring = Effect.fnUntraced(function*(given: Given) {
  const begun = yield* Clock.currentTimeMillis
  const since = Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(now - begun))
  const summary = Effect.gen(function*() {
    const checked = yield* runCheck(given)
    const { failures, listing: { tree }, now, report, save } = checked
    const maxAge = Option.getOrUndefined(checked.maxAge)
    const duration = yield* since
    return {
      ...checked,
      output: Nagios.print({
        ...(yield* Cooperative.run(() => Nagios.summariseInSteps({ tree, report, now, maxAge, duration }))),
        unjudged: Result.isFailure(save) ? save.failure.message : failures[0]?.message
      })
    }
  })
  const checked = yield* TimeLimit.within(summary, given.timeout).pipe(
    // A monitoring system must see that there is no result, whatever happened.
    Effect.catchDefect((defect) => Effect.fail(new ExitCode.InternalError({ defect }))),
    Effect.onInterrupt(() =>
      Effect.ignore(
        Effect.flatMap(since, (duration) =>
          Output.lines([Nagios.printUnknown("the check was interrupted", duration).line]))
      )
    ),
    Effect.result
  )
  if (Result.isFailure(checked)) {
    const { code, line } = Nagios.printUnknown(checked.failure.message, yield* since)
    yield* Output.lines([line])
    return code
  }
  const { failures, notes, output: { code, line }, save } = checked.success
  yield* Output.lines([line])
  yield* Effect.forEach(notes, Output.note)
  yield* Servers.noteFailures(failures)
  return Result.isSuccess(save) ? yield* saved(save.success, code) : code
})

/** How findings are printed. */
interface ReportLayout extends Pick<ReportOptions.ReportOptions, "severity" | "rule" | "full" | "verbose"> {
  readonly ignored: ReadonlyArray<CheckOptions.IgnoredEntry>
}

const defaultReport: ReportLayout = { severity: Option.none(), rule: [], full: false, verbose: false, ignored: [] }

/** Prints the verdict and the findings. On a terminal, they fit on the screen, unless everything is wanted. */
export const printReport = Effect.fnUntraced(
  function*(
    listing: BackupListing.BackupListing,
    report: Check.CheckReport,
    given: ReportLayout = defaultReport
  ) {
    const { full, rule, severity, verbose } = given
    const style = yield* Output.style
    const width = yield* Output.width
    const height = full ? undefined : yield* Output.terminalHeight
    const verdict = FindingsText.verdictLines(report.verdict, listing.tree, { style, width })
    const salvage = salvageHint(listing)
    const rules = yield* Effect.forEach(rule, (id) => ReportOptions.findRule("--rule", id))
    const findings = FindingsText.lines(listing, report, {
      style,
      width,
      paths: verbose,
      severity: Option.getOrUndefined(severity),
      rules: rules.length === 0 ? undefined : rules.map(({ id }) => id),
      ...(height !== undefined
        ? {
          height: height - verdict.length - salvage.length - Math.min(given.ignored.length, mostIgnored + 1) - 3,
          shorten: ShortIds.shortener(listing.tree),
          more: "Use --full for everything, or --explain RULE for a rule."
        }
        : {})
    })
    const ignored = ignoredLines(report, given.ignored)
    yield* Output.lines([
      ...verdict,
      ...(findings.length === 0 ? [] : [""]),
      ...findings,
      ...(ignored.length === 0 ? [] : [""]),
      ...ignored,
      ...salvage
    ])
  }
)

const mostIgnored = 10

/** Writes what was ignored, and why. An entry without a finding may be out of date. */
const ignoredLines = (
  { ignored }: Check.CheckReport,
  entries: ReadonlyArray<CheckOptions.IgnoredEntry>
): ReadonlyArray<string> => {
  const lines = ignored.map((one, index) => {
    const reason = entries[index]?.reason
    return `Ignored: ${CountText.count(one.count, "finding")} of ${PrintableText.excerpt(Ignore.print(one))}${
      reason === undefined ? "" : ` (${PrintableText.excerpt(reason)})`
    }`
  })
  return lines.length <= mostIgnored
    ? lines
    : [...lines.slice(0, mostIgnored), `and ${lines.length - mostIgnored} more that are ignored`]
}

const salvageHint = (listing: BackupListing.BackupListing): ReadonlyArray<string> => {
  const { length } = Salvage.fromListing(listing)
  return length === 0 ? [] : ["", `For steps to recover from ${CountText.count(length, "fault")}, add --salvage.`]
}

const printSalvage = Effect.fnUntraced(function*(listing: BackupListing.BackupListing) {
  const salvage = Salvage.fromListing(listing)
  yield* Output.lines(
    salvage.length === 0
      ? ["nothing to recover by hand"]
      : SalvageText.lines(salvage, { style: yield* Output.style, width: yield* Output.width })
  )
})
