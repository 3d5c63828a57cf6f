import { assert, describe, it } from "@effect/vitest"
import * as DirectoryReading from "../../src/directory/DirectoryReading.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import {
  readChain,
  readEnvironment,
  reading,
  readingOf,
  unconfigured,
  undescribed,
  withItem
} from "../support/readings.ts"
import { chainX, chainY, stranger } from "../support/treeLiterals.ts"

const bare = { ...readChain(), items: [] }

describe("a directory", () => {
  it("counts as a chain or an environment by its name, or by a backup in it", () => {
    assert.isTrue(DirectoryReading.isChain({ directory: chainX, items: [] }))
    assert.isTrue(DirectoryReading.isChain({ ...readChain(), directory: "old" }))
    assert.isFalse(DirectoryReading.isChain({ directory: "old", items: [] }))
    assert.isTrue(DirectoryReading.isEnvironment(readEnvironment([])))
    assert.isTrue(DirectoryReading.isEnvironment(readEnvironment([readChain()], { directory: "old" })))
    assert.isFalse(DirectoryReading.isEnvironment(readEnvironment([bare], { directory: "old" })))
  })
})

describe("the configured name", () => {
  const named = (names: ReadonlyArray<readonly [name: string, dateTime: string]>) => {
    const chain = readChain()
    const [item] = chain.items
    return DirectoryReading.configuredName({
      chains: [{
        ...chain,
        items: names.map(([name, dateTime]) => ({
          ...item!,
          described: { ...item!.described!, dateTime },
          configuration: { file: "config.pvs", name }
        }))
      }]
    })
  }

  it("is that of the newest configuration, and of the last one among equal dates", () => {
    const [old, young] = ["2024-03-01 02:00:00", "2024-03-02 02:00:00"]
    assert.strictEqual(named([["old", old], ["young", young]]), "young")
    assert.strictEqual(named([["young", young], ["old", old]]), "young")
    assert.strictEqual(named([["first", young], ["last", young]]), "last")
    assert.strictEqual(named([["", young], ["old", old]]), "old")
    assert.isUndefined(named([["", young]]))
  })
})

describe("an environment without a listed backup", () => {
  const why = (more: Partial<DirectoryReading.ReadEnvironment>) =>
    DirectoryReading.whyEmpty(readEnvironment([readChain()], more))

  it("says why", () => {
    assert.isUndefined(why({}))
    assert.strictEqual(why({ chains: [] }), "it has no chains")
    assert.strictEqual(why({ chains: [withItem(readChain(), 1, undescribed)] }), "all its backups are hidden")
    const { metadata } = readEnvironment([])
    assert.strictEqual(why({ metadata: { ...metadata!, vmType: 3 } }), "its kind is 3, which servers do not list")
  })

  it("reports nothing without metadata or without a uuid as the name: that is the reason", () => {
    assert.isUndefined(why({ chains: [], metadata: undefined }))
    assert.isUndefined(why({ chains: [], directory: "old" }))
  })
})

describe("a selection", () => {
  const note = (path: string) => ({ rule: "junk-number" as const, path, message: path })
  const noted = (chain: DirectoryReading.ReadChain): DirectoryReading.ReadChain => ({
    ...chain,
    items: chain.items.map((item) => ({ ...item, notes: [note("Size")] }))
  })

  it("has the notes of what it holds, at their new places", () => {
    const chains = [noted(readChain()), noted(readChain({ uuid: chainY, numbers: [1, 2] }))]
    const whole = reading([readEnvironment(chains, { notes: [note("Version")] })])
    const { notes, tree } = DirectoryReading.select(whole, {
      subject: { _tag: "Backup", id: `${chainY}.2` },
      kinds: "vm"
    })
    assert.deepStrictEqual(tree.environments[0]!.chains.map(({ uuid }) => uuid), [chainY])
    assert.deepStrictEqual(notes.map(({ path }) => path), [
      "VmItem[1]/Version",
      "VmItem[1]/BackupItem[1]/Size",
      "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Size"
    ])
  })

  it("is empty if the query names nothing that a server lists", () => {
    const hidden = readingOf(withItem(readChain(), 2, unconfigured))
    const subjects = [{ _tag: "Environment", uuid: stranger }, { _tag: "Chain", id: "junk" }] as const
    for (const subject of subjects) {
      const { notes, tree } = DirectoryReading.select(hidden, { subject, kinds: "vm+ct" })
      assert.deepStrictEqual([notes, tree.environments], [[], []])
    }
  })

  it.prop("is what the model of a server selects", [hostileReading], ([hostile]) => {
    assert.deepStrictEqual(
      DirectoryReading.select(hostile, BackupTreeRequest.everything).tree,
      ServerModel.exactSelect(hostile, BackupTreeRequest.everything)
    )
  })
})
