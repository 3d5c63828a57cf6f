/**
 * What earlier listings had, to compare the next one with.
 *
 * A server hides a chain while it removes or merges backups in it. One listing cannot tell a chain in use from one that
 * was removed, nor that from one whose metadata is damaged. Retention removes old chains every few days. What is lost
 * with the newest backup of a machine stays missing until that backup is back or it is forgotten ({@link forget}), and so
 * does a machine that is gone as a whole. A backup that is merged away from the middle of its chain is not missed, for its
 * data is still there. `Check.run` reports what is missing. Source: SEMANTICS 4.2 and 4.3.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as Coverage from "./Coverage.ts"

/** The last backup of a chain, which is missing: alone, or with the whole chain. */
export interface MissingBackup {
  readonly environment: string
  readonly name: string
  readonly chain: string
  /** The id of the backup. */
  readonly backup: string
  /** Its date as the server wrote it: a later backup may be given the same id. */
  readonly dateTime: string
  /** Whether the listing that first lacked it held nothing as new of its environment. */
  readonly wasNewest: boolean
  /** When it was first missed. */
  readonly since: DateTime.Utc
  /** In how many checks it was missing. */
  readonly checks: number
}

/** What earlier listings had. */
export interface Baseline {
  /** The last listing, and of those before it the environments that are gone since. */
  readonly tree: BackupTree.BackupTree
  /** The uuids of the environments that are gone, as keys ({@link Uuid.key}). */
  readonly gone: ReadonlyArray<string>
  readonly missing: ReadonlyArray<MissingBackup>
}

/** The baseline before the first check. */
export const empty: Baseline = { tree: BackupTree.empty, gone: [], missing: [] }

/**
 * Brings a baseline up to date with a listing: returns what to compare this listing, and later the next one, with.
 *
 * Only a whole listing shows what is missing: complete, of everything, virtual machines and containers. Any other changes
 * nothing.
 *
 * **Example**
 *
 * ```ts
 * const baseline = Baseline.update(earlier, listing, now)
 * const report = Check.run(listing, { now, baseline })
 * // store the baseline for the next check
 * ```
 */
export const update = (earlier: Baseline, listing: BackupListing, now: DateTime.Utc): Baseline => {
  if (!isWhole(listing)) return earlier
  const there = presenceIn(listing.tree)
  const lost = earlier.tree.environments.filter(({ uuid }) => there.get(Uuid.key(uuid)) === undefined)
  const known = earlier.missing.flatMap((missing): ReadonlyArray<MissingBackup> => {
    const environment = there.get(Uuid.key(missing.environment))
    // Nobody sees a backup while its environment is gone.
    if (environment === undefined) return [missing]
    if (environment.backups.get(BackupId.key(missing.backup)) === missing.dateTime) return []
    return missing.wasNewest || missing.checks < 2
      ? [{ ...missing, name: environment.name, checks: missing.checks + 1 }]
      : []
  })
  const isKnown = new Set(known.map(keyOf))
  return {
    tree: { ...listing.tree, environments: [...listing.tree.environments, ...lost] },
    gone: [...new Set(lost.map(({ uuid }) => Uuid.key(uuid)))],
    missing: [...known, ...firstMissed(earlier.tree, there, now).filter((missing) => !isKnown.has(keyOf(missing)))]
  }
}

/** Tells whether something is missing that the earlier baseline did not miss: a backup, or a whole environment. */
export const isNewlyMissing = (earlier: Baseline, baseline: Baseline): boolean =>
  baseline.missing.some(({ checks }) => checks === 1) || baseline.gone.some((key) => !earlier.gone.includes(key))

/** What was forgotten, and the baseline without it. */
export interface Forgotten {
  readonly baseline: Baseline
  /** What is no longer missed, in words. */
  readonly what: ReadonlyArray<string>
}

/** Why nothing was forgotten: nothing of that name is missing, or it is of several machines, with these uuids. */
export type NotForgotten = { readonly _tag: "NothingMissing" } | {
  readonly _tag: "Ambiguous"
  readonly uuids: ReadonlyArray<string>
}

/**
 * Forgets what is missing under a name or an id, of a machine, a chain or a backup: it was removed on purpose.
 *
 * What reads as an id is never taken for a name.
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

/** Returns the machines of which something stays missing until it is back or forgotten, by name and uuid, each once. */
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

/** What a listing has of an environment: the dates of its backups by the keys of their ids, and its newest backup. */
interface Presence {
  readonly name: string
  readonly backups: ReadonlyMap<string, string>
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}

const presenceIn = (tree: BackupTree.BackupTree): ReadonlyMap<string, Presence> => {
  const byUuid = Map.groupBy(tree.environments, ({ uuid }) => Uuid.key(uuid))
  return new Map([...byUuid].map(([key, environments]) => {
    const chains = environments.flatMap((environment) => environment.chains)
    const backups = new Map(
      chains.flatMap((chain) => BackupTree.backups(chain).map(({ dateTime, id }) => [BackupId.key(id), dateTime]))
    )
    return [key, { name: environments[0]!.name, backups, chains }]
  }))
}

const firstMissed = (
  before: BackupTree.BackupTree,
  there: ReadonlyMap<string, Presence>,
  since: DateTime.Utc
): ReadonlyArray<MissingBackup> =>
  before.environments.flatMap(({ chains, name, uuid }) => {
    const present = there.get(Uuid.key(uuid))
    if (present === undefined) return []
    const newest = newestOf(present.chains, since)
    return chains.flatMap((chain): ReadonlyArray<MissingBackup> => {
      const last = chain.incrementals.at(-1) ?? chain.head
      if (present.backups.has(BackupId.key(last.id))) return []
      const lost = BackupTree.backups(chain).filter(({ id }) => !present.backups.has(BackupId.key(id)))
      return [{
        environment: uuid,
        name,
        chain: chain.uuid,
        backup: last.id,
        dateTime: last.dateTime,
        wasNewest: newest === undefined || Uuid.equals(newest.chain, chain.uuid) || isNewer(lost, newest.at),
        since,
        checks: 1
      }]
    })
  })

interface Newest {
  readonly at: DateTime.Utc
  readonly chain: string
}

/** Finds the newest backup that is there; a date in the future says nothing about the past. */
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

// What is missing is judged by the dates that it bore, whatever the clock says today.
const isNewer = (backups: ReadonlyArray<BackupTree.Backup>, than: DateTime.Utc): boolean =>
  datesOf(backups).some((at) => DateTime.isGreaterThan(at, than))

const datesOf = (backups: ReadonlyArray<BackupTree.Backup>): ReadonlyArray<DateTime.Utc> =>
  backups.flatMap((backup) => BackupDate.createdAt(backup) ?? [])
