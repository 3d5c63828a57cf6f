/**
 * A rule about backup trees, the facts that it needs, and what it reports.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import type { MergedTree } from "../listing/TreeMerge.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import type { BackupAt, ChainAt, EnvironmentAt, Place } from "../tree/TreePath.ts"
import type { Baseline } from "./Baseline.ts"
import type { InventoryEntry } from "./Inventory.ts"

/** Schema of a severity, the worst first. */
export const Severity = Schema.Literals(["error", "warning", "info"])
/**
 * How bad a finding is: an `error` breaks restore or tooling, a `warning` is suspicious, `info` is worth knowing.
 *
 * The letters E, W and I of SEMANTICS 4.4.
 */
export type Severity = typeof Severity.Type

/** Schema of a {@link Subject}. */
export const Subject = Schema.Struct({
  environment: Schema.optional(Schema.String),
  name: Schema.optional(Schema.String),
  chain: Schema.optional(Schema.String),
  backup: Schema.optional(Schema.String)
})
/** The ids of what a finding is about, as the listing says them. */
export type Subject = typeof Subject.Type

interface Details {
  readonly message: string
  /** An element path, where it says more than the place does. */
  readonly path?: string | undefined
  /** The severity, where it depends on the case; without it the rule's own. */
  readonly severity?: Severity | undefined
  /** What the breach is about, where the tree no longer holds it; without it what stands at the place. */
  readonly subject?: Subject | undefined
}

/**
 * A breach of a rule: where, and what is wrong there.
 *
 * `storedAt` is a path of the backup directory, which may be in no tree: the finding has the nearest place of the tree.
 */
export type Violation = Details & ({ readonly place: Place } | { readonly storedAt: string })

/**
 * What no listing says by itself. A rule whose fact is missing is not checked.
 *
 * All are optional.
 *
 * - `now`: the time of the check (I16, I40, coverage).
 * - `maxAge`: how old the newest backup of a machine may be (I40; with an inventory, coverage).
 * - `maxChainLength`: how many backups a chain may hold, the full one included (I41).
 * - `inventory`: the machines that ought to have backups. Coverage needs `now` too.
 * - `baseline`: what earlier listings had, brought up to date with this one ({@link Baseline.update}).
 * - `merged`: the union that the tree of the listing comes from, and what it left out.
 */
export interface Facts {
  readonly now?: DateTime.Utc | undefined
  readonly maxAge?: Duration.Duration | undefined
  readonly maxChainLength?: number | undefined
  readonly inventory?: ReadonlyArray<InventoryEntry> | undefined
  readonly baseline?: Baseline | undefined
  readonly merged?: MergedTree | undefined
}

/**
 * What a rule judges by.
 *
 * `T`: the tree alone, or the tree and a limit. `X`: facts from outside, such as the time or the question. `reader`: what
 * the reader of the text noted. `answer`: whether the answer as a whole can be what was asked for. `D`: the backup
 * directory that the tree was read from; without one the rule is not checked. The letters are those of SEMANTICS 4.4.
 */
export type Scope = "T" | "X" | "D" | "reader" | "answer"

/**
 * What an error of a rule breaks, of what is listed.
 *
 * `chain`: the chain at its place, or every chain of the environment; the chain is quarantined and nothing is planned on
 * it. `images`: the backup at its place and every later one of its chain; plans refuse to restore them. `nothing`: every
 * listed chain can still be trusted. Warnings and notes break nothing.
 */
export type Breaks = "chain" | "images" | "nothing"

/** What a rule says to people. */
export interface RuleText {
  readonly id: string
  readonly name: string
  readonly statement: string
  readonly severity: Severity
  readonly breaks: Breaks
  readonly meaning: string
  readonly advice: string
  /** The section of the semantics that the statement comes from. */
  readonly source: string
  /** What has to be known for the rule to be checked, apart from the tree and its request. */
  readonly needs?: ReadonlyArray<keyof Facts | "directory"> | undefined
}

/** A listing without its tree: what is known before the first environment. */
export type ListingHead = Omit<BackupListing, "tree" | "notes">

/** What is known of a tree when its last environment has been read. */
export interface ListingRest {
  readonly kept: BackupTree.BackupTree["kept"]
  readonly notes: ReadonlyArray<Note>
}

/**
 * How a rule visits a listing: each environment, each chain, each backup, and the listing as a whole.
 *
 * The parts come in the order of the tree, an environment before its chains, a chain before its backups. All rules visit
 * a part before the next one comes, so that a tree that is larger than any cache is gone through once, and not once for
 * each rule. `listing` and `end` are called when the last part has been visited. What `listing` returns is reported before
 * what was found in the parts, and what `end` returns is reported after it. Return `{}` to skip the rule.
 */
export interface Visitor {
  readonly listing?: (rest: ListingRest) => ReadonlyArray<Violation>
  readonly environment?: (at: EnvironmentAt) => ReadonlyArray<Violation>
  readonly chain?: (at: ChainAt) => ReadonlyArray<Violation>
  readonly backup?: (at: BackupAt) => ReadonlyArray<Violation>
  readonly end?: (rest: ListingRest) => ReadonlyArray<Violation>
}

/** A rule: a statement about trees, what its breach means for a restore, what to do about it, and the check. */
export interface Rule extends RuleText {
  readonly scope: Scope
  /**
   * Notes of the reader that say the same about an element, or say why its value is what it is.
   *
   * Where one of them stands at the path of a breach, the note is the finding, and the breach is not reported again. A
   * tree that does not come from a text has no notes, and there the rule speaks.
   */
  readonly yieldsTo?: ReadonlyArray<Note["rule"]> | undefined
  /** Begins a check of one listing; what a rule remembers from one part to the next belongs to that check. */
  readonly check: (head: ListingHead, facts: Facts) => Visitor
}
