import {
  BackupCatalog,
  BackupFindings,
  BackupFlags,
  BackupListing,
  BackupQuery,
  BackupTree,
  BackupTreeRequest,
  BackupTreeXml,
  Baseline,
  Check,
  Coverage,
  type DirectoryReading,
  Inventory,
  NextBackup,
  PrintableText,
  QueryText,
  RemovalPlan,
  RestorePlan,
  Salvage,
  TreeDiff,
  TreeMerge
} from "@backup-tree/core"
import { DateTime, Duration, Redacted, Result } from "effect"

/** Decodes XML into a listing: a tree with its request, source and time. */
export const listingOf = (xml: string, fetchedAt: DateTime.Utc) =>
  Result.map(BackupTreeXml.decode(xml, { mode: "tolerant" }), (read) =>
    BackupListing.fromResponse({
      ...read,
      request: BackupTreeRequest.everything,
      source: { _tag: "File", path: "tree.xml" },
      fetchedAt
    }))

/** Checks whether everything can be restored. Errors break a restore, warnings are suspicious. */
export const health = (listing: BackupListing.BackupListing, now: DateTime.Utc) => {
  const { findings } = Check.run(listing, { now, maxAge: Duration.hours(26), maxChainLength: 15 })
  return findings.map(({ message, path, rule, severity }) => `${severity} ${rule.id} at ${path}: ${message}`)
}

/** Separates the proven chains from those that are quarantined. */
export const proven = (listing: BackupListing.BackupListing) => {
  const { entries, quarantined } = BackupCatalog.fromListing(listing)
  return { backups: [...entries.keys()], quarantined: quarantined.map(({ chain }) => chain.uuid) }
}

/** Returns the ids of all backups that a restore reads, in order. */
export const restore = (catalog: BackupCatalog.BackupCatalog, machine: string) =>
  Result.map(RestorePlan.forEnvironment(catalog, machine), (plan) => plan.items.map(({ id }) => id))

/** Returns what a removal would destroy, or fails if the id is not in the listing. */
export const remove = (catalog: BackupCatalog.BackupCatalog, id: string) =>
  Result.map(
    RemovalPlan.preview(catalog, { id }),
    ({ removed, scope }) => ({ scope, ids: removed.map(({ id }) => id) })
  )

/** Predicts what the next backup of each machine will be. */
export const next = (listing: BackupListing.BackupListing) =>
  listing.tree.environments.map((environment) => `${environment.name}: ${NextBackup.nextBackup(environment)._tag}`)

/** Returns the machines without a recent backup, with their state. */
export const uncovered = (listing: BackupListing.BackupListing, inventory: string, now: DateTime.Utc) =>
  Result.gen(function*() {
    const machines = yield* Inventory.parse(inventory)
    const coverage = yield* Coverage.make(machines, listing, { now, maxAge: Duration.hours(26) })
    return coverage.machines.flatMap(({ entry, state }) => state === "Fresh" ? [] : [`${entry.name}: ${state}`])
  })

/** Finds what is missing since the previous run. Keep the baseline that it returns for the next run. */
export const missing = (
  earlier: Baseline.Baseline,
  listing: BackupListing.BackupListing,
  now: DateTime.Utc
) => {
  const baseline = Baseline.update(earlier, listing, now)
  const { findings } = Check.run(listing, { now, baseline })
  return { baseline, messages: findings.map(({ message }) => message) }
}

/** Describes what is in only one of two listings, and what may merely be locked. */
export const changed = (before: BackupListing.BackupListing, after: BackupListing.BackupListing) =>
  Result.map(TreeDiff.make(before, after), ({ changes }) => ({
    added: TreeDiff.added(changes).map(({ item }) => item.backup ?? item.chain ?? item.environment),
    removed: TreeDiff.removed(changes).map(({ item, why }) => `${item.backup ?? item.chain ?? item.environment} ${why}`)
  }))

/** Merges the listings of all directories. Contradictions between them are findings. */
export const union = (
  everything: BackupListing.BackupListing,
  ofMachines: ReadonlyArray<readonly [uuid: string, listing: BackupListing.BackupListing]>
) => {
  const whole = TreeMerge.toTree(TreeMerge.mergeAll([
    TreeMerge.fromListing({ _tag: "Default" }, everything),
    ...ofMachines.map(([uuid, listing]) => TreeMerge.fromListing({ _tag: "OwnOf", uuid }, listing))
  ]))
  const { findings } = Check.run({ ...everything, tree: whole.tree, notes: whole.notes }, { merged: whole })
  return { tree: whole.tree, messages: findings.map(({ message }) => message) }
}

/** Returns the ids of the backups that a query selects, and of those that they need. */
export const select = (listing: BackupListing.BackupListing, text: string, now: DateTime.Utc) =>
  Result.map(QueryText.parse(text), (query) => {
    const findings = BackupFindings.make(listing)
    const selection = BackupQuery.filter(listing.tree, query, { now, findings })
    const { tree } = BackupQuery.restrict(listing, selection)
    return tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map(({ id }) => id)
  })

/** Explains what backup flags of the SDK request. */
export const meaning = (words: string, uuid: string) =>
  Result.gen(function*() {
    const backupFlags = yield* BackupFlags.parse(words)
    const { ignored, request } = yield* BackupTreeRequest.fromParameters({
      uuid,
      targetHost: "",
      targetPort: 0,
      targetSessionId: Redacted.make(""),
      backupDirectory: "",
      backupFlags,
      reservedFlags: 0,
      force: false
    })
    return { subject: request.subject._tag, kinds: request.kinds, ignored: ignored.map(BackupTreeRequest.printIgnored) }
  })

/** Lists what can be recovered by hand from a backup directory, and how. */
export const byHand = (reading: DirectoryReading.DirectoryReading) =>
  Salvage.from(reading).map(({ missing, path, recoverable, steps }) => [
    `${missing} at ${PrintableText.escape(path)}. ${recoverable}`,
    ...steps.map(({ command, text }) => command ?? text)
  ])
