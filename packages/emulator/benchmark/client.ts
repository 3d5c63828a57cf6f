/**
 * A client in a process of its own, from its start to its end: asks once, prints what that cost, and ends.
 *
 * `client.ts WAY PORT ITEMS`: keeps the tree (`kept`), drops each environment (`dropped`), leaves the tree a text
 * (`text`), asks again and again on one session (`latency`), or compares what comes with what was served (`verify`).
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import assert from "node:assert/strict"
import process from "node:process"
import * as Document from "../../core/benchmark/document.ts"
import * as Processes from "../../core/benchmark/processes.ts"

const [way = "", port = "", items = ""] = process.argv.slice(2)

const endpoint = Endpoint.tcp("127.0.0.1", Number(port))
const credentials = DispatcherClient.password("bench", Redacted.make("bench"))
// As long as a reply of half a million backups.
const limits = { maxReplyBytes: 2 ** 30 }
const source = BackupSource.layerClient({ endpoint, credentials, limits })
const request: BackupTreeRequest.BackupTreeRequest = BackupTreeRequest.everything

const countOf = (environment: BackupTree.VirtualEnvironment): number =>
  environment.chains.reduce((sum, { incrementals }) => sum + 1 + incrementals.length, 0)

const kept = Effect.map(BackupSource.getBackupTree(request), (listing) => ({
  items: listing.tree.environments.reduce((sum, environment) => sum + countOf(environment), 0),
  result: listing as unknown
}))

const dropped = Effect.map(
  Stream.runFold(BackupSource.streamEnvironments(request), () => 0, (sum, environment) => sum + countOf(environment)),
  (items) => ({ items, result: undefined as unknown })
)

const text = Effect.map(BackupSource.getBackupTreeXml(request), (text) => ({
  items: text.match(/<(?:Partial)?BackupItem /g)?.length ?? 0,
  result: text as unknown
}))

/** Asks `times` times, one after the other, and tells the median of how long an answer took, in milliseconds. */
const latency = (times: number) =>
  Effect.scoped(Effect.gen(function*() {
    const client = yield* DispatcherClient.connect({ endpoint, credentials })
    const parameters = BackupTreeRequest.toParameters(request)
    const ask = Effect.scoped(
      Effect.flatMap(client.streamBackupTree(parameters, () => Effect.void), (job) => job.await)
    )
    yield* Effect.repeat(ask, { times: 200 })
    const took: Array<number> = []
    for (let time = 0; time < times; time++) {
      const begun = performance.now()
      yield* ask
      took.push(performance.now() - begun)
    }
    return took.sort((one, other) => one - other)[Math.floor(times / 2)]!
  }))

const verify = Effect.gen(function*() {
  const tree = Document.tree(Number(items))
  const listing = yield* BackupSource.getBackupTree(request)
  assert.deepEqual(listing.tree, tree)
  assert.deepEqual(listing.notes, [])
  assert.deepEqual(yield* Stream.runCollect(BackupSource.streamEnvironments(request)), tree.environments)
  const source = yield* BackupSource.BackupSource
  const decoded = yield* source.decode(yield* BackupSource.getBackupTreeXml(request), request)
  assert.deepEqual(decoded.tree, tree)
})

const collectGarbage = (): void => {
  const { gc } = globalThis as { readonly gc?: () => void }
  if (gc === undefined) throw new Error("run this with --expose-gc")
  for (let times = 0; times < 4; times++) gc()
}

const measure = async (
  asking: Effect.Effect<{ readonly items: number; readonly result: unknown }, unknown, BackupSource.BackupSource>
): Promise<void> => {
  const before = process.memoryUsage().heapUsed
  const answer = await Effect.runPromise(Effect.provide(asking, source))
  // The clock starts with the process.
  const wall = performance.now()
  const { system, user } = process.cpuUsage()
  const peak = Processes.peakMemory()
  assert.equal(answer.items, Number(items))
  collectGarbage()
  const retained = (process.memoryUsage().heapUsed - before) / 2 ** 20
  console.log(
    JSON.stringify({ wall, processor: (system + user) / 1000, peak, retained, isKept: answer.result !== undefined })
  )
}

switch (way) {
  case "kept":
    await measure(kept)
    break
  case "dropped":
    await measure(dropped)
    break
  case "text":
    await measure(text)
    break
  case "latency":
    console.log(await Effect.runPromise(latency(1000)))
    break
  default:
    await Effect.runPromise(Effect.provide(verify, source))
    console.log("equal")
}
