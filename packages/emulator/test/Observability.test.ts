import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, Metric, Option, Redacted, References, Stream, Tracer } from "effect"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as fs from "node:fs"
import * as http from "node:http"
import type * as net from "node:net"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import { withUuids } from "../../io/test/support/uuids.ts"
import * as Folder from "../../testing/test/support/folder.ts"
import * as Exporting from "./examples/Exporting.ts"
import { assertShows } from "./support/documents.ts"
import { document, rows, sorted } from "./support/observability.ts"
import { secret, serve, tree } from "./support/serving.ts"

/** Runs an effect, however it ends, and returns its spans, metrics and log lines. */
const observed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const spans: Array<Tracer.NativeSpan> = []
    const lines: Array<readonly [level: string, message: string]> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const logger = Logger.make(({ logLevel, message }) => void lines.push([logLevel, String(message)]))
    yield* Effect.exit(self).pipe(
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.provide(Logger.layer([logger]))
    )
    // Those of fibers are Effect's own.
    const metrics = (yield* Metric.snapshot).filter(({ id }) => !id.startsWith("child_fiber"))
    return { spans, lines, metrics }
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

const source = (
  { endpoint }: DispatcherEmulator.DispatcherEmulator,
  options: { readonly password?: string; readonly target?: Endpoint.TcpEndpoint } = {}
): Layer.Layer<BackupSource.BackupSource> => {
  const credentials = DispatcherClient.password("root", Redacted.make(options.password ?? secret))
  return BackupSource.layerClient({
    endpoint,
    credentials,
    target: options.target && { endpoint: options.target, credentials }
  })
}

const { everything } = BackupTreeRequest

/** A source of a backup directory with the backups that the emulator serves. */
const directory = Effect.gen(function*() {
  const path = `${yield* Folder.make}/backups`
  yield* StoreDirectory.write(BackupStore.fromTree(tree), path)
  return Layer.provide(BackupSource.layerDirectory({ path }), NodeFileSystem.layer)
}).pipe(Effect.provide(NodeFileSystem.layer))

type Operation = Effect.Effect<unknown, BackupSourceError, BackupSource.BackupSource>

const requests: Readonly<Record<"getBackupTree" | "streamEnvironments" | "getBackupTreeXml" | "submit", Operation>> = {
  getBackupTree: BackupSource.getBackupTree(everything),
  streamEnvironments: Stream.runDrain(BackupSource.streamEnvironments(everything)),
  getBackupTreeXml: BackupSource.getBackupTreeXml(everything),
  submit: Effect.scoped(Effect.flatMap(BackupSource.submit(everything), (job) => job.await))
}
const decode: Operation = BackupSource.BackupSource.use((source) => source.decode("<BackupTree/>", everything))
const getChain: Operation = BackupSource.getChain(tree.environments[0]!.chains[0]!.head.id)
const listEverything: Operation = BackupSource.listEverything()
const operations = [...Object.values(requests), decode, getChain, listEverything]

const missing: Operation = BackupSource.getChain("{deadbeef-0000-4000-8000-000000000000}")

describe("the document about observability", () => {
  it("shows what is compiled and run here", () => assertShows(document, ["Exporting.ts"]))

  it.live("lists the spans that there are, with their attributes", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const onDisk = yield* directory
      const { spans } = yield* observed(
        Effect.andThen(
          Effect.all(operations).pipe(Effect.provide(source(emulator))),
          Effect.provide(requests.getBackupTree, onDisk)
        )
      )
      assert.deepStrictEqual(
        sorted(spans.map(({ attributes, name }) => [name, ...[...attributes.keys()].sort()].join(" "))),
        sorted(rows("Spans").map(([name, attributes]) => [...name!, ...attributes!.toSorted()].join(" ")))
      )
      const [first] = spans
      assert.deepStrictEqual([...first!.attributes], [
        ["source", Endpoint.print(emulator.endpoint)],
        ["subject", "Everything"]
      ])
    }).pipe(Effect.scoped, leavesNothing))

  it.live("has the login inside each request", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { spans } = yield* observed(Effect.all(Object.values(requests)).pipe(Effect.provide(source(emulator))))
      const parents = spans.flatMap(({ name, parent }) =>
        name === "DispatcherClient.login" ? [parent.pipe(Option.getOrThrow) as Tracer.NativeSpan] : []
      )
      assert.deepStrictEqual(parents.map(({ name }) => name), [
        "BackupSource.getBackupTree",
        "BackupSource.streamEnvironments",
        "BackupSource.getBackupTreeXml",
        "BackupSource.submit"
      ])
    }).pipe(Effect.scoped, leavesNothing))

  it.live("lists the metrics that there are, with their kinds and attributes", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { metrics } = yield* observed(Effect.provide(requests.getBackupTree, source(emulator)))
      assert.deepStrictEqual(
        sorted(metrics.map(({ attributes, id, type }) =>
          [id, type.toLowerCase(), ...Object.keys(attributes ?? {}).sort()].join(" ")
        )),
        sorted(
          rows("Metrics").map(([name, kind, attributes]) =>
            [...name!, ...kind!, ...attributes!.toSorted()].join(" ")
          )
        )
      )
    }).pipe(Effect.scoped, leavesNothing))

  it.live("counts each request once, and nothing else", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const counted = (self: Operation) =>
        Effect.map(observed(Effect.provide(self, source(emulator))), ({ metrics }) => metrics.length)
      assert.deepStrictEqual(yield* Effect.forEach(Object.values(requests), counted), [3, 3, 3, 3])
      assert.strictEqual(yield* counted(decode), 0)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("has the same spans and metrics of every kind of source", () =>
    Effect.gen(function*() {
      const file = `${yield* Folder.make}/tree.xml`
      fs.writeFileSync(file, BackupTreeXml.encode(tree))
      const sources = [
        source(yield* serve()),
        yield* directory,
        BackupSource.layerFile({ path: file }),
        BackupSource.layerTest(tree)
      ]
      const seen = yield* Effect.forEach(sources, (layer) =>
        Effect.map(
          observed(Effect.all([...operations, Effect.exit(missing)]).pipe(Effect.provide(layer))),
          ({ metrics, spans }) => ({
            spans: spans.filter(({ name }) => name.startsWith("BackupSource."))
              .map(({ attributes, name, status }) => [
                name,
                attributes.get("subject"),
                [...attributes.keys()],
                status._tag === "Ended" && status.exit._tag
              ]),
            metrics: metrics.map(({ attributes, id, state }) => [
              id,
              attributes?.["outcome"],
              Object.keys(attributes ?? {}),
              "count" in state ? Number(state.count) : "value" in state ? Number(state.value) : undefined
            ])
          })
        ))
      assert.isAbove(seen[0]!.spans.length, operations.length)
      assert.isAbove(seen[0]!.metrics.length, 3)
      for (const other of seen.slice(1)) assert.deepStrictEqual(other, seen[0])
    }).pipe(Effect.scoped, leavesNothing))

  it.live("is right that a request that succeeds logs nothing, and that no secret is anywhere", () =>
    Effect.gen(function*() {
      const keeper = yield* serve()
      const target = keeper.endpoint._tag === "Tcp" ? keeper.endpoint : Endpoint.tcp("127.0.0.1")
      const emulator = yield* serve({ targets: new Map([[Endpoint.print(target), keeper.target]]) })
      const wrong = "a password that is wrong"
      const made: Array<string> = []
      const seen = yield* observed(
        Effect.all([
          ...operations.map((operation) => Effect.provide(operation, source(emulator, { target }))),
          Effect.exit(Effect.provide(requests.getBackupTree, source(emulator, { password: wrong }))),
          Effect.exit(Effect.provide(requests.streamEnvironments, source(emulator, { password: wrong }))),
          Effect.exit(Effect.provide(missing, source(emulator)))
        ]).pipe(
          withUuids(() => {
            const uuid = `{${SecureRandom.uuidV4Unsafe()}}`
            made.push(uuid)
            return uuid
          })
        )
      )
      assert.deepStrictEqual(seen.lines, [])
      const written = JSON.stringify(
        [
          seen.metrics,
          seen.spans.map(({ attributes, events, name, status }) => [
            name,
            [...attributes],
            events,
            status._tag === "Ended" && status.exit._tag === "Failure" ? Cause.pretty(status.exit.cause) : ""
          ])
        ],
        (_key, value: unknown) => typeof value === "bigint" ? String(value) : value
      )
      // The failures are there, with what their messages name.
      assert.include(written, "deadbeef-0000")
      assert.include(written, "was refused")
      assert.isAtLeast(made.length, 20)
      for (const hidden of [secret, wrong, ...made.map((uuid) => uuid.slice(1, -1))]) assert.notInclude(written, hidden)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("exports to a collector", () =>
    Effect.gen(function*() {
      const received = new Map<string, string>()
      const collector = http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          received.set(request.url!, Buffer.concat(chunks).toString())
          response.end("{}")
        })
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void collector.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () =>
          Effect.callback<void>((resume) => {
            collector.close(() => resume(Effect.void))
            collector.closeAllConnections()
          })
      )
      const emulator = yield* serve()
      const names = yield* Exporting.report.pipe(
        Effect.provide([
          source(emulator),
          Exporting.telemetry(`http://127.0.0.1:${(collector.address() as net.AddressInfo).port}`)
        ]),
        Effect.provideService(Metric.MetricRegistry, new Map())
      )
      assert.deepStrictEqual(names, ["web01"])
      for (const name of ["nightly report", "BackupSource.getBackupTree", "DispatcherClient.login"]) {
        assert.include(received.get("/v1/traces"), `"${name}"`)
      }
      for (const [name] of rows("Metrics")) assert.include(received.get("/v1/metrics"), `"${name![0]}"`)
      for (const body of received.values()) assert.notInclude(body, secret)
    }).pipe(Effect.scoped))
})
