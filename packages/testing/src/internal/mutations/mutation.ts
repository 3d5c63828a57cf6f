/** The shape of a mutation: one fault in a healthy tree, labelled with the rules that it breaks. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"

/**
 * Another rule that a mutation necessarily breaks, and why.
 *
 * @category models
 * @since 0.2.0
 */
export interface Companion {
  /** The id of the rule. */
  readonly rule: string
  readonly why: string
}

/**
 * One fault in a tree.
 *
 * On a healthy tree, `apply` adds findings of `rule` and of each companion, and of no other rule.
 *
 * @category models
 * @since 0.2.0
 */
export interface Mutation {
  /** The id of the rule that it breaks. */
  readonly rule: string
  /** A clause that describes it, such as "a backup is empty". */
  readonly change: string
  readonly companions: ReadonlyArray<Companion>
  /** Injects the fault at a place that is chosen by number. Returns `undefined` if the tree has no place for it. */
  readonly apply: (tree: BackupTree.BackupTree, choice: number) => BackupTree.BackupTree | undefined
}

/** Builds a mutation. */
export const mutation = (
  rule: string,
  change: string,
  apply: Mutation["apply"],
  ...companions: ReadonlyArray<Companion>
): Mutation => ({ rule, change, companions, apply })
