/**
 * The parts of a salvage: missing parts of a backup directory, and the steps that recover its data.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"

/**
 * Schema of {@link Missing}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Missing = Schema.Literals([
  "environment-name",
  "environment-metadata",
  "environment-kind",
  "chain-name",
  "leftover",
  "backup-name",
  "base-directory",
  "head-metadata",
  "head-configuration",
  "link-metadata",
  "link-configuration",
  "image"
])
/**
 * The part of a backup directory that is missing or unusable.
 *
 * - `environment-name`, `chain-name`, `backup-name`: the directory does not have the name that a server expects.
 * - `environment-metadata`: the metadata of an environment.
 * - `environment-kind`: a kind that servers know.
 * - `leftover`: the chain has its first backup, but a leftover directory comes before it.
 * - `base-directory`: the directory of the first backup of a chain.
 * - `head-metadata`, `head-configuration`: the metadata or configuration of the first backup of a chain.
 * - `link-metadata`, `link-configuration`: the metadata or configuration of an incremental.
 * - `image`: an image that metadata names, or that other images build on. A server lists the chain anyway.
 *
 * @category models
 * @since 0.2.0
 */
export type Missing = typeof Missing.Type

/**
 * Schema of a {@link SalvageStep}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SalvageStep = Schema.Struct({
  text: Schema.String,
  command: Schema.optional(Schema.String),
  /** The file that the command writes to the backup directory. Unknown values are empty, or those of the nearest backup. */
  file: Schema.optional(Schema.Struct({ path: Schema.String, content: Schema.String }))
})
/**
 * An instruction for people, with a command for a POSIX shell if it has one, and the file that it writes.
 *
 * A command can be pasted as it stands, after those of the steps before it. It can have several lines.
 *
 * All texts are safe to print to a terminal.
 *
 * @category models
 * @since 0.2.0
 */
export type SalvageStep = typeof SalvageStep.Type
