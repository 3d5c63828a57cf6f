import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"
import * as XmlElement from "../../src/xml/XmlElement.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import { oddLegal } from "../support/oddLegal.ts"
import { tree, treeOf } from "../support/treeArbitraries.ts"
import { backup, decoded, edit, environment, first, full, isTree } from "../support/treeXml.ts"
import { mutatedDocument, mutatedExample, oneOf, wildText } from "../support/xmlArbitraries.ts"
import { examples, fixture, identical } from "../support/xmlFixtures.ts"

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
        [[undefined, 0], [undefined, 0], [undefined, 0]]
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

    it("reads unusual but legal documents", () => {
      const { notes, tree } = decoded(fixture("06-odd-legal.xml"))
      const note = (name: string, path: string) => ({
        rule: "unknown-element" as const,
        path: `${path}${name}[1]`,
        message: `<${name}> is not a known element; it is kept`
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

    it("reads only the first text", () => {
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

  describe("encode", () => {
    it("writes the examples back byte for byte", () => {
      for (const name of identical) {
        assert.strictEqual(BackupTreeXml.encode(decoded(fixture(name)).tree), fixture(name), name)
      }
    })

    it("writes the same text in pieces, each but the last ending with a tag", () => {
      const [one] = decoded(full).tree.environments
      const description = "]]>𐍈".repeat(9000)
      const chains = one!.chains.map((chain) => ({ ...chain, head: { ...chain.head, description } }))
      const trees = identical.map((name) => decoded(fixture(name)).tree)
      const large = { environments: Array.from({ length: 20 }, () => ({ ...one!, chains })), kept: [] }
      for (const written of [...trees, oddLegal, large]) {
        const pieces = [...BackupTreeXml.encodeInPieces(written)]
        assert.strictEqual(pieces.join(""), BackupTreeXml.encode(written))
        for (const piece of pieces.slice(0, -1)) assert.isTrue(piece.endsWith(">") || piece === "", piece.slice(-9))
      }
      const lengths = [...BackupTreeXml.encodeInPieces(large)].map(({ length }) => length)
      assert.isAbove(lengths.length, 10)
      assert.isBelow(Math.max(...lengths), 2 * description.length)
    })

    it("writes every scalar, and a disk list only if there is one", () => {
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

    it("writes kept elements at their former positions, or at the end", () => {
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

    it("moves kept elements from beyond the end to the end, so that a second reading agrees", () => {
      const many = "<a/>".repeat(3)
      const text =
        `<BackupTree>${many}<VmItem><Uuid/>${many}<Uuid/><Uuid/><Uuid/><Uuid/>${many}</VmItem>${many}</BackupTree>`
      const { tree } = decoded(text)
      assert.deepStrictEqual(tree.kept.map(({ position }) => position), [0, 1, 2, 4, 5, 6])
      assert.deepStrictEqual(tree.environments[0]!.kept.map(({ position }) => position), [1, 2, 3, 7, 8, 9])
      assert.deepStrictEqual(decoded(BackupTreeXml.encode(tree)).tree, tree)
    })

    it("finds the end on every level", () => {
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

    it("is tested with the unusual trees, too", () => {
      const trees = Effect.runSync(Arbitrary.sampleEffect(tree, { count: 100, seed: 1 }))
      const heads = trees.flatMap(({ environments }) =>
        environments.flatMap(({ chains }) => chains.map(({ head }) => head))
      )
      const backups = trees.flatMap(({ environments }) =>
        environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      )
      assert.isAtLeast(heads.length, 50)
      assert.isAtLeast(backups.filter(({ disks }) => disks === undefined).length, 20)
      assert.isAtLeast(backups.filter(({ disks }) => disks !== undefined && disks.list.length > 0).length, 20)
      assert.isAtLeast(backups.filter(({ kept }) => kept.length > 0).length, 20)
      assert.isAtLeast(backups.filter(({ description }) => /[\r\n<&]|\]\]>/.test(description)).length, 20)
    })

    it.prop("writes what decode accepts, for any texts", { tree: treeOf(wildText) }, ({ tree }) => {
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
          if (result.success !== undefined) environments.push(result.success)
        }
        if (Result.isFailure(whole)) assert.strictEqual(failure!.message, whole.failure.message)
        else {
          const { kept, notes } = reader.finish()
          assert.deepStrictEqual({ tree: { environments, kept }, notes }, whole.success)
        }
      }
    })
  })
})
