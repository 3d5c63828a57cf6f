import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as NextBackup from "../../src/server/NextBackup.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import { chain, chainX, chainY, environment, full, incremental, stranger, web } from "../support/treeLiterals.ts"

const next = (...chains: ReadonlyArray<Readonly<Parameters<typeof chain>>>) =>
  NextBackup.nextBackup(environment(web, chains.map((args) => chain(...args))))

const dated = (uuid: string, dateTime: string, id = uuid) => ({ head: full(id, { dateTime }) })

describe("nextBackup", () => {
  it("is full if there is no chain", () => {
    assert.deepStrictEqual(next(), { _tag: "Full", why: "no-chain" })
  })

  it("is the number after the greatest, with or without gaps and promoted heads", () => {
    assert.deepStrictEqual(next([chainX, [1]]), { _tag: "Incremental", chain: chainX, number: 2 })
    assert.deepStrictEqual(next([chainX, [1, 2, 3]]), { _tag: "Incremental", chain: chainX, number: 4 })
    assert.deepStrictEqual(next([chainY, [3, 4, 6]]), { _tag: "Incremental", chain: chainY, number: 7 })
    assert.deepStrictEqual(next([chainY, [6]]), { _tag: "Incremental", chain: chainY, number: 7 })
  })

  it("is full if the newest backup is gone and LastNumber still counts it", () => {
    assert.deepStrictEqual(next([chainX, [1, 2], { lastNumber: 3 }]), {
      _tag: "Full",
      why: "newest-lost",
      chain: chainX
    })
    assert.deepStrictEqual(next([chainX, [1], { lastNumber: 2 }])._tag, "Full")
    // It was never so low; the server compares for equality.
    assert.deepStrictEqual(next([chainX, [1, 2, 3], { lastNumber: 2 }])._tag, "Full")
  })

  it("is incremental if LastNumber was never written", () => {
    assert.deepStrictEqual(next([chainX, [1, 2], { lastNumber: 0 }]), { _tag: "Incremental", chain: chainX, number: 3 })
  })

  it("is full after a chain of .tib images", () => {
    const head = full(chainX, { images: ["a.tib"] })
    assert.deepStrictEqual(next([chainX, [1, 2], { head }]), { _tag: "Full", why: "legacy-chain", chain: chainX })
  })

  it("extends the chain of the newest head, even if the newest backup is in another chain", () => {
    const links = [incremental(chainX, 2, { dateTime: "2025-01-01 00:00:00" })]
    const older = [chainX, [1], { ...dated(chainX, "2024-03-01 00:00:00"), incrementals: links }] as const
    const newer = [chainY, [1], dated(chainY, "2024-03-02 00:00:00")] as const
    for (const chains of [[older, newer], [newer, older]]) {
      assert.deepStrictEqual(next(...chains), { _tag: "Incremental", chain: chainY, number: 2 })
    }
  })

  it("ranks undated heads oldest, and those that only this library can read", () => {
    for (const dateTime of ["", "yesterday", "2030-01-01T00:00:00Z", "2030-02-30 00:00:00"]) {
      const undated = [chainY, [1], dated(chainY, dateTime)] as const
      assert.strictEqual(NextBackup.newestChain(environment(web, [chain(...undated)]))?.uuid, chainY)
      const dated1999 = [chainX, [1], dated(chainX, "1999-01-01 00:00:00")] as const
      assert.deepStrictEqual(next(undated, dated1999), { _tag: "Incremental", chain: chainX, number: 2 })
    }
  })

  it("extends the last chain by uuid if heads have the same age, dated or not", () => {
    const upper = chainY.toUpperCase()
    for (const dateTime of ["2024-03-01 00:00:00", ""]) {
      const chains = [chainX, upper, stranger].map((uuid) => chain(uuid, [1], dated(uuid, dateTime)))
      for (const order of [chains, chains.toReversed(), [chains[1]!, chains[2]!, chains[0]!]]) {
        assert.strictEqual(NextBackup.newestChain(environment(web, order))?.uuid, stranger)
      }
      const lower = chain(chainX.replace("{0", "{b"), [1], dated(chainX, dateTime))
      const shouting = chain(stranger.toUpperCase(), [1], dated(stranger, dateTime))
      assert.strictEqual(NextBackup.newestChain(environment(web, [shouting, lower]))?.uuid, shouting.uuid)
    }
  })

  it("is unknown if a lone head has an id of another chain", () => {
    assert.deepStrictEqual(next([chainX, [1], { head: full(`${chainY}.3`) }]), { _tag: "Unknown", chain: chainX })
    assert.deepStrictEqual(next([chainX, [1, 2], { head: full(chainY) }]), {
      _tag: "Incremental",
      chain: chainX,
      number: 3
    })
  })

  it.prop("is defined on every tree, and can be shown", [Arbitraries.tree], ([tree]) => {
    for (const environment of tree.environments) {
      const text = NextBackup.print(NextBackup.nextBackup(environment))
      assert.strictEqual(PrintableText.escape(text), text)
    }
  })
})

describe("print", () => {
  it("describes the next backup, and why it is a full one", () => {
    assert.strictEqual(NextBackup.print(next([chainX, [1]])), `incremental ${chainX}.2`)
    assert.strictEqual(NextBackup.print(next()), "a full backup, because there is no chain yet")
    assert.strictEqual(
      NextBackup.print(next([chainX, [1], { lastNumber: 2 }])),
      `a full backup, because the newest backup of chain ${chainX} is missing`
    )
    assert.include(NextBackup.print({ _tag: "Full", why: "legacy-chain", chain: chainX }), "older version")
    assert.include(NextBackup.print({ _tag: "Unknown", chain: "a\u001b" }), "a\\e")
  })
})
