/**
 * Queries: which backups of a tree to select, as a Boolean algebra of predicates.
 *
 * A query is never wrong: on any tree it selects some backups, or none. {@link ambiguities} finds parts of uuids that
 * name more than one. `QueryText` has the form that people type.
 *
 * @since 0.2.0
 */
import * as BackupTree from "../tree/BackupTree.ts"
import { parsePlace } from "../tree/TreePath.ts"
import type * as BackupListing from "./BackupListing.ts"
import * as Glob from "./Glob.ts"
import { moveNotes } from "./internal/movedNotes.ts"
import * as Query from "./internal/query.ts"
import * as Evaluation from "./internal/queryEvaluation.ts"
import * as Parts from "./internal/uuidParts.ts"

/**
 * How a value is compared.
 *
 * @category models
 * @since 0.2.0
 */
export type Comparison = Query.Comparison

/**
 * A query.
 *
 * - `Everything` and `Nothing`: all backups, and none.
 * - `And`, `Or`, `Not`: the operations of the algebra.
 * - `Text`: a text matches a pattern: the name of the environment, the host, creator or description of the backup, or one
 *   of its findings (see {@link QueryFacts}).
 * - `Part`: a uuid contains a part: that of the environment (`uuid`) or the chain (`chain`), or the backup id (`id`). The
 *   part of an id can end in a number, such as `0b8f.3`; without one it is number 1. Case and braces do not matter.
 * - `Kind`: the kind of the environment. `ct` is every container. See `BackupTree.kindName`.
 * - `Type`: full or incremental.
 * - `Date`, `Age`: when the backup was made. A backup without a date has neither.
 * - `Size`: its size in bytes.
 * - `Latest`: the newest backups of each machine, over all its chains. Of equal dates, the later in the listing is the
 *   newer; a backup without a date is older than all others.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupQuery = Query.BackupQuery

/**
 * The query for all backups.
 *
 * @category constructors
 * @since 0.2.0
 */
export const everything: BackupQuery = Query.everything

/**
 * The query for no backup.
 *
 * @category constructors
 * @since 0.2.0
 */
export const nothing: BackupQuery = Query.nothing

/**
 * Selects what all queries select. Of no queries, that is everything.
 *
 * @category combinators
 * @since 0.2.0
 */
export const and: (...queries: ReadonlyArray<BackupQuery>) => BackupQuery = Query.and

/**
 * Selects what one of the queries selects. Of no queries, that is nothing.
 *
 * @category combinators
 * @since 0.2.0
 */
export const or: (...queries: ReadonlyArray<BackupQuery>) => BackupQuery = Query.or

/**
 * Selects what a query does not select.
 *
 * @category combinators
 * @since 0.2.0
 */
export const not: (query: BackupQuery) => BackupQuery = Query.not

/**
 * Selects the environments whose name matches a pattern.
 *
 * @category constructors
 * @since 0.2.0
 */
export const named = (pattern: string): BackupQuery => ({ _tag: "Text", field: "name", pattern: Glob.parse(pattern) })

/**
 * The facts that a query needs in addition to the tree.
 *
 * `findings` are the words of the findings of each backup, such as rule ids and severities; `BackupFindings` makes them.
 * A backup that it lacks has none.
 *
 * @category models
 * @since 0.2.0
 */
export interface QueryFacts extends Query.QueryFacts {}

/**
 * Returns whether a query depends on findings, which take a check of the listing.
 *
 * @category predicates
 * @since 0.2.0
 */
export const needsFindings = (query: BackupQuery): boolean =>
  Parts.leaves(query).some((leaf) => leaf._tag === "Text" && leaf.field === "finding")

/**
 * The backups of a tree that are selected, in its order: for each environment, chain and backup, whether it is.
 *
 * The first backup of a chain is its full backup.
 *
 * @category models
 * @since 0.2.0
 */
export type Selection = Query.Selection

/**
 * Selects the backups of a tree. Incrementals can be selected without the backups that they need; see
 * {@link withAncestors}.
 *
 * @category combinators
 * @since 0.2.0
 */
export const filter = (tree: BackupTree.BackupTree, query: BackupQuery, facts: QueryFacts): Selection =>
  Evaluation.select(tree, query, facts)

/**
 * Adds every backup that a selected one needs: the earlier ones of its chain.
 *
 * @category combinators
 * @since 0.2.0
 */
export const withAncestors = (selection: Selection): Selection =>
  selection.map((chains) =>
    chains.map((backups) => {
      const last = backups.lastIndexOf(true)
      return backups.map((_, index) => index <= last)
    })
  )

/**
 * Counts the selected backups.
 *
 * @category accessors
 * @since 0.2.0
 */
export const count = (selection: Selection): number =>
  selection.reduce(
    (sum, chains) => sum + chains.reduce((sum, backups) => sum + backups.filter((isSelected) => isSelected).length, 0),
    0
  )

/**
 * Returns the part of a listing that a selection needs: the selected backups and their ancestors.
 *
 * Chains and environments without a selected backup are left out. The completeness is `partial`, so that no plan is made
 * on the result, and no missing backup is reported. Notes move with their parts.
 *
 * @category combinators
 * @since 0.2.0
 */
export const restrict = (listing: BackupListing.BackupListing, selection: Selection): BackupListing.BackupListing => {
  const closed = withAncestors(selection)
  const places = new Map<
    BackupTree.VirtualEnvironment | BackupTree.BackupChain,
    { environment: number; chain?: number }
  >()
  const environments: Array<BackupTree.VirtualEnvironment> = []
  const isKept = (e: number, c: number, b: number): boolean => closed[e]?.[c]?.[b] === true
  listing.tree.environments.forEach((environment, e) => {
    const chains = environment.chains.flatMap((chain, c): ReadonlyArray<BackupTree.BackupChain> => {
      if (!isKept(e, c, 0)) return []
      const incrementals = chain.incrementals.filter((_, index) => isKept(e, c, index + 1))
      return [incrementals.length === chain.incrementals.length ? chain : { ...chain, incrementals }]
    })
    if (chains.length === 0) return
    places.set(environment, { environment: environments.length })
    environment.chains.filter((_, c) => isKept(e, c, 0)).forEach((chain, c) =>
      places.set(chain, { environment: environments.length, chain: c })
    )
    environments.push({ ...environment, chains })
  })
  const notes = listing.notes.filter(({ path }) => {
    const place = parsePlace(path)
    return place.backup === undefined || isKept(place.environment!, place.chain!, place.backup)
  })
  return {
    ...listing,
    tree: { ...listing.tree, environments },
    notes: moveNotes({ tree: listing.tree, notes }, (part) => places.get(part)),
    completeness: "partial"
  }
}

/**
 * A part of a uuid that several uuids contain. `candidates` are the first ten of them, `total` counts all.
 *
 * @category models
 * @since 0.2.0
 */
export interface Ambiguity extends Query.Ambiguity {}

/**
 * Finds the parts of uuids in a query that name more than one environment or chain of a tree.
 *
 * @category accessors
 * @since 0.2.0
 */
export const ambiguities = (tree: BackupTree.BackupTree, query: BackupQuery): ReadonlyArray<Ambiguity> =>
  Parts.ambiguities(tree, query)

/**
 * Creates the query for machines that a person names, by patterns of names or by whole uuids.
 *
 * `unknown` are the words that name none of the tree, with the most similar names.
 *
 * @category constructors
 * @since 0.2.0
 */
export const forMachines = (tree: BackupTree.BackupTree, words: ReadonlyArray<string>): {
  readonly query: BackupQuery
  readonly unknown: ReadonlyArray<{ readonly word: string; readonly similar: ReadonlyArray<string> }>
} => Parts.forMachines(tree, words)
