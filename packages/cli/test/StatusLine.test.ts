import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as Job from "@backup-tree/io/dispatcher/Job"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as TestClock from "effect/testing/TestClock"
import * as StatusLine from "../src/StatusLine.ts"

/** Follows a job that never ends, on a terminal; `connected` ends the connecting. */
const following = Effect.fnUntraced(function*(source: BackupListing.Source, columns = 80) {
  let shown = ""
  const connected = yield* Deferred.make<void>()
  const { job } = yield* Job.make<BackupListing.BackupListing, BackupSourceError>("{1}")
  const unused = Effect.die("not requested")
  const stdio = Stdio.layerTest({
    stderrIsTerminal: Effect.succeed(true),
    stderr: () => Sink.forEach((text: string | Uint8Array) => Effect.sync(() => void (shown += String(text))))
  })
  const terminal = Layer.effect(
    Terminal.Terminal,
    Effect.map(Terminal.Terminal, (terminal) => ({ ...terminal, columns: Effect.succeed(columns) }))
  ).pipe(Layer.provide(NodeServices.layer))
  const service = BackupSource.make({
    source,
    submit: () => Effect.as(Deferred.await(connected), job),
    streamEnvironments: () => {
      throw new Error("not requested")
    },
    getBackupTreeXml: () => unused,
    decode: () => unused
  })
  const fiber = yield* StatusLine.follow(BackupSource.submit(BackupTreeRequest.everything), { always: false }).pipe(
    Effect.scoped,
    Effect.provide(Layer.mergeAll(stdio, terminal, Layer.succeed(BackupSource.BackupSource, service))),
    Effect.forkChild({ startImmediately: true })
  )
  return {
    connected: Deferred.succeed(connected, undefined),
    /** Lets time pass, and returns what the line shows. */
    after: (duration: Duration.Input) =>
      Effect.andThen(
        TestClock.adjust(duration),
        Effect.sync(() => shown.split("\r\u001B[2K").at(-1))
      ),
    interrupt: Fiber.interrupt(fiber)
  }
})

describe("the status line", () => {
  it.effect("shows what the command waits for, and for how long", () =>
    Effect.gen(function*() {
      const { after, connected, interrupt } = yield* following({ _tag: "Dispatcher", endpoint: "hn1:64000" })
      // Work that is done at once shows nothing.
      assert.strictEqual(yield* after("499 millis"), "")
      assert.strictEqual(yield* after("1 millis"), "  connecting to hn1:64000…")
      assert.strictEqual(yield* after("5 seconds"), "  connecting to hn1:64000… 5 s")
      yield* connected
      assert.strictEqual(yield* after("0 seconds"), "  request sent, waiting for the server…")
      assert.strictEqual(yield* after("65 seconds"), "  request sent, waiting for the server… 1 min 5 s")
      yield* interrupt
      assert.strictEqual(yield* after("0 seconds"), "")
    }))

  it.effect("fits the terminal, whatever it reads", () =>
    Effect.gen(function*() {
      const { after } = yield* following({ _tag: "Directory", path: `/${"long".repeat(100)}` }, 30)
      assert.strictEqual(yield* after("500 millis"), "  reading /longlonglonglong…")
      assert.isAtMost((yield* after("65 seconds"))?.length ?? 99, 29)
    }))

  it.effect("names no server where none is involved", () =>
    Effect.gen(function*() {
      const { after, connected } = yield* following({ _tag: "Directory", path: "/mnt/\u001b[2J" })
      assert.strictEqual(yield* after("500 millis"), "  reading /mnt/\\e[2J…")
      yield* connected
      assert.strictEqual(yield* after("5 seconds"), "  reading /mnt/\\e[2J… 5 s")
    }))
})
