/** The table of faults. */
import { backupFaults } from "./backupFaults.ts"
import { environmentFaults } from "./environmentFaults.ts"
import { imageFaults } from "./imageFaults.ts"

/** Every fault by name. */
export const table = { ...environmentFaults, ...backupFaults, ...imageFaults }

/** The name of a fault. */
export type Name = keyof typeof table

/** How a reader reports a fault, derived from the table. */
export type ReportedAs = typeof table[Name]["reportedAs"]

/** The names of all faults, in the order of the table. */
export const names = Object.keys(table) as ReadonlyArray<Name>
