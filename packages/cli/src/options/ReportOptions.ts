/**
 * The flags that shape the report of a check.
 */
import * as Ignore from "@backup-tree/core/check/Ignore"
import { type RuleText, Severity } from "@backup-tree/core/check/Rule"
import { Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type UsageError, wrongUsage } from "../ExitCode.ts"

/** The flags. */
export const flags = {
  severity: Flag.Literals("severity", Severity.literals).pipe(
    Flag.withMetavar("LEVEL"),
    Flag.withDescription("Show only findings of this severity or worse; the exit code stays (default: info)"),
    Flag.optional
  ),
  rule: Flag.String("rule").pipe(
    Flag.withMetavar("RULE"),
    Flag.withDescription("Show only findings of this rule, such as I36; the exit code stays (repeatable)"),
    Flag.between(0, Infinity)
  ),
  full: Flag.Boolean("full").pipe(
    Flag.withDescription("On a terminal: show all findings, explanations and ids whole, although they do not fit"),
    Flag.withDefault(false)
  ),
  verbose: Flag.Boolean("verbose").pipe(
    Flag.withDescription("Also show the path of the XML element that each finding is about"),
    Flag.withDefault(false)
  ),
  quiet: Flag.Boolean("quiet").pipe(
    Flag.withAlias("q"),
    Flag.withDescription("Print no report; the exit code has the result"),
    Flag.withDefault(false)
  ),
  salvage: Flag.Boolean("salvage").pipe(
    Flag.withDescription(
      "With --directory: show how to recover broken and hidden backups by hand, instead of findings"
    ),
    Flag.withDefault(false)
  ),
  explain: Flag.String("explain").pipe(
    Flag.withMetavar("RULE"),
    Flag.withDescription("Explain a rule, such as I36, and check nothing"),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface ReportOptions {
  readonly severity: Option.Option<Severity>
  readonly rule: ReadonlyArray<string>
  readonly full: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  readonly salvage: boolean
  readonly explain: Option.Option<string>
}

/** Finds a rule by its id in any case. An unknown id is wrong usage. */
export const findRule = (flag: string, id: string): Effect.Effect<RuleText, UsageError> =>
  Result.match(Ignore.findRule(id), {
    onFailure: (why) => wrongUsage(`${flag}: ${why}`),
    onSuccess: Effect.succeed
  })

/** Returns the flags of a report that are given, for messages that refuse them. */
export const given = ({ full, rule, salvage, severity, verbose }: ReportOptions): ReadonlyArray<string> => [
  ...(Option.isSome(severity) ? ["--severity"] : []),
  ...(rule.length > 0 ? ["--rule"] : []),
  ...(full ? ["--full"] : []),
  ...(verbose ? ["--verbose"] : []),
  ...(salvage ? ["--salvage"] : [])
]
