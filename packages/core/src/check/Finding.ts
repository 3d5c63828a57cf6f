/**
 * Findings: violations of rules, with everything that a reader needs to know about them.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { parsePlace, type Place } from "../tree/TreePath.ts"
import { type RuleText, Severity, Subject } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

/**
 * A violation of a rule: the rule, the severity, the place, the subject, and a message.
 *
 * @category models
 * @since 0.2.0
 */
export interface Finding {
  /** The rule, with its id, name, meaning and advice. All findings of a rule share this object. */
  readonly rule: RuleText
  /** The severity of this violation, which can differ from that of the rule. */
  readonly severity: Severity
  /** The path of the element, with ordinals from 1, such as `VmItem[1]/BackupItem[2]`. */
  readonly path: string
  readonly place: Place
  readonly subject: Subject
  readonly message: string
}

/**
 * Schema of a finding as JSON. The rule is its id; the place follows from the path and the subject.
 *
 * @category schemas
 * @since 0.2.0
 */
export const FindingJson = Schema.Struct({
  rule: RuleTable.RuleId,
  severity: Severity,
  path: Schema.String,
  message: Schema.String,
  subject: Subject
})
/**
 * A finding as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type FindingJson = typeof FindingJson.Type

const Place_ = Schema.Struct({
  environment: Schema.optional(Schema.Int),
  chain: Schema.optional(Schema.Int),
  backup: Schema.optional(Schema.Int)
})

/**
 * Schema of a {@link Finding}, encoded as a {@link FindingJson}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Finding: Schema.Codec<Finding, FindingJson> = FindingJson.pipe(
  Schema.decodeTo(
    Schema.Struct({
      rule: Schema.toType(RuleTable.RuleById),
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

// A chain and its full backup have the same path; only a finding about the backup has its id in the subject.
const placeOf = (path: string, { backup }: Subject): Place => {
  const place = parsePlace(path)
  return place.chain !== undefined && place.backup === undefined && backup !== undefined
    ? { ...place, backup: 0 }
    : place
}

/**
 * Encodes a finding as a JSON value.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = ({ message, path, rule, severity, subject }: Finding): FindingJson => ({
  rule: rule.id,
  severity,
  path,
  message,
  subject
})
