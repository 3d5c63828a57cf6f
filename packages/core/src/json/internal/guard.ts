/** Refuses the tokens of a JSON text that exceed limits, or repeat a key. */
import { TokenType } from "@streamparser/json"
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

/** An object or array that is not closed yet. */
interface Open {
  /** The keys so far. An array has none. */
  readonly keys: Set<string> | undefined
  /** The key or the index of the current value. */
  at: string | number
}

// Measured on V8 with 64-bit pointers, rounded up: a value with its place in an object or array, and a new object.
const perValue = 24
const perObject = 72

/** Watches the tokens of one text. */
export class Guard {
  readonly #limits: Limits
  readonly #open: Array<Open> = []
  #text = ""
  #values = 0
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Takes a token. Returns why it is refused, or `undefined`. Whether the tokens form a document is not its business. */
  take(token: TokenType, value: unknown): Fault | undefined {
    const open = this.#open.at(-1)
    switch (token) {
      case TokenType.LEFT_BRACE:
      case TokenType.LEFT_BRACKET:
        this.#open.push(
          token === TokenType.LEFT_BRACE ? { keys: new Set(), at: "" } : { keys: undefined, at: 0 }
        )
        return this.#open.length > this.#limits.maxDepth
          ? { reason: "depth", detail: `it is deeper than ${this.#limits.maxDepth} levels` }
          : this.#count(perObject)
      case TokenType.RIGHT_BRACE:
      case TokenType.RIGHT_BRACKET:
        this.#open.pop()
        return undefined
      case TokenType.COMMA:
        if (typeof open?.at === "number") open.at += 1
        return undefined
      case TokenType.COLON:
        return open?.keys === undefined ? undefined : this.#key(open, open.keys)
      case TokenType.STRING:
        this.#text = String(value)
        return this.#count(perValue + this.#text.length)
      default:
        return this.#count(perValue)
    }
  }

  /** The path of the current value. */
  get path(): string {
    return this.#open
      .map(({ at }, index) => typeof at === "number" ? `[${at}]` : index === 0 || at === "" ? at : `.${at}`)
      .join("")
  }

  #key(open: Open, keys: Set<string>): Fault | undefined {
    open.at = this.#text
    if (keys.has(this.#text)) {
      return { reason: "duplicate-key", detail: `the key ${PrintableText.quote(this.#text)} appears twice` }
    }
    keys.add(this.#text)
    return undefined
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
