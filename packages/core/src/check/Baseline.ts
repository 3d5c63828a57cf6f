/**
 * What earlier listings had and a later one lacks: a memory of listings, and the findings about what is missing.
 *
 * A server hides a chain while it removes or merges backups in it, so that one look cannot tell a chain in use from one
 * that was removed, nor that from one whose metadata are damaged. Retention removes old chains every few days; what is
 * lost with the newest backup of a machine stays in memory until that backup is back or somebody {@link forget}s it. So
 * does a machine that is gone as a whole, which is the finding of a rule of `Invariants`, `lost-environments`: give them
 * the tree of the memory as the earlier answer. A backup that is merged away from the middle of its chain is not missed,
 * for its data are still there. Source: SEMANTICS 4.2 and 4.3.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"
import { timeText } from "../text/TimeText.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { environmentsOf, type Place, printPlace } from "../tree/TreePath.ts"
import * as Coverage from "./Coverage.ts"
import type { Finding, RuleText } from "./Rule.ts"

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
  /** In how many looks it was missing. */
  readonly looks: number
}

/** What is remembered of listings. */
export interface Memory {
  /** The last listing, and of those before it the environments that are gone since. */
  readonly tree: BackupTree.BackupTree
  /** The uuids of the environments that are gone, as keys ({@link Uuid.key}). */
  readonly gone: ReadonlyArray<string>
  readonly missing: ReadonlyArray<MissingBackup>
}

/** The memory before the first look. */
export const empty: Memory = { tree: BackupTree.empty, gone: [], missing: [] }

/**
 * Takes a look at a listing: returns what to remember of it and of what came before.
 *
 * Only a whole listing shows what is missing: complete, of everything, virtual machines and containers. Any other changes
 * nothing.
 *
 * **Example**
 *
 * ```ts
 * const memory = Baseline.look(earlier, listing, now)
 * const findings = [
 *   ...Check.check(listing, { now, previous: memory.tree }),
 *   ...Baseline.check(memory, listing)
 * ]
 * ```
 */
export const look = (earlier: Memory, listing: BackupListing, now: DateTime.Utc): Memory => {
  if (!isWhole(listing)) return earlier
  const there = presenceIn(listing.tree)
  const lost = earlier.tree.environments.filter(({ uuid }) => there.get(Uuid.key(uuid)) === undefined)
  const known = earlier.missing.flatMap((missing): ReadonlyArray<MissingBackup> => {
    const environment = there.get(Uuid.key(missing.environment))
    // Nobody sees a backup while its environment is gone.
    if (environment === undefined) return [missing]
    if (environment.backups.get(BackupId.key(missing.backup)) === missing.dateTime) return []
    return missing.wasNewest || missing.looks < 2
      ? [{ ...missing, name: environment.name, looks: missing.looks + 1 }]
      : []
  })
  const isKnown = new Set(known.map(keyOf))
  return {
    tree: { ...listing.tree, environments: [...listing.tree.environments, ...lost] },
    gone: [...new Set(lost.map(({ uuid }) => Uuid.key(uuid)))],
    missing: [...known, ...firstMissed(earlier.tree, there, now).filter((missing) => !isKnown.has(keyOf(missing)))]
  }
}

/** Tells whether a look has found missing what the look before it had: a backup, or a whole environment. */
export const isNewlyMissing = (earlier: Memory, memory: Memory): boolean =>
  memory.missing.some(({ looks }) => looks === 1) || memory.gone.some((key) => !earlier.gone.includes(key))

/** What was forgotten, and what is remembered without it. */
export interface Forgotten {
  readonly memory: Memory
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
export const forget = (memory: Memory, text: string): Result.Result<Forgotten, NotForgotten> => {
  const key = BackupId.key(text)
  const isMeant = Result.isSuccess(BackupId.parse(text))
    ? (_name: string, ids: ReadonlyArray<string>) => ids.some((id) => BackupId.key(id) === key)
    : (name: string) => name === text
  const isGone = new Set(memory.gone)
  const [kept, dropped] = partition(
    memory.tree.environments,
    ({ name, uuid }) => !isGone.has(Uuid.key(uuid)) || !isMeant(name, [uuid])
  )
  const left = new Set(kept.map(({ uuid }) => Uuid.key(uuid)))
  const [missing, forgotten] = partition(
    memory.missing,
    ({ backup, chain, environment, name }) =>
      left.has(Uuid.key(environment)) && !isMeant(name, [environment, chain, backup])
  )
  const uuids = [...dropped.map(({ uuid }) => uuid), ...forgotten.map(({ environment }) => environment)]
  const machines = new Map(uuids.map((uuid) => [Uuid.key(uuid), uuid]))
  if (machines.size === 0) return Result.fail({ _tag: "NothingMissing" })
  if (machines.size > 1) return Result.fail({ _tag: "Ambiguous", uuids: [...machines.values()] })
  return Result.succeed({
    memory: {
      tree: { ...memory.tree, environments: kept },
      gone: memory.gone.filter((uuid) => left.has(uuid)),
      missing
    },
    what: [
      ...dropped.map(({ name, uuid }) => `environment ${printed(uuid)} (${PrintableText.quote(name)})`),
      ...forgotten.map(({ backup, name }) => `backup ${printed(backup)} of ${PrintableText.quote(name)}`)
    ]
  })
}

/** Returns the machines of which something stays missing until it is back or forgotten, by name and uuid, each once. */
export const machines = (memory: Memory): ReadonlyArray<{ readonly name: string; readonly uuid: string }> => {
  const isGone = new Set(memory.gone)
  const all = [
    ...memory.tree.environments.filter(({ uuid }) => isGone.has(Uuid.key(uuid))),
    ...memory.missing.flatMap(({ environment, name, wasNewest }) => wasNewest ? [{ name, uuid: environment }] : [])
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
        looks: 1
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

/** The rules: the first look that lacks a chain; a later one that lacks old backups, or the newest. */
export const rules = [
  {
    id: "possibly-locked",
    name: "a chain that was there is there",
    statement: "A chain of the last listing is in this one.",
    severity: "warning",
    breaks: "nothing",
    meaning: "A server hides a chain while it removes or merges backups in it; or the chain has been removed.",
    advice: "Check again when no backup is being removed.",
    source: "SEMANTICS 4.2"
  },
  {
    id: "removed-backups",
    name: "old backups stay",
    statement: "No chain loses its last backups, and none is removed.",
    severity: "info",
    breaks: "nothing",
    meaning: "Old backups have been removed, as retention does, or can no longer be read: they cannot be restored.",
    advice: "If neither a person nor the retention of the server removed them, look at the backup store on the server.",
    source: "SEMANTICS 4.2 and 4.3"
  },
  {
    id: "lost-newest-backup",
    name: "the newest backup of a machine stays",
    statement: "The newest backup of a machine is not older than it was at an earlier check.",
    severity: "warning",
    breaks: "nothing",
    meaning: "A restore brings back an older state than it would have: the newest backup has been removed, is still in "
      + "use by a writer, or can no longer be read.",
    advice: "If it was removed on purpose, say so (backup-tree check --state FILE --forget NAME). If not, look at the "
      + "backup store: a backup whose description is damaged is not listed, although its data may be there.",
    source: "SEMANTICS 4.2 and 4.3"
  }
] as const satisfies ReadonlyArray<RuleText>

/** Returns the rule of an id. */
export const rule = (id: string): RuleText | undefined => rules.find((candidate) => candidate.id === id)

/** Returns the findings about what is missing of the environments of a listing, each at its environment. */
export const check = (memory: Memory, listing: BackupListing): ReadonlyArray<Finding> => {
  const environments = new Map(
    environmentsOf(listing.tree).map(({ environment, place }) => [Uuid.key(environment.uuid), { environment, place }])
  )
  return memory.missing.flatMap((missing) => {
    const at = environments.get(Uuid.key(missing.environment))
    // An environment that is gone as a whole is a finding of its own.
    if (at === undefined) return []
    const hasChain = at.environment.chains.some(({ uuid }) => Uuid.equals(uuid, missing.chain))
    return [toFinding(missing, hasChain, at.place)]
  })
}

const toFinding = (missing: MissingBackup, hasChain: boolean, place: Place): Finding => {
  const { backup, chain, dateTime, environment, looks, name, since, wasNewest } = missing
  const isHidden = !hasChain && looks === 1
  const at = BackupDate.parse(dateTime)
  const last = `${backup}${at === undefined ? "" : ` of ${timeText(at)}`}`
  const what = hasChain ? `backup ${last}` : `chain ${chain} with backup ${last}`
  return {
    rule: isHidden ? "possibly-locked" : wasNewest ? "lost-newest-backup" : "removed-backups",
    // Retention removes old chains every few days, and nobody is to be woken by that.
    severity: wasNewest ? "warning" : "info",
    path: printPlace(place),
    place,
    subject: { environment, name, chain, backup: hasChain ? backup : undefined },
    message: isHidden
      ? `${what}${wasNewest ? ", the newest," : ""} was there at the last check and is missing now: possibly locked`
      : `${what}${wasNewest ? ", then the newest," : ""} is missing since the check of ${timeText(since)}`
  }
}
