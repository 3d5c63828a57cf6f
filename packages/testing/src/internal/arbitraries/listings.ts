/** Generators of listings, and the facts under which they are checked. */
import type * as Rule from "@backup-tree/core/check/Rule"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type { Note } from "@backup-tree/core/tree/Note"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { index, pick } from "../choices.ts"
import { request } from "./requests.ts"
import { longestChain } from "./storeHistories.ts"
import { healthyStoreWithRequest, type StoreWithRequest, storeWithRequest } from "./storeRequests.ts"
import { tree } from "./trees.ts"

const noteRules: ReadonlyArray<Note["rule"]> = [
  "unknown-element",
  "forbidden-character",
  "bad-date",
  "bad-letter",
  "duplicate-element",
  "junk-number",
  "missing-required"
]

interface NoteDraw {
  readonly rule: Note["rule"]
  readonly environment: number
  readonly chain: number
  readonly backup: number
  readonly depth: number
}

const noteDraw: Arbitrary.Arbitrary<NoteDraw> = Arbitrary.all({
  rule: pick(noteRules),
  environment: index(4),
  chain: index(3),
  backup: index(4),
  depth: index(4)
})

// A reader only notes places that the tree has.
const noteIn = (tree: BackupTree.BackupTree, draw: NoteDraw): ReadonlyArray<Note> => {
  const environment = tree.environments[draw.environment]
  const chain = environment?.chains[draw.chain]
  const exists = draw.depth === 0 || (draw.depth === 1 && environment !== undefined)
    || (chain !== undefined && draw.backup <= chain.incrementals.length)
  const place: TreePath.Place = {
    environment: draw.depth > 0 ? draw.environment : undefined,
    chain: draw.depth > 1 ? draw.chain : undefined,
    backup: draw.depth > 2 ? draw.backup : undefined
  }
  const path = draw.depth === 0 ? "ServerBanner" : `${TreePath.printPlace(place)}/Size`
  return exists ? [{ rule: draw.rule, path, message: `a note about ${path}` }] : []
}

const fetchedAt = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
const source: BackupListing.Source = { _tag: "Memory", name: "generated" }

/**
 * Any listing: any {@link tree}, up to two notes about it, complete, partial, or the response to any request.
 *
 * **Example** (Testing a catalog)
 *
 * ```ts
 * it.prop("each chain is trusted or quarantined", [Arbitraries.listing], ([listing]) => {
 *   const { environments, quarantined } = BackupCatalog.fromListing(listing)
 *   const trusted = TreePath.chainsOf({ environments, kept: [] })
 *   assert.strictEqual(trusted.length + quarantined.length, TreePath.chainsOf(listing.tree).length)
 * })
 * ```
 *
 * @category listings
 * @since 0.2.0
 */
export const listing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(
  Arbitrary.all({ tree, notes: Arbitrary.array(noteDraw, { maxLength: 2 }), form: index(3), request }),
  ({ form, notes, request, tree }) => {
    const content = { tree, notes: notes.flatMap((draw) => noteIn(tree, draw)), source, fetchedAt }
    return form === 0
      ? BackupListing.fromDocument({ ...content, complete: true })
      : form === 1
      ? BackupListing.fromDocument({ ...content, complete: false })
      : BackupListing.fromResponse({ ...content, request })
  }
)

const response = ({ request, store }: StoreWithRequest): BackupListing.BackupListing => {
  const tree = ServerModel.select(store, request)
  return BackupListing.fromResponse({ tree, notes: [], request, source, fetchedAt })
}

/**
 * The response of a healthy server to a request about its store.
 *
 * It breaks no rule, with two exceptions: it may be empty (`empty-answer`), or include other chains of the environment, the
 * defect of `PBT_CHAIN` (I35).
 *
 * **Example** (Testing that no chain is rejected)
 *
 * ```ts
 * it.prop("a healthy response has no broken chain", [Arbitraries.healthyListing], ([listing]) => {
 *   assert.isEmpty(BackupCatalog.fromListing(listing).quarantined)
 * })
 * ```
 *
 * @category listings
 * @since 0.2.0
 */
export const healthyListing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(
  healthyStoreWithRequest,
  response
)

/**
 * A {@link healthyListing} from a store with anomalies that rules warn of.
 *
 * **Example** (Testing with undated backups and control characters)
 *
 * ```ts
 * it.prop("anomalies in a response break no chain", [Arbitraries.unusualListing], ([listing]) => {
 *   assert.isEmpty(BackupCatalog.fromListing(listing).quarantined)
 * })
 * ```
 *
 * @category listings
 * @since 0.2.0
 */
export const unusualListing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(
  storeWithRequest,
  response
)

/**
 * Facts for a check of generated listings. With them, nothing in a healthy store is too old, too long, or in the future.
 *
 * `now` is the time of all generated listings.
 *
 * **Example** (Checking a healthy listing)
 *
 * ```ts
 * it.prop("an error means that the response is empty", [Arbitraries.healthyListing], ([listing]) => {
 *   const { findings } = Check.run(listing, Arbitraries.healthyFacts)
 *   for (const { rule, severity } of findings) if (severity === "error") assert.strictEqual(rule.id, "empty-answer")
 * })
 * ```
 *
 * @category listings
 * @since 0.2.0
 */
export const healthyFacts: Rule.Facts = {
  now: fetchedAt,
  maxAge: Duration.days(36_500),
  maxChainLength: longestChain
}

/**
 * Returns the complete listing of a tree, without notes.
 *
 * **Example** (Building a catalog of a tree)
 *
 * ```ts
 * export const catalogOf = (tree: BackupTree.BackupTree) => BackupCatalog.fromListing(Arbitraries.completeListing(tree))
 * ```
 *
 * @category listings
 * @since 0.2.0
 */
export const completeListing = (tree: BackupTree.BackupTree): BackupListing.BackupListing =>
  BackupListing.fromDocument({ tree, notes: [], source, fetchedAt, complete: true })
