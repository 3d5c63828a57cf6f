import { type BackupListing, BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import { Effect, type Layer, ManagedRuntime, Result } from "effect"

/** Backups for a program with promises. An error is a value; only an abort or a defect of the program rejects. */
export class Backups {
  readonly #runtime: ManagedRuntime.ManagedRuntime<BackupSource.BackupSource, never>

  constructor(source: Layer.Layer<BackupSource.BackupSource>) {
    this.#runtime = ManagedRuntime.make(source)
  }

  list(signal?: AbortSignal): Promise<Result.Result<BackupListing.BackupListing, BackupSourceError>> {
    return this.#runtime.runPromise(
      Effect.result(BackupSource.getBackupTree(BackupTreeRequest.everything)),
      { signal }
    )
  }

  /** Interrupts the requests in flight, and waits until their connections are closed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#runtime.dispose()
  }
}

/** The machines that have backups, within half a minute. */
export const names = async (source: Layer.Layer<BackupSource.BackupSource>): Promise<ReadonlyArray<string>> => {
  const backups = new Backups(source)
  try {
    const result = await backups.list(AbortSignal.timeout(30_000))
    if (Result.isFailure(result)) return [result.failure.message]
    return result.success.tree.environments.map(({ name }) => name)
  } finally {
    await backups[Symbol.asyncDispose]()
  }
}
