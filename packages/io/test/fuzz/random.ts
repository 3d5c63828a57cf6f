/**
 * Random choices that a seed makes again: those of one input depend on its own seed alone, so that any input can be
 * made without those before it.
 */
export interface Random {
  /** An unsigned 32-bit number. */
  readonly uint32: () => number
  /** A whole number from 0 up to `bound`, which is left out; 0 where the bound is. */
  readonly below: (bound: number) => number
  /** A whole number from `minimum` to `maximum`, both included. */
  readonly between: (minimum: number, maximum: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(list: ReadonlyArray<A>) => A
}

/** Makes the choices of a seed. */
export const make = (seed: string): Random => {
  // FNV-1a spreads the seed, mulberry32 goes on from there.
  let state = 0x811c_9dc5
  for (let index = 0; index < seed.length; index++) state = Math.imul(state ^ seed.charCodeAt(index), 0x0100_0193)
  const uint32 = (): number => {
    state = (state + 0x6d2b_79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }
  const below = (bound: number): number => Math.floor((uint32() / 2 ** 32) * bound)
  return {
    uint32,
    below,
    between: (minimum, maximum) => minimum + below(maximum - minimum + 1),
    chance: (probability) => uint32() < probability * 2 ** 32,
    pick: (list) => list[below(list.length)]!
  }
}
