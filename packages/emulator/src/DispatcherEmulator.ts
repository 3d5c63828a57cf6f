/**
 * A dispatcher to test against and to play with: the real protocol, as server, over a store in memory.
 *
 * It answers as `ServerModel.select` says, the defects of real servers included, and what the product's own command
 * asks on the way; it goes wrong where {@link Options.faults} say so. Source: PROTOCOL 2 to 7 and 10.
 */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Fault } from "./Faults.ts"
import { type EventForm, payloadOf, type PublishedEvent } from "./internal/events.ts"
import { FaultPlan } from "./internal/FaultyWire.ts"
import * as Server from "./internal/Server.ts"
import * as Session from "./internal/Session.ts"
import * as ServerLimits from "./ServerLimits.ts"

export type { EventForm, PublishedEvent } from "./internal/events.ts"
export type { Target, Task } from "./internal/Server.ts"

/** A user who may log in. */
export interface Account {
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/** What is in a backup directory: a store, or what reads it anew for each question. */
export type StoreSource = BackupStore.BackupStore | Effect.Effect<BackupStore.BackupStore>

/** What a dispatcher serves, to whom, and where. */
export interface Options {
  /** What is in the default backup directory. */
  readonly store: StoreSource
  readonly accounts: ReadonlyArray<Account>
  /** Where it listens: a free port of 127.0.0.1 unless told. On a unix socket whoever may open it may log in. */
  readonly endpoint?: Endpoint.Endpoint | undefined
  /** The lowest security level that it accepts; low unless told, as the product. Source: PROTOCOL 2.3. */
  readonly minimumLevel?: SecurityLevel | undefined
  /** What is in other backup directories, by their paths; one that is unknown is empty. */
  readonly directories?: ReadonlyMap<string, StoreSource> | undefined
  /** The paths of machines with a backup directory of their own, by their uuids; they are read when asked for by uuid. */
  readonly ownDirectories?: ReadonlyMap<string, string> | undefined
  /** Other servers that it reaches, by `host:port`: see {@link DispatcherEmulator.target}. */
  readonly targets?: ReadonlyMap<string, Server.Target> | undefined
  /** The name by which it calls itself in errors. */
  readonly hostName?: string | undefined
  readonly limits?: Partial<ServerLimits.ServerLimits> | undefined
  /** What goes wrong. */
  readonly faults?: ReadonlyArray<Fault> | undefined
  /**
   * Runs before each backup tree is sent; `Effect.never` makes a server whose task hangs.
   */
  readonly beforeTree?: Effect.Effect<void> | undefined
}

/** A dispatcher that is running. */
export interface DispatcherEmulator {
  /** Where it listens; a port of 0 has become a free one. */
  readonly endpoint: Endpoint.Endpoint
  /** How many connections are open. */
  readonly connections: Effect.Effect<number>
  /** The tasks that have not ended, those of sessions that have ended too. */
  readonly tasks: Effect.Effect<ReadonlyArray<Server.Task>>
  /** How many commands have come since it was made, by their types. */
  readonly commands: Effect.Effect<ReadonlyMap<number, number>>
  /** Tells every session that is logged in of an event, and does not wait until they have read it. */
  readonly publish: (event: PublishedEvent, form?: EventForm) => Effect.Effect<void>
  /** Closes every connection and begins anew: the same endpoint, another uuid, no session and no task. */
  readonly restart: Effect.Effect<void>
  /** This server as the target of another one. */
  readonly target: Server.Target
}

/** Reads the text of a backup tree into the store whose listing it is; its defects stay. */
export const storeFromXml = (text: string): Result.Result<BackupStore.BackupStore, XmlError> =>
  Result.map(BackupTreeXml.decode(text, { mode: "tolerant" }), ({ tree }) => BackupStore.fromTree(tree))

/** Starts a dispatcher; it runs until the scope closes, which closes every connection. */
export const make = (options: Options): Effect.Effect<DispatcherEmulator, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    const wanted = options.endpoint ?? Endpoint.tcp("127.0.0.1", 0)
    const restarts = yield* Queue.unbounded<Deferred.Deferred<void>>()
    const restart = Effect.flatMap(
      Deferred.make<void>(),
      (done) => Effect.andThen(Queue.offer(restarts, done), Deferred.await(done))
    )
    const target: Server.Target = {
      isLive: (session) => Effect.sync(() => Server.isLive(running.server, session)),
      storeOf: storeOf(options)
    }
    const settings: Server.Settings = {
      own: target,
      targets: options.targets ?? new Map(),
      accounts: options.accounts,
      minimumLevel: options.minimumLevel ?? "low",
      hostName: options.hostName ?? "localhost",
      isLocal: wanted._tag === "Unix",
      beforeTree: options.beforeTree ?? Effect.void,
      limits: ServerLimits.make(options.limits),
      plan: new FaultPlan(options.faults ?? []),
      commands: new Map()
    }
    const owner = yield* Effect.scope
    const begin = (endpoint: Endpoint.Endpoint) =>
      Effect.flatMap(
        Scope.fork(owner),
        (scope) => Effect.onError(start(settings, endpoint, scope, restart), () => Scope.close(scope, Exit.void))
      )
    let running = yield* begin(wanted)
    const { endpoint } = running
    const beginAgain = Effect.gen(function*() {
      yield* Scope.close(running.server.scope, Exit.void)
      // The address may stay in use for a moment; one that stays in use is said to who restarts.
      running = yield* Effect.orDie(
        Effect.retry(begin(endpoint), Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 50 })))
      )
    })
    yield* Queue.take(restarts).pipe(
      Effect.flatMap((done) => Deferred.into(beginAgain, done)),
      Effect.forever,
      Effect.forkScoped
    )
    return {
      endpoint,
      connections: Effect.sync(() => running.server.connections.size),
      tasks: Effect.sync(() =>
        [...running.server.tasks].map(({ command, id, isCancelled }) => ({ id, command, isCancelled }))
      ),
      commands: Effect.sync(() => new Map(settings.commands)),
      publish: (event, form = "text") => publish(running.server, event, form),
      restart,
      target
    }
  })

interface Running {
  readonly server: Server.Server
  readonly endpoint: Endpoint.Endpoint
}

const start = (
  settings: Server.Settings,
  endpoint: Endpoint.Endpoint,
  scope: Scope.Closeable,
  restart: Effect.Effect<void>
): Effect.Effect<Running & { readonly server: { readonly scope: Scope.Closeable } }, DispatcherError> =>
  Effect.gen(function*() {
    const server = {
      ...settings,
      opening: {
        version: Handshake.ownVersion,
        header: { senderType: Handshake.SenderType.dispatcher, uuid: yield* RandomUuid.next }
      },
      startedAt: yield* Clock.currentTimeMillis,
      scope,
      restart,
      connections: new Set(),
      tasks: new Set(),
      logins: 0,
      numericId: 0n
    } satisfies Server.Server
    const bound = yield* DispatcherTransport.listen(
      endpoint,
      (transport, wire) => Session.serve(server, transport, wire)
    ).pipe(Scope.provide(scope))
    return { server, endpoint: bound }
  })

/** Which store is meant: that of the directory named, or of the machine's own, or the default one. */
const storeOf =
  ({ directories, ownDirectories, store }: Options): Server.Target["storeOf"] => ({ backupDirectory, uuid }) => {
    const path = backupDirectory === "" ? ownDirectories?.get(uuid) : backupDirectory
    const source = path === undefined ? store : directories?.get(path) ?? { environments: [] }
    return Effect.isEffect(source) ? source : Effect.succeed(source)
  }

const publish = (server: Server.Server, event: PublishedEvent, form: EventForm): Effect.Effect<void> => {
  const { payload, type } = payloadOf(event, form)
  return Effect.forEach(
    [...server.connections].filter(({ user }) => user !== undefined),
    (connection) => Effect.forkIn(Effect.ignore(connection.tell(type, payload)), server.scope),
    { discard: true }
  )
}
