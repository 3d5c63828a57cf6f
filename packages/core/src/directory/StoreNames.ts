/** The names of the files and directories in a backup directory. Source: SEMANTICS 3.2 and 3.4. */
import * as NumberText from "../sdk/NumberText.ts"

/** The file that describes an environment, a full backup or an incremental. A server writes it last. */
export const metadata = ".metadata"

/** The configuration of a virtual machine, as its backup holds it. */
export const machineConfiguration = "config.pvs"

/** The configuration of a container, as its backup holds it. */
export const containerConfiguration = "ve.conf"

/** The name of a configuration. */
export type Configuration = typeof machineConfiguration | typeof containerConfiguration

const base = "base"

/** Returns the name of the directory in which a server looks for the item of a number. */
export const itemDirectory = (number: number): string => number === 1 ? base : String(number)

/** Returns the number that the name of an item's directory gives it: `undefined` for a name that no item has. */
export const itemNumber = (directory: string): number | undefined =>
  directory === base ? 1 : NumberText.parseUInt32(directory)

/** Tells whether a file is one that a server, or the archiver of its predecessor, had not finished writing. */
export const isTemporary = (name: string): boolean =>
  name.includes(".libprlcommon_tmp.") || name.startsWith("ABackupOutFile.")
