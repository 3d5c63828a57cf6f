/**
 * Simulations of retention policies as JSON. Sizes are JSON integers, times are ISO 8601.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { JsonSize, JsonSum } from "../json/JsonSize.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as BackupSchedule from "./BackupSchedule.ts"
import { encodePolicy, PolicyJson } from "./internal/policyJson.ts"
import type * as RetentionSimulation from "./RetentionSimulation.ts"

const sample = Schema.Struct({
  at: Schema.String,
  oldest: Schema.String,
  backups: Schema.Int,
  fulls: Schema.Int,
  bytes: Schema.NullOr(JsonSum)
})

/**
 * Schema of a simulation as JSON.
 *
 * `schedule` is a text such as `daily incremental, weekly full`. `months` have the last state of each month, after its
 * removals; `peak` is the greatest state, before the removals of its time. `kept` is what is held at the end. `bytes`
 * and sizes are null if the simulation has no sizes.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SimulationJson = Schema.Struct({
  policy: PolicyJson,
  schedule: Schema.String,
  keepChain: Schema.Boolean,
  sizes: Schema.NullOr(Schema.Struct({ full: JsonSize, incremental: JsonSize })),
  start: Schema.String,
  end: Schema.String,
  created: Schema.Int,
  months: Schema.Array(sample),
  peak: sample,
  kept: Schema.Array(
    Schema.Struct({
      createdAt: Schema.String,
      type: Schema.Literals(["full", "incremental"]),
      size: Schema.NullOr(JsonSize)
    })
  )
})
/**
 * A simulation as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type SimulationJson = typeof SimulationJson.Type

/**
 * Encodes a simulation as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (simulation: RetentionSimulation.RetentionSimulation): SimulationJson => ({
  policy: encodePolicy(simulation.policy),
  schedule: BackupSchedule.print(simulation.schedule),
  keepChain: simulation.keepChain,
  sizes: simulation.sizes ?? null,
  start: DateTime.formatIso(simulation.start),
  end: DateTime.formatIso(simulation.end),
  created: simulation.created,
  months: simulation.months.map(encodeSample),
  peak: encodeSample(simulation.peak),
  kept: simulation.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map((backup) => ({
    createdAt: `${backup.dateTime.replace(" ", "T")}.000Z`,
    type: backup._tag === "FullBackup" ? "full" : "incremental",
    size: simulation.sizes === undefined ? null : backup.size
  }))
})

const encodeSample = ({ at, backups, bytes, fulls, oldest }: RetentionSimulation.Sample): typeof sample.Type => ({
  at: DateTime.formatIso(at),
  oldest: DateTime.formatIso(oldest),
  backups,
  fulls,
  bytes: bytes ?? null
})
