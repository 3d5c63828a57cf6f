import * as Check from "@backup-tree/core/check/Check"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import * as Folder from "../../testing/test/support/folder.ts"

/** Checks a backup directory, and returns each finding as a text that identifies it. */
const findingsIn = (path: string) =>
  BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
    Effect.map((listing) => new Map(Check.run(listing).findings.map((one) => [`${one.rule.id} ${one.message}`, one]))),
    Effect.provide(BackupSource.layerDirectory({ path }))
  )

/** Returns the rules of the findings that a fault adds to those of a healthy store. */
const rulesAfter = (name: StoreFault.Name, seed: number) =>
  Effect.gen(function*() {
    const root = `${yield* Folder.make}/backups`
    const now = DateTime.add(StoreGenerator.defaultNow, { days: seed })
    const store = StoreGenerator.generate({ seed, environments: 3, weeks: 2, now })
    yield* StoreDirectory.write(store, root)
    const before = yield* findingsIn(root)
    assert.isTrue([...before.values()].every(({ severity }) => severity === "info"))
    for (const { inject } of Result.getOrThrow(StoreFault.plan(store, [name], { seed }))) yield* inject(root)
    const after = yield* findingsIn(root)
    return new Set([...after].flatMap(([text, { rule }]) => before.has(text) ? [] : [rule.id]))
  })

describe("a check of a directory with one fault", () => {
  for (const { mayReport, name, reportedAs, rules } of StoreFault.faults) {
    it.effect(`reports ${name} by its rules, and by no other`, () =>
      Effect.gen(function*() {
        // On a Thursday, on a Sunday, when the newest chains have one backup, and on a Monday.
        for (const seed of [1, 4, 5]) {
          const found = yield* rulesAfter(name, seed)
          assert.deepStrictEqual(rules.filter((id) => !found.has(id)), [], `seed ${seed}`)
          const others = [...found].filter((id) => ![...rules, ...mayReport].some((rule) => rule === id))
          assert.deepStrictEqual(others, [], `seed ${seed}`)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))

    it(`names the rule that reports the skips of ${name} first`, () => {
      const { id, reports = [] } = Option.getOrThrow(RuleTable.find(rules[0]))
      assert.isTrue(id === reportedAs || reports.some((reason) => reason === reportedAs))
    })
  }
})
