/** Collects what a reading leaves out. */
import type * as StoreSkip from "@backup-tree/core/directory/StoreSkip"

/** How many entries of one directory that belong to nothing are listed one by one; the rest is counted. */
const maxListed = 1000

const belongsToNothing: ReadonlySet<StoreSkip.Reason> = new Set<StoreSkip.Reason>([
  "not-uuid",
  "orphan-image",
  "temp-file",
  "not-a-file"
])

/** A bounded collection of skips. */
export class SkipCollector {
  readonly #skips: Array<StoreSkip.StoreSkip> = []
  readonly #counts = new Map<string, { readonly parent: string; readonly reason: StoreSkip.Reason; count: number }>()

  /** Adds a skip, or counts it if its directory already has very many of the kind. */
  readonly add: StoreSkip.Report = (path, reason, detail) => {
    if (belongsToNothing.has(reason)) {
      const parent = path.slice(0, path.lastIndexOf("/") + 1)
      const counted = this.#counts.get(reason + parent) ?? { parent, reason, count: 0 }
      this.#counts.set(reason + parent, counted)
      if (++counted.count > maxListed) return
    }
    this.#skips.push({ path, reason, detail })
  }

  /** Adds what another collector returned. */
  addCollected(skips: ReadonlyArray<StoreSkip.StoreSkip>): void {
    for (const skip of skips) this.#skips.push(skip)
  }

  /** Returns all skips, the counted ones as one for each directory and reason. */
  get all(): ReadonlyArray<StoreSkip.StoreSkip> {
    const more = [...this.#counts.values()].filter(({ count }) => count > maxListed)
    return [
      ...this.#skips,
      ...more.map(({ count, parent, reason }) => ({
        path: `${parent}*`,
        reason,
        detail: `${count - maxListed} more like the ${maxListed} that are told of`
      }))
    ]
  }
}
