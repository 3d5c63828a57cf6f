/** Servers whose every byte a test decides. */
import type * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { Deferred, Effect, Exit, Option, Redacted, Result, type Scope } from "effect"
import * as net from "node:net"
import { Duplex } from "node:stream"
import * as tls from "node:tls"

/** The server's side of one connection. Its TLS is Node's own, over every byte behind the tables: no code of ours. */
export interface Peer {
  /** Waits for bytes, behind `secure` for plaintext; fails when the client has gone. */
  readonly read: Effect.Effect<Uint8Array, "gone">
  /** Puts back bytes that were read too many. */
  readonly unread: (bytes: Uint8Array) => void
  /** Sends bytes: raw before TLS, by TLS behind it. */
  readonly write: (bytes: Uint8Array | string) => Effect.Effect<void>
  /** Sends bytes past TLS, as no honest server would. */
  readonly writeRaw: (bytes: Uint8Array) => Effect.Effect<void>
  /** Starts TLS as server, and waits until it is up; `glued` bytes leave right behind the last ones of the handshake. */
  readonly secure: (glued?: Uint8Array) => Effect.Effect<void, unknown>
  /** Stops taking bytes from the client. */
  readonly pause: Effect.Effect<void>
  /** Waits until the client has gone. */
  readonly gone: Effect.Effect<void>
}

const makePeer = (raw: net.Socket): Peer => {
  const closed = Deferred.makeUnsafe<void>()
  raw.once("close", () => Deferred.doneUnsafe(closed, Exit.void))
  raw.on("error", () => {})
  const wire = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _encoding, callback) => void raw.write(chunk, () => callback()),
    final: (callback) => callback()
  })
  let engine: tls.TLSSocket | undefined
  const inbox: Array<Uint8Array> = []
  let wake = () => {}
  const deliver = (bytes: Uint8Array) => {
    inbox.push(bytes)
    wake()
  }
  raw.on("data", (bytes: Uint8Array) => engine === undefined ? deliver(bytes) : void wire.push(bytes))
  const take = Effect.callback<Uint8Array>((resume) => {
    const attempt = () => {
      const bytes = inbox.shift()
      if (bytes !== undefined) {
        wake = () => {}
        resume(Effect.succeed(bytes))
      } else wake = attempt
    }
    attempt()
  })
  const gone = Deferred.await(closed)
  const send = (target: Duplex, bytes: Uint8Array | string) =>
    Effect.callback<void>((resume) => {
      if (raw.destroyed) return resume(Effect.void)
      target.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, () => resume(Effect.void))
    })
  return {
    read: Effect.raceFirst(take, Effect.andThen(gone, Effect.fail("gone" as const))),
    unread: (bytes) => {
      if (bytes.length > 0) inbox.unshift(bytes)
    },
    write: (bytes) => Effect.suspend(() => send(engine ?? raw, bytes)),
    writeRaw: (bytes) => send(raw, bytes),
    pause: Effect.sync(() => void raw.pause()),
    secure: (glued) =>
      Effect.callback<void, unknown>((resume) => {
        engine = new tls.TLSSocket(wire, {
          isServer: true,
          secureContext: tls.createSecureContext({
            ciphers: "ADH:@SECLEVEL=0",
            minVersion: "TLSv1.2",
            maxVersion: "TLSv1.2",
            dhparam: "auto"
          })
        })
        engine.once("secure", () => {
          // A record with more plaintext is one that a peer refuses.
          engine?.setMaxSendFragment(15_360)
          if (glued !== undefined) process.nextTick(() => raw.write(glued))
          // The event comes before the last bytes of the handshake have been written.
          setImmediate(() => resume(Effect.void))
        })
        engine.on("error", (error) => resume(Effect.fail(error)))
        engine.on("data", deliver)
        for (const bytes of inbox.splice(0)) wire.push(bytes)
      }),
    gone
  }
}

/** A server of a test. */
export type TestEndpoint = Extract<Endpoint.Endpoint, { readonly _tag: "Tcp" }>

/** Listens on loopback and runs a script for each connection; the connection closes when its script ends. */
export const listen = (
  script: (peer: Peer) => Effect.Effect<unknown, unknown, Scope.Scope>
): Effect.Effect<TestEndpoint, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<net.Socket>()
    const server = net.createServer((raw) => {
      sockets.add(raw)
      Effect.runFork(Effect.ensuring(
        Effect.ignore(Effect.scoped(script(makePeer(raw)))),
        Effect.sync(() => raw.destroy())
      ))
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.callback<void>((resume) => {
          sockets.forEach((socket) => socket.destroy())
          server.close(() => resume(Effect.void))
        })
    )
    return { _tag: "Tcp", host: "127.0.0.1", port: (server.address() as net.AddressInfo).port }
  })

/** The uuid of every test server. */
export const serverUuid = "{6d717336-256f-461b-aeb3-d2cc26bdceff}"

/** What a server sends first. */
export const opening = Result.getOrThrow(Handshake.encodeServerOpening({
  version: Handshake.ownVersion,
  header: { senderType: Handshake.SenderType.dispatcher, uuid: serverUuid }
}))

/** The table of level high. */
export const highTable = Result.getOrThrow(RoutingTable.encode(RoutingTable.forLevel("high")))

/** Shakes hands as an honest server, up to and with TLS; gives the client's part. */
export const accept = (peer: Peer, glued?: Uint8Array): Effect.Effect<Handshake.ClientPart, unknown> =>
  Effect.gen(function*() {
    yield* peer.write(opening)
    const reader = Handshake.makeClientPartReader()
    while (true) {
      const part = yield* Effect.fromResult(reader.push(yield* peer.read))
      if (Option.isNone(part)) continue
      peer.unread(part.value.rest)
      yield* peer.write(highTable)
      yield* peer.secure(glued)
      return part.value.value
    }
  })

/** Reads the next package that is no heartbeat, of either kind of peer. */
export const makeReceive = (peer: {
  readonly read: Effect.Effect<Uint8Array, unknown>
}): Effect.Effect<Package.Package, unknown> => {
  const parser = PackageParser.makeParser()
  return Effect.gen(function*() {
    while (true) {
      const next = yield* Effect.fromResult(parser.next())
      if (Option.isNone(next)) parser.push(yield* peer.read)
      else if (next.value.type !== PackageType.Heartbeat) return next.value
    }
  })
}

const envelope = { issuerId: serverUuid, initialRequestId: serverUuid }

/** Encodes a package that replies to another one. */
export const reply = (to: Package.Package, type: number, payload: Uint8Array): Uint8Array =>
  Result.getOrThrow(Package.encode(Package.reply({
    uuid: serverUuid,
    senderUuid: serverUuid,
    to,
    type,
    numericId: 1n,
    payload
  })))

/** Encodes a text reply. */
export const encodeTextReply = (to: Package.Package, text: string): Uint8Array =>
  reply(to, PackageType.DspWsResponse, Result.getOrThrow(Payload.encode(text)))

/** Encodes a reply of the protocol. */
export const encodeReply = (to: Package.Package, content: Reply.Reply): Uint8Array =>
  reply(
    to,
    PackageType.DspWsResponse,
    Result.getOrThrow(Reply.encode(content, envelope, { forbiddenCharacters: "raw" }))
  )

/** Encodes the reply to a successful login. */
export const encodeLoginReply = (to: Package.Package, client: Handshake.ClientPart): Uint8Array =>
  reply(
    to,
    PackageType.DspWsBinaryResponse,
    Result.getOrThrow(LoginReply.encode({
      operation: to.type,
      code: 0,
      info: { ...LoginReply.emptyInfo, session: Redacted.make(client.header.uuid) },
      replyEnvelope: envelope,
      loginEnvelope: envelope,
      trailingBytes: 0
    }))
  )

/** Answers the logoff, and waits until the client has gone. */
export const acceptLogoff = (peer: Peer, receive: Effect.Effect<Package.Package, unknown>) =>
  Effect.gen(function*() {
    const logoff = yield* receive
    yield* peer.write(encodeReply(logoff, Reply.success(logoff.type)))
    yield* peer.gone
  })

/** Shakes hands, lets the client log in, and gives the next command. */
export const acceptCommand = (peer: Peer): Effect.Effect<
  { readonly command: Package.Package; readonly receive: Effect.Effect<Package.Package, unknown> },
  unknown
> =>
  Effect.gen(function*() {
    const client = yield* accept(peer)
    const receive = makeReceive(peer)
    yield* peer.write(encodeLoginReply(yield* receive, client))
    return { command: yield* receive, receive }
  })
