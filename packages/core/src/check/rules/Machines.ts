/** Rules about the machines of an inventory. Where there is one, they stand in for I40, which warns of deleted machines. */
import * as Result from "effect/Result"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import { ageText, timeText } from "../../text/TimeText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import type * as TreePath from "../../tree/TreePath.ts"
import type * as Coverage from "../Coverage.ts"
import type { Found } from "../internal/found.ts"
import { duplicates } from "../internal/repeated.ts"
import type { InventoryEntry } from "../Inventory.ts"
import type { RuleText } from "../Rule.ts"

const source = "SEMANTICS 7"

const neverBackedUp: RuleText = {
  id: "never-backed-up",
  name: "no machine without a backup",
  statement: "Every machine of the inventory has a backup.",
  severity: "error",
  breaks: "nothing",
  meaning: "Nothing of this machine can be restored from here.",
  advice: "Back it up. If it was renamed since its last backup, and the inventory has its name only, add its uuid.",
  source,
  needs: ["inventory", "now"]
}

const staleBackup: RuleText = {
  id: "stale-backup",
  name: "a recent backup of every machine",
  statement: "The newest backup of every machine of the inventory is at most as old as the limit.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A restore loses whatever changed since then.",
  advice: "Look why the schedule did not back it up: the task may be off, or fail.",
  source,
  needs: ["inventory", "now", "maxAge"]
}

const undatedBackups: RuleText = {
  id: "undated-backups",
  name: "a dated backup of every machine",
  statement: "Of every machine that has backups, one at least has a date that can be believed.",
  severity: "warning",
  breaks: "nothing",
  meaning: "There is something to restore; how old it is cannot be told.",
  advice: "Look at the findings about the dates of its backups, and at the clock of the backup server.",
  source,
  needs: ["inventory", "now"]
}

const ambiguousName: RuleText = {
  id: "ambiguous-name",
  name: "names that lead to one machine",
  statement: "Where the inventory has a name without a uuid, one machine bears it.",
  severity: "warning",
  breaks: "nothing",
  meaning: "Whether this machine has a backup cannot be told: the backups may be another machine's.",
  advice: "Give the uuid in the inventory; prlctl list --all --json prints it.",
  source,
  needs: ["inventory", "now"]
}

const futureDate: RuleText = {
  id: "future-date",
  name: "no backup from the future",
  statement: "No backup of a machine of the inventory is dated more than five minutes after now.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A clock is or was wrong. Such a backup counts for no age; restores without an id may take it.",
  advice: "Set the clock of the backup server, and let the next full backup make a new chain.",
  source: "SEMANTICS 4.4, I16",
  needs: ["inventory", "now"]
}

const duplicateEntry: RuleText = {
  id: "duplicate-entry",
  name: "machines named once",
  statement: "The inventory names each machine once.",
  severity: "info",
  breaks: "nothing",
  meaning: "Nothing for a restore: the machine is counted once for each entry.",
  advice: "Remove one of the entries; a machine that two nodes list may be registered on both.",
  source,
  needs: ["inventory", "now"]
}

const unlistedEnvironment: RuleText = {
  id: "unlisted-environment",
  name: "backups of machines that are known",
  statement: "Every environment of the listing is in the inventory.",
  severity: "info",
  breaks: "nothing",
  meaning: "These are backups of a machine that was deleted, or that another inventory has.",
  advice: "Keep them while they may be needed; no schedule will ever remove them.",
  source,
  needs: ["inventory", "now"]
}

const emptyInventory: RuleText = {
  id: "empty-inventory",
  name: "an inventory is not empty",
  statement: "The inventory names at least one machine.",
  severity: "warning",
  breaks: "nothing",
  meaning: "Nothing was held against the backups: a machine without any would not be noticed.",
  advice: "Check the command that wrote the inventory, and with whose rights it ran.",
  source,
  needs: ["inventory", "now"]
}

const unknownCompleteness: RuleText = {
  id: "unknown-completeness",
  name: "a whole listing",
  statement: "The listing is known to be whole.",
  severity: "warning",
  breaks: "nothing",
  meaning: "What looks never backed up may have backups that this listing leaves out.",
  advice: "Ask the server, or say that the saved listing is whole, if it is.",
  source: "SEMANTICS 4.1",
  needs: ["inventory", "now"]
}

const uncomparableInventory: RuleText = {
  id: "uncomparable-inventory",
  name: "a listing that the inventory can be compared with",
  statement: "The listing can hold every machine of the inventory.",
  severity: "warning",
  breaks: "nothing",
  meaning: "The inventory was not compared with the backups: a machine without any would not be noticed.",
  advice: "Request everything, virtual machines and containers.",
  source,
  needs: ["inventory", "now"]
}

/** The rules about coverage. */
export const machineRules: ReadonlyArray<RuleText> = [
  neverBackedUp,
  staleBackup,
  undatedBackups,
  ambiguousName,
  futureDate,
  duplicateEntry,
  unlistedEnvironment,
  emptyInventory,
  unknownCompleteness,
  uncomparableInventory
]

/** Returns the rules by which a coverage is judged; where there is none, only that can be told. */
export const rulesOfCoverage = (coverage: Result.Result<Coverage.Coverage, unknown>): ReadonlyArray<RuleText> =>
  Result.isSuccess(coverage) ? machineRules : [uncomparableInventory]

/**
 * Returns what is wrong with a coverage: about the whole first, then machine by machine in the order of the inventory,
 * then what no inventory has.
 */
export const findInCoverage = (
  coverage: Result.Result<Coverage.Coverage, Coverage.CoverageError>
): ReadonlyArray<Found> => {
  if (Result.isFailure(coverage)) {
    const message = `the inventory could not be compared with this listing: ${coverage.failure.detail}`
    return [found(uncomparableInventory, message, {}, {})]
  }
  const { machines, unlisted } = coverage.success
  return [
    ...ofWhole(coverage.success),
    ...machines.flatMap((machine) => ofMachine(machine, coverage.success)),
    ...ofDuplicates(machines),
    ...unlisted.map(({ environment, place }) => ofUnlisted(environment, place))
  ]
}

const ofUnlisted = (environment: BackupTree.VirtualEnvironment, place: TreePath.Place): Found => {
  const backups = environment.chains.reduce((sum, { incrementals }) => sum + 1 + incrementals.length, 0)
  const message = `${describe(environment)} is in no inventory, and has ${CountText.count(backups, "backup")}`
  return found(unlistedEnvironment, message, environment, place)
}

const ofWhole = ({ completeness, machines }: Coverage.Coverage): ReadonlyArray<Found> => {
  const all: Array<Found> = []
  if (machines.length === 0) all.push(found(emptyInventory, "the inventory names no machine", {}, {}))
  if (completeness === "unknown") {
    all.push(found(unknownCompleteness, "it is not known whether this listing is whole", {}, {}))
  }
  return all
}

interface Subject {
  readonly uuid?: string | null
  readonly name?: string | null
}

const found = (rule: RuleText, message: string, { name, uuid }: Subject, place: TreePath.Place): Found => ({
  rule,
  violation: { place, subject: { environment: uuid ?? undefined, name: name ?? undefined }, message }
})

const describe = ({ name, uuid }: Subject): string => {
  const parts = [name ? PrintableText.quote(name) : "", PrintableText.excerpt(uuid ?? "")].filter((part) => part !== "")
  return parts.length === 0 ? "a machine without uuid and name" : parts.join(" ")
}

const ofMachine = (
  machine: Coverage.CoveredMachine,
  { maxAge, now }: Coverage.Coverage
): ReadonlyArray<Found> => {
  const { entry, environments: [at], last, state } = machine
  const isKnown = at !== undefined && state !== "Ambiguous"
  const subject = isKnown ? { uuid: at.environment.uuid, name: entry.name ?? at.environment.name } : entry
  const place = isKnown ? at.place : {}
  const who = describe(subject)
  const all: Array<Found> = []
  const say = (rule: RuleText, message: string) => void all.push(found(rule, message, subject, place))
  switch (state) {
    case "Fresh":
    case "Dated":
      break
    case "Stale":
      say(
        staleBackup,
        `the newest backup of ${who}, of ${timeText(last.at!)}, is ${ageText(last.age!)} old; the limit is ${
          ageText(maxAge!)
        }`
      )
      break
    case "Undated":
      say(undatedBackups, `none of the backups of ${who} has a date that can be believed (${last.backups} in all)`)
      break
    case "Never":
      say(neverBackedUp, `${who} (${entry.place} of the inventory) has no backup in this listing`)
      break
    case "Ambiguous":
      say(ambiguousName, `${who} (${entry.place} of the inventory) may be ${choices(machine)}`)
      break
  }
  if (last.future !== null) {
    say(
      futureDate,
      `a backup of ${who} is dated ${timeText(last.future)}, and now is ${timeText(now)}: it counts for no age`
    )
  }
  return all
}

const most = 4

/** Joins the first few of some texts, and says how many more there are of `total`. */
const listed = (texts: ReadonlyArray<string>, conjunction: string, total = texts.length): string =>
  total > most
    ? texts.slice(0, most).join(", ") + CountText.andMore(total - most, ` ${conjunction}`)
    : texts.join(` ${conjunction} `)

const choices = ({ entry, environments, namesakes }: Coverage.CoveredMachine): string => {
  const uuids = [...new Map(environments.map(({ environment: { uuid } }) => [Uuid.key(uuid), uuid])).values()]
  const machines = listed(uuids.map((uuid) => PrintableText.excerpt(uuid)), "or")
  if (namesakes.length < 2) return machines
  // The entry is one of its namesakes, of which there may be very many.
  const others = namesakes.slice(0, most + 1).filter((other) => other !== entry).map(({ place }) => place)
  return `${machines}, as may be ${listed(others, "and", namesakes.length - 1)}`
}

const ofDuplicates = (
  machines: ReadonlyArray<Coverage.CoveredMachine>
): ReadonlyArray<Found> => {
  const withUuid = machines.filter(({ entry }) => entry.uuid !== null)
  return duplicates(withUuid, ({ entry }) => Uuid.key(entry.uuid!)).map((group) => {
    const entries: ReadonlyArray<InventoryEntry> = group.map(({ entry }) => entry)
    const message = `${listed(entries.map(({ place }) => place), "and")} of the inventory name one machine, ${
      describe(entries[0]!)
    }`
    return found(duplicateEntry, message, entries[0]!, group[0]!.environments[0]?.place ?? {})
  })
}
