import {
  Anonymise,
  BackupCatalog,
  BackupFindings,
  BackupFlags,
  BackupListing,
  BackupQuery,
  BackupSchedule,
  BackupTree,
  BackupTreeRequest,
  BackupTreeXml,
  Baseline,
  Cadence,
  Check,
  Coverage,
  type DirectoryReading,
  Inventory,
  NextBackup,
  PrintableText,
  QueryText,
  RemovalPlan,
  RestorePlan,
  RetentionPolicy,
  RetentionSimulation,
  Salvage,
  TreeDiff,
  TreeMerge,
  Usage
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

/** Returns the commands that remove all backups of a machine, and the bytes that they free. */
export const removeAll = (catalog: BackupCatalog.BackupCatalog, machine: string) =>
  Result.map(RemovalPlan.forEnvironment(catalog, machine), (plan) => ({
    bytes: plan.bytes,
    commands: RemovalPlan.commandLines(plan)
  }))

/** Returns how many backups a policy would hold at the end of each month of a year, and at most. */
export const simulate = (start: DateTime.Utc) =>
  Result.gen(function*() {
    const policy = yield* RetentionPolicy.make({ daily: 7, monthly: 12, zone: "Europe/Berlin" })
    const schedule = yield* BackupSchedule.parse("daily incremental, weekly full")
    const { months, peak } = yield* RetentionSimulation.simulate({
      policy,
      schedule,
      start,
      duration: Duration.days(365)
    })
    return { months: months.map(({ backups }) => backups), peak: peak.backups }
  })

/** Predicts what the next backup of each machine will be. */
export const next = (listing: BackupListing.BackupListing) =>
  listing.tree.environments.map((environment) => `${environment.name}: ${NextBackup.nextBackup(environment)._tag}`)

/** Returns the usual interval of each machine, the times of missed runs, and the ids of backups of unusual size. */
export const rhythm = (listing: BackupListing.BackupListing, now: DateTime.Utc) =>
  listing.tree.environments.map((environment) => {
    const { interval, missedRuns, sizeOutliers } = Cadence.of(environment, now)
    return { interval, missed: missedRuns.map(({ from }) => from), unusual: sizeOutliers.map(({ id }) => id) }
  })

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

/** Returns the three largest machines, and when a disk of 10 TiB is full if the growth goes on. */
export const space = (earlier: BackupListing.BackupListing, listing: BackupListing.BackupListing) => {
  const { disk, groups } = Usage.report(listing, { by: "environment", top: 3, since: earlier, disk: 10n * 2n ** 40n })
  return { largest: groups.map(({ bytes, name }) => `${name}: ${bytes}`), fullAt: disk?.fullAt }
}

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

/** Anonymises a listing. The digest is a keyed hash, such as the first four bytes of an HMAC. */
export const nameless = (listing: BackupListing.BackupListing, digest: Anonymise.Digest) =>
  BackupTreeXml.encode(Anonymise.anonymise(listing, digest).tree)

/** Lists what can be recovered by hand from a backup directory, and how. */
export const byHand = (reading: DirectoryReading.DirectoryReading) =>
  Salvage.from(reading).map(({ missing, path, recoverable, steps }) => [
    `${missing} at ${PrintableText.escape(path)}. ${recoverable}`,
    ...steps.map(({ command, text }) => command ?? text)
  ])
