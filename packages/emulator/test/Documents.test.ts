import * as Limits from "@backup-tree/io/dispatcher/Limits"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { readText } from "./support/documents.ts"

const root = new URL("../../../", import.meta.url)

const folders = ["", "docs/", ...fs.readdirSync(new URL("packages/", root)).map((name) => `packages/${name}/`)]
const documents = folders.flatMap((folder) =>
  fs.readdirSync(new URL(folder, root)).filter((name) => name.endsWith(".md")).map((name) => folder + name)
)

const sources = new Set(
  fs.readdirSync(new URL("packages/", root)).flatMap((name) => {
    const folder = new URL(`packages/${name}/src/`, root)
    return fs.readdirSync(folder, { encoding: "utf8", recursive: true }).map((file) => path.basename(file))
  })
)

describe.each(documents)("%s", (document) => {
  const text = readText(document)

  it("links to files that there are", () => {
    for (const [, link] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (link!.startsWith("https:")) continue
      assert.isTrue(fs.existsSync(new URL(path.join(path.dirname(document), link!), root)), link)
    }
  })

  it("names files that there are", () => {
    for (const [, file] of text.matchAll(/`((?:packages|docs)\/[^`\s*]+\.\w+)`/g)) {
      assert.isTrue(fs.existsSync(new URL(file!, root)), file)
    }
    for (const [, name] of text.matchAll(/`([A-Za-z]+\.ts)`/g)) assert.include([...sources], name)
  })
})

describe("the table of limits", () => {
  const rows = readText("docs/protocol-coverage.md").split("\n").filter((line) => line.startsWith("| `"))

  const print = (limit: number | Duration.Duration): ReadonlyArray<string> => {
    if (typeof limit === "number") return [`${limit}`, `${limit / 2 ** 20} MiB`]
    return [`${Duration.toSeconds(limit)} s`, `${Duration.toMinutes(limit)} min`]
  }

  it.each(Object.entries(Limits.defaults))("has %s, with its default", (name, limit) => {
    const row = rows.find((row) => row.includes(`\`${name}\``))
    assert.isDefined(row)
    assert.isTrue(print(limit as number | Duration.Duration).some((text) => row.includes(text)), row)
  })
})
