/** One connection of a server: reading, sending, and its faults. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import { ConnectionLost, DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import type * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { ActionFault, ReplyStage, Stage } from "../Faults.ts"
import { floodEvent, payloadOf } from "./events.ts"
import { type ActiveFaults, FaultyWire, flip } from "./FaultyWire.ts"
import type { Client, Server } from "./Server.ts"

const none: ActiveFaults = { bytes: [], actions: [] }

// An event replies to no request, and has no receiver.
const noRequest = { uuid: Uuid.nil, senderUuid: Uuid.nil }

const pieceBytes = 1 << 20

type Sending = Effect.Effect<void, DispatcherError>

/** A connection. Level, sender type and client uuid are known after the handshake, the user after a login. */
export class Connection implements Client {
  readonly server: Server
  readonly address: string
  level: SecurityLevel = "high"
  senderType: number | undefined
  clientUuid: string | undefined
  user: string | undefined
  failedLogins = 0
  /** Fails when the client reads too slowly. */
  readonly overrun = Deferred.makeUnsafe<never, DispatcherError>()
  isOver = false

  readonly #transport: DispatcherTransport.DispatcherTransport
  readonly #wire: FaultyWire
  // A sender holds its route exclusively, so that packages do not mix.
  readonly #routes = { plain: Semaphore.makeUnsafe(1), tls: Semaphore.makeUnsafe(1) }
  #queued = 0
  readonly #heldBack: Array<Sending> = []
  #isDeaf = false

  constructor(
    server: Server,
    address: string,
    transport: DispatcherTransport.DispatcherTransport,
    wire: DispatcherTransport.Wire
  ) {
    this.server = server
    this.address = address
    this.#transport = transport
    this.#wire = new FaultyWire(wire)
  }

  /** Waits for the next bytes. */
  readonly read: DispatcherTransport.DispatcherTransport["read"] = Effect.suspend(() =>
    this.#isDeaf ? Effect.never : this.#transport.read
  )

  readonly unread = (bytes: Uint8Array): Effect.Effect<void> => this.#transport.unread(bytes)

  /** Applies the faults of a connection that has just been accepted. */
  readonly greet: Effect.Effect<void> = Effect.suspend(() => {
    const faults = this.server.plan.next("connect")
    this.#wire.arm(faults.bytes)
    this.#wire.applyNow()
    return this.#act(faults)
  })

  /** Sends a part of the handshake. */
  shakeHands(stage: Stage, bytes: Uint8Array): Sending {
    return Effect.suspend(() => {
      const faults = this.server.plan.next(stage)
      const table = faults.actions.find(({ _tag }) => _tag === "Table")
      const changed = table?._tag === "Table" ? Result.getOrThrow(RoutingTable.encode(table.table)) : bytes
      return Effect.andThen(
        this.#act(faults),
        this.#sendWith(faults, this.#transport.write(corrupted(changed, faults)))
      )
    })
  }

  /** Performs the TLS handshake. */
  readonly secure: Sending = Effect.suspend(() => {
    const faults = this.server.plan.next("tls")
    const secured = this.#transport.secure("server", { allowsPlain: this.level !== "high" })
    // TLS reports that it is up before the last bytes of its handshake have been sent.
    return Effect.andThen(this.#act(faults), this.#sendWith(faults, Effect.andThen(secured, this.#wire.turn)))
  })

  /** Sends a package without a stage: a heartbeat, an event, or the reply to a command without one. */
  send(type: number, bytes: Uint8Array): Sending {
    return this.#queue(type, this.#write(type, bytes))
  }

  /** Sends the reply to a request. */
  readonly reply = Effect.fnUntraced(function*(
    this: Connection,
    to: Package.Package,
    type: number,
    payload: Result.Result<Uint8Array, MessageError>,
    stage?: ReplyStage
  ): Effect.fn.Return<void, DispatcherError> {
    const faults = stage === undefined ? none : this.server.plan.next(stage)
    yield* this.#act(faults)
    let request = to
    for (const fault of faults.actions) {
      if (fault._tag === "Misaddressed") request = { ...to, uuid: fault.parentUuid }
      if (fault._tag === "Flood") yield* this.#flood(fault.events)
    }
    const bytes = corrupted(yield* this.#packageOf(request, type, Result.getOrThrow(payload)), faults)
    const times = faults.actions.some(({ _tag }) => _tag === "Twice") ? 2 : 1
    for (let time = 0; time < times; time++) {
      const sending = this.#queue(type, this.#halves(stage, faults, type, bytes))
      const waits = this.#heldBack.length === 0 && faults.actions.some(({ _tag }) => _tag === "OutOfOrder")
      if (waits) this.#heldBack.push(sending)
      else yield* Effect.andThen(sending, this.#release)
    }
  })

  /** Sends an event. */
  publish(type: number, payload: Uint8Array): Sending {
    return Effect.flatMap(this.#packageOf(noRequest, type, payload), (bytes) => this.send(type, bytes))
  }

  #packageOf(
    to: Pick<Package.Package, "uuid" | "senderUuid">,
    type: number,
    payload: Uint8Array
  ): Effect.Effect<Uint8Array> {
    return Effect.map(RandomUuid.next, (uuid) =>
      Result.getOrThrow(Package.encode(Package.reply({
        uuid,
        senderUuid: this.server.opening.header.uuid,
        to,
        type,
        numericId: this.server.numericId += 1n,
        payload
      }))))
  }

  // Sent in one piece, as fast as possible.
  #flood(events: number): Sending {
    const packages = Array.from({ length: events }, (_, index) => {
      const { payload, type } = payloadOf(floodEvent(index), "text")
      return this.#packageOf(noRequest, type, payload)
    })
    return Effect.flatMap(Effect.all(packages), (all) => this.send(PackageType.DspVmEvent, Buffer.concat(all)))
  }

  // A tree is sent in two halves if there is a fault between them.
  readonly #halves = Effect.fnUntraced(
    { self: this },
    function*(stage: ReplyStage | undefined, faults: ActiveFaults, type: number, bytes: Uint8Array) {
      if (stage !== "request" || !this.server.plan.expects("mid-reply")) {
        return yield* this.#sendWith(faults, this.#write(type, bytes))
      }
      const half = bytes.length >> 1
      yield* this.#sendWith(faults, this.#write(type, bytes.subarray(0, half)))
      const second = this.server.plan.next("mid-reply")
      yield* this.#act(second)
      yield* this.#sendWith(second, this.#write(type, corrupted(bytes.subarray(half), second)))
    }
  )

  readonly #release: Sending = Effect.suspend(() =>
    Effect.forEach(this.#heldBack.splice(0), (sending) => sending, { discard: true })
  )

  #sendWith<E>({ bytes }: ActiveFaults, sending: Effect.Effect<void, E>): Effect.Effect<void, E> {
    return Effect.andThen(
      Effect.sync(() => this.#wire.arm(bytes)),
      Effect.ensuring(sending, Effect.sync(() => this.#wire.arm([])))
    )
  }

  /** Performs the action faults before a stage. */
  #act({ actions }: ActiveFaults): Effect.Effect<void> {
    return Effect.forEach(actions, (fault) => this.#actOn(fault), { discard: true })
  }

  #actOn(fault: ActionFault): Effect.Effect<void> {
    switch (fault._tag) {
      case "Hang":
        return this.#wire.gone
      case "Late":
        return Effect.raceFirst(fault.until, this.#wire.gone)
      case "SlowReader":
        this.#isDeaf = true
        return this.#wire.stopReading
      case "Restart":
        return Effect.andThen(this.server.restart, Effect.never)
      default:
        return Effect.void
    }
  }

  #routeOf(type: number): DispatcherTransport.Route {
    return RoutingTable.routeOf(RoutingTable.forLevel(this.level), type) === "plain" ? "plain" : "tls"
  }

  // A long package is handed over in pieces, because TLS encrypts each of them in one turn of the event loop.
  #write(type: number, bytes: Uint8Array): Sending {
    const route = this.#routeOf(type)
    if (bytes.length <= pieceBytes) return this.#transport.write(bytes, route)
    const starts = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => index * pieceBytes)
    return Effect.forEach(
      starts,
      (start) => this.#transport.write(bytes.subarray(start, start + pieceBytes), route),
      { discard: true }
    )
  }

  // A client that does not read is disconnected (PROTOCOL 10).
  #queue(type: number, sending: Sending): Sending {
    const { maxQueuedPackages, sendTimeout } = this.server.limits
    const overrun = Effect.suspend(() => {
      const error = new DispatcherError({
        endpoint: this.#transport.endpoint,
        reason: new ConnectionLost({ stage: "reply", detail: "the client does not read" })
      })
      return Effect.andThen(Deferred.fail(this.overrun, error), Effect.fail(error))
    })
    return Effect.suspend(() => {
      if (this.#queued >= maxQueuedPackages) return overrun
      this.#queued += 1
      return this.#routes[this.#routeOf(type)].withPermit(
        Effect.timeoutOrElse(sending, { duration: sendTimeout, orElse: () => overrun })
      ).pipe(Effect.ensuring(Effect.sync(() => this.#queued -= 1)))
    })
  }
}

const corrupted = (bytes: Uint8Array, { bytes: faults }: ActiveFaults): Uint8Array =>
  faults.reduce(
    (changed, fault) => fault._tag === "Corrupt" && fault.layer === "package" ? flip(changed, fault.at) : changed,
    bytes
  )
