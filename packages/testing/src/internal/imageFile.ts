/** Images as sparse files: as long as real ones, with hardly a block on the disk. */
import * as Qcow2 from "@backup-tree/core/directory/files/Qcow2"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import type { ImageLayout } from "./storeLayout.ts"

/** Writes an image. Flag `wx` creates a new file; `r+` rewrites the header of an existing one. */
export const write = Effect.fnUntraced(
  function*(path: string, { header, length }: Omit<ImageLayout, "name">, flag: "wx" | "r+" = "wx") {
    const fileSystem = yield* FileSystem.FileSystem
    const file = yield* fileSystem.open(path, { flag })
    // A file name is shorter than the backing file names that the format refuses.
    const encoded = header && Result.getOrThrow(Qcow2.encode({
      virtualSize: header.virtualSize,
      backingFile: header.backingFile === undefined ? undefined : new TextEncoder().encode(header.backingFile)
    }))
    for (const { bytes, offset } of encoded?.parts ?? []) {
      yield* file.seek(BigInt(offset), "start")
      yield* file.writeAll(bytes)
    }
    yield* file.truncate(Math.max(length, encoded?.length ?? 0))
  },
  Effect.scoped
)
