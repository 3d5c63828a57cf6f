/**
 * The reply with a backup tree as a stream of environments, read as it arrives.
 *
 * It asks for the next chunk of the payload when the next environment is asked for, so whoever is slow slows the sender
 * down, and holds no more than the environment in work.
 */
import type * as BackupTree from "@backup-tree/core/BackupTree"
import type * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import type { XmlError } from "@backup-tree/core/XmlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as PackageType from "./protocol/PackageType.ts"
import type { MessageError } from "./protocol/ProtocolError.ts"
import type { Reply } from "./protocol/Reply.ts"
import * as ReplyReader from "./protocol/ReplyReader.ts"

/** An environment, complete. */
export interface Environment {
  readonly _tag: "Environment"
  readonly environment: BackupTree.VirtualEnvironment
}

/**
 * The end of a reply, which says what the environments before it are worth: of a command that failed, nothing.
 *
 * `tree` is what the tree has besides its environments, and the notes of its reading; none where the reply has none.
 */
export interface End {
  readonly _tag: "End"
  readonly reply: Reply
  readonly tree: Option.Option<Pick<BackupTree.BackupTree, "kept"> & Pick<BackupTreeXml.Decoded, "notes">>
}

/** What a stream of a reply gives: environments, and one end. */
export type Part = Environment | End

/**
 * Reads the payload of a reply to the question for the backup tree.
 *
 * It fails where the reply, or the tree in it, is refused; the environments before that count for nothing. See
 * `ReplyReader`.
 *
 * **Example**
 *
 * ```ts
 * TreeStream.fromPayload(Stream.make(payload)).pipe(
 *   Stream.filter((part) => part._tag === "Environment"),
 *   Stream.runForEach(({ environment }) => Console.log(environment.name))
 * )
 * ```
 */
export const fromPayload = <E, R>(
  payload: Stream.Stream<Uint8Array, E, R>,
  options?: ReplyReader.Options
): Stream.Stream<Part, E | MessageError | XmlError, R> =>
  Stream.suspend(() => {
    const reader = ReplyReader.make(PackageType.DspCmdGetBackupTree, options)
    const end = Effect.map(Effect.suspend(() => Effect.fromResult(reader.end())), partsOfEnd)
    return payload.pipe(
      Stream.mapEffect((chunk) => Effect.map(Effect.fromResult(reader.push(chunk)), partsOf)),
      Stream.concat(Stream.fromEffect(end)),
      Stream.flattenIterable
    )
  })

const partsOf = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>): ReadonlyArray<Part> =>
  environments.map((environment) => ({ _tag: "Environment", environment }))

const partsOfEnd = ({ reply, tree }: ReplyReader.Rest): ReadonlyArray<Part> => [
  ...Option.match(tree, { onNone: () => [], onSome: ({ environments }) => partsOf(environments) }),
  { _tag: "End", reply, tree: Option.map(tree, ({ kept, notes }) => ({ kept, notes })) }
]
