/**
 * The common parts of restore plans and removal plans. A plan is a value: this library never executes one.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as BackupTree from "../tree/BackupTree.ts"

/**
 * Schema of a {@link PlanEnvironment}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const PlanEnvironment = Schema.Struct({ uuid: Schema.String, name: Schema.String, kind: Schema.String })
/**
 * The environment of a plan. Its `kind` is `vm`, `ct-vzfs`, `ct-ploop`, `ct-vzwin` or `unknown-N`.
 *
 * @category models
 * @since 0.2.0
 */
export type PlanEnvironment = typeof PlanEnvironment.Type

/**
 * Schema of a {@link PlannedBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const PlannedBackup = Schema.Struct({ id: Schema.String, number: Schema.Int, backup: BackupTree.Backup })
/**
 * A backup in a plan. Its `id` is spelled as in the listing.
 *
 * @category models
 * @since 0.2.0
 */
export type PlannedBackup = typeof PlannedBackup.Type

/**
 * Schema of a {@link PlanWarning}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const PlanWarning = Schema.Struct({
  code: Schema.Literals([
    "unknown-completeness",
    "from-file",
    "other-directory",
    "hidden-backups",
    "images-unseen",
    "absolute-backing-files",
    "images-missing",
    "dead-id",
    "gap",
    "readings-differ",
    "undated",
    "multi-disk-merge",
    "not-repeatable",
    "empty-chain"
  ]),
  /** A message for people, safe to print to a terminal. */
  message: Schema.String
})
/**
 * An uncertainty that a plan depends on.
 *
 * - `unknown-completeness`: the request behind the listing is unknown, so backups may be missing from it.
 * - `from-file`: the listing was read from a file, and the server may have changed since.
 * - `other-directory`: the listing is of a directory that the command line of the plan cannot select.
 * - `hidden-backups`: the backup directory holds backups of the environment that a server does not list.
 * - `images-unseen`: some images in the backup directory could not be read, so they may be incomplete.
 * - `absolute-backing-files`: images refer to their backing files by absolute paths in another directory.
 * - `images-missing`: a backup that the plan needs has disks, but no images.
 * - `dead-id`: a server does not find the id, because its spelling differs from that of its chain.
 * - `gap`: a number that the plan depends on is missing, either merged away or hidden by damage.
 * - `readings-differ`: the product and a person would choose different backups.
 * - `undated`: backups without a date were skipped, or rank as the oldest.
 * - `multi-disk-merge`: several images are merged one after the other, and a failure leaves the chain broken.
 * - `not-repeatable`: a removal that would destroy kept backups if it is run twice.
 * - `empty-chain`: an empty chain directory may remain, and the reaction of servers to it is unknown.
 *
 * @category models
 * @since 0.2.0
 */
export type PlanWarning = typeof PlanWarning.Type
