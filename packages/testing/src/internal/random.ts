/** Pseudo-random values that are the same for the same seed. */

/** A source of pseudo-random values; each call gives the next one. */
export interface Random {
  readonly below: (bound: number) => number
  readonly uuid: () => string
}

/** Makes the source of a seed: a counter whose values are scrambled (splitmix32), small and natural enough. */
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

/** Scrambles 32 bits, one to one (the finaliser of MurmurHash3). */
export const scramble = (value: number): number => {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
