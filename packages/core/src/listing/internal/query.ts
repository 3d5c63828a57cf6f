/** The model of queries. `BackupQuery` documents it. */
import type * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as BackupTree from "../../tree/BackupTree.ts"
import type * as Glob from "../Glob.ts"

export type Comparison = "<" | "<=" | "=" | ">=" | ">"

export type BackupQuery = Data.TaggedEnum<{
  Everything: {}
  Nothing: {}
  And: { readonly queries: ReadonlyArray<BackupQuery> }
  Or: { readonly queries: ReadonlyArray<BackupQuery> }
  Not: { readonly query: BackupQuery }
  Text: { readonly field: "name" | "host" | "creator" | "description" | "finding"; readonly pattern: Glob.Glob }
  Part: { readonly field: "uuid" | "chain" | "id"; readonly part: string }
  Kind: { readonly kind: "vm" | "ct" | "ct-vzfs" | "ct-ploop" | "ct-vzwin" | "unknown" }
  Type: { readonly type: "full" | "incremental" }
  Date: { readonly comparison: Comparison; readonly time: DateTime.Utc }
  Age: { readonly comparison: Comparison; readonly milliseconds: number }
  Size: { readonly comparison: Comparison; readonly bytes: bigint }
  Latest: { readonly count: number }
}>

export interface QueryFacts {
  readonly now: DateTime.Utc
  readonly findings: ReadonlyMap<BackupTree.Backup, ReadonlySet<string>>
}

export type Selection = ReadonlyArray<ReadonlyArray<ReadonlyArray<boolean>>>

export interface Ambiguity {
  readonly field: "uuid" | "chain" | "id"
  readonly part: string
  readonly candidates: ReadonlyArray<string>
  readonly total: number
}

export const everything: BackupQuery = { _tag: "Everything" }

export const nothing: BackupQuery = { _tag: "Nothing" }

export const and = (...queries: ReadonlyArray<BackupQuery>): BackupQuery => {
  const flat = queries.flatMap((query) => query._tag === "And" ? query.queries : [query])
  return flat.length === 1 ? flat[0]! : flat.length === 0 ? everything : { _tag: "And", queries: flat }
}

export const or = (...queries: ReadonlyArray<BackupQuery>): BackupQuery => {
  const flat = queries.flatMap((query) => query._tag === "Or" ? query.queries : [query])
  return flat.length === 1 ? flat[0]! : flat.length === 0 ? nothing : { _tag: "Or", queries: flat }
}

export const not = (query: BackupQuery): BackupQuery => query._tag === "Not" ? query.query : { _tag: "Not", query }
