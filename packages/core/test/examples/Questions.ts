import {
  BackupCatalog,
  BackupFlags,
  BackupListing,
  BackupTreeRequest,
  BackupTreeXml,
  Baseline,
  Check,
  Coverage,
  type DirectoryReading,
  Inventory,
  NextBackup,
  PrintableText,
  RemovalPlan,
  RestorePlan,
  Salvage,
  TreeMerge
} from "@backup-tree/core"
import { DateTime, Duration, Redacted, Result } from "effect"

/** From a text to a listing: the tree, what was asked, where and when. */
export const listingOf = (xml: string, fetchedAt: DateTime.Utc) =>
  Result.map(BackupTreeXml.decode(xml, { mode: "tolerant" }), (read) =>
    BackupListing.fromAnswer({
      ...read,
      request: { ...BackupTreeRequest.everything, kinds: "vm+ct" },
      source: { _tag: "File", path: "tree.xml" },
      fetchedAt
    }))

/** Can everything be restored? Errors break a restore, warnings are suspicious. */
export const health = (listing: BackupListing.BackupListing, now: DateTime.Utc) => {
  const findings = Check.check(listing, { now, maxAge: Duration.hours(26), maxChainLength: 15 })
  return findings.map(({ message, path, rule, severity }) => `${severity} ${rule} at ${path}: ${message}`)
}

/** Which chains can be trusted? The others are quarantined, with the reason. */
export const sound = (listing: BackupListing.BackupListing) => {
  const { catalog, quarantined } = BackupCatalog.fromListing(listing)
  return { backups: [...catalog.entries.keys()], quarantined: quarantined.map(({ chain }) => chain.uuid) }
}

/** What does a restore need? Every backup up to the one that is wanted, in order. */
export const restore = (catalog: BackupCatalog.BackupCatalog, machine: string) =>
  Result.map(RestorePlan.forEnvironment(catalog, machine), (plan) => plan.items.map(({ id }) => id))

/** What would a removal destroy? An id that is not in the listing is refused. */
export const remove = (catalog: BackupCatalog.BackupCatalog, id: string) =>
  Result.map(
    RemovalPlan.preview(catalog, { id }),
    ({ removed, scope }) => ({ scope, ids: removed.map(({ id }) => id) })
  )

/** What will the next backup of each machine be? */
export const next = (listing: BackupListing.BackupListing) =>
  listing.tree.environments.map((environment) => `${environment.name}: ${NextBackup.nextBackup(environment)._tag}`)

/** Which machine has no fresh backup? */
export const uncovered = (listing: BackupListing.BackupListing, inventory: string, now: DateTime.Utc) =>
  Result.gen(function*() {
    const machines = yield* Inventory.parse(inventory)
    const coverage = yield* Coverage.make(machines, listing, { now, maxAge: Duration.hours(26) })
    return coverage.machines.flatMap(({ entry, state }) => state === "Fresh" ? [] : [`${entry.name}: ${state}`])
  })

/** What is missing since the last look? The memory goes into the next one. */
export const missing = (
  earlier: Baseline.Memory,
  listing: BackupListing.BackupListing,
  now: DateTime.Utc
) => {
  const memory = Baseline.look(earlier, listing, now)
  const findings = [
    ...Check.check(listing, { now, previous: memory.tree }),
    ...Baseline.check(memory, listing)
  ]
  return { memory, messages: findings.map(({ message }) => message) }
}

/** What is in all the directories together? What two of them disagree on is a finding. */
export const union = (
  everything: BackupListing.BackupListing,
  ofMachines: ReadonlyArray<readonly [uuid: string, listing: BackupListing.BackupListing]>
) => {
  const whole = TreeMerge.toTree(TreeMerge.mergeAll([
    TreeMerge.fromListing({ _tag: "Default" }, everything),
    ...ofMachines.map(([uuid, listing]) => TreeMerge.fromListing({ _tag: "OwnOf", uuid }, listing))
  ]))
  return { tree: whole.tree, messages: TreeMerge.check(whole).map(({ message }) => message) }
}

/** What does a flag word of the SDK ask for? */
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

/** What could be restored by hand from a backup directory, and how? */
export const byHand = (reading: DirectoryReading.DirectoryReading) =>
  Salvage.from(reading).map(({ how, kept, missing, path }) => [
    `${missing} at ${PrintableText.escape(path)}. ${kept}`,
    ...how.map(({ command, text }) => command ?? text)
  ])
