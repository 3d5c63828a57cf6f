import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PlanJson from "../../src/plan/PlanJson.ts"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as RestorePlan from "../../src/plan/RestorePlan.ts"
import { catalog, oddCatalog, storeCatalog } from "../support/plans.ts"
import { assertStored } from "../support/stored.ts"
import { chain, chainX, chainY, environment, full, incremental, web } from "../support/treeLiterals.ts"

const x = chain(chainX, [1], {
  head: full(chainX, { dateTime: "2024-03-02 02:00:07", size: 2n ** 60n, images: ["a.qcow2"] }),
  incrementals: [
    incremental(chainX, 2, { dateTime: "", size: 7n, images: ["a.2.qcow2"] }),
    incremental(chainX, 3, { dateTime: "2024-03-04 02:00:06", size: 9n, images: ["a.3.qcow2"] })
  ]
})
const y = chain(chainY, [1], { head: full(chainY, { dateTime: "2024-03-01 00:00:00", size: 1n }) })
const both = catalog(environment(web, [y, x], { name: "web\u001b01" }))

describe("encodeRestore", () => {
  it("writes the items in the order in which they are read", () => {
    const plan = Result.getOrThrow(
      RestorePlan.forEnvironment(both, web, { at: DateTime.makeUnsafe("2024-03-05T00:00:00Z") })
    )
    assert.deepStrictEqual(PlanJson.encodeRestore(plan), {
      id: `${chainX}.3`,
      environment: { uuid: web, name: "web\u001b01", kind: "vm" },
      chain: chainX,
      directory: null,
      at: "2024-03-05T00:00:00.000Z",
      readings: { product: `${chainX}.3`, person: `${chainX}.3`, differ: false },
      bytes: 1_152_921_504_606_846_992n,
      virtualSize: 0n,
      configuration: "3",
      items: [
        {
          id: chainX,
          number: 1,
          type: "full",
          createdAt: "2024-03-02T02:00:07.000Z",
          size: 1_152_921_504_606_846_976n,
          files: ["a.qcow2"]
        },
        { id: `${chainX}.2`, number: 2, type: "incremental", createdAt: null, size: 7n, files: ["a.2.qcow2"] },
        {
          id: `${chainX}.3`,
          number: 3,
          type: "incremental",
          createdAt: "2024-03-04T02:00:06.000Z",
          size: 9n,
          files: ["a.3.qcow2"]
        }
      ],
      warnings: [{ code: "undated", message: "1 backup has no date and cannot be selected by time." }],
      command: `prlctl restore -t '${chainX}.3'`
    })
  })
})

describe("encodeRemoval", () => {
  it("writes what vanishes, and what stays with the size unknown that is measured anew", () => {
    const plan = Result.getOrThrow(RemovalPlan.preview(both, { id: chainX, keepChain: true }))
    const createdAt = "2024-03-01T00:00:00.000Z"
    assert.deepStrictEqual(PlanJson.encodeRemoval(plan), {
      id: chainX,
      keepChain: true,
      environment: { uuid: web, name: "web\u001b01", kind: "vm" },
      chain: chainX,
      directory: null,
      scope: "backups",
      bytes: 1_152_921_504_606_846_976n,
      promoted: `${chainX}.2`,
      nextBackup: {
        before: { type: "incremental", id: `${chainX}.4`, why: null },
        after: { type: "incremental", id: `${chainY}.2`, why: null }
      },
      removed: [{
        id: chainX,
        number: 1,
        type: "full",
        createdAt: "2024-03-02T02:00:07.000Z",
        size: 1_152_921_504_606_846_976n
      }],
      remaining: [
        { id: `${chainX}.2`, number: 2, type: "full", createdAt: null, size: null, environment: web, chain: chainX },
        {
          id: `${chainX}.3`,
          number: 3,
          type: "incremental",
          createdAt: "2024-03-04T02:00:06.000Z",
          size: 9n,
          environment: web,
          chain: chainX
        },
        { id: chainY, number: 1, type: "full", createdAt, size: 1n, environment: web, chain: chainY }
      ],
      warnings: [],
      command: `prlctl backup-delete -t '${chainX}' --keep-chain`
    })
  })

  it("reports why the next backup is full", () => {
    const plan = Result.getOrThrow(RemovalPlan.preview(both, { id: `${chainX}.3` }))
    assert.deepStrictEqual(PlanJson.encodeRemoval(plan).nextBackup.after, {
      type: "full",
      id: null,
      why: "newest-lost"
    })
  })
})

describe("encodeEnvironmentRemoval", () => {
  const mail = environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [y], { name: "mail" })

  it("writes what goes, what stays, and a command for each chain", () => {
    const plan = Result.getOrThrow(RemovalPlan.forEnvironment(catalog(environment(web, [x]), mail), web))
    assert.deepStrictEqual(PlanJson.encodeEnvironmentRemoval(plan), {
      environment: { uuid: web, name: "web01", kind: "vm" },
      directory: null,
      bytes: 1_152_921_504_606_846_992n,
      removed: [
        {
          id: chainX,
          number: 1,
          type: "full",
          createdAt: "2024-03-02T02:00:07.000Z",
          size: 1_152_921_504_606_846_976n,
          chain: chainX
        },
        { id: `${chainX}.2`, number: 2, type: "incremental", createdAt: null, size: 7n, chain: chainX },
        {
          id: `${chainX}.3`,
          number: 3,
          type: "incremental",
          createdAt: "2024-03-04T02:00:06.000Z",
          size: 9n,
          chain: chainX
        }
      ],
      remaining: [{
        id: chainY,
        number: 1,
        type: "full",
        createdAt: "2024-03-01T00:00:00.000Z",
        size: 1n,
        environment: mail.uuid,
        chain: chainY
      }],
      commands: [`prlctl backup-delete -t '${chainX}'`],
      warnings: []
    })
  })

  it("has no commands for another directory", () => {
    const from = oddCatalog({ source: { _tag: "Directory", path: "/mnt" } }, mail)
    const { commands, directory } = PlanJson.encodeEnvironmentRemoval(
      Result.getOrThrow(RemovalPlan.forEnvironment(from, "mail"))
    )
    assert.deepStrictEqual([commands, directory], [[], "/mnt"])
  })
})

describe("laws", () => {
  it.prop("plans are written as their schemas say", [Arbitraries.listedRemoval], ([{ removal, store }]) => {
    const from = storeCatalog(store)
    const restore = PlanJson.encodeRestore(Result.getOrThrow(RestorePlan.forBackup(from, removal.id)))
    assert.isTrue(Schema.is(PlanJson.RestorePlanJson)(restore))
    const planned = RemovalPlan.preview(from, removal)
    if (Result.isFailure(planned)) return
    const json = PlanJson.encodeRemoval(planned.success)
    assert.isTrue(Schema.is(PlanJson.RemovalPlanJson)(json))
    assert.deepStrictEqual(json.removed.map(({ id }) => id), planned.success.removed.map(({ id }) => id))
  })

  it.prop("plans are values of their schemas, and the same when they are stored and read", [
    Arbitraries.listedRemoval
  ], ([{ removal, store }]) => {
    const from = storeCatalog(store)
    const restore = Result.getOrThrow(RestorePlan.forBackup(from, removal.id))
    assert.isTrue(Schema.is(RestorePlan.RestorePlan)(restore))
    assertStored(RestorePlan.RestorePlan, restore)
    const planned = RemovalPlan.preview(from, removal)
    if (Result.isFailure(planned)) return
    assert.isTrue(Schema.is(RemovalPlan.RemovalPlan)(planned.success))
    assertStored(RemovalPlan.RemovalPlan, planned.success)
  })
})
