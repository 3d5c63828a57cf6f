/**
 * The parts of a salvage: what is missing in a backup directory, and the steps by which its data can still be had.
 */
import * as Schema from "effect/Schema"

/** Schema of {@link Missing}. */
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
 * What is missing, or cannot be read.
 *
 * `environment-name`, `chain-name`, `backup-name`: the directory does not bear the name under which a server looks for it.
 * `environment-kind`: no server shows that kind. `leftover`: what is no backup of the chain comes before its first.
 * `head-metadata`, `head-configuration`: those of the first backup of a chain. `base-directory`: its directory. `image`: an
 * image that metadata names, or that others build on, is not there, or not whole; the server lists the chain as if it were.
 */
export type Missing = typeof Missing.Type

/** Schema of a {@link SalvageStep}. */
export const SalvageStep = Schema.Struct({
  text: Schema.String,
  command: Schema.optional(Schema.String),
  /** A file of the backup directory; what nobody knows is empty in it, or that of the nearest backup. */
  file: Schema.optional(Schema.Struct({ path: Schema.String, content: Schema.String }))
})
/**
 * A step: a sentence that is safe to show, and a command for a POSIX shell, or the text of a file to write, where there is
 * one; they are safe to show too.
 */
export type SalvageStep = typeof SalvageStep.Type
