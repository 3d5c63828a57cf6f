/**
 * What plans to restore and plans to remove have in common. A plan is a value: nothing in this library executes one.
 */
import * as Schema from "effect/Schema"
import * as BackupTree from "../tree/BackupTree.ts"

/** Schema of a {@link PlanEnvironment}. */
export const PlanEnvironment = Schema.Struct({ uuid: Schema.String, name: Schema.String, kind: Schema.String })
/** The environment that a plan is about; `kind` is `vm`, `ct-vzfs`, `ct-ploop`, `ct-vzwin` or `unknown-N`. */
export type PlanEnvironment = typeof PlanEnvironment.Type

/** Schema of a {@link PlannedBackup}. */
export const PlannedBackup = Schema.Struct({ id: Schema.String, number: Schema.Int, backup: BackupTree.Backup })
/** A backup in a plan; `id` is the listing's own spelling. */
export type PlannedBackup = typeof PlannedBackup.Type

/** Schema of a {@link PlanWarning}. */
export const PlanWarning = Schema.Struct({
  code: Schema.Literals([
    "unknown-completeness",
    "from-file",
    "other-directory",
    "hidden-backups",
    "images-unseen",
    "absolute-backing-files",
    "gap",
    "readings-differ",
    "undated",
    "multi-disk-merge",
    "empty-chain"
  ]),
  /** A sentence for people, safe to show. */
  message: Schema.String
})
/**
 * What a plan rests on that is not certain.
 *
 * - `unknown-completeness`: nobody wrote down what was asked, so that backups may be missing from the listing.
 * - `from-file`: the listing is a file, and a server may have changed since.
 * - `other-directory`: the listing is of a directory that the command line of the plan cannot name.
 * - `hidden-backups`: the backup directory holds more of the environment than a server shows, which no plan counts.
 * - `images-unseen`: images of a backup directory could not be looked at, so that they may not be whole.
 * - `absolute-backing-files`: images can be read only where the backup directory once was, which is not where it was read.
 * - `gap`: a number is missing where the plan depends on it, merged away or hidden by damage.
 * - `readings-differ`: the product would choose another backup than the person who asks.
 * - `undated`: backups without a time were passed over, or rank oldest.
 * - `multi-disk-merge`: several images are merged one after the other, and a failure leaves the chain broken.
 * - `empty-chain`: an empty chain directory may stay behind, to which servers react in unknown ways.
 */
export type PlanWarning = typeof PlanWarning.Type
