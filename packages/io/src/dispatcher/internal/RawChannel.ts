/**
 * A raw socket whose bytes are pulled: an inbox, one waiting reader, and backpressure.
 *
 * Before TLS the bytes are those of the socket. After `secure` they are the plaintext of a TLS engine.
 */
import type * as Data from "effect/Data"
import type * as net from "node:net"
import type { StreamError } from "../../protocol/ProtocolError.ts"
import * as RecordLayer from "../../protocol/RecordLayer.ts"
import { TlsRecords, type TlsRecordsFailure, type TlsRole } from "./TlsRecords.ts"

/** Why no more bytes will arrive. */
export type ChannelEnd = Data.TaggedEnum<{
  Lost: { readonly detail: string }
  Tls: { readonly detail: string }
  Refused: { readonly error: StreamError }
}>

/** The result of a read: bytes with their route, or why no more will arrive. */
export type ChannelRead = Arrived | ChannelEnd

interface Arrived {
  readonly route: "plain" | "tls"
  readonly bytes: Uint8Array
}

/** Sends bytes, and reports when they have been sent, or the error. */
export type Send = (bytes: Uint8Array, done: (error?: Error | null) => void) => void

// The socket is paused above this number of waiting bytes. Waiting bytes survive a collection of young objects, and V8
// enlarges the space for young objects if many survive.
const highWaterBytes = 1 << 17

// The maximum number of bytes of one read, unless more arrived in one piece.
const maxReadBytes = 1 << 15

/** A raw socket with an inbox. */
export class RawChannel {
  readonly raw: net.Socket
  /** Sends every byte, also those of the TLS handshake. */
  send: Send
  readonly #inbox: Array<Arrived> = []
  #inboxBytes = 0
  #end: ChannelEnd | undefined
  #waiter: ((read: ChannelRead) => void) | undefined
  #onSecure: ((end: ChannelEnd | undefined) => void) | undefined
  #tls: TlsRecords | undefined

  constructor(raw: net.Socket) {
    this.raw = raw
    this.send = (bytes, done) => void raw.write(bytes, done)
    raw.setNoDelay(true)
    raw.on("data", (bytes: Uint8Array) => {
      if (this.#tls === undefined) this.#deliver(bytes, "plain")
      else this.#tls.push(bytes)
      this.#throttle()
    })
    raw.on(
      "error",
      (error: NodeJS.ErrnoException) => this.#finish({ _tag: "Lost", detail: error.code ?? error.message })
    )
    raw.on("end", () => this.#finish({ _tag: "Lost", detail: "the peer closed it" }))
    raw.on("close", () => this.#finish({ _tag: "Lost", detail: "it is closed" }))
  }

  /** Waits for the next bytes. Only one reader may wait. Returns a function that stops waiting. */
  read(callback: (read: ChannelRead) => void): () => void {
    const arrived = this.#take()
    if (arrived !== undefined) callback(arrived)
    else if (this.#end !== undefined) callback(this.#end)
    else this.#waiter = callback
    return () => {
      if (this.#waiter === callback) this.#waiter = undefined
    }
  }

  /** Puts back surplus bytes of a read, before TLS. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#inbox.unshift({ route: "plain", bytes })
    this.#inboxBytes += bytes.length
  }

  /** Sends bytes. The callback runs when they have left this program. */
  write(bytes: Uint8Array, route: "plain" | "tls", callback: (end: ChannelEnd | undefined) => void): void {
    if (this.#end !== undefined) return callback(this.#end)
    const done = (error?: Error | null) =>
      callback(error ? this.#end ?? { _tag: "Lost", detail: codeOf(error) } : undefined)
    if (this.#tls === undefined) this.send(bytes, done)
    else if (route === "plain") this.send(RecordLayer.plainFrames(bytes), done)
    else this.#tls.write(bytes, done)
  }

  /** Starts TLS on what follows, in both directions. */
  secure(role: TlsRole, allowsPlain: boolean, callback: (end: ChannelEnd | undefined) => void): void {
    if (this.#end !== undefined) return callback(this.#end)
    this.#onSecure = callback
    const arrived = this.#inbox.splice(0)
    this.#inboxBytes = 0
    const send: Send = (bytes, done) => this.raw.destroyed ? done() : this.send(bytes, done)
    this.#tls = new TlsRecords(send, role, allowsPlain, {
      onSecure: () => this.#secured(undefined),
      onData: (bytes, route) => this.#deliver(bytes, route),
      onFailure: (failure) => this.#finish(endOf(failure))
    })
    for (const { bytes } of arrived) this.#tls.push(bytes)
  }

  /** Closes at once, without a goodbye (PROTOCOL 3.7). The callback runs when the socket is gone. */
  close(callback: () => void): void {
    this.#finish({ _tag: "Lost", detail: "it is closed" })
    this.#tls?.destroy()
    if (this.raw.closed) return callback()
    this.raw.once("close", () => callback())
    this.raw.destroy()
  }

  #deliver(bytes: Uint8Array, route: "plain" | "tls"): void {
    this.#inbox.push({ route, bytes })
    this.#inboxBytes += bytes.length
    // The records of one chunk are delivered in the same turn, and are returned together.
    if (this.#inbox.length === 1) queueMicrotask(() => this.#wake())
  }

  #wake(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    const arrived = this.#take()
    if (arrived === undefined) return
    this.#waiter = undefined
    waiter(arrived)
  }

  /** Takes the next bytes of one route, up to the size of a read. */
  #take(): Arrived | undefined {
    const first = this.#inbox.shift()
    if (first === undefined) return undefined
    const pieces = [first.bytes]
    let length = first.bytes.length
    for (let next = this.#inbox[0]; next?.route === first.route; next = this.#inbox[0]) {
      if (length + next.bytes.length > maxReadBytes) break
      pieces.push(next.bytes)
      length += next.bytes.length
      this.#inbox.shift()
    }
    this.#inboxBytes -= length
    this.#throttle()
    return pieces.length === 1 ? first : { route: first.route, bytes: Buffer.concat(pieces, length) }
  }

  #throttle(): void {
    const waiting = this.#inboxBytes + (this.#tls?.waiting() ?? 0)
    if (waiting > highWaterBytes) this.raw.pause()
    else this.raw.resume()
  }

  #finish(end: ChannelEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#secured(end)
    // Bytes that arrived before the end are returned first.
    this.#wake()
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.(end)
  }

  #secured(end: ChannelEnd | undefined): void {
    const callback = this.#onSecure
    this.#onSecure = undefined
    callback?.(end)
  }
}

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.message

const endOf = (failure: TlsRecordsFailure): ChannelEnd =>
  failure._tag === "Alert" ? { _tag: "Lost", detail: "the peer ended it with a TLS alert" } : failure
