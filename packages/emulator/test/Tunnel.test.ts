import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceReason } from "@backup-tree/io/BackupSourceError"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Layer, Redacted } from "effect"
import * as childProcess from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import * as Tunnel from "./examples/Tunnel.ts"
import * as certificates from "./support/certificates.ts"
import { assertShows, blocks, readText } from "./support/documents.ts"
import * as forwarding from "./support/forwarding.ts"
import { secret, serve, socketPath, tree } from "./support/serving.ts"

const document = "docs/tunnel.md"
const password = Redacted.make(secret)

const query = (source: Layer.Layer<BackupSource.BackupSource>) =>
  Effect.provide(BackupSource.getBackupTree(BackupTreeRequest.everything), source)

const reasonOf = (source: Layer.Layer<BackupSource.BackupSource>): Effect.Effect<BackupSourceReason, unknown> =>
  Effect.map(Effect.flip(query(source)), ({ reason }) => reason)

const portOf = (endpoint: Endpoint.Endpoint): number => endpoint._tag === "Tcp" ? endpoint.port : 0

/** A dispatcher on a unix socket. */
const onSocket = Effect.flatMap(socketPath, (path) => serve({ endpoint: Endpoint.unix(path) }))

/** A program of this machine, if it is there. */
const has = (program: string, ...args: ReadonlyArray<string>): boolean =>
  childProcess.spawnSync(program, args).error === undefined

const hasOpenssl = has("openssl", "version")

describe("the document about tunnels", () => {
  it("shows what is compiled and run here", () => assertShows(document, ["Tunnel.ts"]))

  it("names the places that the library knows", () => {
    const text = readText(document)
    for (const place of [Endpoint.defaultSocketPath, String(Endpoint.defaultPort)]) assert.include(text, place)
  })

  it("shows commands of ssh that set up these forwardings", () => {
    const commands = blocks(document, "sh").join("").replaceAll(/ \\\n */g, " ").split("\n").filter((line) =>
      line.startsWith("ssh ")
    )
    assert.deepStrictEqual(
      commands.map((command) => / -L "?([^" ]*)/.exec(command)?.[1]),
      [
        `$XDG_RUNTIME_DIR/node7.socket:${Endpoint.defaultSocketPath}`,
        `127.0.0.1:64001:127.0.0.1:${Endpoint.defaultPort}`
      ]
    )
    if (!has("ssh", "-V")) return
    // The program itself reads them, and connects to nothing.
    for (const command of commands) {
      const [, ...args] = command.replaceAll("\"", "").replace("$XDG_RUNTIME_DIR", "/run/user/1000").split(" ")
      const { status, stdout } = childProcess.spawnSync("ssh", ["-G", "-F", "none", ...args], { encoding: "utf8" })
      assert.strictEqual(status, 0, command)
      assert.match(stdout, /^localforward .*(?:prl_disp_service\.socket|\[127\.0\.0\.1\]:64000)$/m)
      assert.match(stdout, /^exitonforwardfailure yes$/m)
    }
  })

  it("shows a command that makes a certificate as it is used here", () => {
    const command = blocks(document, "sh").join("").replaceAll(/ \\\n */g, " ").split("\n").find((line) =>
      line.startsWith("openssl req ")
    )
    assert.isDefined(command)
    if (!hasOpenssl) return
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
    try {
      const [, ...args] = command.split(" ")
      assert.strictEqual(childProcess.spawnSync("openssl", args, { cwd: folder }).status, 0)
      const made = new crypto.X509Certificate(fs.readFileSync(path.join(folder, "node7.pem")))
      const own = new crypto.X509Certificate(certificates.make("node7").cert)
      assert.deepStrictEqual([made.subject, made.subjectAltName], [own.subject, own.subjectAltName])
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})

describe("without a tunnel", () => {
  it.live("the session's id can be read from the handshake, and the password cannot be read", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* serve()
      const between = yield* forwarding.forward(forwarding.anyPort, forwarding.to(endpoint))
      const client = yield* DispatcherClient.connect({
        endpoint: between.endpoint,
        credentials: DispatcherClient.password("root", password)
      })
      const session = Redacted.value(client.server.session!).replaceAll(/[{}-]/g, "")
      assert.include(between.received().toString("hex"), session)
      for (const text of [secret, Buffer.from(secret).toString("base64").replace(/=*$/, "")]) {
        assert.isFalse(between.received().includes(text))
      }
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a forwarded socket", () => {
  it.live("needs no password, from a socket here", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* onSocket
      const here = yield* socketPath
      yield* forwarding.forward(Endpoint.unix(here), forwarding.to(endpoint))
      assert.deepStrictEqual((yield* query(Tunnel.bySocket(here))).tree, tree)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("needs none from a port here either, for any user", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* onSocket
      const here = yield* forwarding.forward(forwarding.anyPort, forwarding.to(endpoint))
      assert.deepStrictEqual((yield* query(Tunnel.byPortToSocket(portOf(here.endpoint)))).tree, tree)
      assert.deepStrictEqual((yield* query(Tunnel.byPort(portOf(here.endpoint), password))).tree, tree)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a forwarded port", () => {
  it.live("takes name and password, and no local login", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* serve()
      const here = yield* forwarding.forward(forwarding.anyPort, forwarding.to(endpoint))
      assert.deepStrictEqual((yield* query(Tunnel.byPort(portOf(here.endpoint), password))).tree, tree)
      const refused = yield* reasonOf(Tunnel.byPortToSocket(portOf(here.endpoint)))
      assert.strictEqual(
        refused._tag === "LoginRefused" ? refused.code : undefined,
        ReturnCode.codes.PRL_ERR_LOCAL_AUTHENTICATION_FAILED
      )
    }).pipe(Effect.scoped, leavesNothing))

  it.live("that is cut ends the request", () =>
    Effect.gen(function*() {
      const requested = yield* Deferred.make<void>()
      const { endpoint } = yield* serve({
        beforeTree: Effect.andThen(Deferred.succeed(requested, undefined), Effect.never)
      })
      const here = yield* forwarding.forward(forwarding.anyPort, forwarding.to(endpoint))
      const running = yield* Effect.forkChild(reasonOf(Tunnel.byPort(portOf(here.endpoint), password)))
      yield* Deferred.await(requested)
      here.cut()
      assert.strictEqual((yield* Fiber.join(running))._tag, "ConnectionLost")
    }).pipe(Effect.scoped, leavesNothing))
})

/** The near end by `openssl s_client`, which reads its certificates from files. */
const byOpenssl = (folder: string): forwarding.DialTls => (far, own, server) => {
  const file = (name: string, text: string): string => {
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 })
    return path.join(folder, name)
  }
  const verifying = ["s_client", "-quiet", "-verify_return_error", "-verify_hostname", "node7"]
  const there = ["-connect", `127.0.0.1:${portOf(far)}`, "-CAfile", file("server.pem", server.cert)]
  const here = ["-cert", file("client.pem", own.cert), "-key", file("client.key", own.key)]
  return forwarding.byProgram("openssl", [...verifying, ...there, ...here])
}

// A test of its own for the real program where there is one; Node's own TLS is tested everywhere.
const nearEnds: ReadonlyArray<readonly [name: string, dial: (folder: string) => forwarding.DialTls]> = [
  ["node:tls", () => forwarding.byNode],
  ...(hasOpenssl ? [["openssl s_client", byOpenssl] as const] : [])
]

describe.each(nearEnds)("a tunnel of TLS with certificates, its near end by %s", (_name, dial) => {
  const [server, client, stranger] = ["node7", "watcher", "node7"].map(certificates.make) as [
    certificates.Certificate,
    certificates.Certificate,
    certificates.Certificate
  ]

  /** Builds the tunnel, each end with what it shows and what it takes. */
  const tunnel = (
    near: { readonly shows: certificates.Certificate; readonly takes: certificates.Certificate },
    far: { readonly shows: certificates.Certificate; readonly takes: certificates.Certificate }
  ) =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const folder = path.dirname(yield* socketPath)
      const there = yield* forwarding.forward(
        forwarding.anyPort,
        forwarding.to(emulator.endpoint),
        forwarding.tlsServer(far.shows, far.takes)
      )
      const here = yield* forwarding.forward(
        forwarding.anyPort,
        dial(folder)(there.endpoint, near.shows, near.takes)
      )
      return { source: Tunnel.byPort(portOf(here.endpoint), password), there }
    })

  it.live("carries a request", () =>
    Effect.gen(function*() {
      const { source, there } = yield* tunnel({ shows: client, takes: server }, { shows: server, takes: client })
      assert.deepStrictEqual((yield* query(source)).tree, tree)
      assert.isNotEmpty(there.received())
    }).pipe(Effect.scoped, leavesNothing))

  it.live.each<
    readonly [who: string, shows: certificates.Certificate, takes: certificates.Certificate]
  >([
    ["server", client, stranger],
    ["client", stranger, server]
  ])("lets nothing through to or from a stranger as %s", ([_who, shows, takes]) =>
    Effect.gen(function*() {
      const { source, there } = yield* tunnel({ shows, takes }, { shows: server, takes: client })
      assert.include(["HandshakeClosed", "ConnectionLost"], (yield* reasonOf(source))._tag)
      assert.strictEqual(there.received().length, 0)
    }).pipe(Effect.scoped, leavesNothing))
})
