import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as ShortIds from "../../src/listing/ShortIds.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, chainY, environment, tree, web } from "../support/treeLiterals.ts"

const two = tree(environment(web, [chain(chainX, [1, 2]), chain(chainY, [1])]))

describe("short ids", () => {
  it("have 8 characters, and the number of the backup", () => {
    const shorten = ShortIds.shortener(two)
    assert.deepStrictEqual([web, chainX, `${chainX}.2`, `${chainX}.x`, "junk", ""].map(shorten), [
      "4f6a1c2e",
      "0b8f6d1e",
      "0b8f6d1e.2",
      "0b8f6d1e.x",
      "junk",
      ""
    ])
  })

  it("have more characters if two uuids begin alike", () => {
    const alike = chainX.replace("2b6b", "2b6c")
    const shorten = ShortIds.shortener(tree(environment(web, [chain(chainX, [1]), chain(alike, [1])])))
    assert.deepStrictEqual([chainX, alike, web].map(shorten), ["0b8f6d1e-2b6b", "0b8f6d1e-2b6c", "4f6a1c2e-8f0b"])
    // The same uuid twice cannot be told apart by more of it.
    const twice = tree(environment(web, [chain(chainX, [1])]), environment(web, [chain(chainX.toUpperCase(), [1])]))
    assert.strictEqual(ShortIds.shortener(twice)(chainX), "0b8f6d1e")
  })

  it("are resolved from 4 characters, in any case", () => {
    const resolve = (text: string) => Result.getOrThrow(ShortIds.resolve(two, text))
    assert.deepStrictEqual(["0b8f", "0B8F6D1E.2", "a3d92c74-5b11", "0b8f6d1e.1"].map(resolve), [
      chainX,
      `${chainX}.2`,
      chainY,
      `${chainX}.1`
    ])
    // No short form, of no chain, or whole already.
    for (const text of ["0b8", "0b8f.x", "0b8f.01", "4f6a1c2e", "web01", "", chainX, web, `${chainX}.2`, "ffff.2"]) {
      assert.strictEqual(resolve(text), text)
    }
    assert.strictEqual(resolve(chainX.slice(1, -1)), chainX.slice(1, -1))
  })

  it("are refused if several chains begin with them", () => {
    const many = Array.from({ length: 7 }, (_, index) => chain(`${chainX.slice(0, -2)}${index}}`, [1]))
    const error = Result.match(ShortIds.resolve(tree(environment(web, many)), "0b8f.2"), {
      onFailure: (error) => error,
      onSuccess: (id) => assert.fail(id)
    })
    assert.match(error.message, /^"0b8f\.2" is ambiguous: \{0b8f6d1e-.*7a00\}, .*7a04\} and 2 more begin with it\. Use/)
  })
})

describe("laws of short ids", () => {
  it.prop("a short form is resolved to the id that it stands for", [Arbitraries.healthyTree], ([any]) => {
    const shorten = ShortIds.shortener(any)
    for (const backup of any.environments.flatMap(({ chains }) => chains).flatMap(BackupTree.backups)) {
      const resolved = Result.getOrThrow(ShortIds.resolve(any, shorten(backup.id)))
      assert.strictEqual(BackupId.key(resolved), BackupId.key(backup.id))
    }
  })

  it.prop("different uuids have different short forms", [Arbitraries.tree], ([any]) => {
    const shorten = ShortIds.shortener(any)
    const uuids = any.environments.flatMap(({ chains, uuid }) => [uuid, ...chains.map((one) => one.uuid)])
    const keys = new Set(uuids.filter(Uuid.isUuid).map(Uuid.key))
    assert.strictEqual(new Set([...keys].map(shorten)).size, keys.size)
  })
})
