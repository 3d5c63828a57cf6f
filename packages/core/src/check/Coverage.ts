/**
 * Which machines of an inventory have a fresh backup, and which have none: an inventory joined with a listing.
 *
 * It says when backups were made, not whether they can be restored; that is what the rules about a listing judge.
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
import * as TreePath from "../tree/TreePath.ts"
import { InventoryEntry, type InventoryKind } from "./Inventory.ts"

/** How far a date may lie ahead of `now` and still count as of now: the clocks of two hosts are never quite the same. */
export const clockTolerance: Duration.Duration = Duration.minutes(5)

/** Schema of {@link LastBackup}. */
export const LastBackup = Schema.Struct({
  /** When it was made, or null where no backup has a date that can be believed. */
  at: Schema.NullOr(Schema.DateTimeUtc),
  /** How old it is at `now`; null together with `at`. */
  age: Schema.NullOr(Schema.Duration),
  /** The host that was backed up, as the newest backup says; where none has a date, as the last one listed says. */
  host: Schema.String,
  /** How many backups there are, dated or not. */
  backups: Schema.Int,
  /** The latest date that lies in the future, or null. */
  future: Schema.NullOr(Schema.DateTimeUtc)
})
/** What is known of the newest backup of a machine. */
export type LastBackup = typeof LastBackup.Type

/**
 * Returns what is known of the newest backup of some environments, which are those of one machine.
 *
 * Only dates up to `now` count, with {@link clockTolerance}: a date in the future (I16) is a wrong clock, and would make
 * the machine look fresh until that day has come. Source: SEMANTICS 1.6.
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
  const at = newest === undefined ? null : DateTime.makeUnsafe(newestTime)
  const age = at === null ? null : Duration.max(Duration.zero, DateTime.distance(at, now))
  const future = futureTime === -Infinity ? null : DateTime.makeUnsafe(futureTime)
  return { at, age, host: (newest ?? all.at(-1))?.host ?? "", backups: all.length, future }
}

/** Schema of a {@link State}. */
export const State = Schema.Literals(["Fresh", "Dated", "Stale", "Undated", "Never", "Ambiguous"])
/**
 * What a machine's backups amount to.
 *
 * `Fresh` and `Stale`: its newest backup is at most, or more than, the limit old; `Dated`: it has an age, and there is no
 * limit. `Undated`: it has backups, none with a
 * date that can be believed. `Never`: the listing has no backup of it. `Ambiguous`: it is known by its name only, and
 * that name leads to more than one machine of the listing or of the inventory, so nothing is claimed about it.
 */
export type State = typeof State.Type

/** Every state, the best first. */
export const states: ReadonlyArray<State> = State.literals

const EnvironmentAt = Schema.Struct({
  environment: BackupTree.VirtualEnvironment,
  place: Schema.Struct({ environment: Schema.Int })
})

/** Schema of a {@link CoveredMachine}. */
export const CoveredMachine = Schema.Struct({
  entry: InventoryEntry,
  state: State,
  environments: Schema.Array(EnvironmentAt),
  namesakes: Schema.Array(InventoryEntry),
  /** What is known of its newest backup; of an ambiguous machine, nothing is. */
  last: LastBackup
})
/**
 * A machine of the inventory, and its state.
 *
 * `environments` are those it was found as, one but for a listing with a uuid twice (I01); where it is ambiguous, those
 * that bear its name, and `namesakes` the entries that may be meant by it, this one among them; else there are none.
 */
export type CoveredMachine = typeof CoveredMachine.Type

/** Schema of a {@link Coverage}. */
export const Coverage = Schema.Struct({
  machines: Schema.Array(CoveredMachine),
  /** Environments of the listing that no entry names: of machines that were deleted, or moved elsewhere. */
  unlisted: Schema.Array(EnvironmentAt),
  completeness: Schema.Literals(["complete", "partial", "unknown"]),
  now: Schema.DateTimeUtc,
  maxAge: Schema.UndefinedOr(Schema.Duration)
})
/** An inventory joined with a listing: one machine for each entry, in its order, and the environments that none names. */
export type Coverage = typeof Coverage.Type

/** At which time coverage is judged, and the age up to which a backup is fresh; without it no age is judged. */
export interface CoverageOptions {
  readonly now: DateTime.Utc
  readonly maxAge?: Duration.Duration | undefined
}

/**
 * A listing that cannot say which machines have no backup.
 *
 * `partial`: the answer to one backup id. `subject`: the answer about one environment. `kinds`: an answer about one kind,
 * while the inventory has machines that may be of the other.
 */
export class CoverageError extends Schema.TaggedError<CoverageError>()("CoverageError", {
  reason: Schema.Literals(["partial", "subject", "kinds"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `This listing cannot be held against an inventory: ${this.detail}. `
      + "Ask for everything, virtual machines and containers."
  }
}

/**
 * Joins an inventory with a listing.
 *
 * Machines are matched by uuid, without regard to case and braces; by name, to the letter, only where the entry has no
 * uuid. An answer that cannot hold every machine is an error; one of unknown completeness is taken, and
 * `Check.run` warns of it.
 *
 * **Example**
 *
 * ```ts
 * Coverage.make(inventory, listing, { now, maxAge: Duration.hours(26) })
 * ```
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

/** Counts the machines of each state. */
export const counts = (coverage: Coverage): { readonly [S in State]: number } => {
  const numbers = { Fresh: 0, Dated: 0, Stale: 0, Undated: 0, Never: 0, Ambiguous: 0 }
  for (const { state } of coverage.machines) numbers[state] += 1
  return numbers
}

/** Returns why a listing cannot be joined with an inventory, which its tree has no part in; undefined where it can. */
export const refusal = (
  inventory: ReadonlyArray<InventoryEntry>,
  { completeness, request }: Pick<BackupListing.BackupListing, "completeness" | "request">
): CoverageError | undefined => {
  if (completeness === "partial") {
    return new CoverageError({ reason: "partial", detail: "it is the answer to one backup id" })
  }
  if (Option.isNone(request)) return undefined
  const { kinds, subject } = request.value
  if (subject._tag !== "Everything") {
    return new CoverageError({ reason: "subject", detail: "it is about one environment" })
  }
  const asked = (kind: InventoryKind | null) => kinds === "vm+ct" || kinds === kind
  const outside = inventory.find(({ kind }) => !asked(kind))
  return outside === undefined ? undefined : new CoverageError({
    reason: "kinds",
    detail: `it is about ${kinds === "vm" ? "virtual machines" : "containers"} only, which ${outside.place} of the `
      + `inventory ${outside.kind === null ? "may not be" : "is not"}`
  })
}

type Match = Pick<CoveredMachine, "environments" | "namesakes"> & { readonly ambiguous: boolean }

/** Remembers the answers of a function: one machine named a hundred thousand times costs no more than once. */
const memoised = <K, V>(answer: (key: K) => V): (key: K) => V => {
  const answers = new Map<K, V>()
  return (key) => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const value = answer(key)
    answers.set(key, value)
    return value
  }
}

const matcher = (
  inventory: ReadonlyArray<InventoryEntry>,
  environments: ReadonlyArray<TreePath.EnvironmentAt>
): (entry: InventoryEntry) => Match => {
  const byUuid = Map.groupBy(environments, ({ environment }) => Uuid.key(environment.uuid))
  const byName = Map.groupBy(environments, ({ environment }) => environment.name)
  const entriesByUuid = Map.groupBy(inventory, ({ uuid }) => uuid === null ? null : Uuid.key(uuid))
  const entriesByName = Map.groupBy(inventory, ({ name }) => name)
  const claimants = (uuid: string) => entriesByUuid.get(uuid) ?? []
  const matchName = memoised((name: string): Match => {
    const bearers = (byName.get(name) ?? []).map(({ environment }) => Uuid.key(environment.uuid))
    // What an entry of another name claims by uuid is that machine, which was renamed since.
    const uuids = [...new Set(bearers)].filter((uuid) =>
      claimants(uuid).every((other) => other.name === null || other.name === name)
    )
    if (uuids.length === 0) return nowhere
    const nameless = uuids.flatMap((uuid) => claimants(uuid).filter((other) => other.name === null))
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
  return ({ name, uuid }) => uuid === null ? matchName(name ?? "") : matchUuid(Uuid.key(uuid))
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
    : age === null
    ? "Undated"
    : maxAge === undefined
    ? "Dated"
    : Duration.isLessThanOrEqualTo(age, maxAge)
    ? "Fresh"
    : "Stale"

/** Schema of a machine of a coverage as JSON; `lastBackup` is a time in ISO 8601. */
export const CoveredMachineJson = Schema.Struct({
  uuid: InventoryEntry.fields.uuid,
  name: InventoryEntry.fields.name,
  state: Schema.Literals(State.literals.map((state) => String.toLowerCase(state))),
  lastBackup: Schema.NullOr(Schema.String)
})
/** A machine of a coverage as JSON. */
export type CoveredMachineJson = typeof CoveredMachineJson.Type

/** Writes a machine of a coverage as a value that `JSON.stringify` takes. */
export const encodeMachine = ({ entry: { name, uuid }, last: { at }, state }: CoveredMachine): CoveredMachineJson => ({
  uuid,
  name,
  state: String.toLowerCase(state),
  lastBackup: at === null ? null : DateTime.formatIso(at)
})
