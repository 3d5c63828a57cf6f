/**
 * Packages: an 82-byte header, a table of buffer lengths, and the buffers.
 *
 * A package is encoded into one piece of memory, for one write to the socket.
 *
 * @see [Protocol 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3)
 * @since 0.2.0
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Result from "effect/Result"
import * as Crc16 from "./Crc16.ts"
import * as PackageType from "./PackageType.ts"
import { MessageError } from "./ProtocolError.ts"

/**
 * One buffer. `encoding` is 0, and receivers ignore it.
 *
 * @category models
 * @since 0.2.0
 */
export interface PackageBuffer {
  readonly encoding: number
  readonly bytes: Uint8Array
}

/**
 * A package.
 *
 * `uuid` identifies it: that of a request is the id of its job. `parentUuid` is the request of a reply, or nil.
 * `senderUuid` and `receiverUuid` are connection uuids; the receiver may be nil. `numericId` counts the packages of a
 * server.
 *
 * @category models
 * @since 0.2.0
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

/**
 * The length of a header in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const headerBytes = 82

/**
 * The length in bytes of one entry in the table of buffer lengths.
 *
 * @category constants
 * @since 0.2.0
 */
export const tableEntryBytes = 8

/**
 * The maximum number of buffers of a package.
 *
 * @see [Protocol 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-4)
 * @category constants
 * @since 0.2.0
 */
export const maxBuffers = 1024

/**
 * The maximum length of a package in bytes, with header and table.
 *
 * @see [Protocol 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-4)
 * @category constants
 * @since 0.2.0
 */
export const maxPackageBytes = 2 ** 30

/**
 * Makes the package of a command: one buffer, no parent, numeric id 0.
 *
 * @see [Protocol 3.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-1)
 * @see [Protocol 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-3)
 * @category constructors
 * @since 0.2.0
 */
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
 * Makes the package of a reply. `to` is the header of the request.
 *
 * A text reply names its receiver; a binary one does not.
 *
 * @see [Protocol 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-5)
 * @category constructors
 * @since 0.2.0
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

/**
 * Returns the first buffer, which holds the message. Further buffers are ignored.
 *
 * @see [Protocol 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-3)
 * @category accessors
 * @since 0.2.0
 */
export const payload = (self: Package): Result.Result<Uint8Array, MessageError> => {
  const buffer = self.buffers[0]
  return buffer === undefined
    ? Result.fail(new MessageError({ reason: "no-buffer", detail: `a package of type ${self.type} without a buffer` }))
    : Result.succeed(buffer.bytes)
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff

const refuse = (detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason: "cannot-be-sent", detail }))

/**
 * Encodes a package. Fails with `cannot-be-sent` if no peer would accept it.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (self: Package): Result.Result<Uint8Array, MessageError> => {
  const { buffers, numericId, type } = self
  if (buffers.length > maxBuffers) return refuse(`a package has ${buffers.length} buffers, more than ${maxBuffers}`)
  let length = headerBytes + tableEntryBytes * buffers.length
  for (const { bytes } of buffers) length += bytes.length
  if (length > maxPackageBytes) return refuse(`a package is ${length} bytes long, more than ${maxPackageBytes}`)
  if (!isUint32(type)) return refuse(`package type ${type} is not an unsigned 32-bit number`)
  if (numericId < 0n || numericId > 0xffff_ffff_ffff_ffffn) {
    return refuse(`numeric id ${numericId} is not an unsigned 64-bit number`)
  }
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (const [index, text] of [self.uuid, self.parentUuid, self.senderUuid, self.receiverUuid].entries()) {
    const uuid = Uuid.toBytes(text)
    if (uuid === undefined) return refuse("a uuid of the package header is malformed")
    bytes.set(uuid, 16 * index)
  }
  view.setUint32(64, type, true)
  view.setBigUint64(68, numericId, true)
  view.setUint32(76, buffers.length, true)
  view.setUint16(80, Crc16.compute(bytes, 0, 80), true)
  let offset = headerBytes + tableEntryBytes * buffers.length
  for (const [index, buffer] of buffers.entries()) {
    if (!isUint32(buffer.encoding)) return refuse(`encoding ${buffer.encoding} is not an unsigned 32-bit number`)
    view.setUint32(headerBytes + tableEntryBytes * index, buffer.encoding, true)
    view.setUint32(headerBytes + tableEntryBytes * index + 4, buffer.bytes.length, true)
    bytes.set(buffer.bytes, offset)
    offset += buffer.bytes.length
  }
  return Result.succeed(bytes)
}

/**
 * The 82 constant bytes of a heartbeat, which both sides send every ten seconds.
 *
 * These bytes are shared: do not write to them.
 *
 * @see [Protocol 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-6)
 * @category constants
 * @since 0.2.0
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
