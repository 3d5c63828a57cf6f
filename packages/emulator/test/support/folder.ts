/** Folders for tests that write, removed behind them. */
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Makes an empty folder, which goes with the scope. */
export const make: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/**
 * Returns what lies in a folder, by path: the bytes of a file up to `maxBytes` of them and its length, "directory", or
 * where a link leads.
 */
export const contents = (folder: string, maxBytes = 4096): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  // Node's own recursion follows links.
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
