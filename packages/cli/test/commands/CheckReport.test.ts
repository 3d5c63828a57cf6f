import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { example, readExample, run, runOn, type TerminalSize, withFolder } from "../support/command.ts"

const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const chain = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const broken = readExample("03-vm-full-2inc.xml").replace(`${chain}.3</Id>`, `${chain}.4</Id>`)
const twoChains = example("05-two-chains.xml")

const uncoloured = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, "")

/** Runs a test with a store that has every fault that `generate` knows. */
const withFaults = <A>(use: (store: string) => Promise<A>): Promise<A> =>
  withFolder(async (folder) => {
    const store = path.join(folder, "store")
    await run(["generate", store, "--fault", "all", "--newest", "2024-03-03"])
    return use(store)
  })

const onTerminal = async (args: ReadonlyArray<string>, size: TerminalSize) => {
  const { code, stdout } = await run(["check", ...args], { terminal: size })
  return { code, lines: uncoloured(stdout).trimEnd().split("\n") }
}

describe("the report of a check", () => {
  it("begins with the verdict", async () => {
    const { stdout } = await runOn(broken, ["check"])
    assert.match(stdout, /^1 error; 0 of 1 chain sound \(1 environment, 1 chain, 3 backups, 4\.5 GiB\)\n\nweb01 {2}\{/)
  })

  it("fits on the screen with every fault at once, and says how to see the rest", () =>
    withFaults(async (store) => {
      for (const size of [{ columns: 80, rows: 24 }, { columns: 80, rows: 50 }, { columns: 160, rows: 50 }]) {
        const { code, lines } = await onTerminal(["--directory", store], size)
        assert.isAtMost(lines.length, size.rows - 1)
        assert.deepStrictEqual(lines.filter((line) => line.length > size.columns), [])
        assert.match(lines[0]!, /^19 errors, 9 warnings, 14 info; 7 of 25 chains sound/)
        assert.match(lines.join(" "), /Left out: .* Use --full for everything, or --explain RULE for a rule\./)
        assert.strictEqual(lines.at(-1), "For steps to recover from 12 faults, add --salvage.")
        assert.strictEqual(code, 2)
      }
      const whole = await onTerminal(["--directory", store, "--full"], { columns: 80, rows: 24 })
      assert.isAbove(whole.lines.length, 200)
      const piped = await run(["check", "--directory", store])
      assert.isAbove(piped.stdout.split("\n").length, 150)
    }))

  it("stays readable on a narrow terminal, and shortens ids", () =>
    withFaults(async (store) => {
      const { lines } = await onTerminal(["--directory", store], { columns: 50, rows: 60 })
      assert.deepStrictEqual(lines.filter((line) => line.length > 50 && !line.includes("add --salvage")), [])
      assert.notMatch(lines.join("\n"), /[0-9a-f]{4}-[0-9a-f]{12}/)
    }))

  it("shows the findings of a severity or a rule alone, and keeps its verdict and exit code", async () => {
    const args = ["check", "--file", twoChains, "--complete", "--max-age", "26h", "--max-chain", "2"]
    const labels = ({ stdout }: { readonly stdout: string }) => stdout.match(/^ {2}[A-Z]+ +[^ :]+/gm) ?? []
    assert.deepStrictEqual(labels(await run(args)), ["  WARNING I40", "  WARNING I41"])
    for (
      const [more, shown] of [[["--rule", "I40"], "  WARNING I40"], [
        ["--severity", "warning", "--rule", "i41"],
        "  WARNING I41"
      ]] as const
    ) {
      const filtered = await run([...args, ...more])
      assert.deepStrictEqual(labels(filtered), [shown])
      assert.match(filtered.stdout, /^2 warnings;/)
      assert.strictEqual(filtered.code, 1)
    }
    const none = await run([...args, "--severity", "error"])
    assert.deepStrictEqual([labels(none), none.code], [[], 1])
    assert.match(
      (await run([...args, "--rule", "I4"])).stderr,
      /--rule: there is no rule "I4"\. Did you mean I04 or I14 or I24\?/
    )
  })

  it("is silent with --quiet, and exits as ever", async () => {
    assert.deepStrictEqual(await runOn(broken, ["check", "-q", "--complete"]), { code: 2, stdout: "", stderr: "" })
    const { code, stdout } = await run(["check", "--quiet", "--file", twoChains, "--complete"])
    assert.deepStrictEqual([code, stdout], [0, ""])
  })

  it("explains a rule without a source", async () => {
    const { code, stdout } = await run(["check", "--explain", "i36"])
    assert.match(
      stdout,
      /^I36 {2}every image exists\n {2}Every image [^]*\n {2}Meaning: [^]*\n {2}Fix: [^]*\n {2}Severity: error\n$/
    )
    assert.strictEqual(code, 0)
    const unknown = await run(["check", "--explain", "unknown"])
    assert.match(unknown.stderr, /--explain: there is no rule "unknown"/)
    assert.strictEqual(unknown.code, 3)
  })

  it("explains rules with examples that are worded as their findings", () =>
    withFaults(async (store) => {
      // Without ids, texts, dates, numbers, and causes.
      const shapeOf = (message: string): string =>
        message.replace(/"[^"]*"/g, "TEXT").replace(/\{[0-9a-fx-]{36}\}(?:\.\w+)?/gi, "ID")
          .replace(/\d{4}-\d\d-\d\d[T0-9:.Z]*/g, "DATE").replace(/\d+ (?:day|hour|minute|second)s?/g, "TIME")
          .replace(/TIME TIME/g, "TIME").replace(/\d+/g, "N").replace(/: .*/, "")
      const { stdout } = await run(["check", "--directory", store, "--max-age", "1h", "--max-chain", "2", "-o", "json"])
      const { findings } = JSON.parse(stdout) as {
        readonly findings: ReadonlyArray<{ readonly rule: string; readonly message: string }>
      }
      const found = Map.groupBy(findings, ({ rule }) => rule)
      assert.isAtLeast(found.size, 27)
      for (const [id, ofRule] of found) {
        const explained = (await run(["check", "--explain", id])).stdout.replace(/\n {2}(?! )/g, " ")
        const example = /Example: (.*) Severity: /.exec(explained)?.[1] ?? ""
        assert.include(ofRule.map(({ message }) => shapeOf(message)), shapeOf(example), id)
      }
    }))

  it.each([
    [["--nagios", "--verbose"], "--verbose shapes the readable report; leave it out, or leave out --nagios"],
    [["--output", "json", "--quiet"], "--quiet shapes the readable report; leave it out, or leave out --output json"],
    [["--quiet", "--full"], "--quiet prints no report; leave it out, or leave out --full"],
    [["--salvage", "--rule", "I36"], "--rule selects findings, and --salvage prints none; leave out one of them"],
    [["--salvage"], "--salvage needs the images and the metadata, which only a backup directory has; use --directory"]
  ])("refuses %j", async (args, message) => {
    const { code, stderr, stdout } = await run(["check", "--file", twoChains, ...args])
    assert.include(args.includes("--nagios") ? stdout : stderr, message)
    assert.strictEqual(code, 3)
  })
})

/** The commands of a salvage, in their order: indented lines, and documents that are written to files. */
const commandsIn = (text: string): string =>
  text.match(/^ {5}(?:OUT=|cp |mkdir |mv |qemu-img ).*$|^cat > .* <<'END'\n[^]*?\nEND$/gm)?.join("\n") ?? ""

describe("check --salvage", () => {
  it("prints commands that a shell runs as they stand, and then servers list the backups again", () =>
    withFaults(async (store) => {
      const folder = path.dirname(store)
      const tools = path.join(folder, "tools")
      fs.mkdirSync(tools)
      // Writes the last argument, as the real one does.
      fs.writeFileSync(path.join(tools, "qemu-img"), "#!/bin/sh\nfor target; do :; done\necho disk > \"$target\"\n", {
        mode: 0o755
      })
      const hidden = async (store: string) => {
        const { stdout } = await run(["check", "--directory", store, "--output", "json"])
        const { findings } = JSON.parse(stdout) as { readonly findings: ReadonlyArray<{ readonly rule: string }> }
        return findings.map(({ rule }) => rule).filter((rule) => /^(?:base|head|link|vm)-|^not-uuid$/.test(rule))
      }
      const before = await hidden(store)
      const env = { PATH: `${tools}:${process.env["PATH"]}`, HOME: folder }
      // A renamed directory has other paths in the steps of the next check.
      for (let round = 0; round < 2; round++) {
        const { stdout } = await run(["check", "--directory", store, "--salvage"])
        const { status, stderr } = spawnSync("sh", ["-u"], {
          input: commandsIn(stdout),
          env,
          cwd: "/",
          encoding: "utf8"
        })
        assert.deepStrictEqual([status, stderr.replace(/^.*No such file or directory\n/gm, "")], [0, ""])
      }
      const after = await hidden(store)
      assert.isAtLeast(before.length, 10)
      // A directory without any backup.
      assert.deepStrictEqual(after, ["not-uuid"])
      const made = fs.readdirSync(path.join(folder, "backup-tree-salvage"))
      assert.isAtLeast(made.filter((name) => name.endsWith(".raw")).length, 10)
    }))

  it("prints the steps alone, and exits as the check does", () =>
    withFolder(async (folder) => {
      const store = path.join(folder, "store")
      await run(["generate", store, "--seed", "7", "--fault", "base-missing"])
      const { code, stdout } = await run(["check", "--directory", store, "--salvage"])
      assert.match(stdout, /^\{[^\n]*: the directory of the first backup of a chain is missing or unusable\n/)
      assert.notMatch(stdout, /ERROR|sound/)
      assert.strictEqual(code, 2)
    }))

  it("says that there is nothing to recover", () =>
    withFolder(async (store) => {
      fs.mkdirSync(path.join(store, web))
      const healthy = path.join(store, "healthy")
      await run(["generate", healthy])
      assert.strictEqual(
        (await run(["check", "--directory", healthy, "--salvage"])).stdout,
        "nothing to recover by hand\n"
      )
    }))
})
