/**
 * Faults of a server, for testing a client: what fails, at which stage, and how often.
 *
 * A fault is a value. Pass a list of faults to `DispatcherEmulator.make` as `faults`. Byte faults (`drop`, `cut`,
 * `reset`, `stall`, `corrupt`) change the bytes that the server sends at a stage. They work the same over
 * TCP and unix sockets, and at every security level. Reply faults (`late`, `twice`, `outOfOrder`, `misaddressed`,
 * `flood`) change what the server replies. `lateTask` makes it slow to find a tree. `slowReader`, `restart` and `routingTable` change what it does.
 *
 * **Example** (Losing the connection in the middle of the first two replies)
 *
 * ```ts
 * const emulator = yield* DispatcherEmulator.make({
 *   store,
 *   accounts,
 *   faults: [Faults.times(Faults.drop("mid-reply"), 2)]
 * })
 * ```
 *
 * @since 0.2.0
 */
import type * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import type * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/**
 * The stage of a fault: what the server is about to send.
 *
 * - `connect`: nothing yet; a connection has just been accepted.
 * - `version` and `header`: its opening, 72 and 20 bytes.
 * - `table`: the accepted routing table.
 * - `tls`: its part of the TLS handshake.
 * - `login`, `request`, `cancel` and `logoff`: the reply to that command. A `request` is a backup tree request.
 * - `mid-reply`: the second half of a backup tree.
 *
 * @category models
 * @since 0.2.0
 */
export type Stage = "connect" | "version" | "header" | "table" | "tls" | "mid-reply" | ReplyStage

/**
 * The stages at which the server replies to a command.
 *
 * @category models
 * @since 0.2.0
 */
export type ReplyStage = "login" | "request" | "cancel" | "logoff"

/**
 * The bytes in which a position counts: those on the wire, or those of the package before records and TLS.
 *
 * @category models
 * @since 0.2.0
 */
export type Layer = "wire" | "package"

/**
 * A fault in the bytes of a stage, before byte number `at`. A stage with fewer bytes has no fault.
 *
 * @category models
 * @since 0.2.0
 */
export type ByteFault =
  & { readonly stage: Stage; readonly times: number; readonly at: number }
  & Data.TaggedEnum<{
    Drop: {}
    Reset: {}
    Stall: {}
    Corrupt: { readonly layer: Layer }
  }>

/**
 * A fault in a reply, or in the behaviour of the server at a stage.
 *
 * @category models
 * @since 0.2.0
 */
export type ActionFault =
  & { readonly stage: Stage | "task"; readonly times: number }
  & Data.TaggedEnum<{
    Hang: {}
    Late: { readonly until: Effect.Effect<void> }
    LateTask: { readonly until: Effect.Effect<void> }
    SlowReader: {}
    Restart: {}
    Table: { readonly table: RoutingTable.RoutingTable }
    Twice: {}
    OutOfOrder: {}
    Misaddressed: { readonly parentUuid: string }
    Flood: { readonly events: number }
  }>

/**
 * A fault: what fails, at which stage, and at how many of its occurrences, counted over all connections.
 *
 * @category models
 * @since 0.2.0
 */
export type Fault = ByteFault | ActionFault

/**
 * Limits a fault to the first occurrences of its stage (default: every occurrence).
 *
 * @category combinators
 * @since 0.2.0
 */
export const times = <F extends Fault>(self: F, count: number): F => ({ ...self, times: count })

const always = { times: Infinity }

/**
 * The server closes the connection (FIN) instead of continuing.
 *
 * **Example** (A server that goes away during a request)
 *
 * ```ts
 * Faults.drop("request")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const drop = (stage: Stage): Fault => cut(stage, 0)

/**
 * The server sends some bytes of a stage, then closes the connection (FIN).
 *
 * **Example** (A TLS handshake that ends within its first record)
 *
 * ```ts
 * Faults.cut("tls", 3)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const cut = (stage: Stage, bytes: number): Fault => ({ _tag: "Drop", stage, at: bytes, ...always })

/**
 * The server resets the connection (RST) after some bytes of a stage. The bytes before may be lost too.
 *
 * A unix socket has no reset: there the connection only ends.
 *
 * **Example** (A server that crashes after the login)
 *
 * ```ts
 * Faults.reset("login")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const reset = (stage: Stage, options: { readonly after?: number | undefined } = {}): Fault => ({
  _tag: "Reset",
  stage,
  at: options.after ?? 0,
  ...always
})

/**
 * The server sends nothing more, but keeps the connection open.
 *
 * With `heartbeats` only the reply is missing, and the server seems alive. A heartbeat cannot interrupt a package on
 * the same route, so at `mid-reply` heartbeats continue only at level normal.
 *
 * **Example** (A task that hangs, and a machine that hangs)
 *
 * ```ts
 * const task = Faults.stall("request", { heartbeats: true })
 * const machine = Faults.stall("request")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const stall = (
  stage: Stage,
  options: { readonly after?: number | undefined; readonly heartbeats?: boolean | undefined } = {}
): Fault =>
  options.heartbeats === true
    ? { _tag: "Hang", stage, ...always }
    : { _tag: "Stall", stage, at: options.after ?? 0, ...always }

/**
 * One byte of a stage arrives with all its bits inverted.
 *
 * On the wire the first five bytes are the type, version and length of a record, followed by its data. In a package,
 * bytes 80 and 81 are the checksum, 82 to 89 the table, and 90 is the first byte of the message. Before TLS there are
 * no records.
 *
 * **Example** (A record of an unknown type, and a header with a wrong checksum)
 *
 * ```ts
 * const record = Faults.corrupt("request", 0)
 * const checksum = Faults.corrupt("request", 80, { layer: "package" })
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const corrupt = (stage: Stage, byte: number, options: { readonly layer?: Layer | undefined } = {}): Fault => ({
  _tag: "Corrupt",
  stage,
  at: byte,
  layer: options.layer ?? "wire",
  ...always
})

/**
 * The server waits for an effect before it continues.
 *
 * **Example** (A reply that a test holds back)
 *
 * ```ts
 * const latch = yield* Deferred.make<void>()
 * const fault = Faults.late("request", Deferred.await(latch))
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const late = (stage: Stage, until: Effect.Effect<void>): Fault => ({ _tag: "Late", stage, until, ...always })

/**
 * A running task of the server gets its result late: it waits for an effect first.
 *
 * Unlike a reply that is {@link late}, such a task can be cancelled. Heartbeats, events and replies to other requests
 * arrive meanwhile. It counts the backup tree requests whose tasks have started.
 *
 * **Example** (A first request that runs for five minutes)
 *
 * ```ts
 * Faults.times(Faults.lateTask(Effect.sleep("5 minutes")), 1)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const lateTask = (until: Effect.Effect<void>): Fault => ({ _tag: "LateTask", stage: "task", until, ...always })

/**
 * The server sends the same reply twice.
 *
 * **Example** (A tree that arrives twice)
 *
 * ```ts
 * Faults.twice("request")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const twice = (stage: ReplyStage): Fault => ({ _tag: "Twice", stage, ...always })

/**
 * The server holds a reply back until it has sent another one on the same connection.
 *
 * **Example** (The first requested tree arrives second)
 *
 * ```ts
 * Faults.times(Faults.outOfOrder("request"), 1)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const outOfOrder = (stage: ReplyStage): Fault => ({ _tag: "OutOfOrder", stage, ...always })

/**
 * The reply names a different request.
 *
 * **Example** (A login without a reply of its own)
 *
 * ```ts
 * Faults.misaddressed("login")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const misaddressed = (
  stage: ReplyStage,
  parentUuid = "{00000000-0000-4000-8000-00000000beef}"
): Fault => ({ _tag: "Misaddressed", stage, parentUuid, ...always })

/**
 * The server sends many events before a reply (default: 1000).
 *
 * **Example** (Events before the session has begun)
 *
 * ```ts
 * Faults.flood("login", { events: 10_000 })
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const flood = (stage: ReplyStage, options: { readonly events?: number | undefined } = {}): Fault => ({
  _tag: "Flood",
  stage,
  events: options.events ?? 1000,
  ...always
})

/**
 * The server stops reading at this stage. It still sends its replies and its heartbeats.
 *
 * **Example** (A server that reads no command after the login)
 *
 * ```ts
 * Faults.slowReader("login")
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const slowReader = (stage: Stage): Fault => ({ _tag: "SlowReader", stage, ...always })

/**
 * The server closes every connection and starts again, on the same endpoint and with another uuid.
 *
 * **Example** (A restart in the middle of the first reply)
 *
 * ```ts
 * Faults.times(Faults.restart("mid-reply"), 1)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const restart = (stage: Stage): Fault => ({ _tag: "Restart", stage, ...always })

/**
 * The server accepts with a routing table of its own. `RoutingTable.nullTable` refuses the level.
 *
 * **Example** (A server that refuses the level by the null table)
 *
 * ```ts
 * Faults.routingTable(RoutingTable.nullTable)
 * ```
 *
 * @category faults
 * @since 0.2.0
 */
export const routingTable = (table: RoutingTable.RoutingTable): Fault => ({
  _tag: "Table",
  stage: "table",
  table,
  ...always
})
