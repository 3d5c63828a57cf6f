import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as StoredConfiguration from "../../../src/directory/files/StoredConfiguration.ts"

const machine = `<ParallelsVirtualMachine>
 <Identification><VmName>web01</VmName><HomePath>/vz/web01/config.pvs</HomePath></Identification>
 <Hardware><Hdd><EmulatedType>1</EmulatedType><SystemName>harddisk.hdd</SystemName><Size>64</Size></Hdd></Hardware>
</ParallelsVirtualMachine>`

const ofMachine = (text: string | undefined, vmType?: number) =>
  StoredConfiguration.ofMachine(Result.succeed(text), { vmType })

const detailOf = (config: StoredConfiguration.StoredConfiguration) =>
  Result.isFailure(config) ? [config.failure._tag, config.failure.detail] : undefined

describe("the configuration of a virtual machine", () => {
  it("names the machine and its disks", () => {
    const config = ofMachine(machine, 0)
    assert.deepStrictEqual(
      config,
      Result.succeed({
        file: "config.pvs",
        name: "web01",
        disks: [{ path: "harddisk.hdd", originalPath: "harddisk.hdd", size: 67_108_864n, keyId: "" }]
      })
    )
    assert.deepStrictEqual(StoredConfiguration.toItemConfiguration(config), { file: "config.pvs", name: "web01" })
  })

  it("is missing under the names that the kind of the environment can have", () => {
    assert.deepStrictEqual(detailOf(ofMachine(undefined, 0)), ["NoText", "it has no config.pvs"])
    assert.deepStrictEqual(detailOf(ofMachine(undefined)), ["NoText", "it has no config.pvs"])
    assert.deepStrictEqual(detailOf(ofMachine(undefined, 2)), ["NoText", "it has no config.pvs and no ve.conf"])
    assert.isUndefined(StoredConfiguration.toItemConfiguration(ofMachine(undefined)))
  })

  it("is missing if it cannot be decoded, and unknown if it was not read", () => {
    assert.match(detailOf(ofMachine("<DispConfig/>", 0))![1]!, /^config\.pvs: XML refused: .*<DispConfig>/)
    assert.match(
      detailOf(StoredConfiguration.ofMachine(Result.succeed(machine), { vmType: 0, maxLength: 10 }))![1]!,
      /^config\.pvs: .*more than 10 characters/
    )
    const unread = StoredConfiguration.ofMachine(Result.fail({ _tag: "Unread", detail: "permission" }), { vmType: 0 })
    assert.deepStrictEqual(detailOf(unread), ["Unread", "config.pvs: permission"])
  })
})

describe("the configuration of a container", () => {
  const none = ofMachine(undefined, 2)

  it("counts with any content", () => {
    assert.deepStrictEqual(
      StoredConfiguration.ofContainer(Result.succeed(""), none),
      Result.succeed({ file: "ve.conf", name: "", disks: undefined })
    )
  })

  it("leaves the fault of the other one if it is missing", () => {
    assert.strictEqual(StoredConfiguration.ofContainer(Result.succeed(undefined), none), none)
    const unread = StoredConfiguration.ofContainer(Result.fail({ _tag: "Unread", detail: "permission" }), none)
    assert.deepStrictEqual(detailOf(unread), ["Unread", "ve.conf: permission"])
  })
})
