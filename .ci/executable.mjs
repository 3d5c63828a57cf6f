// Builds the command as one executable for this system, which needs no Node on the host: `npm run build:executable`.
// The packages must be built first. It is Node itself, with the bundled command inside.
import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inject } from "postject"
import { bundle, joined } from "./bundling.mjs"

process.chdir(join(import.meta.dirname, ".."))
const directory = "packages/cli/dist/executable"
const file = join(directory, "backup-tree")

rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true })
const main = join(directory, "main.cjs")
const { licences } = await bundle({ file: main, format: "cjs", codeSplitting: false })
const blob = join(directory, "blob")
const configuration = join(directory, "configuration.json")
writeFileSync(
  configuration,
  JSON.stringify({
    main,
    output: blob,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // NODE_OPTIONS is for programs that people run with Node.
    execArgvExtension: "none"
  })
)
execFileSync(process.execPath, ["--experimental-sea-config", configuration], { stdio: ["ignore", "ignore", "inherit"] })
copyFileSync(process.execPath, file)
chmodSync(file, 0o755)
// The marker that Node looks for: nodejs.org/api/single-executable-applications.html
await inject(file, "NODE_SEA_BLOB", readFileSync(blob), {
  sentinelFuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"
})
for (const made of [main, blob, configuration]) rmSync(made)
const node = `Node.js ${process.version}\n\nhttps://github.com/nodejs/node/blob/${process.version}/LICENSE\n`
writeFileSync(join(directory, "LICENSES.txt"), joined([node, ...licences]))
console.log(`${file}: ${Math.round(statSync(file).size / 2 ** 20)} MiB, with Node.js ${process.version}`)
