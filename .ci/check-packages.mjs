// Looks at each package as npm would pack it: publint reads the manifest, attw resolves every public module.
// The packages must be built first.
import { spawnSync } from "node:child_process"
import { globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const run = (command, args) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8" })
  if (status === 0) return true
  console.error(`${command} ${args.join(" ")}\n${error?.message ?? stdout + stderr}`)
  return false
}

/** The public modules of a package but its index: `BackupId`, `protocol/Package`. */
const entrypoints = (directory) =>
  globSync("**/*.ts", { cwd: join(directory, "src") })
    .filter((file) => file !== "index.ts" && !file.split("/").includes("internal"))
    .map((file) => file.replace(/\.ts$/, ""))
    .sort()

const checkTypes = (directory) => {
  const modules = entrypoints(directory)
  const included = modules.length === 0 ? [] : ["--include-entrypoints", ...modules]
  return run("attw", ["--pack", directory, "--profile", "esm-only", "--format", "ascii", ...included])
}

const check = (directory) => {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  if (!run("publint", ["--strict", directory])) return false
  // A package with nothing but a command has no types to resolve.
  if (manifest.exports !== undefined && !checkTypes(directory)) return false
  console.log(`${manifest.name}: packs well`)
  return true
}

const directories = readdirSync("packages").map((name) => join("packages", name))
if (directories.filter((directory) => !check(directory)).length > 0) process.exit(1)
