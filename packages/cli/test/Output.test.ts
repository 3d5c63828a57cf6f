import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as TestClock from "effect/testing/TestClock"
import * as fs from "node:fs"
import * as path from "node:path"
import { chain, chainX, environment, tree, web } from "../../core/test/support/treeLiterals.ts"
import { noResult } from "../src/ExitCode.ts"
import * as Output from "../src/Output.ts"
import * as Program from "../src/Program.ts"
import { withFolder } from "./support/command.ts"

const piece = "x".repeat(1 << 16)

describe("printing", () => {
  it("lets timers run between long pieces", async () => {
    let pulled = 0
    const pieces = function*() {
      for (; pulled < 50; pulled++) yield piece
    }
    const fiber = Effect.runFork(
      Effect.provide(Output.pieces(pieces()), Stdio.layerTest({ stdout: () => Sink.drain }))
    )
    const atFirst = await new Promise<number>((resolve) => setImmediate(() => resolve(pulled)))
    assert.isAtMost(atFirst, 2)
    await Effect.runPromise(Fiber.join(fiber))
    assert.strictEqual(pulled, 50)
  })

  it.live("can be interrupted while the pieces only pause, and has written nothing then", () =>
    Effect.gen(function*() {
      const endless = function*() {
        for (;;) yield ""
      }
      const written = { isWritten: false }
      const fiber = yield* Effect.forkChild(
        Output.pieces(endless()).pipe(
          Effect.provideService(Output.Written, written),
          Effect.provide(Stdio.layerTest({ stdout: () => Sink.drain }))
        )
      )
      yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.isFalse(written.isWritten)
    }))

  it("cuts a long text into parts, and no surrogate pair", () => {
    const text = `${piece.slice(1)}😀${piece}`
    const parts = [...Output.parts(text)]
    assert.deepStrictEqual(parts.map(({ length }) => length), [(1 << 16) + 1, 1 << 16])
    assert.strictEqual(parts.join(""), text)
    assert.deepStrictEqual([...Output.parts("")], [])
  })
})

/** Runs a command whose output stops at its first write, lets a minute pass then, and returns its exit code. */
const runStuck = (args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const isStuck = yield* Deferred.make<void>()
    const stdio = Stdio.layerTest({
      stdout: () => Sink.forEach(() => Effect.andThen(Deferred.succeed(isStuck, undefined), Effect.never)),
      stderr: () => Sink.drain
    })
    const fiber = yield* Effect.forkChild(
      Effect.provide(Program.run(args), stdio.pipe(Layer.provideMerge(NodeServices.layer)))
    )
    yield* Deferred.await(isStuck)
    yield* TestClock.adjust("1 minute")
    return Program.exitCodeOf(yield* Fiber.await(fiber), noResult)
  }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)

describe("--timeout", () => {
  it.each([[["metrics"]], [["list"]], [["list", "--output", "json"]], [["check"]], [["check", "--output", "xml"]]])(
    "ends the printing of %s",
    (command) =>
      withFolder(async (folder) => {
        const file = path.join(folder, "tree.xml")
        fs.writeFileSync(file, BackupTreeXml.encode(tree(environment(web, [chain(chainX, [1])]))))
        assert.strictEqual(await runStuck([...command, "--file", file, "--timeout", "30s"]), noResult)
      })
  )
})
