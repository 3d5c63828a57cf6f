/** Rules about dates: of each backup, along a chain, among the chains of an environment, and before the clock. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { ageText, timeText } from "../../text/TimeText.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { printPlace } from "../../tree/TreePath.ts"
import * as Coverage from "../Coverage.ts"
import { duplicates, repeated } from "../internal/repeated.ts"
import type { Rule } from "../Rule.ts"

/** A backup whose date is known; `backup` is its index in the chain. */
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
    // The head is first, whatever its number.
    return time === undefined
      ? []
      : [{ id: item.id, number: item._tag === "FullBackup" ? 0 : item.number, backup, time }]
  })

const missingDates: Rule = {
  id: "I13",
  name: "every backup is dated",
  statement: "The date of a backup is there and can be read.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The age of this backup is unknown. An undated full backup ranks as the oldest, so that the product neither "
    + "restores its chain by default nor extends it.",
  advice:
    "Look at the DateTime in the item's .metadata. A server in a zone with summer time loses the dates of one hour a "
    + "year.",
  source: "SEMANTICS 4.4 and 1.6, BH:1743",
  yieldsTo: ["bad-date", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      BackupDate.isDate(backup.dateTime) ? [] : [{
        place,
        path: `${printPlace(place)}/DateTime`,
        message: backup.dateTime === ""
          ? `backup ${backup.id} has no date`
          : `the date of backup ${backup.id} names no time: ${JSON.stringify(backup.dateTime)}`
      }]
  })
}

const ascendingDates: Rule = {
  id: "I14",
  name: "dates ascend along a chain",
  statement: "No backup of a chain is dated before the one that it builds on; undated ones are passed over.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The chain is restored by its numbers, so that it is fine; a choice by date can take another backup than meant.",
  advice: "Check the clock of the backup server: it was set back between these two backups.",
  source: "SEMANTICS 4.4, CT:662",
  check: () => ({
    chain: ({ chain, place }) => {
      // The number is the position in the chain; a listing in another order is the finding of I07.
      const dated = datedOf(chain).toSorted((a, b) => a.number - b.number)
      return dated.flatMap(({ backup, id, time }, index) => {
        const before = dated[index - 1]
        if (before === undefined || time >= before.time) return []
        return [{
          place: { ...place, backup },
          message: `backup ${id} is dated ${printTime(time)}, and the one before it, ${before.id}, `
            + printTime(before.time)
        }]
      })
    }
  })
}

const distinctHeads: Rule = {
  id: "I15",
  name: "full backups have different dates",
  statement: "No two heads of an environment have the same date; undated ones do not count.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Which chain is the newest is left to chance: a restore without an id, and the next incremental, can take either.",
  advice: "Restore by id, and make a full backup; look for a copied chain in the backup store.",
  source: "SEMANTICS 4.4, CT:641-643",
  check: () => ({
    environment: ({ environment, place }) => {
      const heads = environment.chains.flatMap(({ head }, chain) => {
        const time = BackupDate.timeOf(head.dateTime)
        return time === undefined ? [] : [{ time, place: { ...place, chain, backup: 0 } }]
      })
      return duplicates(heads, ({ time }) => String(time)).flatMap((group) =>
        repeated(`a full backup of ${printTime(group[0]!.time)}`, group)
      )
    }
  })
}

const futureDates: Rule = {
  id: "I16",
  name: "no backup is from the future",
  statement: "No backup is dated more than five minutes after the time of the check, by which two clocks may differ.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning:
    "A clock is wrong. A full backup from the future stays the newest: it takes every later incremental, and every "
    + "restore without an id.",
  advice: "Check the clocks of the backup server and of this machine; until the date has passed, restore by id.",
  source: "SEMANTICS 4.4, BH:1743",
  needs: ["now"],
  check: (_, { now }) => {
    if (now === undefined) return {}
    const latest = DateTime.addDuration(now, Coverage.clockTolerance).epochMilliseconds
    return {
      backup: ({ backup, place }) => {
        const time = BackupDate.timeOf(backup.dateTime)
        return time === undefined || time <= latest ? [] : [{
          place,
          message: `backup ${backup.id} is dated ${printTime(time)}, and now it is ${timeText(now)}`
        }]
      }
    }
  }
}

const freshBackups: Rule = {
  id: "I40",
  name: "every environment has a fresh backup",
  statement: "The newest backup of an environment is not older than the limit.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning:
    "A restore would bring back a state that is older than is allowed: the schedule has failed, or was switched off.",
  advice: "Look at the schedule and the last backup task of this environment, and make a backup now.",
  source: "SEMANTICS 4.4 and 7",
  needs: ["now", "maxAge"],
  check: ({ completeness }, { maxAge, now }) => {
    // The answer to one backup id does not show what else there is.
    if (now === undefined || maxAge === undefined || completeness === "partial") return {}
    return {
      environment: ({ environment, place }) => {
        // A date to come says nothing about the past.
        const { age, at } = Coverage.lastBackup([environment], now)
        if (age !== null && Duration.isLessThanOrEqualTo(age, maxAge)) return []
        const limit = `the limit is ${ageText(maxAge)}`
        return [{
          place,
          message: at === null || age === null
            ? `no backup has a date up to ${timeText(now)}; ${limit}`
            : `the newest backup, of ${timeText(at)}, is ${ageText(age)} old; ${limit}`
        }]
      }
    }
  }
}

/** The rules about dates, in the order of their ids. */
export const dateRules: ReadonlyArray<Rule> = [
  missingDates,
  ascendingDates,
  distinctHeads,
  futureDates,
  freshBackups
]
