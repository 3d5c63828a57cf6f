/** The documents of plans. */
import { StoreSkip } from "@backup-tree/core/directory/files/StoreSkip"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PlanJson from "@backup-tree/core/plan/PlanJson"
import type { EnvironmentRemovalPlan, RemovalPlan } from "@backup-tree/core/plan/RemovalPlan"
import type { RestorePlan } from "@backup-tree/core/plan/RestorePlan"
import type { RetentionPlan } from "@backup-tree/core/plan/RetentionPlan"
import type { RetentionSimulation } from "@backup-tree/core/plan/RetentionSimulation"
import * as SimulationJson from "@backup-tree/core/plan/SimulationJson"
import * as Steps from "@backup-tree/core/steps/Steps"
import * as Schema from "effect/Schema"

/** The skipped items of a backup directory. A listing from a server has none. */
const skips = Schema.optionalKey(Schema.Array(StoreSkip))

const skipsOf = ({ directory }: BackupListing.BackupListing) =>
  directory === undefined ? {} : { skips: directory.skips }

/**
 * Schema of a restore plan.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RestorePlanDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("restore-plan"),
  ...PlanJson.RestorePlanJson.fields,
  skips
})
/**
 * A restore plan as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type RestorePlanDocument = typeof RestorePlanDocument.Type

/**
 * Schema of a removal plan.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RemovalPlanDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("removal-plan"),
  ...PlanJson.RemovalPlanJson.fields,
  skips
})
/**
 * A removal plan as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type RemovalPlanDocument = typeof RemovalPlanDocument.Type

/**
 * Schema of the plan to remove all backups of a VM or container.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EnvironmentRemovalPlanDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("environment-removal-plan"),
  ...PlanJson.EnvironmentRemovalPlanJson.fields,
  skips
})
/**
 * The plan to remove all backups of a VM or container, as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentRemovalPlanDocument = typeof EnvironmentRemovalPlanDocument.Type

/**
 * Schema of a retention plan.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionPlanDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("retention-plan"),
  ...PlanJson.RetentionPlanJson.fields,
  skips
})
/**
 * A retention plan as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionPlanDocument = typeof RetentionPlanDocument.Type

/**
 * Creates the document of a restore plan on a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const restorePlan = (listing: BackupListing.BackupListing, plan: RestorePlan): RestorePlanDocument => ({
  schema: JsonHeader.make("restore-plan"),
  ...PlanJson.encodeRestore(plan),
  ...skipsOf(listing)
})

/**
 * Creates the document of a removal plan on a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const removalPlan = (listing: BackupListing.BackupListing, plan: RemovalPlan): RemovalPlanDocument => ({
  schema: JsonHeader.make("removal-plan"),
  ...PlanJson.encodeRemoval(plan),
  ...skipsOf(listing)
})

/**
 * Creates the document of the plan to remove all backups of a VM or container.
 *
 * @category codecs
 * @since 0.2.0
 */
export const environmentRemovalPlan = (
  listing: BackupListing.BackupListing,
  plan: EnvironmentRemovalPlan
): EnvironmentRemovalPlanDocument => ({
  schema: JsonHeader.make("environment-removal-plan"),
  ...PlanJson.encodeEnvironmentRemoval(plan),
  ...skipsOf(listing)
})

/**
 * Creates the document of a retention plan on a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const retentionPlan = (listing: BackupListing.BackupListing, plan: RetentionPlan): RetentionPlanDocument =>
  Steps.complete(retentionPlanInSteps(listing, plan))

/**
 * Creates the document of a retention plan as {@link retentionPlan} does, and pauses after each environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const retentionPlanInSteps = function*(
  listing: BackupListing.BackupListing,
  plan: RetentionPlan
): Generator<undefined, RetentionPlanDocument> {
  return {
    schema: JsonHeader.make("retention-plan"),
    ...(yield* PlanJson.encodeRetentionInSteps(plan)),
    ...skipsOf(listing)
  }
}

/**
 * Schema of the retention plans of several servers, each with its endpoint.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionPlansDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("retention-plans"),
  servers: Schema.Array(Schema.Struct({ source: Schema.String, ...PlanJson.RetentionPlanJson.fields }))
})
/**
 * The retention plans of several servers as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionPlansDocument = typeof RetentionPlansDocument.Type

/**
 * Creates the document of the retention plans of several servers, and pauses after each environment.
 *
 * @category codecs
 * @since 0.2.0
 */
export const retentionPlansInSteps = function*(
  plans: ReadonlyArray<{ readonly listing: BackupListing.BackupListing; readonly plan: RetentionPlan }>
): Generator<undefined, RetentionPlansDocument> {
  const servers: Array<RetentionPlansDocument["servers"][number]> = []
  for (const { listing, plan } of plans) {
    servers.push({
      source: BackupListing.printSource(listing.source),
      ...(yield* PlanJson.encodeRetentionInSteps(plan))
    })
  }
  return { schema: JsonHeader.make("retention-plans"), servers }
}

/**
 * Schema of a simulation of a retention policy.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionSimulationDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("retention-simulation"),
  ...SimulationJson.SimulationJson.fields
})
/**
 * A simulation of a retention policy as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionSimulationDocument = typeof RetentionSimulationDocument.Type

/**
 * Creates the document of a simulation of a retention policy.
 *
 * @category codecs
 * @since 0.2.0
 */
export const retentionSimulation = (simulation: RetentionSimulation): RetentionSimulationDocument => ({
  schema: JsonHeader.make("retention-simulation"),
  ...SimulationJson.encode(simulation)
})
