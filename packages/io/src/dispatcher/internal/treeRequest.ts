/** Requests the backup tree on a session: as a text, or read while it arrives. Source: PROTOCOL 6. */
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type * as BackupTreeReader from "@backup-tree/core/tree/BackupTreeReader"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Command from "../../protocol/Command.ts"
import * as Event from "../../protocol/Event.ts"
import * as Package from "../../protocol/Package.ts"
import * as PackageType from "../../protocol/PackageType.ts"
import { MessageError } from "../../protocol/ProtocolError.ts"
import * as Reply from "../../protocol/Reply.ts"
import * as ReplyReader from "../../protocol/ReplyReader.ts"
import type { DispatcherConnection } from "../DispatcherConnection.ts"
import { CommandFailed, type DispatcherError, SessionWithheld, UnreadableReply } from "../DispatcherError.ts"
import * as Job from "../Job.ts"
import type { ReplySink } from "./readPackages.ts"
import { failure, sendCommand } from "./sendCommand.ts"

/**
 * Receives environments, in the order in which they arrive.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentSink = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>) => Effect.Effect<void>

/**
 * A tree without its environments, and the notes of its reader.
 *
 * @category models
 * @since 0.2.0
 */
export type RestOfTree = Omit<BackupTreeReader.Rest, "environments">

const command = "GetBackupTree"
const operation = PackageType.DspCmdGetBackupTree

/** Requests the tree. The job's result is its text, at most `maxLength` long. */
export const getBackupTree = (
  connection: DispatcherConnection,
  parameters: BackupTreeRequest.Parameters,
  maxLength: number
): Effect.Effect<Job.Job<string, DispatcherError>, DispatcherError, Scope.Scope> =>
  Effect.suspend(() => {
    const sink = new ReaderSink(ReplyReader.makeText(operation, { maxLength }), () => undefined)
    return read(connection, parameters, sink, (reply) => {
      // A failed reply may have a tree.
      const text = Option.filter(Reply.backupTree(reply), () => reply.code >= 0)
      return Option.isSome(text) ? Effect.succeed(text.value) : failed(connection, reply)
    })
  })

/** Requests the tree, and passes its environments to a sink while the reply arrives. */
export const streamBackupTree = (
  connection: DispatcherConnection,
  parameters: BackupTreeRequest.Parameters,
  sink: EnvironmentSink,
  options: ReplyReader.Options
): Effect.Effect<Job.Job<RestOfTree, DispatcherError | XmlError>, DispatcherError, Scope.Scope> =>
  Effect.suspend(() => {
    const reader = ReplyReader.make(operation, options)
    const replySink = new ReaderSink(reader, () => {
      const environments = reader.takeEnvironments()
      // A sink may throw.
      return environments.length === 0 ? undefined : Effect.suspend(() => sink(environments))
    })
    return read(connection, parameters, replySink, ({ reply, tree }) => {
      if (Option.isNone(tree)) return failed(connection, reply)
      const { environments, ...rest } = tree.value
      return Effect.as(Effect.suspend(() => sink(environments)), rest)
    })
  })

/** Reads the content of a reply while it arrives. */
class ReaderSink<A, E> implements ReplySink {
  readonly pending: ReplySink["pending"]
  readonly #reader: Reader<A, E>
  // Why the rest is not read. It is reported when the whole reply has arrived.
  #refusal: MessageError | undefined

  constructor(reader: Reader<A, E>, pending: ReplySink["pending"]) {
    this.#reader = reader
    this.pending = pending
  }

  readonly push = (bytes: Uint8Array): void => {
    if (this.#refusal !== undefined) return
    const read = this.#reader.push(bytes)
    if (Result.isFailure(read)) this.#refusal = read.failure
  }

  /** Ends the reply. */
  end(received: Package.Package): Result.Result<A, E | MessageError> {
    const payload = payloadOf(received)
    if (Result.isFailure(payload)) return Result.fail(payload.failure)
    // The package no longer contains what was passed to `push`.
    this.push(payload.success)
    return this.#refusal === undefined ? this.#reader.end() : Result.fail(this.#refusal)
  }
}

interface Reader<A, E> {
  readonly push: (bytes: Uint8Array) => Result.Result<void, MessageError>
  readonly end: () => Result.Result<A, E | MessageError>
}

/** Requests the tree, reads the reply while it arrives, and maps the job's result from what was read. */
const read = <A, B, E extends MessageError | XmlError>(
  connection: DispatcherConnection,
  parameters: BackupTreeRequest.Parameters,
  sink: ReaderSink<A, E>,
  use: (read: A) => Effect.Effect<B, DispatcherError>
) =>
  Effect.flatMap(
    send(connection, parameters, sink),
    (job) =>
      Job.mapEffect(job, (received): Effect.Effect<B, DispatcherError | Exclude<E, MessageError>> => {
        const end = sink.end(received)
        if (Result.isSuccess(end)) return use(end.success)
        return end.failure._tag === "MessageError"
          ? failure(connection, new UnreadableReply({ command, why: end.failure }))
          : Effect.fail(end.failure as Exclude<E, MessageError>)
      })
  )

const send = (
  connection: DispatcherConnection,
  parameters: BackupTreeRequest.Parameters,
  sink: ReplySink
): Effect.Effect<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope> =>
  // A session id is as good as a password (PROTOCOL 5.5).
  connection.securityLevel === "low" && Redacted.value(parameters.targetSessionId) !== ""
    ? failure(connection, new SessionWithheld({}))
    : sendCommand(connection, Command.getBackupTree(parameters), { sink, cancel: (id) => cancel(connection, id) })

/** Requests the server to stop a task. Success means that the request was accepted, not that the task has stopped. */
const cancel = (connection: DispatcherConnection, id: string): Effect.Effect<Job.CancelOutcome> =>
  sendCommand(connection, Command.cancel(id), { isUrgent: true }).pipe(
    Effect.flatMap((job) => job.await),
    Effect.scoped,
    Effect.map((received) =>
      Result.match(
        Result.flatMap(Package.payload(received), (payload) =>
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

const payloadOf = (received: Package.Package): Result.Result<Uint8Array, MessageError> =>
  received.type === PackageType.DspWsBinaryResponse
    ? Result.fail(
      new MessageError({
        reason: "not-a-login-reply",
        detail: "a login reply arrived for a command that is not a login"
      })
    )
    : Package.payload(received)

const failed = (connection: DispatcherConnection, reply: Reply.Reply) =>
  failure(connection, new CommandFailed({ command, code: reply.code, details: detailsOf(reply) }))

/** Returns the texts of a reply's error event, or none if it cannot be read. */
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
