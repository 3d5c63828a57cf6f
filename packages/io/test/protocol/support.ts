import type * as Package from "@backup-tree/io/protocol/Package"
import type { Parser } from "@backup-tree/io/protocol/PackageParser"
import type { StreamError } from "@backup-tree/io/protocol/ProtocolError"
import type { Framer, TransportRecord } from "@backup-tree/io/protocol/RecordLayer"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** Reads hex, blanks allowed. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"))

/** Writes hex. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** Joins bytes. */
export const join = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(Buffer.concat(parts))

/** Numbers from `minimum` to `maximum`. */
export const int = (minimum: number, maximum: number) =>
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

/** Unsigned 32-bit numbers, the edges often. */
export const uint32 = Schema.Union([
  Schema.Literals([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]),
  int(0, 0xffff_ffff)
])

/** Signed 32-bit numbers, the edges often. */
export const int32 = Schema.Union([
  Schema.Literals([0, -1, 0x7fff_ffff, -0x8000_0000]),
  int(-0x8000_0000, 0x7fff_ffff)
])

/** Bytes, a few. */
export const bytes = (maxLength = 64): Arbitrary.Arbitrary<Uint8Array> =>
  Arbitrary.map(Arbitrary.array(Arbitrary.schema(int(0, 255)), { maxLength }), (list) => Uint8Array.from(list))

/** Uuids as the product writes them. */
export const uuid: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(int(0, 255)), { minLength: 16, maxLength: 16 }),
  (list) => {
    const text = toHex(Uint8Array.from(list))
    const parts = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)]
    return `{${parts.join("-")}}`
  }
)

const pieces = [
  "a",
  "Z",
  "0",
  "-1",
  " ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "<",
  ">",
  "&",
  "\"",
  "'",
  "]]>",
  "&amp;",
  "&#xd;",
  "<!--",
  "<![CDATA[",
  "</Value>",
  "{",
  "ä",
  "€",
  "𐍈",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\u200b",
  "%s",
  "/vz"
] as const

/** Texts of characters of XML 1.0, with markup, line ends and other scripts; may be empty. */
export const xmlText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(pieces)), { maxLength: 12 }),
  (list) => list.join("")
)

/** Where a stream is cut: lengths of chunks, used again and again; 0 is an empty chunk. */
export const cuts = Arbitrary.array(Arbitrary.schema(Schema.Union([int(0, 9), int(1, 700)])), {
  minLength: 1,
  maxLength: 8
})

/** Cuts bytes into chunks; every chunk is memory of its own. */
export const cut = (whole: Uint8Array, lengths: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  const usable = lengths.some((length) => length > 0) ? lengths : [1]
  for (let offset = 0, index = 0; offset < whole.length; index++) {
    const chunk = whole.slice(offset, offset + usable[index % usable.length]!)
    chunks.push(chunk)
    offset += chunk.length
  }
  return chunks
}

/** The two ways in which every golden is fed, and what they are called. */
export const feedings: ReadonlyArray<readonly [string, (whole: Uint8Array) => ReadonlyArray<Uint8Array>]> = [
  ["whole", (whole) => [whole]],
  ["byte by byte", (whole) => cut(whole, [1])]
]

/** Everything that a parser gives for some chunks, and its failure. */
export const parseAll = (
  parser: Parser,
  chunks: ReadonlyArray<Uint8Array>
): { readonly packages: ReadonlyArray<Package.Package>; readonly failure: StreamError | undefined } =>
  drain(chunks, parser.push, parser.next, (packages, failure) => ({ packages, failure }))

/** Everything that a framer gives for some chunks, and its failure. */
export const cutAll = (
  framer: Framer,
  chunks: ReadonlyArray<Uint8Array>
): { readonly records: ReadonlyArray<TransportRecord>; readonly failure: StreamError | undefined } =>
  drain(chunks, framer.push, framer.next, (records, failure) => ({ records, failure }))

const drain = <A, B>(
  chunks: ReadonlyArray<Uint8Array>,
  push: (chunk: Uint8Array) => void,
  next: () => Result.Result<Option.Option<A>, StreamError>,
  done: (all: ReadonlyArray<A>, failure: StreamError | undefined) => B
): B => {
  const all: Array<A> = []
  for (const chunk of chunks) {
    push(chunk)
    for (;;) {
      const result = next()
      if (Result.isFailure(result)) return done(all, result.failure)
      if (Option.isNone(result.success)) break
      all.push(result.success.value)
    }
  }
  return done(all, undefined)
}

/** Bytes with some of them changed: pairs of a place, as a fraction of the length, and a new value. */
export const mutations = Arbitrary.array(
  Arbitrary.all([Arbitrary.schema(int(0, 999_999)), Arbitrary.schema(int(0, 255))]),
  { minLength: 1, maxLength: 6 }
)

/** Applies {@link mutations}. */
export const mutate = (
  original: Uint8Array,
  changes: ReadonlyArray<readonly [number, number]>
): Uint8Array => {
  const changed = original.slice()
  for (const [place, value] of changes) changed[Math.floor(place / 1_000_000 * changed.length)] = value
  return changed
}
