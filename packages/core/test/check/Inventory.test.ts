import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Inventory from "../../src/check/Inventory.ts"
import { pick, spelling } from "../support/inventoryArbitraries.ts"
import { integer, oneOf } from "../support/xmlArbitraries.ts"

const web = "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10"
const database = "{D4C2B1A0-6F5E-4D3C-8B2A-190807060504}"

const read = (text: string): ReadonlyArray<Inventory.InventoryEntry> => Result.getOrThrow(Inventory.parse(text))

const refusal = (text: string): Inventory.InventoryError => {
  const result = Inventory.parse(text)
  assert.isTrue(Result.isFailure(result), `accepted: ${text.slice(0, 80)}`)
  return Result.getOrThrow(Result.flip(result))
}

describe("what prlctl prints", () => {
  it("is read as it is, in the short form", () => {
    const text = `[
\t{
\t\t"uuid": "${web}",
\t\t"status": "running",
\t\t"ip_configured": "-",
\t\t"name": "web01"
\t},
\t{
\t\t"uuid": "${database}",
\t\t"status": "stopped",
\t\t"ip_configured": "10.0.0.4 fe80::1",
\t\t"name": "R&D \\"база\\"\\n<b>"
\t}
]
`
    assert.deepStrictEqual(read(text), [
      { uuid: web, name: "web01", kind: undefined, place: "entry 1" },
      { uuid: database, name: "R&D \"база\"\n<b>", kind: undefined, place: "entry 2" }
    ])
  })

  it("is read in the long form, and the details of each machine are ignored", () => {
    const long = [
      { ID: `{${web}}`, Name: "web01", Type: "VM", State: "running", Hardware: { cpu: { cpus: 2, "uuid": "none" } } },
      { ID: database, Name: "ct", Type: "CT", Description: "", "Backup path": "/vz" },
      { ID: database, Name: "template", Type: "VM template" }
    ]
    assert.deepStrictEqual(read(JSON.stringify(long)), [
      { uuid: `{${web}}`, name: "web01", kind: "vm", place: "entry 1" },
      { uuid: database, name: "ct", kind: "ct", place: "entry 2" },
      { uuid: database, name: "template", kind: undefined, place: "entry 3" }
    ])
  })

  it("may be an empty array: a node without machines", () => {
    assert.deepStrictEqual(read("[]"), [])
    assert.deepStrictEqual(read("\ufeff [\n]\n"), [])
  })

  it("needs a uuid or a name, and treats nothing, an empty text and a dash as none", () => {
    const items = [{ uuid: web }, { name: "web01" }, { uuid: null, name: "a" }, { uuid: "", name: "b" }, {
      uuid: "-",
      ID: web,
      Name: ""
    }]
    assert.deepStrictEqual(read(JSON.stringify(items)).map(({ name, uuid }) => [uuid, name]), [
      [web, undefined],
      [undefined, "web01"],
      [undefined, "a"],
      [undefined, "b"],
      [web, undefined]
    ])
  })

  it("may name a machine twice: both entries are kept", () => {
    assert.strictEqual(read(JSON.stringify([{ uuid: web, name: "a" }, { uuid: web, name: "a" }])).length, 2)
  })
})

describe("a plain list", () => {
  it("has a uuid or a name on each line, comments and blank lines", () => {
    const text = `\ufeff# production
web01
  db primary\t\r
\r
{${web}}\r\n${database}
# [not json]
# the last line has no end
[old] mail`
    assert.deepStrictEqual(read(text), [
      { uuid: undefined, name: "web01", kind: undefined, place: "line 2" },
      { uuid: undefined, name: "db primary", kind: undefined, place: "line 3" },
      { uuid: `{${web}}`, name: undefined, kind: undefined, place: "line 5" },
      { uuid: database, name: undefined, kind: undefined, place: "line 6" },
      { uuid: undefined, name: "[old] mail", kind: undefined, place: "line 9" }
    ])
  })

  it("may begin with a uuid in braces", () => {
    assert.deepStrictEqual(read(`{${web}}\n`), [{
      uuid: `{${web}}`,
      name: undefined,
      kind: undefined,
      place: "line 1"
    }])
  })

  it("keeps names as they are: formulas, markup further down, bidi controls", () => {
    const names = [
      "web01",
      "=1+1",
      "<script>alert(1)</script>",
      "my UUID",
      "UUIDs",
      "\u202eevil",
      "null",
      "{",
      "tab\tinside"
    ]
    assert.deepStrictEqual(read(names.join("\n")).map(({ name }) => name), names)
  })
})

describe("a text that is no inventory", () => {
  it.each<[string, Inventory.Reason, number | undefined, number | undefined]>([
    ["", "empty", undefined, undefined],
    [" \n\t\n# nothing\n", "empty", undefined, undefined],
    ["[{\"uuid\": \"4f6a", "json", undefined, undefined],
    ["[prod] web01\n", "json", undefined, undefined],
    ["{", "json", undefined, undefined],
    [`[{"uuid": "${web}"}] trailing`, "json", undefined, undefined],
    [`{"uuid": "${web}"}`, "shape", undefined, undefined],
    ["[\"web01\"]", "shape", undefined, 1],
    [`[{"uuid": "${web}"}, null]`, "shape", undefined, 2],
    ["[[]]", "shape", undefined, 1],
    [`[{"uuid": "${web}"}, {"status": "running"}]`, "entry", undefined, 2],
    ["[{\"__proto__\": {\"name\": \"web01\"}}]", "entry", undefined, 1],
    ["[{\"uuid\": \"web01\", \"name\": \"web01\"}]", "entry", undefined, 1],
    [`[{"uuid": "${web} "}]`, "entry", undefined, 1],
    ["[{\"name\": 101}]", "entry", undefined, 1],
    [`[{"uuid": ["${web}"], "name": "a"}]`, "entry", undefined, 1],
    [`[{"uuid": "${web}", "ID": "${database}"}]`, "entry", undefined, 1],
    ["[{\"name\": \"a\", \"Name\": \"b\"}]", "entry", undefined, 1],
    [`UUID                                    STATUS       IP_ADDR  T  NAME\n{${web}}  running`, "table", 1, undefined],
    ["UUID\n", "table", 1, undefined],
    [`web01\n{${web}}  running  -  VM web01`, "table", 2, undefined],
    [`${web},web01`, "table", 1, undefined],
    ["<?xml version=\"1.0\"?>\n<BackupTree/>", "text", 1, undefined],
    ["a\n\u001b[31mb\n", "text", 2, undefined],
    ["w\u0000e\u0000b\u0000", "text", 1, undefined]
  ])("is refused with its reason and place: %j", (text, reason, line, entry) => {
    const error = refusal(text)
    assert.deepStrictEqual([error.reason, error.line, error.entry], [reason, line, entry])
    assert.notMatch(error.message, /\p{Cc}|undefined/u)
    if (line !== undefined) assert.include(error.message, `line ${line}`)
    if (entry !== undefined) assert.include(error.message, `entry ${entry}`)
    assert.match(error.message, /prlctl list --all --json|prints \[\]/)
  })

  it.each([
    [`{"uuid": "${web}"}`, "it is a JSON object, not an array of objects"],
    ["[1]", "it is not a JSON object"],
    ["[{}]", "it has neither a uuid nor a name"],
    ["[{\"uuid\": \"web01\"}]", "\"web01\" is not a uuid"],
    ["[{\"name\": 101}]", "its name is not a string"],
    ["[{\"name\": \"a\", \"Name\": \"b\"}]", "its name and its Name differ"],
    ["", "it names no machine"],
    ["[", "it begins like JSON, but is not valid"],
    ["a\n\u001b[31mb\n", "\"\\e[31mb\" contains control characters"],
    [`${web},web01`, `there is more text after the uuid: "${web},web01"`],
    ["UUID\n", "it is the heading of a table"],
    ["<a>", "it is markup, not a uuid or name"]
  ])("is refused with what is wrong: %j", (text, detail) => {
    assert.include(refusal(text).detail, detail)
  })

  it("is refused beyond the limits, whatever it is", () => {
    assert.strictEqual(refusal(" ".repeat(Inventory.maxLength + 1)).reason, "length")
    assert.notStrictEqual(refusal(" ".repeat(Inventory.maxLength)).reason, "length")
    assert.strictEqual(Inventory.maxLength, 2 ** 25)
    const json = (count: number) => `[${Array.from({ length: count }, () => "{\"name\":\"a\"}").join(",")}]`
    assert.strictEqual(read(json(Inventory.maxEntries)).length, Inventory.maxEntries)
    assert.strictEqual(refusal(json(Inventory.maxEntries + 1)).reason, "entries")
    assert.strictEqual(refusal(`[${"{},".repeat(Inventory.maxEntries)}{}]`).reason, "entries")
    assert.strictEqual(refusal("a\n".repeat(Inventory.maxEntries + 1)).reason, "entries")
    assert.strictEqual(read("a\n".repeat(Inventory.maxEntries)).length, Inventory.maxEntries)
    assert.strictEqual(refusal("[".repeat(1_000_000)).reason, "json")
  })
})

const anyText = oneOf(
  Arbitrary.schema(Schema.String),
  Arbitraries.text,
  Arbitrary.map(
    Arbitrary.array(
      pick("[", "]", "{", "}", ":", ",", "\"", "uuid", "\"name\"", web, database, "\n", " ", "#", "1", "null"),
      { maxLength: 12 }
    ),
    (parts) => parts.join("")
  )
)

interface Machine {
  readonly uuid: string | undefined
  readonly name: string | undefined
}

const machine = (name: Arbitrary.Arbitrary<string>): Arbitrary.Arbitrary<Machine> =>
  Arbitrary.map(
    Arbitrary.all({ uuid: Arbitraries.uuid, spell: spelling, name, form: integer(0, 2) }),
    ({ form, name, spell, uuid }) => ({
      uuid: form === 0 || name === "" || name === "-" ? spell(uuid) : form === 1 ? spell(uuid) : undefined,
      name: form === 0 || name === "" || name === "-" ? undefined : name
    })
  )

const identities = (entries: ReadonlyArray<Machine>) => entries.map(({ name, uuid }) => ({ uuid, name }))

describe("laws of reading", () => {
  it.prop("no text makes it throw, and an accepted entry always names its machine", [anyText], ([text]) => {
    const result = Inventory.parse(text)
    if (Result.isFailure(result)) {
      assert.notMatch(result.failure.message, /\p{Cc}/u)
      return
    }
    for (const { name, uuid } of result.success) {
      assert.isTrue(uuid !== undefined || (name !== undefined && name !== ""))
    }
  })

  it.prop(
    "every machine of a JSON array is read, in order, in either spelling of the fields, whatever else is there",
    [Arbitrary.array(Arbitrary.all([machine(Arbitraries.text), integer(0, 3), Arbitraries.text]), { maxLength: 5 })],
    ([drawn]) => {
      const items = drawn.map(([{ name, uuid }, form, extra]) => ({
        status: extra,
        ...(form % 2 === 0 ? { uuid } : { ID: uuid }),
        ...(form < 2 ? { name } : { Name: name }),
        [`x${extra}`]: [{ uuid: extra }]
      }))
      for (const indent of [undefined, "\t"]) {
        const text = JSON.stringify(items, null, indent)
        assert.deepStrictEqual(identities(read(text)), identities(drawn.map(([one]) => one)))
      }
    }
  )

  it.prop(
    "every machine of a plain list is read, in order, between any comments and blanks",
    [
      Arbitrary.array(
        Arbitrary.all([
          machine(pick("web01", "R&D", "база", "😀 with blanks", "{}", "=1+1")),
          integer(0, 1),
          pick("\n", "\r\n", "\r", "\n\n", "  \n# comment\r\n", "\t\n")
        ]),
        { maxLength: 6 }
      )
    ],
    ([drawn]) => {
      const machines = drawn.map(([{ name, uuid }]) => ({ uuid, name: uuid === undefined ? name : undefined }))
      const text = `#\n${
        drawn.map(([, blank, end], i) => `${" ".repeat(blank)}${machines[i]!.uuid ?? machines[i]!.name}${end}`).join("")
      }`
      if (machines.length === 0) assert.strictEqual(refusal(text).reason, "empty")
      else assert.deepStrictEqual(identities(read(text)), machines)
    }
  )
})
