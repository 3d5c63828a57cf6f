/** Generators of queries. */
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { Arbitrary, DateTime } from "effect"
import * as BackupQuery from "../../src/listing/BackupQuery.ts"
import * as Glob from "../../src/listing/Glob.ts"
import { pick } from "./inventoryArbitraries.ts"
import { integer, oneOf } from "./xmlArbitraries.ts"

type Query = BackupQuery.BackupQuery

const comparison = pick<BackupQuery.Comparison>("<", "<=", "=", ">=", ">")

const glob = Arbitrary.map(
  Arbitrary.array(oneOf(Arbitraries.text, pick("*", "?", "web", "\\", "and", "\"")), { maxLength: 4 }),
  (pieces) => Glob.parse(pieces.join(""))
)

const second = 1000

const leaf: Arbitrary.Arbitrary<Query> = oneOf<Query>(
  Arbitrary.map(
    Arbitrary.all({ field: pick("name", "host", "creator", "description", "finding"), pattern: glob }),
    (fields): Query => ({ _tag: "Text", ...fields })
  ),
  Arbitrary.map(
    Arbitrary.all({ field: pick("uuid", "chain", "id"), part: pick("0", "a", "4f6A", "{0b8f6d1e-2b6b}", "-4") }),
    (fields): Query => ({ _tag: "Part", ...fields })
  ),
  pick<Query>(
    BackupQuery.everything,
    BackupQuery.nothing,
    { _tag: "Part", field: "id", part: "0.2" },
    { _tag: "Kind", kind: "vm" },
    { _tag: "Kind", kind: "ct" },
    { _tag: "Kind", kind: "unknown" },
    { _tag: "Type", type: "full" },
    { _tag: "Type", type: "incremental" }
  ),
  Arbitrary.map(
    Arbitrary.all({ comparison, seconds: integer(0, 2_000_000_000) }),
    ({ comparison, seconds }): Query => ({ _tag: "Date", comparison, time: DateTime.makeUnsafe(seconds * second) })
  ),
  Arbitrary.map(
    Arbitrary.all({ comparison, milliseconds: integer(0, 2_000_000_000) }),
    (fields): Query => ({ _tag: "Age", ...fields })
  ),
  Arbitrary.map(
    Arbitrary.all({ comparison, bytes: integer(0, 2_000_000_000), power: integer(0, 5) }),
    ({ bytes, comparison, power }): Query => ({ _tag: "Size", comparison, bytes: BigInt(bytes) << BigInt(5 * power) })
  ),
  Arbitrary.map(integer(1, 5), (count): Query => ({ _tag: "Latest", count }))
)

const combine = (query: Arbitrary.Arbitrary<Query>): Arbitrary.Arbitrary<Query> =>
  oneOf<Query>(
    leaf,
    Arbitrary.map(
      Arbitrary.all({ make: pick(BackupQuery.and, BackupQuery.or), queries: Arbitrary.array(query, { maxLength: 3 }) }),
      ({ make, queries }) => make(...queries)
    ),
    Arbitrary.map(query, BackupQuery.not)
  )

/** Any query of at most three levels. */
export const query: Arbitrary.Arbitrary<Query> = combine(combine(leaf))
