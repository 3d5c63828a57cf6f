/**
 * The origin of a response: the backup directory of a server that was requested, or one of several servers.
 *
 * @see [Semantics 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-2)
 * @since 0.2.0
 */
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"

/**
 * Schema of an {@link Origin}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Origin = Schema.TaggedUnion({
  Default: {},
  OwnOf: { uuid: Schema.String },
  Directory: { path: Schema.String },
  Server: { endpoint: Schema.String }
})
/**
 * The requested directory.
 *
 * - `Default`: the default directory of the server, by a request for everything.
 * - `OwnOf`: the own directory of a virtual machine, by a request with its uuid. If the machine has none, the response
 *   comes from the default directory, and does not show which one it was.
 * - `Directory`: a directory that was named in the request.
 * - `Server`: the default directory of one of several servers.
 *
 * @category models
 * @since 0.2.0
 */
export type Origin = typeof Origin.Type

/**
 * Returns a unique text for each origin. The texts sort in the order of {@link Order}.
 *
 * @category accessors
 * @since 0.2.0
 */
export const key = Origin.match({
  Default: () => "0",
  OwnOf: ({ uuid }) => `1${uuid}`,
  Directory: ({ path }) => `2${path}`,
  Server: ({ endpoint }) => `3${endpoint}`
})

/**
 * Orders origins by precedence: the default directory, then own directories by uuid, named ones by path, and servers by
 * endpoint.
 *
 * If two directories have a chain with the same uuid, the first origin wins. A server looks for a backup id in the
 * default directory, so its chain is the one that ids lead to. A server finds own directories by itself, but reads a
 * named one only for a single request.
 *
 * @category combinators
 * @since 0.2.0
 */
export const Order_: Order.Order<Origin> = Order.mapInput(Order.String, key)
export { Order_ as Order }

/**
 * Writes an origin as a phrase for people. The text is escaped.
 *
 * **Example**
 *
 * ```ts
 * Origin.print({ _tag: "Directory", path: "/mnt/old" }) // directory "/mnt/old"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = Origin.match({
  Default: () => "the default directory",
  OwnOf: ({ uuid }) => `the response for ${PrintableText.excerpt(uuid)}`,
  Directory: ({ path }) => `directory ${PrintableText.quote(path)}`,
  Server: ({ endpoint }) => `server ${PrintableText.excerpt(endpoint)}`
})
