/**
 * Sizes in JSON documents: whole numbers of up to 64 bits, written as JSON numbers.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const max = 2n ** 64n - 1n

const isWritten = (value: unknown): value is number | bigint =>
  (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value)))
  && value >= 0 && BigInt(value) <= max

const Integer = Schema.Finite.pipe(
  Schema.check(
    Schema.makeFilter(Number.isInteger, { toJsonSchema: () => ({ type: "integer", minimum: 0, maximum: Number(max) }) })
  )
)

const Written = Schema.declare(isWritten, {
  expected: "a whole number of at most 64 bits",
  // Only for the JSON Schema: a number cannot hold every size.
  toCodecJson: () =>
    Schema.link<number | bigint>()(
      Integer,
      SchemaTransformation.transform({ decode: (value): number | bigint => value, encode: Number })
    )
})

/**
 * Schema of a size in bytes. A document has a JSON number, which `JsonReader` reads as a `number` or a `bigint`.
 *
 * @category schemas
 * @since 0.2.0
 */
export const JsonSize = Written.pipe(
  Schema.decodeTo(
    Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: max }))),
    SchemaTransformation.transform({ decode: BigInt, encode: (size): number | bigint => size })
  )
)
