import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { run } from "./support/command.ts"

const read = (path: string): string => fs.readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")

const readme = read("README.md")

describe("the README", () => {
  it("shows a program that is compiled and run by a test", () => {
    assert.include(readme, `\`\`\`ts\n${read("packages/emulator/test/examples/Taste.ts")}\`\`\``)
  })

  const commands = [
    ["list"],
    ["show"],
    ["check"],
    ["plan", "restore"],
    ["plan", "remove"],
    ["plan", "retention"],
    ["diff"],
    ["usage"],
    ["metrics"],
    ["serve"],
    ["generate"],
    ["demo"]
  ]

  it("shows only flags that the command has", async () => {
    const helps = await Promise.all(commands.map((command) => run([...command, "--help"])))
    // Flags of other programs do not count.
    const ownText = readme.replaceAll(/`(?:prlctl|npm) [^`]*`|^npm .*$/gm, "")
    const known = helps.map(({ stdout }) => stdout).join("\n")
    for (const [flag] of ownText.matchAll(/(?<=[\s`])--[a-z][a-z-]+/g)) assert.include(known, `${flag} `, flag)
  })

  it("has units and definitions of services that pass only flags that the command has", async () => {
    const known = await Promise.all([run(["check", "--help"]), run(["metrics", "--help"])])
    const help = known.map(({ stdout }) => stdout).join("\n")
    const folder = new URL("../contrib/", import.meta.url)
    const files = fs.globSync("*/*", { cwd: folder }).map((file) => fs.readFileSync(new URL(file, folder), "utf8"))
    const flags = files.flatMap((text) => text.match(/(?<=[\s"])--[a-z][a-z-]+/g) ?? [])
    assert.isAtLeast(flags.length, 15)
    for (const flag of flags) assert.match(help, new RegExp(`${flag}\\b`))
  })

  it("shows what the demo prints", async () => {
    const { stdout } = await run(["demo"])
    // Uuids, ports, times, ages and sizes depend on the seed, the clock and the machine.
    const shape = (text: string) =>
      text.replaceAll(/\b\d+[dhms](?: \d+[hms])?\b/g, "age").replaceAll(/\{[0-9a-f-]{36}\}/g, "{}").replaceAll(
        /\d+/g,
        "0"
      ).replaceAll(/[KMGT]iB/g, "iB").replaceAll(
        / +/g,
        " "
      )
    const picture = /```\n([^`]*)```/.exec(readme)![1]!
    const printed = shape(stdout)
    for (const line of picture.trimEnd().split("\n")) {
      if (line.trim() !== "…") assert.include(printed, shape(line), line)
    }
  })
})
