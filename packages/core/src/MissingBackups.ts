/**
 * What earlier listings had and a later one lacks: a memory of listings, and the findings about what is missing.
 *
 * A server hides a chain while it removes or merges backups in it, so that one look cannot tell a chain in use from one
 * that was removed, nor that from one whose metadata are damaged. Old chains come and go with every retention; what is
 * lost with the newest backup of a machine stays in memory until it is back or somebody {@link forget}s it. So does a
 * machine that is gone as a whole, which is the finding of another rule, `lost-environments`, where `Invariants` are
 * given the tree of the memory as the earlier answer. Source: SEMANTICS 4.2 and 4.3.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupId from "./BackupId.ts"
import type { BackupListing } from "./BackupListing.ts"
import * as BackupTree from "./BackupTree.ts"
import * as Coverage from "./Coverage.ts"
import { timeText } from "./internal/ageText.ts"
import {
  environmentsOf,
  type FindingSubject,
  type InvariantRule,
  type Place,
  printPlace,
  type Severity
} from "./InvariantRule.ts"
import * as Uuid from "./Uuid.ts"

/** A chain that is missing, or the newest backup of a chain that is there. */
export interface MissingBackup {
  readonly environment: string
  readonly name: string
  readonly chain: string
  /** The id of the backup; null where the whole chain is missing. */
  readonly backup: string | null
  /** When the newest backup of what is missing was made; null where none of it has a date that can be believed. */
  readonly madeAt: DateTime.Utc | null
  /** Whether the listing that first lacked it held nothing as new of its environment. */
  readonly wasNewest: boolean
  /** When it was first missed. */
  readonly since: DateTime.Utc
  /** In how many looks it was missing. */
  readonly looks: number
}

/** What is remembered of listings: the last one, with the environments that are gone since; and what else is missing. */
export interface Memory {
  readonly tree: BackupTree.BackupTree
  readonly missing: ReadonlyArray<MissingBackup>
}

/** The memory before the first look. */
export const empty: Memory = { tree: BackupTree.empty, missing: [] }

/**
 * Takes a look at a listing: returns what to remember of it and of what came before.
 *
 * Only a whole listing shows what is missing: complete, of everything, virtual machines and containers. Any other changes
 * nothing.
 *
 * **Example**
 *
 * ```ts
 * const memory = MissingBackups.look(earlier, listing, now)
 * const findings = [
 *   ...Invariants.check(listing, { now, previous: memory.tree }),
 *   ...MissingBackups.check(memory, listing)
 * ]
 * ```
 */
export const look = (earlier: Memory, listing: BackupListing, now: DateTime.Utc): Memory => {
  if (!isWhole(listing)) return earlier
  const { tree } = listing
  const there = presenceIn(tree)
  const lost = earlier.tree.environments.filter((environment) => !there.environment(environment.uuid))
  const isBack = ({ backup, chain }: MissingBackup) => backup === null ? there.chain(chain) : there.backup(backup)
  const known = earlier.missing.filter((missing) => !isBack(missing)).flatMap((missing) =>
    // Nobody sees a chain while its environment is gone.
    !there.environment(missing.environment)
      ? [missing]
      : missing.wasNewest || missing.looks < 2
      ? [{ ...missing, looks: missing.looks + 1 }]
      : []
  )
  return {
    tree: { ...tree, environments: [...tree.environments, ...lost] },
    missing: [...known, ...firstMissed(earlier.tree, tree, there, now)]
  }
}

/** Tells whether a look has found missing what the look before it did not, or an environment that is gone. */
export const isNewlyMissing = (memory: Memory, listing: BackupListing): boolean => {
  const there = presenceIn(listing.tree)
  return memory.missing.some(({ looks }) => looks === 1)
    || memory.tree.environments.some(({ uuid }) => !there.environment(uuid))
}

/**
 * Forgets what is missing under a name or an id, of a machine, a chain or a backup: it was removed on purpose.
 *
 * `None` where nothing of that name is missing. What reads as an id is never taken for a name.
 */
export const forget = (memory: Memory, listing: BackupListing, text: string): Option.Option<Memory> => {
  const key = BackupId.key(text)
  const isMeant = Result.isSuccess(BackupId.parse(text))
    ? (_name: string, ids: ReadonlyArray<string>) => ids.some((id) => BackupId.key(id) === key)
    : (name: string) => name === text
  const there = presenceIn(listing.tree)
  const environments = memory.tree.environments.filter(({ name, uuid }) =>
    there.environment(uuid) || !isMeant(name, [uuid])
  )
  const left = presenceIn({ ...memory.tree, environments })
  const missing = memory.missing.filter(({ backup, chain, environment, name }) =>
    left.environment(environment) && !isMeant(name, [environment, chain, ...(backup === null ? [] : [backup])])
  )
  return environments.length === memory.tree.environments.length && missing.length === memory.missing.length
    ? Option.none()
    : Option.some({ tree: { ...memory.tree, environments }, missing })
}

/** Returns the names of the machines of which something stays missing until it is back or forgotten, each once. */
export const names = (memory: Memory, listing: BackupListing): ReadonlyArray<string> => {
  const there = presenceIn(listing.tree)
  const lost = memory.tree.environments.filter(({ uuid }) => !there.environment(uuid))
  return [...new Set([...lost, ...memory.missing.filter(({ wasNewest }) => wasNewest)].map(({ name }) => name))]
}

const isWhole = ({ completeness, request }: BackupListing): boolean =>
  completeness === "complete"
  && Option.match(request, {
    onNone: () => true,
    onSome: ({ kinds, subject }) => kinds === "vm+ct" && subject._tag === "Everything"
  })

/** Tells what a tree holds. */
const presenceIn = (tree: BackupTree.BackupTree) => {
  const environments = new Set(tree.environments.map(({ uuid }) => Uuid.key(uuid)))
  const allChains = tree.environments.flatMap(({ chains }) => chains)
  const chains = new Set(allChains.map(({ uuid }) => Uuid.key(uuid)))
  const backups = new Set(allChains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => BackupId.key(id))))
  return {
    environment: (uuid: string) => environments.has(Uuid.key(uuid)),
    chain: (uuid: string) => chains.has(Uuid.key(uuid)),
    backup: (id: string) => backups.has(BackupId.key(id))
  }
}

const firstMissed = (
  before: BackupTree.BackupTree,
  now: BackupTree.BackupTree,
  there: ReturnType<typeof presenceIn>,
  since: DateTime.Utc
): ReadonlyArray<MissingBackup> => {
  const present = Map.groupBy(now.environments, ({ uuid }) => Uuid.key(uuid))
  return before.environments.flatMap(({ chains, name, uuid }) => {
    const rest = present.get(Uuid.key(uuid))
    if (rest === undefined) return []
    const newest = newestOf(rest.flatMap((environment) => environment.chains), since)
    const isNewer = (candidate: Newest | undefined) =>
      candidate !== undefined && (newest === undefined || DateTime.isGreaterThan(candidate.at, newest.at))
    const known = { environment: uuid, name, since, looks: 1 }
    const gone = chains.filter((chain) => !there.chain(chain.uuid)).map((chain): MissingBackup => {
      const held = newestOf([chain], since)
      return {
        ...known,
        chain: chain.uuid,
        backup: null,
        madeAt: held?.at ?? null,
        wasNewest: newest === undefined || isNewer(held)
      }
    })
    const held = newestOf(chains.filter((chain) => there.chain(chain.uuid)), since)
    return held === undefined || !isNewer(held) || there.backup(held.id)
      ? gone
      : [...gone, { ...known, chain: held.chain, backup: held.id, madeAt: held.at, wasNewest: true }]
  })
}

interface Newest {
  readonly at: DateTime.Utc
  readonly chain: string
  readonly id: string
}

/** Finds the newest backup of some chains; a date in the future says nothing about the past. */
const newestOf = (chains: ReadonlyArray<BackupTree.BackupChain>, now: DateTime.Utc): Newest | undefined => {
  const limit = DateTime.addDuration(now, Coverage.clockTolerance)
  let newest: Newest | undefined
  for (const chain of chains) {
    for (const backup of BackupTree.backups(chain)) {
      const at = BackupTree.createdAt(backup)
      if (at === null || DateTime.isGreaterThan(at, limit)) continue
      if (newest === undefined || DateTime.isGreaterThan(at, newest.at)) {
        newest = { at, chain: chain.uuid, id: backup.id }
      }
    }
  }
  return newest
}

/** What a rule about missing backups says to people. */
export type MissingRule = Pick<
  InvariantRule,
  "id" | "name" | "statement" | "severity" | "meaning" | "advice" | "source"
>

/** The rules: the first look that lacks a chain; a later one that lacks an old chain, or the newest backup. */
export const rules = [
  {
    id: "possibly-locked",
    name: "a chain that was there is there",
    statement: "A chain of the last listing is in this one.",
    severity: "warning",
    meaning: "A server hides a chain while it removes or merges backups in it; or the chain has been removed.",
    advice: "Check again when no backup is being removed.",
    source: "SEMANTICS 4.2"
  },
  {
    id: "removed-chain",
    name: "an old chain that was missing has come back",
    statement: "An old chain that was missing at the last check is back.",
    severity: "info",
    meaning:
      "The chain has been removed, as retention does, or can no longer be read: none of its backups can be restored.",
    advice: "If neither a person nor the retention of the server removed it, look at the backup store on the server.",
    source: "SEMANTICS 4.2 and 4.3"
  },
  {
    id: "lost-newest-backup",
    name: "the newest backup of a machine stays",
    statement: "The newest backup of a machine is not older than it was at an earlier check.",
    severity: "warning",
    meaning: "A restore brings back an older state than it would have: the newest backup has been removed, is still in "
      + "use by a writer, or can no longer be read.",
    advice: "If it was removed on purpose, say so (backup-tree check --forget NAME). If not, look at the backup store: "
      + "a backup whose description is damaged is not listed, although its data may be there.",
    source: "SEMANTICS 4.2 and 4.3"
  }
] as const satisfies ReadonlyArray<MissingRule>

/** Returns the rule of an id. */
export const rule = (id: string): MissingRule | undefined => rules.find((candidate) => candidate.id === id)

/** A finding about something that is not in the listing. */
export interface MissingFinding {
  readonly rule: string
  readonly severity: Severity
  readonly path: string
  readonly place: Place
  readonly subject: FindingSubject
  readonly message: string
}

/** Returns the findings about what is missing of the environments of a listing, each at its environment. */
export const check = (memory: Memory, listing: BackupListing): ReadonlyArray<MissingFinding> => {
  const places = new Map(
    environmentsOf(listing.tree).map(({ environment, place }) => [Uuid.key(environment.uuid), place])
  )
  return memory.missing.flatMap((missing) => {
    const place = places.get(Uuid.key(missing.environment))
    // An environment that is gone as a whole is a finding of its own.
    return place === undefined ? [] : [toFinding(missing, place)]
  })
}

const toFinding = (missing: MissingBackup, place: Place): MissingFinding => {
  const { backup, chain, environment, name, wasNewest } = missing
  const id = backup === null && missing.looks === 1
    ? "possibly-locked"
    : wasNewest
    ? "lost-newest-backup"
    : "removed-chain"
  return {
    rule: id,
    // Retention removes old chains every few days, and nobody is to be woken by that.
    severity: wasNewest ? "warning" : "info",
    path: printPlace(place),
    place,
    subject: { environment, name, chain, backup: backup ?? undefined },
    message: messageOf(missing, id)
  }
}

const messageOf = (
  { backup, chain, madeAt, since, wasNewest }: MissingBackup,
  id: (typeof rules)[number]["id"]
): string => {
  const of = madeAt === null ? "" : ` of ${timeText(madeAt)}`
  if (backup !== null) return `backup ${backup}${of}, then the newest, is missing since the check of ${timeText(since)}`
  const newest = wasNewest ? `, with the newest backup${of}` : ""
  return id === "possibly-locked"
    ? `chain ${chain}${newest} was there at the last check and is missing now: possibly locked`
    : `chain ${chain}${newest} is missing since the check of ${timeText(since)}: removed, or it can no longer be read`
}
