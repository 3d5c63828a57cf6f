import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupTreeReader from "../../src/tree/BackupTreeReader.ts"
import * as TreeMemory from "../../src/tree/TreeMemory.ts"
import { XmlElementBuilder } from "../../src/xml/XmlElementBuilder.ts"
import * as XmlReader from "../../src/xml/XmlReader.ts"
import { chain, chainX, environment, web } from "../support/treeLiterals.ts"

const read = (text: string, maxHeldBytes: number) => {
  const reader = BackupTreeReader.make({ mode: "tolerant", maxHeldBytes })
  for (let start = 0; start < text.length; start += 1000) {
    const pushed = reader.push(text.slice(start, start + 1000))
    if (Result.isFailure(pushed)) return pushed.failure.reason
  }
  return Result.match(reader.end(), { onFailure: ({ reason }) => reason, onSuccess: () => "read" })
}

describe("TreeMemory", () => {
  it.prop("grows with each part", [Arbitraries.tree], ([{ environments }]) => {
    const [one = environment(web, [])] = environments
    const bytes = TreeMemory.bytesOf(one)
    assert.isAbove(TreeMemory.bytesOf({ ...one, chains: [...one.chains, chain(chainX, [1])] }), bytes)
    assert.isAbove(TreeMemory.bytesOf({ ...one, name: `${one.name}${"x".repeat(100)}` }), bytes + 99)
    const kept = { position: 0, element: { name: "A", attributes: [], children: ["text"] } }
    assert.isAbove(TreeMemory.bytesOf({ ...one, kept: [...one.kept, kept] }), bytes)
  })

  it("is at least the size of a backup with its texts", () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1)
    assert.isAbove(TreeMemory.bytesOf(environment(web, [chain(chainX, numbers)])), 600_000)
  })
})

describe("the memory of an environment that arrives", () => {
  for (
    const [what, part] of [
      ["chains", "<BackupItem/>"],
      ["unknown elements", "<Unknown a=\"1\"/>"],
      ["a long text", "<Name>0123456789</Name>"]
    ] as const
  ) {
    it(`is bounded: ${what}`, () => {
      const document = (times: number) => `<BackupTree><VmItem>${part.repeat(times)}</VmItem></BackupTree>`
      assert.strictEqual(read(document(10_000), 1_000_000), "memory")
      assert.strictEqual(read(document(1000), 1_000_000), "read")
    })
  }

  it("is exactly what the elements that are not taken yet need", () => {
    const text = `<BackupTree><VmItem>${"<Unknown a=\"1\">x</Unknown>".repeat(7)}`
    const builder = new XmlElementBuilder(() => false)
    assert.isTrue(Result.isSuccess(XmlReader.make(builder, {}).push(text)))
    assert.isAbove(builder.heldBytes, 0)
    const push = (maxHeldBytes: number) => BackupTreeReader.make({ mode: "tolerant", maxHeldBytes }).push(text)
    assert.isTrue(Result.isSuccess(push(builder.heldBytes)))
    const refused = push(builder.heldBytes - 1)
    assert.strictEqual(Result.isFailure(refused) && refused.failure.reason, "memory")
  })

  it("counts the texts between elements, but no white space", () => {
    const heldBy = (text: string) => {
      const builder = new XmlElementBuilder(() => false)
      const piece = `<Unknown>${text}<Other/>`
      assert.isTrue(Result.isSuccess(XmlReader.make(builder, {}).push(`<BackupTree><VmItem>${piece}`)))
      return builder.heldBytes
    }
    assert.strictEqual(heldBy(" \n"), heldBy(""))
    assert.isAbove(heldBy("x"), heldBy(""))
    assert.strictEqual(heldBy("x".repeat(1000)) - heldBy("x"), 999)
  })

  it("starts anew with each environment", () => {
    const text = `<BackupTree>${`<VmItem>${"<Unknown/>".repeat(1000)}</VmItem>`.repeat(30)}</BackupTree>`
    assert.strictEqual(read(text, 300_000), "read")
    assert.strictEqual(read(text, 100_000), "memory")
  })

  it("has no limit by default", () => {
    const text = `<BackupTree><VmItem>${"<Unknown/>".repeat(10_000)}</VmItem></BackupTree>`
    assert.strictEqual(read(text, Infinity), "read")
  })
})
