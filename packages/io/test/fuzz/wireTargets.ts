/**
 * The targets below the messages: the handshake, records, and packages.
 */
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import type { HandshakeError } from "@backup-tree/io/protocol/ProtocolError"
import * as RecordLayer from "@backup-tree/io/protocol/RecordLayer"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { cut, join, parseAll } from "../protocol/support.ts"
import * as Bytes from "./bytes.ts"
import type { Corpus } from "./corpus.ts"
import type { Target } from "./laws.ts"
import { demand, demandBytes, demandSame, incomplete, read, refused, stable, wholeAndCut, writtenBack } from "./laws.ts"
import * as Messages from "./messages.ts"
import type { Random } from "./random.ts"

// ---------------------------------------------------------------------------------------------------------------------
// The handshake
// ---------------------------------------------------------------------------------------------------------------------

type HandshakeResult<A> = Result.Result<Option.Option<Handshake.Read<A>>, HandshakeError>

const readPart = <A>(reader: Handshake.Reader<A>, chunks: ReadonlyArray<Uint8Array>): HandshakeResult<A> => {
  for (const [index, chunk] of chunks.entries()) {
    const result = reader.push(chunk)
    if (Result.isFailure(result)) return result
    if (Option.isSome(result.success)) {
      const { rest, value } = result.success.value
      return Result.succeedSome({ value, rest: join(rest, ...chunks.slice(index + 1)) })
    }
  }
  return Result.succeedNone
}

/**
 * A part of the handshake; what was read and is written and read again stays the same.
 *
 * Not at once: a description that is no UTF-8 is read with U+FFFD in it, which may not fit into its 64 bytes.
 */
const handshakePart = <A>(
  name: string,
  parts: (corpus: Corpus) => ReadonlyArray<Uint8Array>,
  makeReader: () => Handshake.Reader<A>,
  encode: (value: A) => Result.Result<Uint8Array, HandshakeError>
): Target => ({
  name,
  share: 4,
  make: (random, corpus) => {
    const recorded = parts(corpus)
    const input = Bytes.mutate(random, random.pick(recorded), recorded)
    const chunks = cut(input, Bytes.cuts(random))
    return {
      input,
      check: () => {
        const result = readPart(makeReader(), [input])
        demandSame(readPart(makeReader(), chunks), result, wholeAndCut)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        if (Option.isNone(result.success)) return incomplete
        const { rest, value } = result.success.value
        demandBytes(rest, input.subarray(input.length - rest.length), "the rest is untouched")
        const once = Result.getOrThrow(encode(value))
        demand(once.length === input.length - rest.length, writtenBack)
        const again = Option.getOrThrow(Result.getOrThrow(makeReader().push(once)))
        demandBytes(Result.getOrThrow(encode(again.value)), once, stable)
        return read
      }
    }
  }
})

/** Whole routing tables. */
export const routingTable: Target = {
  name: "routing-table",
  share: 5,
  make: (random, corpus) => {
    const table = random.pick(corpus.tables).slice()
    if (random.chance(0.5)) {
      const offset = RoutingTable.headBytes + 4 * random.below(10)
      Bytes.changeNumber(random, table, offset, true)
    }
    const input = random.chance(0.5) ? table : Bytes.mutate(random, table, corpus.tables)
    // The number of routes is repaired.
    const routes = Math.floor((input.length - RoutingTable.headBytes) / RoutingTable.routeBytes)
    if (routes >= 0 && random.chance(0.8)) input[RoutingTable.headBytes - 1] = routes
    return {
      input,
      check: () => {
        const result = RoutingTable.decode(input)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        const table = result.success
        demandBytes(Result.getOrThrow(RoutingTable.encode(table)), input, writtenBack)
        demand(RoutingTable.equals(table, { ...table, routes: table.routes.toReversed() }), "the order has no meaning")
        demand(
          RoutingTable.isNull(table) || Result.isSuccess(RoutingTable.confirm(table, table)),
          "a table is confirmed by itself"
        )
        const level = RoutingTable.levelOf(table)
        demand(Result.isSuccess(RoutingTable.accept(table, "low")) === Option.isSome(level), "a level is accepted")
        return Option.isSome(level) ? `read: level ${level.value}` : "read: no level"
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Records and packages
// ---------------------------------------------------------------------------------------------------------------------

const record = (type: number, version: number, data: Uint8Array): Uint8Array =>
  join(Uint8Array.of(type, version >>> 8, version & 0xff, data.length >>> 8, data.length & 0xff), data)

const handshakeTypes = [0x14, 0x15, 0x16, 0x16]
const laterTypes = [0x17, 0x17, 0xff, 0xff, 0xff, 0x15]

/** A few records of the handshake, and behind them recorded packages by both routes; now and then with a fault. */
const recordStream = (random: Random, corpus: Corpus): { readonly input: Uint8Array; readonly upAt: number } => {
  const upAt = random.below(4)
  const records = Array.from({ length: upAt + random.below(5) }, (_, index) => {
    const data = random.pick(corpus.packageBytes)
    const from = random.below(data.length)
    const piece = data.subarray(from, from + random.between(1, random.chance(0.9) ? 400 : 17_000))
    const type = random.pick(index < upAt ? handshakeTypes : laterTypes)
    const bytes = record(type, type === 0xff ? 0x0300 : index < upAt ? 0x0301 : 0x0303, piece)
    if (random.chance(0.05)) bytes[random.below(RecordLayer.headerBytes)]! ^= 1 << random.below(8)
    return bytes
  })
  const bytes = join(...records)
  return { input: random.chance(0.2) ? Bytes.mutate(random, bytes, corpus.packageBytes) : bytes, upAt }
}

const cutRecords = (chunks: ReadonlyArray<Uint8Array>, upAt: number) => {
  const framer = RecordLayer.makeFramer()
  const records: Array<RecordLayer.TransportRecord> = []
  for (const chunk of chunks) {
    framer.push(chunk)
    for (;;) {
      if (records.length === upAt) framer.tlsUp()
      const result = framer.next()
      if (Result.isFailure(result)) return { records, failure: result.failure, waiting: framer.waiting() }
      if (Option.isNone(result.success)) break
      records.push(result.success.value)
    }
  }
  return { records, failure: undefined, waiting: framer.waiting() }
}

const bytesOf = (self: RecordLayer.TransportRecord): Uint8Array =>
  self.kind === "tls"
    ? self.bytes
    : self.kind === "plain"
    ? RecordLayer.plainFrames(self.bytes)
    : new Uint8Array(0)

/** Streams of records, before and behind the end of the TLS handshake. */
export const records: Target = {
  name: "records",
  share: 9,
  make: (random, corpus) => {
    const { input, upAt } = recordStream(random, corpus)
    const chunks = cut(input, Bytes.cuts(random))
    return {
      input,
      check: () => {
        const { failure, records, waiting } = cutRecords([input], upAt)
        demandSame(cutRecords(chunks, upAt), { records, failure, waiting }, wholeAndCut)
        const bytes = join(...records.map(bytesOf))
        demandBytes(bytes, input.subarray(0, bytes.length), writtenBack)
        if (failure !== undefined) return refused(failure.reason)
        if (records.some(({ kind }) => kind === "disconnect")) return "disconnect"
        demand(bytes.length + waiting === input.length, "no byte is lost")
        return waiting === 0 ? read : incomplete
      }
    }
  }
}

/** The packages of a stream, which whole and in chunks are the same and are written back as they came. */
export const parsePackages = (input: Uint8Array, chunks: ReadonlyArray<Uint8Array>) => {
  const parser = PackageParser.makeParser()
  const parsed = parseAll(parser, [input])
  demandSame(parseAll(PackageParser.makeParser(), chunks), parsed, wholeAndCut)
  const bytes = join(...parsed.packages.map((self) => Result.getOrThrow(Package.encode(self))))
  demandBytes(bytes, input.subarray(0, bytes.length), writtenBack)
  if (parsed.failure === undefined) {
    const received = parser.received()
    const progress = Option.getOrUndefined(parser.progress())
    demand(bytes.length + received === input.length, "no byte is lost")
    demand(progress === undefined || progress.received < progress.total, "a package that is whole is given")
  } else {
    parser.push(input)
    demandSame(parser.next(), Result.fail(parsed.failure), "a parser is dead after a failure")
  }
  return { ...parsed, length: bytes.length }
}

/** Streams of packages. */
export const packages: Target = {
  name: "packages",
  share: 3,
  make: (random, corpus) => {
    const input = Messages.stream(random, corpus)
    const chunks = cut(input, Bytes.cuts(random))
    return {
      input,
      check: () => {
        const { failure, length, packages } = parsePackages(input, chunks)
        if (failure !== undefined) return refused(failure.reason)
        return length < input.length ? incomplete : packages.length === 0 ? "empty" : read
      }
    }
  }
}

/** The parts of the handshake. */
export const handshakeParts: ReadonlyArray<Target> = [
  handshakePart(
    "handshake-client",
    ({ clientParts }) => clientParts,
    Handshake.makeClientPartReader,
    Handshake.encodeClientPart
  ),
  handshakePart(
    "handshake-server",
    ({ serverParts }) => serverParts,
    Handshake.makeServerOpeningReader,
    Handshake.encodeServerOpening
  ),
  handshakePart("handshake-table", ({ tables }) => tables, Handshake.makeTableReader, RoutingTable.encode)
]
