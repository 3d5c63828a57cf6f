/**
 * Rules about the machines of an inventory. With an inventory they replace I40, which also warns about deleted
 * machines.
 */
import * as Result from "effect/Result"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import { ageText, timeText } from "../../text/TimeText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import type * as TreePath from "../../tree/TreePath.ts"
import type * as Coverage from "../Coverage.ts"
import { ruleText } from "../internal/define.ts"
import type { Found } from "../internal/found.ts"
import { duplicates } from "../internal/repeated.ts"
import type { InventoryEntry } from "../Inventory.ts"
import type { RuleText } from "../Rule.ts"

const source = "SEMANTICS 7"

const neverBackedUp = ruleText({
  id: "never-backed-up",
  name: "every machine has a backup",
  statement: "Every machine of the inventory has a backup.",
  severity: "error",
  breaks: "nothing",
  meaning: "This machine cannot be restored from here.",
  advice: "Back it up. If it was renamed since its last backup, and the inventory has only its name, add its uuid.",
  source,
  needs: ["inventory", "now"]
})

const staleBackup = ruleText({
  id: "stale-backup",
  name: "every machine has a recent backup",
  statement: "The newest backup of every machine of the inventory is no older than the limit.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A restore loses all changes since that backup.",
  advice: "Check the backup schedule: the task may be switched off or failing.",
  source,
  needs: ["inventory", "now", "maxAge"]
})

const undatedBackups = ruleText({
  id: "undated-backups",
  name: "every machine has a dated backup",
  statement: "Every machine that has backups has at least one with a plausible date.",
  severity: "warning",
  breaks: "nothing",
  meaning: "There are backups to restore, but their age is unknown.",
  advice: "Check the findings about the dates of its backups, and the clock of the backup server.",
  source,
  needs: ["inventory", "now"]
})

const ambiguousName = ruleText({
  id: "ambiguous-name",
  name: "a name identifies one machine",
  statement: "An inventory entry without a uuid has a name that only one machine has.",
  severity: "warning",
  breaks: "nothing",
  meaning: "Whether this machine has a backup is unknown: the backups may belong to another machine.",
  advice: "Add the uuid to the inventory; prlctl list --all --json prints it.",
  source,
  needs: ["inventory", "now"]
})

const futureDate = ruleText({
  id: "future-date",
  name: "no backup is dated in the future",
  statement: "No backup of a machine of the inventory is dated more than five minutes after the time of the check.",
  severity: "warning",
  breaks: "nothing",
  meaning:
    "A clock is or was wrong. The age of the machine's backups ignores this one, but restores without an id may use "
    + "it.",
  advice: "Correct the clock of the backup server, and let the next full backup start a new chain.",
  source: "SEMANTICS 4.4",
  needs: ["inventory", "now"]
})

const duplicateEntry = ruleText({
  id: "duplicate-entry",
  name: "the inventory has no duplicates",
  statement: "The inventory names each machine once.",
  severity: "info",
  breaks: "nothing",
  meaning: "No effect on restores: the machine is counted once for each entry.",
  advice: "Remove the duplicate entries. A machine that two nodes list may be registered on both.",
  source,
  needs: ["inventory", "now"]
})

const unlistedEnvironment = ruleText({
  id: "unlisted-environment",
  name: "backups belong to known machines",
  statement: "Every environment of the listing is in the inventory.",
  severity: "info",
  breaks: "nothing",
  meaning: "These backups belong to a machine that was deleted, or that is in another inventory.",
  advice: "Keep them as long as you may need them, then remove them by hand: no schedule removes them.",
  source,
  needs: ["inventory", "now"]
})

const emptyInventory = ruleText({
  id: "empty-inventory",
  name: "the inventory is not empty",
  statement: "The inventory names at least one machine.",
  severity: "warning",
  breaks: "nothing",
  meaning: "Nothing was compared with the backups, so a machine without backups would go unnoticed.",
  advice: "Check the command that wrote the inventory, and the user it ran as.",
  source,
  needs: ["inventory", "now"]
})

const unknownCompleteness = ruleText({
  id: "unknown-completeness",
  name: "the listing is complete",
  statement: "The listing is known to be complete.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A machine reported as never backed up may have backups that this listing leaves out.",
  advice: "Query the server, or pass --complete if the saved listing is a full one.",
  source: "SEMANTICS 4.1",
  needs: ["inventory", "now"]
})

const uncomparableInventory = ruleText({
  id: "uncomparable-inventory",
  name: "the listing covers the inventory",
  statement: "The listing can contain every machine of the inventory.",
  severity: "warning",
  breaks: "nothing",
  meaning: "The inventory was not compared with the backups, so a machine without backups would go unnoticed.",
  advice: "Request everything: virtual machines and containers.",
  source,
  needs: ["inventory", "now"]
})

/** The rules about the coverage of an inventory. */
export const machineRules = [
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

/** Returns the rules that apply to a coverage; if there is none, only the rule that reports this. */
export const rulesOfCoverage = (coverage: Result.Result<Coverage.Coverage, unknown>): ReadonlyArray<RuleText> =>
  Result.isSuccess(coverage) ? machineRules : [uncomparableInventory]

/**
 * Returns the violations of a coverage: those of the whole listing first, then those of each machine in the order of
 * the inventory, then the environments that are not in it.
 */
export const findInCoverage = (
  coverage: Result.Result<Coverage.Coverage, Coverage.CoverageError>
): ReadonlyArray<Found> => {
  if (Result.isFailure(coverage)) {
    const message = `the inventory cannot be compared with this listing: ${coverage.failure.detail}`
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
  const message = `${describe(environment)} is not in the inventory and has ${CountText.count(backups, "backup")}`
  return found(unlistedEnvironment, message, environment, place)
}

const ofWhole = ({ completeness, machines }: Coverage.Coverage): ReadonlyArray<Found> => {
  const all: Array<Found> = []
  if (machines.length === 0) all.push(found(emptyInventory, "the inventory names no machine", {}, {}))
  if (completeness === "unknown") {
    all.push(found(unknownCompleteness, "this listing may be incomplete", {}, {}))
  }
  return all
}

interface Subject {
  readonly uuid?: string | undefined
  readonly name?: string | undefined
}

const found = (rule: RuleText, message: string, { name, uuid }: Subject, place: TreePath.Place): Found => ({
  rule,
  violation: { place, subject: { environment: uuid, name }, message }
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
  const label = describe(subject)
  const all: Array<Found> = []
  const add = (rule: RuleText, message: string) => void all.push(found(rule, message, subject, place))
  switch (state) {
    case "Fresh":
    case "Dated":
      break
    case "Stale":
      add(
        staleBackup,
        `the newest backup of ${label} (${timeText(last.at!)}) is ${ageText(last.age!)} old; the limit is ${
          ageText(maxAge!)
        }`
      )
      break
    case "Undated":
      add(undatedBackups, `${label} has ${CountText.count(last.backups, "backup")}, none with a plausible date`)
      break
    case "Never":
      add(neverBackedUp, `${label} (${entry.place} of the inventory) has no backup in this listing`)
      break
    case "Ambiguous":
      add(ambiguousName, `${label} (${entry.place} of the inventory) could be ${choices(machine)}`)
      break
  }
  if (last.future !== undefined) {
    add(
      futureDate,
      `a backup of ${label} is dated ${timeText(last.future)}, but the current time is ${
        timeText(now)
      }; its age is ignored`
    )
  }
  return all
}

const most = 4

/** Joins the first few texts, and adds how many more there are of `total`. */
const listed = (texts: ReadonlyArray<string>, conjunction: string, total = texts.length): string =>
  CountText.list(texts, String, {
    most,
    total,
    separator: total > most ? ", " : ` ${conjunction} `,
    conjunction: ` ${conjunction}`
  })

const choices = ({ entry, environments, namesakes }: Coverage.CoveredMachine): string => {
  const uuids = [...new Map(environments.map(({ environment: { uuid } }) => [Uuid.key(uuid), uuid])).values()]
  const machines = listed(uuids.map((uuid) => PrintableText.excerpt(uuid)), "or")
  if (namesakes.length < 2) return machines
  // The entry is one of its namesakes; there may be very many.
  const others = namesakes.slice(0, most + 1).filter((other) => other !== entry).map(({ place }) => place)
  return `${machines}; so could ${listed(others, "and", namesakes.length - 1)}`
}

const ofDuplicates = (
  machines: ReadonlyArray<Coverage.CoveredMachine>
): ReadonlyArray<Found> => {
  const withUuid = machines.filter(({ entry }) => entry.uuid !== undefined)
  return duplicates(withUuid, ({ entry }) => Uuid.key(entry.uuid!)).map((group) => {
    const entries: ReadonlyArray<InventoryEntry> = group.map(({ entry }) => entry)
    const message = `${listed(entries.map(({ place }) => place), "and")} of the inventory name the same machine, ${
      describe(entries[0]!)
    }`
    return found(duplicateEntry, message, entries[0]!, group[0]!.environments[0]?.place ?? {})
  })
}
