import type * as Note from "@backup-tree/core/tree/Note"
import { assert, describe, it } from "@effect/vitest"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import { backup, chained, decoded, edit, environment, first, full, isTree, refusal } from "../support/treeXml.ts"
import { fixture } from "../support/xmlFixtures.ts"

describe("the table of findings", () => {
  // What a document has instead of a part of 03, what the tolerant mode notes, and what value it reads.
  interface Row {
    readonly title: string
    readonly from: string
    readonly to: string
    readonly rule: Note.Note["rule"]
    readonly path: string
    readonly message: string
    readonly text?: string
    readonly value: (tree: BackupTree.BackupTree) => unknown
    readonly expected: unknown
  }

  const head = "VmItem[1]/BackupItem[1]"
  const link = `${head}/PartialBackupItem[1]`
  const disk = `${head}/BackupDisks/BackupDisk[1]`
  const headOf = (tree: BackupTree.BackupTree): BackupTree.FullBackup => first(tree).head
  const linkOf = (tree: BackupTree.BackupTree): BackupTree.IncrementalBackup => first(tree).incrementals[0]!

  const missing = (element: string, path: string, name: string, value: Row["value"], expected: "" | 0 | 0n): Row => ({
    title: `a missing ${path}`,
    from: element,
    to: "",
    rule: "missing-required",
    path,
    message: `${name} is missing; it is read as ${expected === "" ? "empty" : "0"}`,
    value,
    expected
  })

  const junk = (text: string, shown: string, expected = 0n): Row => ({
    title: `a number that is ${shown}`,
    from: "<Size>4294967296</Size>",
    to: `<Size>${text}</Size>`,
    rule: "junk-number",
    path: `${head}/Size`,
    message: text === ""
      ? "Size is empty, but must be a number; it is read as 0"
      : `Size is not a number: "${text}"; it is read as 0`,
    text,
    value: (tree) => headOf(tree).size,
    expected
  })

  const number32 = (element: string, path: string, text: string, value: Row["value"]): Row => ({
    title: `a number of 32 bits that is ${text}: ${path}`,
    from: element,
    to: element.replace(/>[0-9]+</, `>${text}<`),
    rule: "junk-number",
    path,
    message: `${path.split("/").at(-1)} is not a number: "${text}"; it is read as 0`,
    text,
    value,
    expected: 0
  })

  const date = (text: string): Row => ({
    title: `a date ${text}`,
    from: "<DateTime>2024-03-02 02:00:07<",
    to: `<DateTime>${text}<`,
    rule: "bad-date",
    path: `${head}/DateTime`,
    message: `DateTime is not a valid date: "${text}"; the backup is treated as undated`,
    text,
    value: (tree) => [headOf(tree).dateTime, BackupDate.createdAt(headOf(tree))],
    expected: [text, undefined]
  })

  const letter = (kind: "head" | "link", text: string): Row => ({
    title: `the letter "${text}" on a ${kind}`,
    from: kind === "head" ? "<Type>f<" : "<Type>i<",
    to: `<Type>${text}<`,
    rule: "bad-letter",
    path: `${kind === "head" ? head : link}/Type`,
    message: `Type is "${text}" instead of "${
      kind === "head" ? "f" : "i"
    }"; the letter is ignored, and the position of the backup decides`,
    text,
    value: (tree) => (kind === "head" ? headOf : linkOf)(tree).type,
    expected: text
  })

  const refused: ReadonlyArray<Row> = [
    missing(`<Uuid>${environment}</Uuid>`, "VmItem[1]/Uuid", "Uuid", (tree) => tree.environments[0]!.uuid, ""),
    missing("<Name>web01</Name>", "VmItem[1]/Name", "Name", (tree) => tree.environments[0]!.name, ""),
    missing(`<Uuid>${backup}</Uuid>`, `${head}/Uuid`, "Uuid", (tree) => first(tree).uuid, ""),
    missing(`<Id>${backup}</Id>`, `${head}/Id`, "Id", (tree) => headOf(tree).id, ""),
    missing("<Host>hn1.example.com</Host>", `${head}/Host`, "Host", (tree) => headOf(tree).host, ""),
    missing(
      "<ServerUuid>{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}</ServerUuid>",
      `${head}/ServerUuid`,
      "ServerUuid",
      (tree) => headOf(tree).serverUuid,
      ""
    ),
    missing(
      "<DateTime>2024-03-02 02:00:07</DateTime>",
      `${head}/DateTime`,
      "DateTime",
      (tree) => headOf(tree).dateTime,
      ""
    ),
    missing("<Creator>root</Creator>", `${head}/Creator`, "Creator", (tree) => headOf(tree).creator, ""),
    missing("<Size>4294967296</Size>", `${head}/Size`, "Size", (tree) => headOf(tree).size, 0n),
    missing("<Type>f</Type>", `${head}/Type`, "Type", (tree) => headOf(tree).type, ""),
    missing(
      "<Description>first full</Description>",
      `${head}/Description`,
      "Description",
      (tree) => headOf(tree).description,
      ""
    ),
    missing("<Number>2</Number>", `${link}/Number`, "Number", (tree) => linkOf(tree).number, 0),
    missing(`<Id>${backup}.2</Id>`, `${link}/Id`, "Id", (tree) => linkOf(tree).id, ""),
    missing("<Type>i</Type>", `${link}/Type`, "Type", (tree) => linkOf(tree).type, ""),
    junk("", "empty"),
    junk("  ", "blank"),
    junk("junk", "junk"),
    junk("-1", "negative"),
    junk("-0", "negative zero"),
    junk("1.5", "a fraction"),
    junk("0x10", "hexadecimal"),
    junk("1 2", "two"),
    junk("１２", "of other digits"),
    junk("18446744073709551616", "one too large"),
    junk("9".repeat(30), "far too large"),
    number32("<VmType>0</VmType>", "VmItem[1]/VmType", "-1", (tree) => tree.environments[0]!.vmType),
    number32("<Version>5</Version>", "VmItem[1]/Version", "4294967296", (tree) => tree.environments[0]!.version),
    number32("<Number>2</Number>", `${link}/Number`, "two", (tree) => linkOf(tree).number),
    number32("<LastNumber>3</LastNumber>", `${head}/LastNumber`, "3.0", (tree) => first(tree).lastNumber),
    number32("<Flags>4096</Flags>", `${link}/Flags`, "4294967296", (tree) => linkOf(tree).flags),
    date("2024-02-30 02:00:07"),
    date("2024-3-2 02:00:07"),
    date("2024-03-02 24:00:00"),
    date("2024-03-02"),
    date(" 2024-03-02 02:00:07"),
    date("yesterday"),
    letter("head", ""),
    letter("head", "i"),
    letter("head", "d"),
    letter("head", "F"),
    letter("link", ""),
    letter("link", "f"),
    letter("link", "x"),
    {
      title: "an element inside a value",
      from: "<Name>web01</Name>",
      to: "<Name>web01<b/></Name>",
      rule: "unknown-element",
      path: "VmItem[1]/Name/b[1]",
      message: "<b> is nested in the value of Name; it is ignored",
      value: (tree) => tree.environments[0]!.name,
      expected: "web01"
    }
  ]

  for (const row of refused) {
    it(`notes ${row.title}, or refuses it`, () => {
      const text = edit(chained, row.from, row.to)
      const { notes, tree } = decoded(text)
      assert.deepStrictEqual(row.value(tree), row.expected)
      assert.isTrue(isTree(tree))
      assert.strictEqual(notes.length, 1)
      const { message, path, rule, text: value } = notes[0]!
      assert.deepStrictEqual([rule, path, message, value], [row.rule, row.path, row.message, row.text])
      const error = refusal(text)
      assert.deepStrictEqual([error.reason, error.path, error.detail], [
        row.rule,
        row.path,
        row.message.split("; ")[0]
      ])
    })
  }

  it("notes what disks lack, or refuses it", () => {
    const rows = [
      ["<Name>harddisk.hdd.qcow2</Name>", "Name", ""],
      ["<OriginalPath>harddisk.hdd</OriginalPath>", "OriginalPath", ""],
      ["<Size>68719476736</Size>", "Size", 0n]
    ] as const
    for (const [element, name, expected] of rows) {
      const text = edit(full, element, "")
      const { notes, tree } = decoded(text)
      const found = headOf(tree).disks!.list[0]!
      assert.strictEqual({ Name: found.name, OriginalPath: found.originalPath, Size: found.size }[name], expected)
      assert.deepStrictEqual(notes.map(({ path, rule }) => [rule, path]), [["missing-required", `${disk}/${name}`]])
      assert.strictEqual(refusal(text).path, `${disk}/${name}`)
    }
  })

  it("does not recognise other letter case or a prefix: required elements are missing then", () => {
    for (const name of ["host", "HOST", "v:Host"]) {
      const text = edit(full, "<Host>hn1.example.com</Host>", `<${name}>hn1.example.com</${name}>`)
      assert.deepStrictEqual(decoded(text).notes.map(({ path, rule }) => [rule, path]), [
        ["missing-required", `${head}/Host`],
        ["unknown-element", `${head}/${name}[1]`]
      ])
      assert.deepStrictEqual([refusal(text).reason, refusal(text).path], ["missing-required", `${head}/Host`])
    }
  })

  it("keeps and notes raw characters outside XML 1.0, or refuses them", () => {
    const text = edit(chained, "<Description>nightly<", "<Description>a\u0001b\u0000<")
    const { notes, tree } = decoded(text)
    assert.strictEqual(linkOf(tree).description, "a\u0001b\u0000")
    assert.deepStrictEqual(notes, [{
      rule: "forbidden-character",
      path: `${link}/Description`,
      message: "Description contains U+0001, which XML 1.0 does not allow; it is kept",
      text: "a\u0001b\u0000",
      environment,
      backup: `${backup}.2`
    }])
    const error = refusal(text)
    assert.deepStrictEqual(
      [error.reason, error.path, error.line, error.column],
      ["forbidden-character", "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Description[1]", 27, 19]
    )
    const comment = edit(full, "<Host>", "<!-- \u0001 --><Host>")
    assert.deepStrictEqual([decoded(comment).notes, refusal(comment).reason], [[], "forbidden-character"])
    const within = edit(full, "<Host>", "<Quota><a b='\u000b'/></Quota><Host>")
    assert.deepStrictEqual(decoded(within).notes.map(({ path, rule }) => [rule, path]), [
      ["unknown-element", `${head}/Quota[1]`],
      ["forbidden-character", `${head}/Quota[1]`]
    ])
  })

  it("refuses in both modes what is not well-formed, not safe, or another document", () => {
    const rows: ReadonlyArray<readonly [text: string, reason: XmlError["reason"]]> = [
      ["", "empty"],
      ["hello", "outside"],
      [full.slice(0, -4), "truncated"],
      [`<!DOCTYPE BackupTree>${full}`, "doctype"],
      [edit(full, "web01", "&#1;"), "reference"],
      [edit(full, "web01", "&nbsp;"), "entity"],
      [edit(full, "web01", "\ud83d"), "surrogate"],
      ["<VmItem/>", "root"],
      ["<backuptree/>", "root"],
      ["<x:BackupTree/>", "root"]
    ]
    for (const [text, reason] of rows) {
      for (const mode of ["tolerant", "strict"] as const) assert.strictEqual(refusal(text, mode).reason, reason)
    }
    assert.strictEqual(
      refusal("<VmItem/>").message,
      "XML refused: the root element is <VmItem>, not <BackupTree>. Check that you selected the right document."
    )
  })

  it("uses the defaults of optional elements in both modes", () => {
    const optional =
      /<(VmType|Version|OriginalSize|BundlePermissions|Flags|LastNumber)>[^<]*<\/\1>|<BackupDisks[^]*?<\/BackupDisks>/g
    for (const mode of ["tolerant", "strict"] as const) {
      const { notes, tree } = decoded(chained.replaceAll(optional, ""), mode)
      const { chains, vmType, version } = tree.environments[0]!
      const { head, incrementals, lastNumber } = chains[0]!
      assert.deepStrictEqual(notes, [])
      assert.deepStrictEqual([vmType, version, lastNumber], [0, 0, 0])
      for (const item of [head, ...incrementals]) {
        assert.deepStrictEqual([item.originalSize, item.bundlePermissions, item.flags, item.disks], [
          0n,
          0,
          0,
          undefined
        ])
      }
      for (const text of [edit(full, "<KeyId></KeyId>", ""), full.replace(/<Encryption[^]*<\/Encryption>/, "")]) {
        assert.deepStrictEqual(headOf(decoded(text, mode).tree).disks!.list[0]!.encryption, { keyId: "", kept: [] })
      }
    }
  })

  it("distinguishes an empty disk list from a missing one", () => {
    const text = full.replace(/<BackupDisks[^]*<\/BackupDisks>/, "<BackupDisks/>")
    assert.deepStrictEqual(headOf(decoded(text).tree).disks, { list: [], kept: [] })
  })

  it("reads empty and ISO 8601 dates in both modes", () => {
    const dates = [
      ["", null],
      ["2024-03-02T02:00:07", 1709344807000],
      ["2024-03-02T02:00:07Z", 1709344807000],
      ["2024-03-02 03:00:07.25+01:00", 1709344807250]
    ] as const
    for (const [text, millis] of dates) {
      for (const mode of ["tolerant", "strict"] as const) {
        const { notes, tree } = decoded(edit(full, "<DateTime>2024-03-02 02:00:07<", `<DateTime>${text}<`), mode)
        assert.deepStrictEqual([headOf(tree).dateTime, notes], [text, []])
        assert.strictEqual(BackupDate.createdAt(headOf(tree))?.epochMilliseconds ?? null, millis)
      }
    }
  })

  it("accepts d on a link in both modes", () => {
    for (const mode of ["tolerant", "strict"] as const) {
      const { notes, tree } = decoded(edit(chained, "<Type>i<", "<Type>d<"), mode)
      assert.deepStrictEqual([linkOf(tree).type, notes], ["d", []])
    }
  })

  it("keeps unknown elements at their positions in both modes, and notes them in one", () => {
    const more = edit(edit(full, "<Host>", "<b x='1'>2</b><c/><b/><Host>"), "<KeyId>", "<d/><KeyId>")
    const kept = [
      { position: 2, element: { name: "b", attributes: [["x", "1"]], children: ["2"] } },
      { position: 3, element: { name: "c", attributes: [], children: [] } },
      { position: 4, element: { name: "b", attributes: [], children: [] } }
    ]
    for (const mode of ["tolerant", "strict"] as const) {
      const { tree } = decoded(more, mode)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(headOf(tree).kept)), kept)
      assert.strictEqual(headOf(tree).disks!.list[0]!.encryption.kept[0]!.element.name, "d")
    }
    assert.deepStrictEqual(decoded(more, "strict").notes, [])
    const { notes } = decoded(more)
    assert.sameMembers(notes.map(({ path }) => path), [
      `${head}/b[1]`,
      `${head}/c[1]`,
      `${head}/b[2]`,
      `${disk}/Encryption/d[1]`
    ])
    assert.isTrue(notes.every(({ rule }) => rule === "unknown-element"))
    assert.strictEqual(
      notes.find(({ path }) => path === `${head}/c[1]`)!.message,
      "<c> is not a known element; it is kept"
    )
  })

  it("ignores unknown attributes in both modes", () => {
    for (const mode of ["tolerant", "strict"] as const) {
      assert.deepStrictEqual(decoded(edit(full, "<VmItem", "<VmItem Name='no' x='\n'"), mode), decoded(full, mode))
    }
  })

  it("uses the last of several elements in both modes, and notes it in one", () => {
    const twice = edit(
      edit(chained, "<Name>", "<Name>a</Name><Name>b</Name><Name>"),
      "<Size>",
      "<Size>junk</Size><Size>"
    )
    for (const mode of ["tolerant", "strict"] as const) {
      assert.deepStrictEqual(decoded(twice, mode).tree, decoded(chained).tree)
    }
    assert.deepStrictEqual(decoded(twice, "strict").notes, [])
    assert.sameDeepMembers(decoded(twice).notes.map(({ message, path, rule }) => [rule, path, message]), [
      ["duplicate-element", "VmItem[1]/Name", "Name appears 3 times; the last one is used"],
      ["duplicate-element", `${head}/Size`, "Size appears 2 times; the last one is used"]
    ])
    const lists = edit(full, "</BackupDisks>", "</BackupDisks><BackupDisks/>")
    assert.deepStrictEqual(headOf(decoded(lists, "strict").tree).disks, { list: [], kept: [] })
    assert.deepStrictEqual(decoded(lists).notes.map(({ path }) => path), [`${head}/BackupDisks`])
    const keys = edit(full, "<Encryption dyn_lists=\"\">", "<Encryption><KeyId>k</KeyId></Encryption><Encryption>")
    assert.strictEqual(headOf(decoded(keys).tree).disks!.list[0]!.encryption.keyId, "")
    assert.deepStrictEqual(decoded(keys).notes.map(({ path }) => path), [`${disk}/Encryption`])
  })

  it("reports which environment and which backup a note belongs to", () => {
    const text = fixture("05-two-chains.xml").replaceAll("<Creator>root</Creator>", "").replaceAll(
      "<VmType>0<",
      "<VmType>x<"
    )
    const chains = ["{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}", backup]
    assert.sameDeepMembers(
      decoded(text).notes.map(({ backup, environment, path }) => ({ backup, environment, path })),
      [
        { backup: undefined, environment, path: "VmItem[1]/VmType" },
        { backup: chains[0], environment, path: "VmItem[1]/BackupItem[1]/Creator" },
        { backup: `${chains[0]}.2`, environment, path: "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Creator" },
        { backup: `${chains[0]}.3`, environment, path: "VmItem[1]/BackupItem[1]/PartialBackupItem[2]/Creator" },
        { backup: chains[1], environment, path: "VmItem[1]/BackupItem[2]/Creator" },
        { backup: `${chains[1]}.2`, environment, path: "VmItem[1]/BackupItem[2]/PartialBackupItem[1]/Creator" }
      ]
    )
    assert.isTrue(decoded(text).notes.every((note) => !Object.values(note).includes(undefined)))
  })

  it("limits the length of a hostile text in a message or a path", () => {
    const text = edit(full, "<Size>4294967296<", `<Size>${"\u001b[31m".repeat(100_000)}<`)
    const long = "x".repeat(100_000)
    const { notes } = decoded(edit(text, "<Host>", `<${long}/><Host>`))
    assert.deepStrictEqual(notes.map(({ rule }) => rule).sort(), [
      "forbidden-character",
      "junk-number",
      "unknown-element"
    ])
    for (const { message, path } of notes) {
      assert.isBelow(message.length + path.length, 700)
      assert.notMatch(message, /[\u0000-\u001f]/)
    }
    assert.isBelow(refusal(edit(full, "<Size>4294967296<", `<Size>${long}<`)).message.length, 300)
  })
})
