/**
 * The environments of a backup tree as a stream, as they arrive.
 *
 * The next bytes are read when the next environments are pulled: a slow consumer applies backpressure to the server, and
 * only a few environments are in memory.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EnvironmentSink } from "./DispatcherClient.ts"

// With the environments of one read, which the reader keeps until they are taken, all that is in memory.
const bufferSize = 16

/**
 * Makes a stream of what `read` passes to its sink. The stream ends or fails with `read`.
 *
 * Discard the environments if the stream fails: a reply reports success or failure only at its end.
 *
 * **Example**
 *
 * ```ts
 * TreeStream.make((sink) =>
 *   Effect.flatMap(client.streamBackupTree(parameters, sink), (job) => job.await)
 * )
 * ```
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
