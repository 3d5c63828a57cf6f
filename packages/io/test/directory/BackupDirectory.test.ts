import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Result, Schema, Stream } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as stores from "../support/backupStore.ts"
import { fixture, id, idsOf, list, machine, read, skipsOf, vm } from "../support/directories.ts"

const { chain, config, head, image, imageName, link, vmItem } = stores
const { everything } = BackupTreeRequest

describe("BackupDirectory", () => {
  it("reads the example as its listing", async () => {
    const listing = await list(fixture("backup-root"))
    const text = fs.readFileSync(fixture("03-vm-full-2inc.xml"), "utf8")
    const { notes, tree } = Result.getOrThrow(BackupTreeXml.decode(text, { mode: "tolerant" }))
    assert.deepStrictEqual(listing.tree, tree)
    assert.deepStrictEqual(listing.notes, notes)
    assert.strictEqual(listing.completeness, "complete")
  })

  it("finds nothing unusual in healthy stores, promoted heads, gaps and containers included", async () => {
    const files: stores.Files = {
      ...machine("1", chain(id("1"))),
      ...machine("2", chain(id("2"), [3, 4, 7])),
      [vm("3")]: {
        ".metadata": vmItem(vm("3"), "ct", { vmType: 2 }),
        [id("3")]: {
          "base": { ".metadata": head(id("3")), "ve.conf": "VE_ROOT=\"/vz/root/1\"\n", ".ve.xml": "<x/>" },
          [imageName(1)]: image()
        }
      },
      [vm("4")]: {
        ".metadata": vmItem(vm("4"), "diskless"),
        [id("4")]: { base: { ".metadata": head(id("4"), { images: [] }), "config.pvs": config(0) } }
      }
    }
    await stores.withStore(files, async (root) => {
      const reading = await read(root)
      assert.deepStrictEqual(reading.skips, [])
      const { tree } = await list(root)
      assert.deepStrictEqual(idsOf(tree), [
        id("1"),
        `${id("1")}.2`,
        `${id("1")}.3`,
        `${id("2")}.3`,
        `${id("2")}.4`,
        `${id("2")}.7`,
        id("3"),
        id("4")
      ])
      // A promoted head is stored without a letter, and listed as a full backup (SEMANTICS 1.5).
      assert.strictEqual(tree.environments[1]!.chains[0]!.head.type, "f")
      assert.deepStrictEqual(tree.environments[1]!.chains[0]!.incrementals[1]!.disks?.list, [{
        name: imageName(7),
        originalPath: "root.hdd",
        size: 10_240n * 1_048_576n,
        encryption: { keyId: "", kept: [] },
        kept: []
      }])
      // Of a container, the images tell of the disks.
      assert.deepStrictEqual(
        tree.environments[2]!.chains[0]!.head.disks?.list.map(({ name, originalPath, size }) => [
          name,
          originalPath,
          size
        ]),
        [[imageName(1), "root.hdd", 10_240n * 1_048_576n]]
      )
      const file = reading.environments[0]!.chains[0]!.files.get(imageName(2))
      assert.deepStrictEqual(file, {
        size: 512n,
        isCut: false,
        header: { version: 3, virtualSize: 10_240n * 1_048_576n, backingFile: imageName(1) }
      })
    })
  })

  it("reads directories that lost their names, if they hold backups", () =>
    stores.withStore({
      ...machine("1", chain(id("1"))),
      "web02.old": { ".metadata": vmItem(vm("2"), "two"), [id("2")]: chain(id("2")) },
      [vm("3")]: { ".metadata": vmItem(vm("3"), "three"), "chain.old": chain(id("3")), "notes": { "2024": {} } },
      "foreign": { "bin": { "program": "", "base": {} }, ".metadata": vmItem(vm("4"), "four") }
    }, async (root) => {
      const reading = await read(root)
      assert.deepStrictEqual(skipsOf(reading), [
        "not-uuid foreign",
        "not-uuid web02.old",
        `no-chains ${vm("3")}`,
        `not-uuid ${vm("3")}/chain.old`,
        `not-uuid ${vm("3")}/notes`
      ])
      const found = reading.environments.flatMap((environment) =>
        environment.chains.map(({ directory, items }) => [environment.directory, directory, items.length])
      )
      assert.deepStrictEqual(found, [["web02.old", id("2"), 3], [vm("1"), id("1"), 3], [vm("3"), "chain.old", 3]])
      assert.deepStrictEqual(idsOf((await list(root)).tree), [id("1"), `${id("1")}.2`, `${id("1")}.3`])
    }))

  for (
    const [what, make] of [
      ["a broken link", (file: string) => fs.symlinkSync("nowhere", file)],
      ["of type FIFO", (file: string) => void spawnSync("mkfifo", [file])]
    ] as const
  ) {
    it(`does not accept an entry that is ${what} as an image`, () =>
      stores.withStore(machine("1", chain(id("1"))), async (root) => {
        const at = `${vm("1")}/${id("1")}`
        fs.rmSync(path.join(root, at, imageName(2)))
        make(path.join(root, at, imageName(2)))
        make(path.join(root, at, "other"))
        const { environments, skips } = await read(root)
        assert.deepStrictEqual(skips.map(({ path, reason }) => [reason, path]), [
          ["not-a-file", `${at}/other`],
          ["missing-image", `${at}/${imageName(2)}`]
        ])
        assert.include(
          skips[1]!.detail,
          `it is ${what}`
        )
        assert.isFalse(environments[0]!.chains[0]!.files.has(imageName(2)))
      }))
  }

  it("lists dates as a server does, and keeps those that are stored", () =>
    stores.withStore(
      machine("1", {
        ...chain(id("1")),
        "2": {
          ".metadata": link(id("1"), 2).replace("2024-03-02 02:00:00", "2024-03-02T02:00:00Z"),
          "config.pvs": config()
        }
      }),
      async (root) => {
        const reading = await read(root)
        const { chains } = DirectoryReading.select(reading, everything).tree.environments[0]!
        assert.deepStrictEqual(BackupTree.backups(chains[0]!).map(({ dateTime }) => dateTime), [
          "2024-03-01 02:00:00",
          "",
          "2024-03-03 02:00:00"
        ])
        assert.strictEqual(reading.environments[0]!.chains[0]!.items[1]!.described!.dateTime, "2024-03-02T02:00:00Z")
      }
    ))

  it("loses the dates that a server loses in its time zone", () =>
    stores.withStore(
      machine("1", {
        ...chain(id("1"), [1]),
        base: {
          ".metadata": head(id("1")).replace("2024-03-01 02:00:00", "2020-03-29 02:30:00"),
          "config.pvs": config()
        }
      }),
      async (root) => {
        const dateIn = async (serverZone?: DateTime.TimeZone) =>
          DirectoryReading.select(await read(root, { serverZone }), everything).tree.environments[0]!.chains[0]!.head
            .dateTime
        assert.strictEqual(await dateIn(), "2020-03-29 02:30:00")
        assert.strictEqual(await dateIn(DateTime.zoneMakeNamedUnsafe("Europe/Berlin")), "")
      }
    ))

  it("serves each request from the directory, as a server should", () =>
    stores.withStore({
      ...machine("1", chain(id("1"))),
      [vm("2")]: {
        ".metadata": vmItem(vm("2"), "ct", { vmType: 2 }),
        [id("2")]: chain(id("2")),
        [id("3")]: chain(id("3"), [1, 2])
      }
    }, async (root) => {
      const ask = (subject: BackupTreeRequest.Subject, kinds: "vm" | "ct" | "vm+ct" = "vm+ct") =>
        Effect.map(
          BackupSource.getBackupTree({ ...everything, subject, kinds }),
          ({ completeness, tree }) => [completeness, ...idsOf(tree)]
        )
      const asked = Effect.all([
        ask({ _tag: "Everything" }, "ct"),
        ask({ _tag: "Environment", uuid: vm("1") }),
        ask({ _tag: "Backup", id: `${id("2")}.3` }),
        ask({ _tag: "Chain", id: `${id("2")}.2` }),
        Effect.flip(ask({ _tag: "Backup", id: `${id("2")}.4` })),
        Effect.map(
          Stream.runCollect(BackupSource.streamEnvironments(everything)),
          (environments) => environments.map(({ uuid }) => uuid)
        ),
        Effect.map(
          Stream.runCollect(
            BackupSource.streamEnvironments({ ...everything, subject: { _tag: "Backup", id: `${id("2")}.3` } })
          ),
          (environments) => idsOf({ environments, kept: [] })
        ),
        Effect.flip(
          Stream.runCollect(
            BackupSource.streamEnvironments({ ...everything, subject: { _tag: "Backup", id: vm("7") } })
          )
        ),
        Effect.flatMap(BackupSource.submit(everything), (job) => job.await)
      ])
      const answers = await Effect.runPromise(
        Effect.scoped(asked).pipe(
          Effect.provide(BackupSource.layerDirectory({ path: root }))
        )
      )
      assert.deepStrictEqual(answers.slice(0, 4), [
        ["complete", id("2"), `${id("2")}.2`, `${id("2")}.3`, id("3"), `${id("3")}.2`],
        ["complete", id("1"), `${id("1")}.2`, `${id("1")}.3`],
        ["partial", id("2"), `${id("2")}.3`],
        ["partial", id("2"), `${id("2")}.2`, `${id("2")}.3`]
      ])
      assert.strictEqual(
        (answers[4] as { readonly reason: { readonly _tag: string } }).reason._tag,
        "RequestedBackupMissing"
      )
      assert.deepStrictEqual(answers[5], [vm("1"), vm("2")])
      assert.deepStrictEqual(answers[6], [id("2"), `${id("2")}.3`])
      assert.strictEqual(answers[7].reason._tag, "RequestedBackupMissing")
      assert.strictEqual(answers[8].source._tag, "Directory")
    }))

  describe("listed as everything", () => {
    const everythingOf = (root: string, directories: ReadonlyArray<string> = []) =>
      Effect.runPromise(
        BackupSource.listEverything({ directories }).pipe(Effect.provide(BackupSource.layerDirectory({ path: root })))
      )
    const store = { ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }

    it("keeps what was read there", () =>
      stores.withStore(store, async (root) => {
        for (const directories of [[], [root]]) {
          const { listing, merged } = await everythingOf(root, directories)
          assert.deepStrictEqual(idsOf(listing.tree), idsOf((await list(root)).tree))
          assert.deepStrictEqual([listing.completeness, merged.conflicts], ["complete", []])
          assert.isTrue(Schema.is(BackupListing.BackupListing)(listing))
          const located = DirectoryReading.locate(listing.directory!)
          const chains = listing.tree.environments.flatMap(({ chains }) => chains)
          for (const backup of chains.flatMap(BackupTree.backups)) assert.isTrue(located.has(backup))
        }
      }))

    it("has no single reading if another directory adds to it", () =>
      stores.withStore(store, (root) =>
        stores.withStore(machine("3", chain(id("3"))), async (other) => {
          const { listing } = await everythingOf(root, [other])
          assert.lengthOf(listing.tree.environments, 3)
          assert.isUndefined(listing.directory)
          assert.isTrue(Schema.is(BackupListing.BackupListing)(listing))
        })))
  })

  it("streams environments in the order of a server, which ignores case", () => {
    const upper = vm("1").toUpperCase().replace("AAAAAAAA", "BBBBBBBB")
    const lower = vm("2")
    const files = [upper, lower, vm("3").replace("aaaaaaaa", "cccccccc")].map((uuid, index) => [uuid, {
      ".metadata": vmItem(uuid, "vm"),
      [id(`${index}`)]: chain(id(`${index}`))
    }])
    return stores.withStore(Object.fromEntries(files) as stores.Files, async (root) => {
      const streamed = await Effect.runPromise(
        Stream.runCollect(BackupSource.streamEnvironments(everything)).pipe(
          Effect.provide(BackupSource.layerDirectory({ path: root }))
        )
      )
      assert.deepStrictEqual(streamed, (await list(root)).tree.environments)
      assert.deepStrictEqual(streamed.slice(0, 2).map(({ uuid }) => uuid), [lower, upper])
    })
  })

  it("leads notes about stored values into the listing", () =>
    stores.withStore({
      ...machine("1", chain(id("1"))),
      [vm("2")]: {
        ".metadata": vmItem(vm("2"), "two").replace("<Version>5", "<Version>five"),
        [id("2")]: {
          ...chain(id("2")),
          "2": { ".metadata": link(id("2"), 2).replace("<Size>1024", "<Size>much"), "config.pvs": config() }
        }
      }
    }, async (root) => {
      assert.deepStrictEqual((await list(root)).notes.map(({ path, rule }) => [rule, path]), [
        ["junk-number", "VmItem[2]/Version"],
        ["junk-number", "VmItem[2]/BackupItem[1]/PartialBackupItem[1]/Size"]
      ])
    }))

  it("reads a directory that the request names, in place of its own", () =>
    stores.withStore({ one: machine("1", chain(id("1"))), two: machine("2", chain(id("2"))) }, async (root) => {
      const { tree } = await list(path.join(root, "one"), {
        ...everything,
        directory: Option.some(path.join(root, "two"))
      })
      assert.deepStrictEqual(tree.environments.map(({ uuid }) => uuid), [vm("2")])
    }))
})
