// Builds one package and removes what earlier builds left behind, so that a tarball holds what the sources say and
// nothing else. npm runs it as `prepack` in the folder of the package; it prints only errors, for `npm pack --json`.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"

const run = (command, args, options = {}) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8", ...options })
  if (status === 0) return
  console.error(`${command} ${args.join(" ")} failed\n${error?.message ?? stdout + stderr}`)
  process.exit(1)
}

const { name } = JSON.parse(readFileSync("package.json", "utf8"))

run("tsc", ["-b"])
for (const file of globSync("dist/**/*.{js,d.ts,js.map,d.ts.map}", { exclude: ["dist/bundle"] })) {
  const source = file.replace(/^dist/, "src").replace(/(?:\.d\.ts|\.js)(?:\.map)?$/, ".ts")
  if (!existsSync(source)) rmSync(file)
}
if (name === "backup-tree") run(process.execPath, [join(import.meta.dirname, "bundle.mjs")])
