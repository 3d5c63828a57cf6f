import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Makes the path of a socket in a folder of its own. */
export const socketPath: Effect.Effect<Endpoint.Endpoint, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  ),
  (folder) => Endpoint.unix(path.join(folder, "dispatcher.socket"))
)
