/**
 * The running of inputs: each is made from seed, target and index alone, so that one can be made again without the
 * others.
 */
import { toHex } from "../protocol/support.ts"
import type { Corpus } from "./corpus.ts"
import type { Case, Target } from "./laws.ts"
import * as Random from "./random.ts"

/** Which inputs to run. */
export interface Options {
  readonly target: Target
  readonly corpus: Corpus
  readonly seed: string
  readonly from: number
  readonly count: number
  /** How long an input may take (default: no limit). */
  readonly maxMilliseconds?: number | undefined
}

/** What a run saw: how far the inputs came, how often something was counted, and which took longest. */
export interface Summary {
  readonly inputs: number
  readonly layers: ReadonlyMap<string, number>
  readonly counts: ReadonlyMap<string, number>
  readonly slowest: { readonly index: number; readonly milliseconds: number }
}

/** Returns how many inputs came to certain places. */
export const reached = (layers: Summary["layers"], where: (layer: string) => boolean): number =>
  [...layers].reduce((sum, [layer, count]) => where(layer) ? sum + count : sum, 0)

/** An input that breaks a law. */
export class Finding extends Error {
  override readonly name = "Finding"
}

/** Makes one input. */
export const makeCase = ({ corpus, seed, target }: Options, index: number): Case =>
  target.make(Random.make(`${seed}/${target.name}/${index}`), corpus)

// A mutation that throws is a fault of the fuzzer, and is found by the same command.
const tryCase = (options: Options, index: number): Case => {
  try {
    return makeCase(options, index)
  } catch (cause) {
    throw new Finding(`the input cannot be made\n  again: ${replayCommand(options, index)}`, { cause })
  }
}

/** Shows an input as hex: bytes as they are, a text as UTF-16, big-endian, since it may be no text of UTF-8. */
export const hexOf = (input: Uint8Array | string): string => {
  if (typeof input !== "string") return toHex(input)
  let hex = ""
  for (let index = 0; index < input.length; index++) hex += input.charCodeAt(index).toString(16).padStart(4, "0")
  return hex
}

/** The command that runs one input again. */
const replayCommand = ({ seed, target }: Options, index: number): string =>
  `npm run assure -- --seed ${seed} --target ${target.name} --replay ${index}`

const finding = (options: Options, index: number, { input }: Case, why: string, cause?: unknown): Finding =>
  new Finding(
    `${why}\n  target ${options.target.name}, seed ${options.seed}, input ${index}\n  again: ${
      replayCommand(options, index)
    }\n  input (${typeof input === "string" ? "UTF-16" : "bytes"}): ${hexOf(input)}`,
    { cause }
  )

// Something else may have had the processor: what is slow is slow each time.
const attempts = 5

// Of the processor: a time on the clock would depend on what else the machine does.
const milliseconds = (run: () => void): number => {
  const start = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(start)
  return (system + user) / 1000
}

/** Runs inputs; throws a {@link Finding} for the first that breaks a law. */
export const run = (options: Options): Summary => {
  const { count, from, maxMilliseconds = Infinity } = options
  const layers = new Map<string, number>()
  const counts = new Map<string, number>()
  const add = (map: Map<string, number>) => (what: string): void => {
    map.set(what, (map.get(what) ?? 0) + 1)
  }
  const addLayer = add(layers)
  const addCount = add(counts)
  let slowest = { index: from, milliseconds: 0 }
  for (let index = from; index < from + count; index++) {
    const made = tryCase(options, index)
    let time = milliseconds(() => {
      try {
        addLayer(made.check(addCount))
      } catch (cause) {
        throw finding(options, index, made, cause instanceof Error ? cause.message : String(cause), cause)
      }
    })
    for (let attempt = 1; time > Math.max(slowest.milliseconds, 5) && attempt < attempts; attempt++) {
      time = Math.min(time, milliseconds(() => made.check(() => {})))
    }
    if (time > slowest.milliseconds) slowest = { index, milliseconds: time }
    if (time > maxMilliseconds) throw finding(options, index, made, `it takes ${time.toFixed(1)} ms`)
  }
  return { inputs: count, layers, counts, slowest }
}
