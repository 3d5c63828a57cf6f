import { assert, describe, it } from "@effect/vitest"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { answer, breaches, breachesIn, brief, check, findingsOf, head, link, unknown } from "../../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  environment,
  full,
  incremental,
  listing,
  tree,
  web
} from "../../support/treeLiterals.ts"

describe("I07, numbers", () => {
  const numbers = (head: string, ...numbers: ReadonlyArray<number>) =>
    breachesIn(
      "I07",
      environment(web, [
        chain(chainX, [1], { head: full(head), incrementals: numbers.map((number) => incremental(chainX, number)) })
      ])
    )

  it("ascend from 2 or from the head's, with gaps", () => {
    assert.deepStrictEqual(numbers(chainX, 2, 3, 4), [])
    assert.deepStrictEqual(numbers(chainX, 2, 7, 4_294_967_295), [])
    assert.deepStrictEqual(numbers(`${chainX}.3`, 4, 6), [])
  })

  it("do not stand still, go back, or begin below 2", () => {
    assert.deepStrictEqual(numbers(chainX, 2, 2), [link(2)])
    assert.deepStrictEqual(numbers(chainX, 3, 2, 4), [link(2)])
    assert.deepStrictEqual(numbers(chainX, 0), [link(1)])
    assert.deepStrictEqual(numbers(chainX, 1, 2), [link(1)])
  })

  it("are greater than the head's", () => {
    assert.deepStrictEqual(numbers(`${chainX}.3`, 2, 3, 4), [link(1), link(2)])
  })

  it("take a head whose number is unknown for 1", () => {
    assert.deepStrictEqual(numbers(`${chainY}.9`, 2, 3), [])
    assert.deepStrictEqual(numbers(`${chainY}.9`, 1), [link(1)])
  })
})

describe("I09, LastNumber of the newest chain", () => {
  const older = chain(chainX, [1, 2, 3], { head: full(chainX, { dateTime: "2024-03-01 02:00:00" }) })
  const newer = chain(chainY, [1, 2, 3], { head: full(chainY, { dateTime: "2024-03-08 02:00:00" }) })
  const ahead = (chain: BackupTree.BackupChain): BackupTree.BackupChain => ({ ...chain, lastNumber: 5 })
  const I09 = (...chains: ReadonlyArray<BackupTree.BackupChain>) => breachesIn("I09", environment(web, chains))

  it("is its greatest number, or 0", () => {
    assert.deepStrictEqual(I09(older, newer), [])
    assert.deepStrictEqual(I09(older, ahead(newer)), ["VmItem[1]/BackupItem[2]"])
    assert.deepStrictEqual(I09(older, { ...newer, lastNumber: 0 }), [])
    assert.deepStrictEqual(I09(older, { ...newer, lastNumber: 2 }), ["VmItem[1]/BackupItem[2]"])
    assert.deepStrictEqual(I09(chain(chainX, [3], { lastNumber: 4 })), [head])
    assert.deepStrictEqual(I09(chain(chainX, [1], { lastNumber: 2 })), [head])
  })

  it("may be anything in another chain: the next backup does not go there", () => {
    assert.deepStrictEqual(I09(ahead(older), newer), [])
    assert.deepStrictEqual(I09(newer, ahead(older)), [])
  })

  it("is judged in the chain that the server ranks last", () => {
    const dated = (self: BackupTree.BackupChain, dateTime: string) => ({ ...self, head: { ...self.head, dateTime } })
    // An undated head, and one that only a person can read, rank oldest; of equals the last uuid is taken.
    assert.deepStrictEqual(I09(ahead(older), dated(newer, "")), [head])
    assert.deepStrictEqual(I09(ahead(older), dated(newer, "2024-03-08T02:00:00Z")), [head])
    assert.deepStrictEqual(I09(dated(older, ""), dated(ahead(newer), "")), ["VmItem[1]/BackupItem[2]"])
    assert.deepStrictEqual(I09(dated(ahead(newer), ""), dated(older, "")), [head])
    assert.deepStrictEqual(I09(dated(ahead(older), newer.head.dateTime), newer), [])
  })

  it("is checked in a complete response only", () => {
    const tree1 = tree(environment(web, [ahead(newer)]))
    assert.deepStrictEqual(breaches("I09", unknown(...tree1.environments)), [])
    assert.deepStrictEqual(breaches("I09", answer({ _tag: "Backup", id: `${chainY}.3` }, tree1)), [])
    assert.deepStrictEqual(breaches("I09", answer({ _tag: "Chain", id: chainY }, tree1)), [])
    assert.deepStrictEqual(breaches("I09", answer({ _tag: "Environment", uuid: web }, tree1)), [head])
    assert.deepStrictEqual(breaches("I09", answer({ _tag: "Everything" }, tree1)), [head])
  })

  it("is not compared with a head whose number cannot be known", () => {
    assert.deepStrictEqual(I09(chain(chainX, [1], { head: full(`${chainY}.9`), lastNumber: 9 })), [])
  })

  it("is a warning that states what the next backup will be", () => {
    const [finding] = check(environment(web, [ahead(newer)]))
    assert.deepStrictEqual(brief(finding!), [
      "I09",
      "warning",
      head,
      "LastNumber is 5, but the greatest number of this newest chain is 3"
    ])
    assert.strictEqual(finding!.subject.backup, chainY)
  })
})

describe("I10, LastNumber", () => {
  const breaksI10 = (chain: BackupTree.BackupChain) => breachesIn("I10", environment(web, [chain]))
  const withLast = (numbers: ReadonlyArray<number>, lastNumber: number) =>
    breaksI10(chain(chainX, numbers, { lastNumber }))

  it("is not below the greatest number, and may be above it", () => {
    assert.deepStrictEqual(withLast([1, 2, 3], 3), [])
    assert.deepStrictEqual(withLast([1, 2, 3], 9), [])
    assert.deepStrictEqual(withLast([1, 2, 3], 2), [head])
    assert.deepStrictEqual(withLast([3, 4, 6], 5), [head])
  })

  it("is 0 where there has been nothing but the full backup", () => {
    assert.deepStrictEqual(withLast([1], 0), [])
    assert.deepStrictEqual(withLast([1], 4), [])
  })

  it("covers a lone promoted head", () => {
    assert.deepStrictEqual(withLast([3], 3), [])
    assert.deepStrictEqual(withLast([3], 2), [head])
    assert.deepStrictEqual(withLast([3], 0), [head])
  })

  it("may be 0 on data without flags, which is older", () => {
    const old = (flags: ReadonlyArray<number>) =>
      breaksI10(
        chain(chainX, [1], {
          lastNumber: 0,
          incrementals: flags.map((flags, index) => incremental(chainX, index + 2, { flags }))
        })
      )
    assert.deepStrictEqual(old([0, 0]), [])
    assert.deepStrictEqual(old([0, 4096]), [head])
    const promoted = (flags: number) =>
      breaksI10(chain(chainX, [3], { lastNumber: 0, head: full(`${chainX}.3`, { flags }) }))
    assert.deepStrictEqual(promoted(0), [])
    assert.deepStrictEqual(promoted(2048), [head])
  })

  it("is not compared with a head whose number cannot be known", () => {
    assert.deepStrictEqual(
      breaksI10(chain(chainX, [1], { lastNumber: 0, head: full(`${chainY}.9`) })),
      []
    )
  })
})

describe("I11, gaps", () => {
  const I11 = (numbers: ReadonlyArray<number>) => breachesIn("I11", environment(web, [chain(chainX, numbers)]))
  const say = (numbers: ReadonlyArray<number>) => check(environment(web, [chain(chainX, numbers)]))[0]!.message

  it("are what is missing between two numbers", () => {
    assert.deepStrictEqual(I11([1, 2, 3]), [])
    assert.deepStrictEqual(I11([1, 3]), [head])
    assert.deepStrictEqual(I11([1, 2, 4, 5]), [head])
  })

  it("do not include the numbers before a promoted head", () => {
    assert.deepStrictEqual(I11([3]), [])
    assert.deepStrictEqual(I11([3, 4, 5]), [])
    assert.deepStrictEqual(I11([3, 4, 6]), [head])
  })

  it("are one finding a chain, which names them", () => {
    assert.strictEqual(say([1, 3]), "the chain is missing number 2")
    assert.strictEqual(say([1, 4, 6]), "the chain is missing numbers 2 to 3, 5")
    assert.strictEqual(say([1, 3, 5, 7, 9, 11]), "the chain is missing numbers 2, 4, 6, 8, 10")
    assert.strictEqual(say([1, 3, 5, 7, 9, 11, 13, 15]), "the chain is missing numbers 2, 4, 6, 8, 10 and 2 more gaps")
  })

  it("are no matter of order: that is I07", () => {
    assert.deepStrictEqual(I11([1, 3, 2, 4]), [])
    assert.deepStrictEqual(I11([4, 2, 5]), [])
  })

  it("are not looked for before the first incremental of a head whose number cannot be known", () => {
    const withHead = (numbers: ReadonlyArray<number>) =>
      breachesIn("I11", environment(web, [{ ...chain(chainX, [1, ...numbers]), head: full(`${chainY}.9`) }]))
    assert.deepStrictEqual(withHead([5, 6]), [])
    assert.deepStrictEqual(withHead([5, 7]), [head])
  })

  it("are reported as info, in a complete response only", () => {
    const gappy = environment(web, [chain(chainX, [1, 2, 4])])
    assert.deepStrictEqual(
      findingsOf(answer({ _tag: "Everything" }, tree(gappy))).map(({ rule, severity }) => [
        rule,
        severity
      ]),
      [["I11", "info"]]
    )
    assert.deepStrictEqual(findingsOf(unknown(gappy)), [])
    assert.deepStrictEqual(findingsOf(answer({ _tag: "Backup", id: `${chainX}.4` }, tree(gappy))), [])
    assert.deepStrictEqual(findingsOf(answer({ _tag: "Chain", id: `${chainX}.4` }, tree(gappy))), [])
  })
})

describe("I12, gaps and promoted heads of old chains", () => {
  const gappy = chain(chainX, [1, 3])
  const promoted = chain(chainX, [3, 4])
  const tib = (self: BackupTree.BackupChain): BackupTree.BackupChain => ({
    ...self,
    head: { ...self.head, images: ["a.tib"], disks: undefined }
  })
  const I12 = (self: BackupTree.BackupChain, version: number) =>
    breachesIn("I12", environment(web, [self], { version }))

  it("are not possible before version 4", () => {
    for (const version of [0, 1, 2, 3]) {
      assert.deepStrictEqual(I12(gappy, version), [head])
      assert.deepStrictEqual(I12(promoted, version), [head])
      assert.deepStrictEqual(I12(chain(chainX, [1, 2, 3]), version), [])
    }
    for (const version of [4, 5]) {
      assert.deepStrictEqual(I12(gappy, version), [])
      assert.deepStrictEqual(I12(promoted, version), [])
    }
  })

  it("are not possible in a .tib chain, whatever version an upgrade has written", () => {
    assert.deepStrictEqual(I12(tib(gappy), 5), [head])
    assert.deepStrictEqual(I12(tib(promoted), 5), [head])
    assert.deepStrictEqual(I12(tib(chain(chainX, [1, 2])), 5), [])
  })

  it("are one finding a chain", () => {
    const both = check(environment(web, [chain(chainX, [3, 4, 6])], { version: 3 })).find(({ rule }) => rule === "I12")!
    assert.deepStrictEqual(brief(both), [
      "I12",
      "warning",
      head,
      "the chain has version 3, but begins with number 3 and is missing number 5"
    ])
  })

  it("a gap is reported in a complete response only, a promoted head in any", () => {
    const partial = (self: BackupTree.BackupChain) =>
      answer({ _tag: "Backup", id: `${chainX}.3` }, tree(environment(web, [self], { version: 0 })))
    assert.deepStrictEqual(breaches("I12", partial(gappy)), [])
    assert.deepStrictEqual(breaches("I12", unknown(environment(web, [gappy], { version: 0 }))), [])
    assert.deepStrictEqual(breaches("I12", partial(promoted)), [head])
    assert.deepStrictEqual(breaches("I12", unknown(environment(web, [promoted], { version: 0 }))), [head])
  })

  it("are not seen in a head whose number cannot be known", () => {
    assert.deepStrictEqual(I12({ ...chain(chainX, [1, 2]), head: full(`${chainY}.9`) }, 3), [])
  })
})

describe("I41, the length of a chain", () => {
  const three = tree(environment(web, [chain(chainX, [1, 2, 3]), chain(chainY, [1])]))

  it("counts the full backup, and may reach the limit", () => {
    assert.deepStrictEqual(breaches("I41", listing(three), { maxChainLength: 3 }), [])
    assert.deepStrictEqual(breaches("I41", listing(three), { maxChainLength: 2 }), [head])
    assert.deepStrictEqual(breaches("I41", listing(three), { maxChainLength: 0 }), [head, "VmItem[1]/BackupItem[2]"])
  })

  it("counts backups, not numbers", () => {
    const gappy = listing(tree(environment(web, [chain(chainX, [1, 40])])))
    assert.deepStrictEqual(breaches("I41", gappy, { maxChainLength: 2 }), [])
  })

  it("is not judged without a limit", () => {
    assert.deepStrictEqual(breaches("I41", listing(three)), [])
  })

  it("is a warning, of partial answers too: what is listed is there", () => {
    const part = answer({ _tag: "Chain", id: chainX }, tree(environment(web, [chain(chainX, [1, 2, 3])])))
    assert.deepStrictEqual(findingsOf(part, { maxChainLength: 2 }).map(brief), [
      ["I41", "warning", head, "the chain has 3 backups; the limit is 2"]
    ])
  })
})
