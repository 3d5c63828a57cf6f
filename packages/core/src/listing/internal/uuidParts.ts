/** What the words of a query name in a tree. */
import * as Uuid from "../../sdk/Uuid.ts"
import * as SimilarTexts from "../../text/SimilarTexts.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import * as Glob from "../Glob.ts"
import { type Ambiguity, type BackupQuery, everything, or } from "./query.ts"
import { partOf } from "./queryEvaluation.ts"

/** Returns the predicates of a query. */
export const leaves = (query: BackupQuery): ReadonlyArray<BackupQuery> => {
  const found: Array<BackupQuery> = []
  const rest = [query]
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (one._tag === "Not") rest.push(one.query)
    else if (one._tag === "And" || one._tag === "Or") rest.push(...one.queries.toReversed())
    else found.push(one)
  }
  return found
}

const maxCandidates = 10

/** Finds the parts of uuids that name more than one. */
export const ambiguities = (tree: BackupTree.BackupTree, query: BackupQuery): ReadonlyArray<Ambiguity> =>
  leaves(query).flatMap((leaf) => {
    if (leaf._tag !== "Part") return []
    const { uuid } = partOf(leaf.part)
    const uuids = leaf.field === "uuid"
      ? tree.environments.map((environment) => environment.uuid)
      : tree.environments.flatMap(({ chains }) => chains.map((chain) => chain.uuid))
    const candidates = new Map(
      uuids.flatMap((one) => Uuid.key(one).includes(uuid) ? [[Uuid.key(one), one] as const] : [])
    )
    if (candidates.size < 2) return []
    return [{
      field: leaf.field,
      part: leaf.part,
      candidates: [...candidates.values()].slice(0, maxCandidates),
      total: candidates.size
    }]
  })

/** Creates the query for machines that a person names. */
export const forMachines = (tree: BackupTree.BackupTree, words: ReadonlyArray<string>) => {
  const names = [...new Set(tree.environments.map(({ name }) => name))]
  const unknown: Array<{ readonly word: string; readonly similar: ReadonlyArray<string> }> = []
  const queries = words.map((word): BackupQuery => {
    const pattern = Glob.parse(word)
    if (names.some(Glob.matcher(pattern))) return { _tag: "Text", field: "name", pattern }
    // A name can contain a star or a backslash.
    if (names.includes(word)) return { _tag: "Text", field: "name", pattern: Glob.literal(word) }
    if (!Uuid.isUuid(word) || !tree.environments.some(({ uuid }) => Uuid.equals(uuid, word))) {
      unknown.push({ word, similar: SimilarTexts.find(word, names) })
    }
    return { _tag: "Part", field: "uuid", part: word }
  })
  return { query: queries.length === 0 ? everything : or(...queries), unknown }
}
