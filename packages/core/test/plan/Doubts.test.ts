import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as RestorePlan from "../../src/plan/RestorePlan.ts"
import { catalog } from "../support/plans.ts"
import { chain, chainX, disk, environment, full, incremental, web } from "../support/treeLiterals.ts"

const bare = `${chainX.slice(1, -1)}.2`
const disks = { list: [disk("a.2.qcow2", "a.hdd")], kept: [] }

/** A chain whose second backup has another id, or no image. */
const withSecond = (id: string, images: ReadonlyArray<string>) =>
  catalog(environment(web, [
    chain(chainX, [1], {
      head: full(chainX),
      incrementals: [incremental(chainX, 2, { id, images, disks }), incremental(chainX, 3)],
      lastNumber: 3
    })
  ]))

const warned = (plan: { readonly warnings: ReadonlyArray<{ readonly code: string }> }) =>
  plan.warnings.map(({ code }) => code).filter((code) => code === "dead-id" || code === "images-missing")

describe("an id that a server does not find", () => {
  it.each([bare, `${chainX.toUpperCase()}.2`])("is planned with a warning, and without a command: %s", (id) => {
    const odd = withSecond(id, ["a.2.qcow2"])
    const restore = Result.getOrThrow(RestorePlan.forBackup(odd, id))
    const removal = Result.getOrThrow(RemovalPlan.preview(odd, { id, keepChain: false }))
    assert.deepStrictEqual([warned(restore), warned(removal)], [["dead-id"], ["dead-id"]])
    assert.isTrue(Option.isNone(RestorePlan.commandLine(restore)))
    assert.isTrue(Option.isNone(RemovalPlan.commandLine(removal)))
    assert.include(
      restore.warnings.map(({ message }) => message).join(),
      `does not find ${id} in chain ${chainX}, because`
    )
  })

  it("does not matter to the plans of other backups of the chain", () => {
    const restore = Result.getOrThrow(RestorePlan.forBackup(withSecond(bare, ["a.2.qcow2"]), `${chainX}.3`))
    assert.deepStrictEqual(warned(restore), [])
    assert.isTrue(Option.isSome(RestorePlan.commandLine(restore)))
  })
})

describe("a backup with disks and without images", () => {
  const odd = withSecond(`${chainX}.2`, [])

  it("is warned of in the plans that need it", () => {
    for (const id of [`${chainX}.2`, `${chainX}.3`]) {
      const restore = Result.getOrThrow(RestorePlan.forBackup(odd, id))
      assert.deepStrictEqual(warned(restore), ["images-missing"])
      assert.include(restore.warnings.at(-1)?.message, `${chainX}.2 has disks, but no images`)
    }
  })

  it("is not warned of in plans that do not need it", () => {
    assert.deepStrictEqual(warned(Result.getOrThrow(RestorePlan.forBackup(odd, chainX))), [])
  })
})
