/**
 * The JSON documents that the command prints: each has a schema name and version, a source, and a value.
 *
 * @since 0.2.0
 */
import type { CheckReport } from "@backup-tree/core/check/Check"
import * as Coverage from "@backup-tree/core/check/Coverage"
import * as Finding from "@backup-tree/core/check/Finding"
import { Severity } from "@backup-tree/core/check/Rule"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as Verdict from "@backup-tree/core/check/Verdict"
import { fromSchemaError, type JsonError } from "@backup-tree/core/json/JsonError"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as JsonReader from "@backup-tree/core/json/JsonReader"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingJson from "@backup-tree/core/listing/ListingJson"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as SalvageJson from "@backup-tree/core/salvage/SalvageJson"
import * as Steps from "@backup-tree/core/steps/Steps"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { DiffDocument } from "./internal/diffDocument.ts"
import { ForensicDocument } from "./internal/forensicDocument.ts"
import {
  EnvironmentRemovalPlanDocument,
  RemovalPlanDocument,
  RestorePlanDocument,
  RetentionPlanDocument,
  RetentionPlansDocument,
  RetentionSimulationDocument
} from "./internal/planDocuments.ts"
import { UsageDocument } from "./internal/usageDocument.ts"

export { diff, DiffDocument, diffInSteps } from "./internal/diffDocument.ts"
export { forensic, ForensicDocument } from "./internal/forensicDocument.ts"
export {
  environmentRemovalPlan,
  EnvironmentRemovalPlanDocument,
  removalPlan,
  RemovalPlanDocument,
  restorePlan,
  RestorePlanDocument,
  retentionPlan,
  RetentionPlanDocument,
  retentionPlanInSteps,
  RetentionPlansDocument,
  retentionPlansInSteps,
  retentionSimulation,
  RetentionSimulationDocument
} from "./internal/planDocuments.ts"
export { usage, UsageDocument } from "./internal/usageDocument.ts"

/**
 * Schema of a listing, as `ListingJson` describes it.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ListingDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("listing"),
  ...ListingJson.ListingJson.fields
})
/**
 * A listing as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type ListingDocument = typeof ListingDocument.Type

/**
 * Schema of a check: the listing, the verdict, the findings, and for each rule the number of its findings, what they
 * mean and what to do.
 *
 * `salvage` is present for a backup directory. `machines` is present with an inventory.
 *
 * If the inventory cannot be compared with the listing, {@link check} returns null as `machines`, and a finding has the
 * reason. The command never prints this: it refuses such an inventory as wrong usage (exit code 3).
 *
 * @category schemas
 * @since 0.2.0
 */
export const CheckDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("check"),
  ...ListingJson.ListingJson.fields,
  salvage: Schema.optionalKey(Schema.Array(SalvageJson.SalvageJson)),
  verdict: Schema.Struct({ ...Verdict.Verdict.fields, worst: Schema.NullOr(Severity) }),
  rules: Schema.Array(
    Schema.Struct({
      rule: RuleTable.RuleId,
      name: Schema.String,
      severity: Severity,
      count: Schema.Int,
      meaning: Schema.String,
      advice: Schema.String
    })
  ),
  findings: Schema.Array(Finding.FindingJson),
  /** The number of findings that are counted in `rules`, but left out of `findings`. */
  omitted: Schema.Int,
  /** The findings that were ignored on request, by entry. */
  ignored: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ rule: RuleTable.RuleId, machine: Schema.NullOr(Schema.String), count: Schema.Int })
    )
  ),
  machines: Schema.optionalKey(Schema.NullOr(Schema.Array(Coverage.CoveredMachineJson)))
})
/**
 * A check as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type CheckDocument = typeof CheckDocument.Type

/**
 * Schema of the failure of a command.
 *
 * `tag` names the kind of error, such as `LoginRefused`, `source` where it happened. `returnCode` is the code that the
 * vendor's SDK would return. `isRetryable` says whether a retry can help.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ErrorDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("error"),
  error: Schema.Struct({
    tag: Schema.String,
    message: Schema.String,
    exitCode: Schema.Int,
    source: Schema.optionalKey(Schema.String),
    returnCode: Schema.optionalKey(Schema.Int),
    isRetryable: Schema.Boolean
  })
})
/**
 * The failure of a command as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type ErrorDocument = typeof ErrorDocument.Type

/**
 * Schema of any document. The `schema` field identifies the kind.
 *
 * **Example**
 *
 * ```ts
 * JsonDocument.read(output) // the output of a command with --output json
 * ```
 *
 * @category schemas
 * @since 0.2.0
 */
export const JsonDocument = Schema.Union([
  ListingDocument,
  CheckDocument,
  ForensicDocument,
  RestorePlanDocument,
  RemovalPlanDocument,
  EnvironmentRemovalPlanDocument,
  RetentionPlanDocument,
  RetentionPlansDocument,
  RetentionSimulationDocument,
  UsageDocument,
  DiffDocument,
  ErrorDocument
])
/**
 * Any JSON document of the command.
 *
 * @category models
 * @since 0.2.0
 */
export type JsonDocument = typeof JsonDocument.Type

/**
 * The schemas of all documents, by their kind.
 *
 * @category schemas
 * @since 0.2.0
 */
export const schemas = {
  listing: ListingDocument,
  check: CheckDocument,
  forensic: ForensicDocument,
  "restore-plan": RestorePlanDocument,
  "removal-plan": RemovalPlanDocument,
  "environment-removal-plan": EnvironmentRemovalPlanDocument,
  "retention-plan": RetentionPlanDocument,
  "retention-plans": RetentionPlansDocument,
  "retention-simulation": RetentionSimulationDocument,
  usage: UsageDocument,
  diff: DiffDocument,
  error: ErrorDocument
} as const
/**
 * The kind of a document.
 *
 * @category models
 * @since 0.2.0
 */
export type Kind = keyof typeof schemas

/**
 * The kinds of documents.
 *
 * @category constants
 * @since 0.2.0
 */
export const kinds = Object.keys(schemas) as ReadonlyArray<Kind>

const decoders = Object.fromEntries(
  kinds.map((kind) => [kind, Schema.decodeUnknownResult(schemas[kind] as Schema.Codec<JsonDocument, unknown>)])
) as { readonly [K in Kind]: (value: unknown) => Result.Result<JsonDocument, Schema.SchemaError> }

/**
 * Reads a document. Fields that are not known are ignored, as a newer minor version may have them.
 *
 * @category codecs
 * @since 0.2.0
 */
export const read = (text: string, limits?: JsonReader.Limits): Result.Result<JsonDocument, JsonError> =>
  Result.flatMap(
    JsonReader.read(text, limits),
    (value) =>
      Result.flatMap(
        JsonHeader.kindOf(value, kinds),
        (kind) => Result.mapError(decoders[kind](value), (error) => fromSchemaError(error))
      )
  )

/**
 * Creates the document of a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const listing = (listing: BackupListing.BackupListing): ListingDocument =>
  Steps.complete(listingInSteps(listing))

/**
 * Creates the document of a listing as {@link listing} does, and pauses after each environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const listingInSteps = function*(
  listing: BackupListing.BackupListing
): Generator<undefined, ListingDocument> {
  return { schema: JsonHeader.make("listing"), ...(yield* ListingJson.encodeInSteps(listing)) }
}

/**
 * Creates the document of a check.
 *
 * @category codecs
 * @since 0.2.0
 */
export const check = (listing: BackupListing.BackupListing, report: CheckReport): CheckDocument =>
  Steps.complete(checkInSteps(listing, report))

/**
 * Creates the document of a check as {@link check} does, and pauses after each environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const checkInSteps = function*(
  listing: BackupListing.BackupListing,
  report: CheckReport
): Generator<undefined, CheckDocument> {
  const json = yield* ListingJson.encodeInSteps(listing)
  return { schema: JsonHeader.make("check"), ...json, ...judged(listing, report) }
}

const judged = (
  listing: BackupListing.BackupListing,
  { coverage, findings, ignored, omitted, rules, verdict }: CheckReport
) => ({
  ...(listing.directory === undefined ? {} : { salvage: Salvage.fromListing(listing).map(SalvageJson.encode) }),
  verdict: { ...verdict, worst: verdict.worst ?? null },
  rules: rules.map(({ count, rule: { advice, id, meaning, name }, severity }) => ({
    rule: id,
    name,
    severity,
    count,
    meaning,
    advice
  })),
  findings: findings.map(Finding.encode),
  omitted,
  ...(ignored.length === 0
    ? {}
    : { ignored: ignored.map(({ count, machine, rule }) => ({ rule, machine: machine ?? null, count })) }),
  ...(coverage === undefined ? {} : {
    machines: Result.isFailure(coverage) ? null : coverage.success.machines.map(Coverage.encodeMachine)
  })
})

/**
 * Creates the document of a failure.
 *
 * @category codecs
 * @since 0.2.0
 */
export const error = (error: ErrorDocument["error"]): ErrorDocument => ({ schema: JsonHeader.make("error"), error })
