import { StoreDirectory, StoreFault, StoreGenerator } from "@backup-tree/testing"
import { Effect } from "effect"

/** Writes a backup directory, and does damages to it: where each is, and by what a reader must report it. */
export const damaged = (root: string, damages: ReadonlyArray<StoreFault.Name>) =>
  Effect.gen(function*() {
    const store = StoreGenerator.generate({ seed: 1 })
    const strikes = yield* Effect.fromResult(StoreFault.plan(store, damages, { seed: 1 }))
    yield* StoreDirectory.write(store, root)
    for (const strike of strikes) yield* strike.inflict(root)
    return strikes.map(({ damage, reportedAt }) => ({ path: reportedAt, reportedAs: damage.reportedAs }))
  })
