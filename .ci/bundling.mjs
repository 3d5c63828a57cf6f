// What the bundle of the command and the executable have in common.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"

/** The directory of the package that a module belongs to. */
const packageOf = (module) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0]

/** The licences of what is bundled and comes from elsewhere. */
const licences = (modules) => {
  const packages = [...new Set(modules.map(packageOf))].filter((one) => one !== undefined)
    .sort((one, other) => one < other ? -1 : 1)
  return packages.map((one) => {
    const { license, name, version } = JSON.parse(readFileSync(join(one, "package.json"), "utf8"))
    const [file] = globSync("{LICENSE,LICENCE,license}*", { cwd: one })
    const text = file === undefined
      ? `${license} (the package has no text of it)`
      : readFileSync(join(one, file), "utf8")
    return `${name} ${version}\n\n${text.trim()}\n`
  })
}

/** Bundles the command, which must be built. Returns the number of files and modules, and the licences. */
export const bundle = async (options) => {
  const made = await rolldown({ input: "packages/cli/dist/bin.js", platform: "node", external: /^node:/ })
  const { output } = await made.write({ minify: true, ...options })
  const modules = output.flatMap((chunk) => chunk.type === "chunk" ? chunk.moduleIds : [])
  return { files: output.length, modules: modules.length, licences: licences(modules) }
}

/** Puts the texts of licences into one. */
export const joined = (licences) => licences.join(`\n${"-".repeat(80)}\n\n`)
