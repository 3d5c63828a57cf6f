/** Keeps the environments of a tree within a limit of memory. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreeMemory from "@backup-tree/core/tree/TreeMemory"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Result from "effect/Result"
import * as v8 from "node:v8"

/** Returns the limit for a tree: a quarter of the heap, because checks and outputs need memory too. */
export const maxTreeBytes = (given: number | undefined): number => given ?? v8.getHeapStatistics().heap_size_limit / 4

/** Keeps environments that arrive one after the other. */
export class TreeKeeper {
  readonly #maxBytes: number
  #environments: Array<BackupTree.VirtualEnvironment> = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Keeps more environments. Beyond the limit it drops all, so that the program can report the failure. */
  readonly add = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>): void => {
    for (const environment of environments) {
      if (this.#bytes > this.#maxBytes) return
      this.#bytes += TreeMemory.bytesOf(environment)
      this.#environments.push(environment)
      if (this.#bytes > this.#maxBytes) this.#environments = []
    }
  }

  /** Returns the environments. Fails if they were too many. */
  get environments(): Result.Result<ReadonlyArray<BackupTree.VirtualEnvironment>, XmlError> {
    return this.#bytes > this.#maxBytes
      ? Result.fail(TreeMemory.exceeded(this.#maxBytes))
      : Result.succeed(this.#environments)
  }
}
