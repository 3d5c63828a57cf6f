import { assert, describe, it } from "@effect/vitest"
import { check, found, head, inChain } from "../support/findings.ts"
import { chain, chainX, chainY, environment, full, incremental, stranger, web } from "../support/treeLiterals.ts"

const second = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const bare = (uuid: string) => uuid.slice(1, -1)

describe("I01, uuids of environments", () => {
  const one = environment(web, [chain(chainX, [1])])

  it("are in braces, in any case", () => {
    assert.deepStrictEqual(found({ ...one, uuid: web.toUpperCase() }), [])
    for (const uuid of ["", "junk", "{junk}", bare(web), `(${bare(web)})`, ` ${web}`]) {
      assert.deepStrictEqual(found({ ...one, uuid }), ["I01 VmItem[1]"])
    }
  })

  it("are unique without regard to case", () => {
    const twin = environment(web.toUpperCase(), [chain(chainY, [1])])
    assert.deepStrictEqual(found(one, environment(second, []), twin), ["I01 VmItem[1]", "I01 VmItem[3]"])
    assert.deepStrictEqual(check(one, twin).map(({ message }) => message), [
      `environment uuid ${web} also stands at VmItem[2]`,
      `environment uuid ${web} also stands at VmItem[1]`
    ])
  })

  it("count how often they stand elsewhere", () => {
    const copies = [one, { ...one, chains: [] }, { ...one, chains: [] }]
    assert.deepStrictEqual(check(...copies).map(({ message }) => message), [
      `environment uuid ${web} also stands at VmItem[2] and 1 more`,
      `environment uuid ${web} also stands at VmItem[1] and 1 more`,
      `environment uuid ${web} also stands at VmItem[1] and 1 more`
    ])
  })
})

describe("I03, uuids of chains", () => {
  it("are in braces, in any case", () => {
    assert.deepStrictEqual(inChain(chain(chainX.toUpperCase(), [1, 2])), [])
    assert.deepStrictEqual(inChain({ ...chain(chainX, [1, 2]), uuid: bare(chainX) }), [`I03 ${head}`])
    assert.deepStrictEqual(inChain({ ...chain("junk", [1]), uuid: "junk" }), [`I03 ${head}`])
  })

  it("are unique over the whole tree, without regard to case", () => {
    const copy = { ...chain(chainX, [7]), uuid: chainX.toUpperCase() }
    assert.deepStrictEqual(found(environment(web, [chain(chainX, [1])]), environment(second, [copy])), [
      "I03 VmItem[1]/BackupItem[1]",
      "I03 VmItem[2]/BackupItem[1]"
    ])
  })
})

describe("I04, ids of heads", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { head: full(id) }))

  it("are the chain's uuid, or that with a number from 2", () => {
    for (const id of [chainX, bare(chainX).toUpperCase(), `${chainX}.2`, `${chainX.toUpperCase()}.4294967295`]) {
      assert.deepStrictEqual(withId(id), [], id)
    }
  })

  it("are of no other chain and have no other number, nor another spelling of it", () => {
    const odd = [
      chainY,
      `${chainY}.2`,
      "",
      ".2",
      "junk",
      ...[".0", ".1", ".02", ".+2", ". 2", ".abc", ".2.3", ".", ".4294967296"].map((end) => chainX + end)
    ]
    for (const id of odd) assert.deepStrictEqual(withId(id), [`I04 ${head}`], id)
  })
})

describe("I05, ids of incrementals", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { incrementals: [incremental(chainX, 3, { id })] }))

  it("are the chain's uuid and their number, the uuid in any spelling", () => {
    for (const id of [`${chainX}.3`, `${bare(chainX)}.3`, `${chainX.toUpperCase()}.3`]) {
      assert.deepStrictEqual(withId(id), [], id)
    }
  })

  it("have their number as it is written, and the uuid of their own chain", () => {
    const odd = [
      chainX,
      `${chainX}.2`,
      `${chainX}.03`,
      `${chainX}.+3`,
      `${chainX}.3 `,
      `${chainX}.3.3`,
      `${chainY}.3`,
      "",
      ".3"
    ]
    for (const id of odd) {
      const path = `${head}/PartialBackupItem[1]`
      assert.deepStrictEqual(
        withId(id),
        id === chainX ? [`I05 ${path}`, `I06 ${head}`, `I06 ${path}`] : [`I05 ${path}`],
        id
      )
    }
  })
})

describe("I06, ids of backups", () => {
  const ids = (...ids: ReadonlyArray<string>) =>
    check(environment(web, ids.map((id, index) => chain([chainX, chainY, stranger][index]!, [1], { head: full(id) }))))
      .filter(({ rule }) => rule === "I06").map(({ path }) => path)

  it("are unique over the whole tree, in whatever spelling", () => {
    const pairs = [
      [chainX, chainX],
      [chainX, `${chainX}.1`],
      [`${chainX}.2`, `${chainX}.02`],
      [`${chainX}.2`, `${bare(chainX).toUpperCase()}.+2`],
      ["JUNK", "junk"]
    ] as const
    for (const [one, two] of pairs) {
      assert.deepStrictEqual(ids(one, two), ["VmItem[1]/BackupItem[1]", "VmItem[1]/BackupItem[2]"])
    }
  })

  it("differ where number or chain does", () => {
    assert.deepStrictEqual(ids(chainX, `${chainX}.2`, `${chainY}.2`), [])
  })
})

describe("I07, numbers", () => {
  const numbers = (head: string, ...numbers: ReadonlyArray<number>) =>
    inChain(
      chain(chainX, [1], { head: full(head), incrementals: numbers.map((number) => incremental(chainX, number)) })
    )
      .filter((text) => text.startsWith("I07"))
  const link = (position: number) => `I07 ${head}/PartialBackupItem[${position}]`

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

describe("I10, LastNumber", () => {
  const withLast = (numbers: ReadonlyArray<number>, lastNumber: number) =>
    inChain(chain(chainX, numbers, { lastNumber }))

  it("is not below the greatest number, and may be above it", () => {
    assert.deepStrictEqual(withLast([1, 2, 3], 3), [])
    assert.deepStrictEqual(withLast([1, 2, 3], 9), [])
    assert.deepStrictEqual(withLast([1, 2, 3], 2), [`I10 ${head}`])
    assert.deepStrictEqual(withLast([3, 4, 6], 5), [`I10 ${head}`])
  })

  it("is 0 where there has been nothing but the full backup", () => {
    assert.deepStrictEqual(withLast([1], 0), [])
    assert.deepStrictEqual(withLast([1], 4), [])
  })

  it("covers a promoted head that stands alone", () => {
    assert.deepStrictEqual(withLast([3], 3), [])
    assert.deepStrictEqual(withLast([3], 2), [`I10 ${head}`])
    assert.deepStrictEqual(withLast([3], 0), [`I10 ${head}`])
  })

  it("may be 0 on data without flags, which is older", () => {
    const old = (flags: ReadonlyArray<number>) =>
      inChain(
        chain(chainX, [1], {
          lastNumber: 0,
          incrementals: flags.map((flags, index) => incremental(chainX, index + 2, { flags }))
        })
      )
    assert.deepStrictEqual(old([0, 0]), [])
    assert.deepStrictEqual(old([0, 4096]), [`I10 ${head}`])
    const promoted = (flags: number) =>
      inChain(chain(chainX, [3], { lastNumber: 0, head: full(`${chainX}.3`, { flags }) }))
    assert.deepStrictEqual(promoted(0), [])
    assert.deepStrictEqual(promoted(2048), [`I10 ${head}`])
  })

  it("is not compared with a head whose number cannot be known", () => {
    assert.deepStrictEqual(
      inChain(chain(chainX, [1], { lastNumber: 0, head: full(`${chainY}.9`) })).filter((text) =>
        text.startsWith("I10")
      ),
      []
    )
  })
})
