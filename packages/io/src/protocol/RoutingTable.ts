/**
 * Routing tables: which package types travel by TLS, and which in plain frames.
 *
 * A client's table requests a security level. The server replies with an equivalent table, or closes the connection.
 * The order of the routes has no meaning, but it is kept, so that a table is encoded as it was read.
 *
 * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
 * @since 0.2.0
 */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { HandshakeError } from "./ProtocolError.ts"

/**
 * How a package travels. A default of `unknown` makes the null table, by which a server may refuse a client.
 *
 * @category models
 * @since 0.2.0
 */
export type Route = "unknown" | "plain" | "tls"

/**
 * Whether a route is mandatory.
 *
 * @category models
 * @since 0.2.0
 */
export type Requirement = "optional" | "required"

/**
 * The route of the package types from `firstType` to `lastType`, inclusive.
 *
 * @category models
 * @since 0.2.0
 */
export interface RouteRange {
  readonly firstType: number
  readonly lastType: number
  readonly route: Route
  readonly requirement: Requirement
}

/**
 * A routing table: the route of each range, and a default for all other types.
 *
 * @category models
 * @since 0.2.0
 */
export interface RoutingTable {
  readonly defaultRoute: Route
  readonly defaultRequirement: Requirement
  readonly routes: ReadonlyArray<RouteRange>
}

/**
 * The length in bytes of a table without its routes.
 *
 * @category constants
 * @since 0.2.0
 */
export const headBytes = 9

/**
 * The length of one route in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const routeBytes = 16

/**
 * The maximum number of routes in a table.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxRoutes = 20

const routeNames: ReadonlyArray<Route> = ["unknown", "plain", "tls"]
const requirementNames: ReadonlyArray<Requirement> = ["optional", "required"]

const tls = (firstType: number, lastType: number = firstType): RouteRange => ({
  firstType,
  lastType,
  route: "tls",
  requirement: "required"
})

const tables: { readonly [L in SecurityLevel]: RoutingTable } = {
  low: { defaultRoute: "plain", defaultRequirement: "required", routes: [] },
  normal: {
    defaultRoute: "plain",
    defaultRequirement: "required",
    routes: [
      tls(1000, 1999),
      tls(2000, 2999),
      tls(3000, 3999),
      tls(4000, 4999),
      tls(5000, 5999),
      tls(6000, 7000),
      tls(200100),
      tls(200101),
      tls(200106),
      tls(200115)
    ]
  },
  high: { defaultRoute: "tls", defaultRequirement: "required", routes: [] }
}

/**
 * Returns the table by which a client requests a security level.
 *
 * @category constructors
 * @since 0.2.0
 */
export const forLevel = (level: SecurityLevel): RoutingTable => tables[level]

/**
 * The table by which a server may refuse that of a client. The published server closes the connection instead.
 *
 * @category constants
 * @since 0.2.0
 */
export const nullTable: RoutingTable = { defaultRoute: "unknown", defaultRequirement: "optional", routes: [] }

/**
 * Returns whether a table refuses the connection.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isNull = (self: RoutingTable): boolean => self.defaultRoute === "unknown"

const byFirstType = (self: RouteRange, that: RouteRange): number => self.firstType - that.firstType

/**
 * Returns whether two tables are equivalent: the same defaults, and the same routes in any order.
 *
 * @category predicates
 * @since 0.2.0
 */
export const equals = (self: RoutingTable, that: RoutingTable): boolean => {
  if (self.defaultRoute !== that.defaultRoute || self.defaultRequirement !== that.defaultRequirement) return false
  if (self.routes.length !== that.routes.length) return false
  const others = that.routes.toSorted(byFirstType)
  return self.routes.toSorted(byFirstType).every((route, index) => {
    const other = others[index]!
    return route.firstType === other.firstType && route.lastType === other.lastType && route.route === other.route
      && route.requirement === other.requirement
  })
}

/**
 * Returns the security level that a table requests, or none for any other table.
 *
 * @category accessors
 * @since 0.2.0
 */
export const levelOf = (self: RoutingTable): Option.Option<SecurityLevel> => {
  for (const level of ["low", "normal", "high"] as const) if (equals(self, tables[level])) return Option.some(level)
  return Option.none()
}

/**
 * Returns the route of a package type.
 *
 * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
 * @category accessors
 * @since 0.2.0
 */
export const routeOf = (self: RoutingTable, type: number): Route => {
  for (const range of self.routes) if (range.firstType <= type && type <= range.lastType) return range.route
  return self.defaultRoute
}

/**
 * Returns whether a package of a type may arrive in plain frames at a requested level.
 *
 * This is stricter than the product, which accepts both routes at every level.
 *
 * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
 * @category predicates
 * @since 0.2.0
 */
export const allowsPlain = (level: SecurityLevel, type: number): boolean => routeOf(tables[level], type) === "plain"

/**
 * Accepts a client's table as a server with a configured minimum level, and returns the level.
 *
 * A request for high is refused at a minimum of normal, as in the product.
 *
 * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
 * @category predicates
 * @since 0.2.0
 */
export const accept = (
  self: RoutingTable,
  minimum: SecurityLevel
): Result.Result<SecurityLevel, HandshakeError> => {
  const level = levelOf(self)
  if (Option.isNone(level)) return refuse("refused-table", "the routing table matches no security level")
  return level.value === minimum || (minimum === "low")
    ? Result.succeed(level.value)
    : refuse("refused-table", `the client requests level ${level.value}, but the minimum of this server is ${minimum}`)
}

/**
 * Checks that a server accepted the table that was sent. Fails for any other table.
 *
 * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
 * @category predicates
 * @since 0.2.0
 */
export const confirm = (sent: RoutingTable, accepted: RoutingTable): Result.Result<void, HandshakeError> =>
  isNull(accepted)
    ? refuse("null-table", "the server refused the security level with a null routing table")
    : equals(sent, accepted)
    ? Result.void
    : refuse("changed-table", "the server replied with a different routing table than it was sent")

/**
 * Returns the length of the table at the start of `bytes`, or `undefined` if there are too few bytes to know.
 *
 * Fails for more than {@link maxRoutes} routes, before their bytes have arrived.
 *
 * @category codecs
 * @since 0.2.0
 */
export const lengthOf = (bytes: Uint8Array): Result.Result<number | undefined, HandshakeError> => {
  const count = bytes[headBytes - 1]
  if (count === undefined) return Result.succeed(undefined)
  if (count > maxRoutes) return refuse("malformed-table", `the routing table announces ${count} routes, more than 20`)
  return Result.succeed(headBytes + routeBytes * count)
}

/**
 * Decodes the table that fills `bytes`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (bytes: Uint8Array): Result.Result<RoutingTable, HandshakeError> => {
  const length = lengthOf(bytes)
  if (Result.isFailure(length)) return Result.fail(length.failure)
  if (length.success !== bytes.length) {
    return refuse(
      "malformed-table",
      `the routing table is ${bytes.length} bytes long, which does not match its number of routes`
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const routes: Array<RouteRange> = []
  const defaultRoute = routeNames[view.getUint32(0, true)]
  const defaultRequirement = requirementNames[view.getUint32(4, true)]
  if (defaultRoute === undefined || defaultRequirement === undefined) return unknownNumber()
  for (let offset = headBytes; offset < bytes.length; offset += routeBytes) {
    const route = routeNames[view.getUint32(offset + 8, true)]
    const requirement = requirementNames[view.getUint32(offset + 12, true)]
    if (route === undefined || requirement === undefined) return unknownNumber()
    routes.push({
      firstType: view.getUint32(offset, true),
      lastType: view.getUint32(offset + 4, true),
      route,
      requirement
    })
  }
  return validate({ defaultRoute, defaultRequirement, routes })
}

/**
 * Encodes a table. Fails if no peer would accept it.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (self: RoutingTable): Result.Result<Uint8Array, HandshakeError> =>
  Result.map(validate(self), ({ defaultRequirement, defaultRoute, routes }) => {
    const bytes = new Uint8Array(headBytes + routeBytes * routes.length)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, routeNames.indexOf(defaultRoute), true)
    view.setUint32(4, requirementNames.indexOf(defaultRequirement), true)
    view.setUint8(8, routes.length)
    routes.forEach(({ firstType, lastType, requirement, route }, index) => {
      const offset = headBytes + routeBytes * index
      view.setUint32(offset, firstType, true)
      view.setUint32(offset + 4, lastType, true)
      view.setUint32(offset + 8, routeNames.indexOf(route), true)
      view.setUint32(offset + 12, requirementNames.indexOf(requirement), true)
    })
    return bytes
  })

const isType = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff

const validate = (self: RoutingTable): Result.Result<RoutingTable, HandshakeError> => {
  if (self.routes.length > maxRoutes) {
    return refuse("malformed-table", `the routing table has ${self.routes.length} routes, more than 20`)
  }
  const sorted = self.routes.toSorted(byFirstType)
  for (const [index, { firstType, lastType }] of sorted.entries()) {
    if (!isType(firstType) || !isType(lastType)) {
      return refuse("malformed-table", "a route has a package type that is not a 32-bit number")
    }
    if (firstType > lastType) {
      return refuse("malformed-table", `a route begins at type ${firstType}, after its end ${lastType}`)
    }
    const previous = sorted[index - 1]
    if (previous !== undefined && previous.lastType >= firstType) {
      return refuse("malformed-table", `two routes overlap at type ${firstType}`)
    }
  }
  return Result.succeed(self)
}

const refuse = (reason: HandshakeError["reason"], detail: string): Result.Result<never, HandshakeError> =>
  Result.fail(new HandshakeError({ reason, detail }))

const unknownNumber = () =>
  refuse("malformed-table", "the routing table has a route or requirement with an unknown number")
