import type * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as ForensicText from "@backup-tree/formats/ForensicText"
import { assert, describe, it } from "@effect/vitest"

const tree: ForensicTree.ForensicTree = {
  environments: [{
    directory: "{1}",
    name: "web\u001b[31m",
    metadata: { uuid: "{1}", name: "web\u001b[31m", vmType: 0, version: 5, kept: [] },
    isShown: true,
    marks: [{ path: "{1}/old", reason: "not-uuid", detail: "its name is no uuid" }],
    chains: [{
      directory: "{2}",
      isShown: true,
      marks: [],
      items: [
        { directory: "base", number: 1, backup: undefined, isShown: true, marks: [] },
        {
          directory: "2",
          number: 2,
          backup: undefined,
          isShown: false,
          marks: [{ path: "{1}/{2}/2", reason: "link-invalid", detail: "half\na file" }]
        }
      ]
    }]
  }, { directory: "{3}", name: "db", metadata: undefined, isShown: false, chains: [], marks: [] }],
  marks: [{ path: "lost+found", reason: "not-uuid", detail: "" }]
}

describe("ForensicText", () => {
  it("shows what is hidden, and each mark below its thing", () => {
    assert.deepStrictEqual(ForensicText.lines(tree), [
      "web\\e[31m  virtual machine  {1}",
      "├─ not-uuid  \"old\": its name is no uuid",
      "└─ {2}",
      "   ├─ base  (no readable metadata)",
      "   └─ 2     (no readable metadata)  HIDDEN",
      "      └─ link-invalid  \"2\": half\\na file",
      "",
      "db  (no metadata)  {3}  HIDDEN",
      "",
      "not-uuid  \"lost+found\""
    ])
  })

  it("names an environment without metadata by its configuration, if that has a name", () => {
    const heading = (name: string | undefined) =>
      ForensicText.lines({
        environments: [{ directory: "{3}", name, metadata: undefined, isShown: false, chains: [], marks: [] }],
        marks: []
      })
    assert.deepStrictEqual(heading(undefined), ["(no metadata)  {3}  HIDDEN"])
    assert.deepStrictEqual(heading("db"), ["db  (no metadata)  {3}  HIDDEN"])
    assert.deepStrictEqual(heading("d\u202eb"), ["d\\u{202e}b  (no metadata)  {3}  HIDDEN"])
    assert.deepStrictEqual(heading("n".repeat(201)), [`${"n".repeat(200)}…  (no metadata)  {3}  HIDDEN`])
  })

  it("shows an environment whose metadata has no name", () => {
    const metadata = { uuid: "{4}", name: "", vmType: 1, version: 5, kept: [] }
    const environments = [{ directory: "{4}", name: "", metadata, isShown: true, chains: [], marks: [] }]
    assert.match(ForensicText.lines({ environments, marks: [] })[0]!, /^\(no name\)  container \(.*\)  \{4\}$/)
  })

  it("shows nothing of nothing", () => {
    assert.deepStrictEqual(ForensicText.lines({ environments: [], marks: [] }), [])
  })
})
