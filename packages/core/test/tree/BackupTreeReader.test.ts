import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Steps from "../../src/steps/Steps.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeReader from "../../src/tree/BackupTreeReader.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import type { NotedTree } from "../../src/tree/Note.ts"
import { XmlError } from "../../src/xml/XmlError.ts"
import { integer, mutatedExample } from "../support/xmlArbitraries.ts"
import { examples, fixture } from "../support/xmlFixtures.ts"

const read = (
  text: string,
  lengths: ReadonlyArray<number>,
  options: BackupTreeXml.DecodeOptions
): Result.Result<NotedTree, XmlError> => {
  const reader = BackupTreeReader.make(options)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (let from = 0, index = 0; from < text.length; index++) {
    const to = from + lengths[index % lengths.length]!
    const pushed = reader.push(text.slice(from, to))
    if (Result.isFailure(pushed)) return Result.fail(pushed.failure)
    environments.push(...pushed.success)
    from = to
  }
  return Result.map(reader.end(), ({ environments: last, kept, notes }) => ({
    tree: { environments: [...environments, ...last], kept },
    notes
  }))
}

const modes = ["tolerant", "strict"] as const

/** Asserts that a tree in parts is read as the whole, or that both are refused. */
const assertSame = (text: string, lengths: ReadonlyArray<number>): void => {
  for (const mode of modes) {
    const whole = BackupTreeXml.decode(text, { mode })
    const parts = read(text, lengths, { mode })
    if (Result.isSuccess(whole)) assert.deepStrictEqual(parts, whole)
    else assert.isTrue(Result.isFailure(parts), whole.failure.message)
  }
}

describe("BackupTreeReader", () => {
  it("reads the examples as they are read as a whole", () => {
    for (const name of [...examples, "test-server-tree.xml"]) {
      for (const length of [1, 3, 64, 1000, 1_000_000]) assertSame(fixture(name), [length])
    }
  })

  it.prop("reads any document as it is read as a whole", {
    text: mutatedExample,
    lengths: Arbitrary.array(integer(1, 2000), { minLength: 1, maxLength: 4 })
  }, ({ lengths, text }) => {
    assertSame(text, lengths)
  })

  it("keeps other elements between the environments, at their places", () => {
    assertSame("<BackupTree>a<Quota><b c='d'> e </b></Quota><VmItem/><Quota/> <VmItem/><x>\u0001</x></BackupTree>", [7])
  })

  it("reads characters and entities that parts cut in two", () => {
    const text = fixture("03-vm-full-2inc.xml")
      .replace("<Name>", "<Name>\u{10000}\u{10ffff}&amp;&quot;&#x10FFFF;]]]&gt; \r\n&lt;")
    for (const length of [1, 2, 3, 5, 7]) assertSame(text, [length])
  })

  it("keeps forbidden characters or refuses them, depending on the mode", () => {
    const text = fixture("03-vm-full-2inc.xml").replace("<Name>", "<Name>\u0001")
    assertSame(text, [100])
    assert.deepStrictEqual(modes.map((mode) => Result.isSuccess(read(text, [100], { mode }))), [true, false])
  })

  it("emits no environment of another document, and refuses it at its end", () => {
    const reader = BackupTreeReader.make({ mode: "tolerant" })
    assert.deepStrictEqual(reader.push("<Trees><VmItem/></Trees>"), Result.succeed([]))
    const end = reader.end()
    assert.strictEqual(Result.isFailure(end) ? end.failure.reason : "none", "root")
  })

  it("reports where it stopped, like the whole-document reader", () => {
    const head =
      "\ufeff<BackupTree>\n<VmItem/><Quota/>\r\n\r\n<VmItem>\r<Uuid>{a}</Uuid><BackupItem/>\n<BackupItem><Id>1</Id>"
    for (
      const rest of ["<Id>&;", "<Host>a]]>", "&;", "</BackupItem>&;", "</BackupItem></VmItem>&;", "<Id>x"]
    ) {
      const whole = BackupTreeXml.decode(head + rest, { mode: "tolerant" })
      assert.strictEqual(Result.isFailure(whole) ? whole.failure.line : undefined, 6)
      for (const length of [1, 10, 1000]) {
        assert.deepStrictEqual(read(head + rest, [length], { mode: "tolerant" }), whole, rest)
      }
    }
  })

  it("stays refused", () => {
    const reader = BackupTreeReader.make({ mode: "strict" })
    const results = [reader.push("<BackupTree><VmItem/>"), reader.push("<VmItem/></BackupTree>"), reader.end()]
    for (const result of results) {
      assert.strictEqual(
        Result.isFailure<unknown, XmlError>(result) ? result.failure.reason : "none",
        "missing-required"
      )
    }
  })

  it("decodes a text in steps as it does as a whole", () => {
    for (const name of examples) {
      const text = fixture(name)
      const options = { mode: "tolerant" } as const
      assert.deepStrictEqual(
        Steps.complete(BackupTreeReader.decodeInSteps(text, options)),
        BackupTreeXml.decode(text, options),
        name
      )
    }
    const long = `<BackupTree>${" ".repeat(1 << 20)}</BackupTree>`
    assert.isAtLeast([...BackupTreeReader.decodeInSteps(long, { mode: "tolerant" })].length, 16)
    const broken = BackupTreeReader.decodeInSteps("<BackupTree>", { mode: "tolerant" })
    assert.isTrue(Result.isFailure(Steps.complete(broken)))
  })
})
