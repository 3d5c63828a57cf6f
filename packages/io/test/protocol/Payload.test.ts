import * as Password from "@backup-tree/io/protocol/Password"
import * as Payload from "@backup-tree/io/protocol/Payload"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { bytes, hex, join, xmlText } from "./support.ts"

const reasonOf = (result: Result.Result<unknown, { readonly reason: string }>): string =>
  Result.isFailure(result) ? result.failure.reason : "none"

const decodedPassword = (field: string): string =>
  Redacted.value(Result.getOrThrow(Password.decode(Redacted.make(field))))

describe("Payload", () => {
  it.prop("reads what it writes, and ignores what follows the NUL", [xmlText, bytes()], ([some, tail]) => {
    const text = `x${some}`
    const written = Result.getOrThrow(Payload.encode(text))
    assert.strictEqual(written.at(-1), 0)
    assert.deepStrictEqual(Payload.decode(join(written, tail)), Result.succeed(text))
  })

  it("refuses a text without its NUL, bad UTF-8, and texts that cannot be sent", () => {
    assert.strictEqual(reasonOf(Payload.decode(hex(""))), "no-terminator")
    assert.strictEqual(reasonOf(Payload.decode(hex("3c61"))), "no-terminator")
    for (const bad of ["ff00", "c000", "c32800", "eda08000", "f8888080 8000", "e282 00"]) {
      assert.strictEqual(reasonOf(Payload.decode(hex(bad))), "not-utf8")
    }
    for (const text of ["", "a\0b", "\ud800", "\udc00x"]) {
      assert.strictEqual(reasonOf(Payload.encode(text)), "cannot-be-sent")
    }
  })

  it("keeps a byte order mark, for the reader of the text to refuse", () => {
    assert.deepStrictEqual(Payload.decode(hex("efbbbf3c00")), Result.succeed("\ufeff<"))
  })
})

describe("Password", () => {
  it("writes 1368 characters for every ASCII password", () => {
    for (const text of ["", "secret", "x".repeat(1024)]) {
      const field = Redacted.value(Result.getOrThrow(Password.encode(Redacted.make(text))))
      assert.strictEqual(field.length, 1368)
      assert.strictEqual(decodedPassword(field), text)
    }
    const secret = Redacted.value(Result.getOrThrow(Password.encode(Redacted.make("secret"))))
    assert.isTrue(secret.startsWith("c2VjcmV0AAAA"))
    assert.isTrue(secret.endsWith("AAAA=="))
  })

  it.prop("reads what it writes", [xmlText], ([text]) => {
    const field = Redacted.value(Result.getOrThrow(Password.encode(Redacted.make(text))))
    assert.strictEqual(Buffer.from(field, "base64").toString("utf8").length, 1024)
    assert.strictEqual(decodedPassword(field), text)
  })

  it("refuses what the product would cut or spoil", () => {
    for (const text of ["x".repeat(1025), "a\0b", "\0", "\ud800"]) {
      assert.strictEqual(reasonOf(Password.encode(Redacted.make(text))), "cannot-be-sent")
    }
  })

  it("refuses a field of more than 1368 units, and one that is none", () => {
    const field = (text: string) => Redacted.make(Buffer.from(text).toString("base64"))
    assert.isTrue(Result.isSuccess(Password.decode(field("x".repeat(1368)))))
    assert.isTrue(Result.isSuccess(Password.decode(field("€".repeat(1368)))))
    assert.strictEqual(reasonOf(Password.decode(field("x".repeat(1369)))), "password-too-long")
    assert.strictEqual(reasonOf(Password.decode(field("x".repeat(100_000)))), "password-too-long")
    assert.strictEqual(reasonOf(Password.decode(Redacted.make("secret!"))), "not-a-password")
    assert.strictEqual(reasonOf(Password.decode(Redacted.make("/w=="))), "not-a-password")
  })

  it("shows a password in no message", () => {
    const result = Password.encode(Redacted.make("hunter2".repeat(200)))
    assert.notInclude(JSON.stringify(Result.isFailure(result) && [result.failure, result.failure.message]), "hunter2")
    const bad = Password.decode(Redacted.make("hunter2!"))
    assert.notInclude(JSON.stringify(Result.isFailure(bad) && [bad.failure, bad.failure.message]), "hunter2")
  })
})
