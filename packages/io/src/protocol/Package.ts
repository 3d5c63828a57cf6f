/**
 * Packages: an 82-byte header, a table of buffer lengths, and the buffers. Source: PROTOCOL 3.
 *
 * A package is written into one piece of memory, for one write to the socket. The parser takes packages from a stream
 * that is cut anywhere: it copies what it keeps, so the buffers of a package are its own, and it allocates for bytes
 * that have come, never for lengths that were announced.
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Result from "effect/Result"
import * as Crc16 from "./Crc16.ts"
import * as PackageType from "./PackageType.ts"
import { MessageError } from "./ProtocolError.ts"

/** One buffer; `encoding` is 0, and a receiver does not look at it. */
export interface PackageBuffer {
  readonly encoding: number
  readonly bytes: Uint8Array
}

/**
 * A package.
 *
 * `uuid` names it, and a request's is the id of its job. `parentUuid` is the request that is answered, or nil.
 * `senderUuid` and `receiverUuid` are connection uuids; the receiver may be nil. `numericId` counts what servers send.
 */
export interface Package {
  readonly uuid: string
  readonly parentUuid: string
  readonly senderUuid: string
  readonly receiverUuid: string
  readonly type: number
  readonly numericId: bigint
  readonly buffers: ReadonlyArray<PackageBuffer>
}

/** The bytes of a header. */
export const headerBytes = 82

/** The bytes of one entry in the table of buffer lengths. */
export const tableEntryBytes = 8

/** The most buffers that a package can have. Source: PROTOCOL 3.4. */
export const maxBuffers = 1024

/** The longest package, header and table included. Source: PROTOCOL 3.4. */
export const maxPackageBytes = 2 ** 30

/** Makes the package of a command: one raw buffer, no parent, numeric id 0. Source: PROTOCOL 3.1 and 3.3. */
export const request = (options: {
  readonly uuid: string
  readonly senderUuid: string
  readonly type: number
  readonly payload: Uint8Array
}): Package => ({
  uuid: options.uuid,
  parentUuid: Uuid.nil,
  senderUuid: options.senderUuid,
  receiverUuid: Uuid.nil,
  type: options.type,
  numericId: 0n,
  buffers: [{ encoding: 0, bytes: options.payload }]
})

/**
 * Makes the package of a reply; `to` is the header of the request.
 *
 * A text reply names its receiver, a binary one does not. Source: PROTOCOL 3.5.
 */
export const reply = (options: {
  readonly uuid: string
  readonly senderUuid: string
  readonly to: { readonly uuid: string; readonly senderUuid: string }
  readonly type: number
  readonly numericId: bigint
  readonly payload: Uint8Array
}): Package => ({
  uuid: options.uuid,
  parentUuid: options.to.uuid,
  senderUuid: options.senderUuid,
  receiverUuid: options.type === PackageType.DspWsBinaryResponse ? Uuid.nil : options.to.senderUuid,
  type: options.type,
  numericId: options.numericId,
  buffers: [{ encoding: 0, bytes: options.payload }]
})

/** Returns the buffer that holds the message: the first one. Buffers behind it are ignored. Source: PROTOCOL 3.3. */
export const payload = (self: Package): Result.Result<Uint8Array, MessageError> => {
  const buffer = self.buffers[0]
  return buffer === undefined
    ? Result.fail(new MessageError({ reason: "no-buffer", detail: `a package of type ${self.type} without a buffer` }))
    : Result.succeed(buffer.bytes)
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff

const refuse = (detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason: "cannot-be-sent", detail }))

/** Writes a package; one that no peer would read is refused. */
export const encode = (self: Package): Result.Result<Uint8Array, MessageError> => {
  const { buffers, numericId, type } = self
  if (buffers.length > maxBuffers) return refuse(`a package has ${buffers.length} buffers, more than ${maxBuffers}`)
  let length = headerBytes + tableEntryBytes * buffers.length
  for (const { bytes } of buffers) length += bytes.length
  if (length > maxPackageBytes) return refuse(`a package is ${length} bytes long, more than ${maxPackageBytes}`)
  if (!isUint32(type)) return refuse(`package type ${type} is no unsigned 32-bit number`)
  if (numericId < 0n || numericId > 0xffff_ffff_ffff_ffffn) {
    return refuse(`numeric id ${numericId} is no unsigned 64-bit number`)
  }
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (const [index, text] of [self.uuid, self.parentUuid, self.senderUuid, self.receiverUuid].entries()) {
    const uuid = Uuid.toBytes(text)
    if (uuid === undefined) return refuse("a uuid of the package header is none")
    bytes.set(uuid, 16 * index)
  }
  view.setUint32(64, type, true)
  view.setBigUint64(68, numericId, true)
  view.setUint32(76, buffers.length, true)
  view.setUint16(80, Crc16.compute(bytes, 0, 80), true)
  let offset = headerBytes + tableEntryBytes * buffers.length
  for (const [index, buffer] of buffers.entries()) {
    if (!isUint32(buffer.encoding)) return refuse(`encoding ${buffer.encoding} is no unsigned 32-bit number`)
    view.setUint32(headerBytes + tableEntryBytes * index, buffer.encoding, true)
    view.setUint32(headerBytes + tableEntryBytes * index + 4, buffer.bytes.length, true)
    bytes.set(buffer.bytes, offset)
    offset += buffer.bytes.length
  }
  return Result.succeed(bytes)
}

/**
 * A heartbeat, 82 constant bytes; both sides send it every ten seconds. Source: PROTOCOL 3.6.
 *
 * These bytes are shared: do not write to them.
 */
export const heartbeat: Uint8Array = Result.getOrThrow(encode({
  uuid: Uuid.nil,
  parentUuid: Uuid.nil,
  senderUuid: Uuid.nil,
  receiverUuid: Uuid.nil,
  type: PackageType.Heartbeat,
  numericId: 0n,
  buffers: []
}))
