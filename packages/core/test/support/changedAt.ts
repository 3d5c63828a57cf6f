/** What a change leaves out. */
export const missing = Symbol("missing")

/** Returns a copy of plain data with another value at a path, such as `chains[0].uuid`; `missing` removes it. */
export const changedAt = (value: unknown, path: string, change: (before: unknown) => unknown): unknown => {
  const copy = structuredClone(value)
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "")
  const last = keys.pop()!
  const parent = keys.reduce((one, key) => (one as Record<string, unknown>)[key], copy) as Record<string, unknown>
  const after = change(parent[last])
  if (after === missing) delete parent[last]
  else parent[last] = after
  return copy
}
