import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Faults from "@backup-tree/emulator/Faults"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { example, passwordIn, run, withFolder } from "./support/command.ts"

describe("--stall-timeout", () => {
  it.live("gives up on a reply of which no byte arrives, and explains why that may be", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* DispatcherEmulator.make({
        store: BackupStore.fromTree(BackupTree.empty),
        accounts: [{ userName: "admin", password: Redacted.make("secret") }],
        faults: [Faults.stall("request", { heartbeats: true })]
      })
      const { code, stderr } = yield* Effect.promise(() =>
        withFolder((folder) => {
          const login = ["--server", `admin@${Endpoint.print(endpoint)}`, ...passwordIn(folder)]
          return run(["list", ...login, "--stall-timeout", "5s"])
        })
      )
      assert.match(stderr, /no byte of the reply has arrived for 5 s.*build the reply.*--stall-timeout/s)
      assert.strictEqual(code, 3)
    }))

  it("is a limit for a server only", async () => {
    const { code, stderr } = await run(["list", "--file", example("01-empty.xml"), "--stall-timeout", "2h"])
    assert.match(stderr, /--stall-timeout applies only to a server; leave it out with --file/)
    assert.strictEqual(code, 3)
  })
})
