/**
 * Measures what a reply of 50,000 backups costs the emulator, and how long a cancel waits meanwhile.
 *
 * `npm run bench:replies [-- ITEMS]`. Server and client share this process, so that both sides count.
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { Effect, Redacted } from "effect"
import process from "node:process"
import * as Document from "../../core/benchmark/document.ts"

const items = Number(process.argv[2] ?? 50_000)
const password = Redacted.make("replies")
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)

interface Cost {
  readonly wall: number
  readonly processor: number
}

const measured = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<Cost, E, R> =>
  Effect.suspend(() => {
    const [wall, processor] = [performance.now(), process.cpuUsage()]
    return Effect.map(self, () => {
      const { system, user } = process.cpuUsage(processor)
      return { wall: performance.now() - wall, processor: (system + user) / 1000 }
    })
  })

const print = (what: string, { processor, wall }: Cost): void =>
  console.log(`${what}: ${wall.toFixed(0)} ms, processor ${processor.toFixed(0)} ms`)

const main = Effect.gen(function*() {
  const store = BackupStore.fromTree({ environments: [...Document.environments(items)], kept: [] })
  const served = { current: store }
  const emulator = yield* DispatcherEmulator.make({
    store: Effect.sync(() => served.current),
    accounts: [{ userName: "replies", password }]
  })
  const client = yield* DispatcherClient.connect({
    endpoint: emulator.endpoint,
    credentials: DispatcherClient.password("replies", password)
  })
  const request = Effect.scoped(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await))
  console.log(`${items} backups, ${((yield* request).length / 2 ** 20).toFixed(1)} MiB of XML`)
  for (let round = 1; round <= 3; round++) {
    print(`round ${round}: reply kept, sent and read`, yield* measured(request))
    served.current = { ...store }
    const job = yield* client.getBackupTree(parameters)
    while ((yield* emulator.tasks).length === 0) yield* Effect.yieldNow
    const cancelled = yield* measured(Effect.tap(job.cancel, (outcome) => Effect.sync(() => console.log(outcome))))
    print(`round ${round}: cancel while it is built`, cancelled)
    yield* Effect.ignore(job.await)
    served.current = { ...store }
    print(`round ${round}: reply built, sent and read`, yield* measured(request))
  }
}).pipe(Effect.scoped)

await Effect.runPromise(main)
