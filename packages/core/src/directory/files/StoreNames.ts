/**
 * The names of the files and directories in a backup directory.
 *
 * @see [Semantics 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-2)
 * @see [Semantics 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-4)
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as NumberText from "../../sdk/NumberText.ts"

/**
 * The file that describes an environment, a full backup or an incremental. A server writes it last.
 *
 * @category models
 * @since 0.2.0
 */
export const metadata = ".metadata"

/**
 * The configuration file of a virtual machine in its backup.
 *
 * @category models
 * @since 0.2.0
 */
export const machineConfiguration = "config.pvs"

/**
 * The configuration file of a container in its backup.
 *
 * @category models
 * @since 0.2.0
 */
export const containerConfiguration = "ve.conf"

/**
 * Schema of a {@link Configuration}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Configuration = Schema.Literals([machineConfiguration, containerConfiguration])
/**
 * The name of a configuration file.
 *
 * @category models
 * @since 0.2.0
 */
export type Configuration = typeof Configuration.Type

const base = "base"

/**
 * Returns the name of the directory in which a server looks for the item with a number.
 *
 * @category accessors
 * @since 0.2.0
 */
export const itemDirectory = (number: number): string => number === 1 ? base : String(number)

/**
 * Returns the number of an item from the name of its directory; `undefined` if it is not the name of an item.
 *
 * @category accessors
 * @since 0.2.0
 */
export const itemNumber = (directory: string): number | undefined =>
  directory === base ? 1 : NumberText.parseUInt32(directory)

/**
 * Returns whether a file is unfinished, by the names that a server or its predecessor's archiver uses.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isTemporary = (name: string): boolean =>
  name.includes(".libprlcommon_tmp.") || name.startsWith("ABackupOutFile.")
