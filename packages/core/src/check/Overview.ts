/**
 * The machines of a listing at a glance: the newest backup of each, its size, and whether a rule is broken.
 *
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as Steps from "../steps/Steps.ts"
import * as NaturalOrder from "../text/NaturalOrder.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import * as Totals from "../tree/Totals.ts"
import * as Coverage from "./Coverage.ts"
import { eachFinding } from "./internal/fold.ts"
import type { Facts, Severity } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

/**
 * The state of a machine: the worst severity of the findings about it, where `info` counts as `ok`.
 *
 * @category models
 * @since 0.2.0
 */
export type State = "ok" | "warning" | "error"

/**
 * Contains every state, the worst first.
 *
 * @category models
 * @since 0.2.0
 */
export const states: ReadonlyArray<State> = ["error", "warning", "ok"]

/**
 * An environment of a listing, its newest backup, and its totals.
 *
 * @category models
 * @since 0.2.0
 */
export interface MachineOverview {
  readonly environment: BackupTree.VirtualEnvironment
  readonly last: Coverage.LastBackup
  readonly chains: number
  /** The size of all backups in bytes. */
  readonly size: bigint
  readonly state: State
}

/**
 * Facts for an overview. The others are those of a check.
 *
 * @category models
 * @since 0.2.0
 */
export interface OverviewFacts extends Facts {
  readonly now: DateTime.Utc
}

/**
 * Returns the overview of each environment, in the order of the listing.
 *
 * The states are exact, even if a check would have more findings than it keeps. Findings about the listing as a whole
 * belong to no machine. A directory can also have machines that a server does not list; they are not part of it.
 *
 * **Example**
 *
 * ```ts
 * const machines = Overview.make(listing, { now })
 * machines.filter(({ state }) => state === "error").map(({ environment }) => environment.name)
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (listing: BackupListing, facts: OverviewFacts): ReadonlyArray<MachineOverview> =>
  Steps.complete(steps(listing, facts))

/**
 * Returns the overview as {@link make} does, and pauses after every few hundred parts of the listing.
 *
 * @category constructors
 * @since 0.2.0
 */
export const steps = function*(
  listing: BackupListing,
  facts: OverviewFacts
): Generator<undefined, ReadonlyArray<MachineOverview>> {
  const worst = new Map<number, State>()
  yield* eachFinding(RuleTable.listingRules, listing, ({ place, severity }) => {
    if (place.environment === undefined) return
    const known = worst.get(place.environment)
    if (known !== "error") worst.set(place.environment, stateOf(severity, known))
  }, facts)
  const machines: Array<MachineOverview> = []
  for (const [index, environment] of listing.tree.environments.entries()) {
    const { chains, size } = Totals.ofTree({ environments: [environment] })
    const last = Coverage.lastBackup([environment], facts.now)
    machines.push({ environment, last, chains, size, state: worst.get(index) ?? "ok" })
    yield
  }
  return machines
}

const stateOf = (severity: Severity, known: State = "ok"): State => severity === "info" ? known : severity

/**
 * Contains every order.
 *
 * @category models
 * @since 0.2.0
 */
export const orders = ["name", "age", "size", "backups", "state"] as const
/**
 * An order of machines: by name; the oldest newest backup first, and machines without a date before it; the greatest
 * size or number of backups first; or the worst state first.
 *
 * @category models
 * @since 0.2.0
 */
export type Order = typeof orders[number]

/**
 * Sorts machines. Equal ones are in the order of their names, in which `web2` is before `web10`.
 *
 * @category accessors
 * @since 0.2.0
 */
export const sort = (machines: ReadonlyArray<MachineOverview>, order: Order): ReadonlyArray<MachineOverview> => {
  const compare = comparisons[order]
  return machines.toSorted((one, other) => compare(one, other) || byName(one, other))
}

type Comparison = (one: MachineOverview, other: MachineOverview) => number

const byName: Comparison = ({ environment: one }, { environment: other }) =>
  NaturalOrder.compare(one.name, other.name) || compareValues(one.uuid, other.uuid)

const timeOf = ({ last: { at } }: MachineOverview): number => at === undefined ? -Infinity : at.epochMilliseconds

const comparisons: { readonly [O in Order]: Comparison } = {
  name: byName,
  age: (one, other) => compareValues(timeOf(one), timeOf(other)),
  size: (one, other) => compareValues(other.size, one.size),
  backups: (one, other) => other.last.backups - one.last.backups,
  state: (one, other) => states.indexOf(one.state) - states.indexOf(other.state)
}

const compareValues = <A extends number | bigint | string>(one: A, other: A): number =>
  one < other ? -1 : one > other ? 1 : 0
