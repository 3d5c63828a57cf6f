import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { example, readExample, run, runOn } from "../support/command.ts"

const twoChains = example("05-two-chains.xml")
const newest = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const older = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"

/** The ids in the JSON of a filtered listing. */
const ids = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const { code, stderr, stdout } = await run(["list", "--file", twoChains, "--output", "json", ...args])
  assert.deepStrictEqual([code, stderr], [0, ""])
  const json: {
    readonly completeness: string
    readonly environments: ReadonlyArray<
      { readonly chains: ReadonlyArray<{ readonly backups: ReadonlyArray<{ readonly id: string }> }> }
    >
  } = JSON.parse(stdout)
  assert.strictEqual(json.completeness, "partial")
  return json.environments.flatMap(({ chains }) => chains.flatMap(({ backups }) => backups.map(({ id }) => id)))
}

/** The message of wrong usage. */
const refused = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stderr, stdout } = await run(["list", ...args])
  assert.deepStrictEqual([code, stdout], [3, ""])
  return stderr
}

describe("the table of machines", () => {
  it("is what list prints, one line each", async () => {
    const { code, stderr, stdout } = await run(["list", "--file", twoChains])
    assert.match(
      stdout,
      /^NAME {3}KIND {2}NEWEST {15} *AGE {2}CHAINS {2}BACKUPS {6}SIZE {2}STATE\nweb01 {2}VM {4}2024-03-03 02:00Z +\d+d {7}2 {8}5 {2}19\.3 GiB {2}ok\n$/
    )
    assert.deepStrictEqual([code, stderr], [0, ""])
  })

  it("has the columns and the order that are wanted", async () => {
    const { stdout } = await run([
      "list",
      "--file",
      example("test-server-tree.xml"),
      "--columns=state, Name",
      "--no-header",
      "--sort=size"
    ])
    assert.strictEqual(stdout, "warning  web-00000\nerror    cache-00000\n")
  })

  it("says elsewhere that it is filtered", async () => {
    const { stderr, stdout } = await run(["list", "--file", twoChains, "--where", "latest=1"])
    assert.lengthOf(stdout.trimEnd().split("\n"), 2)
    assert.include(stderr, "the output is filtered: 1 of 5 backups matches, with 1 more that it needs")
  })

  it("refuses unknown columns, and flags that contradict each other", async () => {
    assert.include(
      await refused("--file", twoChains, "--columns", "name,sise"),
      "there is no column \"sise\". Use name,"
    )
    assert.include(await refused("--file", twoChains, "--columns="), "there is no column \"\"")
    assert.include(await refused("--file", twoChains, "--tree", "--output", "csv"), "--tree is short for --output tree")
    for (const flag of ["--sort=age", "--columns=name", "--no-header"]) {
      assert.include(await refused("--file", twoChains, "--tree", flag), "apply only to --output table")
    }
  })
})

describe("list --output prlctl", () => {
  it("prints what prlctl prints, byte for byte", async () => {
    for (const [format, file] of [["prlctl", "prlctl-backup-list"], ["prlctl-full", "prlctl-backup-list-f"]] as const) {
      const { code, stderr, stdout } = await run([
        "list",
        "--file",
        example("03-vm-full-2inc.xml"),
        "--output",
        format,
        "--zone",
        "Europe/Berlin"
      ])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(stdout, readExample(`${file}.txt`))
    }
  })

  it("refuses unknown zones, and zones of other formats", async () => {
    assert.include(await refused("--output", "prlctl", "--zone", "Mars/Olympus"), "a time zone such as Europe/Berlin")
    assert.include(await refused("--file", twoChains, "--zone", "UTC"), "--zone works only with --output prlctl")
  })

  it("warns that a filtered table is filtered", async () => {
    const { stderr, stdout } = await run([
      "list",
      "web01",
      "--where",
      "latest=1",
      "--file",
      twoChains,
      "--output=prlctl",
      "--zone=UTC"
    ])
    assert.lengthOf(stdout.trimEnd().split("\n"), 3)
    assert.include(stderr, "the output is filtered: 1 of 5 backups matches, with 1 more that it needs")
  })
})

describe("list NAME and --where", () => {
  it("filter by names, patterns and uuids", async () => {
    for (const names of [["web01"], ["w?b*", "web01"], [web], [web.slice(1, -1).toUpperCase()]]) {
      assert.lengthOf(await ids(...names), 5)
    }
  })

  it("show the matching backups and those they need", async () => {
    assert.deepStrictEqual(await ids("--where", "date>=2024-03-03"), [newest, `${newest}.2`])
    assert.deepStrictEqual(await ids("--where", `chain=${older} and not latest=4`), [older])
    assert.deepStrictEqual(await ids("web*", "--where", "kind=ct or name=db*"), [])
    assert.lengthOf(await ids("--where", "not finding=error"), 5)
    const { stdout } = await run(["list", "--tree", "--file", twoChains, "--where", `id=a3d9.3 and age>1d`])
    assert.match(stdout, /1 chain, 3 backups, .*\nfiltered: 1 of 5 backups matches, with 2 more that it needs\n$/)
    const none = await run(["list", "--tree", "--file", twoChains, "--where", "size>100TiB"])
    assert.match(none.stdout, /^no backups, from .*\nfiltered: 0 of 5 backups match\n$/)
  })

  it("write filtered XML that can be read again", async () => {
    const { stderr, stdout } = await run(["list", "--file", twoChains, "--output", "xml", "--where", "latest=2"])
    assert.include(stderr, "the output is filtered: 2 of 5 backups match. Do not pass it on as a full listing.")
    const again = await runOn(stdout, ["list", "--tree"])
    assert.include(again.stdout, "1 environment, 1 chain, 2 backups")
  })

  it("point at the character of a mistake", async () => {
    assert.strictEqual(
      await refused("--file", "no such file", "--where", "name=web* an age>7d"),
      `backup-tree: --where: expected "and", "or" or the end, found "an"\n  name=web* an age>7d\n            ^\n`
    )
  })

  it("refuse unknown names, ambiguous parts and empty values", async () => {
    assert.include(
      await refused("wbe01", "--file", twoChains),
      "no VM or container in this listing matches \"wbe01\". Did you mean \"web01\"?"
    )
    assert.include(await refused("x", "--file", twoChains), "Run `backup-tree list` without names to see all.")
    assert.include(
      await refused("--where", "id=0.2", "--file", twoChains),
      `--where: id=0.2 is ambiguous: ${older}, ${newest} contain it. Use more characters.`
    )
    assert.include(await refused("", "--file", twoChains), "a name is empty")
    assert.include(await refused("--where", "", "--file", twoChains), "expected a comparison")
    assert.include(await refused("web01", "--forensic", "--directory", "x"), "leave out names and --where")
    assert.include(
      await refused("--forensic", "--directory", "x", "--output", "prlctl"),
      "--forensic requires --directory, and --output tree or json"
    )
  })

  it("escape hostile names in messages", async () => {
    const name = `web01\u202e${"x".repeat(1 << 16)}`
    const document = readExample("05-two-chains.xml").replaceAll("web01", name)
    for (
      const args of [["list", "nothing"], ["list", "--where", "name=web*"], ["list", `web01\u202e${"x".repeat(99)}`]]
    ) {
      const { stderr, stdout } = await runOn(document, args)
      assert.notInclude(stdout + stderr, "\u202e")
      assert.isBelow(stderr.length, 2000)
    }
  })
})

describe("the guide to queries", () => {
  it("shows queries that list accepts", async () => {
    const guide = fs.readFileSync(new URL("../../../../docs/queries.md", import.meta.url), "utf8")
    const queries = [...guide.matchAll(/--where '([^']*)'/g)].map(([, query]) => query!)
    assert.isAbove(queries.length, 5)
    for (const query of queries) {
      const { code, stderr } = await run(["list", "--tree", "--file", twoChains, "--where", query])
      assert.deepStrictEqual([code, stderr], [0, ""], query)
    }
  })
})
