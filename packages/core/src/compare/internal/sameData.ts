/** Equality of plain data. It needs no order, so it sorts no keys. */

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null

/** Returns whether two objects, arrays or primitives have the same content. */
export const sameData = (self: unknown, that: unknown): boolean => {
  if (self === that) return true
  if (!isObject(self) || !isObject(that)) return false
  if (Array.isArray(self) && Array.isArray(that)) {
    return self.length === that.length && self.every((value, index) => sameData(value, that[index]))
  }
  const keys = Object.keys(self)
  return keys.length === Object.keys(that).length
    && keys.every((key) => Object.hasOwn(that, key) && sameData(self[key], that[key]))
}
