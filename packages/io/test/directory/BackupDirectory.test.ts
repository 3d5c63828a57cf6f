import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Option, PlatformError, Result, Stream } from "effect"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as stores from "../support/backupStore.ts"

const { chain, config, head, image, imageName, link, uuid, vmItem } = stores

const { everything } = BackupTreeRequest

const read = (
  root: string,
  options?: BackupDirectory.Options,
  fileSystem: Layer.Layer<FileSystem.FileSystem> = NodeFileSystem.layer
): Promise<DirectoryReading.DirectoryReading> =>
  Effect.runPromise(Effect.provide(BackupDirectory.read(root, options), fileSystem))

const list = (root: string, request = everything) =>
  Effect.runPromise(
    BackupSource.getBackupTree(request).pipe(
      Effect.provide(Layer.provide(BackupSource.layerDirectory({ path: root }), NodeFileSystem.layer))
    )
  )

const skipsOf = (reading: DirectoryReading.DirectoryReading): ReadonlyArray<string> =>
  reading.skips.map(({ path, reason }) => `${reason} ${path}`)

const idsOf = (tree: BackupTree.BackupTree): ReadonlyArray<string> =>
  tree.environments.flatMap(({ chains }) => chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id)))

const fixture = (name: string): string => fileURLToPath(new URL(`../../../core/test/fixtures/${name}`, import.meta.url))

const vm = (digits: string) => uuid("a", digits)
const id = (digits: string) => uuid("c", digits)

/** A machine with one chain. */
const machine = (digits: string, files: stores.Files): stores.Files => ({
  [vm(digits)]: { ".metadata": vmItem(vm(digits), `vm-${digits}`), [id(digits)]: files }
})

const without = (files: stores.Files, ...names: ReadonlyArray<string>): stores.Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))

describe("BackupDirectory", () => {
  it("reads the example as its listing", async () => {
    const listing = await list(fixture("backup-root"))
    const text = fs.readFileSync(fixture("03-vm-full-2inc.xml"), "utf8")
    const { notes, tree } = Result.getOrThrow(BackupTreeXml.decode(text, { mode: "tolerant" }))
    assert.deepStrictEqual(listing.tree, tree)
    assert.deepStrictEqual(listing.notes, notes)
    assert.strictEqual(listing.completeness, "complete")
  })

  it("finds nothing odd in healthy stores, promoted heads, gaps and containers included", async () => {
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

  // Each of the damages of SEMANTICS 3.5 and 4.3: what is found, and which backups are shown.
  const c = id("9")
  const at = (name: string) => `${vm("9")}/${c}/${name}`
  const whole = chain(c)
  const all = [c, `${c}.2`, `${c}.3`]
  const damages: ReadonlyArray<
    readonly [what: string, files: stores.Files, skips: ReadonlyArray<string>, shown: ReadonlyArray<string>]
  > = [
    ["directories and files that are no environments", { "lost+found": {}, "notes.txt": "x", ...machine("9", whole) }, [
      "not-uuid lost+found",
      "not-uuid notes.txt"
    ], all],
    [
      "directories and files that are no chains",
      {
        [vm("9")]: { ".metadata": vmItem(vm("9"), "vm"), [c]: whole, "old": {}, "x.log": "" }
      },
      [`not-uuid ${vm("9")}/old`, `not-uuid ${vm("9")}/x.log`],
      all
    ],
    ["an environment without metadata", { [vm("9")]: { [c]: whole } }, [`vm-metadata-missing ${vm("9")}`], []],
    [
      "an environment with half of its metadata",
      {
        [vm("9")]: { ".metadata": vmItem(vm("9"), "vm").slice(0, 120), [c]: whole }
      },
      [`vm-metadata-invalid ${vm("9")}`],
      []
    ],
    [
      "an environment whose metadata lacks its name",
      {
        [vm("9")]: { ".metadata": vmItem(vm("9"), "vm").replace(/ *<Name>.*\n/, ""), [c]: whole }
      },
      [`vm-metadata-invalid ${vm("9")}`],
      []
    ],
    ["an environment with the metadata of a backup", { [vm("9")]: { ".metadata": head(c), [c]: whole } }, [
      `vm-metadata-invalid ${vm("9")}`
    ], []],
    [
      "an environment of a kind that no server shows",
      {
        [vm("9")]: { ".metadata": vmItem(vm("9"), "vm", { vmType: 3 }), [c]: whole }
      },
      [`no-chains ${vm("9")}`],
      []
    ],
    [
      "an environment without chains",
      { [vm("9")]: { ".metadata": vmItem(vm("9"), "vm") } },
      [`no-chains ${vm("9")}`],
      []
    ],
    ["an empty chain", machine("9", {}), [`no-chains ${vm("9")}`, `chain-empty ${vm("9")}/${c}`], []],
    [
      "a full backup that was not finished",
      machine("9", { base: { "config.pvs": config() }, [imageName(1)]: image() }),
      [
        `no-chains ${vm("9")}`,
        `base-without-metadata ${at("base")}`,
        `orphan-image ${at(imageName(1))}`
      ],
      []
    ],
    ["a full backup without metadata", machine("9", { ...whole, base: { "config.pvs": config() } }), [
      `no-chains ${vm("9")}`,
      `base-without-metadata ${at("base")}`,
      `orphan-image ${at(imageName(1))}`
    ], []],
    [
      "a full backup with binary metadata",
      machine("9", {
        ...whole,
        base: { ".metadata": Uint8Array.of(0, 255, 254), "config.pvs": config() }
      }),
      [`no-chains ${vm("9")}`, `head-invalid ${at("base")}`, `orphan-image ${at(imageName(1))}`],
      []
    ],
    [
      "a full backup that says it is an incremental",
      machine("9", {
        ...whole,
        base: { ".metadata": link(c, 1), "config.pvs": config() }
      }),
      [`no-chains ${vm("9")}`, `head-invalid ${at("base")}`],
      []
    ],
    ["a full backup without a configuration", machine("9", { ...whole, base: { ".metadata": head(c) } }), [
      `no-chains ${vm("9")}`,
      `head-config-missing ${at("base")}`
    ], []],
    [
      "a full backup with the configuration of something else",
      machine("9", {
        ...whole,
        base: { ".metadata": head(c), "config.pvs": "<DispConfig/>" }
      }),
      [`no-chains ${vm("9")}`, `head-config-missing ${at("base")}`],
      []
    ],
    ["a chain without its base", machine("9", without(whole, "base")), [
      `no-chains ${vm("9")}`,
      `head-invalid ${at("2")}`,
      `orphan-image ${at(imageName(1))}`
    ], []],
    ["an incremental that was not finished", machine("9", { ...whole, "4": { "config.pvs": config() } }), [
      `link-without-metadata ${at("4")}`
    ], all],
    ["an incremental without metadata", machine("9", { ...whole, "2": { "config.pvs": config() } }), [
      `link-without-metadata ${at("2")}`,
      `orphan-image ${at(imageName(2))}`
    ], [c, `${c}.3`]],
    [
      "an incremental with metadata of something else",
      machine("9", {
        ...whole,
        "2": { ".metadata": vmItem(c, "x"), "config.pvs": config() }
      }),
      [`link-invalid ${at("2")}`, `orphan-image ${at(imageName(2))}`],
      [c, `${c}.3`]
    ],
    [
      "a virtual machine with the configuration of a container",
      machine("9", { ...whole, "2": { ".metadata": link(c, 2), "ve.conf": "" } }),
      [`link-config-missing ${at("2")}`],
      [c, `${c}.3`]
    ],
    ["an incremental without a configuration", machine("9", { ...whole, "3": { ".metadata": link(c, 3) } }), [
      `link-config-missing ${at("3")}`
    ], [c, `${c}.2`]],
    [
      "numbers that are there twice",
      machine("9", {
        ...whole,
        "02": { ".metadata": link(c, 2), "config.pvs": config() },
        "1": { ".metadata": head(c), "config.pvs": config() }
      }),
      [`number-duplicate ${at("02")}`, `number-duplicate ${at("1")}`],
      [c, `${c}.2`, `${c}.2`, `${c}.3`]
    ],
    [
      "a padded number alone",
      machine("9", {
        ...without(whole, "2"),
        "02": { ".metadata": link(c, 2), "config.pvs": config() }
      }),
      [`link-invalid ${at("02")}`],
      [c, `${c}.3`]
    ],
    ["files that no backup names", machine("9", { ...whole, "root.hdd.9.qcow2": image(), "copy": {} }), [
      `orphan-image ${at("copy")}`,
      `orphan-image ${at("root.hdd.9.qcow2")}`
    ], all],
    ["an image that is gone", machine("9", without(whole, imageName(2))), [`missing-image ${at(imageName(2))}`], all],
    [
      "an image of a hidden backup that is gone",
      machine("9", {
        ...without(whole, imageName(3)),
        "3": { ".metadata": link(c, 3) }
      }),
      [`link-config-missing ${at("3")}`, `missing-image ${at(imageName(3))}`],
      [c, `${c}.2`]
    ],
    ["what a server was writing", {
      ...machine("9", {
        ...whole,
        ".x.libprlcommon_tmp.{1}": "",
        "ABackupOutFile.1": "",
        "3": { ".metadata": link(c, 3), "config.pvs": config(), ".metadata.libprlcommon_tmp.{1}": "" }
      }),
      "y.libprlcommon_tmp.{1}": ""
    }, [
      `temp-file y.libprlcommon_tmp.{1}`,
      `temp-file ${at(".x.libprlcommon_tmp.{1}")}`,
      `temp-file ${at("3/.metadata.libprlcommon_tmp.{1}")}`,
      `temp-file ${at("ABackupOutFile.1")}`
    ], all],
    [
      "links that lead out of the store, in circles and nowhere",
      machine("9", {
        ...whole,
        "5": { link: os.tmpdir() },
        "6": { link: "." },
        "7": { link: "nowhere" },
        "8": { link: "8" }
      }),
      [`outside-root ${at("5")}`, `outside-root ${at("6")}`, `not-a-file ${at("7")}`, `outside-root ${at("8")}`],
      all
    ],
    [
      "metadata that is a link out of the store",
      machine("9", {
        ...whole,
        "3": { ".metadata": { link: "/etc/passwd" }, "config.pvs": config() }
      }),
      [
        `outside-root ${at("3/.metadata")}`,
        `orphan-image ${at(imageName(3))}`
      ],
      [c, `${c}.2`]
    ]
  ]
  for (const [what, files, skips, shown] of damages) {
    it(`tells of ${what}`, () =>
      stores.withStore({ ...files, ...machine("1", chain(id("1"))) }, async (root) => {
        const reading = await read(root)
        assert.deepStrictEqual([...skipsOf(reading)].sort(), [...skips].sort())
        const { tree } = await list(root)
        assert.deepStrictEqual(idsOf(tree).filter((one) => one.startsWith(c)), shown)
        // Nothing else is hidden because of it.
        assert.include(idsOf(tree), `${id("1")}.3`)
      }))
  }

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
      ["a link that leads nowhere", (file: string) => fs.symlinkSync("nowhere", file)],
      ["something of type FIFO", (file: string) => void spawnSync("mkfifo", [file])]
    ] as const
  ) {
    it(`takes ${what} for no image`, () =>
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
          `what is there is ${what === "something of type FIFO" ? "no file, but " : ""}${what}`
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

  it("does not call missing what links lead to that nobody here may look at", () =>
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

  it("reads the name of a backing file wherever it lies in the first cluster", () =>
    stores.withStore(
      machine("1", { ...chain(id("1")), [imageName(2)]: image(imageName(1), { nameAt: 60_000 }) }),
      async (root) => {
        const { files } = (await read(root)).environments[0]!.chains[0]!
        assert.strictEqual(files.get(imageName(2))?.header?.backingFile, imageName(1))
      }
    ))

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

  it("tells of very many files in few words", () =>
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
        detail: "999000 more like the 1000 that are told of"
      })
    }))

  it("tells of very many directories in few words", () =>
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
          detail: "500 more like the 1000 that are told of"
        })
      }
    ))

  it("looks into all images of a chain, however many backups have lost their metadata", () => {
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

  it("never takes the name of an image for a path", () =>
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

  /** A file system in which some paths fail, at one of its functions. */
  const failing = (
    method: "readDirectoryEntries" | "open",
    tag: "NotFound" | "PermissionDenied",
    matches: (path: string) => boolean
  ): Layer.Layer<FileSystem.FileSystem> =>
    Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (real) => ({
        ...real,
        [method]: (path: string, ...rest: ReadonlyArray<never>) =>
          matches(path)
            ? Effect.fail(
              PlatformError.systemError({ _tag: tag, module: "FileSystem", method, pathOrDescriptor: path })
            )
            : (real[method] as (path: string, ...rest: ReadonlyArray<never>) => Effect.Effect<never>)(path, ...rest)
      }))
    ).pipe(Layer.provide(NodeFileSystem.layer))

  const base = `${vm("1")}/${id("1")}`
  for (
    const [what, method, tag, ending, expected] of [
      ["an environment that cannot be listed", "readDirectoryEntries", "PermissionDenied", vm("1"), [
        `unreadable ${vm("1")}`
      ]],
      ["a chain that cannot be listed", "readDirectoryEntries", "PermissionDenied", base, [
        `no-chains ${vm("1")}`,
        `chain-unreadable ${base}`
      ]],
      ["an item that cannot be listed", "readDirectoryEntries", "PermissionDenied", `${base}/2`, [
        `unreadable ${base}/2`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["metadata that may not be read", "open", "PermissionDenied", `${base}/2/.metadata`, [
        `unreadable ${base}/2/.metadata`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["metadata of an environment that may not be read", "open", "PermissionDenied", `${vm("1")}/.metadata`, [
        `unreadable ${vm("1")}/.metadata`
      ]],
      ["a configuration that may not be read", "open", "PermissionDenied", `${base}/base/config.pvs`, [
        `unreadable ${base}/base/config.pvs`,
        `no-chains ${vm("1")}`
      ]],
      ["an image that may not be read", "open", "PermissionDenied", imageName(2), [
        `unreadable ${base}/${imageName(2)}`
      ]],
      ["metadata that vanishes", "open", "NotFound", `${base}/2/.metadata`, [
        `link-without-metadata ${base}/2`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["a configuration that vanishes", "open", "NotFound", `${base}/2/config.pvs`, [`link-config-missing ${base}/2`]],
      ["a chain that vanishes", "readDirectoryEntries", "NotFound", base, [`no-chains ${vm("1")}`]],
      ["an item that vanishes", "readDirectoryEntries", "NotFound", `${base}/2`, [
        `orphan-image ${base}/${imageName(2)}`
      ]]
    ] as const
  ) {
    it(`tells of ${what}`, () =>
      stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
        const reading = await read(
          root,
          {},
          failing(method, tag, (path) => path.endsWith(ending) && path.includes(vm("1")))
        )
        assert.deepStrictEqual([...skipsOf(reading)].sort(), [...expected].sort())
        assert.strictEqual(reading.environments.length, 2)
      }))
  }

  for (
    const [what, files, name, detail] of [
      ["is not there", {}, "nothing", "it does not exist"],
      ["is a file", { file: "" }, "file", "it is no directory"]
    ] as const
  ) {
    it(`fails for a root that ${what}`, () =>
      stores.withStore(files, async (root) => {
        const exit = await Effect.runPromise(
          Effect.provide(Effect.flip(BackupDirectory.read(path.join(root, name))), NodeFileSystem.layer)
        )
        assert.strictEqual(exit.detail, detail)
        assert.match(exit.message, /Is the backup store mounted/)
      }))
  }

  it("fails for an empty path, and does not read where the program runs", async () => {
    const { message } = await Effect.runPromise(
      Effect.provide(Effect.flip(BackupDirectory.read("")), NodeFileSystem.layer)
    )
    assert.match(message, /its path is empty/)
  })

  it("answers each question from the directory, as a server should", () =>
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
          Effect.provide(Layer.provide(BackupSource.layerDirectory({ path: root }), NodeFileSystem.layer))
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
          Effect.provide(Layer.provide(BackupSource.layerDirectory({ path: root }), NodeFileSystem.layer))
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

  it("invents nothing while the store changes", () =>
    stores.withStore(
      Object.assign(
        {},
        ...Array.from({ length: 12 }, (_, index) => machine(`${index + 1}`, chain(id(`${index + 1}`))))
      ),
      async (root) => {
        const known = new Set(idsOf((await list(root)).tree))
        const changer = spawn(process.execPath, [
          fileURLToPath(new URL("../support/changeStore.mjs", import.meta.url)),
          root
        ])
        const round = new Promise((resolve) => changer.stdout.once("data", resolve))
        try {
          await round
          for (let time = 0; time < 40; time++) {
            const reading = await read(root)
            const shown = idsOf(DirectoryReading.select(reading, everything).tree)
            assert.isTrue(shown.every((one) => known.has(one)), shown.join())
          }
        } finally {
          changer.kill("SIGKILL")
          await new Promise((resolve) => changer.once("close", resolve))
        }
      }
    ))

  /** A file system on which something happens once a directory was listed for the first time. */
  const changing = (ending: string, change: () => void): Layer.Layer<FileSystem.FileSystem> => {
    let times = 0
    return Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (real) => ({
        ...real,
        readDirectoryEntries: (directory: string) =>
          Effect.tap(real.readDirectoryEntries(directory), () =>
            Effect.sync(() => {
              if (directory.endsWith(ending) && times++ === 0) change()
            }))
      }))
    ).pipe(Layer.provide(NodeFileSystem.layer))
  }

  it("sees a chain as it is, if a backup is removed behind the back of the reader", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const at = path.join(root, vm("1"), id("1"))
      const removal = changing(id("1"), () => {
        fs.rmSync(path.join(at, "3"), { recursive: true })
        fs.rmSync(path.join(at, imageName(3)))
      })
      const reading = await read(root, {}, removal)
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments[0]!.chains[0]!.items.length, 2)
    }))

  it("does not miss the images of a chain that is renamed behind its back", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const at = path.join(root, vm("1"), id("1"))
      const reading = await read(
        root,
        {},
        changing(`${id("1")}/3`, () => fs.renameSync(at, path.join(root, vm("1"), id("2"))))
      )
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.deepStrictEqual(reading.environments[0]!.chains.map(({ directory, files }) => [directory, files.size]), [
        [id("2"), 3]
      ])
    }))

  it("sees the metadata of an environment that is written behind its back", () =>
    stores.withStore({ [vm("1")]: { [id("1")]: chain(id("1")) } }, async (root) => {
      const written = changing(
        vm("1"),
        () => fs.writeFileSync(path.join(root, vm("1"), ".metadata"), vmItem(vm("1"), "vm"))
      )
      const reading = await read(root, {}, written)
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments[0]!.metadata?.name, "vm")
    }))

  it("does not take an environment that is removed behind its back for one without chains", () =>
    stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
      const at = path.join(root, vm("1"))
      const reading = await read(root, {}, changing(vm("1"), () => fs.rmSync(at, { recursive: true })))
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments.length, 1)
    }))

  for (
    const [what, change] of [
      ["a directory", (root: string) => fs.rmSync(root, { recursive: true })],
      ["all that is in a directory", (root: string) => {
        for (const name of fs.readdirSync(root)) fs.rmSync(path.join(root, name), { recursive: true })
      }]
    ] as const
  ) {
    it(`fails if ${what} goes away while it is read`, () =>
      stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
        const { message } = await Effect.runPromise(
          Effect.provide(Effect.flip(BackupDirectory.read(root)), changing(vm("1"), () => change(root)))
        )
        assert.match(message, /it does not exist|all that was in it went away/)
      }))
  }

  it("writes nothing", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const reading = new Set<string | symbol>(["readDirectoryEntries", "open", "realPath", "stat", "lstat"])
      const guarded = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (real) =>
          new Proxy(real, {
            get: (target, name) =>
              typeof target[name as keyof typeof target] !== "function" || reading.has(name)
                ? name === "open"
                  ? (path: string, options?: { readonly flag?: string }) => {
                    assert.isTrue(options?.flag === undefined || options.flag === "r")
                    return target.open(path)
                  }
                  : target[name as keyof typeof target]
                : () => assert.fail(`${String(name)} was called`)
          }))
      ).pipe(Layer.provide(NodeFileSystem.layer))
      assert.strictEqual((await read(root, {}, guarded)).environments.length, 1)
    }))
})
