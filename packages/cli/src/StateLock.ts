/**
 * Lets one check at a time use a state file: a lock file beside it has the number of its process.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { UsageError } from "./ExitCode.ts"

/** How long to wait for another check, which only reads, compares and prints while it has the lock. */
const patience = Schedule.max([Schedule.spaced("500 millis"), Schedule.recurs(30)])

class Locked extends Data.TaggedError("Locked")<{ readonly pid: number }> {}

/** Acquires the lock of a state file, and releases it with the scope. */
export const acquire = Effect.fnUntraced(function*(
  place: string,
  refused: (why: string) => UsageError,
  unwritable: (error: PlatformError) => UsageError
): Effect.fn.Return<void, UsageError, FileSystem.FileSystem | Scope.Scope> {
  const fileSystem = yield* FileSystem.FileSystem
  const lock = `${place}.lock`
  const create = Effect.scoped(
    Effect.flatMap(
      fileSystem.open(lock, { flag: "wx", mode: 0o600 }),
      (file) => file.writeAll(new TextEncoder().encode(String(process.pid)))
    )
  )
  const attempt = create.pipe(
    Effect.catch(Effect.fnUntraced(function*(error): Effect.fn.Return<void, Locked | UsageError> {
      if (error.reason._tag !== "AlreadyExists") return yield* Effect.fail(unwritable(error))
      const text = yield* Effect.orElseSucceed(fileSystem.readFileString(lock), () => "")
      if (isRunning(text)) return yield* new Locked({ pid: Number(text) })
      yield* Effect.ignore(fileSystem.remove(lock))
      return yield* Effect.mapError(create, unwritable)
    }))
  )
  yield* Effect.acquireRelease(
    attempt.pipe(
      Effect.retry({ schedule: patience, while: ({ _tag }) => _tag === "Locked" }),
      Effect.catchTag(
        "Locked",
        ({ pid }) => Effect.fail(refused(`another check (process ${pid}) uses it. If there is none, remove ${lock}`))
      )
    ),
    () => Effect.ignore(fileSystem.remove(lock)),
    { interruptible: true }
  )
})

/** Returns whether a lock was left by a process that still runs. A lock without a number is being written. */
const isRunning = (text: string): boolean => {
  const pid = Number(text)
  if (!Number.isSafeInteger(pid) || pid <= 0) return text === ""
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
