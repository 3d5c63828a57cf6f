import * as BackupSourceError from "@backup-tree/io/BackupSourceError"
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as ExitCode from "../src/ExitCode.ts"
import { example, readExample, run, runOn } from "./support/command.ts"

const page = (name: string): string => fs.readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8")

/** The cells of the rows of all tables of a page that begin with a word in backticks, or a number. */
const rowsOf = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  text.split("\n").filter((line) => /^\| (?:`\w+`|\d) /.test(line)).map((line) =>
    line.slice(1, -1).split(" | ").map((cell) => cell.trim().replaceAll("`", ""))
  )

describe("docs/exit-codes.md", () => {
  const twoChains = example("05-two-chains.xml")
  const broken = readExample("03-vm-full-2inc.xml").replace("7a01}.3</Id>", "7a01}.4</Id>")

  it("has every exit code", () => {
    const codes = rowsOf(page("exit-codes.md")).map(([code]) => Number(code))
    assert.deepStrictEqual(codes, [
      ExitCode.healthy,
      ExitCode.different,
      ExitCode.ofSeverity("error"),
      ExitCode.noResult,
      ExitCode.refused
    ])
    assert.strictEqual(ExitCode.ofSeverity("warning"), ExitCode.different)
  })

  it("is right about what the commands exit with", async () => {
    const codeOf = async (...args: ReadonlyArray<string>) => (await run(args)).code
    const whole = ["--file", twoChains, "--complete"]
    assert.strictEqual(await codeOf("list", "--file", twoChains), 0)
    assert.strictEqual(await codeOf("check", ...whole), 0)
    assert.strictEqual(await codeOf("check", ...whole, "--max-age", "1h"), 1)
    assert.strictEqual(await codeOf("check", ...whole, "--max-age", "1h", "--ignore", "I40"), 0)
    assert.strictEqual(await codeOf("check", ...whole, "--max-age", "1h", "--severity", "error"), 1)
    assert.strictEqual((await runOn(broken, ["check", "--complete"])).code, 2)
    assert.strictEqual(await codeOf("diff", "--complete", twoChains, twoChains), 0)
    assert.strictEqual(await codeOf("diff", "--complete", twoChains, example("03-vm-full-2inc.xml")), 1)
    assert.strictEqual(await codeOf("list", "--file", "/nonexistent"), 3)
    assert.strictEqual(await codeOf("list", "--unknown"), 3)
    assert.strictEqual(await codeOf("plan", "restore", "nothing", ...whole), 4)
    assert.strictEqual(await codeOf("show", "web01", ...whole), 0)
  })
})

describe("docs/troubleshooting.md", () => {
  it("has every tag of an error once", () => {
    const ofSource = BackupSourceError.BackupSourceReason.members.map((member) => member.identifier)
    const ofCommand = [
      ...[
        new ExitCode.UsageError({ message: "" }),
        new ExitCode.TimedOut({ message: "" }),
        new ExitCode.StateFileError({ message: "" }),
        new ExitCode.DetailsWithheld({ reason: "" }),
        new ExitCode.InternalError({ defect: "" }),
        new ExitCode.Refused({ message: "" })
      ].map(({ _tag }) => _tag),
      "IncomparableListings"
    ]
    const tags = rowsOf(page("troubleshooting.md")).map(([tag]) => tag)
    assert.deepStrictEqual(new Set(tags), new Set([...ofSource, ...ofCommand]))
    assert.strictEqual(tags.length, new Set(tags).size)
  })

  it("says what each means, and what to do", () => {
    for (const [tag, meaning = "", advice = ""] of rowsOf(page("troubleshooting.md"))) {
      assert.match(meaning, /^[A-Z].{20,}\.$/, tag)
      assert.match(advice, /^[A-Z].{15,}\.$/, tag)
    }
  })
})
