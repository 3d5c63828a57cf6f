/** What stands between a client and a dispatcher: tunnels, and both their ends. */
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Effect, type Scope } from "effect"
import * as childProcess from "node:child_process"
import * as net from "node:net"
import * as stream from "node:stream"
import * as tls from "node:tls"
import type { Certificate } from "./certificates.ts"

/** An end of a tunnel that is listening. */
export interface Forwarder {
  readonly endpoint: Endpoint.Endpoint
  /** The bytes that have come in. */
  readonly received: () => Buffer
  /** Ends every connection through it. */
  readonly cut: () => void
}

/** Listens, and joins each connection with what is dialled for it. */
export const forward = (
  at: Endpoint.Endpoint,
  dial: () => stream.Duplex,
  makeServer: (onConnection: (incoming: net.Socket) => void) => net.Server = net.createServer
): Effect.Effect<Forwarder, never, Scope.Scope> =>
  Effect.gen(function*() {
    const open = new Set<stream.Duplex>()
    const received: Array<Uint8Array> = []
    const cut = () => open.forEach((end) => end.destroy())
    const server = makeServer((incoming) => {
      const outgoing = dial()
      for (const [end, other] of [[incoming, outgoing], [outgoing, incoming]] as const) {
        open.add(end)
        end.on("error", () => {})
        end.once("close", () => {
          open.delete(end)
          other.destroy()
        })
        end.pipe(other)
      }
      incoming.on("data", (bytes: Uint8Array) => void received.push(bytes))
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) =>
        void server.listen(at._tag === "Tcp" ? { host: at.host, port: at.port } : { path: at.path }, () =>
          resume(Effect.void))
      ),
      () =>
        Effect.callback<void>((resume) => {
          cut()
          server.close(() =>
            resume(Effect.void)
          )
        })
    )
    const address = server.address()
    return {
      endpoint: address === null || typeof address === "string" ? at : Endpoint.tcp(address.address, address.port),
      received: () => Buffer.concat(received),
      cut
    }
  })

/** A free port of loopback. */
export const anyPort: Endpoint.Endpoint = Endpoint.tcp("127.0.0.1", 0)

/** Dials an endpoint. */
export const to = (endpoint: Endpoint.Endpoint) => (): net.Socket =>
  endpoint._tag === "Tcp" ? net.connect(endpoint.port, endpoint.host) : net.connect(endpoint.path)

/** The far end of a TLS tunnel: it shows its certificate, and takes one client's. */
export const tlsServer = (own: Certificate, client: Certificate) => (onConnection: (socket: net.Socket) => void) =>
  tls.createServer({ ...own, ca: client.cert, requestCert: true, rejectUnauthorized: true }, onConnection)
    .on("tlsClientError", () => {})

/** How the near end of a TLS tunnel dials the far one: it shows its certificate, and takes one server's. */
export type DialTls = (far: Endpoint.Endpoint, own: Certificate, server: Certificate) => () => stream.Duplex

/** The near end by Node's own TLS. */
export const byNode: DialTls = (far, own, server) => () => {
  const { host, port } = far as Endpoint.TcpEndpoint
  return tls.connect({ host, port, ...own, ca: server.cert, servername: "node7" })
}

/** The near end by a program whose standard input and output are the decrypted bytes. */
export const byProgram = (program: string, args: ReadonlyArray<string>) => (): stream.Duplex => {
  const child = childProcess.spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] })
  child.stdin.on("error", () => {})
  const duplex = stream.Duplex.from({ readable: child.stdout, writable: child.stdin })
  duplex.once("close", () => child.kill())
  child.once("close", () => duplex.destroy())
  return duplex
}
