import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, type Layer, Logger, Metric, Option, Redacted, References, Stream, Tracer } from "effect"
import * as fs from "node:fs"
import * as http from "node:http"
import type * as net from "node:net"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import * as Exporting from "./examples/Exporting.ts"
import { assertShows, readText } from "./support/documents.ts"
import { secret, serve } from "./support/serving.ts"

const document = "docs/observability.md"

/** The rows of the table in a section of the document, each with what stands in backticks in its cells. */
const rows = (section: string): ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>> =>
  readText(document).split(/^## /m).find((text) => text.startsWith(`${section}\n`))!.split("\n")
    .filter((line) => line.startsWith("|")).slice(2)
    .map((line) =>
      line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => [...cell.matchAll(/`([^`]*)`/g)].map((m) => m[1]!))
    )

const sorted = (values: Iterable<string>): ReadonlyArray<string> => [...new Set(values)].sort()

/** Runs an effect, however it ends, and gives the spans, metrics and log lines that it leaves. */
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

type Asking = Effect.Effect<unknown, BackupSourceError, BackupSource.BackupSource>

const asked: Readonly<
  Record<"getBackupTree" | "streamEnvironments" | "getBackupTreeXml" | "decode" | "submit", Asking>
> = {
  getBackupTree: BackupSource.getBackupTree(everything),
  streamEnvironments: Stream.runDrain(BackupSource.streamEnvironments(everything)),
  getBackupTreeXml: BackupSource.getBackupTreeXml(everything),
  decode: BackupSource.BackupSource.use((source) => source.decode("<BackupTree/>", everything)),
  submit: Effect.scoped(Effect.flatMap(BackupSource.submit(everything), (job) => job.await))
}

describe("the document about observability", () => {
  it("shows what is compiled and run here", () => assertShows(document, ["Exporting.ts"]))

  it.live("lists the spans that there are, with their attributes", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { spans } = yield* observed(Effect.all(Object.values(asked)).pipe(Effect.provide(source(emulator))))
      assert.deepStrictEqual(
        sorted(spans.map(({ attributes, name }) => [name, ...[...attributes.keys()].sort()].join(" "))),
        sorted(rows("Spans").map(([name, attributes]) => [...name!, ...attributes!].join(" ")))
      )
      const [first] = spans
      assert.deepStrictEqual([...first!.attributes], [
        ["endpoint", Endpoint.print(emulator.endpoint)],
        ["subject", "Everything"]
      ])
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
      const { metrics } = yield* observed(Effect.provide(asked.getBackupTree, source(emulator)))
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

  it.live("counts what it says, and no more", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const counted = (self: Asking) =>
        Effect.map(observed(Effect.provide(self, source(emulator))), ({ metrics }) => metrics.length)
      assert.deepStrictEqual(
        yield* Effect.forEach(Object.values(asked), counted),
        [3, 3, 3, 0, 3]
      )
    }).pipe(Effect.scoped, leavesNothing))

  it("lists the log lines that there are, by level", () => {
    const folders = ["packages/io/src", "packages/emulator/src"]
    const lines = folders.flatMap((folder) =>
      fs.readdirSync(new URL(`../../../${folder}`, import.meta.url), { encoding: "utf8", recursive: true })
        .filter((path) => path.endsWith(".ts"))
        .flatMap((path) =>
          [...readText(`${folder}/${path}`).matchAll(/Effect\.log(\w*)\(\s*["`]([^"`]*)["`]/g)].map(([, level, text]) =>
            `${level!.replace("Warning", "Warn")} ${text!.replaceAll(/\$\{[^}]*\}/g, "…")}`
          )
        )
    )
    assert.isNotEmpty(lines)
    assert.deepStrictEqual(
      sorted(lines),
      sorted(rows("Log lines").map(([level, text]) => `${level![0]} ${text![0]}`))
    )
  })

  it.live("is right that a question which goes well logs nothing, and that no secret is anywhere", () =>
    Effect.gen(function*() {
      const keeper = yield* serve()
      const target = keeper.endpoint._tag === "Tcp" ? keeper.endpoint : Endpoint.tcp("127.0.0.1")
      const emulator = yield* serve({ targets: new Map([[Endpoint.print(target), keeper.target]]) })
      const wrong = "a password that is wrong"
      const made: Array<string> = []
      const missing = BackupSource.getChain("{deadbeef-0000-4000-8000-000000000000}")
      const seen = yield* observed(
        Effect.all([
          ...Object.values(asked).map((asking) => Effect.provide(asking, source(emulator, { target }))),
          Effect.exit(Effect.provide(asked.getBackupTree, source(emulator, { password: wrong }))),
          Effect.exit(Effect.provide(missing, source(emulator)))
        ]).pipe(
          Effect.provideService(
            RandomUuid.RandomUuid,
            Effect.sync(() => {
              const uuid = `{${crypto.randomUUID()}}`
              made.push(uuid)
              return uuid
            })
          )
        )
      )
      assert.deepStrictEqual(seen.lines, [])
      const said = JSON.stringify(
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
      assert.include(said, "deadbeef-0000")
      assert.include(said, "was refused")
      assert.isAtLeast(made.length, 20)
      for (const hidden of [secret, wrong, ...made.map((uuid) => uuid.slice(1, -1))]) assert.notInclude(said, hidden)
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
