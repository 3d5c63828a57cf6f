import { describe, expect, it } from "@effect/vitest"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll } from "vitest"
import { example, run, withFolder } from "./support/command.ts"

// To write the files again: npx vitest run --config vitest.workspace.ts packages/cli/test/Golden --update
const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}.txt`, import.meta.url))

const at = "2024-03-03T12:00:00Z"
const store = ["--seed", "7", "--newest", "2024-03-03 06:00:00", "--environments", "4", "--weeks", "2"]
const faults = ["--fault", "missing-image", "--fault", "base-missing", "--fault", "temp-file"]

/** Every command that prints something for people, on a store with three faults. */
const commands: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>]> = [
  ["list", ["list"]],
  ["list-tree", ["list", "--tree"]],
  ["show", ["show", "files"]],
  ["check", ["check", "--max-age", "26h"]],
  ["check-full", ["check", "--max-age", "26h", "--full"]],
  ["check-salvage", ["check", "--salvage"]],
  ["plan-restore", ["plan", "restore", "files"]],
  ["plan-remove", ["plan", "remove", "--all-of", "files"]],
  ["plan-retention", ["plan", "retention", "--keep-daily", "3", "--zone", "UTC"]],
  ["usage", ["usage"]]
]

/** Formats for programs, which are the same wherever they are printed. */
const formats: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>]> = [
  ["list-csv", ["list", "--output", "csv"]],
  ["list-ndjson", ["list", "--output", "ndjson"]],
  ["list-json", ["list", "--output", "json"]],
  ["list-xml", ["list", "--output", "xml"]],
  ["list-prlctl", ["list", "--output", "prlctl", "--zone", "UTC"]],
  ["list-prlctl-full", ["list", "--output", "prlctl-full", "--zone", "UTC"]],
  ["check-nagios", ["check", "--nagios", "--max-age", "26h"]]
]

describe("the output of every command", () => {
  const printed = new Map<string, string>()

  beforeAll(() =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "store")
      await run(["generate", directory, ...store, ...faults])
      const outputOf = async (args: ReadonlyArray<string>, options: Parameters<typeof run>[1]) => {
        const source = args[0] === "plan" || args.includes("--file") ? [] : ["--directory", directory]
        const own = args[0] === "plan"
          ? [...args, "--file", example("05-two-chains.xml"), "--complete"]
          : [...args, ...source]
        const { code, stderr, stdout } = await run(
          args.includes("files") && args[0] === "plan"
            ? own.map((arg) => arg === "files" ? "web01" : arg)
            : own,
          { at, ...options }
        )
        return `${stdout}${stderr === "" ? "" : `--- standard error\n${stderr}`}--- exit code ${code}\n`
          .replaceAll(directory, "/mnt/backups").replaceAll(example("05-two-chains.xml"), "/mnt/tree.xml")
          .replace(/time=[\d.]+s/, "time=0.1s")
      }
      for (const [name, args] of commands) {
        const parts = [`=== a pipe\n${await outputOf(args, {})}`]
        for (const columns of [50, 80, 160]) {
          const terminal = { columns, rows: 40 }
          parts.push(`=== ${columns} columns\n${await outputOf(args, { terminal, settings: { NO_COLOR: "1" } })}`)
        }
        const colours = await outputOf(args, { terminal: { columns: 80, rows: 40 } })
        parts.push(`=== 80 columns, with colours\n${colours.replaceAll("\u001b", "\\e")}`)
        printed.set(name, parts.join("\n"))
      }
      for (const [name, args] of formats) printed.set(name, await outputOf(args, {}))
    }), 120_000)

  it.each([...commands, ...formats])("is that of the golden file: %s", async (name) => {
    await expect(printed.get(name)).toMatchFileSnapshot(golden(name))
  })

  it("fits the terminal, except for whole paths and commands to paste, and has the same words in colour", () => {
    for (const [name] of commands) {
      const [, narrow = "", usual = "", wide = "", coloured = ""] = (printed.get(name) ?? "").split(/^=== .*\n/m).slice(
        1
      )
      for (const [text, columns] of [[narrow, 50], [usual, 80], [wide, 160]] as const) {
        if (name.startsWith("check-") || name.startsWith("plan") || name === "usage") continue
        const long = text.split("\n").filter((line) =>
          line.length > columns && !/^--- |^backup-tree: |from \/mnt|--salvage/.test(line)
        )
        expect(long, `${name} at ${columns}`).toStrictEqual([])
      }
      expect(coloured.replaceAll(/\\e\[[\d;]*m/g, "").trimEnd()).toBe(usual.trimEnd())
    }
  })
})
