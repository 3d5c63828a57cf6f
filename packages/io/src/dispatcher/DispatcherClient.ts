/**
 * A session on a dispatcher: logs in, sends commands and returns their jobs.
 *
 * @see [Protocol 5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5)
 * @see [Protocol 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6)
 * @since 0.2.0
 */
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import type * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Command from "../protocol/Command.ts"
import * as LoginReply from "../protocol/LoginReply.ts"
import * as Package from "../protocol/Package.ts"
import * as PackageType from "../protocol/PackageType.ts"
import type { MessageError } from "../protocol/ProtocolError.ts"
import * as Reply from "../protocol/Reply.ts"
import type * as ReplyReader from "../protocol/ReplyReader.ts"
import * as DispatcherConnection from "./DispatcherConnection.ts"
import {
  ConnectionLost,
  DispatcherError,
  LoginRefused,
  TimedOut,
  UnexpectedLoginReply,
  UnreadableReply,
  UnsendableCommand
} from "./DispatcherError.ts"
import type { DispatcherEvent } from "./DispatcherEvent.ts"
import type * as Endpoint from "./Endpoint.ts"
import { failure, sendCommand } from "./internal/sendCommand.ts"
import { type EnvironmentSink, getBackupTree, type RestOfTree, streamBackupTree } from "./internal/treeRequest.ts"
import * as Job from "./Job.ts"
import * as Limits from "./Limits.ts"

export { type EnvironmentSink, type RestOfTree } from "./internal/treeRequest.ts"

/**
 * The user to log in: by name and password, or the user of this process, over the unix socket.
 *
 * @category models
 * @since 0.2.0
 */
export type Credentials = Data.TaggedEnum<{
  Password: { readonly userName: string; readonly password: Redacted.Redacted<string> }
  Local: {}
}>

/**
 * Makes the credentials of a user with a name and a password.
 *
 * @category constructors
 * @since 0.2.0
 */
export const password = (userName: string, secret: Redacted.Redacted<string>): Credentials => ({
  _tag: "Password",
  userName,
  password: secret
})

/**
 * The credentials of the user of this process.
 *
 * @category constructors
 * @since 0.2.0
 */
export const local: Credentials = { _tag: "Local" }

/**
 * Options for a session.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options extends DispatcherConnection.Options {
  readonly endpoint: Endpoint.Endpoint
  readonly credentials: Credentials
}

/**
 * A logged-in session.
 *
 * @category models
 * @since 0.2.0
 */
export interface DispatcherClient {
  readonly endpoint: string
  /** The server's description of itself, and the session id. Its texts are untrusted. */
  readonly server: LoginReply.ServerInfo
  /** Events that the server sends. See {@link DispatcherConnection.DispatcherConnection}. */
  readonly events: Stream.Stream<DispatcherEvent, DispatcherError>
  /**
   * Requests the backup tree. The job's result is the text of the tree's document, as the server sent it.
   *
   * The text is held as a whole and is not parsed. See {@link DispatcherClient.streamBackupTree}.
   *
   * The job belongs to the scope. If the scope closes before the job has finished, the job is cancelled on the server.
   * If it does not end within `cancelTimeout`, the connection is retired, which does not affect jobs of other scopes.
   */
  readonly getBackupTree: (
    parameters: BackupTreeRequest.Parameters
  ) => Effect.Effect<Job.Job<string, DispatcherError>, DispatcherError, Scope.Scope>
  /**
   * Requests the backup tree, and passes its environments to a sink while the reply arrives. The text is held nowhere.
   *
   * Treat the environments as provisional until the job has succeeded: the reply reports success or failure only at
   * its end. The connection is not read while the sink runs. So a slow sink applies backpressure to the server, and
   * to other requests of this connection. The job belongs to the scope, as in {@link DispatcherClient.getBackupTree}.
   */
  readonly streamBackupTree: (
    parameters: BackupTreeRequest.Parameters,
    sink: EnvironmentSink,
    options?: ReplyReader.Options
  ) => Effect.Effect<Job.Job<RestOfTree, DispatcherError | XmlError>, DispatcherError, Scope.Scope>
}

/**
 * Connects and logs in. Closing the scope logs off, waits briefly for the reply, and closes the connection.
 *
 * @category constructors
 * @since 0.2.0
 */
export const connect = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<DispatcherClient, DispatcherError, Scope.Scope> {
  const limits = Limits.make(options.limits)
  const connection = yield* DispatcherConnection.connect(options.endpoint, options)
  const { credentials } = options
  const server = yield* Effect.scoped(login(connection, credentials)).pipe(
    Effect.mapError(atLogin),
    Effect.timeoutOrElse({
      duration: limits.loginTimeout,
      orElse: () =>
        failure(connection, new TimedOut({ stage: "login", millis: Duration.toMillis(limits.loginTimeout) }))
    }),
    // A failed login leaves no handle to close the connection with.
    Effect.onError(() => connection.close),
    Effect.annotateLogs({ endpoint: connection.endpoint }),
    Effect.withSpan("DispatcherClient.login", { attributes: { endpoint: connection.endpoint } })
  )
  yield* Effect.addFinalizer(() => logoff(connection, limits))
  return {
    endpoint: connection.endpoint,
    server,
    events: connection.events,
    getBackupTree: (parameters) => getBackupTree(connection, parameters, limits.maxReplyBytes),
    streamBackupTree: (parameters, sink, reading) =>
      // A document may be as long as the whole reply.
      streamBackupTree(connection, parameters, sink, { maxLength: limits.maxReplyBytes, ...reading })
  }
})

/** Adds to an error that it occurred before the reply to the login. */
const atLogin = ({ endpoint, reason }: DispatcherError): DispatcherError => {
  switch (reason._tag) {
    case "ConnectionLost":
      return new DispatcherError({ endpoint, reason: new ConnectionLost({ stage: "login", detail: reason.detail }) })
    case "ConnectionSilent":
    case "Stalled":
      return new DispatcherError({ endpoint, reason: new TimedOut({ stage: "login", millis: reason.millis }) })
    case "StreamError":
      return new DispatcherError({ endpoint, reason, stage: "login" })
    default:
      return new DispatcherError({ endpoint, reason })
  }
}

type Connection = DispatcherConnection.DispatcherConnection

const login = Effect.fnUntraced(function*(
  connection: Connection,
  credentials: Credentials
): Effect.fn.Return<LoginReply.ServerInfo, DispatcherError, Scope.Scope> {
  const command = credentials._tag === "Local"
    ? Result.succeed(Command.easyLoginLocal())
    : Command.login({ userName: credentials.userName, password: credentials.password })
  if (Result.isFailure(command)) {
    return yield* failure(connection, new UnsendableCommand({ command: "Login", why: command.failure }))
  }
  const job = yield* sendCommand(connection, command.success)
  const read = readLoginReply(yield* job.await, Command.typeOf(command.success))
  if (Result.isFailure(read)) {
    return yield* failure(connection, new UnreadableReply({ command: "Login", why: read.failure }))
  }
  const user = credentials._tag === "Local" ? undefined : credentials.userName
  if (read.success.code < 0) return yield* failure(connection, new LoginRefused({ user, code: read.success.code }))
  if (read.success.info === undefined) return yield* failure(connection, new UnexpectedLoginReply({}))
  if (!isOwnSession(read.success.info, connection)) {
    // The ids authorise their bearer, so neither is logged.
    yield* Effect.logWarning("the session id from the server differs from the uuid of this connection")
  }
  return read.success.info
})

const readLoginReply = (
  received: Package.Package,
  operation: number
): Result.Result<{ readonly code: number; readonly info?: LoginReply.ServerInfo }, MessageError> =>
  Result.flatMap(Package.payload(received), (payload) =>
    received.type === PackageType.DspWsBinaryResponse
      ? LoginReply.decode(payload, operation)
      : Result.map(Reply.decode(payload, operation), ({ code }) => ({ code })))

const isOwnSession = ({ session }: LoginReply.ServerInfo, { uuid }: Connection): boolean =>
  session === undefined || Redacted.value(session) === Redacted.value(uuid)

// A connection that is lost while the reply is awaited counts as logged off (PROTOCOL 5.8).
const logoff = (connection: Connection, { logoffTimeout }: Limits.Limits): Effect.Effect<void> =>
  Effect.flatMap(connection.isOpen, (isOpen) =>
    isOpen
      ? Effect.flatMap(sendCommand(connection, Command.logoff, { isUrgent: true }), (job) => job.await).pipe(
        Effect.scoped,
        Effect.interruptible,
        Effect.timeoutOption(logoffTimeout),
        Effect.ignore
      )
      : Effect.void)
