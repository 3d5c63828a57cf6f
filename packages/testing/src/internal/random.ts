/** Pseudo-random values: the same seed yields the same values. */

/** A source of pseudo-random values; each call returns the next one. */
export interface Random {
  /** Returns a whole number from 0 to `bound - 1`. */
  readonly below: (bound: number) => number
  readonly uuid: () => string
}

/** Returns the source of a seed: a counter whose values are scrambled (splitmix32). */
export const make = (seed: number): Random => {
  let state = scramble(seed | 0)
  const next = (): number => {
    state = (state + 0x9e37_79b9) | 0
    return scramble(state)
  }
  const hex = (): string => next().toString(16).padStart(8, "0")
  return {
    below: (bound) => next() % bound,
    uuid: () => {
      const [one, two, three, four] = [hex(), hex(), hex(), hex()]
      return `{${one}-${two.slice(0, 4)}-4${two.slice(5)}-a${three.slice(1, 4)}-${three.slice(4)}${four}}`
    }
  }
}

/** Picks an element; `undefined` for an empty array. */
export const pick = <A>(from: ReadonlyArray<A>, random: Random): A | undefined =>
  from.length === 0 ? undefined : from[random.below(from.length)]

/** Scrambles 32 bits, one to one (the finaliser of MurmurHash3). */
export const scramble = (value: number): number => {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
