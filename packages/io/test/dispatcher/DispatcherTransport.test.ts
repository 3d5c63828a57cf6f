import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { leavesNothing } from "../support/leaks.ts"

/** Returns the name that a server gives to the peer that connects to it. */
const peerOf = (endpoint: Endpoint.Endpoint) =>
  Effect.gen(function*() {
    const peer = yield* Deferred.make<string>()
    const bound = yield* DispatcherTransport.listen(
      endpoint,
      (transport) => Effect.asVoid(Deferred.succeed(peer, transport.endpoint))
    )
    yield* DispatcherTransport.connect(bound)
    return yield* Deferred.await(peer)
  }).pipe(Effect.scoped, leavesNothing)

describe("DispatcherTransport.listen", () => {
  it.live("names a peer by its address, and one without an address as a local peer", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
      )
      assert.match(yield* peerOf(Endpoint.tcp("127.0.0.1", 0)), /^127\.0\.0\.1:\d+$/)
      assert.strictEqual(yield* peerOf(Endpoint.unix(path.join(folder, "socket"))), "local peer")
    }).pipe(Effect.scoped))
})
