/**
 * Faults of a server, to test a client against: what goes wrong, at which stage, and how often.
 *
 * A fault is a value. Pass a list of faults to `DispatcherEmulator.make` as `faults`. Byte faults (`drop`, `cut`, `reset`,
 * `stall`, `corrupt`) change the bytes that the server sends at a stage, over TCP, unix sockets and every security level
 * alike. Reply faults (`late`, `twice`, `outOfOrder`, `misaddressed`, `flood`) change what the server replies. `slowReader`,
 * `restart` and `routingTable` change what it does.
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
 */
import type * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import type * as Effect from "effect/Effect"

/**
 * The moment of a fault: what the server is about to send.
 *
 * `connect`: nothing yet, a connection has just come. `version` and `header`: its opening, 72 and 20 bytes. `table`: the
 * accepted routing table. `tls`: its part of the TLS handshake. `login`, `request`, `cancel` and `logoff`: the reply to
 * that command, where a `request` is one for a backup tree. `mid-reply`: the second half of a backup tree.
 */
export type Stage = "connect" | "version" | "header" | "table" | "tls" | "mid-reply" | ReplyStage

/** The stages at which the server replies to a command. */
export type ReplyStage = "login" | "request" | "cancel" | "logoff"

/** The bytes that a position counts: those on the wire, or those of the package before records and TLS. */
export type Layer = "wire" | "package"

/** A fault in the bytes of a stage, before byte number `at`. A shorter stage has no fault. */
export type ByteFault =
  & { readonly stage: Stage; readonly times: number; readonly at: number }
  & (
    | { readonly _tag: "Drop" }
    | { readonly _tag: "Reset" }
    | { readonly _tag: "Stall" }
    | { readonly _tag: "Corrupt"; readonly layer: Layer }
  )

/** A fault in a reply, or in what the server does instead of sending one. */
export type ActionFault =
  & { readonly stage: Stage; readonly times: number }
  & (
    | { readonly _tag: "Hang" }
    | { readonly _tag: "Late"; readonly until: Effect.Effect<void> }
    | { readonly _tag: "SlowReader" }
    | { readonly _tag: "Restart" }
    | { readonly _tag: "Table"; readonly table: RoutingTable.RoutingTable }
    | { readonly _tag: "Twice" }
    | { readonly _tag: "OutOfOrder" }
    | { readonly _tag: "Misaddressed"; readonly parentUuid: string }
    | { readonly _tag: "Flood"; readonly events: number }
  )

/** A fault: what goes wrong, at which stage, and at how many occurrences of it, counted over all connections. */
export type Fault = ByteFault | ActionFault

/** Limits a fault to the first occurrences of its stage (default: every occurrence). */
export const times = <F extends Fault>(self: F, count: number): F => ({ ...self, times: count })

const always = { times: Infinity }

/**
 * The server closes the connection (FIN) instead of going on.
 *
 * **Example** (A server that goes away during a request)
 *
 * ```ts
 * Faults.drop("request")
 * ```
 */
export const drop = (stage: Stage): Fault => cut(stage, 0)

/**
 * The server sends some bytes of a stage, and closes the connection (FIN).
 *
 * **Example** (A TLS handshake that ends within its first record)
 *
 * ```ts
 * Faults.cut("tls", 3)
 * ```
 */
export const cut = (stage: Stage, bytes: number): Fault => ({ _tag: "Drop", stage, at: bytes, ...always })

/**
 * The server resets the connection (RST) after some bytes of a stage; what it sent just before may be lost too.
 *
 * A unix socket has no reset: there the connection just ends.
 *
 * **Example** (A server that crashes after the login)
 *
 * ```ts
 * Faults.reset("login")
 * ```
 */
export const reset = (stage: Stage, options: { readonly after?: number | undefined } = {}): Fault => ({
  _tag: "Reset",
  stage,
  at: options.after ?? 0,
  ...always
})

/**
 * The server falls silent for ever, and keeps the connection open.
 *
 * With `heartbeats` only the reply is missing, and the server seems alive. Heartbeats cannot be sent inside a package, only
 * on the other route: at `mid-reply` they continue at level normal only.
 *
 * **Example** (A task that hangs, and a machine that does)
 *
 * ```ts
 * const task = Faults.stall("request", { heartbeats: true })
 * const machine = Faults.stall("request")
 * ```
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
 * On the wire the first five bytes are the record's type, version and length, and its data follows. In a package, bytes 80
 * and 81 are the checksum, 82 to 89 the table, and 90 is the first of the message. Before TLS there are no records.
 *
 * **Example** (A record of no known type, and a header with a wrong checksum)
 *
 * ```ts
 * const record = Faults.corrupt("request", 0)
 * const checksum = Faults.corrupt("request", 80, { layer: "package" })
 * ```
 */
export const corrupt = (stage: Stage, byte: number, options: { readonly layer?: Layer | undefined } = {}): Fault => ({
  _tag: "Corrupt",
  stage,
  at: byte,
  layer: options.layer ?? "wire",
  ...always
})

/**
 * The server continues only when an effect has ended.
 *
 * **Example** (A reply that a test holds back)
 *
 * ```ts
 * const latch = yield* Deferred.make<void>()
 * const fault = Faults.late("request", Deferred.await(latch))
 * ```
 */
export const late = (stage: Stage, until: Effect.Effect<void>): Fault => ({ _tag: "Late", stage, until, ...always })

/**
 * The server sends the same reply twice.
 *
 * **Example** (A tree that comes twice)
 *
 * ```ts
 * Faults.twice("request")
 * ```
 */
export const twice = (stage: ReplyStage): Fault => ({ _tag: "Twice", stage, ...always })

/**
 * The server holds a reply back until it has sent another one on the same connection.
 *
 * **Example** (The first requested tree comes second)
 *
 * ```ts
 * Faults.times(Faults.outOfOrder("request"), 1)
 * ```
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
 */
export const flood = (stage: ReplyStage, options: { readonly events?: number | undefined } = {}): Fault => ({
  _tag: "Flood",
  stage,
  events: options.events ?? 1000,
  ...always
})

/**
 * From this stage on the server reads nothing more. It still sends its replies and its heartbeats.
 *
 * **Example** (A server that reads no command after the login)
 *
 * ```ts
 * Faults.slowReader("login")
 * ```
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
 */
export const restart = (stage: Stage): Fault => ({ _tag: "Restart", stage, ...always })

/**
 * The server accepts with another routing table than the client's; `RoutingTable.nullTable` refuses the level.
 *
 * **Example** (A server that refuses the level by the null table)
 *
 * ```ts
 * Faults.routingTable(RoutingTable.nullTable)
 * ```
 */
export const routingTable = (table: RoutingTable.RoutingTable): Fault => ({
  _tag: "Table",
  stage: "table",
  table,
  ...always
})
