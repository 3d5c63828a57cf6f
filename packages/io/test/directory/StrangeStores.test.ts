import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as stores from "../support/backupStore.ts"
import { id, list, machine, read, skipsOf, vm, without } from "../support/directories.ts"

const { chain, config, head, image, imageName, link, vmItem } = stores

describe("the reading of a strange store", () => {
  it("does not call missing what links out of the store lead to", () =>
    stores.withStore(
      machine("1", { ...without(chain(id("1")), "base"), base: { link: os.tmpdir() } }),
      async (root) => {
        const reading = await read(root)
        assert.deepStrictEqual(skipsOf(reading), [
          `no-chains ${vm("1")}`,
          `outside-root ${vm("1")}/${id("1")}/base`,
          `orphan-image ${vm("1")}/${id("1")}/${imageName(1)}`
        ])
        assert.deepStrictEqual(Salvage.from(reading), [])
      }
    ))

  it("sees that an image ends before the table that its header promises", () =>
    stores.withStore(
      machine("1", { ...chain(id("1")), [imageName(2)]: image(imageName(1), { tableAt: 65_536 }) }),
      async (root) => {
        const { files } = (await read(root)).environments[0]!.chains[0]!
        assert.deepStrictEqual([1, 2, 3].map((number) => files.get(imageName(number))!.isCut), [false, true, false])
        fs.truncateSync(path.join(root, vm("1"), id("1"), imageName(2)), 65_536 + 8)
        assert.isFalse((await read(root)).environments[0]!.chains[0]!.files.get(imageName(2))!.isCut)
      }
    ))

  it("does not report the target of a link as missing if it may not be read", () =>
    stores.withStore(
      machine("1", { ...without(chain(id("1")), imageName(3)), [imageName(3)]: { link: "elsewhere" } }),
      async (root) => {
        const forbidden = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (real) => ({
            ...real,
            realPath: (path: string) =>
              path.endsWith(imageName(3))
                ? Effect.fail(PlatformError.systemError({
                  _tag: "PermissionDenied",
                  module: "FileSystem",
                  method: "realPath",
                  pathOrDescriptor: path
                }))
                : real.realPath(path)
          }))
        ).pipe(Layer.provide(NodeFileSystem.layer))
        assert.include(skipsOf(await read(root, {}, forbidden)), `unreadable ${vm("1")}/${id("1")}/${imageName(3)}`)
      }
    ))

  // The second place is across the end of what is read at first.
  it.each([200, 1020, 60_000])(
    "reads the name of a backing file at byte %d, in the first cluster",
    (nameAt) =>
      stores.withStore(
        machine("1", { ...chain(id("1")), [imageName(2)]: image(imageName(1), { nameAt }) }),
        async (root) => {
          const { files } = (await read(root)).environments[0]!.chains[0]!
          assert.strictEqual(files.get(imageName(2))?.header?.backingFile, imageName(1))
        }
      )
  )

  it("follows links within the store", () =>
    stores.withStore({
      ...machine("1", chain(id("1"))),
      [vm("2")]: { ".metadata": vmItem(vm("2"), "two"), [id("1")]: { link: `../${vm("1")}/${id("1")}` } }
    }, async (root) => {
      const reading = await read(root)
      assert.deepStrictEqual(reading.skips, [])
      assert.strictEqual((await list(root)).tree.environments.length, 2)
    }))

  it("reads no more of a file than it may", () =>
    stores.withStore(
      machine("1", {
        ...chain(id("1")),
        "2": { ".metadata": { length: 2 ** 40 }, "config.pvs": config() },
        "3": { ".metadata": link(id("1"), 3), "config.pvs": config() + " ".repeat(5000) }
      }),
      async (root) => {
        assert.deepStrictEqual(skipsOf(await read(root, { maxTextBytes: 5000 })).filter((skip) => /link/.test(skip)), [
          `link-invalid ${vm("1")}/${id("1")}/2`,
          `link-config-missing ${vm("1")}/${id("1")}/3`
        ])
      }
    ))

  it("does not wait for pipes", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const metadata = path.join(root, vm("1"), id("1"), "2", ".metadata")
      fs.rmSync(metadata)
      assert.strictEqual(spawnSync("mkfifo", [metadata]).status, 0)
      assert.include(skipsOf(await read(root)), `link-without-metadata ${vm("1")}/${id("1")}/2`)
    }))

  for (
    const [what, make] of [
      ["a pipe", (file: string) => void spawnSync("mkfifo", [file])],
      ["a directory", (file: string) => fs.mkdirSync(file)],
      ["a link out of the store", (file: string) => fs.symlinkSync("/etc/passwd", file)],
      ["a link to nowhere", (file: string) => fs.symlinkSync("nowhere", file)]
    ] as const
  ) {
    it(`does not read ${what} as the metadata of an environment`, () =>
      stores.withStore(machine("1", chain(id("1"))), async (root) => {
        const metadata = path.join(root, vm("1"), ".metadata")
        fs.rmSync(metadata)
        make(metadata)
        const { environments, skips } = await read(root)
        assert.deepStrictEqual(
          skips.map(({ path, reason }) => [path, reason]),
          // What a link leads to is not looked at, and may well be metadata.
          what === "a link out of the store" ? [[`${vm("1")}/.metadata`, "outside-root"]] : [
            [vm("1"), "vm-metadata-missing"],
            [`${vm("1")}/.metadata`, "not-a-file"]
          ]
        )
        assert.isUndefined(environments[0]!.metadata)
      }))
  }

  it("summarises very many files", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const many = Array.from({ length: 1_000_000 }, (_, index) => ({ name: `x${index}`, type: "File" as const }))
      const crowded = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (real) => ({
          ...real,
          readDirectoryEntries: (path: string) =>
            path.endsWith(id("1"))
              ? Effect.map(real.readDirectoryEntries(path), (entries) => [...entries, ...many])
              : real.readDirectoryEntries(path)
        }))
      ).pipe(Layer.provide(NodeFileSystem.layer))
      const { skips } = await read(root, {}, crowded)
      assert.strictEqual(skips.length, 1001)
      assert.deepInclude(skips, {
        path: `${vm("1")}/${id("1")}/*`,
        reason: "orphan-image",
        detail: "999000 more like the 1000 that are listed"
      })
    }))

  it("summarises very many directories", () =>
    stores.withStore(
      {
        ...machine("1", chain(id("1"))),
        ...Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`d${at}`, {}]))
      },
      async (root) => {
        const { skips } = await read(root)
        assert.strictEqual(skips.length, 1001)
        assert.deepInclude(skips, {
          path: "*",
          reason: "not-uuid",
          detail: "500 more like the 1000 that are listed"
        })
      }
    ))

  it("lists a thousand of a kind without a summary", () =>
    stores.withStore(
      {
        ...machine("1", chain(id("1"))),
        ...Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`d${at}`, {}]))
      },
      async (root) => {
        const { skips } = await read(root)
        assert.strictEqual(skips.length, 1000)
        assert.isFalse(skips.some(({ path }) => path === "*"))
      }
    ))

  it("reads a text that is as long as it may be, and none that is longer by a byte", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const file = path.join(root, vm("1"), id("1"), "2", ".metadata")
      fs.appendFileSync(file, " ".repeat(70_000 - fs.statSync(file).size))
      assert.deepStrictEqual(skipsOf(await read(root, { maxTextBytes: 70_000 })), [])
      const { skips } = await read(root, { maxTextBytes: 69_999 })
      assert.isTrue(skips.some(({ detail }) => detail.includes("longer than 69999 bytes")))
    }))

  it("reads all images of a chain, even if many backups have lost their metadata", () => {
    const numbers = Array.from({ length: 1200 }, (_, index) => index + 1)
    const images = Object.fromEntries(
      numbers.map((number) => [imageName(number), image(number === 1 ? undefined : imageName(number - 1))])
    )
    const { base, "1200": last } = chain(id("1"), numbers)
    return stores.withStore(machine("1", { base: base!, "1200": last!, ...images }), async (root) => {
      const [environment] = (await read(root)).environments
      assert.strictEqual(environment!.chains[0]!.files.size, 1200)
      assert.isDefined(environment!.chains[0]!.files.get(imageName(1199))!.header)
    })
  })

  it("survives names that are no UTF-8, and hostile ones", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const names = [Buffer.from([0x66, 0xff, 0xfe]), Buffer.from("a\nb\u001b[31m"), Buffer.from("<b>=1+1")]
      for (const name of names) {
        fs.mkdirSync(Buffer.concat([Buffer.from(`${root}/`), name]))
        fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/${vm("1")}/${id("1")}/`), name]), "")
      }
      const reading = await read(root)
      assert.strictEqual(reading.skips.filter(({ reason }) => reason === "not-uuid").length, names.length)
      assert.strictEqual(reading.skips.filter(({ reason }) => reason === "orphan-image").length, names.length)
    }))

  it("never uses the name of an image as a path", () =>
    stores.withStore(
      machine("1", {
        base: {
          ".metadata": head(id("1"), { images: ["../../secret", "/etc/passwd", "", "..", "\u0000"].slice(0, 4) }),
          "config.pvs": config()
        }
      }),
      async (root) => {
        fs.writeFileSync(path.join(root, "secret"), "x")
        const reading = await read(root)
        assert.strictEqual(reading.skips.filter(({ reason }) => reason === "missing-image").length, 4)
        assert.deepStrictEqual([...reading.environments[0]!.chains[0]!.files.keys()], [])
      }
    ))
})
