/**
 * The specification in docs/specification: its links lead somewhere, its sections have the anchors that others link to,
 * and sources cite only sections that exist.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"

const root = new URL("../../../", import.meta.url)

const readText = (file: string): string => readFileSync(new URL(file, root), "utf8")

const folder = "docs/specification"

/** The prefix of section anchors by document: section 4.4 of the semantics is `s4-4`. */
const prefixes: { readonly [name: string]: string } = { semantics: "s", protocol: "p" }

const fileOf = (name: string): string => `${folder}/${name}.md`

const anchorOf = (name: string, section: string): string => `${prefixes[name]}${section.replace(".", "-")}`

// ---------------------------------------------------------------------------------------------------------------------
// Documents
// ---------------------------------------------------------------------------------------------------------------------

interface Document {
  /** Path from the root: `docs/specification/semantics.md`. */
  readonly file: string
  /** The text with blanks in place of code. Offsets are those of the file. */
  readonly prose: string
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ")

const makeDocument = (file: string, text: string): Document => ({
  file,
  prose: text.replace(/^( *)(`{3,})[^]*?^ *\2`*$/gm, blank).replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, blank)
})

/** The ids of explicit anchors, in order. GitHub's own ids of headings change with their words and do not count. */
const anchorsOf = ({ prose }: Document): ReadonlyArray<string> =>
  Array.from(prose.matchAll(/<a id="([^"]*)">/g), ([, id]) => id!)

/** The targets of links that are no URLs. */
const linksOf = ({ prose }: Document): ReadonlyArray<string> =>
  Array.from(prose.matchAll(/\]\(\s*<?([^)>\s]*)>?\s*\)/g), ([, target]) => target!)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))

const sectionsOf = ({ prose }: Document): ReadonlyArray<string> =>
  Array.from(prose.matchAll(/^#{2,} (\d+(?:\.\d+)?)\.? /gm), ([, section]) => section!)

/** Why a link leads nowhere, or nothing. */
type Resolve = (file: string, anchor: string | undefined) => string | undefined

const brokenLinks = (document: Document, resolve: Resolve): ReadonlyArray<string> =>
  linksOf(document).flatMap((target) => {
    const [path = "", anchor] = target.split("#")
    const file = path === "" ? document.file : posix.join(posix.dirname(document.file), decodeURIComponent(path))
    const reason = resolve(file, anchor)
    return reason === undefined ? [] : [`${document.file} links to ${target}: ${reason}`]
  })

const misplacedAnchors = (name: string, { file, prose }: Document): ReadonlyArray<string> =>
  sectionsOf({ file, prose }).flatMap((section) => {
    const heading = new RegExp(`<a id="${anchorOf(name, section)}"></a>\\s*\\n#+ ${section.replace(".", "\\.")}\\.? `)
    return heading.test(prose) ? [] : [`${file}: section ${section} has no anchor ${anchorOf(name, section)}`]
  })

const repeated = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values.filter((value, index) => values.indexOf(value) !== index)

// ---------------------------------------------------------------------------------------------------------------------
// Citations
// ---------------------------------------------------------------------------------------------------------------------

interface Citation {
  readonly name: string
  readonly anchor: string
}

const list = String.raw`\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?\b)*`
const bySection = new RegExp(String.raw`\b(SEMANTICS|PROTOCOL) (${list})(?:, rows? (\d+)|, (I\d\d)\b)?`, "g")
const byAnchor = /\b(semantics|protocol)\.md#([\w-]+)/g

/** What a source cites: "SEMANTICS 1.4, 1.6 and 3", also over the end of a line of comment, and links with an anchor. */
const citationsOf = (source: string): ReadonlyArray<Citation> => {
  const text = source.replace(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, " ")
  const sections = Array.from(text.matchAll(bySection), ([, document = "", numbers = "", row, rule]) => {
    const name = document.toLowerCase()
    const anchors = numbers.split(/, | and | to /).map((section) => anchorOf(name, section))
    if (row !== undefined) anchors.push(`${anchors.at(-1)}-r${row}`)
    if (rule !== undefined) anchors.push(rule.toLowerCase())
    return anchors.map((anchor) => ({ name, anchor }))
  })
  const links = Array.from(text.matchAll(byAnchor), ([, name = "", anchor = ""]) => ({ name, anchor }))
  return [...sections.flat(), ...links]
}

// ---------------------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------------------

const names = readdirSync(new URL(`${folder}/`, root)).filter((name) => name.endsWith(".md"))

const documents = new Map(names.map((name) => {
  const file = `${folder}/${name}`
  return [file, makeDocument(file, readText(file))]
}))

const numbered = Object.keys(prefixes).flatMap((name) => {
  const document = documents.get(fileOf(name))
  return document === undefined ? [] : [{ name, document }]
})

const anchors = new Map([...documents].map(([file, document]) => [file, new Set(anchorsOf(document))]))

const resolve: Resolve = (file, anchor) => {
  // A document that is not there yet is not judged.
  if (file === fileOf("protocol") && !documents.has(file)) return undefined
  if (!existsSync(new URL(encodeURI(file), root))) return "there is no such file"
  if (anchor === undefined || anchors.get(file)?.has(anchor) === true) return undefined
  return "there is no such anchor"
}

describe("the specification", () => {
  it("has links that lead to files and anchors", () => {
    assert.include([...documents.keys()], fileOf("semantics"))
    const all = [...documents.values()]
    assert.isAbove(all.flatMap(linksOf).length, 200)
    assert.deepStrictEqual(all.flatMap((document) => brokenLinks(document, resolve)), [])
  })

  it("has each anchor once", () => {
    for (const document of documents.values()) assert.deepStrictEqual(repeated(anchorsOf(document)), [], document.file)
  })

  it("has an anchor before each numbered section, and each section once", () => {
    for (const { document, name } of numbered) {
      assert.isAbove(sectionsOf(document).length, 10)
      assert.deepStrictEqual(repeated(sectionsOf(document)), [], document.file)
      assert.deepStrictEqual(misplacedAnchors(name, document), [])
    }
  })

  it("has an anchor for each invariant and each row about removal", () => {
    const expected = [
      ...Array.from({ length: 42 }, (_, index) => `i${String(1 + index).padStart(2, "0")}`),
      ...Array.from({ length: 11 }, (_, index) => `s4-2-r${1 + index}`)
    ]
    assert.includeMembers([...anchorsOf(documents.get(fileOf("semantics"))!)], expected)
  })

  it("has the sections that sources cite", () => {
    const missing: Array<string> = []
    let count = 0
    for (const owner of readdirSync(new URL("packages/", root))) {
      const source = new URL(`packages/${owner}/src/`, root)
      if (!existsSync(source)) continue
      for (const path of readdirSync(source, { encoding: "utf8", recursive: true })) {
        if (!path.endsWith(".ts")) continue
        for (const { anchor, name } of citationsOf(readFileSync(new URL(encodeURI(path), source), "utf8"))) {
          const known = anchors.get(fileOf(name))
          if (known === undefined) continue
          count++
          if (!known.has(anchor)) missing.push(`packages/${owner}/src/${path} cites ${name}.md#${anchor}`)
        }
      }
    }
    assert.isAbove(count, 100)
    assert.deepStrictEqual(missing, [])
  })
})

describe("the rules", () => {
  const text = [
    "## 1. A",
    "",
    "<a id=\"s1-1\"></a>",
    "",
    "### 1.1 B",
    "",
    "See [1](#s1), `[x](#x)`, [a file](../%7Ba%7D.md#s2) and [a site](https://example.com/#y).",
    "",
    "```",
    "## 2. not a section",
    "[y](#y) <a id=\"s2\"></a>",
    "```",
    ""
  ].join("\n")
  const document = makeDocument(fileOf("semantics"), text)

  it("find a broken link, and none in code", () => {
    const asked: Array<readonly [file: string, anchor: string | undefined]> = []
    const found = brokenLinks(document, (file, anchor) => {
      asked.push([file, anchor])
      return anchor === "s1" ? "no" : undefined
    })
    assert.deepStrictEqual(asked, [["docs/specification/semantics.md", "s1"], ["docs/{a}.md", "s2"]])
    assert.deepStrictEqual(found, ["docs/specification/semantics.md links to #s1: no"])
    assert.strictEqual(resolve(fileOf("semantics"), "s4-4"), undefined)
    assert.strictEqual(resolve(fileOf("semantics"), "s4-44"), "there is no such anchor")
    assert.strictEqual(resolve("docs/nothing.md", undefined), "there is no such file")
  })

  it("find a section without its anchor", () => {
    assert.deepStrictEqual(sectionsOf(document), ["1", "1.1"])
    assert.deepStrictEqual(anchorsOf(document), ["s1-1"])
    assert.deepStrictEqual(misplacedAnchors("semantics", document), [
      "docs/specification/semantics.md: section 1 has no anchor s1"
    ])
  })

  it("read each way to cite a section", () => {
    const cited = (source: string): ReadonlyArray<string> =>
      citationsOf(source).map(({ anchor, name }) => `${name}#${anchor}`)
    assert.deepStrictEqual(cited("/** A. Source: SEMANTICS 1.1, 1.12 and 3.3. */"), [
      "semantics#s1-1",
      "semantics#s1-12",
      "semantics#s3-3"
    ])
    assert.deepStrictEqual(cited("/**\n * A. Source:\n * SEMANTICS\n * 2 to 7, PROTOCOL 10.\n */"), [
      "semantics#s2",
      "semantics#s7",
      "protocol#p10"
    ])
    assert.deepStrictEqual(cited("// SEMANTICS 4.2, row 5;\n// SEMANTICS 4.4, I10"), [
      "semantics#s4-2",
      "semantics#s4-2-r5",
      "semantics#s4-4",
      "semantics#i10"
    ])
    assert.deepStrictEqual(cited("\"SEMANTICS 4.4 and 4.3, 39de4b9\", \"docs/specification/protocol.md#p5-2\""), [
      "semantics#s4-4",
      "semantics#s4-3",
      "protocol#p5-2"
    ])
  })
})
