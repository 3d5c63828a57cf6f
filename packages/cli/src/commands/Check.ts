/**
 * `backup-tree check`: whether what is there can be restored.
 */
import * as BackupCatalog from "@backup-tree/core/BackupCatalog"
import type * as BackupListing from "@backup-tree/core/BackupListing"
import * as Invariants from "@backup-tree/core/Invariants"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as Nagios from "@backup-tree/formats/Nagios"
import * as TreeText from "@backup-tree/formats/TreeText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { Command, Flag } from "effect/cli"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import * as Checking from "../Checking.ts"
import * as ExitCode from "../ExitCode.ts"
import * as ListingJson from "../ListingJson.ts"
import * as Output from "../Output.ts"
import * as Question from "../Question.ts"
import * as SourceOptions from "../SourceOptions.ts"
import * as StateFile from "../StateFile.ts"
import * as TimeLimit from "../TimeLimit.ts"
import { ask, askingFlags, sayUnfiltered } from "./List.ts"

/** The command; its exit code is that of the worst finding. */
export const check = Command.make(
  "check",
  {
    ...askingFlags,
    ...Checking.flags,
    nagios: Flag.Boolean("nagios").pipe(
      Flag.withDescription("Print one line with performance data, for a monitoring system"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*(given) {
    const code = yield* given.nagios
      ? forMonitoring(given)
      : TimeLimit.within(forPeople(given), given.timeout)
    if (code !== ExitCode.healthy) return yield* Effect.fail(new ExitCode.ExitWith({ code }))
  })
).pipe(
  Command.withDescription("Check that every backup can be restored; exit 0 healthy, 1 warnings, 2 errors, 3 no answer"),
  Command.withExamples([
    { command: "backup-tree check", description: "The dispatcher of this host" },
    {
      command: "backup-tree check --max-age 26h --inventory machines.json",
      description: "Every machine, fresh backups"
    },
    { command: "backup-tree check --nagios --max-age 26h", description: "One line for a monitoring system" },
    { command: "backup-tree check --file tree.xml --complete", description: "A saved listing, known to be whole" }
  ])
)

interface Given
  extends Question.QuestionOptions, SourceOptions.SourceOptions, Omit<Checking.CheckOptions, "inventory">
{
  readonly inventory: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly output: "tree" | "json" | "xml"
  readonly state: Option.Option<string>
  readonly recheckAfter: string
}

interface Look extends Checking.Checked {
  readonly listing: BackupListing.BackupListing
  readonly xml: Option.Option<string>
  readonly now: DateTime.Utc
  /** Remembers what was seen; it fails where the state cannot be read or written, which hides no finding. */
  readonly remember: Effect.Effect<void, ExitCode.UsageError, FileSystem.FileSystem | Stdio.Stdio>
}

/** Asks and judges. */
const look = (given: Given) =>
  Effect.gen(function*() {
    const question = yield* Question.make(given)
    yield* Effect.forEach(question.notes, Output.note)
    if (Option.isSome(given.state)) yield* requireWhole(given)
    const inventory = yield* Checking.readInventory(given.inventory)
    const looked = Effect.gen(function*() {
      const { listing, xml } = yield* fetch(question, given.output)
      const state = Option.isSome(given.state)
        ? yield* Effect.result(StateFile.read(given.state.value, listing.source))
        : Result.succeed(Option.none<StateFile.State>())
      const previous = Result.getOrElse(state, () => Option.none())
      const settled = yield* askAgain(listing, previous, question, given.recheckAfter)
      const now = yield* DateTime.now
      const checked = yield* Checking.judge(settled, { ...given, inventory }, now, previous)
      const remember = Result.isFailure(state)
        ? Effect.fail(state.failure)
        : Option.match(given.state, {
          onNone: () => Effect.void,
          onSome: (file) => write(file, settled, previous, checked.findings)
        })
      return { ...checked, listing: settled, xml, now, remember } satisfies Look
    })
    return yield* Effect.provide(looked, yield* SourceOptions.toLayer(given))
  })

// Of two answers to different questions, or to an unknown one, none says what has vanished.
const requireWhole = (given: Given): Effect.Effect<void, ExitCode.UsageError> => {
  const filters = [given.uuid, given.backupId, given.chain, given.flags]
  if (given.vm || given.ct || filters.some(Option.isSome)) {
    return Effect.fail(
      new ExitCode.UsageError({
        message: "--state compares whole listings: leave out --vm, --ct, --uuid, --backup-id, --chain and --flags"
      })
    )
  }
  return Option.isSome(given.file) && !given.complete
    ? Effect.fail(
      new ExitCode.UsageError({
        message: "--state compares whole listings: with --file, say by --complete that the file is one"
      })
    )
    : Effect.void
}

const fetch = (question: Question.Question, output: "tree" | "json" | "xml") =>
  Effect.gen(function*() {
    if (output !== "xml") return { listing: yield* ask(question), xml: Option.none<string>() }
    yield* sayUnfiltered(question)
    const source = yield* BackupSource.BackupSource
    const xml = yield* source.getBackupTreeXml(question.request, question.options)
    return { listing: yield* source.decode(xml, question.request), xml: Option.some(xml) }
  })

// A server hides a chain while it writes in it, and a machine with its only chain: what has vanished is asked for once
// more, a moment later.
const askAgain = (
  listing: BackupListing.BackupListing,
  previous: Option.Option<StateFile.State>,
  question: Question.Question,
  after: string
) =>
  Effect.gen(function*() {
    const isServer = listing.source._tag === "Dispatcher"
    if (!isServer || Option.isNone(previous)) return listing
    if (!Checking.lacksAnything(previous.value, listing)) return listing
    yield* Effect.sleep(Option.getOrElse(TimeLimit.parse(after), () => Duration.zero))
    return yield* ask(question)
  })

const alarming: ReadonlySet<string> = new Set(["empty-answer", "lost-environments"])

/** Remembers a listing, unless it is one that must not become what the next is compared with. */
const write = (
  file: string,
  listing: BackupListing.BackupListing,
  previous: Option.Option<StateFile.State>,
  findings: ReadonlyArray<Invariants.Finding>
): Effect.Effect<void, ExitCode.UsageError, FileSystem.FileSystem | Stdio.Stdio> => {
  if (Option.isSome(previous) && findings.some(({ rule }) => alarming.has(rule))) {
    return Output.note(
      `backup-tree: ${file} keeps the earlier listing; remove it when what is missing has been removed on purpose`
    )
  }
  const missing = Option.match(previous, {
    onNone: () => [],
    onSome: (state) => Checking.firstMissed(state, listing)
  })
  return StateFile.write(file, listing, { tree: listing.tree, missing })
}

const forPeople = (given: Given) =>
  Effect.gen(function*() {
    const { coverage, findings, listing, remember, xml } = yield* look(given)
    if (Option.isSome(xml)) {
      yield* Output.write(xml.value)
      yield* Output.note(FindingsText.summary(findings))
    } else if (given.output === "json") yield* Output.json(ListingJson.checked(listing, findings, coverage))
    else yield* printFindings(listing, findings)
    yield* remember
    return ExitCode.ofSeverity(Invariants.worst(findings))
  })

const forMonitoring = (given: Given) =>
  Effect.gen(function*() {
    const begun = yield* Clock.currentTimeMillis
    const since = Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(now - begun))
    const output = yield* TimeLimit.within(look(given), given.timeout).pipe(
      Effect.flatMap(({ coverage, findings, listing, maxAge, now, remember }) =>
        Effect.gen(function*() {
          const remembered = yield* Effect.result(remember)
          const summary = Nagios.summarise({
            tree: listing.tree,
            findings,
            now,
            coverage: Option.getOrUndefined(coverage),
            maxAge: Option.getOrUndefined(maxAge),
            duration: yield* since
          })
          return Nagios.print(
            Result.isFailure(remembered) ? { ...summary, unjudged: remembered.failure.message } : summary
          )
        })
      ),
      Effect.catch((error) => Effect.map(since, (duration) => Nagios.printUnknown(error.message, duration)))
    )
    yield* Output.lines([output.line])
    return output.code
  })

/** Prints findings for people, and a line that sums them up. */
export const printFindings = (
  listing: BackupListing.BackupListing,
  findings: ReadonlyArray<Invariants.Finding>
) =>
  Effect.gen(function*() {
    const style = yield* Output.style
    const width = Output.width()
    yield* Output.lines([
      ...FindingsText.lines(listing, findings, { style, width }),
      ...(findings.length === 0 ? [] : [""]),
      style(Invariants.worst(findings) ?? "good", verdict(listing, findings))
    ])
  })

const verdict = (listing: BackupListing.BackupListing, findings: ReadonlyArray<Invariants.Finding>): string => {
  const { quarantined } = BackupCatalog.fromListing(listing)
  const chains = listing.tree.environments.reduce((sum, { chains }) => sum + chains.length, 0)
  const sound = chains - quarantined.length
  return `${FindingsText.summary(findings)}; ${sound} of ${TreeText.count(chains, "chain")} sound `
    + `(${TreeText.summary(listing.tree)})`
}
