import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as VmConfig from "../../../src/directory/files/VmConfig.ts"

const home = "/vz/vmprivate/web01"

/** A disk as the product writes it, with other values where they are given; undefined leaves an element out. */
const disk = (more: { readonly [name: string]: string | undefined } = {}): string =>
  `<Hdd>${
    Object.entries({
      Enabled: "1",
      EmulatedType: "1",
      StorageURL: "",
      InterfaceType: "2",
      DiskType: "1",
      SystemName: `${home}/harddisk.hdd`,
      Size: "65536",
      Encryption: "<KeyId></KeyId>",
      ...more
    }).map(([name, value]) => value === undefined ? "" : `<${name}>${value}</${name}>`).join("")
  }</Hdd>`

const config = (hardware: string, identification = `<VmName>web01</VmName><HomePath>${home}/config.pvs</HomePath>`) =>
  `<?xml version="1.0" encoding="UTF-8"?><ParallelsVirtualMachine><Identification>${identification}</Identification>`
  + `${hardware}</ParallelsVirtualMachine>`

const withDisks = (...disks: ReadonlyArray<string>): string => config(`<Hardware>${disks.join("")}</Hardware>`)

const disksOf = (text: string) => Result.getOrThrow(VmConfig.decode(text)).disks

const isTaken = (more: Parameters<typeof disk>[0]): boolean => disksOf(withDisks(disk(more))).length === 1

describe("VmConfig", () => {
  it("reads the name of the machine and its disks, in their order", () => {
    assert.deepStrictEqual(
      Result.getOrThrow(VmConfig.decode(withDisks(
        disk(),
        "<CdRom/>",
        disk({ SystemName: "/mnt/data/archive.hdd/", Size: "1", Encryption: "<KeyId>{key}</KeyId>" })
      ))),
      {
        name: "web01",
        disks: [
          { path: `${home}/harddisk.hdd`, originalPath: "harddisk.hdd", size: 68_719_476_736n, keyId: "" },
          { path: "/mnt/data/archive.hdd", originalPath: "/mnt/data/archive.hdd", size: 1_048_576n, keyId: "{key}" }
        ]
      }
    )
  })

  it("reads the disks that a server backs up", () => {
    assert.isTrue(isTaken({ Enabled: undefined }))
    assert.isFalse(isTaken({ Enabled: "0" }))
    assert.isFalse(isTaken({ Enabled: "yes" }))
    for (const kind of ["0", "2", "3", "4", "6", "", undefined]) assert.isFalse(isTaken({ EmulatedType: kind }), kind)
    assert.isTrue(isTaken({ EmulatedType: " 5 " }))
    for (const url of ["backup:///x", "BACKUP://x"]) assert.isFalse(isTaken({ StorageURL: url }))
    assert.isTrue(isTaken({ StorageURL: "file:///x" }))
    assert.isFalse(isTaken({ InterfaceType: "4" }))
    assert.isFalse(isTaken({ DiskType: "2" }))
  })

  it("recognises the disks in the home directory of the machine", () => {
    const paths = (systemName: string) =>
      disksOf(withDisks(disk({ SystemName: systemName }))).map((one) => one.originalPath)
    assert.deepStrictEqual(paths("data.hdd"), ["data.hdd"])
    assert.deepStrictEqual(paths(`${home}/data.hdd//`), ["data.hdd"])
    assert.deepStrictEqual(paths(`${home}/below/data.hdd`), [`${home}/below/data.hdd`])
  })

  it("reads the last of several, and junk as 0", () => {
    assert.deepStrictEqual(
      disksOf(withDisks(disk().replace("<Size>", "<Size>1</Size><Size>"))).map(({ size }) => size),
      [68_719_476_736n]
    )
    assert.deepStrictEqual(disksOf(withDisks(disk({ Size: "much" }))).map(({ size }) => size), [0n])
    const most = 2n ** 64n - 1n
    assert.deepStrictEqual(disksOf(withDisks(disk({ Size: String(most) }))).map(({ size }) => size), [most])
  })

  it("reads a machine without disks, and one without a name", () => {
    assert.deepStrictEqual(Result.getOrThrow(VmConfig.decode(config("<Hardware/>", ""))), { name: "", disks: [] })
  })

  it("refuses what a server does not load", () => {
    for (
      const [text, message] of [
        ["<ParallelsVirtualMachine><Hardware>", /ends/],
        ["<DispConfig><Hardware/></DispConfig>", /the root element is <DispConfig>, not <ParallelsVirtualMachine>/],
        ["<ParallelsVirtualMachine/>", /has no <Hardware>/]
      ] as const
    ) assert.match(Result.getOrThrow(Result.flip(VmConfig.decode(text))).message, message)
  })
})
