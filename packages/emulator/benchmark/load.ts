/**
 * Many sessions and questions against one emulator in another process: none fails, and memory does not grow.
 *
 * `npm run assure:load`, or with other numbers: `npm run assure:load -- SESSIONS REQUESTS`.
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Effect, Redacted, Result } from "effect"
import { fork } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const text = fs.readFileSync(new URL("../../core/test/fixtures/05-two-chains.xml", import.meta.url), "utf8")
const password = Redacted.make("load")

/** Serves until the other process goes. */
const serve = Effect.gen(function*() {
  const emulator = yield* DispatcherEmulator.make({
    store: Result.getOrThrow(DispatcherEmulator.storeFromXml(text)),
    accounts: [{ userName: "load", password }]
  })
  const { endpoint } = emulator
  process.send?.(endpoint._tag === "Tcp" ? endpoint.port : 0)
  process.once("disconnect", () => process.exit(0))
  return yield* Effect.never
}).pipe(Effect.scoped)

const collectGarbage = (): number => {
  const { gc } = globalThis as { readonly gc?: () => void }
  if (gc === undefined) throw new Error("run this with --expose-gc")
  for (let times = 0; times < 4; times++) gc()
  return process.memoryUsage().heapUsed
}

/** The heap after each thousand questions, in bytes. */
const heaps: Array<number> = []
let answered = 0

/** One session, and its share of the questions; ten at a time are in flight on it. */
const session = (endpoint: Endpoint.Endpoint, questions: number) =>
  Effect.scoped(Effect.gen(function*() {
    const client = yield* DispatcherClient.connect({
      endpoint,
      credentials: DispatcherClient.password("load", password)
    })
    const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
    const ask = Effect.gen(function*() {
      const answer = yield* Effect.scoped(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await))
      const { tree } = yield* Effect.fromResult(BackupTreeXml.decode(answer, { mode: "strict" }))
      if (tree.environments.length !== 1) return yield* Effect.die(new Error("an answer lacks its environment"))
      answered += 1
    })
    yield* Effect.forEach(Array.from({ length: questions }), () => ask, { concurrency: 10, discard: true })
  }))

const load = (port: number, sessions: number, questions: number) =>
  Effect.gen(function*() {
    const endpoint = Endpoint.tcp("127.0.0.1", port)
    const share = Math.ceil(questions / sessions)
    const rounds = Math.max(1, Math.round(questions / 1000))
    const perRound = Math.ceil(sessions / rounds)
    for (let round = 0; round < rounds; round++) {
      yield* Effect.forEach(Array.from({ length: perRound }), () => session(endpoint, share), {
        concurrency: 10,
        discard: true
      })
      yield* Effect.sleep("100 millis")
      heaps.push(collectGarbage())
    }
  })

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const main = async (sessions: number, questions: number): Promise<void> => {
  const server = fork(fileURLToPath(import.meta.url), ["--serve"], { execArgv: process.execArgv })
  const port = await new Promise<number>((resolve) => server.once("message", (message) => resolve(Number(message))))
  const begun = performance.now()
  try {
    await Effect.runPromise(load(port, sessions, questions))
  } finally {
    server.disconnect()
  }
  const seconds = (performance.now() - begun) / 1000
  const [first, last] = [heaps[0]!, heaps.at(-1)!]
  const growth = last / first - 1
  console.log(
    `${answered} questions in ${sessions} sessions: ${seconds.toFixed(1)} s, ${
      (answered / seconds).toFixed(0)
    } a second`
  )
  console.log(`heap after each thousand: ${heaps.map(mebibytes).join(", ")}`)
  console.log(`growth from the first thousand to the last: ${(100 * growth).toFixed(2)} %`)
  if (growth > 0.05) {
    console.error("the heap grows by more than 5 %")
    process.exitCode = 1
  }
}

if (process.argv[2] === "--serve") Effect.runFork(serve)
else await main(Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 10_000))
