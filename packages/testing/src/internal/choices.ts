/** Uniform choices that shrink towards the first, which `effect/Arbitrary` lacks. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** Draws an index below `length`, uniformly; shrinks to 0. */
export const index = (length: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Literals(Array.from({ length }, (_, value) => value)), {
    shrink: (value) => [...new Set([0, value >> 1, value - 1])].filter((smaller) => smaller >= 0 && smaller < value)
  })

/** Draws a whole number between two bounds, often near one of them; shrinks towards the lower. */
export const integer = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum }))))

/** Draws a whole number of up to 64 bits; shrinks towards 0. */
export const uint64: Arbitrary.Arbitrary<bigint> = Arbitrary.schema(
  Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 64n - 1n })))
)

/** Draws a whole number of 32 bits; shrinks towards 0. */
export const uint32: Arbitrary.Arbitrary<number> = integer(0, 0xffff_ffff)

/** Draws one of several values, uniformly; shrinks to the first. */
export const pick = <const A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(index(values.length), (position) => values[position]!)

/** Draws from one of several generators, uniformly; shrinks to the first. */
export const oneOf = <A>(...choices: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(index(choices.length), (position) => choices[position]!)

/** Draws true once in `rarity` times on average; shrinks to false. */
export const rarely = (rarity: number): Arbitrary.Arbitrary<boolean> =>
  Arbitrary.map(index(rarity), (position) => position === rarity - 1)

/** Draws true or false, uniformly; shrinks to false. */
export const boolean: Arbitrary.Arbitrary<boolean> = rarely(2)
