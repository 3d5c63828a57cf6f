/** A source that replies from trees in memory, for tests of code that queries a server. */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BackupSourceReason } from "../BackupSourceError.ts"
import { makeTextSource } from "./localSource.ts"
import { decodeReply, failing } from "./replyListing.ts"
import type { Request, SourceImplementation } from "./sourceService.ts"

/**
 * A reply of a test source.
 *
 * A tree is the content of the default directory. An effect may be late, fail or never end. A function chooses the
 * reply by the request, for example by its directory.
 *
 * @category models
 * @since 0.2.0
 */
export type TestReply =
  | BackupTree.BackupTree
  | Effect.Effect<BackupTree.BackupTree, BackupSourceReason>
  | ((request: Request) => BackupTree.BackupTree | Effect.Effect<BackupTree.BackupTree, BackupSourceReason>)

/**
 * Some replies of a test source.
 *
 * @category models
 * @since 0.2.0
 */
export type TestReplies = readonly [TestReply, ...ReadonlyArray<TestReply>]

/**
 * Options of a test source.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /** One reply for each request. The last one also replies to all further requests. */
  readonly replies: TestReplies
}

/** Returns whether a value holds the options of a source, and is not a reply. */
export const isOptions = <O extends Options>(value: TestReply | O): value is O => Object.hasOwn(value, "replies")

/** Makes a source that returns one reply for each request, and the last one for all further requests. */
export const make = ({ replies }: Options): SourceImplementation => {
  const source: BackupListing.Source = { _tag: "Memory", name: "test" }
  let requests = 0
  const xml = (request: Request) =>
    Effect.suspend(() => {
      const reply = replies[Math.min(requests++, replies.length - 1)]!
      return Effect.map(Effect.mapError(treeOf(reply, request), failing(source)), (tree) => {
        // With the defects of a real server.
        return BackupTreeXml.encode(ServerModel.select(BackupStore.fromTree(tree), request))
      })
    })
  return makeTextSource(source, xml, decodeReply(source, {}))
}

const treeOf = (reply: TestReply, request: Request): Effect.Effect<BackupTree.BackupTree, BackupSourceReason> => {
  if (Effect.isEffect(reply)) return reply
  if (typeof reply === "function") {
    const result = reply(request)
    return Effect.isEffect(result) ? result : Effect.succeed(result)
  }
  // A directory that no reply describes is empty.
  return Effect.succeed(Option.isSome(request.directory) ? BackupTree.empty : reply)
}
