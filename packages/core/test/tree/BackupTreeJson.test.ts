import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeJson from "../../src/tree/BackupTreeJson.ts"
import { changedAt, missing } from "../support/changedAt.ts"
import { chain, chainX, environment, full, incremental, tree, web } from "../support/treeLiterals.ts"

const disk = (name: string): BackupTree.BackupDisk => ({
  name,
  originalPath: "harddisk.hdd",
  size: 68_719_476_736n,
  encryption: { keyId: "", kept: [] },
  kept: []
})

const promoted = chain(chainX, [3], {
  head: full(`${chainX}.3`, {
    dateTime: "2024-03-04 02:00:06",
    size: 18_446_744_073_709_551_615n,
    description: "line one\nline two",
    images: ["harddisk.hdd.3.qcow2"],
    disks: { list: [disk("harddisk.hdd.3.qcow2")], kept: [] }
  }),
  incrementals: [incremental(chainX, 6, { dateTime: "", images: ["harddisk.hdd.6.qcow2"], disks: undefined })],
  lastNumber: 6
})

describe("BackupTreeJson", () => {
  it("prints the empty tree", () => {
    assert.deepStrictEqual(BackupTreeJson.encode(BackupTree.empty), { environments: [] })
  })

  it("contains everything of a tree, with sizes as integers and dates in ISO 8601", () => {
    assert.deepStrictEqual(BackupTreeJson.encode(tree(environment(web, [promoted], { vmType: 2 }))), {
      environments: [{
        uuid: web,
        name: "web01",
        kind: "ct-ploop",
        version: 5,
        chains: [{
          uuid: chainX,
          lastNumber: 6,
          backups: [
            {
              id: `${chainX}.3`,
              number: 3,
              type: "full",
              typeLetter: "f",
              createdAt: "2024-03-04T02:00:06.000Z",
              dateTime: "2024-03-04 02:00:06",
              host: "hn1.example.com",
              serverUuid: "{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}",
              creator: "root",
              description: "line one\nline two",
              size: 18_446_744_073_709_551_615n,
              originalSize: 0n,
              bundlePermissions: 30_464,
              flags: 2048,
              images: ["harddisk.hdd.3.qcow2"],
              disks: [{ name: "harddisk.hdd.3.qcow2", originalPath: "harddisk.hdd", size: 68_719_476_736n, keyId: "" }]
            },
            {
              id: `${chainX}.6`,
              number: 6,
              type: "incremental",
              typeLetter: "i",
              createdAt: null,
              dateTime: "",
              host: "hn1.example.com",
              serverUuid: "{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}",
              creator: "root",
              description: "",
              size: 4_294_967_296n,
              originalSize: 0n,
              bundlePermissions: 30_464,
              flags: 4096,
              images: ["harddisk.hdd.6.qcow2"],
              disks: null
            }
          ]
        }]
      }]
    })
  })

  it("has elements that are kept of disks, at their own place", () => {
    const kept: BackupTree.KeptElement = {
      position: 0,
      element: { name: "Quota", attributes: [], children: ["1"] }
    }
    const head = full(chainX, { disks: { list: [], kept: [kept] } })
    const [{ chains } = { chains: [] }] =
      BackupTreeJson.encode(tree(environment(web, [chain(chainX, [1], { head })]))).environments
    assert.deepStrictEqual(Object.keys(chains[0]?.backups[0] ?? {}).filter((key) => /kept/i.test(key)), ["disksKept"])
  })

  it("has no number for a head whose id does not fit, and a name for an unknown kind", () => {
    const odd = environment(web, [chain(chainX, [1], { head: full("junk") })], { vmType: 9 })
    const [said] = BackupTreeJson.encode(tree(odd)).environments
    assert.strictEqual(said!.kind, "unknown-9")
    assert.isNull(said!.chains[0]!.backups[0].number)
  })

  it.prop("matches its schema, and is decoded to the same tree", [Arbitraries.tree], ([tree]) => {
    const json = BackupTreeJson.encode(tree)
    assert.isTrue(Schema.is(BackupTreeJson.BackupTreeJson)(json))
    assert.deepStrictEqual(
      json.environments.map((environment) => Result.getOrThrow(BackupTreeJson.decodeEnvironment(environment))),
      tree.environments
    )
    assert.deepStrictEqual(json.kept ?? [], tree.kept)
  })

  it.each<readonly [path: string, change: (before: unknown) => unknown, at: string]>([
    ["kind", () => "lxc", "kind"],
    ["kind", () => "unknown-0", "kind"],
    ["name", () => missing, "name"],
    ["version", () => -1, "version"],
    ["chains[0].backups[0]", () => [], "chains[0].backups"],
    ["chains[0].backups", (backups) => (backups as ReadonlyArray<unknown>).toReversed(), "chains[0].backups"],
    ["chains[0].backups[1].size", () => "12", "chains[0].backups[1].size"],
    ["chains[0].backups[1].size", () => 1.5, "chains[0].backups[1].size"],
    ["chains[0].backups[1].size", () => 2n ** 64n, "chains[0].backups[1].size"],
    ["chains[0].backups[0].disks[0].keyId", () => null, "chains[0].backups[0].disks[0].keyId"]
  ])("refuses a wrong value, and names its place: %s", (path, change, at) => {
    const [json] = BackupTreeJson.encode(tree(environment(web, [promoted]))).environments
    const error = Result.getOrThrow(Result.flip(BackupTreeJson.decodeEnvironment(changedAt(json, at, change), "e")))
    assert.strictEqual(error.reason, "content")
    assert.strictEqual(error.path, `e.${path}`)
  })

  it.prop("leaves out no environment, chain, backup or disk", [Arbitraries.tree], ([tree]) => {
    const json = BackupTreeJson.encode(tree)
    assert.deepStrictEqual(
      json.environments.map((
        { chains, name, uuid }
      ) => [
        uuid,
        name,
        chains.map(({ backups, uuid }) => [uuid, backups.map(({ disks, id, size }) => [id, size, disks?.length])])
      ]),
      tree.environments.map(({ chains, name, uuid }) => [
        uuid,
        name,
        chains.map((
          chain
        ) => [
          chain.uuid,
          BackupTree.backups(chain).map(({ disks, id, size }) => [id, size, disks?.list.length])
        ])
      ])
    )
  })
})
