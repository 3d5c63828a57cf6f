/** Reads directories that may change meanwhile. */
import type { Entry } from "@backup-tree/core/directory/StoreEntry"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type { StoreFiles } from "./storeFiles.ts"

/** The result of reading a directory, and whether a concurrent change could explain what is wrong with it. */
export interface Reading<A> {
  readonly read: A
  readonly isDoubtful: boolean
}

/** How often a directory is read at most. The last result counts. */
const timesRead = 3

/**
 * Lists a directory and reads its entries. Returns `undefined` if it is gone.
 *
 * After a doubtful reading the directory is listed again. If the entries differ, it was changed meanwhile, and is read
 * again.
 */
export const readSteadily = Effect.fnUntraced(function*<A>(
  files: StoreFiles,
  path: string,
  read: (entries: ReadonlyArray<Entry>) => Effect.Effect<Reading<A>>,
  times: number = timesRead
): Effect.fn.Return<A | undefined, PlatformError> {
  const entries = yield* files.entries(path)
  if (entries === undefined) return undefined
  const reading = yield* read(entries)
  if (!reading.isDoubtful || times <= 1) return reading.read
  const again = yield* Effect.result(files.entries(path))
  if (Result.isSuccess(again)) {
    if (again.success === undefined) return undefined
    if (areSame(entries, again.success)) return reading.read
  }
  return yield* readSteadily(files, path, read, times - 1)
})

const areSame = (before: ReadonlyArray<Entry>, after: ReadonlyArray<Entry>): boolean =>
  before.length === after.length
  && before.every(({ kind, name }, index) => name === after[index]!.name && kind === after[index]!.kind)
