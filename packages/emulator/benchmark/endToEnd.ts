/**
 * What a question costs a whole client process, from its start to its end, against a dispatcher in another process that
 * serves a prepared reply by TLS. What the figures mean stands in README.md.
 */
import { type ChildProcess, fork, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Bundles a program, as one that is deployed is. */
const bundle = async (input: string, file: string): Promise<void> => {
  const made = await rolldown({
    input,
    platform: "node",
    external: [/^node:/, "rolldown"],
    resolve: { conditionNames: ["@backup-tree/source", "node", "import"] }
  })
  await made.write({ file, format: "esm", minify: true, codeSplitting: false })
}

interface Server {
  readonly port: number
  /** The median of how long the last answers have taken, in milliseconds. */
  readonly took: () => Promise<number>
  readonly stop: () => void
}

const messageOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)))
    child.once("exit", () => reject(new Error("the server ended")))
  })

const serve = async (items: number): Promise<Server> => {
  const child = fork(here("preparedServer.ts"), [String(items)], {
    execArgv: ["--conditions=@backup-tree/source", "--max-old-space-size=8192"]
  })
  const port = await messageOf(child)
  return {
    port,
    took: () => {
      const answer = messageOf(child)
      child.send("took")
      return answer
    },
    stop: () => child.disconnect()
  }
}

interface Figures {
  readonly wall: number
  readonly processor: number
  readonly peak: number
  readonly retained: number
}

const run = (program: ReadonlyArray<string>, args: ReadonlyArray<string>): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [...program, ...args], { encoding: "utf8" })
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`)
  return stdout
}

const medianOf = (values: ReadonlyArray<number>): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!

const measure = (program: ReadonlyArray<string>, args: ReadonlyArray<string>, times: number): Figures => {
  const runs = Array.from({ length: times }, () => JSON.parse(run(program, args)) as Figures)
  const median = (name: keyof Figures) => medianOf(runs.map((one) => one[name]))
  return {
    wall: median("wall"),
    processor: median("processor"),
    // The limit is for every run.
    peak: Math.max(...runs.map(({ peak }) => peak)),
    retained: median("retained")
  }
}

const print = (name: string, ...columns: ReadonlyArray<string>): void =>
  console.log(name.padEnd(46) + columns.map((column) => column.padStart(14)).join(""))

/** A way to ask: what is done with the answer, and how the process is started. */
interface Way {
  readonly name: string
  readonly mode: "kept" | "dropped" | "text"
  readonly flags: ReadonlyArray<string>
}

const kept: Way = { name: "tree kept", mode: "kept", flags: [] }
const dropped: Way = { name: "not kept", mode: "dropped", flags: [] }
const ways: ReadonlyArray<Way> = [
  kept,
  dropped,
  { name: "not kept, in little young space", mode: "dropped", flags: ["--max-semi-space-size=8"] },
  { name: "raw XML", mode: "text", flags: [] }
]

const compareWays = async (client: string, items: number, times: number): Promise<ReadonlyMap<Way, Figures>> => {
  const server = await serve(items)
  const args = [String(server.port), String(items)]
  if (items <= 50_000) run([client], ["verify", ...args])
  const measured = new Map(ways.map((way) => {
    const figures = measure(["--expose-gc", ...way.flags, client], [way.mode, ...args], times)
    print(
      `${items} items, ${way.name}`,
      figures.wall.toFixed(0),
      figures.processor.toFixed(0),
      figures.peak.toFixed(0),
      way.mode === "dropped" ? "-" : figures.retained.toFixed(1)
    )
    return [way, figures]
  }))
  server.stop()
  return measured
}

/** How a tenfold question compares with ten of them. */
const printGrowth = (small: ReadonlyMap<Way, Figures>, large: ReadonlyMap<Way, Figures>, base: Figures): void => {
  console.log("")
  print("from 50 000 to 500 000 items, without start-up", "an item", "", "ratio")
  for (const way of [kept, dropped]) {
    const [one, ten] = [small.get(way)!, large.get(way)!].map(({ processor }) => processor - base.processor)
    print(`processor time, ${way.name}`, `${(ten! / 500).toFixed(1)} µs`, "", (ten! / one! / 10).toFixed(2))
  }
  const [one, ten] = [small.get(kept)!.retained * 2 ** 20 / 50_000, large.get(kept)!.retained * 2 ** 20 / 500_000]
  print("retained bytes, tree kept", `${ten.toFixed(0)} B`, "", (ten / one).toFixed(2))
}

const printLatency = async (client: string): Promise<void> => {
  const server = await serve(10)
  const latency = Number(run(["--expose-gc", client], ["latency", String(server.port), "10"]))
  const own = await server.took()
  console.log("")
  print("10 items on a session that is warm, in ms", "answer", "server's own", "above it")
  print("", latency.toFixed(2), own.toFixed(2), (latency - own).toFixed(2))
  server.stop()
}

/** What a process has taken when it ends is told by a module that it loads first; the processor time of its children not. */
const processorTimeOf = (folder: string, args: ReadonlyArray<string>): number => {
  const [probe, told] = [path.join(folder, "probe.cjs"), path.join(folder, "told")]
  fs.writeFileSync(
    probe,
    `process.on("exit", () => {
      const { system, user } = process.cpuUsage()
      require("node:fs").writeFileSync(${JSON.stringify(told)}, String((system + user) / 1000))
    })`
  )
  return medianOf(Array.from({ length: 11 }, () => {
    run(["--require", probe], args)
    return Number(fs.readFileSync(told, "utf8"))
  }))
}

const printStartUp = async (folder: string): Promise<void> => {
  const server = await serve(10)
  const passwordFile = path.join(folder, "password")
  fs.writeFileSync(passwordFile, "bench", { mode: 0o600 })
  const command = here("../../cli/dist/bundle/bin.js")
  const rows: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>]> = [
    ["node -e 0", ["-e", "0"]],
    ["backup-tree --version", [command, "--version"]],
    ["backup-tree --help", [command, "--help"]],
    [
      "backup-tree list, 10 items by TLS",
      [command, "list", "--tree", "--server", `bench@127.0.0.1:${server.port}`, "--password-file", passwordFile]
    ]
  ]
  console.log("")
  print("start-up", "processor, ms", "ratio")
  let base: number | undefined
  for (const [name, args] of rows) {
    const took = processorTimeOf(folder, args)
    base ??= took
    print(name, took.toFixed(1), (took / base).toFixed(1))
  }
  server.stop()
}

const main = async (): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    const client = path.join(folder, "client.mjs")
    await bundle(here("client.ts"), client)
    console.log("one process each, start-up included; see packages/emulator/benchmark/README.md\n")
    print("", "wall, ms", "processor, ms", "peak, MiB", "retained, MiB")
    const base = await compareWays(client, 10, 7)
    await compareWays(client, 1000, 7)
    const small = await compareWays(client, 50_000, 7)
    const large = await compareWays(client, 500_000, 3)
    printGrowth(small, large, base.get(kept)!)
    await printLatency(client)
    await printStartUp(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

await main()
