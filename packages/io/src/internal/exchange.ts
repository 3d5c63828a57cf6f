/** The exchange of packages on a connection that is up: requests, their replies, events, heartbeats, and the end. */
import type { SecurityLevel } from "@backup-tree/core/SecurityLevel"
import * as Uuid from "@backup-tree/core/Uuid"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { ConnectionLost, DispatcherError, Stalled } from "../DispatcherError.ts"
import * as DispatcherEvent from "../DispatcherEvent.ts"
import type * as DispatcherTransport from "../DispatcherTransport.ts"
import * as Job from "../Job.ts"
import * as JobPoller from "../JobPoller.ts"
import * as Limits from "../Limits.ts"
import * as Package from "../protocol/Package.ts"
import * as PackageType from "../protocol/PackageType.ts"
import { StreamError } from "../protocol/ProtocolError.ts"
import * as RoutingTable from "../protocol/RoutingTable.ts"
import * as RandomUuid from "../RandomUuid.ts"
import { readPackages } from "./readPackages.ts"

/** A command to send. */
export interface Request {
  readonly type: number
  readonly payload: Uint8Array
  /** How the server is asked to stop the work; without it the job cannot be cancelled. */
  readonly cancel?: ((id: string) => Effect.Effect<Job.CancelOutcome>) | undefined
  /** Whether the command is sent however many are unanswered, because it makes an end to something. */
  readonly isUrgent?: boolean | undefined
}

/** What a connection that is up can do. */
export interface Exchange {
  readonly request: (
    request: Request
  ) => Effect.Effect<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope>
  readonly events: Stream.Stream<DispatcherEvent.DispatcherEvent, DispatcherError>
  readonly isOpen: Effect.Effect<boolean>
  readonly close: Effect.Effect<void>
}

/** The two ends of a connection. */
export interface Ends {
  readonly level: SecurityLevel
  /** The uuids that packages name as senders and receivers. */
  readonly own: string
  readonly peer: string
}

interface Outstanding {
  readonly producer: Job.Producer<Package.Package, DispatcherError>
  readonly replied: Deferred.Deferred<void>
  readonly isCounted: boolean
}

/** Runs the exchange on a transport until it is closed or lost; either ends every job on it. */
export const make = (
  transport: DispatcherTransport.DispatcherTransport,
  { level, own, peer }: Ends,
  limits: Limits.Limits,
  closeSocket: Effect.Effect<void>
): Effect.Effect<Exchange, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { endpoint } = transport
    // What asks for jobs to be cancelled has a scope of its own: that of the caller may be closing, which is when a job
    // is given up, and a scope that is closing runs nothing more.
    const asking = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const jobs = new Map<string, Outstanding>()
    // Jobs that were given up: their replies may still come, and are no strays.
    const retired = new Set<string>()
    const room = yield* Semaphore.make(limits.maxOutstanding)
    const events = yield* PubSub.sliding<Package.Package>(limits.maxWaitingEvents)
    const ended = yield* Deferred.make<never, DispatcherError>()
    let isRetired = false
    let strays = 0

    const lost = (detail: string) =>
      new DispatcherError({ endpoint, reason: new ConnectionLost({ stage: "reply", detail }) })
    const end = (error: DispatcherError) =>
      Effect.uninterruptible(Effect.gen(function*() {
        if (!(yield* Deferred.fail(ended, error))) return
        yield* closeSocket
        for (const id of [...jobs.keys()]) yield* settle(id, Exit.fail(error))
        yield* PubSub.shutdown(events)
      }))

    /** Takes a job off the list, and finishes it; false where it was not there. */
    const settle = (id: string, exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<boolean> =>
      Effect.suspend(() => {
        const job = jobs.get(id)
        if (job === undefined) return Effect.succeed(false)
        jobs.delete(id)
        return job.producer.finish(exit).pipe(
          Effect.andThen(Deferred.succeed(job.replied, undefined)),
          Effect.andThen(job.isCounted ? room.release(1) : Effect.void),
          Effect.as(true)
        )
      })

    const closeIfIdle = Effect.suspend(() =>
      isRetired && jobs.size === 0 ? end(lost("it was retired, because of a job that did not end")) : Effect.void
    )

    const refuse = (reason: StreamError["reason"], detail: string) =>
      Effect.fail(new DispatcherError({ endpoint, reason: new StreamError({ reason, stage: "packages", detail }) }))

    /** Says what is done with a package from the server. Only replies finish jobs (PROTOCOL 3.5). */
    const onPackage = (received: Package.Package): Effect.Effect<void, DispatcherError> => {
      switch (PackageType.handling(received.type)) {
        case "disconnect":
          return refuse("refused-type", `a management package of type ${received.type}`)
        case "reply":
          return Effect.flatMap(
            settle(received.parentUuid, Exit.succeed(received)),
            (isKnown) => isKnown ? closeIfIdle : onStray(received.parentUuid)
          )
        case "event":
          return lengthOf(received) > limits.maxEventBytes
            ? Effect.logDebug(`dropped an event of more than ${limits.maxEventBytes} bytes`)
            : Effect.asVoid(PubSub.publish(events, received))
        default:
          return Effect.void
      }
    }

    const onStray = (parentUuid: string): Effect.Effect<void, DispatcherError> => {
      if (retired.delete(parentUuid)) return Effect.logDebug("dropped a late reply to a job that was given up")
      strays += 1
      return strays > limits.maxStrayReplies
        ? refuse("stray-replies", `more than ${limits.maxStrayReplies} replies that answer nothing`)
        : Effect.logDebug("dropped a reply that answers no request")
    }

    // A package of another sender, or to another receiver, is no fault, only told (PROTOCOL 3.5). The uuids are secrets.
    const logStrangers = ({ receiverUuid, senderUuid, type }: Package.Package) =>
      Effect.gen(function*() {
        if (!Uuid.equals(senderUuid, Uuid.nil) && !Uuid.equals(senderUuid, peer)) {
          yield* Effect.logDebug(`a package of type ${type} names a sender that is not the server`)
        }
        if (type === PackageType.DspWsResponse && !Uuid.equals(receiverUuid, own)) {
          yield* Effect.logDebug("a reply names a receiver that is not this connection")
        }
      })

    yield* readPackages(transport, level, limits, {
      onPackage: (received) => Effect.andThen(logStrangers(received), onPackage(received)),
      // An event may carry the uuid of a command; only a reply is news of its job (PROTOCOL 3.5).
      onProgress: ({ parentUuid, received, total, type }) =>
        PackageType.handling(type) === "reply"
          ? jobs.get(parentUuid)?.producer.receiving(received, total) ?? Effect.void
          : Effect.void
    }).pipe(Effect.catch(end), Effect.forkScoped)

    const write = (type: number, bytes: Uint8Array) =>
      transport.write(bytes, RoutingTable.routeOf(RoutingTable.forLevel(level), type) === "plain" ? "plain" : "tls")
    yield* Effect.sleep(Limits.heartbeatInterval).pipe(
      Effect.andThen(write(PackageType.Heartbeat, Package.heartbeat)),
      Effect.forever,
      Effect.catch(end),
      Effect.forkScoped
    )

    const close = end(lost("this side closed it"))
    yield* Effect.addFinalizer(() => close)

    /** Gives a job up: asks for it to be cancelled, waits a moment for its end, and else retires the connection. */
    const giveUp = (
      id: string,
      { cancel, producer, replied }: Outstanding & { readonly cancel: Job.Job<unknown, unknown>["cancel"] | undefined }
    ) =>
      Effect.gen(function*() {
        if (!jobs.has(id)) return
        if (cancel !== undefined) {
          yield* Effect.andThen(cancel, Deferred.await(replied)).pipe(
            Effect.interruptible,
            Effect.timeoutOption(limits.cancelTimeout)
          )
        }
        if (!(yield* settle(id, Exit.interrupt()))) return
        retired.add(id)
        isRetired ||= cancel !== undefined
        yield* closeIfIdle
      }).pipe(Effect.ensuring(producer.finish(Exit.interrupt())))

    /** Asks for a job to be cancelled, once, on behalf of the connection: who gives up waiting does not stop it. */
    const makeCancel = (id: string, ask: NonNullable<Request["cancel"]>, cancelling: Effect.Effect<void>) => {
      const outcome = Deferred.makeUnsafe<Job.CancelOutcome>()
      let isAsked = false
      return Effect.suspend(() => {
        if (isAsked || !jobs.has(id)) return isAsked ? Deferred.await(outcome) : Effect.succeed("not-running" as const)
        isAsked = true
        const asked = Effect.timeoutOrElse(ask(id), {
          duration: limits.cancelTimeout,
          orElse: () => Effect.succeed("unknown" as const)
        })
        return cancelling.pipe(
          Effect.andThen(Effect.forkIn(Effect.flatMap(asked, (said) => Deferred.succeed(outcome, said)), asking)),
          Effect.uninterruptible,
          Effect.andThen(Deferred.await(outcome))
        )
      })
    }

    const request: Exchange["request"] = ({ cancel: ask, isUrgent = false, payload, type }) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          if (!isUrgent) yield* restore(Effect.raceFirst(room.take(1), Deferred.await(ended)))
          if (isRetired || (yield* Deferred.isDone(ended))) {
            if (!isUrgent) yield* room.release(1)
            return yield* isRetired
              ? Effect.fail(lost("it is retired, and takes no more commands"))
              : Deferred.await(ended)
          }
          const id = yield* RandomUuid.next
          const bytes = Package.encode(Package.request({ uuid: id, senderUuid: own, type, payload }))
          if (Result.isFailure(bytes)) return yield* Effect.die(bytes.failure)
          let cancelling: Effect.Effect<void> = Effect.void
          const cancel = ask === undefined ? undefined : makeCancel(id, ask, Effect.suspend(() => cancelling))
          const producer = yield* Job.make<Package.Package, DispatcherError>(id, cancel)
          cancelling = producer.cancelling
          const job = { producer, replied: Deferred.makeUnsafe<void>(), isCounted: !isUrgent }
          jobs.set(id, job)
          yield* Effect.addFinalizer(() => giveUp(id, { ...job, cancel }))
          yield* Effect.forkScoped(JobPoller.watchStalls(producer, {
            stallAfter: limits.stallAfter,
            onStall: (millis) => new DispatcherError({ endpoint, reason: new Stalled({ millis }) })
          }))
          yield* restore(Effect.raceFirst(write(type, bytes.success), Deferred.await(ended)))
          return producer.job
        })
      )

    return {
      request,
      events: Stream.fromPubSub(events).pipe(
        Stream.interruptWhen(Deferred.await(ended)),
        Stream.mapEffect(readEvent),
        Stream.flatMap(Stream.fromIterable)
      ),
      isOpen: Effect.map(Deferred.isDone(ended), (done) => !done),
      close
    }
  })

const lengthOf = ({ buffers }: Package.Package): number => buffers.reduce((sum, { bytes }) => sum + bytes.length, 0)

// An event that cannot be read ends nothing (PROTOCOL 4.7).
const readEvent = (received: Package.Package): Effect.Effect<ReadonlyArray<DispatcherEvent.DispatcherEvent>> => {
  const event = DispatcherEvent.fromPackage(received)
  return Result.isSuccess(event)
    ? Effect.succeed([event.success])
    : Effect.as(Effect.logDebug(`dropped an event that cannot be read: ${event.failure.message}`), [])
}
