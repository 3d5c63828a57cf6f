/** Images as sparse files: their length is believable, and hardly a block of them is on the disk. */
import * as Qcow2 from "@backup-tree/core/directory/Qcow2"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type { ImageLayout } from "./storeLayout.ts"

/** Writes an image: flag `wx` makes a file that must not be there, and `r+` changes the header of one that is. */
export const write = (
  path: string,
  { header, length }: Omit<ImageLayout, "name">,
  flag: "wx" | "r+" = "wx"
): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
  Effect.scoped(Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const file = yield* fileSystem.open(path, { flag })
    // What it builds on is a file that has been written, and names of files are shorter than those the format refuses.
    const encoded = header && Result.getOrThrow(Qcow2.encode({
      virtualSize: header.virtualSize,
      backingFile: header.backingFile === undefined ? undefined : new TextEncoder().encode(header.backingFile)
    }))
    for (const { bytes, offset } of encoded?.parts ?? []) {
      yield* file.seek(BigInt(offset), "start")
      yield* file.writeAll(bytes)
    }
    yield* file.truncate(Math.max(length, encoded?.length ?? 0))
  }))
