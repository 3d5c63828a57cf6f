/** Applies the faults of a dispatcher: counts their stages, and changes the bytes on the way to the socket. */
import type * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Effect from "effect/Effect"
import type { ActionFault, ByteFault, Fault } from "../Faults.ts"

/** The faults at one occurrence of a stage. */
export interface ActiveFaults {
  readonly bytes: ReadonlyArray<ByteFault>
  readonly actions: ReadonlyArray<ActionFault>
}

/** The faults of a server, and how often each can still occur. */
export class FaultPlan {
  readonly #entries: ReadonlyArray<{ readonly fault: Fault; left: number }>

  constructor(faults: ReadonlyArray<Fault>) {
    this.#entries = faults.map((fault) => ({ fault, left: fault.times }))
  }

  /** Returns whether a stage can still have a fault. */
  expects(stage: Fault["stage"]): boolean {
    return this.#entries.some(({ fault, left }) => fault.stage === stage && left > 0)
  }

  /** Counts an occurrence of a stage, and returns its faults. */
  next(stage: Fault["stage"]): ActiveFaults {
    const bytes: Array<ByteFault> = []
    const actions: Array<ActionFault> = []
    for (const entry of this.#entries) {
      if (entry.fault.stage !== stage || entry.left <= 0) continue
      entry.left -= 1
      if ("at" in entry.fault) bytes.push(entry.fault)
      else actions.push(entry.fault)
    }
    return { bytes, actions }
  }
}

type Done = (error?: Error | null) => void

/** Sends the bytes of one socket, counted from the start of a stage, until a byte fault occurs. */
export class FaultyWire {
  readonly #socket: DispatcherTransport.Wire["socket"]
  #armed: ReadonlyArray<ByteFault> = []
  #sent = 0
  #isMute = false

  constructor({ intercept, socket }: DispatcherTransport.Wire) {
    this.#socket = socket
    intercept((bytes, done) => this.#send(bytes, done))
  }

  /** Starts counting the bytes of a stage with these faults. Bytes between stages have no faults. */
  arm(faults: ReadonlyArray<ByteFault>): void {
    this.#armed = faults.filter((fault) => fault._tag !== "Corrupt" || fault.layer === "wire")
    this.#sent = 0
  }

  /** Applies the faults before anything has been sent, for a connection that has just been accepted. */
  applyNow(): void {
    for (const fault of this.#armed) this.#end(fault, new Uint8Array(0))
  }

  /** Waits until the connection is closed. */
  readonly gone: Effect.Effect<void> = Effect.callback((resume) => {
    const onClose = () => resume(Effect.void)
    if (this.#socket.closed) return onClose()
    this.#socket.once("close", onClose)
    return Effect.sync(() => void this.#socket.off("close", onClose))
  })

  /** Waits for a turn of the event loop, in which the socket does its work. */
  readonly turn: Effect.Effect<void> = Effect.callback((resume) => void setImmediate(() => resume(Effect.void)))

  /** Stops reading from the socket, after the chunk at hand, whose end would resume it. */
  readonly stopReading: Effect.Effect<void> = Effect.andThen(this.turn, Effect.sync(() => void this.#socket.pause()))

  // After a fault has ended the stream, bytes are dropped and reported as sent.
  #send(bytes: Uint8Array, done: Done): void {
    if (this.#isMute) return done()
    const due = this.#armed.filter(({ at }) => at < this.#sent + bytes.length && at >= this.#sent)
    let changed = bytes
    for (const fault of due) {
      const at = fault.at - this.#sent
      if (fault._tag === "Corrupt") changed = flip(changed, at)
      else {
        // The write with the fault ends only when the connection closes.
        this.#socket.once("close", () => done())
        return this.#end(fault, changed.subarray(0, at))
      }
    }
    this.#sent += bytes.length
    this.#socket.write(changed, done)
  }

  #end(fault: ByteFault, last: Uint8Array): void {
    switch (fault._tag) {
      case "Corrupt":
        return
      case "Drop":
        this.#isMute = true
        this.#socket.end(last)
        return
      case "Reset":
        this.#isMute = true
        if (this.#socket.remoteAddress === undefined) this.#socket.write(last, () => this.#socket.destroy())
        else this.#socket.write(last, () => this.#socket.resetAndDestroy())
        return
      case "Stall":
        this.#isMute = true
        if (last.length > 0) this.#socket.write(last)
    }
  }
}

/** Inverts all bits of one byte, if there is one at that position. */
export const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const changed = bytes.slice()
  if (at < changed.length) changed[at] = changed[at]! ^ 0xff
  return changed
}
