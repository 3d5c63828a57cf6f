/**
 * The union of the trees of several directories, with the origin of each chain.
 *
 * A request shows one directory. A virtual machine with its own directory is missing from the full listing, and appears
 * only in a request with its uuid. So a listing of everything takes several requests. Their responses are collected in
 * any order, and merged once.
 *
 * Responses do not show whether they are of the same directory. If two of them have an equal chain, it counts as one
 * chain with two origins, although it may be an exact copy. A chain that grows between two requests is a conflict of
 * two different chains; collect the responses again to resolve it.
 *
 * @see [Semantics 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-2)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as Uuid from "../sdk/Uuid.ts"
import { byDate, byName } from "../server/ServerOrder.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { NotedTree } from "../tree/Note.ts"
import { type ChainAt, type EnvironmentAt, type Place } from "../tree/TreePath.ts"
import { compareData } from "./internal/compareData.ts"
import { moveNotes } from "./internal/movedNotes.ts"
import * as Origin from "./Origin.ts"

/**
 * A response, and the requested directory.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reading extends NotedTree {
  readonly origin: Origin.Origin
}

/**
 * Collected responses: each once, in the order of their origins. Create it only with the functions of this module.
 *
 * @category models
 * @since 0.2.0
 */
export interface Merged {
  readonly readings: ReadonlyArray<Reading>
}

/**
 * A collection without responses.
 *
 * @category constructors
 * @since 0.2.0
 */
export const empty: Merged = { readings: [] }

/**
 * Creates a collection of one response.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromListing = (origin: Origin.Origin, { notes, tree }: NotedTree): Merged => ({
  readings: [{ origin, tree, notes }]
})

/**
 * Combines two collections. It is associative, commutative and idempotent, and {@link empty} is its identity.
 *
 * @category combinators
 * @since 0.2.0
 */
export const merge = (self: Merged, that: Merged): Merged => mergeAll([self, that])

/**
 * Combines many collections, in any order.
 *
 * Different responses of one origin are all kept, because the directory may have changed between them.
 *
 * @category combinators
 * @since 0.2.0
 */
export const mergeAll = (many: Iterable<Merged>): Merged => {
  const readings = [...many].flatMap(({ readings }) => readings)
  const byOrigin = Map.groupBy(readings, ({ origin }) => Origin.key(origin))
  return {
    readings: [...byOrigin.values()].flatMap((ofOne) =>
      ofOne.toSorted(compareData).filter((reading, index, sorted) =>
        index === 0 || compareData(sorted[index - 1], reading) !== 0
      )
    ).toSorted((a, b) => Origin.Order(a.origin, b.origin))
  }
}

/**
 * A part that a merged tree leaves out, because it has another one with the same uuid.
 *
 * - `Environment`: one of several environments with the same uuid in one response (I01). Its chains are merged.
 * - `Chain`: another chain with the same uuid, or the same chain again in one response (I03).
 *
 * `origins` are the origins that have it, and `place` is the place of the part that the tree has instead.
 *
 * @category models
 * @since 0.2.0
 */
export type Conflict = Data.TaggedEnum<{
  Environment: {
    readonly environment: BackupTree.VirtualEnvironment
    readonly origins: ReadonlyArray<Origin.Origin>
    readonly place: EnvironmentAt["place"]
  }
  Chain: {
    readonly chain: BackupTree.BackupChain
    readonly origins: ReadonlyArray<Origin.Origin>
    readonly place: ChainAt["place"]
  }
}>

/**
 * The union as one tree, in server order.
 *
 * `notes` are those about parts of the tree, with paths into it. `provenance` has the origins of each chain by the keys
 * of the uuids of environment and chain; use {@link originsOf} to query it. Every backup of the responses is in the
 * tree or in one of the `conflicts`.
 *
 * @category models
 * @since 0.2.0
 */
export interface MergedTree extends NotedTree {
  readonly provenance: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<Origin.Origin>>>
  readonly conflicts: ReadonlyArray<Conflict>
}

/**
 * Merges the responses into one tree.
 *
 * Environments are merged by uuid. The uuid, name, kind, version and unknown elements are those of the environment with
 * the newest backup; backups without a date rank as the oldest. Chains are merged by uuid within their environment.
 * Among equals, the first origin in `Origin.Order` wins.
 *
 * **Example**
 *
 * ```ts
 * const collected = TreeMerge.mergeAll([
 *   TreeMerge.fromListing({ _tag: "Default" }, everything),
 *   TreeMerge.fromListing({ _tag: "OwnOf", uuid: "{4f6a1c2e-…}" }, ofOneMachine)
 * ])
 * const { tree, conflicts } = TreeMerge.toTree(collected)
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const toTree = ({ readings }: Merged): MergedTree => {
  const held = readings.flatMap((reading) =>
    reading.tree.environments.map((value): Held<BackupTree.VirtualEnvironment> => ({ reading, value }))
  )
  const environments = byName(
    [...groupByUuid(held).values()].map(mergeEnvironments),
    ({ newest }) => newest.uuid
  )
  const conflicts: Array<Conflict> = []
  const places = new Map<BackupTree.VirtualEnvironment | BackupTree.BackupChain, Place>()
  environments.forEach(({ chains, newest, repeated }, e) => {
    const place = { environment: e }
    places.set(newest, place)
    for (const { origins, value } of repeated) {
      conflicts.push({ _tag: "Environment", environment: value, origins, place })
    }
    chains.forEach(({ kept, others }, c) => {
      const place = { environment: e, chain: c }
      for (const chain of kept.alike) places.set(chain, place)
      for (const { origins, value } of others) conflicts.push({ _tag: "Chain", chain: value, origins, place })
    })
  })
  return {
    tree: {
      environments: environments.map(({ chains, newest }) => ({
        ...newest,
        chains: chains.map(({ kept }) => kept.value)
      })),
      kept: unique(readings.flatMap(({ tree }) => tree.kept)).toSorted((a, b) => a.position - b.position)
    },
    notes: unique(readings.flatMap((reading) => moveNotes(reading, (part) => places.get(part)))),
    provenance: new Map(environments.map(({ chains, newest }) => [
      Uuid.key(newest.uuid),
      new Map(chains.map(({ kept }) => [Uuid.key(kept.value.uuid), kept.origins]))
    ])),
    conflicts
  }
}

/**
 * Returns the origins of a chain of a merged tree in order, or an empty array if the tree lacks the chain.
 *
 * @category accessors
 * @since 0.2.0
 */
export const originsOf = (
  { provenance }: MergedTree,
  ids: { readonly environment: string; readonly chain: string }
): ReadonlyArray<Origin.Origin> => provenance.get(Uuid.key(ids.environment))?.get(Uuid.key(ids.chain)) ?? []

/**
 * Returns whether a chain that was left out is a copy of the one that the merged tree has instead.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isCopy = (
  { tree }: MergedTree,
  { chain, place }: Extract<Conflict, { readonly _tag: "Chain" }>
): boolean => compareData(tree.environments[place.environment]!.chains[place.chain]!, chain) === 0

/** A value and the response that has it. */
interface Held<A> {
  readonly reading: Reading
  readonly value: A
}

/** Equal values of several responses, with their origins in order. */
interface Thing<A> {
  readonly value: A
  readonly alike: ReadonlyArray<A>
  readonly origins: ReadonlyArray<Origin.Origin>
}

interface MergedEnvironment {
  /** The environment in the response with its newest backup. */
  readonly newest: BackupTree.VirtualEnvironment
  /** The chains of each uuid. */
  readonly chains: ReadonlyArray<{ readonly kept: Chain; readonly others: ReadonlyArray<Chain> }>
  /** Environments that occur more than once in a response, without the newest one. */
  readonly repeated: ReadonlyArray<Thing<BackupTree.VirtualEnvironment>>
}

type Chain = Thing<BackupTree.BackupChain>

const mergeEnvironments = (held: ReadonlyArray<Held<BackupTree.VirtualEnvironment>>): MergedEnvironment => {
  const chains = groupByUuid(
    held.flatMap(({ reading, value }) => value.chains.map((chain) => ({ reading, value: chain })))
  ).map((ofOne) => {
    const [kept, ...others] = thingsOf(ofOne)
    return { kept: kept!, others }
  })
  // The newest environment represents its response.
  const responses = [...Map.groupBy(held, ({ reading }) => reading).values()]
  const shown = responses.map(newestOf)
  const leading = new Set(shown)
  return {
    newest: newestOf(shown).value,
    chains: byDate(byName(chains, ({ kept }) => kept.value.uuid), ({ kept }) => kept.value),
    repeated: thingsOf(held.filter((one) => !leading.has(one)))
  }
}

const newestOf = <A extends Held<BackupTree.VirtualEnvironment>>(held: ReadonlyArray<A>): A =>
  held.length === 1 ? held[0]! : held.map((one) => ({ one, time: latestTime(one.value) }))
    .reduce((newest, each) => each.time > newest.time ? each : newest)
    .one

const latestTime = ({ chains }: BackupTree.VirtualEnvironment): number =>
  chains.flatMap(BackupTree.backups).reduce(
    (latest, backup) => Math.max(latest, BackupDate.createdAt(backup)?.epochMilliseconds ?? -Infinity),
    -Infinity
  )

const groupByUuid = <A extends { readonly uuid: string }>(
  held: ReadonlyArray<Held<A>>
): ReadonlyArray<ReadonlyArray<Held<A>>> => [...Map.groupBy(held, ({ value }) => Uuid.key(value.uuid)).values()]

/** Groups values by their contents, and equal ones of one response by their position. The first one leads. */
const thingsOf = <A>(held: ReadonlyArray<Held<A>>): ReadonlyArray<Thing<A>> => {
  const things: Array<{ first: number; value: A; alike: Array<A>; origins: Array<Origin.Origin> }> = []
  const byContents = held.map((one, first) => ({ ...one, first })).toSorted((a, b) => compareData(a.value, b.value))
  let start = 0
  let copy = 0
  byContents.forEach(({ first, reading, value }, index) => {
    const last = byContents[index - 1]
    const isAlike = last !== undefined && compareData(last.value, value) === 0
    if (!isAlike) start = things.length
    copy = isAlike && last.reading === reading ? copy + 1 : 0
    const thing = things[start + copy] ??= { first, value, alike: [], origins: [] }
    thing.alike.push(value)
    // Responses of one origin are adjacent.
    const origin = thing.origins.at(-1)
    if (origin === undefined || Origin.Order(origin, reading.origin) !== 0) thing.origins.push(reading.origin)
  })
  return things.toSorted((a, b) => a.first - b.first)
}

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values()
]
