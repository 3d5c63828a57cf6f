import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

/** How often each outcome of a removal is met in 100 runs, by what a server does and to what. */
const outcomes = (arbitrary: Arbitrary.Arbitrary<Arbitraries.StoreWithRemoval>) =>
  Effect.gen(function*() {
    const met: Array<string> = []
    const result = yield* Arbitrary.checkEffect(arbitrary, (requested) => {
      met.push(...outcomeOf(requested))
      return true
    }, { runs: 100, seed: 20_260_107 })
    assert.strictEqual(result._tag, "Passed")
    return (outcome: string) => met.filter((each) => each === outcome).length
  })

const listed = (store: BackupStore.BackupStore) =>
  ServerModel.exactSelect(store, BackupTreeRequest.everything)
    .environments.flatMap(({ chains }) => chains)

const outcomeOf = ({ removal, store }: Arbitraries.StoreWithRemoval): ReadonlyArray<string> => {
  const result = ServerModel.remove(store, removal)
  if (Result.isFailure(result)) return [`code ${result.failure}`]
  const before = listed(store)
  const after = listed(result.success)
  const moved = after.map(({ uuid }) => uuid).join() !== before.map(({ uuid }) => uuid).join()
  if (result.success.environments.length < store.environments.length) return ["environment"]
  if (after.length < before.length) return ["chain"]
  const old = before.find(({ uuid }) => removal.id.startsWith(uuid))
  const chain = after.find(({ uuid }) => uuid === old?.uuid)
  if (chain === undefined || old === undefined) return ["nothing"]
  const count = BackupTree.backups(old).length - BackupTree.backups(chain).length
  return [
    removal.keepChain ? "merge" : "tail",
    ...chain.head.id === old.head.id ? [] : ["promotion"],
    ...moved ? ["moved chain"] : [],
    ...count > 1 ? ["several backups"] : []
  ]
}

const bound = (title: string, count: (outcome: string) => number, least: { readonly [outcome: string]: number }) => {
  const lines = Object.entries(least).map(([outcome, least]) =>
    `  ${String(count(outcome)).padStart(3)} (at least ${least}) ${outcome}`
  )
  process.stdout.write(`${title}, of 100 values:\n${lines.join("\n")}\n`)
  for (const [outcome, least_] of Object.entries(least)) assert.isAtLeast(count(outcome), least_, outcome)
}

describe("removals", () => {
  it.effect("of what is listed reach every outcome", () =>
    Effect.map(outcomes(Arbitraries.listedRemoval), (count) =>
      bound("listedRemoval", count, {
        environment: 3,
        chain: 10,
        tail: 6,
        "several backups": 3,
        merge: 12,
        promotion: 10,
        "moved chain": 2,
        "code -2147258300": 5
      })))

  it.effect("of what is not listed reach every answer", () =>
    Effect.map(outcomes(Arbitraries.unlistedRemoval), (count) =>
      bound("unlistedRemoval", count, {
        environment: 2,
        chain: 15,
        "code -2147258364": 10,
        "code -2147258351": 10,
        "code -2147258300": 5
      })))

  it.effect("in any state reach a merge that fails", () =>
    Effect.map(
      outcomes(Arbitraries.anyListedRemoval),
      (count) => bound("anyListedRemoval", count, { "code -2147483594": 2, merge: 10, tail: 10 })
    ))
})
