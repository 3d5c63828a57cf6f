import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fs from "node:fs"
import { hex, join, parseAll } from "./support.ts"

const folder = new URL("../../../../docs/specification/", import.meta.url)
const text = fs.readFileSync(new URL("protocol.md", folder), "utf8")

/** The worked texts of section 4.6: the file that each links to, and what the document shows. */
const workedTexts = [...text.matchAll(/\[xml\]\(([^)]*)\)[^]*?```xml\n([^]*?)```/g)].map(([, file, shown]) =>
  [file!, shown!] as const
)

describe("the specification of the protocol", () => {
  it("has nine worked texts", () => assert.strictEqual(workedTexts.length, 9))

  it.each(workedTexts)("shows %s as it is", (file, shown) => {
    const whole = fs.readFileSync(new URL(file, folder), "utf8")
    // One text is shown with a part of its password cut out.
    const [before, after] = shown.split(/ …(?:\d+) more characters… /)
    if (after === undefined) return assert.strictEqual(shown, whole)
    assert.isTrue(whole.startsWith(before!))
    assert.isTrue(whole.endsWith(after))
    const cut = Number(/…(\d+) more/.exec(shown)![1])
    assert.strictEqual(whole.length - before!.length - after.length, cut)
  })

  const packages = fs.readdirSync(new URL("wire-examples/", folder)).filter((name) => name.endsWith(".package.hex"))

  it.each(packages)("has %s beside it, a package that reads and holds its text", (name) => {
    const lines = fs.readFileSync(new URL(`wire-examples/${name}`, folder), "utf8").trim().split("\n")
    const whole = join(...lines.map((line) => hex(line.split(/\s+/)[1]!)))
    const { failure, packages: [received] } = parseAll(PackageParser.makeParser(), [whole])
    assert.isUndefined(failure)
    assert.deepStrictEqual(Result.getOrThrow(Package.encode(received!)), whole)
    const xml = fs.readFileSync(new URL(`wire-examples/${name.replace(".package.hex", ".xml")}`, folder), "utf8")
    assert.strictEqual(new TextDecoder().decode(Result.getOrThrow(Package.payload(received!))), `${xml}\0`)
  })

  it("has the same numbers of return codes", () => {
    const rows = [...text.matchAll(/^\| `(PRL_\w+)` +\| `(0x\w+)` \| `(-?\d+)` +\|/gm)]
    assert.strictEqual(rows.length, 105)
    for (const [, name, hexadecimal, decimal] of rows) {
      assert.strictEqual(ReturnCode.fromName(name!), Number(decimal), name)
      assert.strictEqual(Number(hexadecimal) | 0, Number(decimal), name)
    }
  })

  it("has the same values of flags", () => {
    const rows = [...text.matchAll(/^\| \**(PBT_\w+)\** +\| (\d+) +\|/gm)]
    assert.strictEqual(rows.length, 14)
    for (const [, name, value] of rows) {
      assert.strictEqual(BackupFlags.of(name as Parameters<typeof BackupFlags.of>[0]), Number(value), name)
    }
  })

  it("links to sections that there are", () => {
    for (const [, id] of text.matchAll(/\]\(#([^)]*)\)/g)) assert.include(text, `<a id="${id}"></a>`)
    for (const [, id] of text.matchAll(/^\[S\d+\]: #(.*)$/gm)) assert.include(text, `<a id="${id}"></a>`)
    for (const [, tag] of text.matchAll(/\[(S\d+)\](?!:)/g)) assert.include(text, `\n[${tag}]: #`)
  })
})
