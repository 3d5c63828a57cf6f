/**
 * Sizes in JSON documents: whole numbers, written as JSON numbers.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const max = 2n ** 64n - 1n

const isWhole = (value: unknown): value is number | bigint =>
  (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) && value >= 0

const integer = (jsonSchema: { readonly minimum: number; readonly maximum?: number }) =>
  Schema.Finite.pipe(
    Schema.check(Schema.makeFilter(Number.isInteger, { toJsonSchema: () => ({ type: "integer", ...jsonSchema }) }))
  )

const written = (
  is: (value: unknown) => value is number | bigint,
  expected: string,
  number: ReturnType<typeof integer>
) =>
  Schema.declare(is, {
    expected,
    // Only for the JSON Schema: a number cannot hold every size.
    toCodecJson: () =>
      Schema.link<number | bigint>()(
        number,
        SchemaTransformation.transform({ decode: (value): number | bigint => value, encode: Number })
      )
  })

/**
 * Schema of a size in bytes, of up to 64 bits. A document has a JSON number, which `JsonReader` reads as a `number` or a `bigint`.
 *
 * @category schemas
 * @since 0.2.0
 */
export const JsonSize = written(
  (value): value is number | bigint => isWhole(value) && BigInt(value) <= max,
  "a whole number of at most 64 bits",
  integer({ minimum: 0, maximum: Number(max) })
).pipe(
  Schema.decodeTo(
    Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: max }))),
    SchemaTransformation.transform({ decode: BigInt, encode: (size): number | bigint => size })
  )
)

/**
 * Schema of the sum of sizes, in bytes. It can have more than 64 bits, because each size can have 64.
 *
 * @category schemas
 * @since 0.2.0
 */
export const JsonSum = written(isWhole, "a whole number", integer({ minimum: 0 })).pipe(
  Schema.decodeTo(
    Schema.BigInt.pipe(Schema.check(Schema.isGreaterThanOrEqualToBigInt(0n))),
    SchemaTransformation.transform({ decode: BigInt, encode: (size): number | bigint => size })
  )
)
