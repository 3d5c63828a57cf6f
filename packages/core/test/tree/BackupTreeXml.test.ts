import type * as Note from "@backup-tree/core/tree/Note"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import type { NotedTree } from "../../src/tree/Note.ts"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"
import * as XmlElement from "../../src/xml/XmlElement.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import { oddLegal } from "../support/oddLegal.ts"
import { tree, treeOf } from "../support/treeArbitraries.ts"
import { mutatedDocument, mutatedExample, oneOf, wildText } from "../support/xmlArbitraries.ts"
import { examples, fixture, identical } from "../support/xmlFixtures.ts"

const decoded = (text: string, mode: BackupTreeXml.Mode = "tolerant"): NotedTree =>
  Result.getOrThrow(BackupTreeXml.decode(text, { mode }))

const refusal = (text: string, mode: BackupTreeXml.Mode = "strict"): XmlError =>
  Result.getOrThrow(Result.flip(BackupTreeXml.decode(text, { mode })))

const isTree = Schema.is(BackupTree.BackupTree)

/** Replaces a part of a document that must be there, once. */
const edit = (text: string, from: string, to: string): string => {
  assert.include(text, from)
  return text.replace(from, () => to)
}

const full = fixture("02-vm-full.xml")
const chained = fixture("03-vm-full-2inc.xml")

const environment = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const backup = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const first = (tree: BackupTree.BackupTree): BackupTree.BackupChain => tree.environments[0]!.chains[0]!

describe("BackupTreeXml", () => {
  describe("decode", () => {
    it("reads the empty tree", () => {
      assert.deepStrictEqual(decoded(fixture("01-empty.xml")), { tree: BackupTree.empty, notes: [] })
    })

    it("reads a full backup", () => {
      assert.deepStrictEqual(decoded(full).tree, {
        environments: [{
          uuid: environment,
          name: "web01",
          vmType: 0,
          version: 5,
          chains: [{
            uuid: backup,
            head: {
              _tag: "FullBackup",
              id: backup,
              host: "hn1.example.com",
              serverUuid: "{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}",
              dateTime: "2024-03-02 02:00:07",
              creator: "root",
              size: 4294967296n,
              type: "f",
              description: "first full",
              images: ["harddisk.hdd.qcow2"],
              originalSize: 0n,
              bundlePermissions: 30464,
              flags: 2048,
              disks: {
                list: [{
                  name: "harddisk.hdd.qcow2",
                  originalPath: "harddisk.hdd",
                  size: 68719476736n,
                  encryption: { keyId: "", kept: [] },
                  kept: []
                }],
                kept: []
              },
              kept: []
            },
            incrementals: [],
            lastNumber: 0
          }],
          kept: []
        }],
        kept: []
      })
    })

    it("reads what each example holds", () => {
      const shapes = examples.map((name) =>
        decoded(fixture(name)).tree.environments.map((environment) => ({
          kind: BackupTree.kindName(environment),
          version: environment.version,
          chains: environment.chains.map((chain) =>
            BackupTree.backups(chain).map((item) => BackupTree.number(chain, item))
          )
        }))
      )
      assert.deepStrictEqual(shapes, [
        [],
        [{ kind: "vm", version: 5, chains: [[1]] }],
        [{ kind: "vm", version: 5, chains: [[1, 2, 3]] }],
        [{ kind: "ct-ploop", version: 5, chains: [[1, 2]] }],
        [{ kind: "vm", version: 5, chains: [[1, 2, 3], [1, 2]] }],
        [{ kind: "vm", version: 5, chains: [[3, 7], [1]] }, { kind: "vm", version: 0, chains: [[1]] }],
        [{ kind: "vm", version: 5, chains: [[3, 4, 6]] }],
        [{ kind: "ct-ploop", version: 0, chains: [[1, 2]] }, { kind: "vm", version: 0, chains: [[1]] }]
      ])
      const legacy = decoded(fixture("08-legacy-tib.xml")).tree
      assert.deepStrictEqual(
        legacy.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map((
          item
        ) => [item.disks, item.flags]),
        [[null, 0], [null, 0], [null, 0]]
      )
      const promoted = first(decoded(fixture("07-promoted-head.xml")).tree)
      assert.deepStrictEqual([promoted.head.id === promoted.uuid, promoted.lastNumber], [false, 6])
      assert.deepStrictEqual(
        decoded(fixture("05-two-chains.xml")).tree.environments[0]!.chains[0]!.head.disks!.list.map((disk) =>
          disk.originalPath
        ),
        ["harddisk.hdd", "/mnt/bulk/web01/data.hdd"]
      )
    })

    it("reads what is odd but legal", () => {
      const { notes, tree } = decoded(fixture("06-odd-legal.xml"))
      const note = (name: string, path: string) => ({
        rule: "unknown-element" as const,
        path: `${path}${name}[1]`,
        message: `<${name}> is not understood; it is kept`
      })
      assert.deepStrictEqual(tree, oddLegal)
      assert.sameDeepMembers([...notes], [
        note("ServerBanner", ""),
        { ...note("Quota", "VmItem[1]/"), environment },
        { ...note("Retention", "VmItem[1]/BackupItem[1]/"), environment, backup: `${backup}.3` }
      ])
    })

    it("reads every example in strict mode, as in tolerant mode and without notes", () => {
      for (const name of examples) {
        const strict = decoded(fixture(name), "strict")
        assert.deepStrictEqual(strict.notes, [], name)
        assert.deepStrictEqual(strict.tree, decoded(fixture(name)).tree, name)
      }
    })

    it("ignores attributes, order, comments and white space", () => {
      const plain = full.replaceAll(/ (?:id|dyn_lists)="[^"]*"/g, "").replaceAll(/\n */g, "")
      const lines = full.split("\n")
      const swapped = [
        ...lines.slice(0, 2),
        lines[5],
        lines[2],
        "<!-- c -->",
        lines[4],
        "<?p q?>",
        lines[3],
        ...lines.slice(6)
      ]
      for (const text of [plain, swapped.join("\r\n"), edit(full, "<Name>", "<Name lang='x'>"), `\ufeff${full}`]) {
        assert.deepStrictEqual(decoded(text, "strict").tree, decoded(full).tree)
      }
    })

    it("takes the first text only", () => {
      const description = (text: string): string =>
        first(decoded(edit(full, "<Description>first full<", `<Description>${text}<`), "strict").tree).head.description
      assert.strictEqual(description("a<!-- c -->b"), "a")
      assert.strictEqual(description("<!-- c -->b"), "")
      assert.strictEqual(description("a<![CDATA[<b>]]>c"), "a<b>c")
      assert.strictEqual(description(" \n\ta\u3000 "), " \n\ta\u3000 ")
      assert.strictEqual(description("  "), "  ")
    })

    it("trims blanks around numbers", () => {
      const size = (text: string): bigint =>
        first(decoded(edit(full, "<Size>4294967296<", `<Size>${text}<`), "strict").tree).head.size
      assert.strictEqual(size(" \n\t12 \n"), 12n)
      assert.strictEqual(size("+12"), 12n)
      assert.strictEqual(size("0".repeat(100) + "12"), 12n)
      assert.strictEqual(size("18446744073709551615"), 18446744073709551615n)
      assert.strictEqual(decoded(edit(full, "<Version>5<", "<Version> 7 <"), "strict").tree.environments[0]!.version, 7)
    })

    it("keeps the kinds of environments that it does not know", () => {
      for (const mode of ["tolerant", "strict"] as const) {
        const { notes, tree } = decoded(edit(full, "<VmType>0<", "<VmType>4294967295<"), mode)
        assert.deepStrictEqual([tree.environments[0]!.vmType, notes], [0xffff_ffff, []])
      }
    })
  })

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
        ? "Size is empty, where a number is needed; it is read as 0"
        : `Size is no number: "${text}"; it is read as 0`,
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
      message: `${path.split("/").at(-1)} is no number: "${text}"; it is read as 0`,
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
      message: `DateTime names no time: "${text}"; the backup counts as undated`,
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
      message: `Type is "${text}", where "${
        kind === "head" ? "f" : "i"
      }" belongs; the place of the backup decides, not its letter`,
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
        message: "<b> stands inside the value of Name; it is lost",
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
        message: "Description holds U+0001, which XML 1.0 does not allow; it is kept",
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
        "XML refused: the root element is <VmItem>, not <BackupTree>. Check that this is the document you meant."
      )
    })

    it("gives optional elements their defaults in both modes", () => {
      const optional =
        /<(VmType|Version|OriginalSize|BundlePermissions|Flags|LastNumber)>[^<]*<\/\1>|<BackupDisks[^]*?<\/BackupDisks>/g
      for (const mode of ["tolerant", "strict"] as const) {
        const { notes, tree } = decoded(chained.replaceAll(optional, ""), mode)
        const { chains, vmType, version } = tree.environments[0]!
        const { head, incrementals, lastNumber } = chains[0]!
        assert.deepStrictEqual(notes, [])
        assert.deepStrictEqual([vmType, version, lastNumber], [0, 0, 0])
        for (const item of [head, ...incrementals]) {
          assert.deepStrictEqual([item.originalSize, item.bundlePermissions, item.flags, item.disks], [0n, 0, 0, null])
        }
        for (const text of [edit(full, "<KeyId></KeyId>", ""), full.replace(/<Encryption[^]*<\/Encryption>/, "")]) {
          assert.deepStrictEqual(headOf(decoded(text, mode).tree).disks!.list[0]!.encryption, { keyId: "", kept: [] })
        }
      }
    })

    it("tells an empty disk list from none", () => {
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
        "<c> is not understood; it is kept"
      )
    })

    it("ignores unknown attributes in both modes", () => {
      for (const mode of ["tolerant", "strict"] as const) {
        assert.deepStrictEqual(decoded(edit(full, "<VmItem", "<VmItem Name='no' x='\n'"), mode), decoded(full, mode))
      }
    })

    it("lets the last of several elements win in both modes, and notes it in one", () => {
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
        ["duplicate-element", "VmItem[1]/Name", "Name appears 3 times; the last one counts"],
        ["duplicate-element", `${head}/Size`, "Size appears 2 times; the last one counts"]
      ])
      const lists = edit(full, "</BackupDisks>", "</BackupDisks><BackupDisks/>")
      assert.deepStrictEqual(headOf(decoded(lists, "strict").tree).disks, { list: [], kept: [] })
      assert.deepStrictEqual(decoded(lists).notes.map(({ path }) => path), [`${head}/BackupDisks`])
      const keys = edit(full, "<Encryption dyn_lists=\"\">", "<Encryption><KeyId>k</KeyId></Encryption><Encryption>")
      assert.strictEqual(headOf(decoded(keys).tree).disks!.list[0]!.encryption.keyId, "")
      assert.deepStrictEqual(decoded(keys).notes.map(({ path }) => path), [`${disk}/Encryption`])
    })

    it("says which environment and which backup a note belongs to", () => {
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

    it("does not let a hostile text fill a message or a path", () => {
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

  describe("encode", () => {
    it("writes the examples back byte for byte", () => {
      for (const name of identical) {
        assert.strictEqual(BackupTreeXml.encode(decoded(fixture(name)).tree), fixture(name), name)
      }
    })

    it("writes every scalar, and a disk list only where there is one", () => {
      const bare = "<BackupTree><VmItem><Uuid/><Name/><BackupItem/></VmItem></BackupTree>"
      assert.strictEqual(
        BackupTreeXml.encode(decoded(bare).tree),
        `<BackupTree dyn_lists="VmItem 1" id="-1">
 <VmItem id="0" dyn_lists="BackupItem 1">
  <VmType>0</VmType>
  <Uuid></Uuid>
  <Name></Name>
  <Version>0</Version>
  <BackupItem id="0" dyn_lists="TibFileList PartialBackupItem 0">
   <Uuid></Uuid>
   <Id></Id>
   <Host></Host>
   <ServerUuid></ServerUuid>
   <DateTime></DateTime>
   <Creator></Creator>
   <Size>0</Size>
   <Type></Type>
   <Description></Description>
   <OriginalSize>0</OriginalSize>
   <BundlePermissions>0</BundlePermissions>
   <Flags>0</Flags>
   <LastNumber>0</LastNumber>
  </BackupItem>
 </VmItem>
</BackupTree>
`
      )
    })

    it("puts kept elements back where they were, or at the end", () => {
      const text = BackupTreeXml.encode(oddLegal)
      assert.match(text, /^<BackupTree dyn_lists="VmItem 2" id="-1">\n <ServerBanner>/)
      assert.match(
        text,
        /<Version>5<\/Version>\n  <Quota unit="MiB">\n   <Soft>10<\/Soft>\n   <Hard><\/Hard>\n  <\/Quota>\n  <BackupItem/
      )
      assert.match(text, /<OriginalSize>0<\/OriginalSize>\n   <Retention policy="gfs"\/>\n   <BundlePermissions>/)
      const element = (name: string): XmlElement.XmlElement => ({ name, attributes: [], children: [] })
      const kept = [{ position: 9, element: element("b") }, { position: 1, element: element("a") }]
      const written = BackupTreeXml.encode({ environments: [], kept })
      assert.strictEqual(written, "<BackupTree dyn_lists=\"VmItem 0\" id=\"-1\">\n <a></a>\n <b></b>\n</BackupTree>\n")
    })

    it("moves kept elements that stand behind the end to the end, so that a second reading agrees", () => {
      const many = "<a/>".repeat(3)
      const text =
        `<BackupTree>${many}<VmItem><Uuid/>${many}<Uuid/><Uuid/><Uuid/><Uuid/>${many}</VmItem>${many}</BackupTree>`
      const { tree } = decoded(text)
      assert.deepStrictEqual(tree.kept.map(({ position }) => position), [0, 1, 2, 4, 5, 6])
      assert.deepStrictEqual(tree.environments[0]!.kept.map(({ position }) => position), [1, 2, 3, 7, 8, 9])
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(tree)).tree, tree)
    })

    it("knows on every level where the end is", () => {
      const last = (name: string): string => `${`<${name}/>`.repeat(40)}<z/>`
      const disk = `<BackupDisk>${last("Name")}</BackupDisk>`
      const secret = `<BackupDisk><Encryption>${last("KeyId")}</Encryption></BackupDisk>`
      const disks = (text: string): string => `<BackupDisks>${text}${last("z")}</BackupDisks>`
      const link = `<PartialBackupItem><TibFileList/>${last("Id")}</PartialBackupItem>`
      const rich = `<BackupItem><TibFileList/><TibFileList/>${link}${disks(disk + secret)}${last("Id")}</BackupItem>`
      const poor = `<BackupItem>${last("Id")}</BackupItem>`
      const { tree } = decoded(`<BackupTree><VmItem>${rich}${poor}${last("Uuid")}</VmItem></BackupTree>`)
      const positions = ({ kept }: { readonly kept: ReadonlyArray<BackupTree.KeptElement> }): ReadonlyArray<number> =>
        kept.map(({ position }) => position)
      const [{ head, incrementals }, { head: other }] = tree.environments[0]!.chains as [
        BackupTree.BackupChain,
        BackupTree.BackupChain
      ]
      assert.deepStrictEqual(positions(tree.environments[0]!), [4 + 2])
      assert.deepStrictEqual(positions(head), [13 + 2 + 1 + 1])
      assert.deepStrictEqual(positions(other), [13])
      assert.deepStrictEqual(positions(incrementals[0]!), [12 + 1])
      assert.deepStrictEqual(positions(head.disks!), Array.from({ length: 41 }, (_, index) => 2 + index))
      assert.deepStrictEqual(positions(head.disks!.list[0]!), [4])
      assert.deepStrictEqual(positions(head.disks!.list[1]!.encryption), [1])
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(tree)).tree, tree)
    })

    it.prop("is undone by decode", { tree }, ({ tree }) => {
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(tree)).tree, tree)
    })

    it("is tried with the odd trees, too", () => {
      const trees = Effect.runSync(Arbitrary.sampleEffect(tree, { count: 100, seed: 1 }))
      const heads = trees.flatMap(({ environments }) =>
        environments.flatMap(({ chains }) => chains.map(({ head }) => head))
      )
      const backups = trees.flatMap(({ environments }) =>
        environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      )
      assert.isAtLeast(heads.length, 50)
      assert.isAtLeast(backups.filter(({ disks }) => disks === null).length, 20)
      assert.isAtLeast(backups.filter(({ disks }) => disks !== null && disks.list.length > 0).length, 20)
      assert.isAtLeast(backups.filter(({ kept }) => kept.length > 0).length, 20)
      assert.isAtLeast(backups.filter(({ description }) => /[\r\n<&]|\]\]>/.test(description)).length, 20)
    })

    it.prop("writes what decode accepts, whatever the texts hold", { tree: treeOf(wildText) }, ({ tree }) => {
      const again = decoded(BackupTreeXml.encode(tree)).tree
      assert.isTrue(isTree(again))
      assert.strictEqual(again.environments.length, tree.environments.length)
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(again)).tree, again)
    })
  })

  describe("laws", () => {
    it.prop("decoding what was encoded after decoding changes nothing", { text: mutatedExample }, ({ text }) => {
      // A NUL is written as a blank, as by a server.
      const result = BackupTreeXml.decode(text.replaceAll("\u0000", " "), { mode: "tolerant" })
      if (Result.isFailure(result)) return
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(result.success.tree)).tree, result.success.tree)
    })

    it.prop("a decoded tree fits the schema, in both modes", { text: mutatedExample }, ({ text }) => {
      for (const mode of ["tolerant", "strict"] as const) {
        const result = BackupTreeXml.decode(text, { mode })
        if (Result.isSuccess(result)) assert.isTrue(isTree(result.success.tree))
      }
    })

    it.prop("what the strict mode accepts, the tolerant mode reads alike", { text: mutatedExample }, ({ text }) => {
      const strict = BackupTreeXml.decode(text, { mode: "strict" })
      if (Result.isSuccess(strict)) return assert.deepStrictEqual(decoded(text).tree, strict.success.tree)
      const tolerant = BackupTreeXml.decode(text, { mode: "tolerant" })
      if (Result.isFailure(tolerant)) {
        return assert.strictEqual(strict.failure.reason === "root", tolerant.failure.reason === "root")
      }
      assert.include(
        ["forbidden-character", "missing-required", "junk-number", "bad-date", "bad-letter", "unknown-element"],
        strict.failure.reason
      )
    })

    it("refuses or reads every example cut at every place, without throwing", () => {
      for (const name of examples) {
        const text = fixture(name)
        for (let cut = 0; cut < text.trimEnd().length; cut++) {
          const result = BackupTreeXml.decode(text.slice(0, cut), { mode: "tolerant" })
          if (Result.isSuccess(result)) return assert.fail(`${name} cut at ${cut}`)
          assert.include(["empty", "truncated", "surrogate"], result.failure.reason, `${name} cut at ${cut}`)
        }
      }
    })

    it.prop("never throws", { text: oneOf(Arbitrary.schema(Schema.String), wildText, mutatedDocument) }, ({ text }) => {
      for (const mode of ["tolerant", "strict"] as const) {
        BackupTreeXml.decode(text, { mode })
        BackupTreeXml.decode(`<BackupTree>${text}</BackupTree>`, { mode })
        BackupTreeXml.decode(`<BackupTree><VmItem>${text}</VmItem></BackupTree>`, { mode })
        BackupTreeXml.decodeMetadata(`<BackupItem>${text}</BackupItem>`, { mode })
      }
    })
  })

  describe("makeReader", () => {
    it.prop("reads one child after the other as fromElement reads them all", { text: mutatedExample }, ({ text }) => {
      const root = XmlDocument.parse(text)
      if (Result.isFailure(root) || root.success.name !== "BackupTree") return
      for (const mode of ["tolerant", "strict"] as const) {
        const reader = BackupTreeXml.makeReader({ mode })
        const whole = BackupTreeXml.fromElement(root.success, { mode })
        const environments: Array<BackupTree.VirtualEnvironment> = []
        let failure: XmlError | undefined
        for (const child of XmlElement.elements(root.success)) {
          const result = reader.read(child)
          if (Result.isFailure(result)) {
            failure = result.failure
            break
          }
          if (result.success !== null) environments.push(result.success)
        }
        if (Result.isFailure(whole)) assert.strictEqual(failure!.message, whole.failure.message)
        else {
          const { kept, notes } = reader.finish()
          assert.deepStrictEqual({ tree: { environments, kept }, notes }, whole.success)
        }
      }
    })
  })

  describe("metadata", () => {
    const folder = `backup-root/${environment}/`
    const files = [".metadata", "base", "2", "3"].map((name) =>
      name === ".metadata" ? `${folder}.metadata` : `${folder}${backup}/${name}/.metadata`
    )
    const metadata = (text: string, mode: BackupTreeXml.Mode = "tolerant"): BackupTreeXml.DecodedMetadata =>
      Result.getOrThrow(BackupTreeXml.decodeMetadata(text, { mode }))
    const metadataRefusal = (text: string, mode: BackupTreeXml.Mode): XmlError =>
      Result.getOrThrow(Result.flip(BackupTreeXml.decodeMetadata(text, { mode })))

    it("reads the files of a store, which hold what the listing of that store shows, but for disks", () => {
      const listed = decoded(chained).tree.environments[0]!
      const chain = listed.chains[0]!
      const disks = { list: [], kept: [] }
      assert.deepStrictEqual(files.map((name) => metadata(fixture(name), "strict").metadata), [
        { _tag: "VmItem", environment: { ...listed, chains: [] } },
        { _tag: "BackupItem", chain: { ...chain, head: { ...chain.head, disks }, incrementals: [] } },
        ...chain.incrementals.map((backup) => ({ _tag: "PartialBackupItem" as const, backup: { ...backup, disks } }))
      ])
    })

    it("writes them back byte for byte", () => {
      for (const name of files) {
        assert.strictEqual(BackupTreeXml.encodeMetadata(metadata(fixture(name)).metadata), fixture(name), name)
      }
    })

    it("leaves chains, incrementals and disks out when it writes", () => {
      const listed = decoded(chained).tree.environments[0]!
      const written: ReadonlyArray<BackupTreeXml.Metadata> = [
        { _tag: "VmItem", environment: listed },
        { _tag: "BackupItem", chain: listed.chains[0]! },
        ...listed.chains[0]!.incrementals.map((backup) => ({ _tag: "PartialBackupItem" as const, backup }))
      ]
      assert.deepStrictEqual(written.map(BackupTreeXml.encodeMetadata), files.map(fixture))
    })

    it("leaves chains and incrementals out when it reads", () => {
      const text = edit(fixture(files[0]!), "</VmItem>", "<BackupItem><Uuid>x</Uuid></BackupItem></VmItem>")
      assert.deepStrictEqual(metadata(text, "strict"), metadata(fixture(files[0]!), "strict"))
      const head = edit(fixture(files[1]!), "<OriginalSize>", "<PartialBackupItem/><OriginalSize>")
      assert.deepStrictEqual(metadata(head, "strict"), metadata(fixture(files[1]!), "strict"))
    })

    it("takes an attribute of the root for a child that is missing; the child wins", () => {
      const text =
        "<VmItem Uuid='{u}' Name='a&amp;b' VmType=' 2 ' Version='x' name='no' schemaVersion='1.0'><Name>child</Name></VmItem>"
      const { metadata: read, notes } = metadata(text)
      assert.deepStrictEqual(read, {
        _tag: "VmItem",
        environment: { uuid: "{u}", name: "child", vmType: 2, version: 0, chains: [], kept: [] }
      })
      assert.deepStrictEqual(notes.map(({ path, rule }) => [rule, path]), [["junk-number", "Version"]])
      const empty = metadata("<VmItem Uuid='' Name=''> </VmItem>", "strict").metadata
      assert.deepStrictEqual(empty._tag === "VmItem" && [empty.environment.uuid, empty.environment.name], ["", ""])
      const lists = metadata("<BackupItem TibFileList='x' BackupDisks='y'/>").metadata
      assert.deepStrictEqual(lists._tag === "BackupItem" && [lists.chain.head.images, lists.chain.head.disks], [
        [],
        null
      ])
    })

    it("does not take attributes of a listing for elements", () => {
      const text = "<BackupTree><VmItem Uuid='{u}' Name='n'/></BackupTree>"
      assert.deepStrictEqual(decoded(text).notes.map(({ rule }) => rule), ["missing-required", "missing-required"])
    })

    it("keeps the letter without judging it: that of a promoted head is empty", () => {
      for (const letter of ["", "i", "x"]) {
        const { metadata: read, notes } = metadata(edit(fixture(files[1]!), "<Type>f<", `<Type>${letter}<`), "strict")
        assert.deepStrictEqual([read._tag === "BackupItem" && read.chain.head.type, notes], [letter, []])
      }
    })

    it("names paths from the root of the file", () => {
      const text = edit(fixture(files[2]!), "<Number>2<", "<Number>x<").replace(
        "<BackupDisks dyn_lists=\"BackupDisk 0\"/>",
        () => "<BackupDisks><BackupDisk><Name/><OriginalPath/><Size>y</Size></BackupDisk></BackupDisks>"
      )
      assert.deepStrictEqual(metadata(text).notes.map(({ backup, path }) => [path, backup]), [
        ["Number", `${backup}.2`],
        ["BackupDisks/BackupDisk[1]/Size", `${backup}.2`]
      ])
      assert.deepStrictEqual([metadataRefusal(text, "strict").reason, metadataRefusal(text, "strict").path], [
        "junk-number",
        "Number"
      ])
    })

    it("refuses another root", () => {
      for (const mode of ["tolerant", "strict"] as const) {
        assert.strictEqual(metadataRefusal(full, mode).reason, "root")
        assert.strictEqual(metadataRefusal("<vmitem/>", mode).reason, "root")
        assert.strictEqual(metadataRefusal("", mode).reason, "empty")
      }
    })

    it.prop("survives writing and reading", { tree }, ({ tree }) => {
      for (const environment of tree.environments) {
        for (const chain of environment.chains) {
          for (const backup of chain.incrementals) {
            const value: BackupTreeXml.Metadata = { _tag: "PartialBackupItem", backup }
            const once = metadata(BackupTreeXml.encodeMetadata(value)).metadata
            assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(once)).metadata, once)
            assert.deepStrictEqual(once._tag === "PartialBackupItem" && [once.backup.id, once.backup.number], [
              backup.id,
              backup.number
            ])
          }
          const stored = {
            ...chain,
            incrementals: [],
            head: { ...chain.head, disks: { list: [], kept: [] }, kept: [] }
          }
          const value: BackupTreeXml.Metadata = { _tag: "BackupItem", chain: stored }
          assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(value)).metadata, value)
        }
        const value: BackupTreeXml.Metadata = { _tag: "VmItem", environment: { ...environment, chains: [], kept: [] } }
        assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(value)).metadata, value)
      }
    })
  })
})
