/** Rules about the rhythm of the backups of an environment. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Cadence from "../../compare/Cadence.ts"
import * as CountText from "../../text/CountText.ts"
import { ageText, timeText } from "../../text/TimeText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { EnvironmentAt, Place } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import type { Facts, ListingHead, PlacedViolation, Visitor } from "../Rule.ts"

/** Visits each environment with its cadence, if the listing shows all its backups. */
const judging = (
  use: (cadence: Cadence.Cadence, at: EnvironmentAt) => Iterable<PlacedViolation>
) =>
({ completeness }: ListingHead, { cadence, now }: Facts): Visitor =>
  cadence === undefined || completeness === "partial"
    ? {}
    : { environment: (at) => use(Cadence.of(at.environment, now), at) }

const placeOf = ({ environment, place }: EnvironmentAt, id: string): Place => {
  for (const [chain, one] of environment.chains.entries()) {
    const backup = BackupTree.backups(one).findIndex((backup) => backup.id === id)
    if (backup !== -1) return { ...place, chain, backup }
  }
  return place
}

const missedRuns = rule({
  id: "missed-runs",
  name: "no scheduled backup was missed",
  statement: "No interval between two backups is more than half longer than usual.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning: "Scheduled backups failed, or were skipped: there is no backup of that time to restore.",
  advice: "Check the backup tasks of that time in the log of the host.",
  source: "SEMANTICS 7",
  needs: ["cadence"],
  check: judging(({ interval, missedRuns }, { place }) =>
    missedRuns.map(({ from, missed, to }) => ({
      place,
      message: `there is no backup between ${timeText(from)} and ${timeText(to)}, ${
        ageText(DateTime.distance(from, to))
      } later. The usual interval is ${ageText(interval ?? Duration.zero)}, so ${
        CountText.count(missed, "backup")
      } may have been missed`
    }))
  )
})

const earlyFulls = rule({
  id: "early-full",
  name: "full backups come as usual",
  statement: "No full backup follows a chain that has less than half of the usual length.",
  severity: "info",
  scope: "X",
  breaks: "nothing",
  meaning:
    "The server could not continue the chain, or a full backup was requested by hand. It takes more time and space.",
  advice: "Look for a removed or damaged backup at the end of the chain before it, or for changed disks.",
  source: "SEMANTICS 7 and 4.1",
  needs: ["cadence"],
  check: judging(({ earlyFulls }, at) =>
    earlyFulls.map(({ id, length, usual }) => ({
      place: placeOf(at, id),
      message: `this full backup follows a chain of ${CountText.count(length, "backup")}; usual are ${usual}`
    }))
  )
})

const sizeOutliers = rule({
  id: "size-outlier",
  name: "backups have usual sizes",
  statement:
    "No incremental is more than 20 times as large as the median of its environment, and no full backup is more than 5 "
    + "times as large or small.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning:
    "Much more data has changed than usual, as after an encryption by malware, or data is missing from the backup.",
  advice: "Find out what changed on the machine at that time. Keep older backups until you know.",
  source: "SEMANTICS 7",
  needs: ["cadence"],
  check: judging(({ sizeOutliers }, at) =>
    sizeOutliers.map(({ id, median, size }) => ({
      place: placeOf(at, id),
      message: `the size is ${size} bytes; the median of its type is ${median} bytes`
    }))
  )
})

/** The rules about schedules. */
export const scheduleRules = [missedRuns, earlyFulls, sizeOutliers]
