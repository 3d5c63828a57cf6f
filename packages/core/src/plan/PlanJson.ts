/**
 * Plans as JSON with stable names: what other programs read. Numbers of 64 bits are decimal strings, times ISO 8601.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import type { NextBackup } from "../server/NextBackup.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { PlannedBackup } from "./Plan.ts"
import * as RemovalPlan from "./RemovalPlan.ts"
import * as RestorePlan from "./RestorePlan.ts"

const Decimal = Schema.String.pipe(Schema.check(Schema.isPattern(/^\d+$/)))

const { chain, environment, id, warnings } = RestorePlan.RestorePlan.fields

const item = {
  id,
  number: Schema.NullOr(Schema.Int),
  type: Schema.Literals(["full", "incremental"]),
  createdAt: Schema.NullOr(Schema.String)
}

const directory = Schema.NullOr(Schema.String)

/** What to run in a shell; null where no command line is known to do it. */
const command = Schema.NullOr(Schema.String)

/** Schema of a plan to restore; `items` stand in the order in which they are read, `files` are relative to the chain. */
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
  bytes: Decimal,
  virtualSize: Schema.NullOr(Decimal),
  configuration: RestorePlan.RestorePlan.fields.configuration,
  items: Schema.Array(Schema.Struct({ ...item, size: Decimal, files: BackupTree.FullBackup.fields.images })),
  warnings,
  command
})
/** A plan to restore as JSON. */
export type RestorePlanJson = typeof RestorePlanJson.Type

const NextBackupJson = Schema.Struct({
  type: Schema.Literals(["full", "incremental", "unknown"]),
  /** The id of an incremental; null for what gets an id of its own. */
  id: Schema.NullOr(Schema.String),
  why: Schema.NullOr(Schema.Literals(["no-chain", "legacy-chain", "newest-lost"]))
})

/**
 * Schema of a plan to remove.
 *
 * `remaining` is every backup of the listing that stays, those of other environments too; its `environment` and `chain`
 * are uuids. Its `size` is null where the server will measure it anew.
 */
export const RemovalPlanJson = Schema.Struct({
  id,
  keepChain: RemovalPlan.RemovalPlan.fields.keepChain,
  environment,
  chain,
  directory,
  scope: RemovalPlan.RemovalScope,
  bytes: Decimal,
  promoted: Schema.NullOr(Schema.String),
  nextBackup: Schema.Struct({ before: NextBackupJson, after: NextBackupJson }),
  removed: Schema.Array(Schema.Struct({ ...item, size: Decimal })),
  remaining: Schema.Array(
    Schema.Struct({ ...item, size: Schema.NullOr(Decimal), environment: Schema.String, chain })
  ),
  warnings,
  command
})
/** A plan to remove as JSON. */
export type RemovalPlanJson = typeof RemovalPlanJson.Type

/** Writes a plan to restore as a value that `JSON.stringify` takes. */
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
  bytes: plan.bytes.toString(),
  virtualSize: plan.virtualSize?.toString() ?? null,
  configuration: plan.configuration,
  items: plan.items.map((one) => ({ ...encodeItem(one), size: one.backup.size.toString(), files: one.backup.images })),
  warnings: plan.warnings,
  command: Option.getOrNull(RestorePlan.commandLine(plan))
})

/** Writes a plan to remove as a value that `JSON.stringify` takes. */
export const encodeRemoval = (plan: RemovalPlan.RemovalPlan): RemovalPlanJson => ({
  id: plan.id,
  keepChain: plan.keepChain,
  environment: plan.environment,
  chain: plan.chain,
  directory: plan.directory ?? null,
  scope: plan.scope,
  bytes: plan.bytes.toString(),
  promoted: plan.promoted ?? null,
  nextBackup: { before: encodeNext(plan.nextBackup.before), after: encodeNext(plan.nextBackup.after) },
  removed: plan.removed.map((one) => ({ ...encodeItem(one), size: one.backup.size.toString() })),
  remaining: plan.remaining.environments.flatMap(({ chains, uuid }) =>
    chains.flatMap((chain) =>
      BackupTree.backups(chain).map((backup) => ({
        ...encodeItem({ id: backup.id, number: BackupTree.number(chain, backup), backup }),
        size: plan.resized.includes(backup.id) ? null : backup.size.toString(),
        environment: uuid,
        chain: chain.uuid
      }))
    )
  ),
  warnings: plan.warnings,
  command: Option.getOrNull(RemovalPlan.commandLine(plan))
})

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
