import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { example, passwordIn, readExample, run, runProcess, serve, withFolder } from "../support/command.ts"

const twoChains = example("05-two-chains.xml")
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"

/** What these tests read of a document. */
interface Document {
  readonly by: string
  readonly source: string
  readonly total: { readonly backups: number; readonly bytes: number }
  readonly groups: ReadonlyArray<{ readonly key: string; readonly backups: number; readonly bytes: number }>
  readonly others: { readonly groups: number }
  readonly growth: null | { readonly since: string; readonly bytesPerDay: number }
  readonly disk: null | { readonly bytes: number; readonly fullAt: string | null }
  readonly error: { readonly tag: string; readonly message: string; readonly exitCode: number }
}

/** Runs the command, and reads the document, of which the support of these tests checks the fields. */
const json = async (...args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await run(["usage", ...args, "--output", "json"])
  return { code, stderr, document: JSON.parse(stdout) as Document }
}

/** Saves a listing as JSON, with another time. */
const saved = async (folder: string, name: string, fetchedAt: string, ...args: ReadonlyArray<string>) => {
  const file = path.join(folder, name)
  const { stdout } = await run(["list", "--output", "json", ...args])
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(stdout) as object, fetchedAt }))
  return file
}

const monday = "2024-03-04T06:00:00.000Z"
const friday = "2024-03-08T06:00:00.000Z"

describe("usage", () => {
  it("shows the space of each machine, and its total", async () => {
    const { code, stderr, stdout } = await run(["usage", "--file", twoChains, "--complete"])
    assert.strictEqual(
      stdout,
      `       size  share  backups  machine
   19.3 GiB  100 %        5  web01 (${web})
   19.3 GiB  100 %        5  total, from ${twoChains}
`
    )
    assert.deepStrictEqual([code, stderr], [0, ""])
  })

  it("groups by each part of a listing, and shows the largest groups", async () => {
    for (const by of ["backup", "chain", "environment", "host", "kind"]) {
      const { document } = await json("--file", twoChains, "--by", by)
      assert.deepStrictEqual([document.by, document.others.groups, document.growth], [by, 0, null])
      assert.strictEqual(document.groups.reduce((sum, { bytes }) => sum + bytes, 0), document.total.bytes)
    }
    const { document } = await json("--file", twoChains, "--by", "backup", "--top", "2")
    assert.deepStrictEqual([document.groups.length, document.others.groups, document.total.backups], [2, 3, 5])
    const text = await run(["usage", "--file", twoChains, "--by", "backup", "--top", "2"])
    assert.match(text.stdout, / 3 {2}3 more\n/)
  })

  it("shows 20 groups as text, and all as JSON", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "many.xml")
      const xml = readExample("02-vm-full.xml")
      const item = /<VmItem[^]*<\/VmItem>/.exec(xml)![0]
      const number = (index: number) => String(index).padStart(12, "0")
      const items = Array.from({ length: 23 }, (_, index) => item.replaceAll(/[0-9a-f]{12}\}/g, `${number(index)}}`))
      fs.writeFileSync(file, xml.replace(item, items.join("")))
      assert.match((await run(["usage", "--file", file])).stdout, / 3 more\n/)
      assert.strictEqual((await json("--file", file)).document.groups.length, 23)
    }))

  it("shows the growth since an earlier listing, and when a disk is full", () =>
    withFolder(async (folder) => {
      const since = await saved(folder, "a.json", monday, "--file", example("03-vm-full-2inc.xml"), "--complete")
      const file = await saved(folder, "b.json", friday, "--file", twoChains, "--complete")
      const { code, document, stderr } = await json("--file", file, "--since", since, "--disk", "1TiB")
      assert.strictEqual(document.growth?.since, monday)
      assert.isAbove(document.growth?.bytesPerDay ?? 0, 2 ** 30)
      assert.strictEqual(document.disk?.bytes, 2 ** 40)
      assert.match(document.disk?.fullAt ?? "", /^2024-1/)
      assert.deepStrictEqual([code, stderr], [0, ""])
      const { stdout } = await run(["usage", "--file", file, "--since", `file:${since}`, "--disk", "1TiB"])
      assert.match(stdout, /\n\nGrew by .* a day since 2024-03-04.*\nA disk of 1\.0 TiB .* is full on 2024-1/)
    }))

  it("reads directories, servers and standard input", () =>
    withFolder(async (folder) => {
      assert.strictEqual((await json("--directory", example("backup-root"))).code, 0)
      const since = await saved(folder, "a.json", monday, "--file", twoChains, "--complete")
      const { address, stop } = await serve(["--file", twoChains, ...passwordIn(folder)])
      const login = ["--server", `root@${address}`, ...passwordIn(folder), "--security-level", "normal"]
      const { code, document } = await json(...login, "--since", since)
      await stop()
      assert.deepStrictEqual([code, document.source, document.growth?.bytesPerDay], [0, address, 0])
      const piped = await runProcess(["usage", "--file", "-", "--since", since, "--output", "json"], {
        stdin: fs.readFileSync(await saved(folder, "b.json", friday, "--file", twoChains, "--complete"), "utf8")
      })
      assert.strictEqual((JSON.parse(piped.stdout) as Document).growth?.since, monday)
    }))

  it("refuses listings whose growth would mislead", () =>
    withFolder(async (folder) => {
      const early = await saved(folder, "a.json", monday, "--file", twoChains, "--complete")
      const late = await saved(folder, "b.json", friday, "--file", twoChains, "--complete")
      const filtered = await saved(folder, "c.json", monday, "--file", twoChains, "web*", "--where", "latest=1")
      const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
        [["--file", early, "--since", late], /is not earlier .*list --output json/],
        [["--file", early, "--since", early], /is not earlier/],
        [["--file", late, "--since", twoChains], /an XML file has none\. .*list --output json/],
        [["--file", twoChains, "--since", early], /an XML file has none/],
        [["--file", late, "--since", filtered], /c\.json is filtered|is filtered and lacks/],
        [["--file", filtered], /c\.json is filtered and lacks backups/],
        [["--file", late, "--since", example("backup-root")], /which is a file.*list --output json/],
        [["--file", late, "--since", "server:node7"], /which is a file/],
        [["--file", late, "--since", "node7"], /there is no file or directory "node7"/],
        [["--file", late, "--since", path.join(folder, "none.json")], /none\.json: .*does not exist/],
        [["--file", "-", "--since", "-"], /only one of --file and --since can be standard input/],
        [["--file", late, "--since", ""], /--since is empty/],
        [["--file", late, "--disk", "1TiB"], /--disk needs .* add --since/]
      ]
      for (const [args, message] of cases) {
        const { code, document, stderr } = await json(...args)
        assert.match(stderr, message)
        assert.deepStrictEqual([code, document.error.exitCode], [3, 3])
      }
    }))

  it("warns about listings of different machines", () =>
    withFolder(async (folder) => {
      const early = await saved(folder, "a.json", monday, "--file", example("04-ct-ploop.xml"), "--complete")
      const late = await saved(folder, "b.json", friday, "--file", twoChains, "--complete")
      const { code, stderr } = await run(["usage", "--file", late, "--since", early])
      assert.match(stderr, /^backup-tree: The listings have no machine in common/)
      assert.strictEqual(code, 0)
    }))

  it.each<readonly [args: ReadonlyArray<string>, message: RegExp]>([
    [["--top", "0"], /a whole number of at least 1/],
    [["--disk", "10"], /a whole number with a binary unit, such as 1500GiB/],
    [["--by", "size"], /Expected: backup, chain, environment, host, kind/],
    [["--json"], /--output json/]
  ])("refuses wrong usage without a result: %j", async (args, message) => {
    const { code, stderr, stdout } = await run(["usage", "--file", twoChains, ...args])
    assert.match(stderr, message)
    assert.deepStrictEqual([code, stdout], [3, ""])
  })

  it("prints what the guide shows", async () => {
    const guide = fs.readFileSync(new URL("../../../../docs/usage.md", import.meta.url), "utf8")
    const { stdout } = await run(["usage", "--file", twoChains, "--by", "chain"])
    // The formatter of the guide removes the common indentation.
    const table = stdout.replaceAll(`${path.dirname(twoChains)}/`, "").replaceAll(/^ {3}/gm, "")
    assert.include(guide, `\`\`\`\n${table}\`\`\`\n`)
  })

  it("prints hostile names escaped", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "b.xml")
      fs.writeFileSync(file, readExample("02-vm-full.xml").replace("<Name>web01</Name>", "<Name>\u202eweb&#9;</Name>"))
      assert.include((await run(["usage", "--file", file])).stdout, `\\u{202e}web\\t (${web})`)
      assert.notInclude((await run(["usage", "--file", file, "--output", "json"])).stdout, "\u202e")
    }))
})
