/**
 * What the reading of a backup directory left out, or found odd: a server hides such things without a word. Source:
 * SEMANTICS 3.5.
 */
import * as Schema from "effect/Schema"

/**
 * Why something is left out, or odd.
 *
 * All but the last two are those of SEMANTICS 3.5. `outside-root`: a link leads out of the directory, or in a circle, and
 * is not followed. `unreadable`: what is there cannot be read, and no other reason says more.
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
  "unreadable"
])
/** Why something is left out, or odd. */
export type Reason = typeof Reason.Type

/** Schema of a {@link StoreSkip}. */
export const StoreSkip = Schema.Struct({ path: Schema.String, reason: Reason, detail: Schema.String })
/**
 * One thing and one reason; several may stand for one path.
 *
 * `path` is relative to the backup directory, with `/`. Names and `detail` come from the directory and may hold anything.
 */
export type StoreSkip = typeof StoreSkip.Type
