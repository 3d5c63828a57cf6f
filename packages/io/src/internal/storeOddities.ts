/** What is left out of a reading, and told of. */
import type * as StoreSkip from "@backup-tree/core/StoreSkip"
import type { Entry } from "./storeFiles.ts"

/** Notes what is left out. */
export type Skip = (path: string, reason: StoreSkip.Reason, detail: string) => void

/** Collects what is left out. */
export class Skips {
  readonly #skips: Array<StoreSkip.StoreSkip> = []

  readonly add: Skip = (path, reason, detail) => void this.#skips.push({ path, reason, detail })

  addAll(skips: ReadonlyArray<StoreSkip.StoreSkip>): void {
    for (const skip of skips) this.#skips.push(skip)
  }

  get all(): ReadonlyArray<StoreSkip.StoreSkip> {
    return this.#skips
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
