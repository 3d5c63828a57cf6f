/**
 * The baseline of earlier listings, to compare the next listing with.
 *
 * A server hides a chain while it removes or merges backups in it. A single listing cannot distinguish a chain in use
 * from a removed chain or a chain with damaged metadata. Retention also removes old chains every few days.
 *
 * If the newest backup of a machine disappears, it stays missing until it is back or forgotten ({@link forget}). The
 * same applies to a machine that disappears as a whole. A backup merged away from the middle of its chain is not
 * missing, because its data is still there. `Check.run` reports missing backups.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @see [Semantics 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-3)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as Steps from "../steps/Steps.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as Coverage from "./Coverage.ts"

/**
 * Schema of a {@link MissingBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const MissingBackup = Schema.Struct({
  environment: Schema.String,
  name: Schema.String,
  chain: Schema.String,
  /** The id of the backup. */
  backup: Schema.String,
  /** Its date as the server wrote it, because a later backup can get the same id. */
  dateTime: Schema.String,
  /** Whether it was newer than every backup that its environment had when it was first missing. */
  wasNewest: Schema.Boolean,
  /** The time of the check that first missed it. */
  since: Schema.DateTimeUtc,
  /** The number of checks that missed it. */
  checks: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 })))
})
/**
 * The last backup of a chain, if it is missing alone or with the whole chain.
 *
 * @category models
 * @since 0.2.0
 */
export type MissingBackup = typeof MissingBackup.Type

/**
 * Schema of a {@link Baseline}, to store one until the next check.
 *
 * **Example**
 *
 * ```ts
 * const json = Schema.fromJsonString(Schema.toCodecJson(Baseline.Baseline))
 * const text = Schema.encodeSync(json)(baseline)
 * ```
 *
 * @category schemas
 * @since 0.2.0
 */
export const Baseline = Schema.Struct({
  /** The tree of the last listing, with the environments of earlier listings that are gone. */
  tree: BackupTree.BackupTree,
  /** The keys of the uuids of the environments that are gone ({@link Uuid.key}). */
  gone: Schema.Array(Schema.String),
  missing: Schema.Array(MissingBackup)
})
/**
 * The state of earlier listings.
 *
 * @category models
 * @since 0.2.0
 */
export type Baseline = typeof Baseline.Type

/**
 * The baseline before the first check.
 *
 * @category constructors
 * @since 0.2.0
 */
export const empty: Baseline = { tree: BackupTree.empty, gone: [], missing: [] }

/**
 * Updates a baseline with a listing. Compare this listing with the result, and keep it for the next one.
 *
 * Only a full listing shows what is missing: it must be complete and cover all VMs and containers. Any other listing
 * leaves the baseline unchanged.
 *
 * **Example**
 *
 * ```ts
 * const baseline = Baseline.update(earlier, listing, now)
 * const report = Check.run(listing, { now, baseline })
 * // store the baseline for the next check
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const update = (earlier: Baseline, listing: BackupListing, now: DateTime.Utc): Baseline =>
  Steps.complete(updateInSteps(earlier, listing, now))

/**
 * Updates a baseline as {@link update} does, and pauses after each environment and missing backup.
 *
 * @category combinators
 * @since 0.2.0
 */
export const updateInSteps = function*(
  earlier: Baseline,
  listing: BackupListing,
  now: DateTime.Utc
): Generator<undefined, Baseline> {
  if (!isWhole(listing)) return earlier
  const there = yield* presenceIn(listing.tree)
  const missing: Array<MissingBackup> = []
  const isKnown = new Set<string>()
  for (const one of earlier.missing) {
    for (const known of stillMissing(one, there)) {
      missing.push(known)
      isKnown.add(keyOf(known))
    }
    yield
  }
  const lost: Array<BackupTree.VirtualEnvironment> = []
  const gone = new Set<string>()
  for (const environment of earlier.tree.environments) {
    const key = Uuid.key(environment.uuid)
    const present = there.get(key)
    if (present === undefined) {
      lost.push(environment)
      gone.add(key)
    } else {
      for (const first of firstMissed(environment, present, now)) if (!isKnown.has(keyOf(first))) missing.push(first)
    }
    yield
  }
  return { tree: { ...listing.tree, environments: [...listing.tree.environments, ...lost] }, gone: [...gone], missing }
}

/** Returns a missing backup as it is now, or nothing if it is back or has been reported twice. */
const stillMissing = (
  missing: MissingBackup,
  there: ReadonlyMap<string, Presence>
): ReadonlyArray<MissingBackup> => {
  const environment = there.get(Uuid.key(missing.environment))
  // A backup cannot be seen while its environment is gone.
  if (environment === undefined) return [missing]
  if (environment.backups.get(BackupId.key(missing.backup)) === missing.dateTime) return []
  return missing.wasNewest || missing.checks < 2
    ? [{ ...missing, name: environment.name, checks: missing.checks + 1 }]
    : []
}

/**
 * Returns whether a backup or an environment is missing that the earlier baseline still had.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isNewlyMissing = (earlier: Baseline, baseline: Baseline): boolean => {
  const wasGone = new Set(earlier.gone)
  return baseline.missing.some(({ checks }) => checks === 1) || baseline.gone.some((key) => !wasGone.has(key))
}

/**
 * A baseline without the forgotten backups, and a description of them.
 *
 * @category models
 * @since 0.2.0
 */
export interface Forgotten {
  readonly baseline: Baseline
  /** A description of each forgotten environment or backup. */
  readonly what: ReadonlyArray<string>
}

/**
 * The reason why nothing was forgotten: nothing with that name is missing, or several machines have it.
 *
 * @category errors
 * @since 0.2.0
 */
export type NotForgotten = Data.TaggedEnum<{
  NothingMissing: {}
  Ambiguous: { readonly uuids: ReadonlyArray<string> }
}>

/**
 * Stops reporting missing backups that were removed on purpose, by the name or id of a machine, chain or backup.
 *
 * A text that is a valid id is never treated as a name.
 *
 * @category combinators
 * @since 0.2.0
 */
export const forget = (baseline: Baseline, text: string): Result.Result<Forgotten, NotForgotten> => {
  const key = BackupId.key(text)
  const isMeant = Result.isSuccess(BackupId.parse(text))
    ? (_name: string, ids: ReadonlyArray<string>) => ids.some((id) => BackupId.key(id) === key)
    : (name: string) => name === text
  const isGone = new Set(baseline.gone)
  const [kept, dropped] = partition(
    baseline.tree.environments,
    ({ name, uuid }) => !isGone.has(Uuid.key(uuid)) || !isMeant(name, [uuid])
  )
  const left = new Set(kept.map(({ uuid }) => Uuid.key(uuid)))
  const [missing, forgotten] = partition(
    baseline.missing,
    ({ backup, chain, environment, name }) =>
      left.has(Uuid.key(environment)) && !isMeant(name, [environment, chain, backup])
  )
  const uuids = [...dropped.map(({ uuid }) => uuid), ...forgotten.map(({ environment }) => environment)]
  const machines = new Map(uuids.map((uuid) => [Uuid.key(uuid), uuid]))
  if (machines.size === 0) return Result.fail({ _tag: "NothingMissing" })
  if (machines.size > 1) return Result.fail({ _tag: "Ambiguous", uuids: [...machines.values()] })
  return Result.succeed({
    baseline: {
      tree: { ...baseline.tree, environments: kept },
      gone: baseline.gone.filter((uuid) => left.has(uuid)),
      missing
    },
    what: [
      ...dropped.map(({ name, uuid }) => `environment ${printed(uuid)} (${PrintableText.quote(name)})`),
      ...forgotten.map(({ backup, name }) => `backup ${printed(backup)} of ${PrintableText.quote(name)}`)
    ]
  })
}

/**
 * Returns the machines with backups that stay missing until they are back or forgotten, each once.
 *
 * @category accessors
 * @since 0.2.0
 */
export const machines = (baseline: Baseline): ReadonlyArray<{ readonly name: string; readonly uuid: string }> => {
  const isGone = new Set(baseline.gone)
  const all = [
    ...baseline.tree.environments.filter(({ uuid }) => isGone.has(Uuid.key(uuid))),
    ...baseline.missing.flatMap(({ environment, name, wasNewest }) => wasNewest ? [{ name, uuid: environment }] : [])
  ]
  return [...new Map(all.map(({ name, uuid }) => [Uuid.key(uuid), { name, uuid }])).values()]
}

const printed = (id: string): string => PrintableText.excerpt(id)

const partition = <A>(
  all: ReadonlyArray<A>,
  isKept: (one: A) => boolean
): readonly [kept: ReadonlyArray<A>, dropped: ReadonlyArray<A>] => [
  all.filter(isKept),
  all.filter((one) => !isKept(one))
]

const keyOf = ({ backup, environment }: MissingBackup): string => `${Uuid.key(environment)} ${BackupId.key(backup)}`

const isWhole = ({ completeness, request }: BackupListing): boolean =>
  completeness === "complete"
  && Option.match(request, {
    onNone: () => true,
    onSome: ({ kinds, subject }) => kinds === "vm+ct" && subject._tag === "Everything"
  })

/** The backups of an environment in a listing: their dates by the keys of their ids, and the chains. */
interface Presence {
  readonly name: string
  readonly backups: ReadonlyMap<string, string>
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}

const presenceIn = function*(
  tree: BackupTree.BackupTree
): Generator<undefined, ReadonlyMap<string, Presence>> {
  const byUuid = new Map<string, Array<BackupTree.VirtualEnvironment>>()
  for (const environment of tree.environments) {
    const key = Uuid.key(environment.uuid)
    const environments = byUuid.get(key)
    if (environments === undefined) byUuid.set(key, [environment])
    else environments.push(environment)
    yield
  }
  const there = new Map<string, Presence>()
  for (const [key, environments] of byUuid) {
    const chains = environments.flatMap((environment) => environment.chains)
    const backups = new Map(
      chains.flatMap((chain) => BackupTree.backups(chain).map(({ dateTime, id }) => [BackupId.key(id), dateTime]))
    )
    there.set(key, { name: environments[0]!.name, backups, chains })
    yield
  }
  return there
}

const firstMissed = (
  { chains, name, uuid }: BackupTree.VirtualEnvironment,
  present: Presence,
  since: DateTime.Utc
): ReadonlyArray<MissingBackup> => {
  const lost = chains.filter(({ head, incrementals }) =>
    !present.backups.has(BackupId.key((incrementals.at(-1) ?? head).id))
  )
  if (lost.length === 0) return []
  const newest = newestOf(present.chains, since)
  return lost.map((chain): MissingBackup => {
    const last = chain.incrementals.at(-1) ?? chain.head
    const backups = BackupTree.backups(chain).filter(({ id }) => !present.backups.has(BackupId.key(id)))
    return {
      environment: uuid,
      name,
      chain: chain.uuid,
      backup: last.id,
      dateTime: last.dateTime,
      wasNewest: newest === undefined || Uuid.equals(newest.chain, chain.uuid) || isNewer(backups, newest.at),
      since,
      checks: 1
    }
  })
}

interface Newest {
  readonly at: DateTime.Utc
  readonly chain: string
}

/** Finds the newest present backup. Future dates are ignored. */
const newestOf = (chains: ReadonlyArray<BackupTree.BackupChain>, now: DateTime.Utc): Newest | undefined => {
  const limit = DateTime.addDuration(now, Coverage.clockTolerance)
  let newest: Newest | undefined
  for (const chain of chains) {
    for (const at of datesOf(BackupTree.backups(chain))) {
      if (DateTime.isGreaterThan(at, limit)) continue
      if (newest === undefined || DateTime.isGreaterThan(at, newest.at)) newest = { at, chain: chain.uuid }
    }
  }
  return newest
}

// Missing backups keep the dates they had, so the current time does not matter.
const isNewer = (backups: ReadonlyArray<BackupTree.Backup>, than: DateTime.Utc): boolean =>
  datesOf(backups).some((at) => DateTime.isGreaterThan(at, than))

const datesOf = (backups: ReadonlyArray<BackupTree.Backup>): ReadonlyArray<DateTime.Utc> =>
  backups.flatMap((backup) => BackupDate.createdAt(backup) ?? [])
