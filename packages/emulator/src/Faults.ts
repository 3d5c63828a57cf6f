/**
 * Faults of a server, to test a client against: what goes wrong, at which stage, and how often.
 *
 * A fault is a value; a dispatcher gets a list of them, as option `faults` of `DispatcherEmulator.make`. Faults of bytes
 * (`drop`, `cut`, `reset`, `stall`, `corrupt`) strike among the bytes that the server sends at a stage, by TCP, unix
 * socket and every security level alike. Faults of answers (`late`, `twice`, `outOfOrder`, `forSomebodyElse`, `flood`)
 * change what is said, and `slowReader` and `restart` what the server does besides.
 *
 * **Example** (Losing the connection in the middle of the first two answers)
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
 * When a fault strikes; each stage is what a server is about to send.
 *
 * `connect`: nothing yet, a connection has just come. `version` and `header`: its opening, 72 and 20 bytes. `table`: the
 * accepted routing table. `tls`: its part of the TLS handshake. `login`, `request`, `cancel` and `logoff`: the answer to
 * that command, where a `request` asks for a backup tree. `mid-reply`: the second half of a backup tree.
 */
export type Stage = "connect" | "version" | "header" | "table" | "tls" | "mid-reply" | AnswerStage

/** The stages at which the server answers a command. */
export type AnswerStage = "login" | "request" | "cancel" | "logoff"

/** The bytes that a position counts: those on the wire, or those of the package before records and TLS. */
export type Layer = "wire" | "package"

/** A fault among the bytes of a stage; it strikes in front of the byte number `at`, and never where a stage is shorter. */
export type ByteFault =
  & { readonly stage: Stage; readonly times: number; readonly at: number }
  & (
    | { readonly _tag: "Drop" }
    | { readonly _tag: "Reset" }
    | { readonly _tag: "Stall" }
    | { readonly _tag: "Corrupt"; readonly layer: Layer }
  )

/** A fault of what is said, or of what the server does when it should say something. */
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
    | { readonly _tag: "ForSomebodyElse"; readonly parentUuid: string }
    | { readonly _tag: "Flood"; readonly events: number }
  )

/** A fault: what goes wrong, at which stage, and at how many of its occurrences, counted over all connections. */
export type Fault = ByteFault | ActionFault

/** Limits a fault to the first occurrences of its stage; without this it strikes at every one. */
export const times = <F extends Fault>(self: F, count: number): F => ({ ...self, times: count })

const always = { times: Infinity }

/**
 * The server closes the connection (FIN) instead of going on.
 *
 * **Example** (A server that goes while it is asked)
 *
 * ```ts
 * Faults.drop("request")
 * ```
 */
export const drop = (stage: Stage): Fault => cut(stage, 0)

/**
 * The server sends so many bytes of a stage, and closes the connection (FIN).
 *
 * **Example** (A TLS handshake that ends within its first record)
 *
 * ```ts
 * Faults.cut("tls", 3)
 * ```
 */
export const cut = (stage: Stage, bytes: number): Fault => ({ _tag: "Drop", stage, at: bytes, ...always })

/**
 * The server resets the connection (RST), after so many bytes of a stage; what it sent just before may be lost with it.
 *
 * A unix socket knows no reset: there the connection ends without a goodbye.
 *
 * **Example** (A server that crashes behind the login)
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
 * With `heartbeats` only the answer does not come, and the server seems alive. Inside a package there is no place for
 * them but on the other route: at `mid-reply` they go on at level normal only.
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
 * One byte of a stage arrives changed, all its bits turned.
 *
 * On the wire the first five bytes are the record's type, version and length, and those behind them its data. In a package
 * 80 and 81 are the checksum, 82 to 89 the table, and 90 is the first of the message. Before TLS there are no records.
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
 * The server goes on when an effect has ended, and not before.
 *
 * **Example** (An answer that a test holds back)
 *
 * ```ts
 * const latch = yield* Deferred.make<void>()
 * const fault = Faults.late("request", Deferred.await(latch))
 * ```
 */
export const late = (stage: Stage, until: Effect.Effect<void>): Fault => ({ _tag: "Late", stage, until, ...always })

/**
 * The server answers twice, in the same words.
 *
 * **Example** (A tree that comes twice)
 *
 * ```ts
 * Faults.twice("request")
 * ```
 */
export const twice = (stage: AnswerStage): Fault => ({ _tag: "Twice", stage, ...always })

/**
 * The server holds an answer back until it has sent another one on the same connection.
 *
 * **Example** (The first tree that is asked for comes second)
 *
 * ```ts
 * Faults.times(Faults.outOfOrder("request"), 1)
 * ```
 */
export const outOfOrder = (stage: AnswerStage): Fault => ({ _tag: "OutOfOrder", stage, ...always })

/**
 * The answer names another request than the one that was made.
 *
 * **Example** (A login that stays without an answer of its own)
 *
 * ```ts
 * Faults.forSomebodyElse("login")
 * ```
 */
export const forSomebodyElse = (
  stage: AnswerStage,
  parentUuid = "{00000000-0000-4000-8000-00000000beef}"
): Fault => ({ _tag: "ForSomebodyElse", stage, parentUuid, ...always })

/**
 * The server sends many events in front of an answer; a thousand unless told.
 *
 * **Example** (News that nobody asked for, before the session has begun)
 *
 * ```ts
 * Faults.flood("login", { events: 10_000 })
 * ```
 */
export const flood = (stage: AnswerStage, options: { readonly events?: number | undefined } = {}): Fault => ({
  _tag: "Flood",
  stage,
  events: options.events ?? 1000,
  ...always
})

/**
 * From this stage on the server reads nothing more; what it has to say, and its heartbeats, it still sends.
 *
 * **Example** (A server that takes no command behind the login)
 *
 * ```ts
 * Faults.slowReader("login")
 * ```
 */
export const slowReader = (stage: Stage): Fault => ({ _tag: "SlowReader", stage, ...always })

/**
 * The server closes every connection and begins anew, on the same endpoint and with another uuid.
 *
 * **Example** (A restart in the middle of the first answer)
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
 * Faults.answerTable(RoutingTable.nullTable)
 * ```
 */
export const answerTable = (table: RoutingTable.RoutingTable): Fault => ({
  _tag: "Table",
  stage: "table",
  table,
  ...always
})
