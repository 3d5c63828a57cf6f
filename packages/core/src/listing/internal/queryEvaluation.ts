/** Selects the backups of a tree. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as Machines from "../../tree/Machines.ts"
import * as Glob from "../Glob.ts"
import type { BackupQuery, Comparison, QueryFacts, Selection } from "./query.ts"

/** A backup with its surroundings. */
interface Row {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
  readonly time: number | undefined
}

type Test = (row: Row) => boolean

/** Selects the backups of a tree. */
export const select = (tree: BackupTree.BackupTree, query: BackupQuery, facts: QueryFacts): Selection => {
  const rows = tree.environments.map((environment) =>
    environment.chains.map((chain) =>
      BackupTree.backups(chain).map((backup): Row => ({
        environment,
        chain,
        backup,
        time: BackupDate.timeOf(backup.dateTime)
      }))
    )
  )
  let ranks: ReadonlyMap<Row, number> | undefined
  const rankOf = (row: Row): number => (ranks ??= ranksOf(rows.flat(2))).get(row) ?? 0
  const test = compile(query, { ...facts, rankOf })
  return rows.map((chains) => chains.map((backups) => backups.map(test)))
}

/** Ranks the backups of each machine: 0 is the newest. */
const ranksOf = (rows: ReadonlyArray<Row>): ReadonlyMap<Row, number> => {
  const ranks = new Map<Row, number>()
  for (const ofMachine of Machines.group(rows, ({ environment }) => environment.uuid).values()) {
    // Sorting is stable, so after reversing, the later of equal dates is first.
    const newestFirst = ofMachine.toReversed().toSorted((a, b) => {
      const [one, other] = [a.time ?? -Infinity, b.time ?? -Infinity]
      return one === other ? 0 : other > one ? 1 : -1
    })
    newestFirst.forEach((row, rank) => ranks.set(row, rank))
  }
  return ranks
}

interface Context extends QueryFacts {
  readonly rankOf: (row: Row) => number
}

const compile = (query: BackupQuery, context: Context): Test => {
  switch (query._tag) {
    case "Everything":
      return () => true
    case "Nothing":
      return () => false
    case "And": {
      const tests = query.queries.map((one) => compile(one, context))
      return (row) => tests.every((test) => test(row))
    }
    case "Or": {
      const tests = query.queries.map((one) => compile(one, context))
      return (row) => tests.some((test) => test(row))
    }
    case "Not": {
      const test = compile(query.query, context)
      return (row) => !test(row)
    }
    case "Text":
      return textTest(query, context)
    case "Part":
      return partTest(query)
    case "Kind":
      return ({ environment }) => isKind(BackupTree.kindName(environment), query.kind)
    case "Type":
      return ({ backup }) => (backup._tag === "FullBackup") === (query.type === "full")
    case "Latest":
      return (row) => context.rankOf(row) < query.count
    default:
      return comparisonTest(query, context)
  }
}

const isKind = (name: string, kind: string): boolean =>
  name === kind || ((kind === "ct" || kind === "unknown") && name.startsWith(`${kind}-`))

const textTest = (
  { field, pattern }: Extract<BackupQuery, { readonly _tag: "Text" }>,
  { findings }: Context
): Test => {
  const matches = remembered(Glob.matcher(pattern))
  switch (field) {
    case "name":
      return ({ environment }) => matches(environment.name)
    case "finding":
      return ({ backup }) => [...findings.get(backup) ?? []].some(matches)
    default:
      return ({ backup }) => matches(backup[field])
  }
}

/** Remembers the last answer, because neighbours share names and hosts. */
const remembered = (test: (text: string) => boolean): (text: string) => boolean => {
  let last: string | undefined
  let answer = false
  return (text) => {
    if (text !== last) [last, answer] = [text, test(text)]
    return answer
  }
}

const partTest = ({ field, part }: Extract<BackupQuery, { readonly _tag: "Part" }>): Test => {
  const wanted = partOf(part)
  const contains = remembered((uuid) => Uuid.key(uuid).includes(wanted.uuid))
  switch (field) {
    case "uuid":
      return ({ environment }) => contains(environment.uuid)
    case "chain":
      return ({ chain }) => contains(chain.uuid)
    case "id":
      return ({ backup }) => {
        const { chain, number } = BackupId.address(backup.id)
        return number === wanted.number && contains(chain)
      }
  }
}

/** Splits the part of a backup id into that of its chain and its number. */
export const partOf = (part: string): { readonly uuid: string; readonly number: number | undefined } => {
  const { chain, number } = BackupId.address(part)
  return { uuid: chain.replace(/^\{/, "").replace(/\}$/, "").toLowerCase(), number }
}

const comparisonTest = (
  query: Extract<BackupQuery, { readonly _tag: "Date" | "Age" | "Size" }>,
  { now }: Context
): Test => {
  switch (query._tag) {
    case "Size":
      return ({ backup }) => compare(backup.size, query.comparison, query.bytes)
    case "Date":
      return ({ time }) => time !== undefined && compare(time, query.comparison, query.time.epochMilliseconds)
    case "Age":
      return ({ time }) =>
        time !== undefined && compare(now.epochMilliseconds - time, query.comparison, query.milliseconds)
  }
}

const compare = <A extends number | bigint>(self: A, comparison: Comparison, that: A): boolean => {
  switch (comparison) {
    case "<":
      return self < that
    case "<=":
      return self <= that
    case "=":
      return self === that
    case ">=":
      return self >= that
    case ">":
      return self > that
  }
}
