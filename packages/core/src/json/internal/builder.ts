/** Builds a value from the tokens of a JSON text, within limits, and refuses what is not JSON. */
import * as Result from "effect/Result"
import * as PrintableText from "../../text/PrintableText.ts"
import type { Reason } from "../JsonError.ts"

export interface Limits {
  readonly maxDepth: number
  readonly maxValues: number
  readonly maxBytes: number
}

/** Why a token is refused. */
export interface Fault {
  readonly reason: Reason
  readonly detail: string
}

export type Mark = "{" | "}" | "[" | "]" | ":" | ","

type Container = Array<unknown> | Record<string, unknown>

/** An array or object that is not closed yet, and the key of its current value. An array counts instead. */
interface Open {
  readonly container: Container
  key: string
}

/** What may follow. Each text completes the sentence of an error. */
type Expected =
  | "a value"
  | "a value or ]"
  | "a key"
  | "a key or }"
  | "a colon"
  | "a comma or ]"
  | "a comma or }"
  | "the end"

// Measured on V8 with 64-bit pointers, rounded up: a value with its place in an object or array, and a new object.
const perValue = 24
const perObject = 72

/** Takes the tokens of one text, one after the other. */
export class Builder {
  readonly #limits: Limits
  readonly #open: Array<Open> = []
  #expected: Expected = "a value"
  #root: unknown
  #values = 0
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Takes a bracket or a sign between values. Returns why it is refused, or `undefined`. */
  mark(mark: Mark): Fault | undefined {
    const open = this.#open.at(-1)
    switch (mark) {
      case "{":
      case "[":
        return this.#begin(mark === "{" ? {} : [])
      case "}":
      case "]":
        return this.#expected.endsWith(mark) ? this.#close() : this.#unexpected()
      case ":":
        if (this.#expected !== "a colon") return this.#unexpected()
        this.#expected = "a value"
        return undefined
      case ",":
        if (open === undefined || !this.#expected.startsWith("a comma")) return this.#unexpected()
        this.#expected = Array.isArray(open.container) ? "a value" : "a key"
        return undefined
    }
  }

  /** Takes a text, which may be a key. Returns why it is refused, or `undefined`. */
  text(text: string): Fault | undefined {
    const open = this.#open.at(-1)
    if (open === undefined || !this.#expected.startsWith("a key")) return this.value(text, text.length)
    open.key = text
    if (Object.hasOwn(open.container, text)) {
      return { reason: "duplicate-key", detail: `the key ${PrintableText.quote(text)} appears twice` }
    }
    this.#expected = "a colon"
    return this.#count(perValue + text.length)
  }

  /** Takes any other value. Returns why it is refused, or `undefined`. */
  value(value: unknown, bytes = 0): Fault | undefined {
    if (!this.#expected.startsWith("a value")) return this.#unexpected()
    this.#add(value)
    this.#expect()
    return this.#count(perValue + bytes)
  }

  /** Returns the value when the text has ended. */
  end(): Result.Result<unknown, Fault> {
    return this.#expected === "the end"
      ? Result.succeed(this.#root)
      : Result.fail({ reason: "truncated", detail: this.#values === 0 ? "it is empty" : "it ends too early" })
  }

  /** The path of the current value. */
  get path(): string {
    return this.#open.reduce((path, { container, key }, depth) => {
      if (!Array.isArray(container)) return path === "" || key === "" ? path + key : `${path}.${key}`
      const isAwaited = depth === this.#open.length - 1 && this.#expected !== "a comma or ]"
      return `${path}[${isAwaited ? container.length : container.length - 1}]`
    }, "")
  }

  #begin(container: Container): Fault | undefined {
    if (!this.#expected.startsWith("a value")) return this.#unexpected()
    this.#add(container)
    this.#open.push({ container, key: "" })
    this.#expected = Array.isArray(container) ? "a value or ]" : "a key or }"
    return this.#open.length > this.#limits.maxDepth
      ? { reason: "depth", detail: `it is deeper than ${this.#limits.maxDepth} levels` }
      : this.#count(perObject)
  }

  #close(): undefined {
    this.#open.pop()
    this.#expect()
  }

  #add(value: unknown): void {
    const open = this.#open.at(-1)
    if (open === undefined) this.#root = value
    else if (Array.isArray(open.container)) open.container.push(value)
    // An assignment to this key would set the prototype.
    else if (open.key === "__proto__") {
      Object.defineProperty(open.container, open.key, { value, enumerable: true, configurable: true, writable: true })
    } else open.container[open.key] = value
  }

  #expect(): void {
    const open = this.#open.at(-1)
    this.#expected = open === undefined ? "the end" : Array.isArray(open.container) ? "a comma or ]" : "a comma or }"
  }

  #unexpected(): Fault {
    return { reason: "syntax", detail: `expected ${this.#expected}` }
  }

  #count(bytes: number): Fault | undefined {
    this.#values += 1
    this.#bytes += bytes
    if (this.#values > this.#limits.maxValues) {
      return { reason: "values", detail: `it has more than ${this.#limits.maxValues} values` }
    }
    return this.#bytes > this.#limits.maxBytes
      ? { reason: "memory", detail: `its values take more than ${Math.floor(this.#limits.maxBytes / 2 ** 20)} MiB` }
      : undefined
  }
}
