/**
 * The environments of a backup tree as a stream, as they arrive.
 *
 * It reads on when the next environment is asked for, so whoever is slow slows the sender down, and no more is held than
 * a few environments.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { TakeEnvironments } from "./DispatcherClient.ts"

/** How many environments wait to be taken. */
const waiting = 16

/**
 * Makes a stream of what `read` gives away; it ends when that does, and fails as that does.
 *
 * The environments before a failure count for nothing: only its end says what a reply is worth.
 *
 * **Example**
 *
 * ```ts
 * TreeStream.make((take) =>
 *   Effect.flatMap(client.streamBackupTree(parameters, take), (job) => job.await)
 * )
 * ```
 */
export const make = <E, R>(
  read: (take: TakeEnvironments) => Effect.Effect<unknown, E, R>
): Stream.Stream<BackupTree.VirtualEnvironment, E, Exclude<R, Scope.Scope>> =>
  Stream.callback<BackupTree.VirtualEnvironment, E, R>(
    (queue) =>
      Effect.andThen(
        read((environments) => Effect.asVoid(Queue.offerAll(queue, environments))),
        Queue.end(queue)
      ),
    { bufferSize: waiting }
  )
