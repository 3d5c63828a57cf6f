/**
 * The two readers of a reply with a tree, made comparable.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type { NotedTree } from "@backup-tree/core/tree/Note"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** A reply without the text of its tree, and the tree. */
export interface ReadReply {
  readonly reply: Reply.Reply
  readonly decoded: Option.Option<NotedTree>
}

/** An error of either document. */
export type Refusal = MessageError | XmlError

// The reader of a stream leaves it out where it can.
const withoutTree = (reply: Reply.Reply): Reply.Reply => {
  const index = reply.results.findIndex(({ name }) => name === Reply.ResultName.backupTree)
  return {
    ...reply,
    results: reply.results.map((result, at) =>
      at === index && result._tag === "Text" ? { ...result, value: "" } : result
    )
  }
}

/** Reads a payload as a whole. */
export const readWhole = (
  payload: Uint8Array,
  operation: number,
  options: BackupTreeXml.DecodeOptions
): Result.Result<ReadReply, Refusal> =>
  Result.flatMap(Reply.decode(payload, operation), (reply): Result.Result<ReadReply, XmlError> => {
    const text = Reply.backupTree(reply)
    return operation !== PackageType.DspCmdGetBackupTree || reply.code < 0 || Option.isNone(text)
      ? Result.succeed({ reply: withoutTree(reply), decoded: Option.none() })
      : Result.map(BackupTreeXml.decode(text.value, options), (decoded) => ({
        reply: withoutTree(reply),
        decoded: Option.some(decoded)
      }))
  })

/** Reads a payload in chunks, and leaves the tree a text. */
export const readText = (
  chunks: ReadonlyArray<Uint8Array>,
  operation: number
): Result.Result<Reply.Reply, MessageError> => {
  const reader = ReplyReader.makeText(operation)
  for (const chunk of chunks) {
    const lent = chunk.slice()
    const pushed = reader.push(lent)
    lent.fill(0x3c)
    if (Result.isFailure(pushed)) return Result.fail(pushed.failure)
  }
  return reader.end()
}

/** Reads a payload in chunks. */
export const readChunks = (
  chunks: ReadonlyArray<Uint8Array>,
  operation: number,
  options: ReplyReader.Options
): Result.Result<ReadReply, Refusal> => {
  const reader = ReplyReader.make(operation, options)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const chunk of chunks) {
    // What was given away is not read again.
    const lent = chunk.slice()
    const pushed = reader.push(lent)
    lent.fill(0x3c)
    if (Result.isFailure(pushed)) return Result.fail(pushed.failure)
    environments.push(...reader.takeEnvironments())
  }
  return Result.map(reader.end(), (rest) => ({
    reply: withoutTree(rest.reply),
    decoded: Option.map(rest.tree, ({ environments: last, kept, notes }) => ({
      tree: { environments: [...environments, ...last], kept },
      notes
    }))
  }))
}
