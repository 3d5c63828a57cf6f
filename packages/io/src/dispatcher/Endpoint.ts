/**
 * The address of a dispatcher: a TCP port or a unix socket.
 *
 * @see [Protocol 1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p1)
 * @since 0.2.0
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * Schema of an {@link Endpoint}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Endpoint = Schema.TaggedUnion({
  Tcp: { host: Schema.String, port: Schema.Int },
  Unix: { path: Schema.String }
})
/**
 * A TCP host and port, or the path of a unix socket.
 *
 * @category models
 * @since 0.2.0
 */
export type Endpoint = typeof Endpoint.Type

/**
 * A host and a port.
 *
 * @category models
 * @since 0.2.0
 */
export type TcpEndpoint = Extract<Endpoint, { readonly _tag: "Tcp" }>

/**
 * The default port of a dispatcher.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultPort = 64_000

/**
 * The default unix socket of a dispatcher.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultSocketPath = "/var/run/prl_disp_service.socket"

/**
 * Makes a TCP endpoint.
 *
 * @category constructors
 * @since 0.2.0
 */
export const tcp = (host: string, port: number = defaultPort): TcpEndpoint => ({ _tag: "Tcp", host, port })

/**
 * Makes the endpoint of a unix socket.
 *
 * @category constructors
 * @since 0.2.0
 */
export const unix = (path: string = defaultSocketPath): Endpoint => ({ _tag: "Unix", path })

/**
 * Prints an endpoint as `host:port`, with brackets around an IPv6 address, or as the path of a socket.
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (endpoint: Endpoint): string =>
  PrintableText.escape(
    Endpoint.match(endpoint, {
      Tcp: ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
      Unix: ({ path }) => path
    })
  )

/**
 * A text that is not the address of a server.
 *
 * @category errors
 * @since 0.2.0
 */
export class EndpointError extends Schema.TaggedError<EndpointError>()("EndpointError", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} is not an address: ${this.why}. `
      + "Write host, host:port, user@host:port, or [IPv6 address]:port."
  }
}

/**
 * An address as people write it.
 *
 * @category models
 * @since 0.2.0
 */
export interface ServerAddress {
  readonly user: Option.Option<string>
  readonly endpoint: Endpoint
}

/**
 * Parses `[user@]host[:port]`. An IPv6 address with a port needs brackets.
 *
 * The user is everything before the last `@`, because domain user names contain one.
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<ServerAddress, EndpointError> => {
  const fail = (why: string, shown = text) => Result.fail(new EndpointError({ text: shown, why }))
  const at = text.lastIndexOf("@")
  const user = at === -1 ? Option.none<string>() : Option.some(text.slice(0, at))
  if (Option.isSome(user) && user.value === "") return fail("the user name before the @ is empty")
  if (Option.isSome(user) && user.value.includes(":")) {
    return fail(
      "a password does not belong on a command line; use a password file, BACKUP_TREE_PASSWORD or the prompt",
      `${user.value.slice(0, user.value.indexOf(":"))}:…${text.slice(at)}`
    )
  }
  const address = text.slice(at + 1)
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(address)
  const bareIpv6 = bracketed === null && address.indexOf(":") !== address.lastIndexOf(":")
  const plain = /^([^:]*)(?::(.*))?$/.exec(address)
  const host = bracketed?.[1] ?? (bareIpv6 ? address : plain?.[1]) ?? ""
  const portText = bracketed === null ? (bareIpv6 ? undefined : plain?.[2]) : bracketed[2]
  if (!/^[\p{L}\p{N}._:%-]+$/u.test(host)) {
    return fail(host === "" ? "the host is empty" : "the host has invalid characters")
  }
  if (portText === undefined) return Result.succeed({ user, endpoint: tcp(host) })
  const port = Number(portText)
  return /^\d{1,5}$/.test(portText) && port <= 65_535
    ? Result.succeed({ user, endpoint: tcp(host, port) })
    : fail("the port is not a number from 0 to 65535")
}
