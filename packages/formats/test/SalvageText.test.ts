import type { DirectoryReading, ReadChain } from "@backup-tree/core/directory/DirectoryReading"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as SalvageText from "@backup-tree/formats/SalvageText"
import * as Style from "@backup-tree/formats/Style"
import { assert, describe, it } from "@effect/vitest"

const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const chainX = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

const image = (backingFile: string | undefined) => ({
  size: 1_310_720n,
  isCut: false,
  header: { version: 3, virtualSize: 68_719_476_736n, backingFile }
})

const chain = (files: ReadChain["files"]): ReadChain => ({
  directory: chainX,
  locked: false,
  readable: true,
  items: [{
    number: 1,
    directory: "base",
    content: { _tag: "Damaged" },
    described: undefined,
    configuration: { file: "config.pvs", name: "web01" },
    notes: []
  }],
  bareItems: [],
  files
})

const reading = (files: ReadChain["files"], name = "web01"): DirectoryReading => ({
  root: "/mnt/backups",
  environments: [{
    directory: web,
    metadata: { uuid: web, name, vmType: 0, version: 5, kept: [] },
    chains: [chain(files)],
    notes: []
  }],
  skips: [{ path: `${web}/${chainX}/base`, reason: "head-invalid", detail: "" }]
})

const files = new Map([["a.hdd.qcow2", image(undefined)], ["a.hdd.2.qcow2", image("a.hdd.qcow2")]])

describe("SalvageText", () => {
  it("writes what is missing, what is lost, what can be had, and how", () => {
    const out = `"\${OUT:?}"/${`${web}__${chainX}`.replace(/[{}]/g, "")}`
    assert.deepStrictEqual(SalvageText.lines(Salvage.from(reading(files)), { width: 90 }), [
      `${web}/${chainX}/base (web01): the metadata of the first backup of a chain is missing or unusable`,
      "  Lost: The metadata of the first backup, so a server does not list the chain.",
      "  Recoverable: All images, and with them the data of all disks.",
      "  Disk of 64.0 GiB: 2 images, from \"a.hdd.qcow2\" to \"a.hdd.2.qcow2\"",
      "  1. Choose a directory elsewhere for copies and disks, with up to 68722098176 bytes of",
      "     space. The next commands use it as OUT:",
      "     OUT=~/backup-tree-salvage; mkdir -p \"$OUT\"",
      "  2. Copy the directory of the chain before you change anything:",
      `     cp -aT --no-clobber --reflink=auto '/mnt/backups/${web}/${chainX}' ${out}`,
      "  3. Convert image \"a.hdd.2.qcow2\" and its backing images to a raw disk of 68719476736",
      "     bytes:",
      `     qemu-img convert -f qcow2 -O raw '/mnt/backups/${web}/${chainX}/a.hdd.2.qcow2' ${out}__a.hdd.2.raw`,
      "  4. To make servers list it again, write new metadata to",
      `     "${web}/${chainX}/base/.metadata".`,
      "     Fill in the empty values if you know them:",
      `cat > '/mnt/backups/${web}/${chainX}/base/.metadata' <<'END'`,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<BackupItem dyn_lists=\"TibFileList PartialBackupItem 0\" schemaVersion=\"1.0\">",
      ` <Uuid>${chainX}</Uuid>`,
      ` <Id>${chainX}</Id>`,
      " <Host></Host>",
      " <ServerUuid></ServerUuid>",
      " <DateTime></DateTime>",
      " <Creator></Creator>",
      " <Size>1310720</Size>",
      " <Type>f</Type>",
      " <Description></Description>",
      " <TibFileList>a.hdd.qcow2</TibFileList>",
      " <OriginalSize>0</OriginalSize>",
      " <BundlePermissions>0</BundlePermissions>",
      " <Flags>2048</Flags>",
      " <LastNumber>2</LastNumber>",
      " <BackupDisks dyn_lists=\"BackupDisk 0\"/>",
      "</BackupItem>",
      "END"
    ])
  })

  it("writes nothing where nothing is wrong", () => {
    assert.deepStrictEqual(SalvageText.lines([]), [])
  })

  it("parts entries by an empty line, and marks their titles", () => {
    const entries = Salvage.from(reading(files))
    const lines = SalvageText.lines([...entries, ...entries], { style: Style.ansi })
    assert.strictEqual(lines.filter((line) => line === "").length, 1)
    assert.match(lines[0]!, /^\u001b\[1m/)
  })

  it("lets no name reach the terminal unescaped", () => {
    const hostile = new Map([["\u001b[2J", image(undefined)]])
    for (const line of SalvageText.lines(Salvage.from(reading(hostile, "web\u202e01")))) {
      assert.notMatch(line, /[\p{Cc}\u202e]/u)
    }
  })
})
