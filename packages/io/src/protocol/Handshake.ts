/**
 * The part of a connection before TLS: version, header and routing table, of both roles. Source: PROTOCOL 2.1 to 2.5.
 *
 * A client sends version, header and table at once; a server sends version and header at once, and the accepted table
 * when it has read the client's. The readers take these parts from a byte stream that is cut anywhere: what follows a
 * part belongs to what comes next and is handed back untouched.
 *
 * Bytes that are read are copied. `rest` is a view of the chunk that was pushed.
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { HandshakeReason } from "./ProtocolError.ts"
import { HandshakeError } from "./ProtocolError.ts"
import * as RoutingTable from "./RoutingTable.ts"

/** What a peer speaks; the description is free text, at most 64 bytes of UTF-8. */
export interface ProtocolVersion {
  readonly major: number
  readonly minor: number
  readonly description: string
}

/** Who a peer is; a client's uuid is fresh for each connection and becomes its session id. Source: PROTOCOL 2.2. */
export interface HandshakeHeader {
  readonly senderType: number
  readonly uuid: string
}

/** What a client sends. */
export interface ClientPart {
  readonly version: ProtocolVersion
  readonly header: HandshakeHeader
  readonly table: RoutingTable.RoutingTable
}

/** What a server sends before it knows anything of the client. */
export interface ServerOpening {
  readonly version: ProtocolVersion
  readonly header: HandshakeHeader
}

/** The kinds of sender; 0 and numbers from 11 on are refused. Source: PROTOCOL 2.2. */
export const SenderType = {
  unknown: 0,
  virtualMachine: 1,
  dispatcher: 2,
  client: 3,
  ioClient: 4,
  fileTransfer: 5,
  ptAgent: 6,
  ptClient: 7,
  proxyManager: 8,
  ioContainerClient: 9,
  vmConverter: 10
} as const

/** The bytes of a {@link ProtocolVersion}. */
export const versionBytes = 72

/** The bytes of a {@link HandshakeHeader}. */
export const headerBytes = 20

/** The longest description in bytes; bytes behind the last whole character that fits are not sent. */
export const maxDescriptionBytes = 64

/** The version that this library announces, and the oldest minor that it accepts. Source: PROTOCOL 2.5. */
export const ownVersion: ProtocolVersion = { major: 6, minor: 10, description: "backup-tree" }

const magic = [0x50, 0x52, 0x4c, 0x54]
const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Writes a version; one that this library would refuse is refused here. */
export const encodeVersion = (self: ProtocolVersion): Result.Result<Uint8Array, HandshakeError> =>
  Result.map(checkVersion(self), ({ description, major, minor }) => {
    const bytes = new Uint8Array(versionBytes)
    const view = new DataView(bytes.buffer)
    bytes.set(magic)
    view.setUint16(4, major, true)
    view.setUint16(6, minor, true)
    // Stops before a character that does not fit, so that no half of one is sent.
    encoder.encodeInto(description, bytes.subarray(8))
    return bytes
  })

/** Writes a header; one that every peer refuses is refused here. */
export const encodeHeader = (self: HandshakeHeader): Result.Result<Uint8Array, HandshakeError> => {
  const uuid = Uuid.toBytes(self.uuid)
  if (uuid === undefined) return refuse("null-uuid", "the connection uuid is no uuid", null)
  return Result.map(checkHeader(self, null), ({ senderType }) => {
    const bytes = new Uint8Array(headerBytes)
    new DataView(bytes.buffer).setUint32(0, senderType, true)
    bytes.set(uuid, 4)
    return bytes
  })
}

/** Writes what a server sends first. */
export const encodeServerOpening = (self: ServerOpening): Result.Result<Uint8Array, HandshakeError> =>
  Result.flatMap(
    encodeVersion(self.version),
    (version) => Result.map(encodeHeader(self.header), (header) => concat([version, header]))
  )

/** Writes what a client sends. */
export const encodeClientPart = (self: ClientPart): Result.Result<Uint8Array, HandshakeError> =>
  Result.flatMap(
    encodeServerOpening(self),
    (opening) => Result.map(RoutingTable.encode(self.table), (table) => concat([opening, table]))
  )

/** A part that has been read, and the bytes behind it. */
export interface Read<A> {
  readonly value: A
  readonly rest: Uint8Array
}

/**
 * Reads one part from chunks cut anywhere: none while bytes are missing, then the part. Source: PROTOCOL 2.4.
 *
 * It reads no byte too many, and is dead after a failure.
 */
export interface Reader<A> {
  readonly push: (chunk: Uint8Array) => Result.Result<Option.Option<Read<A>>, HandshakeError>
}

/** Makes a reader of what a client sends. */
export const makeClientPartReader = (): Reader<ClientPart> =>
  makeReader<ClientPart>((bytes) => {
    const opening = readOpening(bytes)
    if (Result.isFailure(opening)) return Result.fail(opening.failure)
    if (typeof opening.success === "number") return Result.succeed(opening.success)
    const table = readTable(bytes.subarray(openingBytes))
    if (Result.isFailure(table)) return Result.fail(withPeer(table.failure, opening.success.version))
    if (typeof table.success === "number") return Result.succeed(openingBytes + table.success)
    return Result.succeed({ ...opening.success, table: table.success })
  })

/** Makes a reader of what a server sends first. */
export const makeServerOpeningReader = (): Reader<ServerOpening> => makeReader(readOpening)

/** Makes a reader of the table that a server sends when it accepts. */
export const makeTableReader = (): Reader<RoutingTable.RoutingTable> => makeReader(readTable)

const openingBytes = versionBytes + headerBytes
const maxPartBytes = openingBytes + RoutingTable.headBytes + RoutingTable.routeBytes * RoutingTable.maxRoutes

// Looks at the bytes of a part that are there: the part, or how many bytes are needed before it is worth looking again.
type Step<A> = (bytes: Uint8Array) => Result.Result<A | number, HandshakeError>

const makeReader = <A extends object>(step: Step<A>): Reader<A> => {
  const bytes = new Uint8Array(maxPartBytes)
  let filled = 0
  let needed = 1
  let end: Result.Result<A, HandshakeError> | undefined
  return {
    push: (chunk) => {
      let used = 0
      while (end === undefined) {
        if (filled === needed) {
          const result = step(bytes.subarray(0, filled))
          if (Result.isFailure(result)) end = Result.fail(result.failure)
          else if (typeof result.success === "number") needed = result.success
          else end = Result.succeed(result.success)
          continue
        }
        if (used === chunk.length) return Result.succeed(Option.none())
        const taken = chunk.subarray(used, used + needed - filled)
        bytes.set(taken, filled)
        filled += taken.length
        used += taken.length
      }
      return Result.map(end, (value) => Option.some({ value, rest: chunk.subarray(used) }))
    }
  }
}

const readOpening = (bytes: Uint8Array): Result.Result<ServerOpening | number, HandshakeError> => {
  // A peer of another protocol often says less than a version and then waits: its first byte tells.
  for (let index = 0; index < magic.length; index++) {
    if (index === bytes.length) return Result.succeed(index + 1)
    if (bytes[index] !== magic[index]) return refuse("wrong-magic", "the peer's first bytes are not PRLT", null)
  }
  if (bytes.length < versionBytes) return Result.succeed(versionBytes)
  const version = checkVersion(decodeVersion(bytes))
  if (Result.isFailure(version)) return Result.fail(version.failure)
  if (bytes.length < openingBytes) return Result.succeed(openingBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const header = { senderType: view.getUint32(versionBytes, true), uuid: Uuid.fromBytes(bytes, versionBytes + 4) }
  return Result.map(checkHeader(header, version.success), () => ({ version: version.success, header }))
}

const readTable = (bytes: Uint8Array): Result.Result<RoutingTable.RoutingTable | number, HandshakeError> => {
  const length = RoutingTable.lengthOf(bytes)
  if (Result.isFailure(length)) return Result.fail(length.failure)
  if (length.success === undefined) return Result.succeed(RoutingTable.headBytes)
  return bytes.length < length.success ? Result.succeed(length.success) : RoutingTable.decode(bytes)
}

const decodeVersion = (bytes: Uint8Array): ProtocolVersion => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const text = bytes.subarray(8, versionBytes)
  const end = text.indexOf(0)
  return {
    major: view.getUint16(4, true),
    minor: view.getUint16(6, true),
    description: decoder.decode(end === -1 ? text : text.subarray(0, end))
  }
}

const checkVersion = (self: ProtocolVersion): Result.Result<ProtocolVersion, HandshakeError> =>
  self.major !== ownVersion.major
    ? refuse("wrong-major", `the peer speaks PRLT ${self.major}.${self.minor}`, self)
    : !(self.minor >= ownVersion.minor && self.minor <= 0xffff)
    ? refuse("old-minor", `the peer speaks PRLT ${self.major}.${self.minor}`, self)
    : Result.succeed(self)

const checkHeader = (
  self: HandshakeHeader,
  peer: ProtocolVersion | null
): Result.Result<HandshakeHeader, HandshakeError> =>
  !(self.senderType >= SenderType.virtualMachine && self.senderType <= SenderType.vmConverter)
    ? refuse("wrong-sender-type", `sender type ${self.senderType} is not known`, peer)
    : Uuid.equals(self.uuid, Uuid.nil)
    ? refuse("null-uuid", "the connection uuid is null", peer)
    : Result.succeed(self)

const refuse = (
  reason: HandshakeReason,
  detail: string,
  peer: ProtocolVersion | null
): Result.Result<never, HandshakeError> =>
  Result.fail(new HandshakeError({ reason, detail, peerDescription: peer?.description ?? null }))

const withPeer = ({ detail, reason }: HandshakeError, peer: ProtocolVersion): HandshakeError =>
  new HandshakeError({ reason, detail, peerDescription: peer.description })

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
