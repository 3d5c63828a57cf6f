/**
 * A rule about backup trees, the facts that it needs, and what it reports.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import type { BackupAt, ChainAt, EnvironmentAt, Place } from "../tree/TreePath.ts"

/**
 * How bad a finding is: an `error` breaks restore or tooling, a `warning` is suspicious, `info` is worth knowing.
 *
 * The letters E, W and I of SEMANTICS 4.4.
 */
export type Severity = "error" | "warning" | "info"

/** The ids of what a finding is about, as the listing says them. */
export interface FindingSubject {
  readonly environment?: string | undefined
  readonly name?: string | undefined
  readonly chain?: string | undefined
  readonly backup?: string | undefined
}

/** A breach of a rule, as it is reported: where, what it is about, and what is wrong there. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** The element path, with 1-based ordinals. */
  readonly path: string
  readonly place: Place
  readonly subject: FindingSubject
  readonly message: string
}

/** A breach of a rule: where, and what is wrong there. */
export interface Violation {
  readonly place: Place
  readonly message: string
  /** An element path, where it says more than the place does. */
  readonly path?: string | undefined
  /** The severity, where it depends on the case; without it the rule's own. */
  readonly severity?: Severity | undefined
  /** What the breach is about, where the tree no longer holds it; without it what stands at the place. */
  readonly subject?: FindingSubject | undefined
}

/**
 * What no listing says by itself. A rule whose fact is missing is not checked.
 *
 * `now` is the time of the check (I16, I40); `maxAge` how old the newest backup of an environment may be (I40);
 * `maxChainLength` how many backups a chain may hold, the full one included (I41); `previous` an earlier answer to the
 * same question, which the listing is held against.
 */
export interface Facts {
  readonly now?: DateTime.Utc | undefined
  readonly maxAge?: Duration.Duration | undefined
  readonly maxChainLength?: number | undefined
  readonly previous?: BackupTree.BackupTree | undefined
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

/**
 * How a rule looks at a listing: as a whole, at each environment, each chain, each backup, and at the end.
 *
 * The parts come in the order of the tree, an environment before its chains, a chain before its backups. All rules look
 * at a part before the next one comes, so that a tree that is larger than any cache is gone through once, and not once for
 * each rule. A rule that has nothing to look at, for want of a fact, is `{}`.
 */
export interface Visitor {
  readonly listing?: () => ReadonlyArray<Violation>
  readonly environment?: (at: EnvironmentAt) => ReadonlyArray<Violation>
  readonly chain?: (at: ChainAt) => ReadonlyArray<Violation>
  readonly backup?: (at: BackupAt) => ReadonlyArray<Violation>
  readonly end?: () => ReadonlyArray<Violation>
}

/**
 * A rule: a statement about trees, what its breach means for a restore, what to do about it, and the check.
 *
 * `source` names the section of the semantics that the statement comes from.
 */
export interface Rule {
  readonly id: string
  readonly name: string
  readonly statement: string
  readonly severity: Severity
  readonly scope: Scope
  readonly breaks: Breaks
  readonly meaning: string
  readonly advice: string
  readonly source: string
  /**
   * Notes of the reader that say the same about an element, or say why its value is what it is.
   *
   * Where one of them stands at the path of a breach, the note is the finding, and the breach is not reported again. A
   * tree that does not come from a text has no notes, and there the rule speaks.
   */
  readonly yieldsTo?: ReadonlyArray<Note["rule"]> | undefined
  /** Begins a check of one listing; what a rule remembers from one part to the next belongs to that check. */
  readonly check: (listing: BackupListing, facts: Facts) => Visitor
}

/** What a rule says to people; a rule of which many are checked by one function is no more than that. */
export type RuleText = Pick<
  Rule,
  "id" | "name" | "statement" | "severity" | "breaks" | "meaning" | "advice" | "source"
>

/** Groups values that share a key, in the order of their first appearance; only groups of two or more are returned. */
export const duplicates = <A>(values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(values, key).values()].filter((group) => group.length > 1)
