/** Adds spans, metrics, retries and a time limit to any source. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Channel from "effect/Channel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type BackupSourceError, RequestTimedOut } from "../BackupSourceError.ts"
import * as SourceMetrics from "../SourceMetrics.ts"
import { failing } from "./replyListing.ts"
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
  /**
   * The time limit of a request as a whole (default: none): waiting for a connection, all attempts and decoding. For a
   * stream also the time of its consumer. The jobs of `submit` have no such limit: their owner may cancel them.
   *
   * The request then fails with `RequestTimedOut`, after it was cancelled on the server. That may take seconds more
   * (`cancelTimeout`, `logoffTimeout`).
   */
  readonly requestTimeout?: Duration.Input | undefined
}

/** Makes the service of a source: adds spans, metrics, retries, a time limit and `getBackupTree`. */
export const make = (implementation: SourceImplementation, options: Options = {}): SourceService => {
  const source = BackupListing.printSource(implementation.source)
  // Only the kind of the subject: the id is user input, which could be a secret by mistake.
  const span = (name: string, { subject }: Request) =>
    [`BackupSource.${name}`, { attributes: { source, subject: subject._tag } }] as const
  const observed = <A>(name: string, request: Request, effect: Effect.Effect<A, BackupSourceError>) =>
    limited(retryByClass(effect, options.retry), implementation.source, options.requestTimeout).pipe(
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
        observeStream(
          source,
          limitedStream(implementation.streamEnvironments(request, call), implementation.source, options.requestTimeout)
        ),
        ...span("streamEnvironments", request)
      ),
    getBackupTreeXml: (request, call) =>
      observed("getBackupTreeXml", request, implementation.getBackupTreeXml(request, call)),
    decode: (text, request) => Effect.withSpan(implementation.decode(text, request), ...span("decode", request))
  }
}

/** Makes the error of a request that took too long. */
const timedOut = (source: BackupListing.Source, timeout: Duration.Input) =>
  Effect.fail(failing(source)(new RequestTimedOut({ millis: Duration.toMillis(timeout) })))

const limited = <A>(
  effect: Effect.Effect<A, BackupSourceError>,
  source: BackupListing.Source,
  timeout: Duration.Input | undefined
): Effect.Effect<A, BackupSourceError> =>
  timeout === undefined
    ? effect
    : Effect.timeoutOrElse(effect, { duration: timeout, orElse: () => timedOut(source, timeout) })

const limitedStream = <A>(
  stream: Stream.Stream<A, BackupSourceError>,
  source: BackupListing.Source,
  timeout: Duration.Input | undefined
): Stream.Stream<A, BackupSourceError> =>
  timeout === undefined
    ? stream
    : Stream.interruptWhen(stream, Effect.andThen(Effect.sleep(timeout), timedOut(source, timeout)))

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
