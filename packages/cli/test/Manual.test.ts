import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { run } from "./support/command.ts"
import * as Manual from "./support/manual.ts"

const read = (path: string): string => fs.readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
const commands = await Effect.runPromise(Manual.commands)

describe("the manual", () => {
  it("has a page for each command, as the command is; `npm run manual` writes them", () => {
    const names = commands.map(({ path }) => `${["backup-tree", ...path].join("-")}.1`)
    for (const [index, help] of commands.entries()) {
      assert.strictEqual(read(`packages/cli/man/${names[index]}`), Manual.manPage(help))
    }
    assert.deepStrictEqual(new Set(fs.readdirSync(new URL("../man", import.meta.url))), new Set(names))
    const { man } = JSON.parse(read("packages/cli/package.json")) as { readonly man: ReadonlyArray<string> }
    assert.deepStrictEqual(man, names.map((name) => `./man/${name}`))
  })

  it("has every command and flag in docs/commands.md", () => {
    const page = read("docs/commands.md")
    for (const { doc, path } of commands) {
      if (path.length > 0) assert.include(page, `\n## backup-tree ${path.join(" ")}\n`)
      for (const { name } of doc.flags) assert.include(page, `--${name}`)
    }
    // Whatever the columns of its tables are.
    const words = (text: string) => text.replace(/[ |-]+/g, " ")
    assert.strictEqual(words(page), words(Manual.reference(commands)))
  })
})

describe("help", () => {
  const helpOf = async (path: ReadonlyArray<string>, columns: number | undefined) => {
    const terminal = columns === undefined ? {} : { terminal: { columns, rows: 24 } }
    return (await run([...path, "--help"], terminal)).stdout.split("\n")
  }

  it("fits 80 columns, and the terminal if it is narrower", async () => {
    for (const { path } of commands) {
      for (const [columns, limit] of [[undefined, 80], [80, 80], [60, 60], [1, 42]] as const) {
        const lines = await helpOf(path, columns)
        const end = lines.indexOf("EXAMPLES")
        // A word of a name or of a description can be longer than the narrowest terminal.
        const long = lines.slice(0, end === -1 ? undefined : end).filter((line) =>
          line.length > limit && / .* /.test(line.trim())
        )
        assert.deepStrictEqual(columns === 1 ? [] : long, [], path.join(" "))
      }
    }
  })

  it("names the choices of a flag once, and its default", async () => {
    const help = (await helpOf(["list"], undefined)).join(" ").replaceAll(/\s+/g, " ")
    assert.notInclude(help, "choices:")
    assert.match(help, /--security-level LEVEL Security level of the session; .*: low, normal, high \(default: high\)/)
    assert.match(help, /--color WHEN Use colours: auto \(on a terminal\), always, or never \(default: auto\)/)
  })

  it("shows sub-commands first, and examples last", async () => {
    const lines = await helpOf(["plan"], undefined)
    assert.deepStrictEqual(lines.filter((line) => /^[A-Z ]+$/.test(line)), [
      "USAGE",
      "SUBCOMMANDS",
      "GLOBAL FLAGS",
      "EXAMPLES"
    ])
  })
})
