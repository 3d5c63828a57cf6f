/** Connections without sockets: a server in memory, for tests on a virtual clock. */
import { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import type { DispatcherReason } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { Deferred, Effect, Option, Queue, Result } from "effect"
import * as peers from "./peers.ts"

/** The server's side of a virtual connection. */
export interface Peer {
  /** Waits for what the client writes. */
  readonly read: Effect.Effect<Uint8Array>
  /** As `read`, with the route. */
  readonly readRouted: Effect.Effect<DispatcherTransport.Received>
  /** Sends bytes (default: by TLS after its handshake). */
  readonly write: (bytes: Uint8Array, route?: DispatcherTransport.Route) => Effect.Effect<void>
  /** Ends the connection, so that the client's next read and every write fail. */
  readonly end: (reason: DispatcherReason) => Effect.Effect<void>
  /** Waits until the client has started TLS. */
  readonly secured: Effect.Effect<void>
  /** Waits until the client has closed the connection. */
  readonly gone: Effect.Effect<void>
}

/** The endpoint of every virtual connection. */
export const endpoint = Endpoint.tcp("virtual", 1)

/** Puts servers in memory in the place of sockets: each connection runs the script. */
export const dial =
  (script: (peer: Peer) => Effect.Effect<unknown, unknown>): typeof DispatcherTransport.Dial.Service => () =>
    Effect.gen(function*() {
      const toClient = yield* Queue.unbounded<DispatcherTransport.Received, DispatcherError>()
      const toServer = yield* Queue.unbounded<DispatcherTransport.Received>()
      const ended = yield* Deferred.make<never, DispatcherError>()
      const secured = yield* Deferred.make<void>()
      const gone = yield* Deferred.make<void>()
      const pending: Array<DispatcherTransport.Received> = []
      const fail = (reason: DispatcherReason) => new DispatcherError({ endpoint: Endpoint.print(endpoint), reason })
      yield* Effect.addFinalizer(() => Deferred.succeed(gone, undefined))
      const isSecure = Deferred.isDone(secured)
      yield* Effect.forkScoped(
        script({
          read: Effect.map(Queue.take(toServer), ({ bytes }) => bytes),
          readRouted: Queue.take(toServer),
          write: (bytes, route) =>
            Effect.flatMap(isSecure, (up) => Queue.offer(toClient, { bytes, route: route ?? (up ? "tls" : "plain") })),
          end: (reason) => Effect.andThen(Queue.fail(toClient, fail(reason)), Deferred.fail(ended, fail(reason))),
          secured: Deferred.await(secured),
          gone: Deferred.await(gone)
        }),
        { startImmediately: true }
      )
      return {
        endpoint: Endpoint.print(endpoint),
        read: Effect.suspend(() => {
          const first = pending.shift()
          return first === undefined ? Queue.take(toClient) : Effect.succeed(first)
        }),
        unread: (bytes) => Effect.sync(() => void (bytes.length > 0 && pending.unshift({ route: "plain", bytes }))),
        write: (bytes, route = "tls") =>
          Effect.flatMap(
            Deferred.isDone(ended),
            (over) => over ? Deferred.await(ended) : Effect.asVoid(Queue.offer(toServer, { bytes, route }))
          ),
        secure: () => Effect.asVoid(Deferred.succeed(secured, undefined))
      }
    })

/** Shakes hands as an honest server, up to and with TLS; gives the client's part. */
export const accept = (peer: Peer): Effect.Effect<Handshake.ClientPart, unknown> =>
  Effect.gen(function*() {
    yield* peer.write(peers.opening)
    const reader = Handshake.makeClientPartReader()
    while (true) {
      const part = yield* Effect.fromResult(reader.push(yield* peer.read))
      if (Option.isNone(part)) continue
      yield* peer.write(Result.getOrThrow(RoutingTable.encode(part.value.value.table)))
      yield* peer.secured
      return part.value.value
    }
  })
