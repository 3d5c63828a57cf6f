// Writes the manual pages of the command, and the reference of all commands. A test compares the files with the commands.
import * as Effect from "effect/Effect"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Manual from "../packages/cli/test/support/manual.ts"

const root = join(import.meta.dirname, "..")
const directory = join(root, "packages/cli/man")
const commands = await Effect.runPromise(Manual.commands)

mkdirSync(directory, { recursive: true })
for (const name of globSync("*.1", { cwd: directory })) rmSync(join(directory, name))
const names = commands.map(({ path }) => `${["backup-tree", ...path].join("-")}.1`)
for (const [index, help] of commands.entries()) writeFileSync(join(directory, names[index]), Manual.manPage(help))

const manifest = join(root, "packages/cli/package.json")
const written = JSON.parse(readFileSync(manifest, "utf8"))
written.man = names.map((name) => `./man/${name}`)
writeFileSync(manifest, `${JSON.stringify(written, undefined, 2)}\n`)
writeFileSync(join(root, "docs/commands.md"), Manual.reference(commands))
