import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"

interface Refusal {
  readonly reason: string
  readonly detail: string
}

/** A refusal: what is given, the whole text of reason and detail, and the result. */
export type Row = readonly [given: string, text: string, result: () => Result.Result<unknown, Refusal>]

/** What a peer or a caller sent. No refusal repeats it. */
export const secret = "hunter2"

/** Compares the whole text of each refusal. */
export const testRefusals = (rows: ReadonlyArray<Row>): void =>
  it.each(rows)("%s: %s", (_, text, result) => {
    const shown = Result.match(result(), {
      onFailure: ({ detail, reason }) => `${reason}: ${detail}`,
      onSuccess: () => "not refused"
    })
    assert.strictEqual(shown, text)
    assert.notInclude(shown, secret)
  })
