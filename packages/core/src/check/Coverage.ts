/**
 * Coverage: which machines of an inventory have a fresh backup, and which have none.
 *
 * Coverage is about the dates of backups, not about whether they can be restored. The rules about a listing check that.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as String from "effect/String"
import type * as BackupListing from "../listing/BackupListing.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as Machines from "../tree/Machines.ts"
import * as TreePath from "../tree/TreePath.ts"
import { InventoryEntry, type InventoryKind } from "./Inventory.ts"

/**
 * The tolerance for dates after `now`, because the clocks of two hosts always differ a little.
 *
 * @category constructors
 * @since 0.2.0
 */
export const clockTolerance: Duration.Duration = Duration.minutes(5)

/**
 * Schema of a {@link LastBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const LastBackup = Schema.Struct({
  /** The date of the newest backup, or undefined if no backup has a plausible date. */
  at: Schema.UndefinedOr(Schema.DateTimeUtc),
  /** Its age at `now`; undefined together with `at`. */
  age: Schema.UndefinedOr(Schema.Duration),
  /** The host of the newest backup, or of the last one listed if none has a date. */
  host: Schema.String,
  /** The number of backups, dated or not. */
  backups: Schema.Int,
  /** The latest date in the future, if there is one. */
  future: Schema.UndefinedOr(Schema.DateTimeUtc)
})
/**
 * The newest backup of a machine, and how many backups it has.
 *
 * @category models
 * @since 0.2.0
 */
export type LastBackup = typeof LastBackup.Type

/**
 * Returns the newest backup of the environments of one machine.
 *
 * Dates after `now` plus {@link clockTolerance} are ignored. They come from a wrong clock (I16) and would make the
 * machine look fresh until that day.
 *
 * @see [Semantics 1.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-6)
 * @category accessors
 * @since 0.2.0
 */
export const lastBackup = (
  environments: ReadonlyArray<BackupTree.VirtualEnvironment>,
  now: DateTime.Utc
): LastBackup => {
  const limit = DateTime.addDuration(now, clockTolerance).epochMilliseconds
  const all = environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
  let newest: BackupTree.Backup | undefined
  let newestTime = -Infinity
  let futureTime = -Infinity
  for (const backup of all) {
    const time = BackupDate.timeOf(backup.dateTime) ?? -Infinity
    if (time > limit) {
      futureTime = Math.max(futureTime, time)
    } else if (time > newestTime) {
      newest = backup
      newestTime = time
    }
  }
  const at = newest === undefined ? undefined : DateTime.makeUnsafe(newestTime)
  const age = at === undefined ? undefined : Duration.max(Duration.zero, DateTime.distance(at, now))
  const future = futureTime === -Infinity ? undefined : DateTime.makeUnsafe(futureTime)
  return { at, age, host: (newest ?? all.at(-1))?.host ?? "", backups: all.length, future }
}

/**
 * Schema of a {@link State}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const State = Schema.Literals(["Fresh", "Dated", "Stale", "Undated", "Never", "Ambiguous"])
/**
 * The state of the backups of a machine.
 *
 * - `Fresh`: the newest backup is within the limit.
 * - `Dated`: the newest backup has an age, but there is no limit.
 * - `Stale`: the newest backup is older than the limit.
 * - `Undated`: there are backups, but none with a plausible date.
 * - `Never`: the listing has no backup of the machine.
 * - `Ambiguous`: only the name is known, and several machines of the listing or the inventory have it.
 *
 * @category models
 * @since 0.2.0
 */
export type State = typeof State.Type

/**
 * Contains every state, the best first.
 *
 * @category models
 * @since 0.2.0
 */
export const states: ReadonlyArray<State> = State.literals

const EnvironmentAt = Schema.Struct({
  environment: BackupTree.VirtualEnvironment,
  place: Schema.Struct({ environment: Schema.Int })
})

/**
 * Schema of a {@link CoveredMachine}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const CoveredMachine = Schema.Struct({
  entry: InventoryEntry,
  state: State,
  environments: Schema.Array(EnvironmentAt),
  namesakes: Schema.Array(InventoryEntry),
  /** The newest backup; empty for an ambiguous machine. */
  last: LastBackup
})
/**
 * A machine of the inventory and its state.
 *
 * `environments` are the matching environments of the listing: one, or several if a uuid appears twice (I01). If the
 * machine is ambiguous, they are all environments with its name. `namesakes` are then the inventory entries that could
 * be meant, including this one; otherwise there are none.
 *
 * @category models
 * @since 0.2.0
 */
export type CoveredMachine = typeof CoveredMachine.Type

/**
 * Schema of a {@link Coverage}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Coverage = Schema.Struct({
  machines: Schema.Array(CoveredMachine),
  /** Environments that are not in the inventory, for example of deleted or moved machines. */
  unlisted: Schema.Array(EnvironmentAt),
  completeness: Schema.Literals(["complete", "partial", "unknown"]),
  now: Schema.DateTimeUtc,
  maxAge: Schema.UndefinedOr(Schema.Duration)
})
/**
 * An inventory joined with a listing: a machine for each entry, in order, and the environments without an entry.
 *
 * @category models
 * @since 0.2.0
 */
export type Coverage = typeof Coverage.Type

/**
 * The time of the check, and the maximum age of a fresh backup (default: no limit).
 *
 * @category models
 * @since 0.2.0
 */
export interface CoverageOptions {
  readonly now: DateTime.Utc
  readonly maxAge?: Duration.Duration | undefined
}

/**
 * The listing cannot show which machines of the inventory have no backup.
 *
 * - `partial`: it is the response for one backup id.
 * - `subject`: it covers one environment.
 * - `kinds`: it covers one kind only, and the inventory has machines that may be of the other kind.
 *
 * @category errors
 * @since 0.2.0
 */
export class CoverageError extends Schema.TaggedError<CoverageError>()("CoverageError", {
  reason: Schema.Literals(["partial", "subject", "kinds"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `This listing cannot be compared with an inventory: ${this.detail}. `
      + "Request everything: virtual machines and containers."
  }
}

/**
 * Joins an inventory with a listing.
 *
 * Machines are matched by uuid, ignoring case and braces. An entry without a uuid is matched by its exact name. Fails
 * if the listing cannot contain every machine. A listing of unknown completeness is accepted; `Check.run` warns about
 * it.
 *
 * **Example**
 *
 * ```ts
 * Coverage.make(inventory, listing, { now, maxAge: Duration.hours(26) })
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (
  inventory: ReadonlyArray<InventoryEntry>,
  listing: BackupListing.BackupListing,
  options: CoverageOptions
): Result.Result<Coverage, CoverageError> => {
  const error = refusal(inventory, listing)
  if (error !== undefined) return Result.fail(error)
  const environments = TreePath.environmentsOf(listing.tree)
  const match = matcher(inventory, environments)
  const lastOf = memoised(({ ambiguous, environments }: Match) =>
    lastBackup(ambiguous ? [] : environments.map(({ environment }) => environment), options.now)
  )
  const machines = inventory.map((entry): CoveredMachine => {
    const found = match(entry)
    const last = lastOf(found)
    const { environments, namesakes } = found
    return { entry, state: stateOf(found, last, options.maxAge), environments, namesakes, last }
  })
  const named = new Set([...new Set(machines.map(({ environments }) => environments))].flat())
  return Result.succeed({
    machines,
    unlisted: environments.filter((environment) => !named.has(environment)),
    completeness: listing.completeness,
    now: options.now,
    maxAge: options.maxAge
  })
}

/**
 * Counts the machines in each state.
 *
 * @category accessors
 * @since 0.2.0
 */
export const counts = (coverage: Coverage): { readonly [S in State]: number } => {
  const numbers = { Fresh: 0, Dated: 0, Stale: 0, Undated: 0, Never: 0, Ambiguous: 0 }
  for (const { state } of coverage.machines) numbers[state] += 1
  return numbers
}

/**
 * Returns why a listing cannot be joined with an inventory, or `undefined` if it can. The tree does not matter.
 *
 * @category predicates
 * @since 0.2.0
 */
export const refusal = (
  inventory: ReadonlyArray<InventoryEntry>,
  { completeness, request }: Pick<BackupListing.BackupListing, "completeness" | "request">
): CoverageError | undefined => {
  if (completeness === "partial") {
    return new CoverageError({
      reason: "partial",
      detail: "it is partial: for one backup id, filtered, or without one of the servers"
    })
  }
  if (Option.isNone(request)) return undefined
  const { kinds, subject } = request.value
  if (subject._tag !== "Everything") {
    return new CoverageError({ reason: "subject", detail: "it covers one environment only" })
  }
  const isCovered = (kind: InventoryKind | undefined) => kinds === "vm+ct" || kinds === kind
  const outside = inventory.find(({ kind }) => !isCovered(kind))
  return outside === undefined ? undefined : new CoverageError({
    reason: "kinds",
    detail: `it covers ${kinds === "vm" ? "virtual machines" : "containers"} only, but ${outside.place} of the `
      + `inventory ${outside.kind === undefined ? "may be" : "is"} of the other kind`
  })
}

type Match = Pick<CoveredMachine, "environments" | "namesakes"> & { readonly ambiguous: boolean }

/** Caches the results of a function, so a machine named 100,000 times costs as much as one. */
const memoised = <K, V>(compute: (key: K) => V): (key: K) => V => {
  const values = new Map<K, V>()
  return (key) => {
    const known = values.get(key)
    if (known !== undefined) return known
    const value = compute(key)
    values.set(key, value)
    return value
  }
}

const matcher = (
  inventory: ReadonlyArray<InventoryEntry>,
  environments: ReadonlyArray<TreePath.EnvironmentAt>
): (entry: InventoryEntry) => Match => {
  const byUuid = Machines.group(environments, ({ environment }) => environment.uuid)
  const byName = Map.groupBy(environments, ({ environment }) => environment.name)
  const entriesByUuid = Map.groupBy(inventory, ({ uuid }) => uuid === undefined ? undefined : Uuid.key(uuid))
  const entriesByName = Map.groupBy(inventory, ({ name }) => name)
  const claimants = (uuid: string) => entriesByUuid.get(uuid) ?? []
  const matchName = memoised((name: string): Match => {
    const bearers = (byName.get(name) ?? []).map(({ environment }) => Uuid.key(environment.uuid))
    // A uuid that an entry with another name claims is that machine, renamed since.
    const uuids = [...new Set(bearers)].filter((uuid) =>
      claimants(uuid).every((other) => other.name === undefined || other.name === name)
    )
    if (uuids.length === 0) return nowhere
    const nameless = uuids.flatMap((uuid) => claimants(uuid).filter((other) => other.name === undefined))
    const namesakes = [...new Set([...(entriesByName.get(name) ?? []), ...nameless])]
    const ambiguous = namesakes.length > 1 || uuids.length > 1
    return {
      environments: uuids.flatMap((uuid) => byUuid.get(uuid) ?? []),
      namesakes: ambiguous ? namesakes : [],
      ambiguous
    }
  })
  const matchUuid = memoised((uuid: string): Match => {
    const found = byUuid.get(uuid)
    return found === undefined ? nowhere : { environments: found, namesakes: [], ambiguous: false }
  })
  return ({ name, uuid }) => uuid === undefined ? matchName(name ?? "") : matchUuid(Uuid.key(uuid))
}

const nowhere: Match = { environments: [], namesakes: [], ambiguous: false }

const stateOf = (
  { ambiguous }: Match,
  { age, backups }: LastBackup,
  maxAge: Duration.Duration | undefined
): State =>
  ambiguous
    ? "Ambiguous"
    : backups === 0
    ? "Never"
    : age === undefined
    ? "Undated"
    : maxAge === undefined
    ? "Dated"
    : Duration.isLessThanOrEqualTo(age, maxAge)
    ? "Fresh"
    : "Stale"

/**
 * Schema of a covered machine as JSON; `lastBackup` is an ISO 8601 time.
 *
 * @category schemas
 * @since 0.2.0
 */
export const CoveredMachineJson = Schema.Struct({
  uuid: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  state: Schema.Literals(State.literals.map((state) => String.toLowerCase(state))),
  lastBackup: Schema.NullOr(Schema.String)
})
/**
 * A covered machine as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type CoveredMachineJson = typeof CoveredMachineJson.Type

/**
 * Encodes a covered machine as a JSON value.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeMachine = ({ entry: { name, uuid }, last: { at }, state }: CoveredMachine): CoveredMachineJson => ({
  uuid: uuid ?? null,
  name: name ?? null,
  state: String.toLowerCase(state),
  lastBackup: at === undefined ? null : DateTime.formatIso(at)
})
