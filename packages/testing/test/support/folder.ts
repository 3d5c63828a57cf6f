/** Temporary directories for tests. */
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Creates an empty directory, and removes it when the scope closes. */
export const make: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/**
 * Returns the contents of a directory by path: the length and up to `maxBytes` bytes of a file, "directory", or the target
 * of a link.
 */
export const contents = (folder: string, maxBytes = 4096): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  // The recursive option of Node follows links.
  const visit = (directory: string): void => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      const place = path.join(directory, entry.name)
      const name = path.relative(folder, place)
      if (entry.isSymbolicLink()) found.set(name, `-> ${fs.readlinkSync(place)}`)
      else if (entry.isDirectory()) {
        found.set(name, "directory")
        visit(place)
      } else found.set(name, `${fs.statSync(place).size} ${firstBytes(place, maxBytes).toString("latin1")}`)
    }
  }
  visit(folder)
  return found
}

/** Reads the first bytes of a file. */
export const firstBytes = (file: string, maxBytes: number): Buffer => {
  const open = fs.openSync(file, "r")
  try {
    const buffer = Buffer.alloc(maxBytes)
    return buffer.subarray(0, fs.readSync(open, buffer, 0, maxBytes, 0))
  } finally {
    fs.closeSync(open)
  }
}
