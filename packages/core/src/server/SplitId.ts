/** The two parts of a backup id. Source: SEMANTICS 1.4. */
import * as BackupId from "../sdk/BackupId.ts"

/** Splits an id as the server does: what stands behind the first dot and is no number leaves a number of no item. */
export const splitId = (id: string): { readonly chain: string; readonly number: number | undefined } => {
  const dot = id.indexOf(".")
  if (dot === -1) return { chain: id, number: 1 }
  // The server goes on with 0 after an error, which names nothing.
  return { chain: id.slice(0, dot), number: BackupId.parseNumber(id.slice(dot + 1)) || undefined }
}
