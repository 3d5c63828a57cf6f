/**
 * Diffs as JSON with stable names, for other programs. Sizes are JSON integers, times are ISO 8601.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { JsonSize } from "../json/JsonSize.ts"
import * as ListingJson from "../listing/ListingJson.ts"
import * as Steps from "../steps/Steps.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as BackupTreeJson from "../tree/BackupTreeJson.ts"
import { type Change, type Content, type Facts, Item, type Tag, tags, WhyRemoved } from "./TreeChange.ts"
import * as TreeDiff from "./TreeDiff.ts"

const SideJson = Schema.Struct({
  source: ListingJson.SourceJson,
  fetchedAt: Schema.String,
  completeness: TreeDiff.Side.fields.completeness,
  environments: Schema.Int,
  chains: Schema.Int,
  backups: Schema.Int,
  /** Null if the sum of implausible sizes exceeds 64 bits. */
  size: Schema.NullOr(JsonSize)
})

const ItemJson = Schema.Struct({
  environment: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  chain: Schema.NullOr(Schema.String),
  backup: Schema.NullOr(Schema.String),
  copy: Item.fields.copy
})

/** One of the three. */
const ContentJson = Schema.Struct({
  environment: Schema.optionalKey(BackupTreeJson.EnvironmentJson),
  chain: Schema.optionalKey(BackupTreeJson.ChainJson),
  backup: Schema.optionalKey(BackupTreeJson.BackupJson)
})

const { createdAt: _createdAt, disksKept, kept, ...backupFields } = BackupTreeJson.BackupJson.fields

const FactsJson = Schema.Struct({
  uuid: Schema.String,
  name: Schema.String,
  kind: BackupTreeJson.EnvironmentJson.fields.kind,
  version: BackupTreeJson.EnvironmentJson.fields.version,
  lastNumber: BackupTreeJson.ChainJson.fields.lastNumber,
  ...backupFields
}).mapFields((fields) => ({ ...Struct.map(fields, Schema.optionalKey), disksKept, kept }))
type FactsJson = typeof FactsJson.Type

const factNames = Object.keys(FactsJson.fields) as ReadonlyArray<keyof FactsJson>

const difference = { item: ItemJson, before: FactsJson, after: FactsJson }

/**
 * Schema of a change. `change` is its kind.
 *
 * `before` and `after` have the fields that differ. An added or removed item has its whole `content`, under the name of
 * its level.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ChangeJson = Schema.Union([
  Schema.Struct({ change: Schema.Literal("added"), item: ItemJson, content: ContentJson, isOlder: Schema.Boolean }),
  Schema.Struct({
    change: Schema.Literal("removed"),
    item: ItemJson,
    content: ContentJson,
    why: WhyRemoved,
    mergedInto: Schema.NullOr(Schema.String)
  }),
  Schema.Struct({
    change: Schema.Literals(["promoted", "merged"]),
    ...difference,
    merged: Schema.Array(Schema.String)
  }),
  Schema.Struct({ change: Schema.Literal("renumbered"), ...difference, isExpected: Schema.Boolean }),
  Schema.Struct({ change: Schema.Literals(["renamed", "resized", "moved", "changed"]), ...difference })
])
/**
 * A change as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type ChangeJson = typeof ChangeJson.Type

const CountsJson = Schema.Struct({
  added: Schema.Int,
  removed: Schema.Int,
  promoted: Schema.Int,
  merged: Schema.Int,
  renamed: Schema.Int,
  resized: Schema.Int,
  moved: Schema.Int,
  renumbered: Schema.Int,
  changed: Schema.Int
})

/**
 * Schema of a diff. `counts` has the number of changes of each kind.
 *
 * @category schemas
 * @since 0.2.0
 */
export const TreeDiffJson = Schema.Struct({
  before: SideJson,
  after: SideJson,
  counts: CountsJson,
  changes: Schema.Array(ChangeJson),
  warnings: TreeDiff.TreeDiff.fields.warnings
})
/**
 * A diff as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type TreeDiffJson = typeof TreeDiffJson.Type

/**
 * Encodes a diff as a value for `JsonText.pieces`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (diff: TreeDiff.TreeDiff): TreeDiffJson => Steps.complete(encodeInSteps(diff))

/**
 * Encodes a diff as {@link encode} does, and pauses after each change.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeInSteps = function*(
  { after, before, changes, warnings }: TreeDiff.TreeDiff
): Generator<undefined, TreeDiffJson> {
  const encoded: Array<ChangeJson> = []
  for (const change of changes) {
    encoded.push(encodeChange(change))
    yield
  }
  const counts = TreeDiff.counts(changes)
  return {
    before: encodeSide(before),
    after: encodeSide(after),
    counts: Object.fromEntries(tags.map((tag) => [names[tag], counts[tag]])) as typeof CountsJson.Type,
    changes: encoded,
    warnings
  }
}

const names = {
  Added: "added",
  Removed: "removed",
  Promoted: "promoted",
  Merged: "merged",
  Renamed: "renamed",
  Resized: "resized",
  Moved: "moved",
  Renumbered: "renumbered",
  Changed: "changed"
} as const satisfies { readonly [T in Tag]: keyof typeof CountsJson.Type }

const encodeSide = ({ completeness, fetchedAt, source, totals }: TreeDiff.Side): typeof SideJson.Type => ({
  source: ListingJson.encodeSource(source),
  fetchedAt: DateTime.formatIso(fetchedAt),
  completeness,
  ...totals,
  size: totals.size < 2n ** 64n ? totals.size : null
})

const encodeItem = ({ backup, chain, copy, environment, name }: Item): typeof ItemJson.Type => ({
  environment: environment ?? null,
  name: name ?? null,
  chain: chain ?? null,
  backup: backup ?? null,
  ...(copy === undefined ? {} : { copy })
})

const encodeChange = (change: Change): ChangeJson => {
  const item = encodeItem(change.item)
  if (change._tag === "Added") {
    return { change: "added", item, content: encodeContent(change.content, change.item), isOlder: change.isOlder }
  }
  if (change._tag === "Removed") {
    const { content, mergedInto = null, why } = change
    return { change: "removed", item, content: encodeContent(content, change.item), why, mergedInto }
  }
  const both = { item, before: encodeFacts(change.before), after: encodeFacts(change.after) }
  switch (change._tag) {
    case "Promoted":
    case "Merged":
      return { change: names[change._tag], ...both, merged: change.merged }
    case "Renumbered":
      return { change: "renumbered", ...both, isExpected: change.isExpected }
    default:
      return { change: names[change._tag], ...both }
  }
}

const encodeContent = (content: Content, { chain = "" }: Item): typeof ContentJson.Type => {
  switch (content._tag) {
    case "Environment":
      return { environment: BackupTreeJson.encodeEnvironment(content.environment) }
    case "Chain":
      return { chain: BackupTreeJson.encodeChain(content.chain) }
    case "Backup":
      return { backup: BackupTreeJson.encodeBackup(content.backup, BackupTree.number({ uuid: chain }, content.backup)) }
  }
}

/** The fields of {@link FactsJson} that a field has there, if not one of the same name. */
const renamed: { readonly [K in keyof Facts]?: ReadonlyArray<keyof FactsJson> } = {
  vmType: ["kind"],
  _tag: ["type"],
  type: ["typeLetter"],
  disks: ["disks", "disksKept"]
}

const blank: BackupTree.FullBackup = {
  _tag: "FullBackup",
  id: "",
  host: "",
  serverUuid: "",
  dateTime: "",
  creator: "",
  size: 0n,
  type: "",
  description: "",
  images: [],
  originalSize: 0n,
  bundlePermissions: 0,
  flags: 0,
  disks: undefined,
  kept: []
}

const encodeFacts = (facts: Facts): FactsJson => {
  const { _tag, number, ...fields } = facts
  const backup = BackupTreeJson.encodeBackup({ ...blank, ...fields }, number)
  const whole: FactsJson = {
    ...facts,
    ...backup,
    kind: BackupTree.kindName({ vmType: facts.vmType ?? 0 }),
    type: _tag === "IncrementalBackup" ? "incremental" : "full",
    kept: facts.kept ?? []
  }
  const wanted = new Set(
    (Object.keys(facts) as ReadonlyArray<keyof Facts>).flatMap((key) => renamed[key] ?? [key as keyof FactsJson])
  )
  // In the order of the schema, so that a document is the same text after it was read.
  const keys = factNames.filter((key) => wanted.has(key) && Object.hasOwn(whole, key))
  return Object.fromEntries(keys.map((key) => [key, whole[key]]))
}
