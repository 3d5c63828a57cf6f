import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as TreeStream from "@backup-tree/io/TreeStream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { cut } from "./protocol/support.ts"

const item = (uuid: string): string => `<VmItem><Uuid>${uuid}</Uuid><Name>a</Name></VmItem>`

const encode = (tree: string, code = 0): Uint8Array => {
  const reply = Reply.success(PackageType.DspCmdGetBackupTree, [Event.text(Reply.ResultName.backupTree, tree)])
  return Result.getOrThrow(Reply.encode({ ...reply, code }, { issuerId: "{a}", initialRequestId: "{b}" }))
}

const uuids = ["{a}", "{b}", "{c}"]
const payload = encode(`<BackupTree>${uuids.map(item).join("\n")}<Quota/></BackupTree>`)

const uuidsOf = (parts: ReadonlyArray<TreeStream.Part>): ReadonlyArray<string> =>
  parts.flatMap((part) => part._tag === "Environment" ? [part.environment.uuid] : [])

describe("TreeStream", () => {
  it.effect("gives the environments, and then the end", () =>
    Effect.gen(function*() {
      for (const length of [1, 10, payload.length]) {
        const parts = yield* Stream.runCollect(TreeStream.fromPayload(Stream.fromIterable(cut(payload, [length]))))
        assert.deepStrictEqual(uuidsOf(parts), uuids)
        const end = parts.at(-1)
        if (end?._tag !== "End") return assert.fail("the last part is not the end")
        assert.strictEqual(end.reply.code, 0)
        const { kept, notes } = Option.getOrThrow(end.tree)
        assert.strictEqual(kept.length, 1)
        assert.deepStrictEqual(notes.map(({ rule }) => rule), ["unknown-element"])
      }
    }))

  it.effect("asks for no more chunks than the environments need that are asked for", () =>
    Effect.gen(function*() {
      let asked = 0
      const chunks = Stream.fromIterable(cut(payload, [20])).pipe(
        Stream.rechunk(1),
        Stream.tap(() =>
          Effect.sync(() => {
            asked += 1
          })
        )
      )
      const parts = yield* Stream.runCollect(Stream.take(TreeStream.fromPayload(chunks), 1))
      assert.deepStrictEqual(uuidsOf(parts), ["{a}"])
      assert.isAtMost(20 * asked, new TextDecoder().decode(payload).indexOf("{c}"))
    }))

  it.effect("can be run again", () =>
    Effect.gen(function*() {
      const stream = TreeStream.fromPayload(Stream.make(payload))
      assert.deepStrictEqual(yield* Stream.runCollect(stream), yield* Stream.runCollect(stream))
    }))

  it.effect("fails where the reply or its tree is refused, and with the payload", () =>
    Effect.gen(function*() {
      const failure = <E>(stream: Stream.Stream<Uint8Array, E>) =>
        Effect.flip(Stream.runDrain(TreeStream.fromPayload(stream, { maxElements: 100 })))
      assert.propertyVal(yield* failure(Stream.make(payload.subarray(0, -1))), "reason", "no-terminator")
      assert.propertyVal(yield* failure(Stream.make(encode("<BackupTree>"))), "reason", "truncated")
      assert.propertyVal(yield* failure(Stream.make(encode(`<BackupTree>${"<a/>".repeat(100)}`))), "reason", "elements")
      assert.strictEqual(yield* failure(Stream.fail("lost")), "lost")
      assert.strictEqual(
        yield* failure(Stream.concat(Stream.make(payload.subarray(0, 900)), Stream.fail("lost"))),
        "lost"
      )
    }))

  it.effect("says at its end that the command failed", () =>
    Effect.gen(function*() {
      const parts = yield* Stream.runCollect(TreeStream.fromPayload(Stream.make(encode("<BackupTree>", -1))))
      assert.deepStrictEqual(parts.map((part) => part._tag === "End" ? [part.reply.code, part.tree] : []), [
        [-1, Option.none()]
      ])
    }))
})
