import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as ReturnCode from "../../src/sdk/ReturnCode.ts"
import * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import {
  chainX,
  chainY,
  full,
  incremental,
  storedChain,
  storedEnvironment,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"
import * as literals from "../support/treeLiterals.ts"

const mail = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const chainC = "{5e2b9f60-1c84-4c3a-b0f7-92d8e4a1c303}"

/** X has 1 to 4, Y a promoted head and gaps; mail is a container with a single backup. */
const store: BackupStore.BackupStore = {
  environments: [
    storedEnvironment(web, [storedChain(chainX, [1, 2, 3, 4]), storedChain(chainY, [3, 4, 6])]),
    storedEnvironment(mail, [storedChain(chainC, [1])], {
      metadata: { uuid: mail, name: "mail", vmType: 2, version: 5, kept: [] }
    })
  ]
}

const removal = (id: string, more: Partial<ServerModel.Removal> = {}): ServerModel.Removal => ({
  vmUuid: "",
  id,
  keepChain: false,
  ignoreNotExists: false,
  ...more
})

const keep = { keepChain: true } as const

/** What a store holds in short: of each environment its directory, and of each chain the numbers of its items. */
const short = ({ environments }: BackupStore.BackupStore) =>
  environments.map(({ chains, directory }) => [
    directory,
    ...chains.map(({ directory, items }) => [directory, ...items.map(({ number }) => number)])
  ])

/** What is left of a store, or the name of the code. */
const left = (where: BackupStore.BackupStore, asked: ServerModel.Removal) =>
  Result.match(ServerModel.remove(where, asked), { onFailure: (code) => ReturnCode.name(code), onSuccess: short })

const X = [chainX, 1, 2, 3, 4]
const Y = [chainY, 3, 4, 6]
const C = [mail, [chainC, 1]]
const untouched = [[web, X, Y], C]

const NOT_FOUND = "PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND"
const NO_SUCH_NUMBER = "PRL_ERR_BACKUP_BACKUP_NOT_FOUND"
const LOCKED = "PRL_ERR_BACKUP_LOCKED_FOR_WRITING"
const UNSUPPORTED = "PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN"

describe("SEMANTICS 4.2, row by row", () => {
  it("1: without an id, a missing or unknown environment is not found", () => {
    assert.strictEqual(left(store, removal("")), NOT_FOUND)
    assert.strictEqual(left(store, removal("", { vmUuid: stranger })), NOT_FOUND)
    assert.deepStrictEqual(left(store, removal("", { ignoreNotExists: true })), untouched)
    // The file of a head says no uuid: the empty id must not find it.
    const nameless = { ...storedChain("", [1, 2]), directory: chainX }
    assert.strictEqual(left({ environments: [storedEnvironment(web, [nameless])] }, removal("")), NOT_FOUND)
  })

  it("2: an environment without an id is removed completely, with any content", () => {
    assert.deepStrictEqual(left(store, removal("", { vmUuid: web })), [C])
    const locked = { environments: [storedEnvironment(web, [storedChain(chainX, [1], { locked: true })])] }
    assert.deepStrictEqual(left(locked, removal("", { vmUuid: web, ...keep })), [])
  })

  it("3: a chain that does not exist is not found, which may be a success", () => {
    for (const id of [stranger, `${stranger}.2`, "web01", ".2", chainX.toUpperCase(), chainX.slice(1, -1)]) {
      for (const more of [{}, keep, { vmUuid: web }]) {
        assert.strictEqual(left(store, removal(id, more)), NOT_FOUND, id)
        assert.deepStrictEqual(left(store, removal(id, { ...more, ignoreNotExists: true })), untouched)
      }
    }
  })

  it("3: with an environment, only its own chains are known", () => {
    assert.strictEqual(left(store, removal(chainC, { vmUuid: web })), NOT_FOUND)
    assert.strictEqual(left(store, removal(chainX, { vmUuid: web.toUpperCase() })), NOT_FOUND)
    assert.deepStrictEqual(left(store, removal(`${chainX}.3`, { vmUuid: web })), [[web, [chainX, 1, 2], Y], C])
  })

  it("4: a chain in use is refused; without its environment it is not even found, for no listing shows it", () => {
    const locked = { environments: [storedEnvironment(web, [storedChain(chainX, [1, 2], { locked: true })])] }
    assert.strictEqual(left(locked, removal(`${chainX}.2`, { vmUuid: web })), LOCKED)
    assert.strictEqual(left(locked, removal(`${chainX}.9`, { vmUuid: web, ...keep })), LOCKED)
    assert.strictEqual(left(locked, removal(`${chainX}.2`)), NOT_FOUND)
  })

  const tib = (uuid: string, numbers: ReadonlyArray<number>): BackupStore.StoredChain => {
    const chain = storedChain(uuid, numbers)
    const [head, ...links] = chain.items
    if (head?.content._tag !== "Head") return assert.fail("a chain begins with a head")
    const backup = { ...head.content.backup, images: ["a.qcow2", "b.tib"] }
    return { ...chain, items: [{ ...head, content: { ...head.content, backup } }, ...links] }
  }
  const ofVersion = (version: number, chain: BackupStore.StoredChain): BackupStore.BackupStore => ({
    environments: [
      storedEnvironment(web, [chain], { metadata: { uuid: web, name: "web01", vmType: 0, version, kept: [] } })
    ]
  })

  it("5: keep-chain is refused below version 4, by the chain and not by its environment", () => {
    for (const version of [0, 1, 2, 3]) {
      assert.strictEqual(left(ofVersion(version, storedChain(chainX, [1, 2])), removal(chainX, keep)), UNSUPPORTED)
    }
    for (const version of [4, 5, 6]) {
      assert.deepStrictEqual(left(ofVersion(version, storedChain(chainX, [1, 2])), removal(chainX, keep)), [
        [web, [chainX, 2]]
      ])
    }
    assert.strictEqual(left(ofVersion(5, tib(chainX, [1, 2])), removal(`${chainX}.2`, keep)), UNSUPPORTED)
    assert.deepStrictEqual(left(ofVersion(5, tib(chainX, [1, 2])), removal(`${chainX}.2`)), [[web, [chainX, 1]]])
  })

  it("5 before 6 and 7: an old chain is refused for any number, even a single backup", () => {
    assert.strictEqual(left(ofVersion(3, storedChain(chainX, [1, 2])), removal(`${chainX}.9`, keep)), UNSUPPORTED)
    assert.strictEqual(left(ofVersion(3, storedChain(chainX, [1])), removal(chainX, keep)), UNSUPPORTED)
  })

  it("6: keep-chain refuses a number that is not there", () => {
    for (const suffix of [".9", ".0", ".abc", ".", ".2.3", ".4294967297"]) {
      assert.strictEqual(left(store, removal(chainX + suffix, keep)), NO_SUCH_NUMBER, suffix)
    }
    assert.strictEqual(left(store, removal(chainY, keep)), NO_SUCH_NUMBER)
    assert.strictEqual(left(store, removal(`${chainC}.2`, keep)), NO_SUCH_NUMBER)
  })

  it("7: the only backup of an environment is removed with the whole directory", () => {
    for (const asked of [removal(chainC), removal(chainC, keep), removal(`${chainC}.9`), removal(`${chainC}.x`)]) {
      assert.deepStrictEqual(left(store, asked), [[web, X, Y]])
    }
  })

  it("8: keep-chain removes one backup only", () => {
    assert.deepStrictEqual(left(store, removal(chainX, keep)), [[web, [chainX, 2, 3, 4], Y], C])
    assert.deepStrictEqual(left(store, removal(`${chainX}.3`, keep)), [[web, [chainX, 1, 2, 4], Y], C])
    assert.deepStrictEqual(left(store, removal(`${chainX}.4`, keep)), [[web, [chainX, 1, 2, 3], Y], C])
    assert.deepStrictEqual(left(store, removal(`${chainY}.3`, keep)), [[web, X, [chainY, 4, 6]], C])
  })

  it("9: a number that does not exist, or is invalid, destroys the whole chain", () => {
    for (const suffix of [".99", ".0", ".abc", ".", ".2.3", ".-1", ".4294967297"]) {
      assert.deepStrictEqual(left(store, removal(chainX + suffix)), [[web, Y], C], suffix)
    }
    for (const id of [chainY, `${chainY}.1`, `${chainY}.5`]) {
      assert.deepStrictEqual(left(store, removal(id)), [[web, X], C])
    }
  })

  it("10: a head in any spelling of its number is removed with its whole chain", () => {
    for (const id of [chainX, `${chainX}.1`, `${chainX}.01`, `${chainX}.+1`]) {
      assert.deepStrictEqual(left(store, removal(id)), [[web, Y], C])
    }
    assert.deepStrictEqual(left(store, removal(`${chainY}.3`)), [[web, X], C])
    const lone = { environments: [storedEnvironment(web, [storedChain(chainX, [1, 2])])] }
    assert.deepStrictEqual(left(lone, removal(chainX)), [[web]])
  })

  it("11: an incremental is removed with all later ones, and LastNumber stays", () => {
    assert.deepStrictEqual(left(store, removal(`${chainX}.3`)), [[web, [chainX, 1, 2], Y], C])
    assert.deepStrictEqual(left(store, removal(`${chainX}. 4`)), [[web, [chainX, 1, 2, 3], Y], C])
    assert.deepStrictEqual(left(store, removal(`${chainY}.4`)), [[web, X, [chainY, 3]], C])
    assert.strictEqual(chainAfter(removal(`${chainX}.3`)).lastNumber, 4)
  })
})

const listed = (where: BackupStore.BackupStore): BackupTree.BackupTree =>
  ServerModel.exactSelect(where, BackupTreeRequest.everything)

const chainAfter = (asked: ServerModel.Removal, where = store): BackupTree.BackupChain => {
  const chains = listed(Result.getOrThrow(ServerModel.remove(where, asked))).environments.flatMap(({ chains }) =>
    chains
  )
  return chains.find(({ uuid }) => asked.id.startsWith(uuid)) ?? assert.fail("the chain is gone")
}

describe("the keep-chain table of SEMANTICS 4.2", () => {
  const disks = { list: [], kept: [] }
  const link = incremental(chainX, 2, {
    host: "hn2.example.com",
    serverUuid: stranger,
    dateTime: "2024-03-09 02:00:00",
    creator: "backup",
    description: "own",
    size: 7n,
    originalSize: 5n,
    images: ["a.2.qcow2"],
    bundlePermissions: 1,
    flags: 4097,
    type: "d",
    disks,
    kept: [{ position: 0, element: { name: "Quota", attributes: [], children: [] } }]
  })
  const where: BackupStore.BackupStore = BackupStore.fromTree(tree(literals.environment(web, [
    literals.chain(chainX, [1], {
      head: full(chainX, { flags: 2049, originalSize: 4n }),
      incrementals: [link, incremental(chainX, 3), incremental(chainX, 4)]
    }),
    literals.chain(chainY, [1], { head: full(chainY, { dateTime: "2024-03-08 02:00:00" }) })
  ])))

  it("a head: the next backup is rewritten as the head, with flags and LastNumber of the old one", () => {
    const { head, incrementals, lastNumber, uuid } = chainAfter(removal(chainX, keep), where)
    assert.deepStrictEqual(head, {
      _tag: "FullBackup",
      id: `${chainX}.2`,
      host: "hn2.example.com",
      serverUuid: stranger,
      dateTime: "2024-03-09 02:00:00",
      creator: "backup",
      description: "own",
      size: 0n,
      originalSize: 9n,
      images: ["a.2.qcow2"],
      bundlePermissions: 1,
      flags: 2049,
      type: "f",
      disks,
      kept: []
    })
    assert.deepStrictEqual([uuid, lastNumber, incrementals.map(({ number }) => number)], [chainX, 4, [3, 4]])
  })

  it("a head: the date of the next one can make the chain the newest", () => {
    const order = (where: BackupStore.BackupStore) => listed(where).environments[0]!.chains.map(({ uuid }) => uuid)
    assert.deepStrictEqual(order(where), [chainX, chainY])
    assert.deepStrictEqual(order(Result.getOrThrow(ServerModel.remove(where, removal(chainX, keep)))), [chainY, chainX])
  })

  it("a head: sums of OriginalSize stay 64 bits wide", () => {
    const most = 2n ** 64n - 1n
    const huge = BackupStore.fromTree(tree(literals.environment(web, [
      literals.chain(chainX, [1], {
        head: full(chainX, { originalSize: most }),
        incrementals: [incremental(chainX, 2, { originalSize: 2n })]
      })
    ])))
    assert.strictEqual(chainAfter(removal(chainX, keep), huge).head.originalSize, 1n)
  })

  it("a middle one: the next keeps all but its size, and a gap is left", () => {
    const { head, incrementals, lastNumber } = chainAfter(removal(`${chainX}.2`, keep), where)
    assert.deepStrictEqual(incrementals, [incremental(chainX, 3, { size: 0n }), incremental(chainX, 4)])
    assert.deepStrictEqual([head.id, head.originalSize, lastNumber], [chainX, 4n, 4])
  })

  it("the last: it is gone, and LastNumber stays", () => {
    const { incrementals, lastNumber } = chainAfter(removal(`${chainX}.4`, keep), where)
    assert.deepStrictEqual([incrementals, lastNumber], [[link, incremental(chainX, 3)], 4])
  })

  it("the only one next to other chains: an empty directory remains, which is no longer a chain", () => {
    const two = { environments: [storedEnvironment(web, [storedChain(chainX, [1]), storedChain(chainY, [1])])] }
    const after = Result.getOrThrow(ServerModel.remove(two, removal(chainX, keep)))
    assert.deepStrictEqual(short(after), [[web, [chainX], [chainY, 1]]])
    assert.strictEqual(left(after, removal(chainX, { vmUuid: web })), NOT_FOUND)
    // The other is the only backup now, as row 7 sees it.
    assert.deepStrictEqual(left(after, removal(chainY)), [])
  })
})

describe("a store in a bad state", () => {
  const damaged = (numbers: ReadonlyArray<number>, bad: number): BackupStore.BackupStore => {
    const chain = storedChain(chainX, numbers)
    const items = chain.items.map((item): BackupStore.StoredItem =>
      item.number === bad ? { number: bad, content: { _tag: "Damaged" } } : item
    )
    return { environments: [storedEnvironment(web, [{ ...chain, items }])] }
  }

  it("counts damaged backups, and removes them", () => {
    assert.deepStrictEqual(left(damaged([1, 2, 3], 2), removal(`${chainX}.2`)), [[web, [chainX, 1]]])
    assert.deepStrictEqual(left(damaged([1, 2, 3], 2), removal(`${chainX}.2`, keep)), [[web, [chainX, 1, 3]]])
    assert.deepStrictEqual(left(damaged([1, 2], 2), removal(chainX)), [[web]])
  })

  it("cannot merge into a backup that cannot be read, or out of such a head", () => {
    for (const [where, id] of [[damaged([1, 2, 3], 2), chainX], [damaged([1, 2, 3], 3), `${chainX}.2`]] as const) {
      assert.strictEqual(left(where, removal(id, keep)), "PRL_ERR_PARSE_VM_CONFIG")
    }
    assert.strictEqual(left(damaged([1, 2], 1), removal(chainX, { vmUuid: web, ...keep })), "PRL_ERR_PARSE_VM_CONFIG")
  })

  it("finds no chain without its environment that no listing shows", () => {
    const headless = damaged([1, 2], 1)
    assert.strictEqual(left(headless, removal(chainX)), NOT_FOUND)
    assert.deepStrictEqual(left(headless, removal(chainX, { vmUuid: web })), [[web]])
  })

  it("treats an unreadable chain as unknown, and keeps it in row 7", () => {
    const secret = storedChain(chainY, [1], { readable: false })
    const shared = { environments: [storedEnvironment(web, [storedChain(chainX, [1]), secret])] }
    assert.strictEqual(left(shared, removal(chainY, { vmUuid: web })), NOT_FOUND)
    assert.deepStrictEqual(left(shared, removal(chainX)), [[web, [chainY, 1]]])
  })

  it("finds by what files say, and removes by the names of directories", () => {
    const moved = { environments: [storedEnvironment(web, [{ ...storedChain(chainX, [1, 2]), directory: chainY }])] }
    assert.strictEqual(left(moved, removal(chainX)), NOT_FOUND)
    assert.strictEqual(left(moved, removal(chainY)), NOT_FOUND)
    assert.deepStrictEqual(left(moved, removal(chainY, { vmUuid: web })), [[web]])
  })

  it("has no version without the metadata of the environment", () => {
    const unnamed = { environments: [storedEnvironment(web, [storedChain(chainX, [1, 2])], { metadata: undefined })] }
    assert.strictEqual(left(unnamed, removal(chainX, { vmUuid: web, ...keep })), UNSUPPORTED)
    assert.deepStrictEqual(left(unnamed, removal(`${chainX}.2`, { vmUuid: web })), [[web, [chainX, 1]]])
  })
})

describe("laws", () => {
  const idsOf = (where: BackupStore.BackupStore): ReadonlyArray<string> =>
    listed(where).environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map(({ id }) => id)

  it.prop(
    "a removal adds nothing, and leaves the other environments alone",
    [Arbitraries.anyListedRemoval, Arbitraries.unlistedRemoval],
    ([listed, unlisted]) => {
      for (const { removal, store } of [listed, unlisted]) {
        const result = ServerModel.remove(store, removal)
        if (Result.isFailure(result)) continue
        const before = new Set(idsOf(store))
        assert.isTrue(idsOf(result.success).every((id) => before.has(id)))
        const kept = store.environments.filter((environment) => result.success.environments.includes(environment))
        assert.isAtLeast(kept.length, store.environments.length - 1)
      }
    }
  )

  it.prop(
    "ignoring what does not exist changes only that one result",
    [Arbitraries.listedRemoval, Arbitraries.unlistedRemoval],
    ([listed, unlisted]) => {
      for (const { removal, store } of [listed, unlisted]) {
        const strict = ServerModel.remove(store, removal)
        const unknown = Result.isFailure(strict)
          && strict.failure === ReturnCode.codes.PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND
        assert.deepStrictEqual(
          ServerModel.remove(store, { ...removal, ignoreNotExists: true }),
          unknown ? Result.succeed(store) : strict
        )
      }
    }
  )

  it.prop(
    "keep-chain removes the one backup, or is refused",
    [Arbitraries.listedRemoval],
    ([{ removal, store }]) => {
      const result = ServerModel.remove(store, { ...removal, keepChain: true })
      if (Result.isFailure(result)) {
        return assert.strictEqual(result.failure, ReturnCode.codes.PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN)
      }
      assert.deepStrictEqual(
        idsOf(result.success).toSorted(),
        idsOf(store).filter((id) => id !== removal.id).toSorted()
      )
    }
  )
})
