/** Sources that work in this process: a directory, a file, or replies of a test. */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { BackupSourceError } from "../BackupSourceError.ts"
import * as Job from "../dispatcher/Job.ts"
import * as RandomUuid from "../dispatcher/RandomUuid.ts"
import type { Request, SourceImplementation, SourceService } from "./sourceService.ts"

/** Makes a source from a function that returns XML texts. */
export const makeTextSource = (
  source: BackupListing.Source,
  xml: (request: Request) => Effect.Effect<string, BackupSourceError>,
  decode: SourceImplementation["decode"]
): SourceImplementation => {
  const getBackupTree: SourceService["getBackupTree"] = (request) =>
    Effect.flatMap(xml(request), (text) => decode(text, request))
  return {
    source,
    submit: submitLocal(getBackupTree),
    streamEnvironments: (request) =>
      Stream.unwrap(Effect.map(getBackupTree(request), ({ tree }) => Stream.fromIterable(tree.environments))),
    getBackupTreeXml: xml,
    decode
  }
}

/** Makes the job of a request that runs in this process. Cancelling the job interrupts the work. */
export const submitLocal = (getBackupTree: SourceService["getBackupTree"]): SourceImplementation["submit"] =>
  Effect.fnUntraced(function*(request) {
    const cancel: Effect.Effect<Job.CancelOutcome> = Effect.suspend(() =>
      work.pollUnsafe() !== undefined
        ? Effect.succeed("not-running" as const)
        : Effect.as(Fiber.interrupt(work), "accepted" as const)
    )
    const producer = yield* Job.make<BackupListing.BackupListing, BackupSourceError>(yield* RandomUuid.next, cancel)
    yield* Effect.addFinalizer(() => producer.finish(Exit.interrupt()))
    const work = yield* Effect.forkScoped(Effect.onExit(getBackupTree(request), producer.finish), {
      startImmediately: true
    })
    return producer.job
  })
