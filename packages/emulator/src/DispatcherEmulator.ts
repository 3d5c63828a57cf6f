/**
 * A dispatcher for tests and experiments: the server side of the real protocol, over a store in memory.
 *
 * It replies as `ServerModel.select` defines, with the defects of real servers, and to what the product's own command
 * requests first. {@link Options.faults} make it go wrong. Source: PROTOCOL 2 to 7 and 10.
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

/** A user that may log in. */
export interface Account {
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/** The content of a backup directory: a store, or an effect that reads it for each request. */
export type StoreSource = BackupStore.BackupStore | Effect.Effect<BackupStore.BackupStore>

/** What a dispatcher serves, its accounts, and where it listens. */
export interface Options {
  /** The content of the default backup directory. */
  readonly store: StoreSource
  readonly accounts: ReadonlyArray<Account>
  /** Where it listens (default: a free port of 127.0.0.1). Every process that may open a unix socket may log in. */
  readonly endpoint?: Endpoint.Endpoint | undefined
  /** The lowest security level that it accepts (default: low, as in the product). Source: PROTOCOL 2.3. */
  readonly minimumLevel?: SecurityLevel | undefined
  /** The content of other backup directories, by their paths; other directories are empty. */
  readonly directories?: ReadonlyMap<string, StoreSource> | undefined
  /** The backup directories of machines with one of their own, by uuid; they are read when requested by uuid. */
  readonly ownDirectories?: ReadonlyMap<string, string> | undefined
  /** Other servers that it reaches, by `host:port`. See {@link DispatcherEmulator.target}. */
  readonly targets?: ReadonlyMap<string, Server.Target> | undefined
  /** Its name in errors. */
  readonly hostName?: string | undefined
  readonly limits?: Partial<ServerLimits.ServerLimits> | undefined
  /** What goes wrong (default: nothing). */
  readonly faults?: ReadonlyArray<Fault> | undefined
  /** Runs before each backup tree is sent; with `Effect.never` the task of the server hangs. */
  readonly beforeTree?: Effect.Effect<void> | undefined
}

/** A running dispatcher. */
export interface DispatcherEmulator {
  /** Where it listens; port 0 has become a free one. */
  readonly endpoint: Endpoint.Endpoint
  /** The number of open connections. */
  readonly connections: Effect.Effect<number>
  /** The tasks that have not ended, also those of ended sessions. */
  readonly tasks: Effect.Effect<ReadonlyArray<Server.Task>>
  /** The number of received commands since it was made, by type. */
  readonly commands: Effect.Effect<ReadonlyMap<number, number>>
  /** Sends an event to every session that is logged in, without waiting until it is read. */
  readonly publish: (event: PublishedEvent, form?: EventForm) => Effect.Effect<void>
  /** Closes every connection and starts again: the same endpoint, another uuid, no session and no task. */
  readonly restart: Effect.Effect<void>
  /** This server as the target of another one. */
  readonly target: Server.Target
}

/** Makes the store whose listing is a given XML text; defects of the text stay. */
export const storeFromXml = (text: string): Result.Result<BackupStore.BackupStore, XmlError> =>
  Result.map(BackupTreeXml.decode(text, { mode: "tolerant" }), ({ tree }) => BackupStore.fromTree(tree))

/** Starts a dispatcher. It runs until the scope closes, which closes every connection. */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<DispatcherEmulator, DispatcherError, Scope.Scope> {
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
  const settings = settingsOf(options, wanted, target)
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
    // The address may stay in use for a moment. If it stays in use, the restart dies.
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
    connections: Effect.sync(() => running.server.clients.size),
    tasks: Effect.sync(() =>
      [...running.server.tasks].map(({ command, id, isCancelled }) => ({ id, command, isCancelled }))
    ),
    commands: Effect.sync(() => new Map(settings.commands)),
    publish: (event, form = "text") => publish(running.server, event, form),
    restart,
    target
  }
})

const settingsOf = (options: Options, endpoint: Endpoint.Endpoint, own: Server.Target): Server.Settings => ({
  own,
  targets: options.targets ?? new Map(),
  accounts: options.accounts,
  minimumLevel: options.minimumLevel ?? "low",
  hostName: options.hostName ?? "localhost",
  isLocal: endpoint._tag === "Unix",
  beforeTree: options.beforeTree ?? Effect.void,
  limits: ServerLimits.make(options.limits),
  plan: new FaultPlan(options.faults ?? []),
  commands: new Map()
})

interface Running {
  readonly server: Server.Server & { readonly scope: Scope.Closeable }
  readonly endpoint: Endpoint.Endpoint
}

const start = Effect.fnUntraced(function*(
  settings: Server.Settings,
  endpoint: Endpoint.Endpoint,
  scope: Scope.Closeable,
  restart: Effect.Effect<void>
): Effect.fn.Return<Running, DispatcherError> {
  const server = {
    ...settings,
    opening: {
      version: Handshake.ownVersion,
      header: { senderType: Handshake.SenderType.dispatcher, uuid: yield* RandomUuid.next }
    },
    startedAt: yield* Clock.currentTimeMillis,
    scope,
    restart,
    clients: new Set(),
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

/** Returns the store of a request: of the named directory, of the machine's own, or the default one. */
const storeOf =
  ({ directories, ownDirectories, store }: Options): Server.Target["storeOf"] => ({ backupDirectory, uuid }) => {
    const path = backupDirectory === "" ? ownDirectories?.get(uuid) : backupDirectory
    const source = path === undefined ? store : directories?.get(path) ?? { environments: [] }
    return Effect.isEffect(source) ? source : Effect.succeed(source)
  }

const publish = (server: Server.Server, event: PublishedEvent, form: EventForm): Effect.Effect<void> => {
  const { payload, type } = payloadOf(event, form)
  return Effect.forEach(
    [...server.clients].filter(({ user }) => user !== undefined),
    (client) => Effect.forkIn(Effect.ignore(client.publish(type, payload)), server.scope),
    { discard: true }
  )
}
