/**
 * Plans as JSON with stable names, for other programs. Sizes are JSON integers, times are ISO 8601.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { JsonSize, JsonSum } from "../json/JsonSize.ts"
import * as BackupId from "../sdk/BackupId.ts"
import type { NextBackup } from "../server/NextBackup.ts"
import * as Steps from "../steps/Steps.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { encodePolicy, PolicyJson } from "./internal/policyJson.ts"
import type { PlannedBackup } from "./Plan.ts"
import * as RemovalPlan from "./RemovalPlan.ts"
import * as RestorePlan from "./RestorePlan.ts"
import * as RetentionPlan from "./RetentionPlan.ts"

const { chain, environment, id, warnings } = RestorePlan.RestorePlan.fields

const item = {
  id,
  number: Schema.NullOr(Schema.Int),
  type: Schema.Literals(["full", "incremental"]),
  createdAt: Schema.NullOr(Schema.String)
}

const directory = Schema.NullOr(Schema.String)

/** The shell command, or null if no command line is known to do it. */
const command = Schema.NullOr(Schema.String)

/**
 * Schema of a restore plan as JSON.
 *
 * `items` are in the order in which a restore reads them. `files` are relative to the chain directory.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RestorePlanJson = Schema.Struct({
  id,
  environment,
  chain,
  directory,
  at: Schema.NullOr(Schema.String),
  readings: Schema.NullOr(
    Schema.Struct({
      product: Schema.NullOr(Schema.String),
      person: Schema.NullOr(Schema.String),
      differ: Schema.Boolean
    })
  ),
  bytes: JsonSum,
  virtualSize: Schema.NullOr(JsonSum),
  configuration: RestorePlan.RestorePlan.fields.configuration,
  items: Schema.Array(Schema.Struct({ ...item, size: JsonSize, files: BackupTree.FullBackup.fields.images })),
  warnings,
  command
})
/**
 * A restore plan as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type RestorePlanJson = typeof RestorePlanJson.Type

const NextBackupJson = Schema.Struct({
  type: Schema.Literals(["full", "incremental", "unknown"]),
  /** The id of an incremental; null for a full backup, whose id is not known in advance. */
  id: Schema.NullOr(Schema.String),
  why: Schema.NullOr(Schema.Literals(["no-chain", "legacy-chain", "newest-lost"]))
})

/**
 * Schema of a removal plan as JSON.
 *
 * `remaining` has every backup of the listing that stays, including those of other environments. Its `environment` and
 * `chain` are uuids. Its `size` is null if the removal changes the size.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RemovalPlanJson = Schema.Struct({
  id,
  keepChain: RemovalPlan.RemovalPlan.fields.keepChain,
  environment,
  chain,
  directory,
  scope: RemovalPlan.RemovalScope,
  bytes: JsonSum,
  promoted: Schema.NullOr(Schema.String),
  nextBackup: Schema.Struct({ before: NextBackupJson, after: NextBackupJson }),
  removed: Schema.Array(Schema.Struct({ ...item, size: JsonSize })),
  remaining: Schema.Array(
    Schema.Struct({ ...item, size: Schema.NullOr(JsonSize), environment: Schema.String, chain })
  ),
  warnings,
  command
})
/**
 * A removal plan as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type RemovalPlanJson = typeof RemovalPlanJson.Type

/**
 * Schema of the plan to remove all backups of an environment, as JSON.
 *
 * `commands` has one command line for each chain, and is empty if no command is known to use the directory.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EnvironmentRemovalPlanJson = Schema.Struct({
  environment,
  directory,
  bytes: JsonSum,
  removed: Schema.Array(Schema.Struct({ ...item, size: JsonSize, chain })),
  remaining: Schema.Array(Schema.Struct({ ...item, size: JsonSize, environment: Schema.String, chain })),
  commands: Schema.Array(Schema.String),
  warnings
})
/**
 * The plan to remove all backups of an environment, as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentRemovalPlanJson = typeof EnvironmentRemovalPlanJson.Type

/**
 * Encodes a restore plan as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeRestore = (plan: RestorePlan.RestorePlan): RestorePlanJson => ({
  id: plan.id,
  environment: plan.environment,
  chain: plan.chain,
  directory: plan.directory ?? null,
  at: plan.at === undefined ? null : DateTime.formatIso(plan.at),
  readings: plan.readings === undefined ? null : {
    product: plan.readings.product ?? null,
    person: plan.readings.person ?? null,
    differ: RestorePlan.readingsDiffer(plan)
  },
  bytes: plan.bytes,
  virtualSize: plan.virtualSize ?? null,
  configuration: plan.configuration,
  items: plan.items.map((one) => ({ ...encodeItem(one), size: one.backup.size, files: one.backup.images })),
  warnings: plan.warnings,
  command: Option.getOrNull(RestorePlan.commandLine(plan))
})

/**
 * Encodes a removal plan as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeRemoval = (plan: RemovalPlan.RemovalPlan): RemovalPlanJson => ({
  id: plan.id,
  keepChain: plan.keepChain,
  environment: plan.environment,
  chain: plan.chain,
  directory: plan.directory ?? null,
  scope: plan.scope,
  bytes: plan.bytes,
  promoted: plan.promoted ?? null,
  nextBackup: { before: encodeNext(plan.nextBackup.before), after: encodeNext(plan.nextBackup.after) },
  removed: plan.removed.map((one) => ({ ...encodeItem(one), size: one.backup.size })),
  remaining: encodeRemaining(plan.remaining).map((one) => ({
    ...one,
    size: plan.resized.includes(one.id) ? null : one.size
  })),
  warnings: plan.warnings,
  command: Option.getOrNull(RemovalPlan.commandLine(plan))
})

/**
 * Encodes the plan to remove all backups of an environment as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeEnvironmentRemoval = (plan: RemovalPlan.EnvironmentRemovalPlan): EnvironmentRemovalPlanJson => ({
  environment: plan.environment,
  directory: plan.directory ?? null,
  bytes: plan.bytes,
  removed: plan.removed.map((one) => ({ ...encodeItem(one), size: one.backup.size, chain: one.chain })),
  remaining: encodeRemaining(plan.remaining),
  commands: RemovalPlan.commandLines(plan),
  warnings: plan.warnings
})

const encodeRemaining = ({ environments }: BackupTree.BackupTree) =>
  environments.flatMap(({ chains, uuid }) =>
    chains.flatMap((chain) =>
      BackupTree.backups(chain).map((backup) => ({
        ...encodeItem({ id: backup.id, number: BackupTree.number(chain, backup), backup }),
        size: backup.size,
        environment: uuid,
        chain: chain.uuid
      }))
    )
  )

const encodeItem = (
  { backup, id, number }: Omit<PlannedBackup, "number"> & { readonly number: number | undefined }
) => {
  const createdAt = BackupDate.createdAt(backup)
  return {
    id,
    number: number ?? null,
    type: backup._tag === "FullBackup" ? "full" as const : "incremental" as const,
    createdAt: createdAt === undefined ? null : DateTime.formatIso(createdAt)
  }
}

const encodeNext = (next: NextBackup): typeof NextBackupJson.Type => {
  switch (next._tag) {
    case "Incremental":
      return { type: "incremental", id: BackupId.make(next.chain, next.number).text, why: null }
    case "Full":
      return { type: "full", id: null, why: next.why }
    case "Unknown":
      return { type: "unknown", id: null, why: null }
  }
}

const retained = { ...item, size: JsonSize, environment: Schema.String, chain: Schema.String }

/**
 * Schema of a retention plan as JSON.
 *
 * `commands` are in an order in which they may stop after any of them without a loss of what is kept. `ignored` are the
 * uuids of broken chains, which the plan does not touch.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionPlanJson = Schema.Struct({
  policy: PolicyJson,
  keepChain: Schema.Boolean,
  directory,
  bytes: JsonSum,
  environments: Schema.Array(
    Schema.Struct({
      uuid: Schema.String,
      name: Schema.String,
      kind: Schema.String,
      bytes: JsonSum,
      ignored: Schema.Array(Schema.String),
      nextBackup: Schema.Struct({ before: NextBackupJson, after: NextBackupJson }),
      warnings
    })
  ),
  kept: Schema.Array(Schema.Struct({ ...retained, reasons: Schema.Array(RetentionPlan.Reason) })),
  removed: Schema.Array(Schema.Struct(retained)),
  commands: Schema.Array(Schema.String),
  warnings
})
/**
 * A retention plan as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionPlanJson = typeof RetentionPlanJson.Type

/**
 * Encodes a retention plan.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeRetention = (plan: RetentionPlan.RetentionPlan): RetentionPlanJson =>
  Steps.complete(encodeRetentionInSteps(plan))

/**
 * Encodes a retention plan as {@link encodeRetention} does, and pauses after each environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeRetentionInSteps = function*(
  plan: RetentionPlan.RetentionPlan
): Generator<undefined, RetentionPlanJson> {
  const environments: Array<RetentionPlanJson["environments"][number]> = []
  const kept: Array<RetentionPlanJson["kept"][number]> = []
  const removed: Array<RetentionPlanJson["removed"][number]> = []
  for (const one of plan.environments) {
    const { bytes, environment, ignored, nextBackup, warnings } = one
    environments.push({
      ...environment,
      bytes,
      ignored,
      nextBackup: { before: encodeNext(nextBackup.before), after: encodeNext(nextBackup.after) },
      warnings
    })
    for (const each of one.kept) kept.push({ ...encodeRetained(each, environment.uuid), reasons: each.reasons })
    for (const each of one.removed) removed.push(encodeRetained(each, environment.uuid))
    yield
  }
  return {
    policy: encodePolicy(plan.policy),
    keepChain: plan.keepChain,
    directory: plan.directory ?? null,
    bytes: plan.bytes,
    environments,
    kept,
    removed,
    commands: RetentionPlan.commandLines(plan),
    warnings: plan.warnings
  }
}

const encodeRetained = (one: PlannedBackup & { readonly chain: string }, environment: string) => ({
  ...encodeItem(one),
  size: one.backup.size,
  environment,
  chain: one.chain
})
