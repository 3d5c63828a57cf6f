/**
 * Lets one check at a time use a state file: a lock file next to it holds the process id.
 */
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { StateFileError } from "./ExitCode.ts"

/**
 * The retry schedule: up to 15 seconds. A check holds the lock from reading the state file to writing it, and releases
 * it while it waits for a server.
 */
const patience = Schedule.max([Schedule.spaced("250 millis"), Schedule.recurs(60)])

class Locked extends Data.TaggedError("Locked")<{ readonly pid: number }> {}

/** Acquires the lock of a state file, and releases it with the scope. */
export const acquire = Effect.fnUntraced(function*(
  place: string,
  locked: (pid: number, lock: string) => StateFileError,
  unwritable: (error: PlatformError) => StateFileError
): Effect.fn.Return<void, StateFileError, FileSystem.FileSystem | Scope.Scope> {
  const fileSystem = yield* FileSystem.FileSystem
  const lock = `${place}.lock`
  const draft = `${lock}.${(yield* RandomUuid.next).slice(1, -1)}`
  // A link appears with its content, so a lock never lacks its process id.
  const create = fileSystem.writeFileString(draft, String(process.pid), { flag: "wx", mode: 0o600 }).pipe(
    Effect.andThen(fileSystem.link(draft, lock)),
    Effect.ensuring(Effect.ignore(fileSystem.remove(draft)))
  )
  const attempt = create.pipe(
    Effect.catch(
      Effect.fnUntraced(function*(error): Effect.fn.Return<void, Locked | StateFileError, FileSystem.FileSystem> {
        if (error.reason._tag !== "AlreadyExists") return yield* Effect.fail(unwritable(error))
        const holder = yield* Effect.matchEffect(fileSystem.readFileString(lock), {
          onSuccess: Effect.succeedSome,
          onFailure: (error) => error.reason._tag === "NotFound" ? Effect.succeedNone : Effect.fail(unwritable(error))
        })
        // Without a holder, the lock was released meanwhile.
        if (Option.isSome(holder) && !isRunning(holder.value, lock)) yield* removeDead(lock, holder.value)
        return yield* new Locked({ pid: Number(Option.getOrElse(holder, () => "0")) })
      })
    )
  )
  yield* Effect.acquireRelease(
    attempt.pipe(
      Effect.retry({ schedule: patience, while: ({ _tag }) => _tag === "Locked" }),
      Effect.catchTag(
        "Locked",
        ({ pid }) => Effect.fail(locked(pid, lock))
      ),
      Effect.tap(() => Effect.sync(() => held.add(lock)))
    ),
    () => Effect.andThen(Effect.sync(() => held.delete(lock)), Effect.ignore(fileSystem.remove(lock))),
    { interruptible: true }
  )
})

/**
 * Removes a lock whose process is gone.
 *
 * Two checks may find the same one, and the slower one must not remove the new lock of the faster one. So only one at a
 * time may remove a lock, and reads it again before.
 */
const removeDead = Effect.fnUntraced(function*(lock: string, dead: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const guard = `${lock}.removal`
  yield* Effect.ignore(Effect.acquireUseRelease(
    fileSystem.writeFileString(guard, String(process.pid), { flag: "wx", mode: 0o600 }),
    () =>
      Effect.flatMap(fileSystem.readFileString(lock), (now) => now === dead ? fileSystem.remove(lock) : Effect.void),
    () => Effect.ignore(fileSystem.remove(guard))
  ))
  // A check that ended here left its guard.
  const { mtime } = yield* Effect.orElseSucceed(fileSystem.stat(guard), () => ({ mtime: Option.none<Date>() }))
  const age = (yield* Clock.currentTimeMillis) - Option.getOrElse(Option.map(mtime, Number), () => Infinity)
  if (age > guardLife) yield* Effect.ignore(fileSystem.remove(guard))
})

/** In milliseconds; a removal takes much less. */
const guardLife = 60_000

/** The locks that this process holds. */
const held = new Set<string>()

/** Returns whether the process that holds a lock still runs. */
const isRunning = (text: string, lock: string): boolean => {
  const pid = Number(text)
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  // In a container, every run may have the same id.
  if (pid === process.pid) return held.has(lock)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
