/** Rules about dates: of each backup, along a chain, among the chains of an environment, and against the clock. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { ageText, timeText } from "../../text/TimeText.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { printPlace } from "../../tree/TreePath.ts"
import * as Coverage from "../Coverage.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"
import { duplicates, repeated } from "../internal/repeated.ts"

/** A backup with a known date; `backup` is its index in the chain. */
interface Dated {
  readonly id: string
  readonly number: number
  readonly backup: number
  readonly time: number
}

const printTime = (time: number): string => timeText(DateTime.makeUnsafe(time))

const datedOf = (chain: BackupTree.BackupChain): ReadonlyArray<Dated> =>
  BackupTree.backups(chain).flatMap((item, backup) => {
    const time = BackupDate.timeOf(item.dateTime)
    // The head is always first.
    return time === undefined
      ? []
      : [{ id: item.id, number: item._tag === "FullBackup" ? 0 : item.number, backup, time }]
  })

const missingDates = rule({
  id: "I13",
  name: "every backup has a date",
  statement: "Every backup has a date that can be read.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The age of this backup is unknown. An undated full backup ranks as the oldest, so Virtuozzo neither restores "
    + "its chain by default nor extends it.",
  advice:
    "Check DateTime in the backup's .metadata. In a time zone with daylight saving time, a server loses the dates "
    + "of one hour a year.",
  source: "SEMANTICS 4.4 and 1.6",
  yieldsTo: ["bad-date", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      BackupDate.isDate(backup.dateTime) ? [] : [{
        place,
        path: `${printPlace(place)}/DateTime`,
        message: backup.dateTime === ""
          ? `backup ${backup.id} has no date`
          : `backup ${backup.id} has an invalid date: ${quoted(backup.dateTime)}`
      }]
  })
})

const ascendingDates = rule({
  id: "I14",
  name: "dates ascend along a chain",
  statement: "No backup of a chain is dated before the one that it builds on; undated backups are skipped.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Restores follow the numbers, so the chain is intact. Choosing a backup by its date can select the wrong one.",
  advice: "Check the clock of the backup server: it was set back between these two backups.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      // The number is the position in the chain; I07 reports a listing in another order.
      const dated = datedOf(chain).toSorted((a, b) => a.number - b.number)
      return dated.flatMap(({ backup, id, time }, index) => {
        const before = dated[index - 1]
        if (before === undefined || time >= before.time) return []
        return [{
          place: { ...place, backup },
          message: `backup ${id} is dated ${printTime(time)}, before its predecessor ${before.id} (${
            printTime(before.time)
          })`
        }]
      })
    }
  })
})

const distinctHeads = rule({
  id: "I15",
  name: "full backups have different dates",
  statement: "No two full backups of an environment have the same date; undated ones are skipped.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The newest chain is ambiguous: a restore without an id, and the next incremental, can use either one.",
  advice: "Restore by id, and create a full backup. Look for a copied chain in the backup store.",
  source: "SEMANTICS 4.4",
  check: () => ({
    *environment({ environment, place }) {
      const heads = environment.chains.flatMap(({ head }, chain) => {
        const time = BackupDate.timeOf(head.dateTime)
        return time === undefined ? [] : [{ time, place: { ...place, chain, backup: 0 } }]
      })
      for (const group of duplicates(heads, ({ time }) => String(time))) {
        yield* repeated(`full backup date ${printTime(group[0]!.time)}`, group)
      }
    }
  })
})

const futureDates = rule({
  id: "I16",
  name: "no backup is dated in the future",
  statement: "No backup is dated more than five minutes after the time of the check; clocks may differ by that much.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning:
    "A clock is wrong. A full backup dated in the future stays the newest: later incrementals extend its chain, and "
    + "restores without an id use it.",
  advice: "Check the clocks of the backup server and of this machine. Restore by id until that date has passed.",
  source: "SEMANTICS 4.4",
  needs: ["now"],
  check: (_, { now }) => {
    if (now === undefined) return {}
    const latest = DateTime.addDuration(now, Coverage.clockTolerance).epochMilliseconds
    return {
      backup: ({ backup, place }) => {
        const time = BackupDate.timeOf(backup.dateTime)
        return time === undefined || time <= latest ? [] : [{
          place,
          message: `backup ${backup.id} is dated ${printTime(time)}, but the current time is ${timeText(now)}`
        }]
      }
    }
  }
})

const freshBackups = rule({
  id: "I40",
  name: "every environment has a recent backup",
  statement: "The newest backup of an environment is no older than the limit.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning: "A restore would bring back an older state than allowed: the schedule failed or was switched off.",
  advice: "Check the schedule and the last backup task of this environment, and create a backup now.",
  source: "SEMANTICS 4.4 and 7",
  needs: ["now", "maxAge"],
  check: ({ completeness }, { maxAge, now }) => {
    // The response for one backup id does not show the other backups.
    if (now === undefined || maxAge === undefined || completeness === "partial") return {}
    return {
      environment: ({ environment, place }) => {
        // A future date does not reveal when the backup was made.
        const { age, at } = Coverage.lastBackup([environment], now)
        if (age !== undefined && Duration.isLessThanOrEqualTo(age, maxAge)) return []
        const limit = `the limit is ${ageText(maxAge)}`
        return [{
          place,
          message: at === undefined || age === undefined
            ? `no backup is dated up to the time of this check, ${timeText(now)}; ${limit}`
            : `the newest backup (${timeText(at)}) is ${ageText(age)} old; ${limit}`
        }]
      }
    }
  }
})

/** The rules about dates, in the order of their ids. */
export const dateRules = [
  missingDates,
  ascendingDates,
  distinctHeads,
  futureDates,
  freshBackups
]
