/**
 * The record layer: TLS records and plain frames on one byte stream, from the first byte after the routing tables on.
 *
 * A framer reads whole records from chunks that are cut anywhere. Its owner pulls them, so it can stop between two
 * records. It must stop after a handshake record until the TLS engine reports whether the handshake is done, because
 * the next bytes have a different meaning then.
 *
 * A pushed chunk belongs to the framer and must not be written to. The bytes of a record are a view of the chunk or of
 * the framer's memory, and never change.
 *
 * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { StreamReason } from "./ProtocolError.ts"
import { StreamError } from "./ProtocolError.ts"

/**
 * The record types.
 *
 * @category constants
 * @since 0.2.0
 */
export const RecordType = {
  changeCipherSpec: 0x14,
  alert: 0x15,
  handshake: 0x16,
  applicationData: 0x17,
  plain: 0xff
} as const

/**
 * A whole record: `tls` with its five header bytes, for the TLS engine; `plain` without, for the package stream.
 *
 * `disconnect` is an alert after the handshake, by which a peer ends the connection. No record follows it.
 *
 * @category models
 * @since 0.2.0
 */
export type TransportRecord =
  | { readonly kind: "tls"; readonly type: number; readonly bytes: Uint8Array }
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  | { readonly kind: "disconnect" }

/**
 * The length of a record header in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const headerBytes = 5

/**
 * The maximum data length of a record after the TLS handshake, in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxRecordBytes = 16384

/**
 * The maximum data length of a record during the TLS handshake, in bytes: the limit of TLS itself.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxHandshakeRecordBytes = maxRecordBytes + 2048

/**
 * The maximum plaintext length of one sent TLS record in bytes, as in the product.
 *
 * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
 * @category constants
 * @since 0.2.0
 */
export const maxTlsFragmentBytes = 15360

/**
 * A reader of whole records from chunks that are cut anywhere.
 *
 * `next` returns none while the next record is incomplete. After a failure or a `disconnect`, no record follows. Call
 * `tlsUp` when the TLS engine has finished its handshake. After a handshake record, do not call `next` before the
 * engine has processed it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Framer {
  readonly push: (chunk: Uint8Array) => void
  readonly next: () => Result.Result<Option.Option<TransportRecord>, StreamError>
  readonly tlsUp: () => void
  /** Returns how many bytes are buffered. Stop reading from the peer while you hold records back. */
  readonly waiting: () => number
}

/**
 * Makes a framer for one direction of a connection, before TLS is up.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeFramer = (): Framer => new RecordFramer()

/**
 * Encodes bytes of the package stream as plain frames: as few as possible, in one piece of memory.
 *
 * @category codecs
 * @since 0.2.0
 */
export const plainFrames = (bytes: Uint8Array): Uint8Array => {
  const count = Math.ceil(bytes.length / maxRecordBytes)
  const frames = new Uint8Array(bytes.length + headerBytes * count)
  for (let index = 0; index < count; index++) {
    const data = bytes.subarray(index * maxRecordBytes, (index + 1) * maxRecordBytes)
    const offset = index * (maxRecordBytes + headerBytes)
    frames[offset] = RecordType.plain
    frames[offset + 1] = 3
    frames[offset + 3] = data.length >>> 8
    frames[offset + 4] = data.length & 0xff
    frames.set(data, offset + headerBytes)
  }
  return frames
}

const empty = new Uint8Array(0)

class RecordFramer implements Framer {
  // The buffered bytes are memory[start..end). Memory before `end` is not written to: records are views of it.
  #memory: Uint8Array = empty
  #start = 0
  #end = 0
  #isUp = false
  #isOver = false
  #failure: StreamError | undefined

  readonly push = (chunk: Uint8Array): void => {
    if (this.#isOver || this.#failure !== undefined || chunk.length === 0) return
    if (this.#start === this.#end) {
      this.#memory = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    const waiting = this.#end - this.#start
    // A pushed chunk is full to its end, so no following bytes are written into memory that belongs to a caller.
    if (this.#end + chunk.length > this.#memory.length) {
      // Twice the need: a record that arrives byte by byte is copied a few times, not once per byte.
      const larger = new Uint8Array(2 * (waiting + chunk.length))
      larger.set(this.#memory.subarray(this.#start, this.#end))
      this.#memory = larger
      this.#start = 0
      this.#end = waiting
    }
    this.#memory.set(chunk, this.#end)
    this.#end += chunk.length
  }

  readonly next = (): Result.Result<Option.Option<TransportRecord>, StreamError> => {
    if (this.#failure !== undefined) return Result.fail(this.#failure)
    if (this.#end - this.#start < headerBytes) return Result.succeedNone
    const memory = this.#memory
    const start = this.#start
    const type = memory[start]!
    const length = memory[start + 3]! << 8 | memory[start + 4]!
    const refusal = this.#check(type, memory[start + 1]! << 8 | memory[start + 2]!, length)
    if (refusal !== undefined) {
      this.#failure = refusal
      this.#drop()
      return Result.fail(refusal)
    }
    if (this.#isUp && type === RecordType.alert) {
      this.#isOver = true
      this.#drop()
      return Result.succeedSome({ kind: "disconnect" })
    }
    const end = start + headerBytes + length
    if (this.#end < end) return Result.succeedNone
    this.#start = end
    return Result.succeedSome(
      type === RecordType.plain
        ? { kind: "plain", bytes: memory.subarray(start + headerBytes, end) }
        : { kind: "tls", type, bytes: memory.subarray(start, end) }
    )
  }

  readonly tlsUp = (): void => {
    this.#isUp = true
  }

  readonly waiting = (): number => this.#end - this.#start

  #drop(): void {
    this.#memory = empty
    this.#start = 0
    this.#end = 0
  }

  #check(type: number, version: number, length: number): StreamError | undefined {
    const isTls = type >= RecordType.changeCipherSpec && type <= RecordType.applicationData
    if (!isTls && type !== RecordType.plain) return this.#refuse("record-type", `a record has the unknown type ${type}`)
    if (!this.#isUp && !isTls) return this.#refuse("record-type", "a plain frame arrived before TLS was up")
    if (this.#isUp && (type === RecordType.changeCipherSpec || type === RecordType.handshake)) {
      return this.#refuse("record-type", "the peer started a new TLS handshake, which this protocol does not allow")
    }
    // During the handshake TLS checks the version itself. It begins with 03 01.
    if (this.#isUp && version !== (isTls ? 0x0303 : 0x0300)) {
      return this.#refuse("record-version", `a record has the version ${version >>> 8}.${version & 0xff}`)
    }
    return length === 0 || length > (this.#isUp ? maxRecordBytes : maxHandshakeRecordBytes)
      ? this.#refuse("record-length", `a record has ${length} bytes`)
      : undefined
  }

  #refuse(reason: StreamReason, detail: string): StreamError {
    return new StreamError({ reason, stage: this.#isUp ? "records" : "tls-handshake", detail })
  }
}
