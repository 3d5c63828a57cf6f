import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import { catalog, failureOf, listedTree, oddCatalog, storeCatalog } from "../support/plans.ts"
import { chain, chainX, chainY, environment, full, stranger, web } from "../support/treeLiterals.ts"

const mail = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const chainC = "{5e2b9f60-1c84-4c3a-b0f7-92d8e4a1c303}"

const other = environment(mail, [chain(chainC, [1])], { name: "mail", vmType: 2 })
const all = catalog(environment(web, [chain(chainX, [1, 2, 3]), chain(chainY, [3, 4])]), other)

const plan = (from: BackupCatalog.BackupCatalog, text: string) =>
  Result.getOrThrow(RemovalPlan.forEnvironment(from, text))

const refusal = (from: BackupCatalog.BackupCatalog, text: string) => failureOf(RemovalPlan.forEnvironment(from, text))

describe("a plan to remove all of an environment", () => {
  it("removes every chain of it, by name or uuid, and nothing else", () => {
    for (const text of ["web01", web, web.slice(1, -1).toUpperCase()]) {
      const found = plan(all, text)
      assert.deepStrictEqual(found.removed.map(({ chain, id, number }) => [chain, id, number]), [
        [chainX, chainX, 1],
        [chainX, `${chainX}.2`, 2],
        [chainX, `${chainX}.3`, 3],
        [chainY, `${chainY}.3`, 3],
        [chainY, `${chainY}.4`, 4]
      ])
      assert.deepStrictEqual(found.remaining.environments, [other])
      assert.strictEqual(found.bytes, found.removed.reduce((sum, { backup }) => sum + backup.size, 0n))
      assert.deepStrictEqual(RemovalPlan.commandLines(found), [
        `prlctl backup-delete -t '${chainX}'`,
        `prlctl backup-delete -t '${chainY}.3'`
      ])
      assert.deepStrictEqual(found.warnings, [])
    }
  })

  it("removes broken chains too, by an id that a server finds", () => {
    const dead = chain(chainX, [1], { head: full(chainX.toUpperCase()) })
    assert.deepStrictEqual(plan(catalog(environment(web, [dead])), web).ids, [chainX])
  })

  it("removes what a listing with the environment in two parts has of it", () => {
    const twice = catalog(environment(web, [chain(chainX, [1])]), environment(web.toUpperCase(), [chain(chainY, [1])]))
    const found = plan(twice, web)
    assert.deepStrictEqual([found.ids, found.remaining.environments], [[chainX, chainY], []])
  })

  it("is refused if another environment has a chain with the same uuid, in any spelling", () => {
    const copied = catalog(
      environment(web, [chain(chainX, [1])]),
      environment(mail, [chain(chainX.toUpperCase(), [1])], { name: "mail" })
    )
    const error = refusal(copied, web)
    assert.strictEqual(error._tag, "ChainQuarantined")
    assert.strictEqual(error._tag === "ChainQuarantined" && error.chain, chainX)
  })

  it("is refused for a partial listing, for an unknown name, and for a name of two", () => {
    const two = catalog(environment(web, [chain(chainX, [1])]), environment(mail, [chain(chainC, [1])]))
    assert.strictEqual(refusal(oddCatalog({ completeness: "partial" }, other), "mail")._tag, "IncompleteListing")
    assert.strictEqual(refusal(all, stranger)._tag, "UnknownEnvironment")
    assert.strictEqual(refusal(two, "web01")._tag, "AmbiguousName")
  })

  it("warns of a file and of unknown completeness, and has no command for another directory", () => {
    const file = oddCatalog({ completeness: "unknown", source: { _tag: "File", path: "tree.xml" } }, other)
    assert.deepStrictEqual(plan(file, "mail").warnings.map(({ code }) => code), ["unknown-completeness", "from-file"])
    const directory = plan(oddCatalog({ source: { _tag: "Directory", path: "/backups" } }, other), "mail")
    assert.deepStrictEqual(directory.warnings.map(({ code }) => code), ["other-directory"])
    assert.deepStrictEqual(RemovalPlan.commandLines(directory), [])
  })

  const execute = (store: BackupStore.BackupStore, id: string) =>
    ServerModel.remove(store, { vmUuid: "", id, keepChain: false, ignoreNotExists: false })

  it.prop(
    "a server that runs its commands one by one lists what the plan predicts, and refuses each the second time",
    [Arbitraries.unusualStore],
    ([store]) => {
      for (const { chains, uuid } of listedTree(store).environments) {
        const planned = RemovalPlan.forEnvironment(storeCatalog(store), uuid)
        if (Result.isFailure(planned)) {
          assert.strictEqual(planned.failure._tag, "ChainQuarantined")
          continue
        }
        let left = store
        for (const id of planned.success.ids) {
          left = Result.getOrThrow(execute(left, id))
          assert.isTrue(Result.isFailure(execute(left, id)))
        }
        assert.deepStrictEqual(listedTree(left).environments, planned.success.remaining.environments)
        assert.strictEqual(planned.success.ids.length, chains.length)
      }
    }
  )

  it.prop(
    "a server that removes the whole directory lists the same",
    [Arbitraries.healthyStore],
    ([store]) => {
      for (const { uuid } of listedTree(store).environments) {
        const { remaining } = plan(storeCatalog(store), uuid)
        const whole = { vmUuid: uuid, id: "", keepChain: false, ignoreNotExists: false }
        const left = listedTree(Result.getOrThrow(ServerModel.remove(store, whole)))
        assert.deepStrictEqual(left.environments, remaining.environments)
        assert.isFalse(left.environments.some((one) => Uuid.equals(one.uuid, uuid)))
      }
    }
  )
})
