import { JsonError } from "@backup-tree/core/json/JsonError"
import type { RetryClass } from "@backup-tree/core/sdk/ReturnCode"
import { XmlError } from "@backup-tree/core/xml/XmlError"
import {
  BackupSourceError,
  BackupSourceReason,
  DirectoryUnreadable,
  FileUnreadable,
  fromDispatcherError,
  RequestedBackupMissing,
  RequestTimedOut
} from "@backup-tree/io/BackupSourceError"
import { ConnectionLost, DispatcherError, LoginRefused, StreamError } from "@backup-tree/io/dispatcher/DispatcherError"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { dispatcherReasons } from "./support/reasons.ts"

const cases: ReadonlyArray<readonly [BackupSourceReason, code: number | undefined, RetryClass]> = [
  ...dispatcherReasons.map(([reason, code, retryClass]) => [reason, code | 0, retryClass] as const),
  [
    new XmlError({ reason: "tag", detail: "a tag", path: "VmItem[1]", line: 1, column: 2 }),
    0x80000036 | 0,
    "permanent"
  ],
  [new XmlError({ reason: "empty", detail: "no root" }), 0x80000036 | 0, "permanent"],
  [new JsonError({ reason: "syntax", detail: "this is not JSON", line: 1, column: 2 }), undefined, "permanent"],
  [new RequestedBackupMissing({ id: "{1}.2" }), undefined, "permanent"],
  [new RequestTimedOut({ millis: 30_000 }), 0x80000015 | 0, "transient"],
  [new FileUnreadable({ detail: "it does not exist" }), undefined, "permanent"],
  [new DirectoryUnreadable({ detail: "it does not exist" }), undefined, "permanent"]
]

const codec = Schema.toCodecJson(BackupSourceError)

const textOf = (error: BackupSourceError): string => JSON.stringify(Schema.encodeUnknownSync(codec)(error))

/** Stores an error as JSON, and reads it back. */
const stored = (error: BackupSourceError): BackupSourceError =>
  Schema.decodeUnknownSync(codec)(JSON.parse(textOf(error)))

/** Asserts that two errors are equal in whatever they show and hold. */
const assertEqual = (one: BackupSourceError, other: BackupSourceError): void => {
  assert.instanceOf(one, BackupSourceError)
  assert.strictEqual(one.reason.constructor, other.reason.constructor)
  assert.deepStrictEqual(Schema.encodeUnknownSync(codec)(one), Schema.encodeUnknownSync(codec)(other))
  const { isRetryable, message, retryClass, returnCode } = one
  assert.deepStrictEqual(
    { isRetryable, message, retryClass, returnCode },
    {
      isRetryable: other.isRetryable,
      message: other.message,
      retryClass: other.retryClass,
      returnCode: other.returnCode
    }
  )
}

describe("BackupSourceError", () => {
  it("covers every reason", () => {
    assert.deepStrictEqual(new Set(cases.map(([{ _tag }]) => _tag)).size, BackupSourceReason.members.length)
  })

  it.each(cases.map(([reason, code, retryClass]) => [reason._tag, reason, code, retryClass] as const))(
    "%s has the SDK's code, a retry class and a message with the source",
    (_tag, reason, code, retryClass) => {
      const error = new BackupSourceError({ source: "node7:64000", reason })
      assert.strictEqual(error.returnCode, code)
      assert.strictEqual(error.retryClass, retryClass)
      assert.strictEqual(error.isRetryable, retryClass !== "permanent")
      assert.match(error.message, /^node7:64000: .{30,}/s)
    }
  )

  it.each<readonly [BackupSourceReason, message: string]>([
    [
      new RequestedBackupMissing({ id: "{1}.2" }),
      "backup \"{1}.2\" was not found: it does not exist, its metadata is damaged, or the request excludes its type (VM "
      + "or container). Copy the id from a fresh listing."
    ],
    [
      new RequestTimedOut({ millis: 1500 }),
      "the request did not finish within 1.5 s (requestTimeout). Check whether the server or the file system hangs, or "
      + "raise the limit."
    ],
    [
      new RequestTimedOut({ millis: 5 }),
      "the request did not finish within 5 ms (requestTimeout). Check whether the server or the file system hangs, or "
      + "raise the limit."
    ],
    [new FileUnreadable({ detail: "why" }), "the file cannot be read: why."],
    [
      new DirectoryUnreadable({ detail: "why" }),
      "the backup directory cannot be read: why. Is the backup store mounted, and is this its root?"
    ]
  ])("explains what failed: $1", (reason, message) => {
    assert.strictEqual(reason.message, message)
  })

  it("is stored and read back, whatever the reason and the stage", () => {
    for (const [reason] of cases) {
      for (const stage of [undefined, "login"] as const) {
        const error = new BackupSourceError({ source: "x", reason, ...(stage === undefined ? {} : { stage }) })
        assertEqual(stored(error), error)
      }
    }
  })

  it.prop("is stored and read back, whatever its values", [Schema.toType(BackupSourceError)], ([error]) => {
    // JSON has no -0, which no server sends either.
    const known = stored(error)
    assert.strictEqual(textOf(known), textOf(error))
    assertEqual(stored(known), known)
  })

  const nasty = Arbitrary.map(
    Arbitrary.array(
      Arbitrary.schema(Schema.Literals(["\u001b[2J", "\u202e", "\n", "\0", "\ud800", "\ufeff", "\u{1f600}"]))
    ),
    (parts) => parts.join("").repeat(200)
  )
  const unprintable = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]/u

  it.prop("has a message that is printable and short, whatever a server sent", [nasty], ([text]) => {
    for (const [reason] of cases) {
      // Every text of a reason, also those inside a list or a reason of its own.
      const spoil = (value: unknown, key: string): unknown =>
        typeof value === "string" && !["_tag", "reason", "stage", "level"].includes(key)
          ? text
          : Array.isArray(value)
          ? Array.from({ length: 12 }, () => text)
          : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, value]) => [key, spoil(value, key)]))
          : value
      const encoded = Schema.encodeUnknownSync(codec)(new BackupSourceError({ source: "x", reason, stage: "login" }))
      const error = Schema.decodeUnknownSync(codec)(spoil(encoded, ""))
      assert.notMatch(error.message, unprintable)
      assert.isBelow(error.message.length, 2000)
      // The texts of an `XmlError` are its reader's.
      if (reason._tag !== "XmlError") {
        assert.notMatch(error.reason.message, unprintable)
        assert.isBelow(error.reason.message.length, 2000)
      }
    }
  })

  it("keeps endpoint, stage, reason and code of a dispatcher's error", () => {
    const reason = new StreamError({ reason: "wrong-checksum", stage: "packages", detail: "x" })
    const error = new DispatcherError({ endpoint: "node7:64000", reason, stage: "login" })
    const flat = fromDispatcherError(error)
    assert.strictEqual(flat.reason, reason)
    assert.strictEqual(flat.message, error.message)
    assert.strictEqual(flat.returnCode, error.returnCode)
    assert.match(flat.message, /^node7:64000: the login: .*PRL_ERR_CANT_CONNECT_TO_DISPATCHER/)
  })

  it.effect("is caught by any of its reasons", () =>
    Effect.gen(function*() {
      const failing = (reason: BackupSourceReason) => Effect.fail(new BackupSourceError({ source: "x", reason }))
      const handled = (reason: BackupSourceReason) =>
        failing(reason).pipe(
          Effect.catchReason("BackupSourceError", "LoginRefused", ({ user }) => Effect.succeed(`user ${user}`)),
          Effect.catchReason("BackupSourceError", "ConnectionLost", ({ stage }) => Effect.succeed(`lost at ${stage}`)),
          Effect.catchReason("BackupSourceError", "XmlError", (error) => Effect.succeed(error.reason)),
          Effect.catchReason("BackupSourceError", "FileUnreadable", ({ detail }) => Effect.succeed(detail)),
          Effect.catchReason("BackupSourceError", "DirectoryUnreadable", ({ detail }) => Effect.succeed(detail))
        )
      assert.strictEqual(yield* handled(new LoginRefused({ user: "root", code: -2147482832 })), "user root")
      assert.strictEqual(yield* handled(new ConnectionLost({ stage: "reply", detail: "reset" })), "lost at reply")
      assert.strictEqual(yield* handled(new XmlError({ reason: "tag", detail: "" })), "tag")
      assert.strictEqual(yield* handled(new FileUnreadable({ detail: "gone" })), "gone")
      assert.strictEqual(yield* handled(new DirectoryUnreadable({ detail: "gone" })), "gone")
      assert.strictEqual(
        (yield* Effect.flip(handled(new RequestedBackupMissing({ id: "1" })))).reason._tag,
        "RequestedBackupMissing"
      )
    }))
})
