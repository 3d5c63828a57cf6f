/** Collects the entries that a reading skips. */
import type * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"

/** How many unrelated entries of one directory are listed individually. The rest is counted. */
const maxListed = 1000

const unrelated: ReadonlySet<StoreSkip.Reason> = new Set<StoreSkip.Reason>([
  "not-uuid",
  "orphan-image",
  "temp-file",
  "not-a-file"
])

/** A bounded collection of skips. */
export class SkipCollector {
  readonly #skips: Array<StoreSkip.StoreSkip> = []
  readonly #counts = new Map<string, { readonly parent: string; readonly reason: StoreSkip.Reason; count: number }>()

  /** Adds a skip, or counts it if its directory already has very many for this reason. */
  readonly add: StoreSkip.Report = (path, reason, detail) => {
    if (unrelated.has(reason)) {
      const parent = path.slice(0, path.lastIndexOf("/") + 1)
      const counted = this.#counts.get(reason + parent) ?? { parent, reason, count: 0 }
      this.#counts.set(reason + parent, counted)
      if (++counted.count > maxListed) return
    }
    this.#skips.push({ path, reason, detail })
  }

  /** Adds the skips of another collector. */
  addCollected(skips: ReadonlyArray<StoreSkip.StoreSkip>): void {
    for (const skip of skips) this.#skips.push(skip)
  }

  /** Returns all skips. The counted ones are combined into one for each directory and reason. */
  get all(): ReadonlyArray<StoreSkip.StoreSkip> {
    const more = [...this.#counts.values()].filter(({ count }) => count > maxListed)
    return [
      ...this.#skips,
      ...more.map(({ count, parent, reason }) => ({
        path: `${parent}*`,
        reason,
        detail: `${count - maxListed} more like the ${maxListed} that are listed`
      }))
    ]
  }
}
