/**
 * The part of a connection before TLS: version, header and routing table, for clients and servers.
 *
 * A client sends version, header and table at once. A server sends version and header at once, and the accepted table
 * after it has read the client's. The readers accept chunks that are cut anywhere, and return the bytes after a part
 * unchanged. Values are copies; `rest` is a view of the pushed chunk.
 *
 * @see [Protocol 2.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-1)
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
 * @see [Protocol 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-4)
 * @see [Protocol 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-5)
 * @since 0.2.0
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { HandshakeReason } from "./ProtocolError.ts"
import { HandshakeError } from "./ProtocolError.ts"
import * as RoutingTable from "./RoutingTable.ts"

/**
 * The protocol version of a peer. The description is free text of at most 64 bytes of UTF-8.
 *
 * @category models
 * @since 0.2.0
 */
export interface ProtocolVersion {
  readonly major: number
  readonly minor: number
  readonly description: string
}

/**
 * The identity of a peer. A client's uuid is new for each connection, and becomes its session id.
 *
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @category models
 * @since 0.2.0
 */
export interface HandshakeHeader {
  readonly senderType: number
  readonly uuid: string
}

/**
 * The handshake that a client sends.
 *
 * @category models
 * @since 0.2.0
 */
export interface ClientPart {
  readonly version: ProtocolVersion
  readonly header: HandshakeHeader
  readonly table: RoutingTable.RoutingTable
}

/**
 * The first part of a server's handshake, sent before it reads anything from the client.
 *
 * @category models
 * @since 0.2.0
 */
export interface ServerOpening {
  readonly version: ProtocolVersion
  readonly header: HandshakeHeader
}

/**
 * The kinds of sender. 0, and numbers from 11 on, are refused.
 *
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @category constants
 * @since 0.2.0
 */
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

/**
 * The length of a {@link ProtocolVersion} in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const versionBytes = 72

/**
 * The length of a {@link HandshakeHeader} in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const headerBytes = 20

/**
 * The maximum length of a description in bytes. A longer one is cut after the last whole character that fits.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxDescriptionBytes = 64

/**
 * The version that this library announces, and the oldest minor version that it accepts.
 *
 * @see [Protocol 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-5)
 * @category constants
 * @since 0.2.0
 */
export const ownVersion: ProtocolVersion = { major: 6, minor: 10, description: "backup-tree" }

const magic = [0x50, 0x52, 0x4c, 0x54]
const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * Encodes a version. Fails for a version that this library would refuse.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeVersion = (self: ProtocolVersion): Result.Result<Uint8Array, HandshakeError> =>
  Result.map(checkVersion(self), ({ description, major, minor }) => {
    const bytes = new Uint8Array(versionBytes)
    const view = new DataView(bytes.buffer)
    bytes.set(magic)
    view.setUint16(4, major, true)
    view.setUint16(6, minor, true)
    // Stops before a character that does not fit, so that no partial character is sent.
    encoder.encodeInto(description, bytes.subarray(8))
    return bytes
  })

/**
 * Encodes a header. Fails for a header that every peer would refuse.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeHeader = (self: HandshakeHeader): Result.Result<Uint8Array, HandshakeError> => {
  const uuid = Uuid.toBytes(self.uuid)
  if (uuid === undefined) return refuse("null-uuid", "the connection uuid is not a uuid", undefined)
  return Result.map(checkHeader(self, undefined), ({ senderType }) => {
    const bytes = new Uint8Array(headerBytes)
    new DataView(bytes.buffer).setUint32(0, senderType, true)
    bytes.set(uuid, 4)
    return bytes
  })
}

/**
 * Encodes the first part of a server's handshake.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeServerOpening = (self: ServerOpening): Result.Result<Uint8Array, HandshakeError> =>
  Result.flatMap(
    encodeVersion(self.version),
    (version) => Result.map(encodeHeader(self.header), (header) => concat([version, header]))
  )

/**
 * Encodes a client's handshake.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeClientPart = (self: ClientPart): Result.Result<Uint8Array, HandshakeError> =>
  Result.flatMap(
    encodeServerOpening(self),
    (opening) => Result.map(RoutingTable.encode(self.table), (table) => concat([opening, table]))
  )

/**
 * A decoded part, and the bytes after it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Read<A> {
  readonly value: A
  readonly rest: Uint8Array
}

/**
 * Reads one part from chunks that are cut anywhere. Returns none while bytes are missing, then the part.
 *
 * It consumes no byte beyond the part. After a failure, it only repeats the failure.
 *
 * @see [Protocol 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-4)
 * @category models
 * @since 0.2.0
 */
export interface Reader<A> {
  readonly push: (chunk: Uint8Array) => Result.Result<Option.Option<Read<A>>, HandshakeError>
}

/**
 * Makes a reader of a client's handshake.
 *
 * @category constructors
 * @since 0.2.0
 */
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

/**
 * Makes a reader of the first part of a server's handshake.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeServerOpeningReader = (): Reader<ServerOpening> => makeReader(readOpening)

/**
 * Makes a reader of the routing table that a server sends when it accepts.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeTableReader = (): Reader<RoutingTable.RoutingTable> => makeReader(readTable)

const openingBytes = versionBytes + headerBytes
const maxPartBytes = openingBytes + RoutingTable.headBytes + RoutingTable.routeBytes * RoutingTable.maxRoutes

// Decodes a part from the bytes so far. Returns the part, or how many bytes are needed before the next attempt.
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
  // A peer of another protocol often sends fewer bytes than a version and then waits, so each byte is checked at once.
  for (let index = 0; index < magic.length; index++) {
    if (index === bytes.length) return Result.succeed(index + 1)
    if (bytes[index] !== magic[index]) return refuse("wrong-magic", "the peer's first bytes are not PRLT", undefined)
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
    ? refuse("wrong-major", `the peer uses PRLT ${self.major}.${self.minor}`, self)
    : !(self.minor >= ownVersion.minor && self.minor <= 0xffff)
    ? refuse("old-minor", `the peer uses PRLT ${self.major}.${self.minor}`, self)
    : Result.succeed(self)

const checkHeader = (
  self: HandshakeHeader,
  peer: ProtocolVersion | undefined
): Result.Result<HandshakeHeader, HandshakeError> =>
  !(self.senderType >= SenderType.virtualMachine && self.senderType <= SenderType.vmConverter)
    ? refuse("wrong-sender-type", `sender type ${self.senderType} is unknown`, peer)
    : Uuid.equals(self.uuid, Uuid.nil)
    ? refuse("null-uuid", "the connection uuid is null", peer)
    : Result.succeed(self)

const refuse = (
  reason: HandshakeReason,
  detail: string,
  peer: ProtocolVersion | undefined
): Result.Result<never, HandshakeError> =>
  Result.fail(new HandshakeError({ reason, detail, peerDescription: peer?.description }))

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
