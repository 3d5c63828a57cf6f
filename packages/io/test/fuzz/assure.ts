/**
 * The long run of the fuzzer, `npm run assure`; how to use it stands in docs/assurance.md.
 */
import process from "node:process"
import { parseArgs } from "node:util"
import * as Corpus from "./corpus.ts"
import * as Fuzzer from "./fuzzer.ts"
import type { Target } from "./laws.ts"
import * as Targets from "./targets.ts"

const usage = `npm run assure -- [options]

  --inputs N      inputs over all decoders (10000000), or over the target
  --documents N   documents before the two XML parsers (100000)
  --seed TEXT     seed; BACKUP_TREE_SEED, or a random one, unless given
  --target NAME   this target alone: ${[...Targets.decoders, Targets.xml].map(({ name }) => name).join(", ")}
  --replay N      input N of the seed and target alone
`

/** No input may take longer. */
const maxMilliseconds = 50

/** How much the heap may grow over a whole run, garbage left out: nothing that an input brings may stay. */
const maxHeapGrowth = 16 * 2 ** 20

/** After how many inputs the heap is looked at. */
const blockSize = 50_000

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const heapUsed = (): number => {
  if (globalThis.gc === undefined) throw new Error("run this with --expose-gc, as npm run assure does")
  // Byte arrays have their memory beside the heap, and give it back while the next collection begins.
  globalThis.gc()
  globalThis.gc()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`

const wholeNumber = (name: string, text: string): number => {
  if (!/^[0-9]{1,12}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`)
  return Number(text)
}

const findTarget = (name: string): Target => {
  const target = [...Targets.decoders, Targets.xml].find((target) => target.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}\n\n${usage}`)
  return target
}

const merge = (into: Map<string, number>, from: ReadonlyMap<string, number>): void => {
  for (const [what, count] of from) into.set(what, (into.get(what) ?? 0) + count)
}

const printCounts = (counts: ReadonlyMap<string, number>, inputs: number): void => {
  for (const [what, count] of [...counts].sort(([, one], [, other]) => other - one)) {
    print(`    ${percent(count, inputs).padStart(8)}  ${String(count).padStart(9)}  ${what}`)
  }
}

interface Heap {
  readonly before: number
  after: number
  largest: number
}

/** Looks at the heap after each block of inputs. */
const watchHeap = (heap: Heap): void => {
  heap.after = heapUsed()
  heap.largest = Math.max(heap.largest, heap.after)
  if (heap.after - heap.before > maxHeapGrowth) {
    throw new Error(`the heap has grown from ${megabytes(heap.before)} to ${megabytes(heap.after)}`)
  }
}

interface Plan {
  readonly target: Target
  readonly inputs: number
}

/** Runs the inputs of a target, prints what it saw, and returns how many reached the mapping to a tree. */
const runTarget = (corpus: Corpus.Corpus, seed: string, { inputs, target }: Plan, heap: Heap): number => {
  const layers = new Map<string, number>()
  const counts = new Map<string, number>()
  const start = performance.now()
  let slowest = { index: 0, milliseconds: 0 }
  for (let from = 0; from < inputs; from += blockSize) {
    const count = Math.min(blockSize, inputs - from)
    const summary = Fuzzer.run({ target, corpus, seed, from, count, maxMilliseconds })
    merge(layers, summary.layers)
    merge(counts, summary.counts)
    if (summary.slowest.milliseconds > slowest.milliseconds) slowest = summary.slowest
    watchHeap(heap)
  }
  const seconds = (performance.now() - start) / 1000
  print(
    `${target.name}: ${inputs} inputs, ${Math.round(inputs / seconds)} a second; the slowest, ${slowest.index}, took `
      + `${slowest.milliseconds.toFixed(1)} ms; heap ${megabytes(heap.after)}`
  )
  printCounts(layers, inputs)
  if (counts.size > 0) print("  of these, with")
  printCounts(counts, inputs)
  return Fuzzer.reached(layers, Targets.isMapped)
}

const main = (): void => {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "10000000" },
      documents: { type: "string", default: "100000" },
      seed: { type: "string" },
      target: { type: "string" },
      replay: { type: "string" },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) return print(usage)
  const seed = values.seed ?? process.env["BACKUP_TREE_SEED"] ?? String(crypto.getRandomValues(new Uint32Array(1))[0])
  const corpus = Corpus.load()
  if (values.replay !== undefined) {
    const options = { target: findTarget(values.target ?? ""), corpus, seed, from: 0, count: 1 }
    const index = wholeNumber("replay", values.replay)
    print(`input: ${Fuzzer.hexOf(Fuzzer.makeCase(options, index).input)}`)
    for (const layer of Fuzzer.run({ ...options, from: index, maxMilliseconds }).layers.keys()) print(layer)
    return
  }
  const inputs = wholeNumber("inputs", values.inputs)
  const plans: ReadonlyArray<Plan> = values.target === undefined
    ? [
      ...Targets.decoders.map((target) => ({ target, inputs: Math.ceil((inputs * target.share) / 100) })),
      { target: Targets.xml, inputs: wholeNumber("documents", values.documents) }
    ]
    : [{ target: findTarget(values.target), inputs }]
  print(`seed ${seed}`)
  // The first inputs of each target load and compile what stays.
  for (const { target } of plans) Fuzzer.run({ target, corpus, seed, from: 0, count: 200 })
  const before = heapUsed()
  const heap = { before, after: before, largest: before }
  let whole = 0
  let mapped = 0
  for (const plan of plans) {
    whole += plan.inputs
    mapped += runTarget(corpus, seed, plan, heap)
  }
  print(`${whole} inputs, of which ${percent(mapped, whole)} reached the mapping to a tree`)
  if (values.target === undefined && mapped < whole / 5) {
    throw new Error("less than a fifth reached the mapping to a tree")
  }
  print(`heap ${megabytes(heap.before)} before, ${megabytes(heap.after)} behind, at most ${megabytes(heap.largest)}`)
}

try {
  main()
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
  if (cause instanceof Fuzzer.Finding && cause.cause instanceof Error) process.stderr.write(`${cause.cause.stack}\n`)
  process.exitCode = 1
}
