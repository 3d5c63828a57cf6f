/** Runs the tasks of a server: finds backup trees in its store, and cancels tasks. */
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import type * as Package from "@backup-tree/io/protocol/Package"
import * as Reply from "@backup-tree/io/protocol/Reply"
import type * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Connection } from "./Connection.ts"
import { reply, replyFailure, replyTree } from "./replies.ts"
import type { RunningTask, Server, Target } from "./Server.ts"

const { codes } = ReturnCode

/** Starts a task that finds a backup tree. It runs concurrently, so the client may send further requests. */
export const beginTree = (
  connection: Connection,
  received: Package.Package,
  parameters: BackupTreeRequest.Parameters
): Effect.Effect<void, DispatcherError> =>
  Effect.suspend(() => {
    const { clients, limits, scope, tasks } = connection.server
    if ([...tasks].filter(({ owner }) => owner === connection).length >= limits.maxTasks) {
      return reply(connection, received, Reply.failure(received.type, codes.PRL_ERR_TRY_AGAIN))
    }
    const task: RunningTask = {
      id: received.uuid,
      command: received.type,
      owner: connection,
      endsWithSession: BackupFlags.has(parameters.backupFlags, "PACF_CANCEL_TASK_ON_END_SESSION"),
      isCancelled: false,
      cancelled: Deferred.makeUnsafe()
    }
    tasks.add(task)
    const cancelled = Effect.as(Deferred.await(task.cancelled), failed(codes.PRL_ERR_OPERATION_WAS_CANCELED))
    return findTree(connection.server, parameters).pipe(
      Effect.raceFirst(cancelled),
      // A task with a result can no longer be cancelled.
      Effect.ensuring(Effect.sync(() => tasks.delete(task))),
      Effect.flatMap((found) =>
        !clients.has(connection)
          ? Effect.void
          : found._tag === "Found"
          ? replyTree(connection, received, found.tree)
          : replyFailure(connection, received, found.code, found.details)
      ),
      Effect.ignore,
      // A task may outlive the session that requested it.
      Effect.forkIn(scope),
      Effect.asVoid
    )
  })

type Outcome = Data.TaggedEnum<{
  Found: { readonly tree: Uint8Array }
  Failed: { readonly code: ReturnCode.ReturnCode; readonly details: ReadonlyArray<string> }
}>

const failed = (code: ReturnCode.ReturnCode, details: ReadonlyArray<string> = []): Outcome => ({
  _tag: "Failed",
  code,
  details
})

const findTree = Effect.fnUntraced(function*(
  server: Server,
  parameters: BackupTreeRequest.Parameters
): Effect.fn.Return<Outcome> {
  yield* server.beforeTree
  for (const fault of server.plan.next("task").actions) if (fault._tag === "LateTask") yield* fault.until
  const target = targetOf(server, parameters)
  if (target === undefined) {
    const details = [parameters.targetHost || localHost, server.hostName]
    return failed(codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY, details)
  }
  if (target !== server.own && !(yield* target.isLive(parameters.targetSessionId))) {
    return failed(codes.PRL_ERR_DISP2DISP_WRONG_USER_SESSION_UUID)
  }
  const query = ServerModel.fromFlags({ uuid: parameters.uuid, flags: parameters.backupFlags })
  if (Result.isFailure(query)) return failed(codes.PRL_ERR_INVALID_PARAM)
  const tree = yield* server.trees.get(yield* target.storeOf(parameters), query.success)
  return { _tag: "Found" as const, tree }
})

const localHost = "127.0.0.1"

// Without a session id the request is for this server, and host and port have no meaning (SEMANTICS 2.2).
const targetOf = (
  { own, targets }: Server,
  { targetHost, targetPort, targetSessionId }: BackupTreeRequest.Parameters
): Target | undefined =>
  Redacted.value(targetSessionId) === ""
    ? own
    : targets.get(Endpoint.print(Endpoint.tcp(targetHost || localHost, targetPort || Endpoint.defaultPort)))

/**
 * Cancels a task. The reply reports whether there was one. The request of the task gets a reply of its own.
 *
 * Source: PROTOCOL 7.
 */
export const cancel = (
  connection: Connection,
  received: Package.Package,
  requestUuid: string
): Effect.Effect<void, DispatcherError> =>
  Effect.suspend(() => {
    const named = [...connection.server.tasks].filter(({ id }) => id === requestUuid)
    const own = named.find(({ owner }) => owner === connection)
    if (own === undefined) {
      const code = named.length === 0 ? codes.PRL_ERR_TASK_NOT_FOUND : codes.PRL_ERR_ACCESS_DENIED
      return reply(connection, received, Reply.failure(received.type, code))
    }
    own.isCancelled = true
    return Effect.andThen(
      reply(connection, received, Reply.success(received.type)),
      Deferred.succeed(own.cancelled, undefined)
    )
  })
