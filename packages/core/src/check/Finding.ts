/**
 * A finding: a breach of a rule, with everything that a reader needs to know about it.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { parsePlace, type Place } from "../tree/TreePath.ts"
import { type RuleText, Severity, Subject } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

/** A breach of a rule, as it is reported: where, what it is about, and what is wrong there. */
export interface Finding {
  /** The rule: its id and name, what the breach means for a restore, and what to do about it. All findings share it. */
  readonly rule: RuleText
  /** Of the rule or, where it depends on the case, of this breach. */
  readonly severity: Severity
  /** The element path, with 1-based ordinals. */
  readonly path: string
  readonly place: Place
  readonly subject: Subject
  readonly message: string
}

/** Schema of a finding as JSON. The rule is its id, and the place follows from the path and the subject. */
export const FindingJson = Schema.Struct({
  rule: Schema.Literals(RuleTable.all.map(({ id }) => id)),
  severity: Severity,
  path: Schema.String,
  message: Schema.String,
  subject: Subject
})
/** A finding as JSON. */
export type FindingJson = typeof FindingJson.Type

const isRule = (value: unknown): value is RuleText =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
  && Option.getOrUndefined(RuleTable.find(value.id)) === value

const Place_ = Schema.Struct({
  environment: Schema.optional(Schema.Int),
  chain: Schema.optional(Schema.Int),
  backup: Schema.optional(Schema.Int)
})

/** Schema of a {@link Finding}; encoded, it is a {@link FindingJson}. */
export const Finding: Schema.Codec<Finding, FindingJson> = FindingJson.pipe(
  Schema.decodeTo(
    Schema.Struct({
      rule: Schema.declare(isRule),
      severity: Severity,
      path: Schema.String,
      place: Place_,
      subject: Subject,
      message: Schema.String
    }),
    SchemaTransformation.transform({
      decode: ({ message, path, rule, severity, subject }): Finding => ({
        rule: Option.getOrThrow(RuleTable.find(rule)),
        severity,
        path,
        place: placeOf(path, subject),
        subject,
        message
      }),
      encode: (finding): FindingJson => encode(finding)
    })
  )
)

// A path to a chain and one to its full backup are the same, and only a finding about the backup names it.
const placeOf = (path: string, { backup }: Subject): Place => {
  const place = parsePlace(path)
  return place.chain !== undefined && place.backup === undefined && backup !== undefined
    ? { ...place, backup: 0 }
    : place
}

/** Writes a finding as a value that `JSON.stringify` takes. */
export const encode = ({ message, path, rule, severity, subject }: Finding): FindingJson => ({
  rule: rule.id,
  severity,
  path,
  message,
  subject
})
