/**
 * Tries whether the tests notice changes of the code: `npm run assure:mutants`, described in docs/assurance.md.
 *
 * It works in a copy of the checkout, because the mutants are written into the sources.
 */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const usage = `npm run assure:mutants -- [options]

  --area NAME    this area alone: core, protocol, io
  --windows N    sampled places of an area, of 12 lines each (25)
  --seed N       seed of the sample and of the property tests (random unless given)
  --keep         keeps the copy of the checkout, and prints its path
`

/** The lines of a sampled place. */
const windowLines = 12

/** The share of mutants that the tests have to notice. */
const enough = 0.95

const areas = [
  { name: "core", under: ["packages/core/src/"], projects: ["core", "formats"] },
  { name: "protocol", under: ["packages/io/src/protocol/"], projects: ["io"] },
  {
    name: "io",
    under: ["packages/io/src/"],
    but: ["packages/io/src/protocol/", "packages/io/src/index.ts"],
    projects: ["io", "emulator"]
  }
]

const root = fileURLToPath(new URL("../..", import.meta.url))
const own = path.join(root, ".ci/mutants")

const print = (line = "") => process.stdout.write(`${line}\n`)

const { values: options } = parseArgs({
  options: {
    area: { type: "string" },
    windows: { type: "string", default: "25" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false }
  }
})

/** Returns whole numbers below a bound: the same ones for the same seed. */
const makeRandom = (seed) => {
  let state = seed >>> 0
  return (bound) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

const wholeNumber = (name) => {
  if (!/^[0-9]{1,10}$/.test(options[name])) throw new Error(`--${name} takes a whole number, not ${options[name]}`)
  return Number(options[name])
}

/** Copies what git tracks or would track, and installs the dependencies there. */
const copyCheckout = () => {
  const copy = fs.mkdtempSync(path.join(tmpdir(), "backup-tree-mutants-"))
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root })
  for (const file of listed.toString().split("\0")) {
    const from = path.join(root, file)
    if (file !== "" && fs.existsSync(from)) fs.cpSync(from, path.join(copy, file), { verbatimSymlinks: true })
  }
  const install = (directory) =>
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"]
    })
  install(copy)
  install(path.join(copy, ".ci/mutants"))
  return copy
}

/** Chooses places of an area: each line is as likely as any other. */
const sample = ({ but = [], under }, windows, random) => {
  const files = execFileSync("git", ["ls-files", "-z", "--", ...under], { cwd: root }).toString().split("\0")
    .filter((file) => file.endsWith(".ts") && !but.some((prefix) => file.startsWith(prefix)))
    .map((file) => ({ file, lines: fs.readFileSync(path.join(root, file), "utf8").split("\n").length }))
  const total = files.reduce((sum, { lines }) => sum + lines, 0)
  return Array.from({ length: windows }, () => {
    let line = random(total)
    const { file } = files.find(({ lines }) => (line -= lines) < 0)
    const { lines } = files.find((one) => one.file === file)
    const first = lines + line + 1
    return `${file}:${first}-${Math.min(lines, first + windowLines - 1)}`
  })
}

const runArea = (copy, area, windows, seed) => {
  const configuration = {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: ".ci/mutants/vitest.config.mjs", related: false },
    inPlace: true,
    coverageAnalysis: "perTest",
    // Nothing checks types here: it need not rewrite configurations, or add comments to files that tests read.
    tsconfigFile: "none.json",
    disableTypeChecks: false,
    // Each would take a run of all tests: mostly tables, which other tests compare with the specification.
    ignoreStatic: true,
    concurrency: availableParallelism(),
    timeoutMS: 120_000,
    // On a busy machine, the first run takes much longer than the five minutes that are allowed otherwise.
    dryRunTimeoutMinutes: 60,
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: `mutants-${area.name}.json` },
    mutate: sample(area, windows, makeRandom(seed))
  }
  const file = path.join(copy, "stryker.json")
  fs.writeFileSync(file, JSON.stringify(configuration, undefined, 2))
  const stryker = path.join(copy, ".ci/mutants/node_modules/@stryker-mutator/core/bin/stryker.js")
  const { status } = spawnSync(process.execPath, [stryker, "run", file], {
    cwd: copy,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, BACKUP_TREE_SEED: String(seed), BACKUP_TREE_PROJECTS: area.projects.join(",") }
  })
  if (status !== 0) throw new Error(`the run of the area ${area.name} ended with ${status}`)
  return JSON.parse(fs.readFileSync(path.join(copy, `mutants-${area.name}.json`), "utf8"))
}

/** The mutants that nothing can notice, with reasons, by the text of their line. */
const equivalent = JSON.parse(fs.readFileSync(path.join(own, "equivalent.json"), "utf8"))

const reasonOf = ({ file, line, mutatorName, replacement }) =>
  equivalent.find((one) =>
    one.file === file && one.line === line && one.mutator === mutatorName && one.replacement === replacement
  )?.reason

const summarise = (area, report) => {
  const mutants = Object.entries(report.files).flatMap(([file, { mutants, source }]) =>
    mutants.map((mutant) => ({ ...mutant, file, line: source.split("\n")[mutant.location.start.line - 1].trim() }))
  )
  const having = (...states) => mutants.filter(({ status }) => states.includes(status))
  const noticed = having("Killed", "Timeout", "RuntimeError", "CompileError")
  const missed = having("Survived", "NoCoverage").map((mutant) => ({ ...mutant, reason: reasonOf(mutant) }))
  const open = missed.filter(({ reason }) => reason === undefined)
  const share = noticed.length / Math.max(1, noticed.length + open.length)
  print(
    `\n${area.name}: ${noticed.length} of ${noticed.length + open.length} mutants noticed, `
      + `${(share * 100).toFixed(1)} %; ${missed.length - open.length} that nothing can notice, `
      + `${having("Ignored").length} not tried`
  )
  for (const { file, line, location, mutatorName, reason, replacement } of missed) {
    print(`  ${file}:${location.start.line}:${location.start.column} ${mutatorName}: ${reason ?? "not noticed"}`)
    print(`      ${line}`)
    print(`      ${replacement}`)
  }
  return share >= enough
}

if (options.help) {
  print(usage)
} else {
  const seed = wholeNumber("seed")
  const windows = wholeNumber("windows")
  const chosen = areas.filter(({ name }) => options.area === undefined || name === options.area)
  if (chosen.length === 0) throw new Error(`there is no area ${options.area}\n\n${usage}`)
  print(`repeat this run with --seed ${seed}`)
  const copy = copyCheckout()
  try {
    const results = chosen.map((area) => summarise(area, runArea(copy, area, windows, seed)))
    if (results.includes(false)) process.exitCode = 1
  } finally {
    if (options.keep) print(copy)
    else fs.rmSync(copy, { recursive: true, force: true })
  }
}
