/**
 * Where an answer comes from: which backup directory of a server was asked for. Source: SEMANTICS 2.2.
 */
import * as Order from "effect/Order"
import * as PrintableText from "../text/PrintableText.ts"

/**
 * Which directory was asked for.
 *
 * `Default`: the server's own, by a request for everything. `OwnOf`: that of one virtual machine, by its uuid; a machine
 * without one is answered from the default directory, and no answer tells which it was. `Directory`: one that was named
 * in the request.
 */
export type Origin =
  | { readonly _tag: "Default" }
  | { readonly _tag: "OwnOf"; readonly uuid: string }
  | { readonly _tag: "Directory"; readonly path: string }

/** Returns a text that is one for each origin; the texts sort as the origins do, see {@link Order}. */
export const key = (origin: Origin): string =>
  origin._tag === "Default" ? "0" : origin._tag === "OwnOf" ? `1${origin.uuid}` : `2${origin.path}`

/**
 * Orders origins by who wins where two directories hold what is one: the default directory, then own directories by
 * uuid, then named ones by path.
 *
 * The default directory is where a server looks for a backup by its id, so that of two chains of one uuid the one that
 * ids lead to is kept. Next come those that a server finds by itself; a named one it reads for one request only.
 */
export const Order_: Order.Order<Origin> = Order.mapInput(Order.String, key)
export { Order_ as Order }

/**
 * Writes an origin as a phrase for people, safe to show.
 *
 * **Example**
 *
 * ```ts
 * Origin.print({ _tag: "Directory", path: "/mnt/old" }) // directory "/mnt/old"
 * ```
 */
export const print = (origin: Origin): string =>
  origin._tag === "Default"
    ? "the default directory"
    : origin._tag === "OwnOf"
    ? `the answer about ${PrintableText.excerpt(origin.uuid)}`
    : `directory ${PrintableText.quote(origin.path)}`
