/**
 * Changes of bytes that know nothing of what the bytes mean: flips, cuts, parts that go, come twice or change places,
 * numbers that are one off or at an edge, and pieces of other recordings.
 */
import { join } from "../protocol/support.ts"
import type { Random } from "./random.ts"

/**
 * The longest input that a mutation makes.
 *
 * Every decoder's work grows with its input; within a bound, an input that takes long shows work that grows faster.
 */
export const maxInputBytes = 64 * 1024

const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]

interface Range {
  readonly from: number
  readonly to: number
}

// Mostly short: a long one leaves little that a decoder could still read.
const range = (random: Random, length: number): Range => {
  const from = random.below(length + 1)
  const most = random.chance(0.8) ? 16 : length
  return { from, to: Math.min(length, from + random.below(most + 1)) }
}

const replace = (bytes: Uint8Array, { from, to }: Range, ...parts: ReadonlyArray<Uint8Array>): Uint8Array =>
  join(bytes.subarray(0, from), ...parts, bytes.subarray(to))

/** Changes the 32-bit number at an offset, if there is one: by a little, or to an edge. */
export const changeNumber = (random: Random, bytes: Uint8Array, offset: number, littleEndian: boolean): void => {
  if (offset < 0 || offset + 4 > bytes.length) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const value = view.getUint32(offset, littleEndian)
  const changed = random.chance(0.6) ? value + random.pick([-2, -1, 1, 2]) : random.pick(edges)
  view.setUint32(offset, changed >>> 0, littleEndian)
}

type Change = (random: Random, bytes: Uint8Array, donors: ReadonlyArray<Uint8Array>) => Uint8Array

const inPlace = (change: (random: Random, copy: Uint8Array) => void): Change => (random, bytes) => {
  const copy = bytes.slice()
  if (copy.length > 0) change(random, copy)
  return copy
}

const flip = inPlace((random, copy) => {
  copy[random.below(copy.length)]! ^= 1 << random.below(8)
})

const set = inPlace((random, copy) => {
  copy[random.below(copy.length)] = random.chance(0.5) ? random.pick(edges) : random.below(256)
})

const number = inPlace((random, copy) => {
  changeNumber(random, copy, random.below(copy.length), random.chance(0.5))
})

const cut: Change = (random, bytes) => bytes.slice(0, random.below(bytes.length + 1))

const remove: Change = (random, bytes) => replace(bytes, range(random, bytes.length))

const duplicate: Change = (random, bytes) => {
  const part = range(random, bytes.length)
  const twice = bytes.subarray(part.from, part.to)
  return replace(bytes, part, twice, twice)
}

const swap: Change = (random, bytes) => {
  const part = range(random, bytes.length)
  const middle = random.between(part.from, part.to)
  return replace(bytes, part, bytes.subarray(middle, part.to), bytes.subarray(part.from, middle))
}

const splice: Change = (random, bytes, donors) => {
  if (donors.length === 0) return bytes
  const donor = random.pick(donors)
  const piece = range(random, donor.length)
  return replace(bytes, range(random, bytes.length), donor.subarray(piece.from, piece.to))
}

const insert: Change = (random, bytes) => {
  const at = random.below(bytes.length + 1)
  const noise = Uint8Array.from({ length: random.between(1, 8) }, () => random.below(256))
  return replace(bytes, { from: at, to: at }, noise)
}

const repeat: Change = (random, bytes) => {
  const part = range(random, bytes.length)
  const piece = bytes.subarray(part.from, part.to)
  const most = Math.floor((maxInputBytes - bytes.length) / Math.max(1, piece.length))
  if (piece.length === 0 || most < 1) return bytes
  const repeated = new Uint8Array(piece.length * random.between(1, most))
  for (let offset = 0; offset < repeated.length; offset += piece.length) repeated.set(piece, offset)
  return replace(bytes, part, repeated)
}

const changes = [flip, flip, set, number, number, cut, remove, duplicate, swap, splice, insert]

/** Changes bytes in one to four places; `donors` are recordings from which pieces may come. */
export const mutate: Change = (random, bytes, donors) => {
  let changed = bytes
  const count = random.chance(0.5) ? 1 : random.between(2, 4)
  for (let index = 0; index < count; index++) changed = random.pick(changes)(random, changed, donors)
  // Seldom, for it makes the input as long as one can be.
  if (random.chance(0.001)) changed = repeat(random, changed, donors)
  return changed.length > maxInputBytes ? changed.slice(0, maxInputBytes) : changed
}

/** The lengths of chunks into which a stream is cut, used again and again; now and then it is cut into bytes. */
export const cuts = (random: Random): ReadonlyArray<number> =>
  random.chance(0.02)
    ? [1]
    : Array.from(
      { length: random.between(1, 4) },
      () => random.chance(0.5) ? random.below(10) : random.between(1, 2000)
    )
