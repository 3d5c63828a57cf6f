import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import type { Finding } from "../../src/check/Finding.ts"
import type { Facts, Rule } from "../../src/check/Rule.ts"
import * as RuleTable from "../../src/check/RuleTable.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { environment, fetchedAt, listing, source, tree, web } from "./treeLiterals.ts"

/** A finding with the id of its rule. */
export interface Told extends Omit<Finding, "rule"> {
  readonly rule: string
}

/** The findings of a listing, with the ids of their rules. */
export const findingsOf = (listing: BackupListing.BackupListing, facts?: Facts): ReadonlyArray<Told> =>
  Check.run(listing, facts).findings.map((finding) => ({ ...finding, rule: finding.rule.id }))

/** The rule about a listing that has an id. */
export const ruleOf = (id: string): Rule | undefined => RuleTable.listingRules.find((rule) => rule.id === id)

/** The fact that earlier listings had the environments of a tree. */
export const since = (tree: BackupTree.BackupTree | undefined): Facts => ({
  baseline: tree && { ...Baseline.empty, tree }
})

/** What is found in a whole listing of some environments. */
export const check = (
  ...environments: ReadonlyArray<BackupTree.VirtualEnvironment>
): ReadonlyArray<Told> => findingsOf(listing(tree(...environments)))

/** What is found, in short: the rule and the path. */
export const found = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>): ReadonlyArray<string> =>
  check(...environments).map(({ path, rule }) => `${rule} ${path}`)

/** What is found in the only chain of a tree, in short. */
export const inChain = (chain: BackupTree.BackupChain): ReadonlyArray<string> => found(environment(web, [chain]))

/** The path of that chain. */
export const head = "VmItem[1]/BackupItem[1]"

/** The path of an incremental of that chain, counted from 1. */
export const link = (ordinal: number): string => `${head}/PartialBackupItem[${ordinal}]`

/** Where a rule is broken in a listing. */
export const breaches = (
  rule: string,
  listing: BackupListing.BackupListing,
  facts?: Facts
): ReadonlyArray<string> =>
  findingsOf(listing, facts).filter((finding) => finding.rule === rule).map(({ path }) => path)

/** Where a rule is broken in a whole listing of some environments. */
export const breachesIn = (
  rule: string,
  ...environments: ReadonlyArray<BackupTree.VirtualEnvironment>
): ReadonlyArray<string> => breaches(rule, listing(tree(...environments)))

/** The listing of some environments in a text whose request is unknown. */
export const unknown = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>): BackupListing.BackupListing =>
  BackupListing.fromDocument({ tree: tree(...environments), notes: [], source, fetchedAt, complete: false })

/** An answer to a request about any kind of environment, as it came: not narrowed. */
export const answer = (
  subject: BackupTreeRequest.Subject,
  answer: BackupTree.BackupTree,
  kinds: BackupTreeRequest.Kinds = "vm+ct"
): BackupListing.BackupListing =>
  BackupListing.fromResponse({
    tree: answer,
    notes: [],
    request: { ...BackupTreeRequest.everything, subject, kinds },
    source,
    fetchedAt
  })

/** The facts of the only finding of a listing that are worth comparing. */
export const brief = (
  { message, path, rule, severity }: Told
): readonly [rule: string, severity: string, path: string, message: string] => [rule, severity, path, message]
