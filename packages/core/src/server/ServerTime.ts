/** How the server reads the date of a backup when it ranks backups. */
import { timeOf } from "../tree/BackupDate.ts"

// The server reads its own format alone: anything else is no time to it, and ranks before every time (SEMANTICS 1.6).
const stampShape = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

/** Returns the time of a backup in milliseconds, or minus infinity where the server cannot read one. */
export const serverTime = (item: { readonly dateTime: string }): number =>
  stampShape.test(item.dateTime) ? timeOf(item.dateTime) ?? -Infinity : -Infinity
