/**
 * Streams the environments of a backup tree as they arrive.
 *
 * The next bytes are read when the next environments are pulled. So a slow consumer applies backpressure to the server,
 * and only a few environments are in memory.
 *
 * @since 0.2.0
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EnvironmentSink } from "./DispatcherClient.ts"

// Only these environments, and those of the last read, are in memory.
const bufferSize = 16

/**
 * Makes a stream of what `read` passes to its sink. The stream ends or fails with `read`.
 *
 * Treat the environments as provisional until the stream ends: a reply reports success or failure only at its end.
 *
 * **Example**
 *
 * ```ts
 * TreeStream.make((sink) =>
 *   Effect.flatMap(client.streamBackupTree(parameters, sink), (job) => job.await)
 * )
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <E, R>(
  read: (sink: EnvironmentSink) => Effect.Effect<unknown, E, R>
): Stream.Stream<BackupTree.VirtualEnvironment, E, Exclude<R, Scope.Scope>> =>
  Stream.callback<BackupTree.VirtualEnvironment, E, R>(
    (queue) =>
      Effect.andThen(
        read((environments) => Effect.asVoid(Queue.offerAll(queue, environments))),
        Queue.end(queue)
      ),
    { bufferSize }
  )
