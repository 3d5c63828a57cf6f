/** The faults of a dispatcher at work: which strike when, and those of bytes on their way into the socket. */
import type * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Effect from "effect/Effect"
import type { ActionFault, ByteFault, Fault, Stage } from "../Faults.ts"

/** The faults that strike at one occurrence of a stage. */
export interface Struck {
  readonly bytes: ReadonlyArray<ByteFault>
  readonly actions: ReadonlyArray<ActionFault>
}

/** The faults of a server, and how often each has struck. */
export class FaultPlan {
  private readonly entries: ReadonlyArray<{ readonly fault: Fault; left: number }>

  constructor(faults: ReadonlyArray<Fault>) {
    this.entries = faults.map((fault) => ({ fault, left: fault.times }))
  }

  /** Whether a fault may still strike at a stage. */
  expects(stage: Stage): boolean {
    return this.entries.some(({ fault, left }) => fault.stage === stage && left > 0)
  }

  /** Counts an occurrence of a stage, and returns what strikes there. */
  strike(stage: Stage): Struck {
    const bytes: Array<ByteFault> = []
    const actions: Array<ActionFault> = []
    for (const entry of this.entries) {
      if (entry.fault.stage !== stage || entry.left <= 0) continue
      entry.left -= 1
      if ("at" in entry.fault) bytes.push(entry.fault)
      else actions.push(entry.fault)
    }
    return { bytes, actions }
  }
}

type Done = (error?: Error | null) => void

/** What leaves a server by one socket: counted while a stage is sent, until a fault of bytes strikes. */
export class FaultyWire {
  private readonly socket: DispatcherTransport.Wire["socket"]
  private armed: ReadonlyArray<ByteFault> = []
  private sent = 0
  private isMute = false

  constructor({ intercept, socket }: DispatcherTransport.Wire) {
    this.socket = socket
    intercept((bytes, done) => this.send(bytes, done))
  }

  /** Begins to count the bytes of a stage, at which these faults strike; none strikes at the bytes between stages. */
  arm(faults: ReadonlyArray<ByteFault>): void {
    this.armed = faults.filter((fault) => fault._tag !== "Corrupt" || fault.layer === "wire")
    this.sent = 0
  }

  /** Ends a stage of which nothing has been sent, for a connection that has just come. */
  strikeNow(): void {
    for (const fault of this.armed) this.end(fault, new Uint8Array(0))
  }

  /** Waits until the connection has gone. */
  readonly gone: Effect.Effect<void> = Effect.callback((resume) => {
    const onClose = () => resume(Effect.void)
    if (this.socket.closed) return onClose()
    this.socket.once("close", onClose)
    return Effect.sync(() => void this.socket.off("close", onClose))
  })

  /** Lets what the socket is about be done. */
  readonly turn: Effect.Effect<void> = Effect.callback((resume) => void setImmediate(() => resume(Effect.void)))

  /** Takes nothing more from the socket; the chunk in work is taken to its end, which would set it going again. */
  readonly stopReading: Effect.Effect<void> = Effect.andThen(this.turn, Effect.sync(() => void this.socket.pause()))

  // Behind the end everything is swallowed, and called sent.
  private send(bytes: Uint8Array, done: Done): void {
    if (this.isMute) return done()
    const struck = this.armed.filter(({ at }) => at < this.sent + bytes.length && at >= this.sent)
    let changed = bytes
    for (const fault of struck) {
      const at = fault.at - this.sent
      if (fault._tag === "Corrupt") changed = flip(changed, at)
      else {
        // The write that is struck lasts until the client has gone, and with it the connection.
        this.socket.once("close", () => done())
        return this.end(fault, changed.subarray(0, at))
      }
    }
    this.sent += bytes.length
    this.socket.write(changed, done)
  }

  private end(fault: ByteFault, last: Uint8Array): void {
    switch (fault._tag) {
      case "Corrupt":
        return
      case "Drop":
        this.isMute = true
        this.socket.end(last)
        return
      case "Reset":
        this.isMute = true
        if (this.socket.remoteAddress === undefined) this.socket.write(last, () => this.socket.destroy())
        else this.socket.write(last, () => this.socket.resetAndDestroy())
        return
      case "Stall":
        this.isMute = true
        if (last.length > 0) this.socket.write(last)
    }
  }
}

/** Turns all bits of one byte; bytes that are shorter stay as they are. */
export const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const changed = bytes.slice()
  if (at < changed.length) changed[at] = changed[at]! ^ 0xff
  return changed
}
