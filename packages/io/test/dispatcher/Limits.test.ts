import * as Limits from "@backup-tree/io/dispatcher/Limits"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"

describe("Limits", () => {
  it("are the defaults where nothing is said", () => {
    assert.deepStrictEqual(Limits.make(), Limits.defaults)
    assert.deepStrictEqual(Limits.make({ stallAfter: undefined, maxBuffers: undefined }), Limits.defaults)
  })

  it("take times as durations or as texts, and numbers as they are", () => {
    const limits = Limits.make({ stallAfter: "2 minutes", loginTimeout: Duration.seconds(3), maxReplyBytes: 1000 })
    assert.deepStrictEqual(limits, {
      ...Limits.defaults,
      stallAfter: Duration.minutes(2),
      loginTimeout: Duration.seconds(3),
      maxReplyBytes: 1000
    })
  })
})
