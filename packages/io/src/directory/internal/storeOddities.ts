/** What is left out of a reading, and told of. */
import type * as StoreSkip from "@backup-tree/core/directory/StoreSkip"
import type { Entry } from "./storeFiles.ts"

/** Notes what is left out. */
export type Skip = (path: string, reason: StoreSkip.Reason, detail: string) => void

/** How many things are told of one by one that one directory holds and that belong to nothing; the rest is counted. */
const maxTold = 1000

const belongsToNothing: ReadonlySet<StoreSkip.Reason> = new Set<StoreSkip.Reason>([
  "not-uuid",
  "orphan-image",
  "temp-file",
  "not-a-file"
])

/** Collects what is left out. */
export class Skips {
  readonly #skips: Array<StoreSkip.StoreSkip> = []
  readonly #counts = new Map<string, { readonly parent: string; readonly reason: StoreSkip.Reason; count: number }>()

  readonly add: Skip = (path, reason, detail) => {
    if (belongsToNothing.has(reason)) {
      const parent = path.slice(0, path.lastIndexOf("/") + 1)
      const told = this.#counts.get(reason + parent) ?? { parent, reason, count: 0 }
      this.#counts.set(reason + parent, told)
      if (++told.count > maxTold) return
    }
    this.#skips.push({ path, reason, detail })
  }

  addAll(skips: ReadonlyArray<StoreSkip.StoreSkip>): void {
    for (const skip of skips) this.#skips.push(skip)
  }

  get all(): ReadonlyArray<StoreSkip.StoreSkip> {
    const more = [...this.#counts.values()].filter(({ count }) => count > maxTold)
    return [
      ...this.#skips,
      ...more.map(({ count, parent, reason }) => ({
        path: `${parent}*`,
        reason,
        detail: `${count - maxTold} more like the ${maxTold} that are told of`
      }))
    ]
  }
}

// Of what a server, or the archiver of its forerunner, was writing when it ended (SEMANTICS 3.2).
const isTemporary = (name: string): boolean => name.includes(".libprlcommon_tmp.") || name.startsWith("ABackupOutFile.")

/** Tells of an entry that belongs to nothing: what a writer has left, or what is not read. False for any other one. */
export const skipOdd = (entry: Entry, path: string, skip: Skip): boolean => {
  if (isTemporary(entry.name)) skip(path, "temp-file", "a server has not finished writing it")
  else if (entry.kind === "refused") skip(path, entry.reason, entry.detail)
  else return false
  return true
}
