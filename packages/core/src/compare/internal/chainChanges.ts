/** The changes of a chain that both trees have. Source: SEMANTICS 4.2 and 4.3. */
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Change, Facts, Item } from "../TreeChange.ts"
import { backupKeys, difference, differing, type Fields } from "./differences.ts"
import { backupLevel } from "./levels.ts"
import { type Keyed, pair } from "./pairing.ts"

/** Returns the item of a backup of the chain, as the first tree names it, or as the second one does. */
interface ItemOf {
  readonly removed: (part: Keyed<BackupTree.Backup>) => Item
  readonly there: (part: Keyed<BackupTree.Backup>) => Item
}

/** A backup of the first tree, and the same backup of the second one, if it is still listed. */
interface Kept {
  readonly part: Keyed<BackupTree.Backup>
  readonly partner: BackupTree.Backup | undefined
}

/** Returns the changes of a chain and of its backups. */
export const chainChanges = (
  before: BackupTree.BackupChain,
  after: BackupTree.BackupChain,
  item: Item,
  itemOf: ItemOf
): ReadonlyArray<Change> => {
  const pairs = pair(BackupTree.backups(before), BackupTree.backups(after), backupLevel)
  const changes: Array<Change> = []
  if (before.uuid !== after.uuid) {
    changes.push({ _tag: "Changed", item, before: { uuid: before.uuid }, after: { uuid: after.uuid } })
  }
  if (before.lastNumber !== after.lastNumber) {
    const isExpected = pairs.added.some(({ value }) => BackupTree.number(after, value) === after.lastNumber)
    changes.push({
      _tag: "Renumbered",
      item,
      before: { lastNumber: before.lastNumber },
      after: { lastNumber: after.lastNumber },
      isExpected
    })
  }
  let missing: Array<Kept> = []
  for (const one of pairs.before) {
    if (one.partner === undefined) missing.push(one)
    else {
      // A list of arguments has a limit, a chain has none.
      for (const change of keptChanges(one.part, one.partner, missing, itemOf)) changes.push(change)
      missing = []
    }
  }
  // Backups at the end of a chain go without a trace.
  for (const { part } of missing) changes.push(removed(part, itemOf, "removed", undefined))
  for (const part of pairs.added) {
    const content = { _tag: "Backup", backup: part.value } as const
    changes.push({ _tag: "Added", item: itemOf.there(part), content, isOlder: false })
  }
  return changes
}

const removed = (
  part: Keyed<BackupTree.Backup>,
  itemOf: ItemOf,
  why: "removed" | "merged" | "possibly-hidden",
  mergedInto: string | undefined
): Change => ({
  _tag: "Removed",
  item: itemOf.removed(part),
  content: { _tag: "Backup", backup: part.value },
  why,
  mergedInto
})

/** What a merge rewrites in the next backup, if it is not promoted. */
const mergeKeys = new Set<keyof Facts>(["size", "originalSize", "images"])

/** The changes of a backup that is still listed, and of the missing ones directly before it. */
const keptChanges = (
  part: Keyed<BackupTree.Backup>,
  after: BackupTree.Backup,
  missing: ReadonlyArray<Kept>,
  itemOf: ItemOf
): ReadonlyArray<Change> => {
  const before = part.value
  const keys: ReadonlyArray<keyof Facts> = differing(before as Fields, after as Fields, backupKeys)
  const isPromoted = before._tag === "IncrementalBackup" && after._tag === "FullBackup"
  const isMerged = missing.length > 0 && (isPromoted || keys.some((key) => mergeKeys.has(key)))
  const gone = missing.map((one) =>
    removed(one.part, itemOf, isMerged ? "merged" : "possibly-hidden", isMerged ? after.id : undefined)
  )
  if (keys.length === 0) return gone
  const item = itemOf.there({ ...part, value: after })
  const changeOf = (keys: ReadonlyArray<keyof Facts>) => ({
    item,
    ...difference(before, after, keys)
  })
  if (isPromoted || isMerged) {
    const merged = missing.map(({ part }) => part.value.id)
    return [...gone, { _tag: isPromoted ? "Promoted" : "Merged", ...changeOf(keys), merged }]
  }
  const sizes: ReadonlyArray<keyof Facts> = keys.filter((key) => key === "size" || key === "originalSize")
  const others = keys.filter((key) => !sizes.includes(key))
  return [
    ...gone,
    ...(sizes.length === 0 ? [] : [{ _tag: "Resized" as const, ...changeOf(sizes) }]),
    ...(others.length === 0 ? [] : [{ _tag: "Changed" as const, ...changeOf(others) }])
  ]
}
