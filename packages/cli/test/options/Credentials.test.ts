import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Queue, Redacted, Sink, Stdio, Terminal } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { findPassword, none } from "../../src/options/Credentials.ts"
import { withFolder } from "../support/command.ts"

/** A terminal with typed input, which records what it shows. */
const typing = (text: string, shown: Array<string>) =>
  Layer.mergeAll(
    Layer.succeed(
      Terminal.Terminal,
      Terminal.make({
        columns: Effect.succeed(80),
        rows: Effect.succeed(24),
        size: Effect.die("unused"),
        readInput: Effect.gen(function*() {
          const queue = yield* Queue.make<Terminal.UserInput>()
          for (const character of text) {
            const name = character === "\n" ? "enter" : character
            yield* Queue.offer(queue, {
              input: Option.some(character),
              key: { name, ctrl: false, meta: false, shift: false }
            })
          }
          return queue
        }),
        readLine: Effect.die("unused"),
        display: (text) => Effect.sync(() => void shown.push(`stdout: ${text}`))
      })
    ),
    Stdio.layerTest({
      stdinIsTerminal: Effect.succeed(true),
      stderrIsTerminal: Effect.succeed(true),
      stderr: () => Sink.forEach((text: string | Uint8Array) => Effect.sync(() => void shown.push(String(text))))
    }),
    NodeFileSystem.layer,
    NodePath.layer
  )

describe("findPassword", () => {
  it.effect("prompts on standard error, and does not show the input", () =>
    Effect.gen(function*() {
      const shown: Array<string> = []
      const password = yield* findPassword(none, "root on node7").pipe(
        Effect.provide(typing("hunter2\n", shown))
      )
      assert.strictEqual(Redacted.value(password), "hunter2")
      assert.match(shown.join(""), /Password for root on node7/)
      assert.notInclude(shown.join(""), "hunter2")
      assert.notInclude(shown.join(""), "stdout: ")
    }))

  it.live("reads a file of at most 65,536 bytes", () =>
    Effect.promise(() =>
      withFolder(async (folder) => {
        const file = path.join(folder, "password")
        const read = (bytes: number) => {
          fs.writeFileSync(file, `secret\n${" ".repeat(bytes - 7)}`)
          return Effect.runPromise(
            findPassword({ ...none, passwordFile: Option.some(file) }, "root").pipe(
              Effect.match({ onFailure: ({ message }) => message, onSuccess: Redacted.value }),
              Effect.provide(typing("", []))
            )
          )
        }
        assert.strictEqual(await read(65_536), "secret")
        assert.match(await read(65_537), /longer than 65536 bytes/)
      })
    ))

  it.effect("refuses an empty password", () =>
    Effect.gen(function*() {
      const error = yield* findPassword(none, "root").pipe(Effect.flip, Effect.provide(typing("\n", [])))
      assert.match(error.message, /no password for root/)
    }))
})
