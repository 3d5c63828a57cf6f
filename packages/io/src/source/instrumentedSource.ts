/** Adds spans, metrics and retries to any source. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { BackupSourceError } from "../BackupSourceError.ts"
import * as SourceMetrics from "../SourceMetrics.ts"
import type { Request, SourceImplementation, SourceService } from "./sourceService.ts"

/**
 * Options of every kind of source.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /**
   * When to retry `getBackupTree` and `getBackupTreeXml` (default: never).
   *
   * Only transient failures follow the schedule. A failure that may be an accident is retried once, and a permanent one
   * never.
   *
   * @see [Semantics 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s6)
   */
  readonly retry?: Schedule.Schedule<unknown, BackupSourceError> | undefined
}

/** Makes the service of a source: adds spans, metrics, retries and `getBackupTree`. */
export const make = (implementation: SourceImplementation, options: Options = {}): SourceService => {
  const source = BackupListing.printSource(implementation.source)
  // Only the kind of the subject: the id is user input, which could be a secret by mistake.
  const span = (name: string, { subject }: Request) =>
    [`BackupSource.${name}`, { attributes: { source, subject: subject._tag } }] as const
  const observed = <A>(name: string, request: Request, effect: Effect.Effect<A, BackupSourceError>) =>
    retryByClass(effect, options.retry).pipe(
      SourceMetrics.observe(source),
      Effect.withSpan(...span(name, request))
    )
  return {
    source: implementation.source,
    submit: (request, call) =>
      Effect.withSpan(observeJob(source, implementation.submit(request, call)), ...span("submit", request)),
    getBackupTree: (request, call) =>
      observed(
        "getBackupTree",
        request,
        Effect.scoped(Effect.flatMap(implementation.submit(request, call), (job) => job.await))
      ),
    streamEnvironments: (request, call) =>
      Stream.withSpan(
        observeStream(source, implementation.streamEnvironments(request, call)),
        ...span("streamEnvironments", request)
      ),
    getBackupTreeXml: (request, call) =>
      observed("getBackupTreeXml", request, implementation.getBackupTreeXml(request, call)),
    decode: (text, request) => Effect.withSpan(implementation.decode(text, request), ...span("decode", request))
  }
}

/** Counts a job from its submission to its end. */
const observeJob = (source: string, submit: ReturnType<SourceService["submit"]>): typeof submit =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const end = yield* SourceMetrics.begin(source)
    const job = yield* Effect.onError(restore(submit), (cause) => end(Exit.failCause(cause)))
    yield* Effect.forkScoped(Effect.onExit(Effect.interruptible(job.await), end), { startImmediately: true })
    return job
  }))

/** Counts a stream. If its consumer stops early, it counts as interrupted. */
const observeStream = <A>(
  source: string,
  stream: Stream.Stream<A, BackupSourceError>
): Stream.Stream<A, BackupSourceError> =>
  Stream.suspend(() => {
    // The exit of the channel may be that of the consumer, not of the stream.
    let own: Exit.Exit<void, BackupSourceError> = Exit.interrupt()
    const end = (exit: typeof own) =>
      Effect.sync(() => {
        own = exit
      })
    const observed = stream.pipe(
      Stream.onEnd(end(Exit.void)),
      Stream.tapCause((cause) => end(Exit.failCause(cause)))
    )
    return Stream.fromChannel(
      Channel.acquireUseRelease(SourceMetrics.begin(source), () => Stream.toChannel(observed), (end) => end(own))
    )
  })

const retryByClass = <A, R>(
  request: Effect.Effect<A, BackupSourceError, R>,
  schedule: Schedule.Schedule<unknown, BackupSourceError> | undefined
): Effect.Effect<A, BackupSourceError, R> =>
  schedule === undefined ? request : Effect.suspend(() => {
    let accidents = 0
    return Effect.retry(request, {
      schedule,
      while: ({ retryClass }) => retryClass === "transient" || (retryClass === "once" && (accidents += 1) === 1)
    })
  })
