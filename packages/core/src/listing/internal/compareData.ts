/** A total order of plain data. */
import type { Ordering } from "effect/Ordering"

/**
 * Compares objects, arrays and primitives by their contents. The order of keys does not matter.
 *
 * The order has no meaning, but it is stable, and only equal contents compare as equal.
 */
export const compareData = (self: unknown, that: unknown): Ordering => {
  if (self === that) return 0
  if (!isObject(self) || !isObject(that)) {
    if (typeof self === typeof that && self !== null && that !== null) return self! < that! ? -1 : 1
    return kindOf(self) < kindOf(that) ? -1 : 1
  }
  const keys = Object.keys(self).sort()
  const others = Object.keys(that).sort()
  if (keys.length !== others.length) return keys.length < others.length ? -1 : 1
  for (const [index, key] of keys.entries()) {
    const other = others[index]!
    if (key !== other) return key < other ? -1 : 1
    const ordering = compareData(self[key], that[key])
    if (ordering !== 0) return ordering
  }
  return 0
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null

const kindOf = (value: unknown): string => value === null ? "null" : typeof value
