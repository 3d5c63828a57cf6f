/** The reading of directories that may change meanwhile. */
import type { Entry } from "@backup-tree/core/directory/StoreEntry"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type { StoreFiles } from "./storeFiles.ts"

/** What was made of the entries of a directory, and whether it would be otherwise if they had changed meanwhile. */
export interface Reading<A> {
  readonly read: A
  readonly isDoubtful: boolean
}

/** How often a directory is read at most; what is found the last time counts. */
const timesRead = 3

/**
 * Lists a directory and reads what is in it, or nothing of one that is gone.
 *
 * After a doubtful reading it is listed again: one that holds other things by now was changed meanwhile, and is read anew.
 */
export const readSteadily = <A>(
  files: StoreFiles,
  path: string,
  read: (entries: ReadonlyArray<Entry>) => Effect.Effect<Reading<A>>,
  times: number = timesRead
): Effect.Effect<A | undefined, PlatformError> =>
  Effect.gen(function*() {
    const entries = yield* files.entries(path)
    if (entries === undefined) return undefined
    const reading = yield* read(entries)
    if (!reading.isDoubtful || times <= 1) return reading.read
    const again = yield* Effect.result(files.entries(path))
    if (Result.isSuccess(again)) {
      if (again.success === undefined) return undefined
      if (haveSameNames(entries, again.success)) return reading.read
    }
    return yield* readSteadily(files, path, read, times - 1)
  })

const haveSameNames = (before: ReadonlyArray<Entry>, after: ReadonlyArray<Entry>): boolean =>
  before.length === after.length && before.every(({ name }, index) => name === after[index]!.name)
