/**
 * Reads packages from a byte stream that is cut anywhere.
 *
 * A pushed chunk belongs to the parser until `next` returns none. The parser does not write to it. Packages are copies,
 * so they keep no chunk alive. Memory is at most twice the bytes that have arrived, never the announced lengths; bytes
 * that go to a sink take none.
 *
 * @see [Protocol 3.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-1)
 * @see [Protocol 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-2)
 * @see [Protocol 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-3)
 * @see [Protocol 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-4)
 * @since 0.2.0
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Crc16 from "./Crc16.ts"
import * as Package from "./Package.ts"
import type { StreamReason } from "./ProtocolError.ts"
import { StreamError } from "./ProtocolError.ts"

/**
 * The limits of a parser, and its sink.
 *
 * @category models
 * @since 0.2.0
 */
export interface ParserOptions {
  /** The maximum package length in bytes (default: 256 MiB), at most {@link Package.maxPackageBytes}. */
  readonly maxPackageBytes?: number | undefined
  /** The maximum number of buffers of a package (default: 16), at most {@link Package.maxBuffers}. */
  readonly maxBuffers?: number | undefined
  /** Returns whether this stream may carry a type (default: any). Otherwise the package is refused by its header. */
  readonly allows?: ((type: number) => boolean) | undefined
  /** Chooses a sink for the content of a package, which is then not in the package (default: no sink). */
  readonly sinkOf?: ((header: Header, total: number) => ContentSink | undefined) | undefined
}

/**
 * The fields of a package before its content, and the number of its buffers.
 *
 * @category models
 * @since 0.2.0
 */
export interface Header extends Omit<Package.Package, "buffers"> {
  readonly buffersNumber: number
}

/**
 * Receives the content of a package's buffers as it arrives. The package itself then has empty buffers.
 *
 * The bytes are valid only during the call.
 *
 * @category models
 * @since 0.2.0
 */
export type ContentSink = (bytes: Uint8Array) => void

/**
 * The default maximum package length in bytes.
 *
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxPackageBytes = 256 * 2 ** 20

/**
 * The default maximum number of buffers of a package.
 *
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxBuffers = 16

/**
 * The progress of the package in flight. `total` and `received` count bytes, with header and table.
 *
 * @category models
 * @since 0.2.0
 */
export interface Progress {
  readonly uuid: string
  readonly parentUuid: string
  readonly type: number
  readonly received: number
  readonly total: number
}

/**
 * A parser of packages from chunks that are cut anywhere. After a failure, it only repeats the failure.
 *
 * @category models
 * @since 0.2.0
 */
export interface Parser {
  readonly push: (chunk: Uint8Array) => void
  /** Returns the next whole package, or none while bytes are missing. */
  readonly next: () => Result.Result<Option.Option<Package.Package>, StreamError>
  /** Returns the progress of the package in flight. None between packages, and while its length is unknown. */
  readonly progress: () => Option.Option<Progress>
  /** Returns how many bytes of the package in flight have been read. 0 between packages. */
  readonly received: () => number
}

/**
 * Makes a parser for one stream of packages.
 *
 * **Example**
 *
 * ```ts
 * const parser = PackageParser.makeParser()
 * parser.push(chunk)
 * let result = parser.next()
 * while (Result.isSuccess(result) && Option.isSome(result.success)) {
 *   handle(result.success.value)
 *   result = parser.next()
 * }
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeParser = (options: ParserOptions = {}): Parser => new PackageParser(options)

interface Announced {
  readonly encoding: number
  readonly size: number
}

const empty = new Uint8Array(0)

class PackageParser implements Parser {
  readonly #maxPackageBytes: number
  readonly #maxBuffers: number
  readonly #allows: (type: number) => boolean
  readonly #sinkOf: NonNullable<ParserOptions["sinkOf"]>

  #chunks: Array<Uint8Array> = []
  #chunk = 0
  #offset = 0

  readonly #headerBytes = new Uint8Array(Package.headerBytes)
  #header: Header | undefined
  #sink: ContentSink | undefined
  #announced: ReadonlyArray<Announced> | undefined
  #buffers: Array<Package.PackageBuffer> = []
  // The current part: the header, the table or one buffer.
  #part: Uint8Array = this.#headerBytes
  #partFilled = 0
  #read = 0
  #total = 0
  #failure: StreamError | undefined

  constructor(options: ParserOptions) {
    this.#maxPackageBytes = Math.min(options.maxPackageBytes ?? defaultMaxPackageBytes, Package.maxPackageBytes)
    this.#maxBuffers = Math.min(options.maxBuffers ?? defaultMaxBuffers, Package.maxBuffers)
    this.#allows = options.allows ?? (() => true)
    this.#sinkOf = options.sinkOf ?? (() => undefined)
  }

  readonly push = (chunk: Uint8Array): void => {
    if (this.#failure === undefined && chunk.length > 0) this.#chunks.push(chunk)
  }

  readonly next = (): Result.Result<Option.Option<Package.Package>, StreamError> => {
    while (this.#failure === undefined) {
      if (this.#header === undefined) {
        if (!this.#fill(Package.headerBytes)) return Result.succeedNone
        this.#readHeader()
      } else if (this.#announced === undefined) {
        if (!this.#fill(Package.tableEntryBytes * this.#header.buffersNumber)) return Result.succeedNone
        this.#readTable(this.#header)
      } else if (this.#buffers.length < this.#announced.length) {
        const { encoding, size } = this.#announced[this.#buffers.length]!
        if (!(this.#sink === undefined ? this.#fill(size) : this.#drain(size, this.#sink))) return Result.succeedNone
        this.#buffers.push({ encoding, bytes: this.#takePart() })
      } else {
        return Result.succeedSome(this.#finish(this.#header))
      }
    }
    return Result.fail(this.#failure)
  }

  readonly progress = (): Option.Option<Progress> => {
    if (this.#header === undefined || this.#announced === undefined) return Option.none()
    const { parentUuid, type, uuid } = this.#header
    return Option.some({ uuid, parentUuid, type, received: this.#read, total: this.#total })
  }

  readonly received = (): number => this.#read

  // Moves bytes from the chunks into the part until it holds `size`. Returns false while bytes are missing.
  #fill(size: number): boolean {
    while (this.#partFilled < size) {
      const taken = this.#take(size - this.#partFilled)
      if (taken === undefined) return false
      this.#grow(size, this.#partFilled + taken.length)
      this.#part.set(taken, this.#partFilled)
      this.#partFilled += taken.length
    }
    return true
  }

  // Moves bytes to the sink until it has received `size` of this part. Returns false while bytes are missing.
  #drain(size: number, sink: ContentSink): boolean {
    while (this.#partFilled < size) {
      const taken = this.#take(size - this.#partFilled)
      if (taken === undefined) return false
      this.#partFilled += taken.length
      sink(taken)
    }
    return true
  }

  // Consumes at most `length` bytes that have arrived, or returns undefined if there are none.
  #take(length: number): Uint8Array | undefined {
    const chunk = this.#chunks[this.#chunk]
    if (chunk === undefined) return undefined
    const taken = chunk.subarray(this.#offset, this.#offset + length)
    this.#read += taken.length
    this.#offset += taken.length
    if (this.#offset === chunk.length) this.#dropChunk()
    return taken
  }

  // Doubles the memory, but never beyond the announced size: a full part has exactly the memory it needs.
  #grow(size: number, needed: number): void {
    if (needed <= this.#part.length) return
    const larger = new Uint8Array(Math.min(size, Math.max(needed, 2 * this.#part.length)))
    larger.set(this.#part.subarray(0, this.#partFilled))
    this.#part = larger
  }

  #dropChunk(): void {
    this.#chunk += 1
    this.#offset = 0
    if (this.#chunk === this.#chunks.length) {
      this.#chunks = []
      this.#chunk = 0
    }
  }

  #takePart(): Uint8Array {
    const part = this.#part
    this.#part = empty
    this.#partFilled = 0
    return part
  }

  #readHeader(): void {
    const bytes = this.#takePart()
    const view = new DataView(bytes.buffer)
    const type = view.getUint32(64, true)
    const buffersNumber = view.getUint32(76, true)
    if (Crc16.compute(bytes, 0, 80) !== view.getUint16(80, true)) {
      this.#fail("wrong-checksum", "a package header has a wrong checksum")
    } else if (buffersNumber > this.#maxBuffers) {
      this.#fail(
        "too-many-buffers",
        `a package of type ${type} announces ${buffersNumber} buffers, more than ${this.#maxBuffers}`
      )
    } else if (!this.#allows(type)) {
      this.#fail("refused-type", `a package of type ${type} arrived by a route that must not carry it`)
    } else {
      this.#header = {
        uuid: Uuid.fromBytes(bytes, 0),
        parentUuid: Uuid.fromBytes(bytes, 16),
        senderUuid: Uuid.fromBytes(bytes, 32),
        receiverUuid: Uuid.fromBytes(bytes, 48),
        type,
        numericId: view.getBigUint64(68, true),
        buffersNumber
      }
    }
  }

  #readTable(header: Header): void {
    const { buffersNumber } = header
    const bytes = this.#takePart()
    const view = new DataView(bytes.buffer)
    const announced: Array<Announced> = []
    // The sum of 1024 lengths of 32 bits is exact in a double. The product adds in 32 bits, which overflows.
    this.#total = Package.headerBytes + Package.tableEntryBytes * buffersNumber
    for (let offset = 0; offset < Package.tableEntryBytes * buffersNumber; offset += Package.tableEntryBytes) {
      const size = view.getUint32(offset + 4, true)
      announced.push({ encoding: view.getUint32(offset, true), size })
      this.#total += size
    }
    if (this.#total > this.#maxPackageBytes) {
      this.#fail("package-too-large", `a package announces ${this.#total} bytes, more than ${this.#maxPackageBytes}`)
    } else {
      this.#announced = announced
      this.#sink = this.#sinkOf(header, this.#total)
    }
  }

  #finish(header: Header): Package.Package {
    const { buffersNumber: _, ...fields } = header
    const done = { ...fields, buffers: this.#buffers }
    this.#header = undefined
    this.#announced = undefined
    this.#sink = undefined
    this.#buffers = []
    this.#part = this.#headerBytes
    this.#partFilled = 0
    this.#read = 0
    this.#total = 0
    return done
  }

  #fail(reason: StreamReason, detail: string): void {
    this.#failure = new StreamError({ reason, stage: "packages", detail })
    this.#chunks = []
    this.#buffers = []
    this.#part = empty
  }
}
