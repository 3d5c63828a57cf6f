/**
 * `backup-tree check`: whether what is there can be restored.
 */
import * as BackupCatalog from "@backup-tree/core/BackupCatalog"
import type * as BackupListing from "@backup-tree/core/BackupListing"
import * as Invariants from "@backup-tree/core/Invariants"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as TreeText from "@backup-tree/formats/TreeText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as ExitCode from "../ExitCode.ts"
import * as ListingJson from "../ListingJson.ts"
import * as Output from "../Output.ts"
import * as Question from "../Question.ts"
import * as SourceOptions from "../SourceOptions.ts"
import * as TimeLimit from "../TimeLimit.ts"
import { ask, askingFlags } from "./List.ts"

/** The command; its exit code is that of the worst finding. */
export const check = Command.make(
  "check",
  askingFlags,
  Effect.fnUntraced(function*(given) {
    const question = yield* Question.make(given)
    yield* Effect.forEach(question.notes, Output.note)
    const source = yield* SourceOptions.toLayer(given)
    const findings = yield* TimeLimit.within(
      Effect.provide(answer(question, given.output), source),
      given.timeout
    )
    const code = ExitCode.ofSeverity(Invariants.worst(findings))
    if (code !== ExitCode.healthy) return yield* Effect.fail(new ExitCode.ExitWith({ code }))
  })
).pipe(
  Command.withDescription("Check that every backup can be restored; exit 0 healthy, 1 warnings, 2 errors, 3 no answer"),
  Command.withExamples([
    { command: "backup-tree check", description: "The dispatcher of this host" },
    { command: "backup-tree check --file tree.xml --complete", description: "A saved listing, known to be whole" }
  ])
)

const answer = (question: Question.Question, output: "tree" | "json" | "xml") =>
  Effect.gen(function*() {
    const source = yield* BackupSource.BackupSource
    const xml = output === "xml" ? yield* source.getBackupTreeXml(question.request, question.options) : undefined
    const listing = xml === undefined ? yield* ask(question) : yield* source.decode(xml, question.request)
    const findings = Invariants.check(listing)
    if (xml !== undefined) {
      yield* Output.write(xml)
      yield* Output.note(FindingsText.summary(findings))
    } else {
      yield* output === "json" ? Output.json(ListingJson.checked(listing, findings)) : printFindings(listing, findings)
    }
    return findings
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
