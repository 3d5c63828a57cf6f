/**
 * A session on a dispatcher: logged in, it takes commands and gives jobs. Source: PROTOCOL 5 and 6.
 */
import type * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/ReturnCode"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as DispatcherConnection from "./DispatcherConnection.ts"
import {
  CommandFailed,
  ConnectionLost,
  DispatcherError,
  type DispatcherReason,
  LoginRefused,
  SessionWithheld,
  TimedOut,
  UnexpectedLoginReply,
  UnreadableReply,
  UnsendableCommand
} from "./DispatcherError.ts"
import type { DispatcherEvent } from "./DispatcherEvent.ts"
import type * as Endpoint from "./Endpoint.ts"
import * as Job from "./Job.ts"
import * as Limits from "./Limits.ts"
import * as Command from "./protocol/Command.ts"
import * as Event from "./protocol/Event.ts"
import * as LoginReply from "./protocol/LoginReply.ts"
import * as Package from "./protocol/Package.ts"
import * as PackageType from "./protocol/PackageType.ts"
import { MessageError } from "./protocol/ProtocolError.ts"
import * as Reply from "./protocol/Reply.ts"
import * as RandomUuid from "./RandomUuid.ts"

/** Who logs in: by name and password, or as the user that this process runs as, over the unix socket. */
export type Credentials =
  | { readonly _tag: "Password"; readonly userName: string; readonly password: Redacted.Redacted<string> }
  | { readonly _tag: "Local" }

/** Logs in by name and password. */
export const password = (userName: string, secret: Redacted.Redacted<string>): Credentials => ({
  _tag: "Password",
  userName,
  password: secret
})

/** Logs in as the user that this process runs as. */
export const local: Credentials = { _tag: "Local" }

/** How a session is begun. */
export interface Options extends DispatcherConnection.Options {
  readonly endpoint: Endpoint.Endpoint
  readonly credentials: Credentials
}

/** A session that is logged in. */
export interface DispatcherClient {
  readonly endpoint: string
  /** What the server says of itself, and the session's id; its texts are untrusted. */
  readonly server: LoginReply.ServerInfo
  /** What the server tells unasked. See {@link DispatcherConnection.DispatcherConnection}. */
  readonly events: Stream.Stream<DispatcherEvent, DispatcherError>
  /**
   * Asks for the backup tree; the job's result is the text of the tree's document, as the server sent it.
   *
   * The scope owns the job. Closing it before the job has finished cancels it on the server, waits for its end no longer
   * than `cancelTimeout`, and then retires the connection, which leaves the jobs of other scopes alone.
   */
  readonly getBackupTree: (
    parameters: BackupTreeRequest.Parameters
  ) => Effect.Effect<Job.Job<string, DispatcherError>, DispatcherError, Scope.Scope>
}

/** Connects and logs in; closing the scope logs off, waits for the reply a moment, and closes the connection. */
export const connect = (options: Options): Effect.Effect<DispatcherClient, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
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
      // Nobody else can close it.
      Effect.onError(() => connection.close),
      Effect.annotateLogs({ endpoint: connection.endpoint }),
      Effect.withSpan("DispatcherClient.login", { attributes: { endpoint: connection.endpoint } })
    )
    yield* Effect.addFinalizer(() => logoff(connection, limits))
    return {
      endpoint: connection.endpoint,
      server,
      events: connection.events,
      getBackupTree: (parameters) => getBackupTree(connection, parameters)
    }
  })

/** Says of an error that it came before the login was answered. */
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

const failure = ({ endpoint }: Connection, reason: DispatcherReason): Effect.Effect<never, DispatcherError> =>
  Effect.fail(new DispatcherError({ endpoint, reason }))

const send = (
  connection: Connection,
  command: Command.Command,
  options: Pick<Parameters<Connection["request"]>[0], "cancel" | "isUrgent"> = {}
): Effect.Effect<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    const envelope: Event.Envelope = { issuerId: yield* RandomUuid.next, initialRequestId: yield* RandomUuid.next }
    const payload = Command.encode(command, envelope)
    return Result.isSuccess(payload)
      ? yield* connection.request({ ...options, type: Command.typeOf(command), payload: payload.success })
      : yield* failure(connection, new UnsendableCommand({ command: command._tag, why: payload.failure }))
  })

const login = (
  connection: Connection,
  credentials: Credentials
): Effect.Effect<LoginReply.ServerInfo, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    const command = credentials._tag === "Local"
      ? Result.succeed(Command.easyLoginLocal())
      : Command.login({ userName: credentials.userName, password: credentials.password })
    if (Result.isFailure(command)) {
      return yield* failure(connection, new UnsendableCommand({ command: "Login", why: command.failure }))
    }
    const job = yield* send(connection, command.success)
    const read = readLoginReply(yield* job.await, Command.typeOf(command.success))
    if (Result.isFailure(read)) {
      return yield* failure(connection, new UnreadableReply({ command: "Login", why: read.failure }))
    }
    const user = credentials._tag === "Local" ? null : credentials.userName
    if (read.success.code < 0) return yield* failure(connection, new LoginRefused({ user, code: read.success.code }))
    if (read.success.info === undefined) return yield* failure(connection, new UnexpectedLoginReply({}))
    if (!isOwnSession(read.success.info, connection)) {
      // The ids themselves authorise, so neither is written.
      yield* Effect.logWarning("the server named another session id than the uuid of this connection")
    }
    return read.success.info
  })

const readLoginReply = (
  answer: Package.Package,
  operation: number
): Result.Result<{ readonly code: number; readonly info?: LoginReply.ServerInfo }, MessageError> =>
  Result.flatMap(Package.payload(answer), (payload) =>
    answer.type === PackageType.DspWsBinaryResponse
      ? LoginReply.decode(payload, operation)
      : Result.map(Reply.decode(payload, operation), ({ code }) => ({ code })))

const isOwnSession = ({ session }: LoginReply.ServerInfo, { uuid }: Connection): boolean =>
  session === null || Redacted.value(session) === Redacted.value(uuid)

const getBackupTree = (
  connection: Connection,
  parameters: BackupTreeRequest.Parameters
): Effect.Effect<Job.Job<string, DispatcherError>, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    // A session id is as good as a password (PROTOCOL 5.5).
    if (connection.securityLevel === "low" && Redacted.value(parameters.targetSessionId) !== "") {
      return yield* failure(connection, new SessionWithheld({}))
    }
    const job = yield* send(connection, Command.getBackupTree(parameters), { cancel: (id) => cancel(connection, id) })
    return yield* Job.transform(job, Effect.flatMap((answer) => readTree(connection, answer)))
  })

/** Asks the server to stop a task. Success says that it will notice, not that it has. Source: PROTOCOL 7. */
const cancel = (connection: Connection, id: string): Effect.Effect<Job.CancelOutcome> =>
  send(connection, Command.cancel(id), { isUrgent: true }).pipe(
    Effect.flatMap((job) => job.await),
    Effect.scoped,
    Effect.map((answer) =>
      Result.match(
        Result.flatMap(Package.payload(answer), (payload) =>
          Reply.decode(payload, PackageType.DspCmdUserCancelOperation)),
        {
          onFailure: () =>
            "unknown" as const,
          onSuccess: ({ code }) =>
            code >= 0 ? "accepted" : code === ReturnCode.codes.PRL_ERR_TASK_NOT_FOUND ? "not-running" : "unknown"
        }
      )
    ),
    Effect.catch(() => Effect.succeed("unknown" as const))
  )

const readTree = (connection: Connection, answer: Package.Package): Effect.Effect<string, DispatcherError> => {
  const operation = PackageType.DspCmdGetBackupTree
  const read = answer.type === PackageType.DspWsBinaryResponse
    ? Result.fail(
      new MessageError({ reason: "not-a-login-reply", detail: "a login reply answers a command that is no login" })
    )
    : Result.flatMap(Package.payload(answer), (payload) => Reply.decode(payload, operation))
  if (Result.isFailure(read)) {
    return failure(connection, new UnreadableReply({ command: "GetBackupTree", why: read.failure }))
  }
  const reply = read.success
  if (reply.code < 0) {
    return failure(
      connection,
      new CommandFailed({ command: "GetBackupTree", code: reply.code, details: detailsOf(reply) })
    )
  }
  // The codec has made sure that a success holds a tree.
  return Effect.succeed(Option.getOrElse(Reply.backupTree(reply), () => ""))
}

/** Returns the texts of a reply's error event; an event that cannot be read says nothing. */
const detailsOf = (reply: Reply.Reply): ReadonlyArray<string> =>
  Result.match(Reply.errorEvent(reply), {
    onFailure: () => [],
    onSuccess: Option.match({
      onNone: () => [],
      onSome: ({ parameters }) =>
        parameters.flatMap((parameter) =>
          parameter._tag === "Text" && parameter.type === Event.ParameterType.string ? [parameter.value] : []
        )
    })
  })

// A connection that is lost while the reply is awaited counts as logged off (PROTOCOL 5.8).
const logoff = (connection: Connection, { logoffTimeout }: Limits.Limits): Effect.Effect<void> =>
  Effect.flatMap(connection.isOpen, (isOpen) =>
    isOpen
      ? Effect.flatMap(send(connection, Command.logoff, { isUrgent: true }), (job) => job.await).pipe(
        Effect.scoped,
        Effect.interruptible,
        Effect.timeoutOption(logoffTimeout),
        Effect.ignore
      )
      : Effect.void)
