/**
 * What the reading of a backup directory left out, or found odd: a server hides such things without a word. Source:
 * SEMANTICS 3.5.
 */
import * as Schema from "effect/Schema"

/**
 * Why something is left out, or odd.
 *
 * All but the last three are those of SEMANTICS 3.5. `outside-root`: a link leads out of the directory, or in a circle,
 * and is not followed. `not-a-file`: what is there is neither a file nor a directory, where one belongs: a pipe, a device,
 * a link to nowhere. `unreadable`: what is there cannot be read by whoever looks, for lack of rights or an error of the
 * disk, so that nothing is known to be wrong with it.
 */
export const Reason = Schema.Literals([
  "not-uuid",
  "vm-metadata-missing",
  "vm-metadata-invalid",
  "no-chains",
  "chain-unreadable",
  "chain-empty",
  "base-without-metadata",
  "head-invalid",
  "head-config-missing",
  "link-without-metadata",
  "link-invalid",
  "link-config-missing",
  "number-duplicate",
  "orphan-image",
  "missing-image",
  "temp-file",
  "outside-root",
  "not-a-file",
  "unreadable"
])
/** Why something is left out, or odd. */
export type Reason = typeof Reason.Type

/** Tells whether a reason says that something could not be looked at, so that nothing else is known of it. */
export const isUnseen = (reason: Reason): boolean =>
  reason === "unreadable" || reason === "outside-root" || reason === "chain-unreadable"

/** Schema of a {@link StoreSkip}. */
export const StoreSkip = Schema.Struct({ path: Schema.String, reason: Reason, detail: Schema.String })
/**
 * One thing and one reason; several may stand for one path.
 *
 * `path` is relative to the backup directory, with `/`. Names and `detail` come from the directory and may hold anything.
 */
export type StoreSkip = typeof StoreSkip.Type

/** Receives skips one by one: a directory may give a million of them, and few are kept. */
export type Report = (path: string, reason: Reason, detail: string) => void
