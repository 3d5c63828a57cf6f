/**
 * Trees and an oracle for measuring retention plans: the same rules in the plainest way, with the calendar of Intl.
 */
import * as DateTime from "effect/DateTime"
import * as BackupDate from "../src/tree/BackupDate.ts"
import * as BackupTree from "../src/tree/BackupTree.ts"

/** A zone whose clocks change. */
export const zone = "Europe/London"

/** What the policy keeps. */
export const counts = { daily: 7, weekly: 4, monthly: 12 } as const

const half = 1_800_000
const day = 48 * half

const withTimes = (tree: BackupTree.BackupTree, timeOf: (time: number, index: number) => number) => {
  let index = 0
  const each = <A extends BackupTree.Backup>(backup: A): A => ({
    ...backup,
    dateTime: BackupDate.print(DateTime.makeUnsafe(timeOf(BackupDate.timeOf(backup.dateTime)!, index++)))
  })
  return {
    ...tree,
    environments: tree.environments.map((environment) => ({
      ...environment,
      chains: environment.chains.map((chain) => ({
        ...chain,
        head: each(chain.head),
        incrementals: chain.incrementals.map(each)
      }))
    }))
  }
}

const first = Date.UTC(2026, 0, 5)

/**
 * The same tree with a backup each third night of a spring. The policy removes the end of the first chain of every second
 * machine, and the whole first chain of the others.
 */
export const inSpring = (tree: BackupTree.BackupTree): BackupTree.BackupTree =>
  withTimes(tree, (time, index) => {
    const later = Math.floor(index / 21) % 2 === 0 ? 42 : 57
    return time + (2 * Math.floor((time - first) / day) + later) * day
  })

/** All chains in one environment, with a backup each half hour. */
export const ofOneMachine = (tree: BackupTree.BackupTree): BackupTree.BackupTree => {
  const [environment] = tree.environments
  const chains = tree.environments.flatMap(({ chains }) => chains)
  return withTimes(
    { ...tree, environments: [{ ...environment!, chains }] },
    (_, index) => Date.UTC(1995, 0, 1) + half * index
  )
}

const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" })

/** Returns the Monday of a local date. */
const monday = (date: string): string => {
  return DateTime.formatIsoDateUtc(DateTime.startOf(DateTime.makeUnsafe(date), "week", { weekStartsOn: 1 }))
}

const periods = [
  [counts.daily, (date: string) => date],
  [counts.weekly, monday],
  [counts.monthly, (date: string) => date.slice(0, 7)]
] as const

const keptOf = ({ chains }: BackupTree.VirtualEnvironment): ReadonlySet<BackupTree.Backup> => {
  const newestFirst = chains.flatMap(BackupTree.backups)
    .map((backup) => ({ backup, time: BackupDate.timeOf(backup.dateTime)! }))
    .toReversed().toSorted((one, other) => other.time - one.time)
    .map(({ backup, time }) => ({ backup, date: format.format(time) }))
  const kept = new Set<BackupTree.Backup>()
  for (const [count, periodOf] of periods) {
    const found = new Set<string>()
    for (const { backup, date } of newestFirst) {
      const period = periodOf(date)
      if (found.size === count || found.has(period)) continue
      found.add(period)
      kept.add(backup)
    }
  }
  for (const chain of chains) {
    const backups = BackupTree.backups(chain)
    const last = backups.findLastIndex((backup) => kept.has(backup))
    for (const backup of backups.slice(0, last + 1)) kept.add(backup)
  }
  return kept
}

/** Returns the ids that stay and those that go, in the order of the tree. */
export const expected = (tree: BackupTree.BackupTree) => {
  const ids = { kept: [] as Array<string>, removed: [] as Array<string> }
  for (const environment of tree.environments) {
    const kept = keptOf(environment)
    for (const backup of environment.chains.flatMap(BackupTree.backups)) {
      ids[kept.has(backup) ? "kept" : "removed"].push(backup.id)
    }
  }
  return ids
}
