import { assert, describe, it } from "@effect/vitest"
import * as ForensicTree from "../../src/directory/ForensicTree.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { listedTree } from "../support/plans.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import {
  inChainX,
  readChain,
  readEnvironment,
  reading,
  skip,
  unconfigured,
  undescribed,
  withItem
} from "../support/readings.ts"
import { assertStored } from "../support/stored.ts"
import { chainX, web } from "../support/treeLiterals.ts"

const marksOf = ({ environments, marks }: ForensicTree.ForensicTree) => [
  ...marks,
  ...environments.flatMap(({ chains, marks }) => [
    ...marks,
    ...chains.flatMap(({ items, marks }) => [...marks, ...items.flatMap(({ marks }) => marks)])
  ])
]

describe("ForensicTree", () => {
  it("puts each mark at what it is about", () => {
    const skips = [
      skip("lost+found", "not-uuid"),
      skip(`${web}/notes`, "not-uuid"),
      skip(inChainX("x.qcow2"), "orphan-image"),
      skip(inChainX("2"), "link-config-missing"),
      skip(inChainX("3/.metadata.libprlcommon_tmp.{1}"), "temp-file")
    ]
    const tree = ForensicTree.fromReading(reading([readEnvironment([withItem(readChain(), 2, unconfigured)])], skips))
    const [environment] = tree.environments
    const [chain] = environment!.chains
    assert.deepStrictEqual(tree.marks, skips.slice(0, 1))
    assert.deepStrictEqual(environment!.marks, skips.slice(1, 2))
    assert.deepStrictEqual(chain!.marks, skips.slice(2, 3))
    assert.deepStrictEqual(chain!.items.map(({ isShown, marks }) => [isShown, ...marks]), [
      [true],
      [false, skips[3]],
      [true, skips[4]]
    ])
    assert.deepStrictEqual(chain!.items.map(({ backup }) => backup?.id), [chainX, `${chainX}.2`, `${chainX}.3`])
  })

  it("hides a chain with its head, and an environment with its metadata", () => {
    const headless = reading([readEnvironment([withItem(readChain(), 1, undescribed)])])
    assert.deepStrictEqual(ForensicTree.fromReading(headless).environments.map(({ isShown }) => isShown), [false])
    const nameless = reading([readEnvironment([readChain()], { metadata: undefined })])
    const [environment] = ForensicTree.fromReading(nameless).environments
    assert.isFalse(environment!.chains.some(({ isShown, items }) => isShown || items.some(({ isShown }) => isShown)))
  })

  it.prop("is the same when it is written and read", { reading: hostileReading }, ({ reading }) => {
    assertStored(ForensicTree.ForensicTree, ForensicTree.fromReading(reading))
  })

  it.prop("shows what a server shows, and loses no mark", { reading: hostileReading }, ({ reading }) => {
    const tree = ForensicTree.fromReading(reading)
    assert.sameMembers([...new Set(marksOf(tree))], [...new Set(reading.skips)])
    const shown = tree.environments.flatMap(({ chains }) =>
      chains.flatMap(({ items }) => items.flatMap(({ backup, isShown }) => isShown && backup ? [backup.id] : []))
    )
    const listed = listedTree(reading).environments.flatMap(({ chains }) =>
      chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id))
    )
    assert.sameMembers(shown, listed)
  })
})
