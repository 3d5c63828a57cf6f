// Looks at each package as npm would pack it: publint reads the manifest, attw resolves every public module.
// The packages must be built first.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const run = (command, args) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8" })
  if (status === 0) return true
  console.error(`${command} ${args.join(" ")}\n${error?.message ?? stdout + stderr}`)
  return false
}

/** The public modules of a package except its index: `sdk/BackupId`, `protocol/Package`. */
const entrypoints = (directory, { exports }) => {
  const closed = Object.keys(exports).filter((key) => exports[key] === null).map((key) => key.slice(2, -1))
  return globSync("**/*.ts", { cwd: join(directory, "src") })
    .filter((file) => file !== "index.ts" && !closed.some((folder) => file.startsWith(folder)))
    .map((file) => file.replace(/\.ts$/, ""))
    .sort()
}

const checkTypes = (directory, manifest) => {
  const modules = entrypoints(directory, manifest)
  const included = modules.length === 0 ? [] : ["--include-entrypoints", ...modules]
  return run("attw", ["--pack", directory, "--profile", "esm-only", "--format", "ascii", ...included])
}

/** What a package must have besides its modules, so that its tarball and its page are complete. */
const checkCompleteness = (directory, manifest) => {
  const missing = [
    ...["README.md", "LICENSE", "CHANGELOG.md"].filter((file) => !existsSync(join(directory, file))),
    ...["description", "keywords", "homepage", "bugs", "license", "engines"].filter((field) => !(field in manifest)),
    ...(manifest.repository?.directory === directory ? [] : ["repository.directory"]),
    ...(manifest.files.includes("CHANGELOG.md") ? [] : ["CHANGELOG.md in files"]),
    ...(manifest.scripts?.prepack === undefined ? ["a script prepack"] : [])
  ]
  if (missing.length > 0) console.error(`${manifest.name} lacks ${missing.join(", ")}`)
  return missing.length === 0
}

const check = (directory) => {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  if (!checkCompleteness(directory, manifest)) return false
  if (!run("publint", ["--strict", directory])) return false
  // A package with nothing but a command has no types to resolve.
  if (manifest.exports !== undefined && !checkTypes(directory, manifest)) return false
  console.log(`${manifest.name}: packs well`)
  return true
}

/** Runs the command; what it prints is the same whether it is bundled or not. */
const outputOf = (args) => {
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" })
  return `${status}\n${stdout}`
}

const checkBundle = () => {
  const example = "packages/core/test/fixtures/05-two-chains.xml"
  const isSame = [["--version"], ["--help"], ["list", "--help"], ["check", "--file", example], ["bogus"]].every((
    args
  ) =>
    outputOf(["packages/cli/dist/bundle/bin.js", ...args])
      === outputOf(["--conditions=@backup-tree/source", "packages/cli/src/bin.ts", ...args])
  )
  console[isSame ? "log" : "error"](
    `the bundled command ${isSame ? "runs as its sources do" : "does not run as its sources do"}`
  )
  return isSame
}

const directories = readdirSync("packages").map((name) => join("packages", name))
if (directories.filter((directory) => !check(directory)).length > 0 || !checkBundle()) process.exit(1)
