import * as Errors from "@backup-tree/io/dispatcher/DispatcherError"
import { HandshakeError, MessageError, StreamError } from "@backup-tree/io/protocol/ProtocolError"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"

const wrong = new MessageError({ reason: "no-terminator", detail: "a text of 3 bytes has no NUL behind it" })

const cases: ReadonlyArray<[Errors.DispatcherReason, number, "transient" | "once" | "permanent"]> = [
  [new Errors.ConnectFailed({ code: "ECONNREFUSED" }), 0x80000249, "transient"],
  [new Errors.ConnectFailed({ code: "EWEIRD" }), 0x80000249, "transient"],
  [new Errors.TimedOut({ stage: "connect", millis: 60_000 }), 0x80000249, "transient"],
  [new Errors.TimedOut({ stage: "reply", millis: 60_000 }), 0x80000246, "transient"],
  [new Errors.HandshakeClosed({ level: "low", detail: "the peer closed it" }), 0x80000412, "once"],
  [new Errors.HandshakeClosed({ level: "normal", detail: "the peer closed it" }), 0x80000412, "once"],
  [new Errors.HandshakeClosed({ level: "high", detail: "the peer closed it" }), 0x80000412, "once"],
  [new HandshakeError({ reason: "wrong-magic", detail: "x", peerDescription: null }), 0x80000412, "permanent"],
  [new HandshakeError({ reason: "wrong-major", detail: "x", peerDescription: null }), 0x80000413, "permanent"],
  [new HandshakeError({ reason: "null-table", detail: "x", peerDescription: null }), 0x80000277, "permanent"],
  [new Errors.TlsFailed({ detail: "x" }), 0x80000414, "permanent"],
  [new StreamError({ reason: "wrong-checksum", stage: "packages", detail: "x" }), 0x80000246, "once"],
  [new Errors.ConnectionLost({ stage: "login", detail: "x" }), 0x80000249, "transient"],
  [new Errors.ConnectionLost({ stage: "reply", detail: "x" }), 0x80000246, "transient"],
  [new Errors.ConnectionSilent({ millis: 30_000 }), 0x80000246, "transient"],
  [new Errors.Stalled({ millis: 600_000 }), 0x80000015, "transient"],
  [new Errors.LoginRefused({ user: "root", code: -2147482832 }), 0x80000330, "permanent"],
  [new Errors.LoginRefused({ user: null, code: -2147482603 }), 0x80000415, "transient"],
  [new Errors.UnexpectedLoginReply({}), 0x80000330, "permanent"],
  [new Errors.CommandFailed({ command: "GetBackupTree", code: -2147482352, details: ["a"] }), 0x80000510, "transient"],
  [new Errors.UnreadableReply({ command: "GetBackupTree", why: wrong }), 0x80000036, "permanent"],
  [new Errors.UnsendableCommand({ command: "Login", why: wrong }), 0x80000003, "permanent"],
  [new Errors.SessionWithheld({}), 0x80000003, "permanent"],
  [new Errors.SessionMissing({}), 0x80000003, "permanent"]
]

describe("DispatcherError", () => {
  it.each(cases.map(([reason, code, retryClass]) => [reason._tag, reason, code, retryClass] as const))(
    "%s has the SDK's code, a retry class and a message with the endpoint",
    (_tag, reason, code, retryClass) => {
      const error = new Errors.DispatcherError({ endpoint: "node7:64000", reason })
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

  it("keeps what a server sends from the terminal", () => {
    const error = new Errors.DispatcherError({
      endpoint: "x",
      reason: new Errors.CommandFailed({ command: "GetBackupTree", code: -1, details: ["\u001b[2J", "\u202eevil"] })
    })
    assert.notMatch(error.message, /[\u001b\u202e]/)
    assert.deepStrictEqual(error.reason._tag === "CommandFailed" && error.reason.details, ["\u001b[2J", "\u202eevil"])
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
