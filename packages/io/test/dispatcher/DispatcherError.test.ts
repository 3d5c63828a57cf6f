import * as Errors from "@backup-tree/io/dispatcher/DispatcherError"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { dispatcherReasons as cases } from "../support/reasons.ts"

describe("DispatcherError", () => {
  it.each(cases.map(([reason, code, retryClass]) => [reason._tag, reason, code, retryClass] as const))(
    "%s has the SDK's code, a retry class and a message with the endpoint",
    (_tag, reason, code, retryClass) => {
      const error = new Errors.DispatcherError({ endpoint: "node7:64000", reason })
      assert.strictEqual(reason.returnCode, code | 0)
      assert.strictEqual(reason.retryClass, retryClass)
      assert.strictEqual(reason.isRetryable, retryClass !== "permanent")
      assert.strictEqual(error.returnCode, code | 0)
      assert.strictEqual(error.retryClass, retryClass)
      assert.strictEqual(error.isRetryable, retryClass !== "permanent")
      assert.match(error.message, /^node7:64000: .{30,}/s)
      const hex = `0x${code.toString(16).toUpperCase().padStart(8, "0")}`
      assert.include(error.message, `${error.returnCodeName} (${hex})`)
    }
  )

  it("covers every reason", () => {
    assert.deepStrictEqual(
      new Set(cases.map(([{ _tag }]) => _tag)).size,
      Errors.DispatcherReason.members.length
    )
  })

  it.each(
    [
      ["connect", "connecting", 0x80000249],
      ["handshake", "the PRLT handshake", 0x80000249],
      ["tls", "the TLS handshake", 0x80000249],
      ["login", "the login", 0x80000249],
      ["reply", "a reply", 0x80000246],
      ["logoff", "the logoff", 0x80000246]
    ] as const
  )("names the stage of a time limit and of a loss: %s", (stage, name, code) => {
    const late = new Errors.TimedOut({ stage, millis: 1500 })
    assert.strictEqual(
      late.message,
      `${name} did not finish within 1.5 s. Check that a dispatcher listens there, or raise the time limit.`
    )
    assert.include(new Errors.TimedOut({ stage, millis: 5 }).message, `${name} did not finish within 5 ms. `)
    assert.strictEqual(late.returnCode, code | 0)
    const lost = new Errors.ConnectionLost({ stage, detail: "reset" })
    assert.include(lost.message, `the connection was lost during ${name} (reset). `)
    assert.strictEqual(lost.returnCode, code | 0)
  })

  it("has a sample of each stage of a time limit", () => {
    assert.deepStrictEqual([...Errors.Stage.literals], ["connect", "handshake", "tls", "login", "reply", "logoff"])
  })

  it("keeps what a server sends from the terminal", () => {
    const error = new Errors.DispatcherError({
      endpoint: "x",
      reason: new Errors.CommandFailed({ command: "GetBackupTree", code: -1, details: ["\u001b[2J", "\u202eevil"] })
    })
    assert.notMatch(error.message, /[\u001b\u202e]/)
    assert.deepStrictEqual(error.reason._tag === "CommandFailed" && error.reason.details, ["\u001b[2J", "\u202eevil"])
  })

  it("counts the details of a failed command that it does not show", () => {
    const messageOf = (length: number, detail = "disk") =>
      new Errors.CommandFailed({ command: "GetBackupTree", code: -1, details: Array(length).fill(detail) }).message
    assert.include(messageOf(8), `: ${Array(8).fill("\"disk\"").join(", ")}.`)
    assert.match(messageOf(11), /"disk", "disk" and 3 more\.$/)
    assert.match(messageOf(11, "\u001b\u200b".repeat(80)), /… and 3 more\.$/)
  })

  it.effect("travels as JSON, and is caught by its reason", () =>
    Effect.gen(function*() {
      const codec = Schema.toCodecJson(Errors.DispatcherError)
      for (const [reason] of cases) {
        const error = new Errors.DispatcherError({ endpoint: "x", reason })
        const json: unknown = JSON.parse(JSON.stringify(Schema.encodeUnknownSync(codec)(error)))
        assert.strictEqual(Schema.decodeUnknownSync(codec)(json).message, error.message)
      }
      const failing = Effect.fail(
        new Errors.DispatcherError({ endpoint: "x", reason: new Errors.Stalled({ millis: 5 }) })
      )
      assert.strictEqual(
        yield* Effect.catchReason(failing, "DispatcherError", "Stalled", ({ millis }) => Effect.succeed(millis)),
        5
      )
    }))
})
