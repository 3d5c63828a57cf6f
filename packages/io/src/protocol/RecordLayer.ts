/**
 * The record layer: TLS records and plain frames on one byte stream. Source: PROTOCOL 2.7.
 *
 * From the first byte behind the routing tables on, a framer takes whole records from chunks that are cut anywhere. It
 * is pulled, so that its owner can stop between two records: what follows a handshake record must wait until the TLS
 * engine has said whether the handshake is done, for the same byte may mean either of two things.
 *
 * A chunk belongs to the framer from `push` on and must not be written to. The bytes of a record are a view, of the
 * chunk or of the framer's own memory; nobody writes to them again.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { StreamReason } from "./ProtocolError.ts"
import { StreamError } from "./ProtocolError.ts"

/** The types of records. */
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
 * `disconnect` is an alert behind the handshake, the peer's way to go; nothing follows it.
 */
export type TransportRecord =
  | { readonly kind: "tls"; readonly type: number; readonly bytes: Uint8Array }
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  | { readonly kind: "disconnect" }

/** The bytes before the data of a record. */
export const headerBytes = 5

/** The longest data of a record behind the TLS handshake, of either kind. */
export const maxRecordBytes = 16384

/** The longest data of a record during the TLS handshake, which is what TLS itself allows. */
export const maxHandshakeRecordBytes = maxRecordBytes + 2048

/** The most plaintext that a sender puts into one TLS record, as the product does. Source: PROTOCOL 2.7. */
export const maxTlsFragmentBytes = 15360

/**
 * Takes whole records from chunks cut anywhere.
 *
 * `next` gives none while the next record is incomplete; it is dead after a failure and after a `disconnect`. Call
 * `tlsUp` when this side's TLS engine has finished its handshake, and not `next` while it still may.
 */
export interface Framer {
  readonly push: (chunk: Uint8Array) => void
  readonly next: () => Result.Result<Option.Option<TransportRecord>, StreamError>
  readonly tlsUp: () => void
  /** How many bytes wait in the framer; stop reading from the peer while records are held back. */
  readonly waiting: () => number
}

/** Makes a framer for one direction of a connection; TLS is not up yet. */
export const makeFramer = (): Framer => new RecordFramer()

/** Writes bytes of the package stream as plain frames, as few as can be, in one piece. */
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
  // What waits is memory[start..end). Memory behind `end` may be written to, before it never: records are views of it.
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
    // A chunk is full to its end, so that what follows it never goes into memory of somebody else.
    if (this.#end + chunk.length > this.#memory.length) {
      // Twice the need: a record that arrives byte by byte is then copied a few times, not once a byte.
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
    if (!isTls && type !== RecordType.plain) return this.#refuse("record-type", `a record of unknown type ${type}`)
    if (!this.#isUp && !isTls) return this.#refuse("record-type", "a plain frame before TLS is up")
    if (this.#isUp && (type === RecordType.changeCipherSpec || type === RecordType.handshake)) {
      return this.#refuse("record-type", "a new TLS handshake, which this protocol does not have")
    }
    // During the handshake the version is the business of TLS, which begins with 03 01.
    if (this.#isUp && version !== (isTls ? 0x0303 : 0x0300)) {
      return this.#refuse("record-version", `a record of version ${version >>> 8}.${version & 0xff}`)
    }
    return length === 0 || length > (this.#isUp ? maxRecordBytes : maxHandshakeRecordBytes)
      ? this.#refuse("record-length", `a record of ${length} bytes`)
      : undefined
  }

  #refuse(reason: StreamReason, detail: string): StreamError {
    return new StreamError({ reason, stage: this.#isUp ? "records" : "tls-handshake", detail })
  }
}
