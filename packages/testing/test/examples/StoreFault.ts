import { StoreDirectory, StoreFault, StoreGenerator } from "@backup-tree/testing"
import { Effect } from "effect"

export const metadataFaults = StoreFault.names.filter((name) => name.includes("metadata"))

export const faultsOf = (rule: string) =>
  StoreFault.faults.filter(({ reportedAs }) => reportedAs === rule).map(({ description }) => description)

export const brokenDirectory = Effect.fnUntraced(function*(root: string, names: ReadonlyArray<StoreFault.Name>) {
  const store = StoreGenerator.generate({ seed: 1 })
  const planned = yield* Effect.fromResult(StoreFault.plan(store, names, { seed: 1 }))
  yield* StoreDirectory.write(store, root)
  for (const { inject } of planned) yield* inject(root)
  return planned.map(({ fault, reportedAt }) => ({ path: reportedAt, reportedAs: fault.reportedAs }))
})
