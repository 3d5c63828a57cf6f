/**
 * A dispatcher for tests and experiments: the server side of the real protocol, over a store in memory.
 *
 * It selects backups as `ServerModel.select` defines, with the defects of real servers. It also supports the requests
 * that the product's own command sends first. {@link Options.faults} make it fail on purpose.
 *
 * @see [Protocol 2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2)
 * @see [Protocol 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3)
 * @see [Protocol 4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4)
 * @see [Protocol 5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5)
 * @see [Protocol 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6)
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @since 0.2.0
 */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerOrder from "@backup-tree/core/server/ServerOrder"
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
import { TreeTexts } from "./internal/treeTexts.ts"
import * as ServerLimits from "./ServerLimits.ts"

export type { EventForm, PublishedEvent } from "./internal/events.ts"
export type { Machine, Target, Task } from "./internal/Server.ts"

/**
 * A user who may log in.
 *
 * @category models
 * @since 0.2.0
 */
export interface Account {
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/**
 * The content of a backup directory: a store, or an effect that returns it for each request.
 *
 * @category models
 * @since 0.2.0
 */
export type StoreSource = BackupStore.BackupStore | Effect.Effect<BackupStore.BackupStore>

/**
 * What a dispatcher serves, who may log in, and where it listens.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /** The content of the default backup directory. */
  readonly store: StoreSource
  readonly accounts: ReadonlyArray<Account>
  /** Where it listens (default: a free port of 127.0.0.1). Any process that may open its unix socket may log in. */
  readonly endpoint?: Endpoint.Endpoint | undefined
  /**
   * The configured minimum security level (default: low, as in the product).
   *
   * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
   */
  readonly minimumLevel?: SecurityLevel | undefined
  /** The content of further backup directories, by path. All others are empty. */
  readonly directories?: ReadonlyMap<string, StoreSource> | undefined
  /** The paths of the machines' own backup directories, by uuid. A request by uuid reads them. */
  readonly ownDirectories?: ReadonlyMap<string, string> | undefined
  /**
   * The VMs and containers of its host, which clients request by uuid or name (default: all those with backups).
   *
   * @see [Protocol 4.8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-8)
   */
  readonly machines?: ReadonlyArray<Server.Machine> | undefined
  /** Other servers that it can reach, by `host:port`. See {@link DispatcherEmulator.target}. */
  readonly targets?: ReadonlyMap<string, Server.Target> | undefined
  /** Its name in errors. */
  readonly hostName?: string | undefined
  readonly limits?: Partial<ServerLimits.ServerLimits> | undefined
  /** The faults of the server (default: none). */
  readonly faults?: ReadonlyArray<Fault> | undefined
  /** Runs before each backup tree is sent. With `Effect.never` the task of the server hangs. */
  readonly beforeTree?: Effect.Effect<void> | undefined
}

/**
 * A running dispatcher.
 *
 * @category models
 * @since 0.2.0
 */
export interface DispatcherEmulator {
  /** Where it listens. Port 0 is replaced by a free port. */
  readonly endpoint: Endpoint.Endpoint
  /** The number of open connections. */
  readonly connections: Effect.Effect<number>
  /** The running tasks, including those of ended sessions. */
  readonly tasks: Effect.Effect<ReadonlyArray<Server.Task>>
  /**
   * The number of received commands by type, across restarts. All types that it does not serve are counted together, as
   * {@link otherCommands}.
   */
  readonly commands: Effect.Effect<ReadonlyMap<number, number>>
  /** Sends an event to every logged-in session, without waiting until it is read. */
  readonly publish: (event: PublishedEvent, form?: EventForm) => Effect.Effect<void>
  /** Closes every connection and starts again: the same endpoint, another uuid, no sessions and no tasks. */
  readonly restart: Effect.Effect<void>
  /** This server as the target of another one. */
  readonly target: Server.Target
}

/**
 * The key of all commands that a dispatcher does not serve, in {@link DispatcherEmulator.commands}.
 *
 * @category constants
 * @since 0.2.0
 */
export const otherCommands = -1

/**
 * Makes the store of a saved listing. Defects of the text are kept.
 *
 * @category constructors
 * @since 0.2.0
 */
export const storeFromXml = (text: string): Result.Result<BackupStore.BackupStore, XmlError> =>
  Result.map(BackupTreeXml.decode(text, { mode: "tolerant" }), ({ tree }) => BackupStore.fromTree(tree))

/**
 * Starts a dispatcher. It runs until the scope closes, which closes every connection.
 *
 * @category constructors
 * @since 0.2.0
 */
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
    // The address may stay in use for a moment. If it does not become free, the restart dies.
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
  machines: machinesOf(options, own),
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
    trees: new TreeTexts(scope, settings.limits.maxKeptReplyBytes),
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

/** Returns the machines of a host: by default those in its default store, then those with a directory of their own. */
const machinesOf = Effect.fnUntraced(function*(
  { machines, ownDirectories = new Map() }: Options,
  own: Server.Target
): Effect.fn.Return<ReadonlyArray<Server.Machine>> {
  if (machines !== undefined) return machines
  const found = machinesIn(yield* own.storeOf({ uuid: "", backupDirectory: "" }))
  for (const [uuid, backupDirectory] of ownDirectories) {
    found.push(...machinesIn(yield* own.storeOf({ uuid, backupDirectory })).filter((other) => other.uuid === uuid))
  }
  return found
})

const machinesIn = ({ environments }: BackupStore.BackupStore): Array<Server.Machine> =>
  ServerOrder.byDirectory(environments).flatMap(({ metadata }) => metadata === undefined ? [] : [metadata])

const publish = (server: Server.Server, event: PublishedEvent, form: EventForm): Effect.Effect<void> => {
  const { payload, type } = payloadOf(event, form)
  return Effect.forEach(
    [...server.clients].filter(({ user }) => user !== undefined),
    (client) => Effect.forkIn(Effect.ignore(client.publish(type, payload)), server.scope),
    { discard: true }
  )
}
