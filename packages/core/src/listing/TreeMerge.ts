/**
 * The union of what several directories hold, with where each chain came from.
 *
 * A call shows one directory: a virtual machine with its own is missing from the full listing, and appears only when it
 * is asked for by its uuid. So everything takes several calls, whose answers are collected as they come, in any order,
 * and put together once. Source: SEMANTICS 2.2.
 *
 * What no answer tells: whether two of them are of one directory. A chain that two answers show alike counts as one chain
 * met twice, although it may be an exact copy; its provenance names both. A chain that grows while answers are collected
 * looks like two that differ: collect them again, and that conflict is gone.
 */
import * as Uuid from "../sdk/Uuid.ts"
import { byDate, byName } from "../server/ServerOrder.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { NotedTree } from "../tree/Note.ts"
import { type ChainAt, type EnvironmentAt, type Place } from "../tree/TreePath.ts"
import { compareData } from "./internal/compareData.ts"
import { moveNotes } from "./internal/movedNotes.ts"
import * as Origin from "./Origin.ts"

/** An answer, and which directory was asked for. */
export interface Reading extends NotedTree {
  readonly origin: Origin.Origin
}

/** Answers that were collected: each once, in the order of their origins. Made by this module's functions only. */
export interface Merged {
  readonly readings: ReadonlyArray<Reading>
}

/** No answer. */
export const empty: Merged = { readings: [] }

/** Takes one answer. */
export const fromListing = (origin: Origin.Origin, { notes, tree }: NotedTree): Merged => ({
  readings: [{ origin, tree, notes }]
})

/** Puts two collections together: associative, commutative, idempotent, and {@link empty} adds nothing. */
export const merge = (self: Merged, that: Merged): Merged => mergeAll([self, that])

/**
 * Puts many collections together, in any order.
 *
 * Answers of one origin that differ are all kept, for the directory may have changed between them.
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
 * What is left out of a merged tree, because it holds another of the same uuid.
 *
 * `Environment`: one of several of one uuid in one answer (I01); its chains are merged. `Chain`: another chain of one
 * uuid than the one kept, or the same once more in one answer (I03). `origins` are those that hold it, and `place` leads
 * to what the tree holds instead.
 */
export type Conflict =
  | {
    readonly _tag: "Environment"
    readonly environment: BackupTree.VirtualEnvironment
    readonly origins: ReadonlyArray<Origin.Origin>
    readonly place: EnvironmentAt["place"]
  }
  | {
    readonly _tag: "Chain"
    readonly chain: BackupTree.BackupChain
    readonly origins: ReadonlyArray<Origin.Origin>
    readonly place: ChainAt["place"]
  }

/**
 * The union as one tree, in the order of a server.
 *
 * `notes` are those about what the tree holds, their paths leading into it. `provenance` has the origins of each chain,
 * by the keys of the uuids of environment and chain: see {@link originsOf}. Every backup that was read is in the tree or
 * in one of the `conflicts`.
 */
export interface MergedTree extends NotedTree {
  readonly provenance: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<Origin.Origin>>>
  readonly conflicts: ReadonlyArray<Conflict>
}

/**
 * Makes one tree of the answers.
 *
 * Environments are merged by uuid; uuid, name, kind, version, and what is not understood are those of the newest backup.
 * One without a date ranks oldest; of equals, the first origin wins (see `Origin.Order`). Chains are merged by uuid
 * within their environment, and the first origin wins.
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

/** Returns the origins of a chain of a merged tree, the first one first; none where the tree lacks it. */
export const originsOf = (
  { provenance }: MergedTree,
  ids: { readonly environment: string; readonly chain: string }
): ReadonlyArray<Origin.Origin> => provenance.get(Uuid.key(ids.environment))?.get(Uuid.key(ids.chain)) ?? []

/** Tells whether a chain that was left out is a copy of the one that the merged tree holds instead. */
export const isCopy = (
  { tree }: MergedTree,
  { chain, place }: Extract<Conflict, { readonly _tag: "Chain" }>
): boolean => compareData(tree.environments[place.environment]!.chains[place.chain]!, chain) === 0

/** A value and the answer that holds it. */
interface Held<A> {
  readonly reading: Reading
  readonly value: A
}

/** One thing, as each answer that holds it shows it, all alike; the first origin stands first. */
interface Thing<A> {
  readonly value: A
  readonly alike: ReadonlyArray<A>
  readonly origins: ReadonlyArray<Origin.Origin>
}

interface MergedEnvironment {
  /** The environment as the answer with its newest backup shows it. */
  readonly newest: BackupTree.VirtualEnvironment
  /** What was met under the uuid of each chain. */
  readonly chains: ReadonlyArray<{ readonly kept: Chain; readonly others: ReadonlyArray<Chain> }>
  /** Environments of a uuid that their answer shows more than once, without the newest one. */
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
  // Of the environments of one answer, the newest stands for it.
  const answers = [...Map.groupBy(held, ({ reading }) => reading).values()]
  const shown = answers.map(newestOf)
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

/** Tells things apart by their contents, and alike ones of one answer by their number in it; what is held first leads. */
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
    // Answers of one origin stand side by side.
    const origin = thing.origins.at(-1)
    if (origin === undefined || Origin.Order(origin, reading.origin) !== 0) thing.origins.push(reading.origin)
  })
  return things.toSorted((a, b) => a.first - b.first)
}

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values()
]
