/**
 * What a target of the fuzzer is, and the words of its laws.
 */
import { isDeepStrictEqual } from "node:util"
import type { Corpus } from "./corpus.ts"
import type { Random } from "./random.ts"

/** Notes that something happened, by its name. */
export type Count = (what: string) => void

/** One input, and its check, which tells how far the input came. */
export interface Case {
  readonly input: Uint8Array | string
  readonly check: (count: Count) => string
}

/** A decoder under test; `share` is its part of all inputs, in hundredths. */
export interface Target {
  readonly name: string
  readonly share: number
  readonly make: (random: Random, corpus: Corpus) => Case
}

/** Throws unless a law holds. */
export const demand = (holds: boolean, law: string): void => {
  if (!holds) throw new Error(law)
}

/** Throws unless two values are the same. */
export const demandSame = (left: unknown, right: unknown, law: string): void =>
  demand(isDeepStrictEqual(left, right), law)

const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0

/** Throws unless two byte arrays hold the same. */
export const demandBytes = (left: Uint8Array, right: Uint8Array, law: string): void =>
  demand(sameBytes(left, right), law)

/** How far an input came: to the end, no further than its bytes go, or to a refusal. */
export const read = "read"
export const incomplete = "incomplete"
export const refused = (reason: string): string => `refused: ${reason}`

/** The laws that several decoders keep. */
export const wholeAndCut = "cut anywhere, a stream gives the same"
export const writtenBack = "what was read is written back as it came"
export const stable = "what is written is read back"
