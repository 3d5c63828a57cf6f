/** Samples of all reasons of a failure, each with the SDK's code and its retry class. */
import type { RetryClass } from "@backup-tree/core/sdk/ReturnCode"
import * as Errors from "@backup-tree/io/dispatcher/DispatcherError"
import { HandshakeError, MessageError, StreamError } from "@backup-tree/io/protocol/ProtocolError"

const wrong = new MessageError({ reason: "no-terminator", detail: "a text of 3 bytes has no terminating NUL" })

/** The reasons of a dispatcher. */
export const dispatcherReasons: ReadonlyArray<readonly [Errors.DispatcherReason, code: number, RetryClass]> = [
  [new Errors.ConnectFailed({ code: "ECONNREFUSED" }), 0x80000249, "transient"],
  [new Errors.ConnectFailed({ code: "EWEIRD" }), 0x80000249, "transient"],
  [new Errors.TimedOut({ stage: "connect", millis: 60_000 }), 0x80000249, "transient"],
  [new Errors.TimedOut({ stage: "reply", millis: 60_000 }), 0x80000246, "transient"],
  [new Errors.HandshakeClosed({ level: "low", detail: "the peer closed it" }), 0x80000412, "once"],
  [new Errors.HandshakeClosed({ level: "normal", detail: "the peer closed it" }), 0x80000412, "once"],
  [new Errors.HandshakeClosed({ level: "high", detail: "the peer closed it" }), 0x80000412, "once"],
  [new HandshakeError({ reason: "wrong-magic", detail: "x" }), 0x80000412, "permanent"],
  [new HandshakeError({ reason: "wrong-major", detail: "x" }), 0x80000413, "permanent"],
  [new HandshakeError({ reason: "null-table", detail: "x" }), 0x80000277, "permanent"],
  [new Errors.TlsFailed({ detail: "x" }), 0x80000414, "permanent"],
  [new StreamError({ reason: "wrong-checksum", stage: "packages", detail: "x" }), 0x80000246, "once"],
  [new Errors.ConnectionLost({ stage: "login", detail: "x" }), 0x80000249, "transient"],
  [new Errors.ConnectionLost({ stage: "reply", detail: "x" }), 0x80000246, "transient"],
  [new Errors.ConnectionSilent({ millis: 30_000 }), 0x80000246, "transient"],
  [new Errors.Stalled({ millis: 600_000 }), 0x80000015, "transient"],
  [new Errors.LoginRefused({ user: "root", code: -2147482832 }), 0x80000330, "permanent"],
  [new Errors.LoginRefused({ code: -2147482603 }), 0x80000415, "transient"],
  [new Errors.UnexpectedLoginReply({}), 0x80000330, "permanent"],
  [new Errors.CommandFailed({ command: "GetBackupTree", code: -2147482352, details: ["a"] }), 0x80000510, "transient"],
  [new Errors.UnreadableReply({ command: "GetBackupTree", why: wrong }), 0x80000036, "permanent"],
  [new Errors.UnsendableCommand({ command: "Login", why: wrong }), 0x80000003, "permanent"],
  [new Errors.SessionWithheld({}), 0x80000003, "permanent"],
  [new Errors.SessionMissing({}), 0x80000003, "permanent"]
]
