/** Rules about what the reader of a backup directory left out, and what a server therefore does not list. */
import * as DirectoryPath from "../../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../../directory/DirectoryReading.ts"
import type { Reason, StoreSkip } from "../../../directory/files/StoreSkip.ts"
import * as Namesakes from "../../../directory/Namesakes.ts"
import { quoted } from "../../internal/quoted.ts"
import type { Rule, Severity } from "../../Rule.ts"
import { isLostBackup, type SkipCondition, skipsOf, withDetail } from "./skipped.ts"

/** The texts of a rule, and its severity where that depends on the contents of the path. */
interface SkipRule extends Pick<Rule, "name" | "statement" | "severity" | "meaning" | "advice" | "source"> {
  /** Returns the message for a quoted path. */
  readonly fault: (path: string) => string
  readonly severityAt?: (
    at: DirectoryPath.Whereabouts,
    skip: StoreSkip,
    reading: DirectoryReading.DirectoryReading
  ) => Severity
  /** Selects the skips (default: all), because rule I38 reports the others. */
  readonly condition?: SkipCondition
}

const skipRule = <const R extends Reason>(
  reason: R,
  { condition, fault, severityAt, ...texts }: SkipRule
): Rule<R> => ({
  id: reason,
  scope: "D",
  // It only hides something; every listed backup can still be trusted.
  breaks: "nothing",
  needs: ["directory"],
  reports: [reason],
  ...texts,
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () => {
        const skips = skipsOf(head, directory, [reason], condition)
        if (skips.length === 0) return []
        const resolve = DirectoryPath.resolver(directory)
        return skips.map((skip) => ({
          storedAt: skip.path,
          severity: severityAt?.(resolve(skip.path), skip, directory),
          message: withDetail(fault(quoted(skip.path)), skip)
        }))
      }
    }
  }
})

/** Returns whether a path contains backups. */
const hasBackups = ({ chain, environment }: DirectoryPath.Whereabouts, { path }: StoreSkip): boolean =>
  path.includes("/")
    ? chain !== undefined && DirectoryReading.holdsBackups(chain)
    : environment?.chains.some(DirectoryReading.holdsBackups) === true

/** Returns whether the contents of a path also exist under the name in their metadata. */
const isCopy = (
  { chain, environment }: DirectoryPath.Whereabouts,
  { path }: StoreSkip,
  { environments }: DirectoryReading.DirectoryReading
): boolean => {
  if (environment === undefined) return false
  if (!path.includes("/")) return Namesakes.ofEnvironment(environment, environments) === "same"
  return chain !== undefined && Namesakes.ofChain(chain, environment.chains) === "same"
}

const repair =
  "The data can be recovered by hand; the salvage steps show how. Copy the chain directory before you repair anything."

/**
 * The rules for the reasons that no numbered rule covers.
 *
 * A reason that hides a finished backup is an error; one that may hide a backup is a warning.
 */
export const skipRules = [
  skipRule("not-uuid", {
    fault: (path) => `directory ${path} does not have a uuid as its name`,
    name: "directories of the store are named by uuids",
    statement: "Every directory of an environment or a chain has a uuid as its name.",
    severity: "info",
    severityAt: (at, skip, reading) => hasBackups(at, skip) && !isCopy(at, skip, reading) ? "error" : "info",
    meaning: "The server ignores this directory. Any backups in it are intact, but hidden.",
    advice:
      "If it contains backups that are nowhere else, rename it to the uuid in its .metadata. Move everything else "
      + "out of the store.",
    source: "SEMANTICS 3.5"
  }),
  skipRule("vm-metadata-missing", {
    fault: (path) => `environment ${path} has no .metadata`,
    name: "every environment has metadata",
    statement: "The directory of every environment contains its .metadata.",
    severity: "error",
    // The first backup of an environment writes its .metadata last.
    severityAt: (at, skip) => hasBackups(at, skip) ? "error" : "info",
    meaning: "The environment is hidden, with all its chains. Everything in them is intact.",
    advice: `If its first backup is running, check again afterwards. ${repair}`,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("vm-metadata-invalid", {
    fault: (path) => `the .metadata of environment ${path} cannot be read`,
    name: "the metadata of every environment is readable",
    statement: "The .metadata of every environment is well-formed and has its uuid and name.",
    severity: "error",
    meaning: "The environment is hidden, with all its chains. Everything in them is intact.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("no-chains", {
    fault: (path) => `environment ${path} has no chain that a server lists`,
    name: "every environment of the store has a chain",
    statement: "Every environment has a chain that a server lists.",
    severity: "warning",
    meaning: "The environment is hidden: a server cannot restore any of its backups.",
    advice:
      "Check the findings about its chains, and its kind: servers list kinds 0, 1 and 2. If there are none, it has "
      + "no backup left.",
    source: "SEMANTICS 3.5"
  }),
  skipRule("chain-unreadable", {
    fault: (path) => `chain directory ${path} cannot be listed`,
    name: "every chain directory is readable",
    statement: "Every chain directory can be listed.",
    severity: "warning",
    meaning:
      "Whether its backups are intact is unknown. A server without permission to read it does not list it either.",
    advice: "Run the check as the user who owns the backups, or as root.",
    source: "SEMANTICS 3.5"
  }),
  skipRule("base-without-metadata", {
    condition: isLostBackup,
    fault: (path) => `full backup ${path} has no .metadata`,
    name: "every full backup has metadata",
    statement: "The directory base contains its .metadata if later backups build on it.",
    severity: "error",
    meaning: "The whole chain is hidden. Its images are intact, but need manual repair.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("head-invalid", {
    fault: (path) => `${path} does not describe a full backup`,
    name: "the metadata of every full backup is readable",
    statement: "The first backup of every chain is a full backup with well-formed .metadata.",
    severity: "error",
    meaning:
      "The whole chain is hidden. Its images are intact; if directory base is gone, the later backups still have "
      + "the data.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("head-config-missing", {
    fault: (path) => `full backup ${path} has no readable configuration`,
    name: "every full backup has its configuration",
    statement: "The directory of every full backup contains a readable configuration.",
    severity: "error",
    meaning: "The whole chain is hidden. Its images are intact, but need manual repair.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("link-without-metadata", {
    condition: isLostBackup,
    fault: (path) => `incremental ${path} has no .metadata`,
    name: "every incremental has metadata",
    statement: "The directory of every stored incremental contains its .metadata.",
    severity: "error",
    meaning:
      "This backup is hidden. Later ones can most likely still be restored. If it was the newest, the next backup "
      + "will be a full one.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("link-invalid", {
    fault: (path) => `${path} does not describe an incremental`,
    name: "the metadata of every incremental is readable",
    statement: "The .metadata of every incremental is well-formed and describes an incremental.",
    severity: "error",
    meaning: "This backup is hidden. Later ones can most likely still be restored.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("link-config-missing", {
    fault: (path) => `incremental ${path} has no readable configuration`,
    name: "every incremental has its configuration",
    statement: "The directory of every incremental contains a readable configuration.",
    severity: "error",
    meaning: "This backup is hidden and cannot be restored as a machine. Later ones are intact.",
    advice: repair,
    source: "SEMANTICS 4.3 and 3.5"
  }),
  skipRule("number-duplicate", {
    fault: (path) => `${path} has the same number as another directory`,
    name: "directory numbers are unique within a chain",
    statement: "No two directories of a chain have the same number.",
    severity: "warning",
    meaning: "The server reads one of the directories and lists it for both, or hides one of them.",
    advice:
      "Virtuozzo never creates a directory called 0, 1 or 02, so find out who created it. Compare both directories "
      + "before you move one out of the store: only one may contain the backup.",
    source: "SEMANTICS 3.4"
  }),
  skipRule("outside-root", {
    fault: (path) => `the link ${path} leads out of the backup directory, or in a circle`,
    name: "links stay in the backup directory",
    statement: "Every symbolic link leads to something in the backup directory.",
    severity: "warning",
    meaning: "The target of the link was not read, so its backups were not checked.",
    advice: "If the link is intended, check the directory that contains its target.",
    source: "SEMANTICS 3.4"
  }),
  skipRule("not-a-file", {
    fault: (path) => `${path} is neither a file nor a directory`,
    name: "the store contains only files and directories",
    statement: "Every entry of the store is a file or a directory, or a link to one.",
    severity: "warning",
    meaning: "A server cannot read it, so the file or directory that belongs there is missing.",
    advice: "Find out who created it. If it is a link, find its intended target.",
    source: "SEMANTICS 3.2"
  }),
  skipRule("unreadable", {
    fault: (path) => `${path} cannot be read`,
    name: "everything in the directory is readable",
    statement: "Every file and directory that a listing depends on can be read.",
    severity: "warning",
    meaning: "Its contents are unknown and may be damaged.",
    advice: "Run the check as the user who owns the backups, or as root. If that fails too, check the disk.",
    source: "SEMANTICS 3.5"
  })
]
