/**
 * Backup ids: `{uuid}` names item 1 of a chain, `{uuid}.N` names item N.
 *
 * The text is kept as it is, because the server compares bytes. Two spellings of one id are equal.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @since 0.2.0
 */
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import * as NumberText from "./NumberText.ts"
import * as Uuid from "./Uuid.ts"

/**
 * A backup id as the server parses it: `chain` is the text before the first dot, `number` counts from 1.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackupId {
  readonly text: string
  readonly chain: string
  readonly number: number
}

/**
 * A text that no server accepts as a backup id.
 *
 * @category errors
 * @since 0.2.0
 */
export class BackupIdError extends Schema.TaggedError<BackupIdError>()("BackupIdError", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${
      PrintableText.quote(this.text)
    } is not a backup id: ${this.why}. Copy the id from a listing: {uuid} or {uuid}.N.`
  }
}

/**
 * The largest number of an item in its chain.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxNumber = NumberText.maxUInt32

/**
 * Returns whether the server accepts a text as a uuid: bare, or with any one character on each side.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category predicates
 * @since 0.2.0
 */
export const isServerUuid = (text: string): boolean =>
  text.length === 38 ? Uuid.isUuid(text.slice(1, -1)) : text.length === 36 && Uuid.isUuid(text)

/**
 * Splits an id at its first dot, as the server does. An id without a dot has no suffix.
 *
 * It validates nothing: any text has these two parts.
 *
 * @category accessors
 * @since 0.2.0
 */
export const split = (id: string): { readonly chain: string; readonly suffix: string | undefined } => {
  const dot = id.indexOf(".")
  return dot === -1 ? { chain: id, suffix: undefined } : { chain: id.slice(0, dot), suffix: id.slice(dot + 1) }
}

/**
 * Returns the directory name of an id's chain and the number of its item, as a server derives them.
 *
 * `number` is `undefined` for a suffix that is 0 or not a number: it names no item.
 *
 * @category accessors
 * @since 0.2.0
 */
export const address = (id: string): { readonly chain: string; readonly number: number | undefined } => {
  const { chain, suffix } = split(id)
  // After a parse error the server continues with 0, which names no item.
  return { chain, number: suffix === undefined ? 1 : NumberText.parseUInt32(suffix) || undefined }
}

/**
 * Parses a backup id by the server's own grammar.
 *
 * **Example**
 *
 * ```ts
 * BackupId.parse("{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3")
 * // number 3 of chain {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<BackupId, BackupIdError> => {
  const { chain, suffix } = split(text)
  if (!isServerUuid(chain)) {
    return Result.fail(new BackupIdError({ text, why: "the part before the dot is not a uuid" }))
  }
  const number = suffix === undefined ? 1 : NumberText.parseUInt32(suffix)
  if (number === undefined) {
    return Result.fail(new BackupIdError({ text, why: "the part after the dot is not a number" }))
  }
  if (number === 0) return Result.fail(new BackupIdError({ text, why: "backup numbers start at 1" }))
  return Result.succeed({ text, chain, number })
}

/**
 * Creates the id of item `number` of a chain in the product's spelling. Number 1 is the bare chain id.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (chain: string, number: number): BackupId => ({
  text: number === 1 ? chain : `${chain}.${number}`,
  chain,
  number
})

/**
 * Returns the text of a backup id, unchanged.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (id: BackupId): string => id.text

/**
 * Returns a text that all spellings of one id share. A text that is not an id is its own key, in lower case.
 *
 * @category accessors
 * @since 0.2.0
 */
export const key = (text: string): string =>
  Result.match(parse(text), { onFailure: () => text.toLowerCase(), onSuccess: keyOf })

const keyOf = (id: BackupId): string => `${Uuid.key(id.chain)}.${id.number}`

/**
 * Returns whether two ids name the same item, ignoring case, braces and the spelling of the number.
 *
 * @category predicates
 * @since 0.2.0
 */
export const equals = (self: BackupId, that: BackupId): boolean => keyOf(self) === keyOf(that)

/**
 * Orders ids by chain, then by number.
 *
 * @category combinators
 * @since 0.2.0
 */
export const Order_: Order.Order<BackupId> = Order.combine(
  Order.mapInput(Order.String, (id: BackupId) => Uuid.key(id.chain)),
  Order.mapInput(Order.Number, (id: BackupId) => id.number)
)
export { Order_ as Order }

/**
 * Returns the number in the id of a full backup: 1 for the uuid of its chain, otherwise the number after the dot.
 *
 * Returns `undefined` for the uuid of another chain, for number 0, and for a text that is not an id.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category accessors
 * @since 0.2.0
 */
export const headNumber = (chainUuid: string, id: string): number | undefined => {
  if (Uuid.equals(chainUuid, id)) return 1
  const { chain, suffix } = split(id)
  if (suffix === undefined || !Uuid.equals(chainUuid, chain)) return undefined
  return NumberText.parseUInt32(suffix) || undefined
}

/**
 * Normalises a typed id to the product's spelling: lower case, in braces, the number without leading zeros.
 *
 * Never apply it to an id from a listing: the server compares bytes, so a directory of another spelling becomes
 * unreachable.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category codecs
 * @since 0.2.0
 */
export const normalise = (text: string): string =>
  Result.match(parse(text), {
    onFailure: () => text,
    onSuccess: (id) => make(Uuid.normalise(id.chain), id.number).text
  })
