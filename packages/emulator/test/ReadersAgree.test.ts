import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type { NotedTree } from "@backup-tree/core/tree/Note"
import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const operation = PackageType.DspCmdGetBackupTree

const lengths = Arbitrary.array(
  Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 5000 })))),
  { minLength: 1, maxLength: 5 }
)

const encode = (xml: string): Uint8Array => {
  const reply = Reply.success(operation, [Event.text(Reply.ResultName.backupTree, xml)])
  return Result.getOrThrow(
    Reply.encode(reply, { issuerId: "{a}", initialRequestId: "{b}" }, { forbiddenCharacters: "raw" })
  )
}

const readChunks = (payload: Uint8Array, lengths: ReadonlyArray<number>): NotedTree => {
  const reader = ReplyReader.make(operation)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (let from = 0, index = 0; from < payload.length; index++) {
    const to = from + lengths[index % lengths.length]!
    Result.getOrThrow(reader.push(payload.slice(from, to)))
    environments.push(...reader.takeEnvironments())
    from = to
  }
  const { environments: last, kept, notes } = Option.getOrThrow(Result.getOrThrow(reader.end()).tree)
  return { tree: { environments: [...environments, ...last], kept }, notes }
}

const readWhole = (payload: Uint8Array): NotedTree => {
  const text = Option.getOrThrow(Reply.backupTree(Result.getOrThrow(Reply.decode(payload, operation))))
  return Result.getOrThrow(BackupTreeXml.decode(text, { mode: "tolerant" }))
}

describe("the two readers of a reply", () => {
  for (const [title, tree] of [["sound", Arbitraries.healthyTree], ["any", Arbitraries.unusualTree]] as const) {
    it.prop(`read ${title} trees alike, however they are cut`, { tree, lengths }, ({ lengths, tree }) => {
      const payload = encode(BackupTreeXml.encode(tree))
      assert.deepStrictEqual(readChunks(payload, lengths), readWhole(payload))
      assert.deepStrictEqual(readChunks(payload, [1]), readWhole(payload))
    })
  }
})
