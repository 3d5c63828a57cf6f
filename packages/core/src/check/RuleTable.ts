/**
 * The rules that a healthy backup tree obeys, as a table.
 *
 * It has the numbered rules, the rules about a response as a whole, the notes of the XML reader, and the items that the
 * reader of a backup directory left out. It also has the rules about an inventory and about earlier listings.
 *
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @see [Semantics 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-4)
 * @see [Semantics 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s9)
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Rule, RuleText } from "./Rule.ts"
import { contentRules } from "./rules/Contents.ts"
import { dateRules } from "./rules/Dates.ts"
import { absoluteBackingFiles } from "./rules/directory/BackingFiles.ts"
import { directoryRules } from "./rules/directory/Directories.ts"
import { skipRules } from "./rules/directory/Skips.ts"
import { missingRules } from "./rules/Disappeared.ts"
import { diskRules } from "./rules/Disks.ts"
import { identityRules } from "./rules/Ids.ts"
import { imageRules } from "./rules/Images.ts"
import { machineRules } from "./rules/Machines.ts"
import { noteRules } from "./rules/Notes.ts"
import { numberingRules } from "./rules/Numbering.ts"
import { originRules } from "./rules/Origins.ts"
import { answerRules, requestRules } from "./rules/Responses.ts"
import { scheduleRules } from "./rules/Schedules.ts"
import { textRules } from "./rules/Texts.ts"

const numberedRules = [
  ...identityRules,
  ...numberingRules,
  ...dateRules,
  ...contentRules,
  ...imageRules,
  ...diskRules,
  ...originRules,
  ...textRules,
  ...requestRules,
  ...directoryRules
].toSorted((a, b) => a.id < b.id ? -1 : 1)

/**
 * Contains the rules about a listing itself, in the order in which findings are reported.
 *
 * The numbered rules come first, then the response as a whole, the notes, the skipped items, and the schedules.
 *
 * @category rules
 * @since 0.2.0
 */
export const listingRules: ReadonlyArray<Rule> = [
  ...numberedRules,
  ...answerRules,
  ...noteRules,
  ...skipRules,
  absoluteBackingFiles,
  ...scheduleRules
]

/**
 * Contains every rule that a finding can have.
 *
 * The rules about a listing come first, then those about an inventory, then those about backups that are missing since
 * the baseline.
 *
 * @category rules
 * @since 0.2.0
 */
export const all: ReadonlyArray<RuleText> = [...listingRules, ...machineRules, ...missingRules]

/**
 * Schema of the id of a rule of this table.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RuleId = Schema.Literals(all.map(({ id }) => id))

/**
 * The ids of the tables of rules as a literal type, for code that refers to a rule by its id.
 *
 * @category models
 * @since 0.2.0
 */
export type Id =
  | (
    | typeof numberedRules
    | typeof answerRules
    | typeof noteRules
    | typeof skipRules
    | typeof scheduleRules
    | typeof machineRules
    | typeof missingRules
  )[number]["id"]
  | typeof absoluteBackingFiles["id"]

const byId: ReadonlyMap<string, RuleText> = new Map(all.map((rule) => [rule.id, rule]))

/**
 * Finds a rule by its id, such as `I05`, `junk-number` or `stale-backup`.
 *
 * **Example**
 *
 * ```ts
 * RuleTable.find("I05") // Option.some({ id: "I05", name: "incremental ids match their numbers", ... })
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const find = (id: string): Option.Option<RuleText> => Option.fromUndefinedOr(byId.get(id))

const isOfTable = (value: unknown): value is RuleText =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
  && byId.get(value.id) === value

/**
 * Schema of a rule of this table, encoded as its id.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RuleById: Schema.Codec<RuleText, string> = RuleId.pipe(
  Schema.decodeTo(
    Schema.declare(isOfTable, { expected: "a rule of this version" }),
    SchemaTransformation.transform({ decode: (id) => byId.get(id)!, encode: ({ id }) => id })
  )
)
