import {
  BackupCatalog,
  BackupFlags,
  BackupId,
  type BackupTree,
  BackupTreeRequest,
  BackupTreeXml,
  Check,
  PrintableText,
  RemovalPlan,
  ReturnCode,
  ServerModel,
  TreePath,
  Uuid,
  XmlText
} from "@backup-tree/core"
import { Arbitraries } from "@backup-tree/testing"
import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { report } from "../support/report.ts"

export const catalogOf = (tree: BackupTree.BackupTree) => BackupCatalog.fromListing(Arbitraries.completeListing(tree))

export const harmlessRules = Object.values(Arbitraries.anomalies).flatMap(({ rules }) => rules)

export const gaps = Arbitraries.mutations.filter(({ rule }) => rule === "I11").map(({ change }) => change)

it.prop("my report names every machine", [Arbitraries.healthyTree], ([tree]) => {
  for (const { uuid } of tree.environments) assert.include(report(tree), uuid)
})

it.prop("braces and case make no difference to a key", [Arbitraries.uuid], ([uuid]) => {
  assert.strictEqual(Uuid.key(uuid.slice(1, -1).toUpperCase()), Uuid.key(uuid))
})

it.prop("an id keeps its text", [Arbitraries.backupId], ([id]) => {
  assert.deepStrictEqual(BackupId.parse(id.text), Result.succeed(id))
})

it.prop("a malformed id is refused", [Arbitraries.malformedId], ([text]) => {
  assert.isTrue(Result.isFailure(BackupId.parse(text)))
})

it.prop("each chain is trusted or quarantined", [Arbitraries.listing], ([listing]) => {
  const { environments, quarantined } = BackupCatalog.fromListing(listing)
  const trusted = TreePath.chainsOf({ environments, kept: [] })
  assert.strictEqual(trusted.length + quarantined.length, TreePath.chainsOf(listing.tree).length)
})

it.prop("a healthy response has no broken chain", [Arbitraries.healthyListing], ([listing]) => {
  assert.isEmpty(BackupCatalog.fromListing(listing).quarantined)
})

it.prop("anomalies in a response break no chain", [Arbitraries.unusualListing], ([listing]) => {
  assert.isEmpty(BackupCatalog.fromListing(listing).quarantined)
})

it.prop("an error means that the response is empty", [Arbitraries.healthyListing], ([listing]) => {
  const { findings } = Check.run(listing, Arbitraries.healthyFacts)
  for (const { rule, severity } of findings) if (severity === "error") assert.strictEqual(rule.id, "empty-answer")
})

it.prop("flags can be written as text", [Arbitraries.flags], ([flags]) => {
  assert.deepStrictEqual(BackupFlags.parse(BackupFlags.print(flags)), Result.succeed(flags))
})

it.prop("parameters are a request, or are refused", [Arbitraries.parameters], ([parameters]) => {
  const outcome = Result.match(BackupTreeRequest.fromParameters(parameters), {
    onFailure: ({ _tag }) => _tag,
    onSuccess: () => "request"
  })
  assert.include(["request", "InvalidParam", "NeverMatches"], outcome)
})

it.prop("a removed id is no longer listed", [Arbitraries.listedRemoval], ([{ removal, store }]) => {
  const after = Result.getOrThrow(ServerModel.remove(store, { ...removal, keepChain: false }))
  const tree = ServerModel.exactSelect(after, BackupTreeRequest.everything)
  assert.notInclude(TreePath.backupsOf(tree).map(({ backup }) => backup.id), removal.id)
})

it.prop("a removal succeeds or fails with a code", [Arbitraries.anyListedRemoval], ([{ removal, store }]) => {
  const outcome = ServerModel.remove(store, removal)
  if (Result.isFailure(outcome)) assert.isNotEmpty(ReturnCode.name(outcome.failure))
})

it.prop("a stale id is refused", [Arbitraries.unlistedRemoval], ([{ removal, store }]) => {
  const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
  assert.isTrue(Result.isFailure(RemovalPlan.preview(catalogOf(tree), { id: removal.id })))
})

it.prop("a request survives JSON", [Arbitraries.request], ([request]) => {
  const json = Schema.fromJsonString(Schema.toCodecJson(BackupTreeRequest.BackupTreeRequest))
  assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(request)), request)
})

it.prop("parameters hold the whole call", [Arbitraries.request, Arbitraries.callOptions], ([request, options]) => {
  const call = BackupTreeRequest.fromParameters(BackupTreeRequest.toParameters(request, options))
  const { ignored, options: { target: _, ...rest } } = Result.getOrThrow(call)
  const { target: __, ...expected } = options
  assert.deepStrictEqual({ ignored, rest }, { ignored: [], rest: expected })
})

it.prop("a response holds only what the store has", [Arbitraries.storeWithRequest], ([{ request, store }]) => {
  const response = ServerModel.select(store, request)
  const directories = store.environments.map(({ directory }) => directory)
  assert.includeMembers(directories, response.environments.map(({ uuid }) => uuid))
})

it.prop("a query for one id never selects two environments", [Arbitraries.storeWithQuery], ([{ query, store }]) => {
  const response = ServerModel.exactSelectByFlags(store, query)
  if (Result.isSuccess(response) && query.uuid !== "") assert.isAtMost(response.success.environments.length, 1)
})

it.prop("a date is empty or complete", [Arbitraries.healthyStoreWith({ undated: true })], ([store]) => {
  const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
  for (const { backup } of TreePath.backupsOf(tree)) {
    assert.match(backup.dateTime, /^$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  }
})

it.prop("a full listing has every backup", [Arbitraries.healthyStore], ([store]) => {
  const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
  const items = store.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items))
  assert.lengthOf(TreePath.backupsOf(tree), items.length)
})

it.prop("a label has no control characters", [Arbitraries.unusualStore], ([store]) => {
  for (const { metadata } of store.environments) {
    assert.notMatch(PrintableText.escape(metadata?.name ?? ""), /[\u0000-\u001f]/)
  }
})

it.prop("an environment without metadata is not listed", [Arbitraries.store], ([store]) => {
  const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
  const known = store.environments.flatMap(({ metadata }) => metadata?.uuid ?? [])
  assert.includeMembers(known, tree.environments.map(({ uuid }) => uuid))
})

it.prop("a quoted name has no line break", [Arbitraries.text], ([text]) => {
  assert.notMatch(PrintableText.quote(text), /[\r\n]/)
})

it.prop("a description can be written as XML", [Arbitraries.xmlText], ([description]) => {
  assert.isTrue(XmlText.isXmlText(description))
})

it.prop("every backup can be restored", [Arbitraries.healthyTree], ([tree]) => {
  const catalog = BackupCatalog.fromListing(Arbitraries.completeListing(tree))
  assert.strictEqual(catalog.entries.size, TreePath.backupsOf(tree).length)
})

it.prop("anomalies break no chain", [Arbitraries.unusualTree], ([tree]) => {
  assert.isEmpty(BackupCatalog.fromListing(Arbitraries.completeListing(tree)).quarantined)
})

it.prop("any tree can be written and read back", [Arbitraries.tree], ([tree]) => {
  const xml = BackupTreeXml.encode(tree)
  assert.isTrue(Result.isSuccess(BackupTreeXml.decode(xml, { mode: "tolerant" })))
})

for (const mutation of Arbitraries.mutations.filter(({ rule }) => rule === "I25")) {
  it.prop(`a catalog quarantines a chain if ${mutation.change}`, [Arbitraries.mutated(mutation)], ([{ after }]) => {
    assert.lengthOf(BackupCatalog.fromListing(Arbitraries.completeListing(after)).quarantined, 1)
  })
}
