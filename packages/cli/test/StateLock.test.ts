import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { StateFileError } from "../src/ExitCode.ts"
import * as StateLock from "../src/StateLock.ts"
import { withFolder } from "./support/command.ts"

const acquire = (place: string) =>
  StateLock.acquire(
    place,
    (pid) => new StateFileError({ message: `locked by ${pid}` }),
    ({ message }) => new StateFileError({ message })
  )

/** Tries to lock a file, for as long as a check does. The first `reads` of its lock see a process that is gone. */
const attempt = (place: string, reads: number) => {
  let left = reads
  return Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const fiber = yield* Effect.forkChild(
      Effect.result(Effect.scoped(acquire(place))).pipe(Effect.provideService(FileSystem.FileSystem, {
        ...fileSystem,
        readFileString: (file, ...rest) =>
          file.endsWith(".lock") && left-- > 0 ? Effect.succeed("999999999") : fileSystem.readFileString(file, ...rest)
      }))
    )
    // File operations are real, so time passes until they are done.
    const tick = Effect.andThen(
      TestClock.adjust("250 millis"),
      Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    )
    return yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(tick))
  }).pipe(Effect.provide(Layer.mergeAll(TestClock.layer(), NodeServices.layer)))
}

describe("the lock of a state file", () => {
  it("of a process that is gone is taken over", () =>
    withFolder(async (folder) => {
      const place = path.join(folder, "state")
      fs.writeFileSync(`${place}.lock`, "999999999")
      assert.strictEqual((await Effect.runPromise(attempt(place, 0)))._tag, "Success")
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }))

  it("is not removed if another check took it over meanwhile", () =>
    withFolder(async (folder) => {
      const place = path.join(folder, "state")
      // The process with number 1 always runs.
      fs.writeFileSync(`${place}.lock`, "1")
      const outcome = await Effect.runPromise(attempt(place, 1))
      assert.strictEqual(outcome._tag === "Failure" && outcome.failure.message, "locked by 1")
      assert.deepStrictEqual(fs.readdirSync(folder), ["state.lock"])
    }))

  it("is no lock if it cannot be read", () =>
    withFolder(async (folder) => {
      const place = path.join(folder, "state")
      fs.mkdirSync(`${place}.lock`)
      const outcome = await Effect.runPromise(attempt(place, 0))
      assert.match(String(outcome._tag === "Failure" && outcome.failure.message), /readFile|EISDIR/)
    }))

  it("is removed by one check at a time, and by the next one if that was killed", () =>
    withFolder(async (folder) => {
      const place = path.join(folder, "state")
      fs.writeFileSync(`${place}.lock`, "999999999")
      fs.writeFileSync(`${place}.lock.removal`, "999999999")
      // By the clock of the test, the guard is of the future.
      assert.strictEqual((await Effect.runPromise(attempt(place, 0)))._tag, "Failure")
      fs.utimesSync(`${place}.lock.removal`, "-3600", "-3600")
      assert.strictEqual((await Effect.runPromise(attempt(place, 0)))._tag, "Success")
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }))
})
