import * as Check from "@backup-tree/core/check/Check"
import type { Severity } from "@backup-tree/core/check/Rule"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as XmlText from "@backup-tree/core/xml/XmlText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** Returns the values of a property test of 100 runs. */
const seen = <A>(arbitrary: Arbitrary.Arbitrary<A>): Effect.Effect<ReadonlyArray<A>> =>
  Effect.gen(function*() {
    const values: Array<A> = []
    const result = yield* Arbitrary.checkEffect(arbitrary, (value) => {
      values.push(value)
      return true
    }, { runs: 100, seed: 20_260_107 })
    assert.strictEqual(result._tag, "Passed")
    return values
  })

/** Returns the severity of the rule of an id. */
const severityOf = (rule: string): Severity | undefined =>
  Option.getOrUndefined(Option.map(RuleTable.find(rule), ({ severity }) => severity))

/** Counts the values with each feature, prints the counts, and asserts their lower bounds. */
const bound = <A>(
  title: string,
  values: ReadonlyArray<A>,
  features: { readonly [feature: string]: readonly [least: number, has: (value: A) => boolean] }
): void => {
  const counts = Object.entries(features).map(([feature, [least, has]]) => ({
    feature,
    least,
    count: values.filter(has).length
  }))
  const lines = counts.map(({ count, feature, least }) =>
    `  ${String(count).padStart(3)} (at least ${least}) ${feature}`
  )
  process.stdout.write(`${title}, of ${values.length} values:\n${lines.join("\n")}\n`)
  for (const { count, feature, least } of counts) {
    assert.isTrue(count >= least, `${feature}: ${count} values, expected at least ${least}`)
  }
}

const environmentsOf = ({ environments }: BackupStore.BackupStore) => environments
const chainsOf = (store: BackupStore.BackupStore) => environmentsOf(store).flatMap(({ chains }) => chains)
const itemsOf = (store: BackupStore.BackupStore) => chainsOf(store).flatMap(({ items }) => items)
const backupsOf = (store: BackupStore.BackupStore): ReadonlyArray<BackupTree.Backup> =>
  itemsOf(store).flatMap(({ content }) => content._tag === "Damaged" ? [] : [content.backup])
const namesOf = (store: BackupStore.BackupStore) =>
  environmentsOf(store).flatMap(({ metadata }) => metadata?.name ?? [])
const isLegacy = (chain: BackupStore.StoredChain) =>
  chain.items.some(({ content }) =>
    content._tag === "Head" && content.backup.images.some((image) => image.endsWith(".tib"))
  )

const textsOf = (chain: BackupStore.StoredChain, text: (backup: BackupTree.Backup) => string): number =>
  new Set(chain.items.map(({ content }) => "backup" in content ? text(content.backup) : "")).size

const control = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const isUndated = (store: BackupStore.BackupStore): boolean => backupsOf(store).some(({ dateTime }) => dateTime === "")
const hasUnusualName = (store: BackupStore.BackupStore): boolean => namesOf(store).some((name) => control.test(name))
const hasUnusualDescription = (store: BackupStore.BackupStore): boolean =>
  backupsOf(store).some(({ description }) => control.test(description))

describe("healthyStore", () => {
  it.effect("reaches the rare cases of healthy servers", () =>
    Effect.map(seen(Arbitraries.healthyStore), (stores) =>
      bound("healthyStore", stores, {
        "no environment": [1, (store) => store.environments.length === 0],
        "several environments": [40, (store) => store.environments.length > 1],
        "a container": [35, (store) => environmentsOf(store).some(({ metadata }) => metadata?.vmType === 2)],
        "a container of the old layout": [30, (store) =>
          environmentsOf(store).some(({ metadata }) => metadata?.vmType === 1)],
        "several chains of one environment": [40, (store) =>
          environmentsOf(store).some(({ chains }) =>
            chains.length > 1
          )],
        "a lone full backup": [40, (store) =>
          chainsOf(store).some(({ items }) => items.length === 1)],
        "four backups in a chain": [40, (store) => chainsOf(store).some(({ items }) => items.length >= 4)],
        "a promoted head": [25, (store) => chainsOf(store).some(({ items }) => items[0]!.number > 1)],
        "a gap": [15, (store) =>
          chainsOf(store).some(({ items }) =>
            items.some(({ number }, i) =>
              i > 0 && number > items[i - 1]!.number + 1
            )
          )],
        "a lost last backup": [6, (store) =>
          chainsOf(store).some(({ items }) =>
            items[0]!.content._tag === "Head" && items[0]!.content.lastNumber > items.at(-1)!.number
          )],
        "a .tib chain": [40, (store) =>
          chainsOf(store).some(isLegacy)],
        "a .tib chain of an upgraded environment": [25, (store) =>
          environmentsOf(store).some(({ chains, metadata }) =>
            metadata?.version === 5 && chains.some(isLegacy)
          )],
        "a .tib chain next to a newer one": [15, (store) =>
          environmentsOf(store).some(({ chains }) =>
            chains.some(isLegacy) && !chains.every(isLegacy)
          )],
        "an environment of version 0": [15, (store) =>
          environmentsOf(store).some(({ metadata }) =>
            metadata?.version === 0
          )],
        "a backup without a list of disks": [20, (store) =>
          backupsOf(store).some(({ disks }) =>
            disks === undefined
          )],
        "a diskless environment": [10, (store) => backupsOf(store).some(({ disks }) => disks?.list.length === 0)],
        "several disks": [40, (store) => backupsOf(store).some(({ images }) => images.length > 1)],
        "two disks of one file name": [3, (store) =>
          backupsOf(store).some(({ images }) => images.some((image) => image.startsWith("_")))],
        "an encrypted disk": [20, (store) =>
          backupsOf(store).some(({ disks }) =>
            disks?.list.some(({ encryption }) =>
              encryption.keyId !== ""
            ) ?? false
          )],
        "uuids in upper case": [15, (store) =>
          environmentsOf(store).some(({ directory }) =>
            directory !== directory.toLowerCase()
          )],
        "an empty name": [20, (store) => namesOf(store).includes("")],
        "a name with a line break": [5, (store) => namesOf(store).some((name) => /[\n\r]/.test(name))],
        "a name with markup": [5, (store) => namesOf(store).some((name) => /[<&]/.test(name))],
        "a name beyond Latin": [20, (store) => namesOf(store).some((name) => /[^\u0000-\u024f]/.test(name))],
        "a chain that went to another host": [20, (store) =>
          chainsOf(store).some((chain) =>
            textsOf(chain, ({ host }) => host) > 1
          )],
        "a chain of two creators": [20, (store) =>
          chainsOf(store).some((chain) =>
            textsOf(chain, ({ creator }) => creator) > 1
          )],
        "a chain of one host and one creator": [30, (store) =>
          chainsOf(store).some((chain) =>
            chain.items.length > 1 && textsOf(chain, ({ creator, host }) =>
                `${host} ${creator}`) === 1
          )],
        "an old chain without disk lists": [15, (store) =>
          chainsOf(store).some((chain) =>
            isLegacy(chain) && chain.items.some(({ content }) =>
              "backup" in content && content.backup.disks === undefined
            )
          )]
      })))

  it.effect("has anomalies if they are allowed, and only then", () =>
    Effect.gen(function*() {
      bound("unusualStore", yield* seen(Arbitraries.unusualStore), {
        "an undated backup": [25, isUndated],
        "an undated head": [10, (store) =>
          chainsOf(store).some(({ items: [head] }) =>
            head!.content._tag === "Head" && head!.content.backup.dateTime === ""
          )],
        "a name with a control character": [10, hasUnusualName],
        "a description with a control character": [20, hasUnusualDescription]
      })
      const marks = (
        store: BackupStore.BackupStore
      ) => [isUndated(store), hasUnusualName(store) || hasUnusualDescription(store)]
      const [neither, undated, controls] = yield* Effect.all([
        seen(Arbitraries.healthyStore),
        seen(Arbitraries.healthyStoreWith({ undated: true })),
        seen(Arbitraries.healthyStoreWith({ controlCharacters: true }))
      ])
      const some = (stores: ReadonlyArray<BackupStore.BackupStore>) =>
        [0, 1].map((index) =>
          stores.map(marks).some((mark) =>
            mark[index]
          )
        )
      assert.deepStrictEqual([some(neither), some(undated), some(controls)], [[false, false], [true, false], [
        false,
        true
      ]])
    }))

  it("names the rules that warn of each anomaly, and why it is harmless", () => {
    for (const { rules, why } of Object.values(Arbitraries.anomalies)) {
      for (const rule of rules) assert.strictEqual(severityOf(rule), "warning")
      assert.isAbove(why.length, 20)
    }
  })

  it.prop("has readable chains with unique uuids, disk sizes in whole MiB and valid texts", [
    Arbitraries.healthyStore
  ], ([store]) => {
    const uuids = [...environmentsOf(store), ...chainsOf(store)].map(({ directory }) => Uuid.key(directory))
    assert.strictEqual(new Set(uuids).size, uuids.length)
    for (const chain of chainsOf(store)) {
      assert.isTrue(chain.readable && !chain.locked && Uuid.isBraced(chain.directory))
    }
    for (const backup of backupsOf(store)) {
      for (const { size } of backup.disks?.list ?? []) assert.strictEqual(size % 1_048_576n, 0n)
      assert.isTrue(backup.size > 0n && backup.description.isWellFormed() && !backup.description.includes("\u0000"))
    }
    for (const environment of environmentsOf(store)) assert.isDefined(environment.metadata)
  })

  it.prop("sets LastNumber, flags and directories as the product does", [Arbitraries.healthyStore], ([store]) => {
    for (const chain of chainsOf(store)) {
      const [head, ...links] = chain.items
      if (head?.content._tag !== "Head") return assert.fail("a chain begins with a head")
      assert.strictEqual(head.content.uuid, chain.directory)
      const numbers = chain.items.map(({ number }) => number)
      assert.deepStrictEqual(numbers, numbers.toSorted((a, b) => a - b))
      const { backup, lastNumber } = head.content
      // A diskless chain has no image that shows its age. Its flags do.
      const old = backup.flags === 0
      if (isLegacy(chain)) assert.isTrue(old)
      if (old) {
        assert.deepStrictEqual([lastNumber, head.number], [0, 1])
      } else {
        assert.strictEqual(backup.flags & 0x1800, 0x800)
        assert.isTrue(lastNumber === 0 ? numbers.length === 1 && numbers[0] === 1 : lastNumber >= Math.max(...numbers))
      }
      for (const { content, number } of links) {
        if (content._tag !== "Link") return assert.fail("a head is followed by links")
        assert.strictEqual(content.backup.number, number)
        assert.strictEqual(content.backup.id, `${chain.directory}.${number}`)
        assert.strictEqual(content.backup.flags & 0x1800, old ? 0 : 0x1000)
      }
    }
  })
})

/** The rules that judge a tree alone. */
const treeRules = RuleTable.listingRules.filter(({ scope }) => scope === "T").map(({ id }) => id)

describe("tree and listing", () => {
  it.effect("reach broken trees as well as healthy ones", () =>
    Effect.map(seen(Arbitraries.tree), (trees) => {
      const rules = trees.map((tree) =>
        new Set(
          Check.run(Arbitraries.completeListing(tree), { ...Arbitraries.healthyFacts, maxChainLength: 3 })
            .findings.map(({ rule }) => rule.id)
        )
      )
      const severities = (broken: ReadonlySet<string>) => [...broken].map(severityOf)
      bound("tree", rules, {
        "no finding": [3, (broken) => broken.size === 0],
        "nothing but info": [8, (broken) => !severities(broken).some((severity) => severity !== "info")],
        "the empty tree": [3, (broken) => broken.has("empty-answer")],
        ...Object.fromEntries(
          treeRules.map((rule) => [
            `a breach of ${rule}`,
            [4, (broken: ReadonlySet<string>) => broken.has(rule)] as const
          ])
        )
      })
    }))

  it.prop(
    "satisfy the schema of a tree",
    [Arbitraries.tree, Arbitraries.healthyTree, Arbitraries.listing],
    ([tree, healthy, listing]) => {
      for (const candidate of [tree, healthy, listing.tree]) assert.isTrue(Schema.is(BackupTree.BackupTree)(candidate))
    }
  )

  it.effect("reach every kind of request and response", () =>
    Effect.gen(function*() {
      bound("listing", yield* seen(Arbitraries.listing), {
        "a complete listing": [15, ({ completeness }) => completeness === "complete"],
        "a partial one": [10, ({ completeness }) => completeness === "partial"],
        "one of unknown completeness": [15, ({ completeness }) => completeness === "unknown"],
        "a note": [30, ({ notes }) => notes.length > 0]
      })
      bound("healthyListing", yield* seen(Arbitraries.healthyListing), {
        "an empty response": [10, ({ tree }) => tree.environments.length === 0],
        "a response": [40, ({ tree }) => tree.environments.length > 0],
        "a leaked chain": [3, ({ request, tree }) =>
          request._tag === "Some" && request.value.subject._tag === "Chain" &&
          (tree.environments[0]?.chains.length ?? 0) > 1]
      })
    }))
})

describe("requests and parameters", () => {
  it.prop("satisfy the schema and the grammar of the server", [
    Arbitraries.request,
    Arbitraries.backupId,
    Arbitraries.malformedId
  ], ([request, id, malformed]) => {
    assert.isTrue(Schema.is(BackupTreeRequest.BackupTreeRequest)(request))
    assert.deepStrictEqual(BackupId.parse(id.text), Result.succeed(id))
    assert.isTrue(Result.isFailure(BackupId.parse(malformed)))
  })

  it.effect("reach every outcome", () =>
    Effect.gen(function*() {
      const outcome = (parameters: BackupTreeRequest.Parameters) =>
        Result.match(BackupTreeRequest.fromParameters(parameters), {
          onFailure: ({ _tag }) => _tag,
          onSuccess: ({ request }) => request.subject._tag
        })
      bound("parameters", (yield* seen(Arbitraries.parameters)).map(outcome), {
        Everything: [4, (tag) => tag === "Everything"],
        Environment: [3, (tag) => tag === "Environment"],
        Backup: [3, (tag) => tag === "Backup"],
        Chain: [3, (tag) => tag === "Chain"],
        NeverMatches: [15, (tag) => tag === "NeverMatches"],
        InvalidParam: [15, (tag) => tag === "InvalidParam"]
      })
      bound("callOptions", yield* seen(Arbitraries.callOptions), {
        "another server": [30, ({ target }) => target._tag === "TargetServer" && Redacted.value(target.session) !== ""],
        "level high": [15, ({ hopLevel }) => hopLevel === "high"]
      })
      bound("storeWithQuery", yield* seen(Arbitraries.storeWithQuery), {
        "a locked chain": [10, ({ store }) => chainsOf(store).some(({ locked }) => locked)],
        "an unreadable chain": [10, ({ store }) => chainsOf(store).some(({ readable }) => !readable)],
        "an unreadable item": [10, ({ store }) => itemsOf(store).some(({ content }) => content._tag === "Damaged")],
        "unreadable metadata": [
          10,
          ({ store }) => environmentsOf(store).some(({ metadata }) => metadata === undefined)
        ],
        "a kind that is never shown": [
          10,
          ({ store }) => environmentsOf(store).some(({ metadata }) => (metadata?.vmType ?? 0) > 2)
        ],
        "a response": [10, ({ query, store }) =>
          Result.match(ServerModel.selectByFlags(store, query), {
            onFailure: () => false,
            onSuccess: ({ environments }) => environments.length > 0
          })]
      })
    }))

  it.prop("texts contain no NUL and no lone surrogate", [Arbitraries.text, Arbitraries.xmlText], ([text, xmlText]) => {
    assert.isTrue(text.isWellFormed() && !text.includes("\u0000"))
    assert.isTrue(XmlText.isXmlText(xmlText))
  })
})

describe("mutations", () => {
  it("break every rule about trees, with at most three companions, each explained", () => {
    const rules = new Set(Arbitraries.mutations.map(({ rule }) => rule))
    assert.deepStrictEqual([...rules], treeRules)
    for (const { companions } of Arbitraries.mutations) {
      assert.isAtMost(companions.length, 3)
      for (const { rule, why } of companions) assert.isTrue(severityOf(rule) !== undefined && why.length > 20)
    }
  })

  it("have no place in the empty tree", () => {
    for (const { apply } of Arbitraries.mutations) assert.isUndefined(apply(BackupTree.empty, 7))
  })
})

describe("shrinking", () => {
  const smallest = <A>(arbitrary: Arbitrary.Arbitrary<A>, fails: (value: A) => boolean): Effect.Effect<A> =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(arbitrary, (value) => !fails(value), { seed: 7, maxShrinks: 5_000 })
      return result._tag === "Falsified" ? result.shrunkInput : assert.fail("the property holds")
    })

  it.effect("reduces a store to one environment, one chain and the backups that matter", () =>
    Effect.map(
      smallest(Arbitraries.healthyStore, (store) => chainsOf(store).some(({ items }) => items.length >= 3)),
      (store) => {
        assert.strictEqual(store.environments.length, 1)
        assert.strictEqual(chainsOf(store).length, 1)
        assert.strictEqual(itemsOf(store).length, 3)
        assert.deepStrictEqual(namesOf(store), ["web01"])
      }
    ))

  it.effect("reduces a text to the characters that matter", () =>
    Effect.map(smallest(Arbitraries.text, (text) => text.includes("<")), (text) => assert.strictEqual(text, "<b>")))
})
