/**
 * Events in binary form: the two of a login reply, and the payload of a binary event.
 *
 * Numbers are big-endian, unlike in the rest of the protocol. Texts are UTF-8 with a length and without a NUL. Every
 * announced length is compared with the remaining bytes before memory is allocated. Values that are read are copies.
 *
 * @see [Protocol 5.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-4)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as Result from "effect/Result"
import type { EventHead } from "./Event.ts"
import { MessageError } from "./ProtocolError.ts"

interface Base {
  readonly name: string
  readonly type: number
  readonly value: string
  readonly cdata: string
}

/**
 * A parameter of class 0 (`Plain`), 1 (`List`) or 2 (`Binary`).
 *
 * @category models
 * @since 0.2.0
 */
export type BinaryParameter =
  & Base
  & Data.TaggedEnum<{
    Plain: {}
    List: { readonly items: ReadonlyArray<string> }
    Binary: { readonly bytes: Uint8Array }
  }>

/**
 * A binary event with its parameters.
 *
 * @category models
 * @since 0.2.0
 */
export interface BinaryEvent extends EventHead {
  readonly parameters: ReadonlyArray<BinaryParameter>
}

/**
 * The maximum number of parameters of an event, and of texts in a list.
 *
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category constants
 * @since 0.2.0
 */
export const maxCount = 10_000

/**
 * Makes a parameter of class 0 (`Plain`).
 *
 * @category constructors
 * @since 0.2.0
 */
export const plain = (name: string, type: number, value: string): BinaryParameter => ({
  _tag: "Plain",
  name,
  type,
  value,
  cdata: ""
})

/**
 * Makes a parameter of class 2 (`Binary`). Its type is 0.
 *
 * @category constructors
 * @since 0.2.0
 */
export const binary = (name: string, bytes: Uint8Array): BinaryParameter => ({
  _tag: "Binary",
  name,
  type: 0,
  value: "",
  cdata: "",
  bytes
})

/**
 * Returns the first parameter with a name.
 *
 * @category accessors
 * @since 0.2.0
 */
export const find = (self: BinaryEvent, name: string): BinaryParameter | undefined =>
  self.parameters.find((parameter) => parameter.name === name)

/**
 * A decoded event, and the offset of the first byte after it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Decoded {
  readonly event: BinaryEvent
  readonly end: number
}

/**
 * Decodes the event that begins at `start`. Bytes after the event are not read.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (bytes: Uint8Array, start = 0): Result.Result<Decoded, MessageError> => {
  const reader = new Reader(bytes, start)
  const head = {
    type: reader.uint32(),
    issuerType: reader.uint32(),
    issuerId: reader.text(),
    level: reader.uint32(),
    code: reader.int32(),
    needResponse: reader.uint32(),
    source: reader.text(),
    initialRequestId: reader.text()
  }
  const parameters: Array<BinaryParameter> = []
  const count = reader.count("parameters")
  while (parameters.length < count && reader.failure === undefined) parameters.push(reader.parameter())
  return reader.failure === undefined
    ? Result.succeed({ event: { ...head, parameters }, end: reader.offset })
    : Result.fail(new MessageError({ reason: "not-an-event", detail: `a binary event ${reader.failure}` }))
}

/**
 * Encodes an event. Fails with `cannot-be-sent` if no peer could read it.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (self: BinaryEvent): Result.Result<Uint8Array, MessageError> => {
  const writer = new Writer()
  writer.uint32(self.type)
  writer.uint32(self.issuerType)
  writer.text(self.issuerId)
  writer.uint32(self.level)
  writer.int32(self.code)
  writer.uint32(self.needResponse)
  writer.text(self.source)
  writer.text(self.initialRequestId)
  writer.count(self.parameters.length)
  for (const parameter of self.parameters) writer.parameter(parameter)
  return writer.failure === undefined
    ? Result.succeed(writer.finish())
    : Result.fail(new MessageError({ reason: "cannot-be-sent", detail: `a binary event ${writer.failure}` }))
}

const classes: ReadonlyArray<BinaryParameter["_tag"]> = ["Plain", "List", "Binary"]
const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

// Keeps the first failure. Values that are read after it are zero or empty, and are not used.
class Reader {
  offset: number
  failure: string | undefined
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.offset = start
  }

  #take(length: number): number {
    const start = this.offset
    if (this.failure !== undefined) return -1
    if (length > this.#bytes.length - start) {
      this.failure = `ends at byte ${this.#bytes.length}, but needs ${length} bytes from byte ${start} on`
      return -1
    }
    this.offset += length
    return start
  }

  uint32(): number {
    const start = this.#take(4)
    return start === -1 ? 0 : this.#view.getUint32(start)
  }

  int32(): number {
    return this.uint32() | 0
  }

  count(what: string): number {
    const start = this.offset
    const count = this.int32()
    if (count >= 0 && count <= maxCount) return count
    this.failure ??= `announces ${count} ${what} at byte ${start}`
    return 0
  }

  text(): string {
    const length = this.uint32()
    const start = this.#take(length)
    if (start === -1) return ""
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length))
    } catch {
      this.failure = `has a text at byte ${start} that is not UTF-8`
      return ""
    }
  }

  blob(): Uint8Array {
    const length = this.int32()
    if (length < 0) this.failure ??= `announces ${length} bytes at byte ${this.offset - 4}`
    const start = this.#take(length)
    return start === -1 ? new Uint8Array(0) : this.#bytes.slice(start, start + length)
  }

  parameter(): BinaryParameter {
    const start = this.offset
    const tag = classes[this.uint32()]
    if (tag === undefined) this.failure ??= `has a parameter of an unknown class at byte ${start}`
    const base = { type: this.uint32(), value: this.text(), name: this.text(), cdata: this.text() }
    if (tag === "Binary") return { _tag: tag, ...base, bytes: this.blob() }
    if (tag !== "List") return { _tag: "Plain", ...base }
    const items: Array<string> = []
    const count = this.count("texts of a list")
    while (items.length < count && this.failure === undefined) items.push(this.text())
    return { _tag: tag, ...base, items }
  }
}

class Writer {
  failure: string | undefined
  #parts: Array<Uint8Array> = []
  #length = 0

  #put(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
  }

  uint32(value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)) {
      this.failure ??= `has the value ${value}, which is not an unsigned 32-bit number`
    }
    this.#put(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value))
  }

  int32(value: number): void {
    if ((value | 0) !== value) this.failure ??= `has the value ${value}, which is not a signed 32-bit number`
    this.uint32(value >>> 0)
  }

  count(value: number): void {
    if (value > maxCount) this.failure ??= `has ${value} parameters or texts, more than ${maxCount}`
    this.int32(value)
  }

  text(value: string): void {
    if (!value.isWellFormed()) this.failure ??= "has a text with half of a surrogate pair"
    this.blob(encoder.encode(value))
  }

  blob(bytes: Uint8Array): void {
    this.int32(bytes.length)
    this.#put(bytes)
  }

  parameter(self: BinaryParameter): void {
    this.uint32(classes.indexOf(self._tag))
    this.uint32(self.type)
    this.text(self.value)
    this.text(self.name)
    this.text(self.cdata)
    if (self._tag === "Binary") this.blob(self.bytes)
    if (self._tag !== "List") return
    this.count(self.items.length)
    for (const item of self.items) this.text(item)
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length)
    let offset = 0
    for (const part of this.#parts) {
      bytes.set(part, offset)
      offset += part.length
    }
    return bytes
  }
}
