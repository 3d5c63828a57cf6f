/** Sends the text replies of a server. Source: PROTOCOL 3.5 and 8.2. */
import type { ReturnCode } from "@backup-tree/core/sdk/ReturnCode"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Event from "@backup-tree/io/protocol/Event"
import type * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ReplyStage } from "../Faults.ts"
import type { Connection } from "./Connection.ts"

const stages: ReadonlyMap<number, ReplyStage> = new Map([
  [PackageType.DspCmdUserLogin, "login"],
  [PackageType.DspCmdUserEasyLoginLocal, "login"],
  [PackageType.DspCmdGetBackupTree, "request"],
  [PackageType.DspCmdUserCancelOperation, "cancel"],
  [PackageType.DspCmdUserLogoff, "logoff"]
])

/** Generates the two ids of a message. */
export const makeEnvelope: Effect.Effect<Event.Envelope> = Effect.map(
  Effect.all([RandomUuid.next, RandomUuid.next]),
  ([issuerId, initialRequestId]) => ({ issuerId, initialRequestId })
)

/** Replies to a command. */
export const reply = (
  connection: Connection,
  received: Package.Package,
  content: Reply.Reply
): Effect.Effect<void, DispatcherError> =>
  Effect.flatMap(makeEnvelope, (envelope) =>
    connection.reply(
      received,
      PackageType.DspWsResponse,
      // The product's servers send control characters unescaped, and so does this one.
      Reply.encode(content, envelope, { forbiddenCharacters: "raw" }),
      stages.get(received.type)
    ))

const encoder = new TextEncoder()

/** Replies to a backup tree request with the text of a tree, escaped and encoded by `TreeTexts`. */
export const replyTree = (
  connection: Connection,
  received: Package.Package,
  tree: Uint8Array
): Effect.Effect<void, DispatcherError> =>
  Effect.flatMap(makeEnvelope, (envelope) => {
    const empty = Reply.success(received.type, [Event.text(Reply.ResultName.backupTree, "")])
    const text = Result.getOrThrow(Event.print(Reply.toEvent(empty, envelope)))
    const at = text.lastIndexOf("</Value>")
    const payload = Buffer.concat([encoder.encode(text.slice(0, at)), tree, encoder.encode(`${text.slice(at)}\0`)])
    return connection.reply(received, PackageType.DspWsResponse, Result.succeed(payload), stages.get(received.type))
  })

/** Replies to a command with an error event, which repeats the code and has the message arguments. */
export const replyFailure = (
  connection: Connection,
  received: Package.Package,
  code: ReturnCode,
  details: ReadonlyArray<string> = []
): Effect.Effect<void, DispatcherError> =>
  Effect.flatMap(makeEnvelope, (envelope) => {
    const event = Event.make(envelope, code, Reply.messageArguments(details))
    return reply(
      connection,
      received,
      Result.getOrThrow(Reply.failureWithEvent(received.type, event, { forbiddenCharacters: "raw" }))
    )
  })
