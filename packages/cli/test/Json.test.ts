import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { TimedOut, UsageError } from "../src/ExitCode.ts"
import * as FailureJson from "../src/FailureJson.ts"
import { example, readExample, run, runProcess, withFolder } from "./support/command.ts"

/** What these tests read of a document. */
interface Document {
  readonly schema: { readonly name: string }
  readonly fetchedAt: string
  readonly completeness: string
  readonly environments: ReadonlyArray<{
    readonly chains: ReadonlyArray<{ readonly backups: ReadonlyArray<{ readonly size: unknown }> }>
  }>
  readonly findings: ReadonlyArray<unknown>
  readonly rules: ReadonlyArray<{ readonly rule: string; readonly count: number }>
  readonly verdict: { readonly worst: string }
  readonly error: { readonly tag: string; readonly message: string; readonly exitCode: number }
}

const parse = (text: string) => JSON.parse(text) as Document

describe("JSON", () => {
  it.each([["--file", "05-two-chains.xml"], ["--file", "06-odd-legal.xml"]])(
    "of list is read by check, with the same findings: %s %s",
    async (flag, file) => {
      const listed = await run(["list", flag, example(file), "--output", "json"])
      const checked = await runProcess(["check", "--file", "-", "--output", "json"], { stdin: listed.stdout })
      const direct = await run(["check", flag, example(file), "--output", "json"])
      const [one, other] = [parse(checked.stdout), parse(direct.stdout)]
      assert.deepStrictEqual(one.findings, other.findings)
      assert.deepStrictEqual(one.environments, other.environments)
      assert.deepStrictEqual(one.completeness, other.completeness)
      assert.deepStrictEqual(one.fetchedAt, parse(listed.stdout).fetchedAt)
      assert.strictEqual(checked.code, direct.code)
    }
  )

  it("can be a line for each backup, and so can CSV, also with hostile names", () =>
    withFolder(async (folder) => {
      const file = `${folder}/tree.xml`
      const name = "=1+1&#9;\u202e&lt;b&gt;"
      writeFileSync(file, readExample("03-vm-full-2inc.xml").replace("<Name>web01</Name>", `<Name>${name}</Name>`))
      const ndjson = await run(["list", "--file", file, "--output", "ndjson"])
      const rows = ndjson.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { readonly name: string })
      assert.deepStrictEqual(rows.map(({ name }) => name), Array.from({ length: 3 }, () => "=1+1\t\u202e<b>"))
      assert.notMatch(ndjson.stdout, /\u202e/)
      const csv = await run(["list", "--file", file, "--output", "csv"])
      const [header, ...lines] = csv.stdout.trimEnd().split("\n")
      assert.match(header!, /^environment,name,kind,chain,id,/)
      assert.lengthOf(lines, 3)
      for (const line of lines) assert.include(line, ",'=1+1\\t\\u{202e}<b>,vm,")
    }))

  it("has sizes that jq can add", async () => {
    const { stdout } = await run(["list", "--file", example("05-two-chains.xml"), "--output", "json"])
    const sizes = parse(stdout).environments.flatMap(({ chains }) =>
      chains.flatMap(({ backups }) => backups.map(({ size }) => size))
    )
    assert.isNotEmpty(sizes)
    for (const size of sizes) assert.isNumber(size)
  })

  it("of a check says for each rule how many findings there are, what they mean and what to do", async () => {
    const { stdout } = await run(["check", "--file", example("06-odd-legal.xml"), "--output", "json"])
    const { rules, verdict } = parse(stdout)
    const rule = rules.find(({ rule }) => rule === "I20")
    assert.deepStrictEqual(Object.keys(rule!), ["rule", "name", "severity", "count", "meaning", "advice"])
    assert.strictEqual(rule!.count, 2)
    assert.strictEqual(verdict.worst, "warning")
  })

  it.each<readonly [what: string, args: ReadonlyArray<string>, tag: string, message: RegExp]>([
    ["a missing file", ["list", "--file", "/nonexistent/tree.xml"], "FileUnreadable", /tree\.xml/],
    ["a flag that does not exist", ["list", "--no-such-flag"], "UsageError", /--no-such-flag/],
    ["a value that is not allowed", ["check", "--max-age", "soon"], "UsageError", /soon/],
    ["flags that contradict", ["list", "--file", "x", "--directory", "y"], "UsageError", /--file/],
    [
      "a backup that is missing",
      ["plan", "restore", "--file", example("02-vm-full.xml"), "nothing"],
      "Refused",
      /nothing/
    ]
  ])("has one form for failures: %s", async (_what, args, tag, message) => {
    for (const flag of [["--output", "json"], ["--output=json"], ["-o", "json"]]) {
      const { code, stderr, stdout } = await run([...args, ...flag])
      const { error, schema } = parse(stdout)
      assert.strictEqual(schema.name, "backup-tree/error")
      assert.deepStrictEqual([error.tag, error.exitCode], [tag, code])
      assert.match(error.message, message)
      assert.match(stderr, message)
    }
  })

  it("tells a time limit from wrong usage, because a retry can help", () => {
    const { error } = FailureJson.make(new TimedOut({ message: "timed out after 1m" }), "timed out after 1m", 3)
    assert.deepStrictEqual([error.tag, error.isRetryable], ["TimedOut", true])
    assert.isFalse(FailureJson.make(new UsageError({ message: "wrong" }), "wrong", 3).error.isRetryable)
  })

  it("of a failure is not printed after a result", async () => {
    const { code, stdout } = await run([
      "check",
      "--file",
      example("05-two-chains.xml"),
      "--complete",
      "--state",
      "/nonexistent/state",
      "--output",
      "json"
    ])
    assert.strictEqual(code, 3)
    assert.strictEqual(parse(stdout).schema.name, "backup-tree/check")
  })

  it("has its schemas printed", async () => {
    const { code, stdout } = await run(["schema", "listing"])
    const file = new URL("../../formats/schema/listing.json", import.meta.url)
    assert.deepStrictEqual(parse(stdout), parse(readFileSync(file, "utf8")))
    assert.strictEqual(code, 0)
    const { code: wrong, stderr } = await run(["schema", "tree"])
    assert.match(stderr, /listing/)
    assert.strictEqual(wrong, 3)
  })
})
