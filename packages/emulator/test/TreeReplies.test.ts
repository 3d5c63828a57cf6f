import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Result, type Scope } from "effect"
import { leavesNothing, turn } from "../../io/test/support/leaks.ts"
import { readText } from "./support/documents.ts"
import * as rawClient from "./support/rawClient.ts"

const accounts = [{ userName: "root", password: Redacted.make("secret") }]
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const getTree = Command.getBackupTree(parameters)
const { codes } = ReturnCode

const { tree } = Result.getOrThrow(
  BackupTreeXml.decode(readText("packages/core/test/fixtures/05-two-chains.xml"), { mode: "strict" })
)
const [environment] = tree.environments
const [chain] = environment!.chains
const [incremental] = chain!.incrementals

/** A tree of one chain whose incrementals have these descriptions, which are read when the tree is written. */
const treeOf = (count: number, description: (index: number) => string): BackupTree.BackupTree => ({
  kept: [],
  environments: [{
    ...environment!,
    chains: [{
      ...chain!,
      incrementals: Array.from({ length: count }, (_, index) => ({
        ...incremental!,
        get description() {
          return description(index)
        }
      }))
    }]
  }]
})

/** A store that counts how often it has been read, which each reply does once. */
const counted = (tree: BackupTree.BackupTree) => {
  const { environments } = BackupStore.fromTree(tree)
  const counter = { reads: 0, store: BackupStore.fromTree({ environments: [], kept: [] }) }
  counter.store = {
    get environments() {
      counter.reads += 1
      return environments
    }
  }
  return counter
}

const live = (title: string, test: Effect.Effect<unknown, unknown, Scope.Scope>) =>
  it.live(title, () => leavesNothing(Effect.scoped(test)), 60_000)

const make = (store: DispatcherEmulator.StoreSource, options: Partial<DispatcherEmulator.Options> = {}) =>
  DispatcherEmulator.make({ store, accounts, ...options })

const uuid = (index: number) => `{00000000-0000-4000-8000-${String(index).padStart(12, "0")}}`

describe("the reply to a backup tree request", () => {
  live(
    "has the bytes of a reply that is written as a whole",
    Effect.gen(function*() {
      // Each text could be cut at a place where it must not be.
      const texts = ["]]>", "]]", "<a>&lt;&amp;</a>", "\u0001\u000b", "a\rb", "\ud800", "𐍈".repeat(3), "\"'", "", ">"]
      const large = treeOf(1000, (index) => texts[index % texts.length]! + "]]>𐍈&".repeat(index % 97))
      const client = yield* rawClient.login((yield* make(BackupStore.fromTree(large))).endpoint)
      yield* client.send(PackageType.DspCmdGetBackupTree, rawClient.payload(getTree))
      const received = Result.getOrThrow(Package.payload(yield* client.receive))
      const [issuerId, initialRequestId] = ["EventIssuerId", "EventInitialRequestId"].map((name) =>
        new RegExp(`<${name}>([^<]*)`).exec(Result.getOrThrow(Payload.decode(received)))![1]!
      )
      const whole = Reply.encode(
        Reply.success(PackageType.DspCmdGetBackupTree, [
          Event.text(Reply.ResultName.backupTree, BackupTreeXml.encode(large))
        ]),
        { issuerId: issuerId!, initialRequestId: initialRequestId! },
        { forbiddenCharacters: "raw" }
      )
      assert.isAbove(received.length, 2 ** 20)
      assert.isTrue(Buffer.from(received).equals(Result.getOrThrow(whole)))
    })
  )

  live(
    "is built once for equal requests of any session, while they wait and later",
    Effect.gen(function*() {
      const counter = counted(tree)
      const emulator = yield* make(counter.store)
      const first = yield* rawClient.login(emulator.endpoint)
      const second = yield* rawClient.login(emulator.endpoint, { uuid: uuid(2) })
      for (let index = 0; index < 5; index++) {
        for (const client of [first, second]) {
          yield* client.send(PackageType.DspCmdGetBackupTree, rawClient.payload(getTree), uuid(10 + index))
        }
      }
      for (let index = 0; index < 5; index++) {
        for (const client of [first, second]) {
          const reply = rawClient.readReply(yield* client.receive, PackageType.DspCmdGetBackupTree)
          assert.strictEqual(Option.getOrThrow(Reply.backupTree(reply)), BackupTreeXml.encode(tree))
        }
      }
      yield* rawClient.replyTo(first, getTree)
      assert.strictEqual(counter.reads, 1)
      // Flags that do not select backups make no difference, others do.
      yield* rawClient.replyTo(
        first,
        Command.getBackupTree({ ...parameters, backupFlags: parameters.backupFlags & ~8, force: !parameters.force })
      )
      assert.strictEqual(counter.reads, 1)
      yield* rawClient.replyTo(first, Command.getBackupTree({ ...parameters, uuid: environment!.uuid }))
      assert.strictEqual(counter.reads, 2)
    })
  )

  live(
    "is built again for another store, or if it is not kept",
    Effect.gen(function*() {
      let current = counted(tree)
      const emulator = yield* make(Effect.sync(() => current.store))
      const client = yield* rawClient.login(emulator.endpoint)
      yield* rawClient.replyTo(client, getTree)
      yield* rawClient.replyTo(client, getTree)
      assert.strictEqual(current.reads, 1)
      current = counted({ environments: [], kept: [] })
      const reply = yield* rawClient.replyTo(client, getTree)
      assert.strictEqual(current.reads, 1)
      assert.notInclude(Option.getOrThrow(Reply.backupTree(reply)), "VmItem id")

      const length = Buffer.byteLength(BackupTreeXml.encode(tree).replaceAll("&", "&amp;").replaceAll("<", "&lt;"))
      for (const [maxKeptReplyBytes, reads] of [[length, 1], [length - 1, 3], [0, 3]] as const) {
        const counter = counted(tree)
        const limited = yield* make(counter.store, { limits: { maxKeptReplyBytes } })
        const other = yield* rawClient.login(limited.endpoint)
        for (let time = 0; time < 3; time++) yield* rawClient.replyTo(other, getTree)
        assert.strictEqual(counter.reads, reads)
      }
    })
  )

  live(
    "can be cancelled while it is being built, and other clients are served meanwhile",
    Effect.gen(function*() {
      let described = 0
      let begun = () => {}
      const slow = treeOf(500, () => {
        if (described++ === 0) begun()
        // Longer than a slice. The text is as long as a piece.
        for (const end = performance.now() + 12; performance.now() < end;);
        return "x".repeat(2 ** 16)
      })
      const emulator = yield* make(BackupStore.fromTree(slow))
      const client = yield* rawClient.login(emulator.endpoint)
      const other = yield* rawClient.login(emulator.endpoint, { uuid: uuid(2) })
      // The cancel is sent when the first backup is written, so it can only arrive between slices.
      begun = () =>
        void Effect.runFork(Effect.ignore(Effect.andThen(
          other.send(PackageType.DspCmdUserGetProfile, rawClient.payload(Command.getUserProfile)),
          client.send(
            PackageType.DspCmdUserCancelOperation,
            rawClient.payload(Command.cancel(rawClient.requestUuid)),
            uuid(3)
          )
        )))
      yield* client.send(PackageType.DspCmdGetBackupTree, rawClient.payload(getTree))
      const cancelled = yield* client.receive
      assert.strictEqual(cancelled.parentUuid, uuid(3))
      assert.strictEqual(rawClient.readReply(cancelled, PackageType.DspCmdUserCancelOperation).code, 0)
      const ended = yield* client.receive
      assert.strictEqual(ended.parentUuid, rawClient.requestUuid)
      assert.strictEqual(
        rawClient.readReply(ended, PackageType.DspCmdGetBackupTree).code,
        codes.PRL_ERR_OPERATION_WAS_CANCELED
      )
      assert.strictEqual(rawClient.readReply(yield* other.receive, PackageType.DspCmdUserGetProfile).code, 0)
      // Nobody waits for it any more, so it is not built to its end.
      const written = described
      assert.isBelow(written, 500)
      for (let turns = 0; turns < 50; turns++) yield* turn
      assert.strictEqual(described, written)
      assert.deepStrictEqual(yield* emulator.tasks, [])
    })
  )

  live(
    "is built to its end if one of two equal requests is cancelled",
    Effect.gen(function*() {
      let begun = () => {}
      const slow = treeOf(60, (index) => {
        if (index === 0) begun()
        for (const end = performance.now() + 12; performance.now() < end;);
        return "x".repeat(2 ** 16)
      })
      const counter = counted(slow)
      const emulator = yield* make(counter.store)
      const client = yield* rawClient.login(emulator.endpoint)
      begun = () =>
        void Effect.runFork(Effect.ignore(client.send(
          PackageType.DspCmdUserCancelOperation,
          rawClient.payload(Command.cancel(uuid(10))),
          uuid(12)
        )))
      for (const id of [uuid(10), uuid(11)]) {
        yield* client.send(PackageType.DspCmdGetBackupTree, rawClient.payload(getTree), id)
      }
      const replies = new Map<string, Package.Package>()
      for (let count = 0; count < 3; count++) {
        const received = yield* client.receive
        replies.set(received.parentUuid, received)
      }
      const codeOf = (id: string, type: number) => rawClient.readReply(replies.get(id)!, type).code
      assert.strictEqual(codeOf(uuid(12), PackageType.DspCmdUserCancelOperation), 0)
      assert.strictEqual(codeOf(uuid(10), PackageType.DspCmdGetBackupTree), codes.PRL_ERR_OPERATION_WAS_CANCELED)
      assert.strictEqual(codeOf(uuid(11), PackageType.DspCmdGetBackupTree), 0)
      assert.strictEqual(counter.reads, 1)
    })
  )
})
