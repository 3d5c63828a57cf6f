/**
 * The omissions and anomalies in the reading of a backup directory. A server hides such data silently.
 *
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"

/**
 * Schema of a {@link Reason}.
 *
 * @category schemas
 * @since 0.2.0
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
/**
 * The reason why something was left out, or is unusual. Three reasons are additions of this library:
 *
 * - `outside-root`: a link leads out of the backup directory, or in a circle. It was not followed.
 * - `not-a-file`: a pipe, a device or a dangling link is in the place of a file or directory.
 * - `unreadable`: permission denied or I/O error. The data itself may be healthy.
 *
 * All others are server rules.
 *
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @category models
 * @since 0.2.0
 */
export type Reason = typeof Reason.Type

/**
 * Returns whether a reason means that the data could not be read, so nothing else is known about it.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isUnseen = (reason: Reason): boolean =>
  reason === "unreadable" || reason === "outside-root" || reason === "chain-unreadable"

/**
 * Schema of a {@link StoreSkip}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const StoreSkip = Schema.Struct({ path: Schema.String, reason: Reason, detail: Schema.String })
/**
 * One path and one reason. A path may have several skips.
 *
 * `path` is relative to the backup directory, with `/`. Paths and `detail` may contain any characters.
 *
 * @category models
 * @since 0.2.0
 */
export type StoreSkip = typeof StoreSkip.Type

/**
 * Receives skips one by one. A directory can have a million of them, but only a few are kept.
 *
 * @category models
 * @since 0.2.0
 */
export type Report = (path: string, reason: Reason, detail: string) => void
