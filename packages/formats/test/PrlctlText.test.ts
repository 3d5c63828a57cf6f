import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as PrlctlText from "@backup-tree/formats/PrlctlText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, identity, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as Prlctl from "./examples/Prlctl.ts"
import { example, listingOf } from "./support/listings.ts"

const zoneOf = (id: string): DateTime.TimeZone => DateTime.zoneMakeNamedUnsafe(id)
const berlin = zoneOf("Europe/Berlin")
const utc = zoneOf("UTC")
const zones = ["UTC", "Europe/Berlin", "Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Chatham"]
const layouts = ["table", "full"] as const

const golden = (layout: PrlctlText.Layout): string =>
  fs.readFileSync(
    new URL(`./fixtures/prlctl-backup-list${layout === "full" ? "-f" : ""}.txt`, import.meta.url),
    "utf8"
  )

const write = (tree: BackupTree.BackupTree, options: PrlctlText.WriteOptions): string =>
  [...PrlctlText.lines(tree, options)].map((line) => `${line}\n`).join("")

const read = (text: string, zone = berlin): PrlctlText.PrlctlReading =>
  Result.getOrThrow(PrlctlText.read(text, { zone }))

const errorOf = (text: string, zone = berlin): PrlctlText.PrlctlTextError =>
  Result.match(PrlctlText.read(text, { zone }), {
    onFailure: (error) => error,
    onSuccess: () => assert.fail("expected an error")
  })

/** Returns the date that prlctl prints in a zone for one of a tree. */
const printed = (dateTime: string, zone: string): string => {
  const [environment] = example("02-vm-full.xml").environments
  const [chain] = environment!.chains
  const tree = { environments: [{ ...environment!, chains: [{ ...chain!, head: { ...chain!.head, dateTime } }] }] }
  return [...PrlctlText.lines(tree, { layout: "full", zone: zoneOf(zone) })][5]!.slice("Date: ".length)
}

const dateOf = (tree: BackupTree.BackupTree): string => tree.environments[0]!.chains[0]!.head.dateTime

/** Returns the part of a tree that a layout can hold, if no text has a line break. */
const held = (tree: BackupTree.BackupTree, layout: PrlctlText.Layout): BackupTree.BackupTree => {
  const isFull = layout === "full"
  const backup = <A extends BackupTree.Backup>(one: A): A => ({
    ...one,
    serverUuid: isFull ? one.serverUuid : "",
    creator: isFull ? one.creator : "",
    description: isFull ? one.description : "",
    images: [],
    originalSize: 0n,
    bundlePermissions: 0,
    flags: 0,
    disks: isFull
      ? {
        list: (one.disks?.list ?? []).map((disk) => ({ ...disk, encryption: { keyId: "", kept: [] }, kept: [] })),
        kept: []
      }
      : undefined,
    kept: []
  })
  return {
    environments: tree.environments.filter(({ chains }) => chains.length > 0).map((environment) => ({
      ...environment,
      name: isFull ? environment.name : "",
      vmType: 0,
      version: 0,
      chains: environment.chains.map(({ head, incrementals, uuid }) => ({
        uuid,
        head: backup(head),
        incrementals: incrementals.map(backup),
        lastNumber: 0
      })),
      kept: []
    })),
    kept: []
  }
}

const flat = (text: string): string => text.replace(/[\r\n]/g, "~").trim()

/** Replaces what no layout can hold: line breaks, and blanks around a host. */
const withFlatTexts = (tree: BackupTree.BackupTree): BackupTree.BackupTree => {
  const backup = <A extends BackupTree.Backup>(one: A): A => ({
    ...one,
    host: flat(one.host),
    creator: flat(one.creator),
    serverUuid: flat(one.serverUuid),
    disks: one.disks && {
      ...one.disks,
      list: one.disks.list.map((disk) => ({
        ...disk,
        name: flat(disk.name),
        originalPath: flat(disk.originalPath)
      }))
    }
  })
  return {
    ...tree,
    environments: tree.environments.map((environment) => ({
      ...environment,
      name: flat(environment.name),
      chains: environment.chains.map((chain) => ({
        ...chain,
        head: backup(chain.head),
        incrementals: chain.incrementals.map(backup)
      }))
    }))
  }
}

const withoutDates = (tree: BackupTree.BackupTree): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment) => ({
    ...environment,
    chains: environment.chains.map((chain) => ({
      ...chain,
      head: { ...chain.head, dateTime: "" },
      incrementals: chain.incrementals.map((one) => ({ ...one, dateTime: "" }))
    }))
  }))
})

/** A piece of a text that prlctl could have printed. */
const piece = Arbitrary.schema(Schema.Literals([
  ...golden("full").split("\n"),
  ...golden("table").split("\n"),
  "Date: 10/29/2023 02:30:00",
  "Date: 2024-03-02 02:00:07",
  "Date: 13/45/2024 99:00:00",
  "Description: one",
  "ServerUuid: ",
  "Size: 99999999999999999999",
  "{a} {b} 03/02/2024 03:00:07 5",
  "{a} {b} web host f 5",
  "{a} {b}.2 x 10/29/2023 02:30:00  i 5",
  "Warning: deprecated",
  "\t",
  "\r"
]))

describe("PrlctlText", () => {
  it("writes both layouts byte for byte", () => {
    for (const layout of layouts) {
      assert.strictEqual(write(example("03-vm-full-2inc.xml"), { layout, zone: berlin }), golden(layout))
    }
  })

  it("reads both layouts", () => {
    const tree = example("03-vm-full-2inc.xml")
    for (const layout of layouts) {
      const reading = read(golden(layout))
      assert.strictEqual(reading.layout, layout)
      assert.deepStrictEqual(reading.tree, held(tree, layout))
      assert.deepStrictEqual(reading.losses.map(({ _tag }) => _tag), ["NotPrinted"])
      const schema = Schema.Array(PrlctlText.Loss)
      assert.deepStrictEqual(Schema.decodeSync(schema)(Schema.encodeSync(schema)(reading.losses)), reading.losses)
    }
  })

  it("is shown by the README", () => {
    const example = fs.readFileSync(new URL("./examples/Prlctl.ts", import.meta.url), "utf8")
    assert.include(fs.readFileSync(new URL("../README.md", import.meta.url), "utf8"), example)
    assert.deepStrictEqual(Result.getOrThrow(Prlctl.read(golden("full"))), { backups: 3, isAmbiguous: false })
  })

  it("tells which fields a layout lacks", () => {
    const fieldsOf = (layout: PrlctlText.Layout) =>
      read(golden(layout)).losses.flatMap((loss) => loss._tag === "NotPrinted" ? loss.fields : [])
    assert.includeMembers([...fieldsOf("table")], ["Name", "VmType", "TibFileList", "Description"])
    assert.notInclude(fieldsOf("full"), "Name")
    assert.include(fieldsOf("full"), "LastNumber")
  })

  it("makes a listing that no plan accepts", () => {
    const { completeness, request, tree } = PrlctlText.toListing(read(golden("table")), listingOf(BackupTree.empty))
    assert.strictEqual(completeness, "partial")
    assert.strictEqual(request._tag, "None")
    assert.lengthOf(tree.environments, 1)
  })

  it("writes an empty tree as the header alone, or as nothing", () => {
    const header = golden("table").split("\n")[0]!
    assert.deepStrictEqual([...PrlctlText.lines(BackupTree.empty, { layout: "table", zone: utc })], [header])
    assert.deepStrictEqual([...PrlctlText.lines(BackupTree.empty, { layout: "full", zone: utc })], [])
    assert.deepStrictEqual(
      [...PrlctlText.lines(BackupTree.empty, { layout: "table", zone: utc, header: false })],
      []
    )
    for (const text of ["", "\n", `${header}\n`]) assert.deepStrictEqual(read(text).tree, BackupTree.empty)
  })

  it("counts widths in bytes, and never cuts a value", () => {
    const [environment] = example("02-vm-full.xml").environments
    const [chain] = environment!.chains
    const rowOf = (host: string) =>
      [...PrlctlText.lines(
        { environments: [{ ...environment!, chains: [{ ...chain!, head: { ...chain!.head, host } }] }] },
        { layout: "table", zone: berlin, header: false }
      )][0]!.slice(78)
    const rest = "03/02/2024 03:00:07     f 4294967296"
    assert.strictEqual(rowOf("é"), `é${" ".repeat(19)}${rest}`)
    assert.strictEqual(rowOf("日本"), `日本${" ".repeat(15)}${rest}`)
    assert.strictEqual(rowOf("😀"), `😀${" ".repeat(17)}${rest}`)
    assert.strictEqual(rowOf("x".repeat(30)), `${"x".repeat(30)} ${rest}`)
  })

  it("prints dates in the zone, an hour late in London as prlctl does", () => {
    assert.strictEqual(printed("2024-01-15 12:00:00", "UTC"), "01/15/2024 12:00:00")
    assert.strictEqual(printed("2024-07-15 12:00:00", "Europe/Berlin"), "07/15/2024 14:00:00")
    assert.strictEqual(printed("2024-07-15 12:00:00", "Europe/Moscow"), "07/15/2024 15:00:00")
    assert.strictEqual(printed("2024-01-15 12:00:00", "America/New_York"), "01/15/2024 07:00:00")
    assert.strictEqual(printed("2024-01-15 12:00:00", "America/Sao_Paulo"), "01/15/2024 09:00:00")
    assert.strictEqual(printed("2024-01-15 20:00:00", "Asia/Kolkata"), "01/16/2024 01:30:00")
    assert.strictEqual(printed("2024-01-15 12:00:00", "Pacific/Chatham"), "01/16/2024 01:45:00")
    assert.strictEqual(printed("2024-01-15 12:00:00", "Europe/London"), "01/15/2024 13:00:00")
    assert.strictEqual(printed("2024-07-15 12:00:00", "Europe/London"), "07/15/2024 14:00:00")
    assert.strictEqual(printed("2024-02-29 23:30:00", "Europe/Berlin"), "03/01/2024 00:30:00")
    assert.strictEqual(printed("2024-01-15 12:00:00.500", "UTC"), "01/15/2024 12:00:00")
    for (const text of ["", "never", "2024-02-30 12:00:00", "2024-1-15 12:00:00", "2024-01-15T12:00:00"]) {
      assert.strictEqual(printed(text, "Europe/Berlin"), text)
    }
    // An offset of 1970 with seconds.
    assert.match(printed("2024-01-15 12:00:00", "Africa/Monrovia"), /^01\/15\/2024 1\d:\d\d:\d\d$/)
  })

  it("marks dates in the repeated hour, and keeps dates that the clocks skip", () => {
    const [autumn, spring] = ["10/29/2023 02:30:00", "03/31/2024 02:30:00"].map((date) =>
      read(golden("full").replace("03/02/2024 03:00:07", date))
    )
    assert.strictEqual(dateOf(autumn!.tree), "2023-10-29 00:30:00")
    assert.deepStrictEqual(autumn!.losses[1], { _tag: "RepeatedHour", count: 1, lines: [1] })
    assert.strictEqual(dateOf(spring!.tree), "03/31/2024 02:30:00")
    assert.deepStrictEqual(spring!.losses[1], { _tag: "UnreadDate", count: 1, lines: [1] })
  })

  it("reads a description that looks like keys", () => {
    const description = "one\nServerUuid: {x}\nVM_UUID: {y}\n\nDiskList:\n\tName: no"
    const text = golden("full").replace("Description: first full", `Description: ${description}`)
    assert.strictEqual(read(text).tree.environments[0]!.chains[0]!.head.description, description)
    assert.lengthOf(read(text).tree.environments[0]!.chains[0]!.incrementals, 2)
  })

  it("reads rows without a header, of an empty host, without a date, and behind a warning", () => {
    const [header, ...rows] = golden("table").trimEnd().split("\n")
    const tree = read(golden("table")).tree
    assert.deepStrictEqual(read(rows.join("\n")).tree, tree)
    assert.deepStrictEqual(read(golden("table").replaceAll("\n", "\r\n")).tree, tree)
    const warned = read(`WARNING: prlctl is deprecated\n\n${golden("table")}`)
    assert.deepStrictEqual(warned.tree, tree)
    assert.deepStrictEqual(warned.losses[1], { _tag: "IgnoredLines", count: 1, lines: [1] })
    const headOf = (row: string) => read(`${header}\n${row}`).tree.environments[0]!.chains[0]!.head
    const row = rows[0]!
    assert.strictEqual(headOf(row.replace("hn1.example.com", " ".repeat(15))).host, "")
    assert.strictEqual(headOf(row.replace("hn1.example.com", "a host  of 4 words")).host, "a host  of 4 words")
    const dateless = headOf(row.replace("03/02/2024 03:00:07", " ".repeat(19)))
    assert.deepStrictEqual([dateless.host, dateless.dateTime], ["hn1.example.com", ""])
    assert.strictEqual(headOf(row.replace("    f ", "      ")).type, "")
  })

  it("reads a block without its last empty line, and keys without blanks", () => {
    const text = golden("full").trimEnd().replace("Description: first full", "Description:")
    assert.strictEqual(read(text).tree.environments[0]!.chains[0]!.head.description, "")
  })

  it("fails with the place and what to do", () => {
    const [header, first, second] = golden("table").split("\n")
    assert.strictEqual(
      errorOf("\nhello").message,
      "line 2, column 1: \"hello\" is not the output of prlctl backup-list. Save the output of `prlctl backup-list` or "
        + "`prlctl backup-list --full`, and read it unchanged."
    )
    assert.match(
      errorOf(`${header}\n${second}`).message,
      /^line 2, column 1: the incremental backup .* before the full/
    )
    assert.match(errorOf(`${header}\n${first}x`).message, /^line 2, column \d+: "4294967296x" is not a size in bytes/)
    assert.match(errorOf(`${header}\nhello`).message, /^line 2, column 6: the row ends too early/)
    assert.match(errorOf(`${header}\n{a} {b} 03:00:07 5`).message, /date before the time is missing/)
    const full = golden("full")
    assert.match(
      errorOf(full.replace("Owner: root", "Ow: root")).message,
      /^line 3, column 1: the block has no line "Owner" after Host/
    )
    assert.match(errorOf(full.slice(0, 200)).message, /^line \d+, column 1: /)
    assert.match(errorOf(full.replace("Size: 4294967296", "Size: -1")).message, /^line 8, column 7: "-1" is not a size/)
    assert.match(
      errorOf(full.replace("\tOriginalPath", "OriginalPath")).message,
      /has no line "ServerUuid" after Description/
    )
    assert.match(errorOf(full.replace("03/02/2024 03", "2024-03-02 03")).message, /is not one that prlctl prints/)
    const long = Result.getFailure(PrlctlText.read("x".repeat(11), { zone: utc, maxLength: 10 }))
    assert.match(
      long._tag === "Some" ? long.value.message : "",
      /^line 1, column 1: the text has more than 10 characters/
    )
  })

  it.prop(
    "reads back what a layout can hold",
    [Arbitraries.healthyTree, Arbitrary.schema(Schema.Literals(layouts)), Arbitrary.schema(Schema.Literals(zones))],
    ([tree, layout, id]) => {
      const zone = zoneOf(id)
      const given = withFlatTexts(tree)
      const reading = read(write(given, { layout, zone }), zone)
      // The earlier moment of a repeated hour may be another one.
      const comparable = reading.losses.some(({ _tag }) => _tag === "RepeatedHour") ? withoutDates : identity
      assert.deepStrictEqual(comparable(reading.tree), comparable(held(given, layout)))
    }
  )

  it.prop("never throws, and reads again what it wrote", [
    Arbitrary.array(piece, { maxLength: 40 }),
    Arbitrary.schema(Schema.Literals(zones))
  ], ([pieces, id]) => {
    const zone = zoneOf(id)
    for (const text of [pieces.join("\n"), `${golden("full")}${pieces.join("\n")}`, pieces.join("")]) {
      const reading = PrlctlText.read(text, { zone })
      if (Result.isFailure(reading)) {
        assert.isAtMost(reading.failure.message.length, 2000)
        continue
      }
      const { layout, tree } = reading.success
      assert.isTrue(Schema.is(BackupTree.BackupTree)(tree))
      assert.deepStrictEqual(read(write(tree, { layout, zone }), zone).tree, tree)
    }
  })

  it.prop("never throws on what any tree looks like, and escapes it on request", [Arbitraries.tree], ([tree]) => {
    for (const layout of layouts) {
      PrlctlText.read(write(tree, { layout, zone: berlin }), { zone: berlin })
      for (const line of PrlctlText.lines(tree, { layout, zone: berlin, escape: true })) {
        assert.notMatch(line.replace(/^\t/, ""), /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
      }
    }
  })

  it("reads hostile texts in time that grows with their length", () => {
    const lines = 20_000
    for (
      const text of [
        "VM_UUID: \n".repeat(lines),
        `${golden("full").split("Description")[0]}Description: x\n${
          "ServerUuid: \nDiskList:\n\tName: \n".repeat(lines)
        }`,
        `${golden("full").split("Description")[0]}Description: ${"\tName: \n".repeat(lines)}`,
        `{a} {b} ${" ".repeat(64 * 1024)} x ${" ".repeat(64 * 1024)} 5`,
        `${golden("table")}{a} {b} ${"x".repeat(64 * 1024)} 03/02/2024 03:00:07 f 5\n`
      ]
    ) PrlctlText.read(text, { zone: berlin })
    const row = { host: `\u001b[2J\u202e${"x".repeat(1 << 16)}` }
    const [environment] = example("02-vm-full.xml").environments
    const [chain] = environment!.chains
    const tree = { environments: [{ ...environment!, chains: [{ ...chain!, head: { ...chain!.head, ...row } }] }] }
    const [line] = [...PrlctlText.lines(tree, { layout: "table", zone: utc, header: false, escape: true })]
    assert.include(line!, "\\e[2J\\u{202e}xxx")
  })
})
