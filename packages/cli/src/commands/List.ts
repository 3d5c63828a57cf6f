/**
 * `backup-tree list`: what backups there are.
 */
import * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ForensicText from "@backup-tree/formats/ForensicText"
import * as TreeText from "@backup-tree/formats/TreeText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { wrongUsage } from "../ExitCode.ts"
import * as ListingJson from "../ListingJson.ts"
import * as Output from "../Output.ts"
import * as Question from "../Question.ts"
import * as SourceOptions from "../SourceOptions.ts"
import * as StatusLine from "../StatusLine.ts"
import * as TimeLimit from "../TimeLimit.ts"

/** The flags of the commands that ask and print. */
export const askingFlags = {
  ...SourceOptions.flags,
  ...Question.flags,
  timeout: TimeLimit.timeout,
  output: Flag.Literals("output", ["tree", "json", "xml"]).pipe(
    Flag.withDescription("Print a tree for people, JSON, or the XML as it was received"),
    Flag.withDefault("tree" as const)
  )
} as const

/** The command. */
export const list = Command.make(
  "list",
  {
    ...askingFlags,
    forensic: Flag.Boolean("forensic").pipe(
      Flag.withDescription("With --directory: show what a server hides too, and why"),
      Flag.withDefault(false)
    )
  },
  (given) =>
    TimeLimit.within(
      Effect.gen(function*() {
        if (given.forensic) return yield* listForensic(given)
        const question = yield* Question.make(given)
        yield* Effect.forEach(question.notes, Output.note)
        const source = yield* SourceOptions.toLayer(given)
        yield* Effect.provide(answer(question, given.output), source)
      }),
      given.timeout
    )
).pipe(
  Command.withDescription("List backups: environments, their full backups, and the incrementals of each"),
  Command.withExamples([
    { command: "backup-tree list", description: "What the dispatcher of this host knows" },
    { command: "backup-tree list --server root@node7 --output json", description: "A remote host, for a program" },
    { command: "backup-tree list --file tree.xml --ct", description: "The containers in a saved listing" },
    { command: "backup-tree list --directory /mnt/backups --forensic", description: "All that is on a disk, and why" }
  ])
)

/** Prints everything that a directory holds. */
const listForensic = (
  given: SourceOptions.SourceOptions & Question.QuestionOptions & { readonly output: "tree" | "json" | "xml" }
) =>
  Effect.gen(function*() {
    if (Option.isNone(given.directory) || given.output === "xml") {
      return yield* wrongUsage("--forensic shows a backup directory as a tree or JSON: give --directory, and no XML")
    }
    const { request } = yield* Question.make(given)
    if (request.subject._tag !== "Everything" || request.kinds !== "vm+ct") {
      return yield* wrongUsage("--forensic shows everything; leave out what narrows it")
    }
    // What goes with a directory is the same.
    yield* SourceOptions.toLayer(given)
    const reading = yield* Effect.mapError(
      BackupDirectory.read(given.directory.value),
      (reason) => new BackupSourceError({ source: Option.getOrThrow(given.directory), reason })
    )
    const tree = ForensicTree.fromReading(reading)
    yield* given.output === "json"
      ? Output.json(ListingJson.forensic(given.directory.value, tree))
      : Output.lines(ForensicText.lines(tree, { style: yield* Output.style }))
  })

const answer = (question: Question.Question, output: "tree" | "json" | "xml") =>
  Effect.gen(function*() {
    if (output === "xml") {
      yield* sayUnfiltered(question)
      return yield* Output.write(yield* BackupSource.getBackupTreeXml(question.request, question.options))
    }
    const listing = yield* ask(question)
    if (output === "json") return yield* Output.json(ListingJson.listing(listing))
    yield* printTree(listing)
    const odd = listing.directory?.skips.length ?? 0
    if (odd > 0) {
      yield* Output.note(
        `backup-tree: ${TreeText.count(odd, "thing")} in the directory ${
          odd === 1 ? "is" : "are"
        } hidden or odd; check tells `
          + "what, and --forensic shows it"
      )
    }
  })

/** Says that the text as it was received may hold more than was asked for. */
export const sayUnfiltered = ({ request }: Question.Question) =>
  request.subject._tag === "Everything" && request.kinds === "vm+ct"
    ? Effect.void
    : Output.note(
      "backup-tree: --output xml is the text as it was received; filters narrow it only where a server applies them"
    )

/** Asks, and shows how far the job is where a person is watching. */
export const ask = (question: Question.Question) =>
  Effect.scoped(
    Effect.flatMap(BackupSource.submit(question.request, question.options), (job) =>
      StatusLine.follow(job, { always: false }))
  )

/** Prints a listing as a tree, with a line that counts it. */
export const printTree = (listing: BackupListing.BackupListing) =>
  Effect.gen(function*() {
    const style = yield* Output.style
    const isEmpty = listing.tree.environments.length === 0
    yield* Output.lines([
      ...TreeText.lines(listing.tree, { style }),
      ...(isEmpty ? [] : [""]),
      `${isEmpty ? "no backups" : TreeText.summary(listing.tree)}, from ${BackupListing.printSource(listing.source)}`
    ])
  })
