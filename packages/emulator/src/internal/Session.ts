/**
 * One connection as a server sees it: handshake, login, commands, heartbeats. Source: PROTOCOL 2.4, 4.8, 5.3, 6 and 8.2.
 */
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as ReturnCode from "@backup-tree/core/ReturnCode"
import * as ServerModel from "@backup-tree/core/ServerModel"
import { DispatcherError } from "@backup-tree/io/DispatcherError"
import type * as DispatcherTransport from "@backup-tree/io/DispatcherTransport"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import { HandshakeError, type MessageError, StreamError } from "@backup-tree/io/protocol/ProtocolError"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import * as RandomUuid from "@backup-tree/io/RandomUuid"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { createHash, timingSafeEqual } from "node:crypto"
import { commonPreferences, networkConfig, userProfile } from "./hostDocuments.ts"

/** What all sessions of a server share. */
export interface Server {
  readonly opening: Handshake.ServerOpening
  readonly store: ServerModel.Store
  readonly accounts: ReadonlyArray<{ readonly userName: string; readonly password: Redacted.Redacted<string> }>
  readonly isLocal: boolean
  readonly beforeTree: Effect.Effect<void>
  readonly startedAt: number
  readonly nextNumericId: Effect.Effect<bigint>
}

/** How long a client may take for its handshake and TLS. Source: PROTOCOL 10. */
const handshakeTimeout: Duration.Duration = Duration.seconds(60)

/** How often a client may fail to log in before the connection closes. */
const maxFailedLogins = 5

type Transport = DispatcherTransport.DispatcherTransport

/** Serves a client until it goes or breaks the protocol; a refusal is a close without a word. */
export const serve = (transport: Transport, server: Server): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const client = yield* Effect.timeout(shakeHands(transport, server), handshakeTimeout)
    yield* Effect.sleep("10 seconds").pipe(
      Effect.andThen(transport.write(Package.heartbeat)),
      Effect.forever,
      Effect.ignore,
      Effect.forkScoped
    )
    yield* converse(new Session(transport, server, client.header.uuid))
  }).pipe(Effect.catch((error) => Effect.logDebug(`a connection ended: ${error.message}`)))

const shakeHands = (
  transport: Transport,
  server: Server
): Effect.Effect<Handshake.ClientPart, DispatcherError | HandshakeError> =>
  Effect.gen(function*() {
    yield* transport.write(yield* Effect.fromResult(Handshake.encodeServerOpening(server.opening)))
    const reader = Handshake.makeClientPartReader()
    while (true) {
      const read = yield* Effect.fromResult(reader.push((yield* transport.read).bytes))
      if (Option.isNone(read)) continue
      const client = read.value.value
      yield* transport.unread(read.value.rest)
      yield* Effect.fromResult(RoutingTable.accept(client.table, "high"))
      yield* transport.write(yield* Effect.fromResult(RoutingTable.encode(client.table)))
      yield* transport.secure("server")
      return client
    }
  })

class Session {
  readonly transport: Transport
  readonly server: Server
  readonly clientUuid: string
  user: string | undefined
  failedLogins = 0
  isOver = false

  constructor(transport: Transport, server: Server, clientUuid: string) {
    this.transport = transport
    this.server = server
    this.clientUuid = clientUuid
  }
}

const converse = (session: Session): Effect.Effect<void, DispatcherError | StreamError, Scope.Scope> =>
  Effect.gen(function*() {
    const parser = PackageParser.makeParser()
    while (!session.isOver) {
      const next = yield* Effect.fromResult(parser.next())
      if (Option.isNone(next)) {
        parser.push((yield* session.transport.read).bytes)
        continue
      }
      const received = next.value
      switch (PackageType.handling(received.type)) {
        case "disconnect":
          return
        case "command":
          yield* obey(session, received)
          break
        default:
          break
      }
    }
  })

/** Answers a command. The login state is looked at before the text is (PROTOCOL 5.3 and 8.2). */
const obey = (session: Session, received: Package.Package): Effect.Effect<void, DispatcherError, Scope.Scope> => {
  const { codes } = ReturnCode
  if (session.user === undefined && !PackageType.isLogin(received.type)) {
    return answer(session, received, Reply.failure(received.type, codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED))
  }
  const decoded = Command.decode(received)
  if (Result.isFailure(decoded)) {
    return answer(session, received, Reply.failure(received.type, decoded.failure.returnCode))
  }
  const command = decoded.success
  switch (command._tag) {
    case "Login":
    case "EasyLoginLocal":
      return login(session, received, command)
    case "GetBackupTree":
      // The task runs beside the conversation; the client may go on asking.
      return sendTree(session, received, command.parameters).pipe(Effect.ignore, Effect.forkScoped, Effect.asVoid)
    case "SetNonInteractiveSession":
      return answer(
        session,
        received,
        Reply.success(received.type, [Event.text(Reply.ResultName.standard, command.nonInteractive ? "1" : "0")])
      )
    case "GetHostCommonInfo":
      return answer(
        session,
        received,
        Reply.success(received.type, [
          Event.text(Reply.ResultName.hostCommonInfo, commonPreferences),
          Event.text(Reply.ResultName.networkConfig, networkConfig)
        ])
      )
    case "GetUserProfile":
      return Effect.flatMap(RandomUuid.next, (uuid) =>
        answer(
          session,
          received,
          Reply.success(received.type, [
            Event.text(Reply.ResultName.userProfile, userProfile(session.user ?? "", uuid))
          ])
        ))
    case "Logoff":
      session.isOver = true
      return answer(session, received, Reply.success(received.type))
    case "Cancel":
      return answer(session, received, Reply.failure(received.type, codes.PRL_ERR_UNIMPLEMENTED))
  }
}

const login = (
  session: Session,
  received: Package.Package,
  command: Extract<Command.Command, { readonly _tag: "Login" | "EasyLoginLocal" }>
): Effect.Effect<void, DispatcherError> => {
  const code = checkLogin(session, command)
  if (code === ReturnCode.codes.PRL_ERR_SUCCESS) {
    session.user = command._tag === "Login" ? command.userName : "root"
    return welcome(session, received)
  }
  session.failedLogins += 1
  session.isOver = session.failedLogins >= maxFailedLogins
  return answer(session, received, Reply.failure(received.type, code))
}

const checkLogin = (
  { server, user }: Session,
  command: Extract<Command.Command, { readonly _tag: "Login" | "EasyLoginLocal" }>
): ReturnCode.ReturnCode => {
  const { codes } = ReturnCode
  if (user !== undefined) return codes.PRL_ERR_USER_IS_ALREADY_LOGGED
  if (command._tag === "EasyLoginLocal") {
    return server.isLocal ? codes.PRL_ERR_SUCCESS : codes.PRL_ERR_LOCAL_AUTHENTICATION_FAILED
  }
  const password = Password.decode(command.encodedPassword)
  if (Result.isFailure(password)) {
    return password.failure.reason === "password-too-long"
      ? codes.PRL_ERR_INVALID_ARG
      : codes.PRL_ERR_AUTHENTICATION_FAILED
  }
  const given = password.success
  const isKnown = server.accounts.some((account) =>
    account.userName === command.userName && equalSecrets(account.password, given)
  )
  return isKnown ? codes.PRL_ERR_SUCCESS : codes.PRL_ERR_AUTHENTICATION_FAILED
}

// Digests have one length, so that the comparison tells nothing of where or how much the secrets differ.
const equalSecrets = (self: Redacted.Redacted<string>, that: Redacted.Redacted<string>): boolean => {
  const digest = (secret: Redacted.Redacted<string>) => createHash("sha256").update(Redacted.value(secret)).digest()
  return timingSafeEqual(digest(self), digest(that))
}

const welcome = (session: Session, received: Package.Package): Effect.Effect<void, DispatcherError> =>
  Effect.gen(function*() {
    const serverUuid = yield* RandomUuid.next
    const payload = LoginReply.encode({
      operation: received.type,
      code: ReturnCode.codes.PRL_ERR_SUCCESS,
      info: {
        ...LoginReply.emptyInfo,
        session: Redacted.make(session.clientUuid),
        osVersion: "Linux",
        serverUuid,
        productVersion: "9.0.0",
        confirmationMode: "0",
        appExecuteMode: "0",
        startTime: String(session.server.startedAt),
        startTimeMonotonic: "0",
        isLaunchdMode: "0"
      },
      replyEnvelope: yield* makeEnvelope,
      loginEnvelope: yield* makeEnvelope,
      trailingBytes: 0
    })
    yield* send(session, received, PackageType.DspWsBinaryResponse, payload)
  })

const sendTree = (
  session: Session,
  received: Package.Package,
  parameters: { readonly uuid: string; readonly backupFlags: number }
): Effect.Effect<void, DispatcherError> =>
  Effect.gen(function*() {
    yield* session.server.beforeTree
    const selected = ServerModel.select(session.server.store, { uuid: parameters.uuid, flags: parameters.backupFlags })
    if (Result.isSuccess(selected)) {
      const text = Event.text(Reply.ResultName.backupTree, BackupTreeXml.encode(selected.success))
      return yield* answer(session, received, Reply.success(received.type, [text]))
    }
    const event = Event.make(yield* makeEnvelope, ReturnCode.codes.PRL_ERR_INVALID_PARAM, [])
    const reply = Reply.failureWithEvent(received.type, event)
    return yield* answer(session, received, Result.getOrThrow(reply))
  })

const answer = (
  session: Session,
  received: Package.Package,
  reply: Reply.Reply
): Effect.Effect<void, DispatcherError> =>
  Effect.flatMap(makeEnvelope, (envelope) =>
    // A server of the product sends control characters as they are, and so does this one.
    send(
      session,
      received,
      PackageType.DspWsResponse,
      Reply.encode(reply, envelope, { forbiddenCharacters: "raw" })
    ))

const makeEnvelope: Effect.Effect<Event.Envelope> = Effect.map(
  Effect.all([RandomUuid.next, RandomUuid.next]),
  ([issuerId, initialRequestId]) => ({ issuerId, initialRequestId })
)

const send = (
  session: Session,
  to: Package.Package,
  type: number,
  payload: Result.Result<Uint8Array, MessageError>
): Effect.Effect<void, DispatcherError> =>
  Effect.gen(function*() {
    const bytes = Result.getOrThrow(payload)
    const uuid = yield* RandomUuid.next
    const numericId = yield* session.server.nextNumericId
    const senderUuid = session.server.opening.header.uuid
    yield* session.transport.write(
      Result.getOrThrow(Package.encode(Package.reply({ uuid, senderUuid, to, type, numericId, payload: bytes })))
    )
  })
