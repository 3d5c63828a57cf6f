/** Rules about what the reader of a backup directory left out: a server hides such things without a word. */
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as Namesakes from "../../directory/Namesakes.ts"
import type { Reason, StoreSkip } from "../../directory/StoreSkip.ts"
import { printPath, skipsOf, withDetail } from "../internal/skipped.ts"
import type { Rule, Severity } from "../Rule.ts"

/** What a rule says, and how bad its breach is where that depends on what lies there. */
interface SkipRule extends Pick<Rule, "name" | "statement" | "severity" | "meaning" | "advice" | "source"> {
  /** What is said before the path. */
  readonly fault: string
  readonly severityAt?: (
    at: DirectoryPath.Whereabouts,
    skip: StoreSkip,
    reading: DirectoryReading.DirectoryReading
  ) => Severity
}

const skipRule = (reason: Reason, { fault, severityAt, ...texts }: SkipRule): Rule => ({
  id: reason,
  scope: "D",
  // It hides something. What is listed beside it can be trusted.
  breaks: "nothing",
  needs: ["directory"],
  ...texts,
  check: (head) => {
    const { directory } = head
    if (directory === undefined) return {}
    return {
      listing: () => {
        const skips = skipsOf(head, directory, reason, [reason])
        if (skips.length === 0) return []
        const resolve = DirectoryPath.resolver(directory)
        return skips.map((skip) => ({
          storedAt: skip.path,
          severity: severityAt?.(resolve(skip.path), skip, directory),
          message: withDetail(`${fault} ${printPath(skip.path)}`, skip)
        }))
      }
    }
  }
})

/** Tells whether backups lie at a path, in it or below it. */
const hasBackups = ({ chain, environment }: DirectoryPath.Whereabouts, { path }: StoreSkip): boolean =>
  path.includes("/")
    ? chain !== undefined && DirectoryReading.holdsBackups(chain)
    : environment?.chains.some(DirectoryReading.holdsBackups) === true

/** Tells whether all that lies at a path is there a second time, under the name that its metadata says. */
const isCopy = (
  { chain, environment }: DirectoryPath.Whereabouts,
  { path }: StoreSkip,
  { environments }: DirectoryReading.DirectoryReading
): boolean => {
  if (environment === undefined) return false
  if (!path.includes("/")) return Namesakes.ofEnvironment(environment, environments) === "same"
  return chain !== undefined && Namesakes.ofChain(chain, environment.chains) === "same"
}

const mend =
  "The data can be had by hand, and its salvage says how. Keep a copy of what is there before you mend anything."

/**
 * The reasons that no rule with a number speaks for.
 *
 * What hides a backup that was finished is an error, what may hide one a warning (choice).
 */
export const skipRules: ReadonlyArray<Rule> = [
  skipRule("not-uuid", {
    fault: "no uuid is the name of",
    name: "directories of the store are named by uuids",
    statement: "Every directory of an environment or a chain is named by a uuid.",
    severity: "info",
    severityAt: (at, skip, reading) => hasBackups(at, skip) && !isCopy(at, skip, reading) ? "error" : "info",
    meaning: "The server does not look into it. If backups lie there, they are intact, and nobody sees them.",
    advice:
      "If it holds backups that are nowhere else, give it back the name that the .metadata in it says; move everything else "
      + "out of the store.",
    source: "SEMANTICS 3.5"
  }),
  skipRule("vm-metadata-missing", {
    fault: "there is no .metadata in environment",
    name: "every environment has metadata",
    statement: "The directory of every environment holds its .metadata.",
    severity: "error",
    // The first backup of an environment writes it last of all.
    severityAt: (at, skip) => hasBackups(at, skip) ? "error" : "info",
    meaning: "The environment is hidden, with all its chains. Everything in them is intact.",
    advice: `If its first backup is running, look again afterwards. ${mend}`,
    source: "SEMANTICS 4.3 and 3.5, GBT:290-291"
  }),
  skipRule("vm-metadata-invalid", {
    fault: "nobody can read the .metadata of environment",
    name: "the metadata of every environment can be read",
    statement: "The .metadata of every environment is well-formed, and says its uuid and its name.",
    severity: "error",
    meaning: "The environment is hidden, with all its chains. Everything in them is intact.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:290-291"
  }),
  skipRule("no-chains", {
    fault: "no chain can be shown of environment",
    name: "every environment of the store has a chain",
    statement: "Every environment has a chain that a server shows.",
    severity: "warning",
    meaning: "The environment is hidden: a server cannot restore anything of it.",
    advice:
      "Look at the findings about its chains, and at its kind: servers show 0, 1 and 2. Without any, it has no backup left.",
    source: "SEMANTICS 3.5, GBT:322-325"
  }),
  skipRule("chain-unreadable", {
    fault: "nobody here can list chain directory",
    name: "every chain directory can be read",
    statement: "Every chain directory can be listed.",
    severity: "warning",
    meaning: "Whether its backups are whole is not known. A server hides it from whoever may not read it.",
    advice: "Look as the user to whom the backups belong, or as root.",
    source: "SEMANTICS 3.5, INF:2356-2385"
  }),
  skipRule("base-without-metadata", {
    fault: "there is no .metadata in the full backup",
    name: "every full backup has metadata",
    statement: "The directory base holds its .metadata, where later backups rest on it.",
    severity: "error",
    meaning: "The whole chain is hidden. Its images are no worse for that, and need manual repair.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:94-96"
  }),
  skipRule("head-invalid", {
    fault: "no full backup is described in",
    name: "the metadata of every full backup can be read",
    statement: "The first backup of every chain is a full one, and its .metadata is well-formed.",
    severity: "error",
    meaning:
      "The whole chain is hidden. Its images are no worse for that: where directory base is gone, the later backups still "
      + "have the data.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:94-96"
  }),
  skipRule("head-config-missing", {
    fault: "there is no configuration that can be read in the full backup",
    name: "every full backup has its configuration",
    statement: "The configuration in the directory of every full backup can be read.",
    severity: "error",
    meaning: "The whole chain is hidden. Its images are no worse for that, and need manual repair.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:98-101"
  }),
  skipRule("link-without-metadata", {
    fault: "there is no .metadata in the incremental",
    name: "every incremental has metadata",
    statement: "The directory of every incremental that was stored holds its .metadata.",
    severity: "error",
    meaning:
      "This backup is hidden. Later ones can most likely still be restored; if it was the newest, the next backup will be "
      + "a full one.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:108-113"
  }),
  skipRule("link-invalid", {
    fault: "no incremental is described in",
    name: "the metadata of every incremental can be read",
    statement: "The .metadata of every incremental is well-formed, and that of an incremental.",
    severity: "error",
    meaning: "This backup is hidden. Later ones can most likely still be restored.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:108-113"
  }),
  skipRule("link-config-missing", {
    fault: "there is no configuration that can be read in the incremental",
    name: "every incremental has its configuration",
    statement: "The configuration in the directory of every incremental can be read.",
    severity: "error",
    meaning: "This backup is hidden, and cannot be restored as a machine. Later ones are fine.",
    advice: mend,
    source: "SEMANTICS 4.3 and 3.5, GBT:111-113"
  }),
  skipRule("number-duplicate", {
    fault: "another directory has the number of",
    name: "no two directories of a chain have one number",
    statement: "Every number of a chain is that of one directory.",
    severity: "warning",
    meaning: "The server looks into one of them, and lists it for both, or hides one.",
    advice:
      "The product never makes a directory called 0, 1 or 02: find out who did. Compare what is in both before either is "
      + "moved out of the store: only one may hold the backup.",
    source: "SEMANTICS 3.4, INF:2171-2192"
  }),
  skipRule("outside-root", {
    fault: "a link leads out of the backup directory, or in a circle, at",
    name: "no link leads out of the directory",
    statement: "Every symbolic link leads to something in the backup directory.",
    severity: "warning",
    meaning: "What it leads to was not looked at, so that nothing is known of it.",
    advice: "If the link is meant, check the directory that holds what it leads to.",
    source: "SEMANTICS 3.4"
  }),
  skipRule("not-a-file", {
    fault: "neither a file nor a directory is",
    name: "there are only files and directories",
    statement: "Whatever stands in the store is a file or a directory, or a link to one.",
    severity: "warning",
    meaning: "A server cannot read it: what belongs there is missing.",
    advice: "Find out who made it; if it is a link, look for what it should lead to.",
    source: "SEMANTICS 3.2"
  }),
  skipRule("unreadable", {
    fault: "nobody here can read",
    name: "everything in the directory can be read",
    statement: "Every file and directory that a listing depends on can be read.",
    severity: "warning",
    meaning: "What it holds is not known, and may be damaged.",
    advice: "Look as the user to whom the backups belong, or as root; if that fails too, check the disk.",
    source: "SEMANTICS 3.5"
  })
]
