/**
 * Rules about backup trees, the facts that they need, and the violations that they report.
 *
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { Reason } from "../directory/files/StoreSkip.ts"
import type { BackupListing } from "../listing/BackupListing.ts"
import type { MergedTree } from "../listing/TreeMerge.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import type { BackupAt, ChainAt, EnvironmentAt, Place } from "../tree/TreePath.ts"
import type { Baseline } from "./Baseline.ts"
import type { InventoryEntry } from "./Inventory.ts"

/**
 * Schema of a {@link Severity}, the worst first.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Severity = Schema.Literals(["error", "warning", "info"])
/**
 * The severity of a finding.
 *
 * - `error`: a restore or a tool can fail.
 * - `warning`: something is suspicious.
 * - `info`: worth knowing.
 *
 * @see [Semantics 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-4)
 * @category models
 * @since 0.2.0
 */
export type Severity = typeof Severity.Type

/**
 * Schema of a {@link Subject}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Subject = Schema.Struct({
  environment: Schema.optional(Schema.String),
  name: Schema.optional(Schema.String),
  chain: Schema.optional(Schema.String),
  backup: Schema.optional(Schema.String)
})
/**
 * The ids that a finding is about, spelled as in the listing. `name` is the name of the environment.
 *
 * @category models
 * @since 0.2.0
 */
export type Subject = typeof Subject.Type

interface Details {
  readonly message: string
  /** The path of the element (default: the path of the place). */
  readonly path?: string | undefined
  /** The severity of this violation (default: that of the rule). */
  readonly severity?: Severity | undefined
  /** The subject (default: the part of the tree at the place). Set it if the tree no longer contains the part. */
  readonly subject?: Subject | undefined
}

/**
 * A violation of a rule at a place of the tree, as the rule reports it.
 *
 * @category models
 * @since 0.2.0
 */
export interface PlacedViolation extends Details {
  readonly place: Place
}

/**
 * A violation of a rule, as the rule reports it.
 *
 * `storedAt` is a path of the backup directory, which may be missing from the tree. The finding then gets the nearest
 * place of the tree.
 *
 * @category models
 * @since 0.2.0
 */
export type Violation = PlacedViolation | (Details & { readonly storedAt: string })

/**
 * A rule whose findings are known and accepted: of all machines, or of those with a name or a uuid. The name can be a
 * pattern such as `web*`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Ignored {
  readonly rule: string
  readonly machine?: string | undefined
}

/**
 * Facts that a listing does not contain. All are optional; a rule is skipped if one of its facts is missing.
 *
 * - `now`: the time of the check (I16, I40, coverage).
 * - `maxAge`: the maximum age of the newest backup of a machine (I40; with an inventory, coverage).
 * - `maxChainLength`: the maximum number of backups in a chain, including the full backup (I41).
 * - `inventory`: the machines that need backups. Coverage needs `now` too.
 * - `cadence`: whether to judge the rhythm of the backups by the listing itself ({@link Cadence.of}).
 * - `baseline`: the previous listings, updated with this one ({@link Baseline.update}).
 * - `merged`: the merge that produced the tree of this listing, with its conflicts. A conflict is an error at the part
 *   that was kept, but it does not break that part.
 * - `ignored`: findings that are counted apart ({@link Ignored}).
 *
 * @category models
 * @since 0.2.0
 */
export interface Facts {
  readonly now?: DateTime.Utc | undefined
  readonly maxAge?: Duration.Duration | undefined
  readonly maxChainLength?: number | undefined
  readonly cadence?: true | undefined
  readonly inventory?: ReadonlyArray<InventoryEntry> | undefined
  readonly baseline?: Baseline | undefined
  readonly merged?: MergedTree | undefined
  readonly ignored?: ReadonlyArray<Ignored> | undefined
}

/**
 * The maximum number of findings that a check keeps: in total, and of each rule. Counts stay exact.
 *
 * @category models
 * @since 0.2.0
 */
export interface CheckLimits {
  readonly findings: number
  readonly findingsPerRule: number
}

/**
 * The input of a rule.
 *
 * - `T`: the tree alone, or the tree and a limit.
 * - `X`: external facts, such as the time or the request.
 * - `D`: the backup directory of the tree. Without one, the rule is skipped.
 * - `reader`: the notes of the reader of the text.
 * - `answer`: the response as a whole, compared with its request.
 *
 * @see [Semantics 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-4)
 * @category models
 * @since 0.2.0
 */
export type Scope = "T" | "X" | "D" | "reader" | "answer"

/**
 * The part of a listing that an error breaks. Findings of severity `warning` and `info` break nothing, and neither does
 * a conflict of a merge (`merged` of {@link Facts}).
 *
 * - `chain`: the chain at its place, or every chain of the environment. The chain is quarantined; no plan uses it.
 * - `images`: the backup at its place and every later one of its chain. Plans refuse to restore them.
 * - `nothing`: every listed chain can still be trusted.
 *
 * @category models
 * @since 0.2.0
 */
export type Breaks = "chain" | "images" | "nothing"

/**
 * The texts and properties of a rule that a report shows.
 *
 * @category models
 * @since 0.2.0
 */
export interface RuleText<Id extends string = string> {
  readonly id: Id
  /** A short lower-case clause, such as `backup ids are unique`. */
  readonly name: string
  /** The condition that a healthy listing meets, as a sentence. */
  readonly statement: string
  readonly severity: Severity
  readonly breaks: Breaks
  /** The consequence of a violation for a restore, as sentences. */
  readonly meaning: string
  /** The recommended action, as sentences. */
  readonly advice: string
  /** The section of the specification that the statement comes from. */
  readonly source: string
  /** The inputs that the rule needs, apart from the tree and its request. */
  readonly needs?: ReadonlyArray<keyof Facts | "directory"> | undefined
  /** The reasons of the skips that the rule reports, if it is about what the reader of a backup directory left out. */
  readonly reports?: ReadonlyArray<Reason> | undefined
}

/**
 * A listing without its tree: the part that is known before the first environment.
 *
 * @category models
 * @since 0.2.0
 */
export type ListingHead = Omit<BackupListing, "tree" | "notes">

/**
 * The part of a listing that is known after the last environment.
 *
 * @category models
 * @since 0.2.0
 */
export interface ListingRest {
  readonly kept: BackupTree.BackupTree["kept"]
  readonly notes: ReadonlyArray<Note>
}

/**
 * The functions of a rule that visit a listing: each environment, each chain, each backup, and the whole.
 *
 * Parts are visited in tree order: an environment before its chains, a chain before its backups. All rules visit a part
 * before the next part, so a large tree is traversed once and not once per rule.
 *
 * `listing` and `end` are called after the last part. The violations of `listing` are reported before those of the
 * parts, the violations of `end` after them. Return `{}` to skip the rule. If one part can have any number of
 * violations, use a generator: only the first ones are kept, and a server can send millions.
 *
 * @category models
 * @since 0.2.0
 */
export interface Visitor {
  readonly listing?: (rest: ListingRest) => Iterable<Violation>
  readonly environment?: (at: EnvironmentAt) => Iterable<PlacedViolation>
  readonly chain?: (at: ChainAt) => Iterable<PlacedViolation>
  readonly backup?: (at: BackupAt) => Iterable<PlacedViolation>
  readonly end?: (rest: ListingRest) => Iterable<Violation>
}

/**
 * A rule: its texts, its scope, and its check.
 *
 * @category models
 * @since 0.2.0
 */
export interface Rule<Id extends string = string> extends RuleText<Id> {
  readonly scope: Scope
  /**
   * Notes of the reader that report the same problem of an element, or explain its value.
   *
   * If such a note has the path of a violation, only the note becomes a finding. A tree that was not read from text has
   * no notes, so the rule reports the violation itself.
   */
  readonly yieldsTo?: ReadonlyArray<Note["rule"]> | undefined
  /** Begins a check of one listing. State that a rule keeps between parts belongs to that check. */
  readonly check: (head: ListingHead, facts: Facts) => Visitor
}
