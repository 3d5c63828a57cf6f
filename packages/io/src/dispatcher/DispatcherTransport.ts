/**
 * Duplex bytes to or from an endpoint: TCP or a unix socket, with TLS as the protocol wants it. Source: PROTOCOL 1, 2.6.
 *
 * Nothing here knows packages. A transport is owned by a scope: when the scope closes, the socket is gone.
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

/** The side of the TLS handshake: the side that accepted the connection is the server. */
export type Role = "client" | "server"

/** How bytes travel after the TLS handshake: in plain frames, or by TLS. */
export type Route = "plain" | "tls"

/** Bytes from a peer, and their route. Before TLS there are no frames, and everything is plain. */
export interface Received {
  readonly route: Route
  readonly bytes: Uint8Array
}

/** An open byte stream to a peer. */
export interface DispatcherTransport {
  /** The peer, for messages. */
  readonly endpoint: string
  /** Waits for the next bytes. A connection that ended fails, always with the same error. One reader at a time. */
  readonly read: Effect.Effect<Received, DispatcherError>
  /** Puts back surplus bytes of a read, before TLS. */
  readonly unread: (bytes: Uint8Array) => Effect.Effect<void>
  /** Sends bytes, and waits until they have left this program. Before TLS they are sent as they are, on any route. */
  readonly write: (bytes: Uint8Array, route?: Route) => Effect.Effect<void, DispatcherError>
  /**
   * Starts the record layer and TLS on all that follows, in both directions. Source: PROTOCOL 2.7.
   *
   * If plain frames are not allowed, the first one ends the connection.
   */
  readonly secure: (
    role: Role,
    options?: { readonly allowsPlain?: boolean | undefined }
  ) => Effect.Effect<void, DispatcherError>
}

/** The socket below a transport, for servers that misbehave on purpose. */
export interface Wire {
  readonly socket: net.Socket
  /** Passes every byte from now on through a function, also those of the TLS handshake. */
  readonly intercept: (send: Send) => void
}

/** How an endpoint is reached (default: by a socket). A test or a tunnel may replace it. */
export const Dial: Context.Reference<
  (endpoint: Endpoint.Endpoint) => Effect.Effect<DispatcherTransport, DispatcherError, Scope.Scope>
> = Context.Reference("@backup-tree/io/DispatcherTransport/Dial", { defaultValue: () => dialSocket })

/** Connects to an endpoint by the {@link Dial} in the context. The connection belongs to the scope. */
export const connect = (
  endpoint: Endpoint.Endpoint
): Effect.Effect<DispatcherTransport, DispatcherError, Scope.Scope> =>
  Effect.flatMap(Effect.service(Dial), (dial) => dial(endpoint))

const dialSocket = Effect.fnUntraced(function*(
  endpoint: Endpoint.Endpoint
): Effect.fn.Return<DispatcherTransport, DispatcherError, Scope.Scope> {
  const failed = connectFailed(endpoint)
  const channel = yield* open(
    // An invalid port is thrown, not emitted.
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
 * Returns the endpoint as it is bound: port 0 has become a free port. Each connection has a scope of its own, which
 * closes when its handler ends.
 */
export const listen = Effect.fnUntraced(function*<R>(
  endpoint: Endpoint.Endpoint,
  handler: (transport: DispatcherTransport, wire: Wire) => Effect.Effect<void, never, R | Scope.Scope>
): Effect.fn.Return<Endpoint.Endpoint, DispatcherError, R | Scope.Scope> {
  // When the scope closes, from the last to the first: no more connections, an end to those there are, and the socket
  // itself is gone.
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

// Until TLS is up, every end is that of its handshake (PROTOCOL 2.7).
const tlsReasonOf = (end: ChannelEnd): DispatcherReason =>
  new TlsFailed({ detail: end._tag === "Refused" ? end.error.detail : end.detail })
