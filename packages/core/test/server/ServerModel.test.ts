import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupFlags from "../../src/sdk/BackupFlags.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chainX, chainY, full, storedChain, storedEnvironment, stranger, tree, web } from "../support/treeLiterals.ts"
import * as literals from "../support/treeLiterals.ts"

const container = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const chainC = "{5e2b9f60-1c84-4c3a-b0f7-92d8e4a1c303}"

const ct = (uuid: string, chains: ReadonlyArray<BackupStore.StoredChain>, vmType = 2): BackupStore.StoredEnvironment =>
  storedEnvironment(uuid, chains, { metadata: { uuid, name: "ct-mail", vmType, version: 5, kept: [] } })

/** The store of SEMANTICS 2.4, with a container beside the virtual machine. */
const store: BackupStore.BackupStore = {
  environments: [
    storedEnvironment(web, [storedChain(chainX, [1, 2, 3, 4]), storedChain(chainY, [3, 4, 6])]),
    ct(container, [storedChain(chainC, [1, 2])])
  ]
}

const { exactSelectByFlags: exactSelect, selectByFlags: select } = ServerModel
type Select = typeof select
type Flags = ReadonlyArray<BackupFlags.FlagName>

const query = (uuid: string, flags: Flags): ServerModel.FlagQuery => ({ uuid, flags: BackupFlags.of(...flags) })

/** An answer in short: of each chain its uuid, the number of its head, and those of its incrementals. */
const short = (
  tree: BackupTree.BackupTree
): ReadonlyArray<readonly [string, number | undefined, ReadonlyArray<number>]> =>
  tree.environments.flatMap(({ chains }) =>
    chains.map((chain) =>
      [chain.uuid, BackupTree.number(chain, chain.head), chain.incrementals.map(({ number }) => number)] as const
    )
  )

const answer = (from: Select, where: BackupStore.BackupStore, uuid: string, flags: Flags) =>
  short(Result.getOrThrow(from(where, query(uuid, flags))))

const wholeX = [chainX, 1, [2, 3, 4]] as const
const wholeY = [chainY, 3, [4, 6]] as const
const wholeC = [chainC, 1, [2]] as const
const ID = "PBT_BACKUP_ID"
const CHAIN = "PBT_CHAIN"

describe("SEMANTICS 2.4, row by row", () => {
  type Row = readonly [uuid: string, Flags, ReturnType<typeof short>]
  const either = (uuid: string, byId: Row[2], byChain: Row[2]): ReadonlyArray<Row> => [
    [uuid, [ID], byId],
    [uuid, [CHAIN], byChain]
  ]
  const rows: ReadonlyArray<Row> = [
    [chainX, [ID], [[chainX, 1, []]]],
    [`${chainX}.1`, [ID], [[chainX, 1, []]]],
    [`${chainX}.3`, [ID], [[chainX, 1, [3]]]],
    [chainX, [CHAIN], [wholeX]],
    [`${chainX}.3`, [CHAIN], [[chainX, 1, [3, 4]]]],
    [`${chainX}.4`, [CHAIN], [[chainX, 1, [4]]]],
    [chainY, [ID], []],
    [`${chainY}.1`, [ID], []],
    [chainY, [CHAIN], []],
    [`${chainY}.1`, [CHAIN], []],
    [`${chainY}.3`, [ID], [[chainY, 3, []]]],
    [`${chainY}.3`, [CHAIN], [wholeY]],
    [`${chainY}.5`, [ID], []],
    [`${chainY}.5`, [CHAIN], []],
    ...[".9", ".0", ".abc", ".2.3"].flatMap((suffix) => either(chainX + suffix, [], [])),
    ...[stranger, chainX.slice(1, -1), chainX.toUpperCase()].flatMap((uuid) => either(uuid, [], [])),
    ...[".+2", ".02", ". 2"].flatMap((suffix) => either(chainX + suffix, [[chainX, 1, [2]]], [[chainX, 1, [2, 3, 4]]])),
    [chainC, [ID], []],
    [chainC, [ID, "PBT_CT"], [[chainC, 1, []]]],
    [web, [], [wholeX, wholeY]],
    [container, [], []],
    [container, ["PBT_CT"], [wholeC]],
    [web, ["PBT_VM", "PBT_CT"], [wholeX, wholeY]],
    [container, ["PBT_VM", "PBT_CT"], [wholeC]],
    ["", ["PBT_VM", "PBT_CT"], [wholeX, wholeY, wholeC]],
    ["", ["PBT_CT"], [wholeC]],
    ["", [], [wholeX, wholeY]]
  ]

  it.each(rows)("%s with %j", (uuid, flags, expected) => {
    assert.deepStrictEqual(answer(exactSelect, store, uuid, flags), expected)
    // Only PBT_CHAIN has a defect.
    if (!flags.includes(CHAIN)) assert.deepStrictEqual(answer(select, store, uuid, flags), expected)
  })

  it("refuses a missing backup id, and two modes at once", () => {
    const refused: ReadonlyArray<readonly [string, Flags]> = [["", [ID]], ["", [CHAIN]], ["", [ID, CHAIN]], [chainX, [
      ID,
      CHAIN
    ]]]
    for (const from of [select, exactSelect]) {
      for (const [uuid, flags] of refused) {
        const result = from(store, query(uuid, flags))
        assert.strictEqual(Result.isFailure(result) && result.failure._tag, "InvalidParam")
      }
    }
  })
})

describe("the defect of PBT_CHAIN (SEMANTICS 2.5)", () => {
  it("adds the whole chains whose names sort after the matching one", () => {
    assert.deepStrictEqual(answer(select, store, `${chainX}.3`, [CHAIN]), [[chainX, 1, [3, 4]], wholeY])
    assert.deepStrictEqual(answer(exactSelect, store, `${chainX}.3`, [CHAIN]), [[chainX, 1, [3, 4]]])
  })

  it("adds no chain that sorts before", () => {
    assert.deepStrictEqual(answer(select, store, `${chainY}.3`, [CHAIN]), [wholeY])
  })

  it("adds nothing if nothing matches, and nothing of another environment", () => {
    assert.deepStrictEqual(answer(select, store, `${chainX}.9`, [CHAIN]), [])
    assert.deepStrictEqual(answer(select, store, `${chainY}.3`, [CHAIN, "PBT_VM", "PBT_CT"]), [wholeY])
  })

  it("passes over chains that cannot be read", () => {
    const half = {
      environments: [storedEnvironment(web, [storedChain(chainX, [1, 2]), storedChain(chainY, [3], { locked: true })])]
    }
    assert.deepStrictEqual(answer(select, half, chainX, [CHAIN]), [[chainX, 1, [2]]])
  })
})

describe("what a server shows", () => {
  const all: Flags = ["PBT_VM", "PBT_CT"]
  const shown = (chains: ReadonlyArray<BackupStore.StoredChain>, more: Partial<BackupStore.StoredEnvironment> = {}) =>
    answer(select, { environments: [storedEnvironment(web, chains, more)] }, "", all)
  const damage = (chain: BackupStore.StoredChain, number: number): BackupStore.StoredChain => ({
    ...chain,
    items: chain.items.map((item) => item.number === number ? { number, content: { _tag: "Damaged" } } : item)
  })
  const sound = storedChain(chainX, [1, 2, 3, 4])

  it("leaves out a damaged link and shows the later ones", () => {
    assert.deepStrictEqual(shown([damage(sound, 2)]), [[chainX, 1, [3, 4]]])
  })

  it("returns the head alone if the requested incremental is damaged", () => {
    const broken = { environments: [storedEnvironment(web, [damage(sound, 3)])] }
    for (const from of [select, exactSelect]) {
      assert.deepStrictEqual(answer(from, broken, `${chainX}.3`, [ID]), [[chainX, 1, []]])
      assert.deepStrictEqual(answer(from, broken, `${chainX}.3`, [CHAIN]), [[chainX, 1, [4]]])
    }
  })

  it("hides a chain whose head cannot be read or is no head", () => {
    assert.deepStrictEqual(shown([damage(sound, 1)]), [])
    assert.deepStrictEqual(shown([{ ...sound, items: sound.items.slice(1) }]), [])
  })

  it("hides what is in use, unreadable, empty, or no uuid by name", () => {
    const hidden: ReadonlyArray<Partial<BackupStore.StoredChain>> = [
      { locked: true },
      { readable: false },
      { items: [] },
      { directory: "lost+found" },
      { directory: `${chainX} (copy)` }
    ]
    for (const more of hidden) assert.deepStrictEqual(shown([{ ...sound, ...more }]), [])
  })

  it("hides an environment without readable metadata, chains, or a uuid for a name", () => {
    assert.deepStrictEqual(shown([sound], { metadata: undefined }), [])
    assert.deepStrictEqual(shown([]), [])
    assert.deepStrictEqual(shown([sound], { directory: "lost+found" }), [])
  })

  it("hides the kinds that no server shows", () => {
    const kinds = [0, 1, 2, 3, 4, 0xffff_ffff].map((vmType) =>
      answer(select, { environments: [ct(web, [sound], vmType)] }, "", all).length
    )
    assert.deepStrictEqual(kinds, [1, 1, 1, 0, 0, 0])
  })

  it("searches by the names of directories, and returns what the files contain", () => {
    const head = sound.items[0]!
    const moved: BackupStore.StoredChain = {
      ...sound,
      directory: chainY,
      items: [head, { ...sound.items[1]!, number: 7 }]
    }
    const copied = { environments: [storedEnvironment(web, [moved])] }
    assert.deepStrictEqual(answer(select, copied, chainX, [ID]), [])
    assert.deepStrictEqual(answer(select, copied, `${chainY}.7`, [ID]), [[chainX, 1, [2]]])
    assert.deepStrictEqual(answer(select, copied, `${chainY}.2`, [ID]), [])
  })

  it("compares directory names byte for byte", () => {
    const upper = web.toUpperCase()
    const odd = { environments: [storedEnvironment(upper, [storedChain(chainX.slice(1, -1), [1, 2])])] }
    assert.deepStrictEqual(answer(select, odd, web, []), [])
    assert.strictEqual(answer(select, odd, upper, []).length, 1)
    assert.deepStrictEqual(answer(select, odd, `${chainX}.2`, [ID]), [])
    assert.strictEqual(answer(select, odd, `${chainX.slice(1, -1)}.2`, [ID]).length, 1)
  })

  it("stops at the first environment that has the requested backup", () => {
    const twice = { environments: [ct(container, [sound]), storedEnvironment(web, [sound])] }
    for (const [kinds, environment] of [[["PBT_CT"], container], [["PBT_VM"], web], [all, web]] as const) {
      const { environments } = Result.getOrThrow(select(twice, query(chainX, [ID, ...kinds])))
      assert.deepStrictEqual(environments.map(({ uuid }) => uuid), [environment])
    }
  })

  it("sorts environments by directory, ignoring case", () => {
    const rest = web.slice(2)
    const names = [`{B${rest}`, `{a${rest}`, `{c${rest}`, `F${rest.slice(0, -1)}`]
    const many = { environments: names.map((directory) => storedEnvironment(directory, [sound])) }
    const { environments } = Result.getOrThrow(select(many, query("", [])))
    assert.deepStrictEqual(environments.map(({ uuid }) => uuid), [names[3], names[1], names[0], names[2]])
  })

  it("sorts chains by the date of their heads, undated ones first", () => {
    const dated = (uuid: string, dateTime: string): BackupStore.StoredChain => ({
      ...sound,
      directory: uuid,
      items: [{ number: 1, content: { _tag: "Head", uuid, lastNumber: 0, backup: full(uuid, { dateTime }) } }]
    })
    const chains = [
      dated(chainX, "2024-03-03 00:00:00"),
      dated(chainY, "2013-01-01 00:00:00"),
      dated(chainC, ""),
      dated(stranger, "2024-03-02 23:59:59")
    ]
    assert.deepStrictEqual(shown(chains).map(([uuid]) => uuid), [chainC, chainY, stranger, chainX])
  })

  it("keeps everything else in the metadata of an environment", () => {
    const kept = [{ position: 0, element: { name: "Quota", attributes: [], children: [] } }]
    const metadata = { uuid: web, name: "a\nb", vmType: 0, version: 4, kept }
    const { environments } = Result.getOrThrow(
      select({ environments: [storedEnvironment(web, [sound], { metadata })] }, query("", []))
    )
    assert.deepStrictEqual(environments.map((said) => ({ ...said, chains: [] })), [{ ...metadata, chains: [] }])
  })
})

describe("fromFlags", () => {
  it("reads the subject and the kinds of a query", () => {
    const read = (uuid: string, ...flags: Flags) => ServerModel.fromFlags(query(uuid, flags))
    assert.deepStrictEqual(read(""), Result.succeed({ subject: { _tag: "Everything" }, kinds: "vm" }))
    assert.deepStrictEqual(
      read("", "PBT_VM", "PBT_CT"),
      Result.succeed({ subject: { _tag: "Everything" }, kinds: "vm+ct" })
    )
    assert.deepStrictEqual(
      read(web, "PBT_CT"),
      Result.succeed({ subject: { _tag: "Environment", uuid: web }, kinds: "ct" })
    )
    assert.deepStrictEqual(read("junk", ID), Result.succeed({ subject: { _tag: "Backup", id: "junk" }, kinds: "vm" }))
    assert.deepStrictEqual(
      read(chainX, CHAIN, "PBT_VM"),
      Result.succeed({ subject: { _tag: "Chain", id: chainX }, kinds: "vm" })
    )
    for (const refused of [read("", ID), read("", CHAIN), read(chainX, ID, CHAIN)]) {
      assert.isTrue(Result.isFailure(refused))
    }
  })
})

describe("fromTree", () => {
  it.prop(
    "makes a store whose listing is the tree, where a server can have sent it",
    [Arbitraries.unusualTree],
    ([tree]) => {
      assert.deepStrictEqual(
        exactSelect(BackupStore.fromTree(tree), query("", ["PBT_VM", "PBT_CT"])),
        Result.succeed(tree)
      )
    }
  )

  it("gives a head whose number is unknown no number that an id could name", () => {
    const chain = literals.chain(chainX, [1, 2], { head: full(`${chainY}.3`) })
    const odd = BackupStore.fromTree(tree(literals.environment(web, [chain])))
    for (const id of [chainX, `${chainX}.0`, `${chainX}.3`]) {
      assert.deepStrictEqual(answer(exactSelect, odd, id, [ID]), [])
    }
    assert.deepStrictEqual(answer(exactSelect, odd, `${chainX}.2`, [ID]), [[chainX, undefined, [2]]])
  })
})

describe("laws", () => {
  /** Whether every environment, chain and backup of one tree is in another, heads and all that is said of a chain equal. */
  const within = (part: BackupTree.BackupTree, whole: BackupTree.BackupTree): boolean =>
    part.environments.every(({ chains, uuid }) => {
      const others = whole.environments.find((environment) => environment.uuid === uuid)?.chains ?? []
      return chains.every((chain) =>
        others.some((other) =>
          other.uuid === chain.uuid && other.head === chain.head && other.lastNumber === chain.lastNumber
          && chain.incrementals.every((incremental) => other.incrementals.includes(incremental))
        )
      )
    })

  const answers = (
    store: BackupStore.BackupStore,
    query: ServerModel.FlagQuery,
    from: Select = exactSelect
  ): BackupTree.BackupTree => Result.getOrElse(from(store, query), () => BackupTree.empty)

  const queryOf = (request: BackupTreeRequest.BackupTreeRequest): ServerModel.FlagQuery => {
    const { backupFlags, uuid } = BackupTreeRequest.toParameters(request)
    return { uuid, flags: backupFlags }
  }

  it.prop(
    "an exact response is part of the server's, and both are part of the store",
    [Arbitraries.storeWithQuery],
    ([{ query, store }]) => {
      assert.strictEqual(Result.isFailure(exactSelect(store, query)), Result.isFailure(select(store, query)))
      assert.isTrue(within(answers(store, query), answers(store, query, select)))
      const stored = new Set(
        store.environments.flatMap(({ chains }) =>
          chains.flatMap(({ items }) =>
            items.map(({ content }) => content._tag === "Damaged" ? undefined : content.backup)
          )
        )
      )
      for (const { chains } of answers(store, query, select).environments) {
        for (const backup of chains.flatMap(BackupTree.backups)) assert.isTrue(stored.has(backup))
      }
    }
  )

  it.prop(
    "a typed query and its flags select the same tree",
    [Arbitraries.storeWithRequest],
    ([{ request, store }]) => {
      assert.deepStrictEqual(Result.succeed(ServerModel.select(store, request)), select(store, queryOf(request)))
      assert.deepStrictEqual(
        Result.succeed(ServerModel.exactSelect(store, request)),
        exactSelect(store, queryOf(request))
      )
    }
  )

  it.prop(
    "selecting from a response returns the same response",
    [Arbitraries.storeWithRequest],
    ([{ request, store }]) => {
      for (const from of [select, exactSelect]) {
        const once = answers(store, queryOf(request), from)
        assert.deepStrictEqual(answers(BackupStore.fromTree(once), queryOf(request), from), once)
      }
    }
  )

  it.prop("more kinds give no less", [Arbitraries.storeWithRequest], ([{ request, store }]) => {
    for (const from of [select, exactSelect]) {
      const both = answers(store, queryOf({ ...request, kinds: "vm+ct" }), from)
      for (const kinds of ["vm", "ct"] as const) {
        assert.isTrue(within(answers(store, queryOf({ ...request, kinds }), from), both))
      }
    }
  })

  it.prop(
    "a backup is part of its chain, that of its environment, that of everything",
    [Arbitraries.storeWithRequest],
    ([{ request, store }]) => {
      const { subject } = request
      if (subject._tag !== "Backup" && subject._tag !== "Chain") return
      const chain = Result.getOrThrow(BackupId.parse(subject.id)).chain
      const owner = store.environments.find(({ chains }) => chains.some(({ directory }) => directory === chain))
      const ask = (subject: BackupTreeRequest.Subject) => answers(store, queryOf({ ...request, subject }))
      const [backup, fromThere, everything] = [
        ask({ _tag: "Backup", id: subject.id }),
        ask({ _tag: "Chain", id: subject.id }),
        ask({ _tag: "Everything" })
      ]
      assert.isTrue(within(backup, fromThere) && within(fromThere, everything))
      if (owner === undefined) return assert.deepStrictEqual(fromThere, BackupTree.empty)
      const environment = ask({ _tag: "Environment", uuid: owner.directory })
      assert.isTrue(within(fromThere, environment) && within(environment, everything))
    }
  )

  it.prop(
    "every incremental of a response follows the full backup of its own chain",
    [Arbitraries.storeWithRequest],
    ([{ request, store }]) => {
      for (const { chains } of answers(store, queryOf(request), select).environments) {
        for (const { head, incrementals, uuid } of chains) {
          const first = store.environments.flatMap(({ chains }) => chains).find(({ directory }) => directory === uuid)
            ?.items[0]
          assert.isTrue(first?.content._tag === "Head" && first.content.backup === head)
          for (const { id, number } of incrementals) {
            assert.deepStrictEqual(BackupId.parse(id), Result.succeed({ text: id, chain: uuid, number }))
          }
        }
      }
    }
  )

  it.prop("what has no effect has no effect", [Arbitraries.storeWithQuery], ([{ query, store }]) => {
    const meant = BackupFlags.intersection(query.flags, BackupFlags.of("PBT_VM", "PBT_CT", ID, CHAIN)) &
      BackupFlags.known
    for (const from of [select, exactSelect]) {
      assert.deepStrictEqual(from(store, { ...query, flags: meant }), from(store, query))
    }
  })
})
