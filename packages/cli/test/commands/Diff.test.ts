import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { example, passwordIn, readExample, run, runProcess, serve, withFolder } from "../support/command.ts"

const before = example("03-vm-full-2inc.xml")
const after = example("07-promoted-head.xml")
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"

/** What these tests read of a document. */
interface Document {
  readonly schema: { readonly name: string }
  readonly before: { readonly source: { readonly kind: string; readonly name: string } }
  readonly after: { readonly source: { readonly kind: string } }
  readonly counts: { readonly [kind: string]: number }
  readonly changes: ReadonlyArray<{ readonly change: string }>
  readonly warnings: ReadonlyArray<{ readonly code: string }>
  readonly error: { readonly tag: string; readonly exitCode: number }
}

/** Compares, and reads the document, of which the support of these tests checks the fields. */
const json = async (...args: ReadonlyArray<string>) => {
  const { code, stdout } = await run(["diff", ...args, "--output", "json"])
  return { code, document: JSON.parse(stdout) as Document }
}

/** Saves a listing as JSON. */
const saved = async (folder: string, name: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const file = path.join(folder, name)
  fs.writeFileSync(file, (await run(["list", ...args, "--output", "json"])).stdout)
  return file
}

describe("diff", () => {
  it("exits with 0 for equal listings, and with 1 for different ones", async () => {
    const equal = await run(["diff", before, before, "--complete"])
    assert.match(equal.stdout, /\n\nno differences\n$/)
    assert.notMatch(equal.stdout, /WARNING/)
    assert.deepStrictEqual([equal.code, equal.stderr], [0, ""])
    const different = await run(["diff", before, after])
    assert.match(different.stdout, /^WARNING .*may be partial listings.* Pass --complete/m)
    assert.match(different.stdout, /^ {2}~ \S+\.3: became the full backup of its chain/m)
    assert.match(different.stdout, /\n1 machine differs: 2 added, 2 removed \(2 merged into others\), 1 promoted\n$/)
    assert.deepStrictEqual([different.code, different.stderr], [1, ""])
  })

  it("prints a document with each change", async () => {
    const { code, document } = await json(before, after, "--complete")
    assert.strictEqual(document.schema.name, "backup-tree/diff")
    assert.deepStrictEqual(document.changes.map(({ change }) => change), [
      "renumbered",
      "removed",
      "removed",
      "promoted",
      "added",
      "added"
    ])
    assert.strictEqual(document.counts["promoted"], 1)
    assert.deepStrictEqual(document.warnings, [])
    assert.strictEqual(code, 1)
    assert.strictEqual((await json(after, after)).code, 0)
  })

  it("reads JSON, standard input, directories and servers", () =>
    withFolder(async (folder) => {
      const file = await saved(folder, "a.json", "--file", before, "--complete")
      assert.strictEqual((await json(file, before)).code, 0)
      const { stdout } = await runProcess(["diff", "-", file, "--output", "json"], {
        stdin: readExample("02-vm-full.xml")
      })
      assert.deepStrictEqual((JSON.parse(stdout) as Document).counts["added"], 2)
      const directory = example("backup-root")
      for (const text of [directory, `directory:${directory}`]) {
        const { code, document } = await json(`file:${file}`, text)
        assert.deepStrictEqual([code, document.after.source.kind], [0, "directory"])
      }
      const { address, stop } = await serve(["--file", before, ...passwordIn(folder)])
      const { code, document } = await json(
        before,
        `server:root@${address}`,
        ...passwordIn(folder),
        "--security-level",
        "normal"
      )
      await stop()
      assert.deepStrictEqual([code, document.after.source.kind], [0, "dispatcher"])
    }))

  it("refuses listings of different requests, which JSON files remember", () =>
    withFolder(async (folder) => {
      const whole = await saved(
        folder,
        "a.json",
        "--file",
        await saved(folder, "d.json", "--directory", example("backup-root"))
      )
      const { address, stop } = await serve(["--file", before, ...passwordIn(folder)])
      const login = ["--server", `root@${address}`, ...passwordIn(folder), "--security-level", "normal"]
      const [all, vms, containers] = [
        await saved(folder, "all.json", ...login),
        await saved(folder, "vm.json", ...login, "--vm"),
        await saved(folder, "ct.json", ...login, "--ct")
      ]
      await stop()
      assert.deepStrictEqual((await json(vms, vms)).code, 0)
      assert.strictEqual((await json(all, vms)).document.error.tag, "IncomparableListings")
      const { code, document } = await json(vms, containers)
      assert.deepStrictEqual([code, document.error.exitCode], [3, 3])
      const named = await saved(folder, "named.json", "--file", all, "web*")
      const { stderr } = await run(["diff", all, named])
      assert.match(stderr, /The listings cannot be compared: the first listing .*, the second listing .* is /)
      assert.strictEqual((await json(whole, all)).code, 0)
    }))

  it.each<readonly [args: ReadonlyArray<string>, message: RegExp]>([
    [["-", "-"], /only one of the two listings can come from standard input/],
    [[before, "node7"], /B: there is no file or directory "node7"\. For a server, write server:node7/],
    [[before, "/nonexistent/b.xml"], /\/nonexistent\/b\.xml: .*does not exist/],
    [["server:", before], /A names no listing/],
    [["", before], /A names no listing/],
    [["server:no host", before], /A: "no host" is not an address/],
    [[before, after, "--user", "root"], /need no login/],
    [[before, after, "--stall-timeout", "1m"], /need no login/],
    [["socket:", example("backup-root"), "--complete"], /--complete works only with files/],
    [[before], /Missing required argument: B/],
    [[before, after, "--json"], /--output json/],
    [[before, example("flags.json")], /flags\.json: /]
  ])("refuses wrong usage without a result: %j", async (args, message) => {
    const { code, stderr, stdout } = await run(["diff", ...args])
    assert.match(stderr, message)
    assert.deepStrictEqual([code, stdout], [3, ""])
  })

  it("prints hostile names escaped", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "b.xml")
      const name = "\u202eweb&#9;<b>".replace("<b>", "&lt;b&gt;")
      fs.writeFileSync(file, readExample("03-vm-full-2inc.xml").replace("<Name>web01</Name>", `<Name>${name}</Name>`))
      const { stdout } = await run(["diff", before, file, "--complete"])
      assert.include(stdout, `\\u{202e}web\\t<b>  ${web}\n  ~ renamed from "web01"\n`)
      const asJson = await run(["diff", before, file, "--output", "json"])
      assert.notInclude(asJson.stdout, "\u202e")
    }))

  it("prints what the guide shows", async () => {
    const guide = fs.readFileSync(new URL("../../../../docs/diff.md", import.meta.url), "utf8")
    const { stdout } = await run(["diff", before, after, "--complete"])
    assert.include(guide, `\`\`\`\n${stdout.replaceAll(`${path.dirname(before)}/`, "")}\`\`\`\n`)
  })

  it("stops at the time limit, which includes both listings", () =>
    withFolder(async (folder) => {
      // A server that never answers.
      const silent = net.createServer().listen(0, "127.0.0.1")
      await once(silent, "listening")
      const { port } = silent.address() as net.AddressInfo
      const { code, document } = await json(
        before,
        `server:127.0.0.1:${port}`,
        ...passwordIn(folder),
        "--timeout",
        "1s"
      )
      silent.close()
      assert.deepStrictEqual([code, document.error.tag], [3, "TimedOut"])
    }))
})
