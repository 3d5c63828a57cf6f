/**
 * A duplex byte stream to an endpoint, over TCP or a unix socket, with the TLS of the protocol.
 *
 * This layer does not know packages. A transport belongs to a scope: when the scope has closed, so has the socket.
 *
 * @see [Protocol 1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p1)
 * @see [Protocol 2.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-6)
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Scope from "effect/Scope"
import * as net from "node:net"
import { ConnectFailed, ConnectionLost, DispatcherError, type DispatcherReason, TlsFailed } from "./DispatcherError.ts"
import * as Endpoint from "./Endpoint.ts"
import { type ChannelEnd, RawChannel, type Send } from "./internal/RawChannel.ts"

/**
 * The side of the TLS handshake: the side that accepted the connection is the server.
 *
 * @category models
 * @since 0.2.0
 */
export type Role = "client" | "server"

/**
 * How bytes travel after the TLS handshake: in plain frames, or by TLS.
 *
 * @category models
 * @since 0.2.0
 */
export type Route = "plain" | "tls"

/**
 * Bytes from a peer, and their route. Before TLS there are no frames, and everything is plain.
 *
 * @category models
 * @since 0.2.0
 */
export interface Received {
  readonly route: Route
  readonly bytes: Uint8Array
}

/**
 * An open byte stream to a peer.
 *
 * @category models
 * @since 0.2.0
 */
export interface DispatcherTransport {
  /** The peer, for messages. */
  readonly endpoint: string
  /** Waits for the next bytes. Always fails with the same error after the connection has ended. Allows one reader. */
  readonly read: Effect.Effect<Received, DispatcherError>
  /** Puts back surplus bytes of a read, before TLS. */
  readonly unread: (bytes: Uint8Array) => Effect.Effect<void>
  /** Sends bytes, and waits until they have left this program. Before TLS, the route is ignored. */
  readonly write: (bytes: Uint8Array, route?: Route) => Effect.Effect<void, DispatcherError>
  /**
   * Starts the record layer and TLS, in both directions.
   *
   * If plain frames are not allowed, the first one ends the connection.
   *
   * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
   */
  readonly secure: (
    role: Role,
    options?: { readonly allowsPlain?: boolean | undefined }
  ) => Effect.Effect<void, DispatcherError>
}

/**
 * The socket below a transport, for servers that misbehave on purpose.
 *
 * @category models
 * @since 0.2.0
 */
export interface Wire {
  readonly socket: net.Socket
  /** Passes every byte from now on through a function, including the bytes of the TLS handshake. */
  readonly intercept: (send: Send) => void
}

/**
 * The way to reach an endpoint (default: a socket). A test or a tunnel may replace it.
 *
 * @category services
 * @since 0.2.0
 */
export const Dial: Context.Reference<
  (endpoint: Endpoint.Endpoint) => Effect.Effect<DispatcherTransport, DispatcherError, Scope.Scope>
> = Context.Reference("@backup-tree/io/DispatcherTransport/Dial", { defaultValue: () => dialSocket })

/**
 * Connects to an endpoint by the {@link Dial} in the context. The connection belongs to the scope.
 *
 * @category constructors
 * @since 0.2.0
 */
export const connect = (
  endpoint: Endpoint.Endpoint
): Effect.Effect<DispatcherTransport, DispatcherError, Scope.Scope> =>
  Effect.flatMap(Effect.service(Dial), (dial) => dial(endpoint))

const dialSocket = Effect.fnUntraced(function*(
  endpoint: Endpoint.Endpoint
): Effect.fn.Return<DispatcherTransport, DispatcherError, Scope.Scope> {
  const failed = connectFailed(endpoint)
  const channel = yield* open(
    // Node throws for an invalid port, instead of emitting an error.
    Effect.try({ try: () => net.connect(addressOf(endpoint)), catch: (error) => failed(error as Error) })
  )
  yield* Effect.callback<void, DispatcherError>((resume) => {
    channel.raw.once("connect", () => resume(Effect.void))
    channel.raw.once("error", (error) => resume(Effect.fail(failed(error))))
  })
  return make(channel, Endpoint.print(endpoint))
})

/**
 * Listens on an endpoint and runs a handler for each connection, until the scope closes.
 *
 * Returns the bound endpoint, in which port 0 is replaced by a free port. Each connection has a scope of its own, which
 * closes when its handler ends.
 *
 * @category constructors
 * @since 0.2.0
 */
export const listen = Effect.fnUntraced(function*<R>(
  endpoint: Endpoint.Endpoint,
  handler: (transport: DispatcherTransport, wire: Wire) => Effect.Effect<void, never, R | Scope.Scope>
): Effect.fn.Return<Endpoint.Endpoint, DispatcherError, R | Scope.Scope> {
  // Finalizers run from the last to the first: stop accepting connections, end the open ones, wait until the socket has
  // closed.
  const closed = yield* Deferred.make<void>()
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => net.createServer().once("close", () => Deferred.doneUnsafe(closed, Exit.void))),
    () => Deferred.await(closed)
  )
  const run = yield* FiberSet.makeRuntime<Exclude<R, Scope.Scope>>()
  yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
  server.on("connection", (raw) => {
    const peer = raw.remoteAddress === undefined ? "local peer" : `${raw.remoteAddress}:${raw.remotePort}`
    const served = Effect.flatMap(open(Effect.succeed(raw)), (channel) => {
      const wire: Wire = { socket: raw, intercept: (send) => void (channel.send = send) }
      return handler(make(channel, peer), wire)
    })
    run(Effect.scoped(served) as Effect.Effect<void, never, Exclude<R, Scope.Scope>>)
  })
  yield* Effect.callback<void, DispatcherError>((resume) => {
    const failed = (error: Error) => resume(Effect.fail(connectFailed(endpoint)(error)))
    server.on("error", failed)
    try {
      server.listen(addressOf(endpoint), () => resume(Effect.void))
    } catch (error) {
      failed(error as Error)
    }
  })
  const address = server.address()
  return address === null || typeof address === "string" ? endpoint : Endpoint.tcp(address.address, address.port)
})

const addressOf = (endpoint: Endpoint.Endpoint): net.TcpNetConnectOpts | net.IpcNetConnectOpts =>
  endpoint._tag === "Tcp" ? { host: endpoint.host, port: endpoint.port } : { path: endpoint.path }

const connectFailed = (endpoint: Endpoint.Endpoint) => (error: NodeJS.ErrnoException): DispatcherError =>
  new DispatcherError({
    endpoint: Endpoint.print(endpoint),
    reason: new ConnectFailed({ code: error.code ?? error.message })
  })

const open = <E>(dial: Effect.Effect<net.Socket, E>): Effect.Effect<RawChannel, E, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(dial, (raw) => new RawChannel(raw)),
    (channel) => Effect.callback<void>((resume) => channel.close(() => resume(Effect.void)))
  )

const make = (channel: RawChannel, endpoint: string): DispatcherTransport => {
  const failed = (end: ChannelEnd) => Effect.fail(new DispatcherError({ endpoint, reason: reasonOf(end) }))
  return {
    endpoint,
    read: Effect.callback((resume) => {
      const stop = channel.read((read) => resume("bytes" in read ? Effect.succeed(read) : failed(read)))
      return Effect.sync(stop)
    }),
    unread: (bytes) => Effect.sync(() => channel.unread(bytes)),
    write: (bytes, route = "tls") =>
      Effect.callback((resume) =>
        channel.write(bytes, route, (end) => resume(end === undefined ? Effect.void : failed(end)))
      ),
    secure: (role, { allowsPlain = false } = {}) =>
      Effect.callback((resume) =>
        channel.secure(role, allowsPlain, (end) =>
          resume(
            end === undefined ? Effect.void : Effect.fail(new DispatcherError({ endpoint, reason: tlsReasonOf(end) }))
          ))
      )
  }
}

const reasonOf = (end: ChannelEnd): DispatcherReason => {
  switch (end._tag) {
    case "Lost":
      return new ConnectionLost({ stage: "reply", detail: end.detail })
    case "Tls":
      return new ConnectionLost({ stage: "reply", detail: `TLS: ${end.detail}` })
    case "Refused":
      return end.error
  }
}

// Until TLS is up, every end of the connection is a failed TLS handshake (PROTOCOL 2.7).
const tlsReasonOf = (end: ChannelEnd): DispatcherReason =>
  new TlsFailed({ detail: end._tag === "Refused" ? end.error.detail : end.detail })
