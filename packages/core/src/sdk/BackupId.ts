/**
 * Backup ids: `{uuid}` names item 1 of a chain, `{uuid}.N` names item N. Source: SEMANTICS 1.4.
 *
 * The text is kept, since the server compares bytes; two spellings of one id are equal.
 */
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as NumberText from "./NumberText.ts"
import * as Uuid from "./Uuid.ts"

/**
 * A backup id as the server reads it: `chain` is the text before the first dot, `number` counts from 1.
 */
export interface BackupId {
  readonly text: string
  readonly chain: string
  readonly number: number
}

/** A text that no server reads as a backup id. */
export class BackupIdError extends Schema.TaggedError<BackupIdError>()("BackupIdError", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.text)} is no backup id: ${this.why}. Write {uuid} or {uuid}.N, as a listing shows it.`
  }
}

/** The largest number that an item of a chain can have. */
export const maxNumber = NumberText.maxUInt32

/** Tells whether the server takes a text as a uuid: bare, or with any character on each side. Source: SEMANTICS 1.4. */
export const isServerUuid = (text: string): boolean =>
  text.length === 38 ? Uuid.isUuid(text.slice(1, -1)) : text.length === 36 && Uuid.isUuid(text)

/**
 * Splits an id at its first dot, as the server does; an id without a dot has no suffix.
 *
 * Nothing is checked: the parts of a text that is no id are what stands before and after the dot.
 */
export const split = (id: string): { readonly chain: string; readonly suffix: string | undefined } => {
  const dot = id.indexOf(".")
  return dot === -1 ? { chain: id, suffix: undefined } : { chain: id.slice(0, dot), suffix: id.slice(dot + 1) }
}

/**
 * Returns where a server looks for an id: the name of the chain's directory, and the number of the item.
 *
 * A suffix that is no number, or 0, leaves no number: it names no item.
 */
export const address = (id: string): { readonly chain: string; readonly number: number | undefined } => {
  const { chain, suffix } = split(id)
  // The server goes on with 0 after an error, which names nothing.
  return { chain, number: suffix === undefined ? 1 : NumberText.parseUInt32(suffix) || undefined }
}

/**
 * Reads a backup id by the server's own grammar.
 *
 * **Example**
 *
 * ```ts
 * BackupId.parse("{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3")
 * // number 3 of chain {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}
 * ```
 */
export const parse = (text: string): Result.Result<BackupId, BackupIdError> => {
  const { chain, suffix } = split(text)
  if (!isServerUuid(chain)) {
    return Result.fail(new BackupIdError({ text, why: "what stands before the dot is no uuid" }))
  }
  const number = suffix === undefined ? 1 : NumberText.parseUInt32(suffix)
  if (number === undefined) {
    return Result.fail(new BackupIdError({ text, why: "what stands behind the dot is no number" }))
  }
  if (number === 0) return Result.fail(new BackupIdError({ text, why: "items are numbered from 1" }))
  return Result.succeed({ text, chain, number })
}

/** Writes the id of item `number` of a chain, as the product does: number 1 is the bare chain id. */
export const make = (chain: string, number: number): BackupId => ({
  text: number === 1 ? chain : `${chain}.${number}`,
  chain,
  number
})

/** Writes a backup id as it was given. */
export const print = (id: BackupId): string => id.text

/** Returns the text that all spellings of one id share; a text that is no id stands for itself. */
export const key = (text: string): string =>
  Result.match(parse(text), { onFailure: () => text.toLowerCase(), onSuccess: keyOf })

const keyOf = (id: BackupId): string => `${Uuid.key(id.chain)}.${id.number}`

/** Tells whether two ids name the same item, ignoring case, braces and how the number is spelled. */
export const equals = (self: BackupId, that: BackupId): boolean => keyOf(self) === keyOf(that)

/** Orders ids by chain, then by number. */
export const Order_: Order.Order<BackupId> = Order.combine(
  Order.mapInput(Order.String, (id: BackupId) => Uuid.key(id.chain)),
  Order.mapInput(Order.Number, (id: BackupId) => id.number)
)
export { Order_ as Order }

/**
 * Returns the number that the id of a full backup gives it: 1 for the uuid of the chain, else the number after the dot.
 *
 * An id of another uuid, number 0 or junk gives `undefined`. Source: SEMANTICS 1.4.
 */
export const headNumber = (chainUuid: string, id: string): number | undefined => {
  if (Uuid.equals(chainUuid, id)) return 1
  const { chain, suffix } = split(id)
  if (suffix === undefined || !Uuid.equals(chainUuid, chain)) return undefined
  return NumberText.parseUInt32(suffix) || undefined
}

/**
 * Writes an id that a person typed as the product stores ids: lower case, in braces, the number without padding.
 *
 * Never apply this to an id from a listing: it makes directories with other names unreachable (SEMANTICS 1.4).
 */
export const normalise = (text: string): string =>
  Result.match(parse(text), {
    onFailure: () => text,
    onSuccess: (id) => make(Uuid.normalise(id.chain), id.number).text
  })
