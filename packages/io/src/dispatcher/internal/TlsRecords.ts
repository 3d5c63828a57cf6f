/**
 * Runs a TLS engine between a raw socket and the package stream, on TLS records alone.
 *
 * Node's TLS normally owns its socket. Here plain frames may share the stream, so this code frames the records, and the
 * engine runs over a duplex of its own. It uses callbacks instead of effects, because it handles every byte.
 * Source: PROTOCOL 2.6 and 2.7.
 */
import type * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Duplex } from "node:stream"
import * as tls from "node:tls"
import { StreamError } from "../../protocol/ProtocolError.ts"
import * as RecordLayer from "../../protocol/RecordLayer.ts"
import { dhParameters } from "./dhParameters.ts"

/** Handlers of the engine's events. */
export interface TlsRecordsHandlers {
  readonly onSecure: () => void
  readonly onData: (bytes: Uint8Array, route: "plain" | "tls") => void
  readonly onFailure: (failure: TlsRecordsFailure) => void
}

/** Why the stream ended: the peer broke the record rules, TLS failed, or the peer sent an alert. */
export type TlsRecordsFailure = Data.TaggedEnum<{
  Refused: { readonly error: StreamError }
  Tls: { readonly detail: string }
  Alert: {}
}>

/** Which side of the TLS handshake this is: the side that accepted the connection is the server. */
export type TlsRole = "client" | "server"

// Anonymous Diffie-Hellman and nothing else, as in the product. Never use these options for another protocol.
const anonymous = { ciphers: "ADH:@SECLEVEL=0", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const

// At level high everything travels by TLS, so a plain frame is an injection or a downgrade (PROTOCOL 2.7).
const plainFrame = new StreamError({
  reason: "refused-type",
  stage: "records",
  detail: "a plain frame arrived on a connection of level high"
})

/** A TLS engine over the records of a raw socket. */
export class TlsRecords {
  readonly #handlers: TlsRecordsHandlers
  readonly #allowsPlain: boolean
  readonly #framer = RecordLayer.makeFramer()
  readonly #wire: Duplex
  readonly #engine: tls.TLSSocket
  #isUp = false
  #isOver = false
  #isHeld = false

  constructor(
    send: (bytes: Uint8Array, done: (error?: Error | null) => void) => void,
    role: TlsRole,
    allowsPlain: boolean,
    handlers: TlsRecordsHandlers
  ) {
    this.#allowsPlain = allowsPlain
    this.#handlers = handlers
    this.#wire = new Duplex({
      read: () => {},
      // The product never sends close_notify, so the end of the engine ends nothing on the wire.
      write: (chunk: Uint8Array, _encoding, callback) => send(chunk, callback)
    })
    this.#engine = role === "client"
      ? tls.connect({ socket: this.#wire, ...anonymous, rejectUnauthorized: false })
      : new tls.TLSSocket(this.#wire, {
        isServer: true,
        ...anonymous,
        secureContext: tls.createSecureContext({ ...anonymous, dhparam: dhParameters })
      })
    this.#engine.once(role === "client" ? "secureConnect" : "secure", () => {
      this.#isUp = true
      this.#framer.tlsUp()
      this.#engine.setMaxSendFragment(RecordLayer.maxTlsFragmentBytes)
      this.#handlers.onSecure()
    })
    this.#engine.on("data", (bytes: Uint8Array) => this.#handlers.onData(bytes, "tls"))
    this.#engine.on("error", (error: Error) => this.#fail({ _tag: "Tls", detail: describeFault(error) }))
    this.#wire.on("error", (error: Error) => this.#fail({ _tag: "Tls", detail: describeFault(error) }))
  }

  /** Accepts bytes from the raw socket. */
  push(bytes: Uint8Array): void {
    if (this.#isOver) return
    this.#framer.push(bytes)
    this.#pump()
  }

  /** Sends bytes of the package stream by TLS. */
  write(bytes: Uint8Array, callback: (error?: Error | null) => void): void {
    this.#engine.write(bytes, callback)
  }

  /** Returns how many bytes wait here. */
  waiting(): number {
    return this.#framer.waiting()
  }

  /** Frees the engine, and leaves the raw socket to its owner. */
  destroy(): void {
    this.#isOver = true
    this.#engine.destroy()
    this.#wire.destroy()
  }

  #pump(): void {
    while (!this.#isHeld && !this.#isOver) {
      const next = this.#framer.next()
      if (Result.isFailure(next)) return this.#fail({ _tag: "Refused", error: next.failure })
      if (Option.isNone(next.success)) return
      const record = next.success.value
      if (record.kind === "disconnect") return this.#fail({ _tag: "Alert" })
      if (record.kind === "plain") {
        if (!this.#allowsPlain) return this.#fail({ _tag: "Refused", error: plainFrame })
        this.#handlers.onData(record.bytes, "plain")
        continue
      }
      this.#wire.push(record.bytes)
      if (!this.#isUp) this.#hold()
    }
  }

  // The bytes after a handshake record must wait until the engine knows whether the handshake is done.
  #hold(): void {
    this.#isHeld = true
    setImmediate(() => {
      this.#isHeld = false
      this.#pump()
    })
  }

  #fail(failure: TlsRecordsFailure): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handlers.onFailure(failure)
  }
}

/** Describes an error of TLS. The message of OpenSSL has addresses, numbers and paths of its sources. */
export const describeFault = (error: Error): string => {
  if ("reason" in error && typeof error.reason === "string" && error.reason !== "") return error.reason
  if (!/\berror:[0-9A-F]{8}:/i.test(error.message)) return error.message
  return "code" in error && typeof error.code === "string" ? error.code : "the peer sent no valid TLS"
}
