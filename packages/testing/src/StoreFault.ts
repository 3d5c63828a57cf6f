/**
 * Fault injection into backup directories: what can go wrong on the disk of a server, by name.
 *
 * {@link plan} picks a place for each fault, by a seed. No chain gets two faults, so a reader can report each one
 * separately. Faults apply to sound chains only, so none hides another problem. Each {@link PlannedFault} states how a
 * reader must report it, and where.
 */
import type * as RuleTable from "@backup-tree/core/check/RuleTable"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { FaultSpec } from "./internal/faults/faultSpec.ts"
import * as FaultTable from "./internal/faults/faultTable.ts"
import { FreePlaces } from "./internal/faults/freePlaces.ts"
import * as Random from "./internal/random.ts"

/**
 * The name of a fault, such as `missing-image`.
 *
 * @category models
 * @since 0.2.0
 */
export type Name = FaultTable.Name

/**
 * How a reader reports a fault: the reason of a skip, or the id of a rule.
 *
 * @category models
 * @since 0.2.0
 */
export type ReportedAs = FaultTable.ReportedAs

/**
 * The names of all faults, in the order of {@link faults}.
 *
 * **Example** (Choosing the faults of metadata)
 *
 * ```ts
 * export const metadataFaults = StoreFault.names.filter((name) => name.includes("metadata"))
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const names: ReadonlyArray<Name> = FaultTable.names

/**
 * A fault: its name, a sentence that describes it, and how a reader and a check report it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Fault {
  readonly name: Name
  readonly description: string
  /** The reason of a skip, or the id of a rule. */
  readonly reportedAs: ReportedAs
  /** The rules that report the fault in a check, the clearest first: all of these, in every place. */
  readonly rules: readonly [RuleTable.Id, ...ReadonlyArray<RuleTable.Id>]
  /** The rules that also report it in some places. No other rule does. */
  readonly mayReport: ReadonlyArray<RuleTable.Id>
}

/**
 * Every fault.
 *
 * Two states are not among them. A chain that the server may not list is one of the store (`readable: false`), and root
 * lists it anyway. A chain directory that is missing leaves nothing to report.
 *
 * **Example** (Finding the faults that a rule reports)
 *
 * ```ts
 * export const faultsOf = (rule: string) =>
 *   StoreFault.faults.filter(({ reportedAs }) => reportedAs === rule).map(({ description }) => description)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const faults: ReadonlyArray<Fault> = names.map((name) => {
  const { description, mayReport = [], reportedAs, rules }: FaultSpec & { readonly reportedAs: ReportedAs } = FaultTable
    .table[name]
  return { name, description, reportedAs, rules, mayReport }
})

/**
 * A fault at its place. Both paths are relative to the backup directory.
 *
 * A fault that removes or cuts metadata also turns the images that it listed into orphans.
 *
 * @category models
 * @since 0.2.0
 */
export interface PlannedFault {
  readonly fault: Fault
  /** The file or directory that is changed. */
  readonly path: string
  /** What a reader names in its report: the directory of a backup, for example, if its metadata is changed. */
  readonly reportedAt: string
  /** Injects the fault into a store that was written to `root`. Each planned fault can be injected once. */
  readonly inject: (root: string) => Effect.Effect<void, PlatformError, FileSystem.FileSystem>
}

/**
 * The error of a plan: the store has no place left for a fault.
 *
 * @category errors
 * @since 0.2.0
 */
export class NoPlaceLeft extends Schema.TaggedError<NoPlaceLeft>()("NoPlaceLeft", { fault: Schema.Literals(names) }) {
  override get message(): string {
    return `no place is left in the store for the fault ${this.fault}: each fault needs a chain of its own. Generate more `
      + "environments, or more weeks."
  }
}

/**
 * Picks a place for each fault; repeat a name to place its fault twice.
 *
 * Faults of whole environments are placed first, then those with the fewest places. The result is in the order of the
 * names. The same store, names and seed yield the same places.
 *
 * **Example** (Breaking a backup directory)
 *
 * ```ts
 * export const brokenDirectory = Effect.fnUntraced(function*(root: string, names: ReadonlyArray<StoreFault.Name>) {
 *   const store = StoreGenerator.generate({ seed: 1 })
 *   const planned = yield* Effect.fromResult(StoreFault.plan(store, names, { seed: 1 }))
 *   yield* StoreDirectory.write(store, root)
 *   for (const { inject } of planned) yield* inject(root)
 *   return planned.map(({ fault, reportedAt }) => ({ path: reportedAt, reportedAs: fault.reportedAs }))
 * })
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const plan = (
  store: BackupStore.BackupStore,
  wanted: ReadonlyArray<Name>,
  options: { readonly seed: number }
): Result.Result<ReadonlyArray<PlannedFault>, NoPlaceLeft> => {
  const places = new FreePlaces(store)
  // Not the stream of the generated store: its uuids would come again.
  const random = Random.make(options.seed ^ 0x5bd1_e995)
  const order = wanted.map((name, index) => ({ name, index, count: places.count(FaultTable.table[name]) }))
    .toSorted((self, that) => rank(self.name) - rank(that.name) || self.count - that.count || self.index - that.index)
  const planned: Array<PlannedFault> = []
  for (const { index, name } of order) {
    const placed = places.take(FaultTable.table[name], random)
    if (placed === undefined) return Result.fail(new NoPlaceLeft({ fault: name }))
    planned[index] = { fault: faults[names.indexOf(name)]!, ...placed }
  }
  return Result.succeed(planned)
}

const rank = (name: Name): number => {
  const spec: FaultSpec = FaultTable.table[name]
  return spec.target === "environment" ? 0 : 1
}
