import { assert } from "@effect/vitest"
import * as Schema from "effect/Schema"

/** Asserts that a value of a schema is the same when it is written as JSON and read again. */
export const assertStored = <A, E>(schema: Schema.Codec<A, E>, value: A): void => {
  const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
  assert.deepStrictEqual(Schema.decodeSync(codec)(Schema.encodeSync(codec)(value)), value)
}
