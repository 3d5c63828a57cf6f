import { assert, describe, it } from "@effect/vitest"
import * as os from "node:os"
import * as stores from "../support/backupStore.ts"
import { id, idsOf, list, machine, read, skipsOf, vm, without } from "../support/directories.ts"

const { chain, config, head, image, imageName, link, vmItem } = stores

describe("the reading of a damaged store", () => {
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
    it(`reports ${what}`, () =>
      stores.withStore({ ...files, ...machine("1", chain(id("1"))) }, async (root) => {
        const reading = await read(root)
        assert.deepStrictEqual([...skipsOf(reading)].sort(), [...skips].sort())
        const { tree } = await list(root)
        assert.deepStrictEqual(idsOf(tree).filter((one) => one.startsWith(c)), shown)
        // Nothing else is hidden because of it.
        assert.include(idsOf(tree), `${id("1")}.3`)
      }))
  }
})
