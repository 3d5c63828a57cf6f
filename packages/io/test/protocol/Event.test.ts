import type { EventParameter } from "@backup-tree/io/protocol/Event"
import * as Event from "@backup-tree/io/protocol/Event"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { wireText } from "./fixtures.ts"
import { bytes, int32, mutate, mutations, xmlText } from "./support.ts"

const envelope = { issuerId: "{a}", initialRequestId: "{b}" }

// A text of white space alone is read as empty, as by the product, so it is none of the texts that come back.
const value = Arbitrary.filter(xmlText, (text) => text === "" || /[^ \t\r\n]/.test(text))
const name = Arbitrary.map(value, (text) => `n${text}`)
const type = Arbitrary.schema(int32)

const parameter: Arbitrary.Arbitrary<EventParameter> = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Literals(["Text", "List", "Data"])),
  (tag): Arbitrary.Arbitrary<EventParameter> => {
    switch (tag) {
      case "Text":
        return Arbitrary.all({ _tag: Arbitrary.Constant(tag), name, type, value })
      case "List":
        return Arbitrary.all({
          _tag: Arbitrary.Constant(tag),
          name,
          type,
          items: Arbitrary.array(value, { maxLength: 4 })
        })
      case "Data":
        return Arbitrary.all({
          _tag: Arbitrary.Constant(tag),
          name,
          type: Arbitrary.schema(Schema.Literals([3, 7])),
          bytes: bytes()
        })
    }
  }
)

const number = Arbitrary.schema(int32)
const events: Arbitrary.Arbitrary<Event.Event> = Arbitrary.all({
  type: number,
  level: number,
  code: number,
  needResponse: number,
  issuerType: number,
  issuerId: value,
  source: value,
  initialRequestId: value,
  parameters: Arbitrary.array(parameter, { maxLength: 6 })
})

const orders = Schema.Literals(["dyn_lists-first", "id-first"])

const document = (edit: (text: string) => string = (text) => text): string => edit(wireText("request-cancel"))

const reasonOf = (text: string): string =>
  Result.match(Event.parse(text), { onFailure: ({ reason }) => reason, onSuccess: () => "none" })

const parsed = (text: string): Event.Event => Result.getOrThrow(Event.parse(text))

// The cancel request with another value of its last parameter.
const withValue = (value: string): string =>
  document((text) => text.replace("<Value>{00000000-0000-0000-0000-000000000002}</Value>", value))

const lastText = (text: string): string | undefined => Event.find(parsed(text), "proto_first_str_param", 1)

describe("Event", () => {
  it.prop("reads what it writes, in either order of attributes", [events, orders], ([event, attributeOrder]) => {
    const text = Result.getOrThrow(Event.print(event, { attributeOrder }))
    assert.deepStrictEqual(parsed(text), event)
  })

  it.prop("is read inside an event inside an event", [events], ([event]) => {
    const inner = Result.getOrThrow(Event.print(event))
    const middle = Result.getOrThrow(Event.print(Event.make(envelope, 0, [Event.text("x", inner)])))
    const outer = Result.getOrThrow(Event.print(Event.make(envelope, 0, [Event.text("x", middle)])))
    const read = Event.find(parsed(Event.find(parsed(outer), "x", 1)!), "x", 1)
    assert.strictEqual(read, inner)
    assert.deepStrictEqual(parsed(read!), event)
  })

  it.prop("never throws on changed text", [mutations], ([changes]) => {
    const bytes = mutate(new TextEncoder().encode(wireText("response-get-backup-tree-error")), changes)
    Event.parse(new TextDecoder().decode(bytes))
  })

  it("is empty where the product makes it so", () => {
    assert.strictEqual(lastText(withValue("")), "")
    assert.strictEqual(lastText(withValue("<Value> \n </Value>")), "")
    assert.strictEqual(lastText(withValue("<Value>  a </Value>")), "  a ")
  })

  it("accepts CDATA, references, other orders, unknown children and attributes, and a declaration", () => {
    assert.strictEqual(lastText(withValue("<Value><![CDATA[<a>&amp;]]></Value>")), "<a>&amp;")
    assert.strictEqual(lastText(withValue("<Value>a&#13;&#x41;&quot;</Value>")), "a\rA\"")
    const odd = document((text) =>
      `<?xml version="1.0" encoding="UTF-8"?>\n${
        text.replace(" <EventType>100000</EventType>\n", "").replace(
          " <EventId>",
          " <Unknown a='1'>x</Unknown>\n <EventType b='2'>100000</EventType>\n <EventId>"
        )
      }`
    )
    assert.deepStrictEqual(parsed(odd), parsed(document()))
  })

  it("reads a list only where it is marked as one", () => {
    const list = (mark: string) =>
      parsed(
        withValue("<Value dyn_lists=\"ListItem\"><ListItem>a</ListItem></Value>").replace(
          "<Name>proto_first",
          `<IsList>${mark}</IsList><Name>proto_first`
        )
      ).parameters.at(-1)
    assert.deepStrictEqual(list("1"), { _tag: "List", name: "proto_first_str_param", type: 1, items: ["a"] })
    assert.deepStrictEqual(list("0"), { _tag: "Text", name: "proto_first_str_param", type: 1, value: "" })
  })

  it("tolerates raw control characters, which servers send", () => {
    assert.strictEqual(lastText(withValue("<Value>a\u0001\u001fb</Value>")), "a\u0001\u001fb")
  })

  it("needs each of the eight fields, once", () => {
    const fields = [
      "EventType",
      "EventLevel",
      "EventCode",
      "EventNeedResponse",
      "EventIssuerType",
      "EventIssuerId",
      "EventSource",
      "EventInitialRequestId"
    ]
    for (const field of fields) {
      const line = new RegExp(` <${field}>.*\n`)
      assert.strictEqual(reasonOf(document((text) => text.replace(line, ""))), "not-an-event", field)
      assert.strictEqual(reasonOf(document((text) => text.replace(line, "$&$&"))), "not-an-event", field)
    }
    const bare = document((text) =>
      text.replace(/ <EventParameters[^]*<\/EventParameters>\n/, "").replace(" <EventId>0</EventId>\n", "")
    )
    assert.deepStrictEqual(parsed(bare).parameters, [])
  })

  it("refuses what is no event", () => {
    const rows: ReadonlyArray<readonly [string, string]> = [
      ["not-xml", ""],
      ["not-xml", "no XML"],
      ["not-xml", document((text) => text.slice(0, -20))],
      ["not-xml", document((text) => `\ufeff${text}`)],
      ["not-xml", document((text) => `<!DOCTYPE a [<!ENTITY b "c">]>${text}`)],
      ["not-xml", withValue("<Value>&undefined;</Value>")],
      ["not-xml", withValue("<Value>&#1;</Value>")],
      ["not-xml", withValue(`<Value>${"<a>".repeat(61)}${"</a>".repeat(61)}</Value>`)],
      ["not-an-event", "<VirtuozzoEvent/>"],
      ["not-an-event", document((text) => text.replaceAll("ParallelsEvent", "VirtuozzoEvent"))],
      ["not-an-event", document((text) => text.replace("   <Name>proto_command_flags</Name>\n", ""))],
      ["not-an-event", document((text) => text.replace("   <Type>1</Type>\n", ""))],
      ["not-a-number", document((text) => text.replace("<Type>1</Type>", "<Type>one</Type>"))],
      ["not-an-event", withValue("<Value></Value><Data>!</Data>").replace("<Type>1</Type>", "<Type>7</Type>")]
    ]
    for (const [reason, text] of rows) assert.strictEqual(reasonOf(text), reason, text.slice(0, 80))
    assert.strictEqual(reasonOf(withValue(`<Value>${"<a>".repeat(60)}${"</a>".repeat(60)}</Value>`)), "none")
  })

  it("reads numbers as 32 bits, and nothing else as a number", () => {
    const rows: ReadonlyArray<readonly [string, number | undefined]> = [
      ["0", 0],
      ["-0", 0],
      ["007", 7],
      ["-1", -1],
      ["2147483647", 2147483647],
      ["2147483648", -2147483648],
      ["2147483672", -2147483624],
      ["4294967295", -1],
      ["4294967296", undefined],
      ["-2147483648", -2147483648],
      ["-2147483649", undefined],
      ["9999999999", undefined],
      ["00000000001", undefined],
      ["", undefined],
      ["-", undefined],
      ["+1", undefined],
      [" 1", undefined],
      ["1 ", undefined],
      ["1\n", undefined],
      ["1e3", undefined],
      ["0x1", undefined],
      ["1.0", undefined],
      ["abc", undefined],
      ["١", undefined]
    ]
    for (const [text, number] of rows) {
      assert.strictEqual(Event.parseNumber(text), number, JSON.stringify(text))
      const code = document((document) => document.replace("<EventCode>0<", `<EventCode>${text}<`))
      if (number === undefined) assert.strictEqual(reasonOf(code), "not-a-number")
      else assert.strictEqual(parsed(code).code, number)
    }
  })

  it("finds the first parameter of a name, if its type fits", () => {
    const event = Event.make(envelope, 0, [Event.text("a", "1"), Event.text("a", "2"), Event.uint("b", 3)])
    assert.strictEqual(Event.find(event, "a", 1), "1")
    assert.isUndefined(Event.find(event, "a", 0))
    assert.strictEqual(Event.find(event, "b", 0), "3")
    assert.isUndefined(Event.find(event, "c", 0))
    const list: EventParameter = { _tag: "List", name: "a", type: 1, items: ["1"] }
    assert.isUndefined(Event.find(Event.make(envelope, 0, [list, Event.text("a", "1")]), "a", 1))
  })

  it("writes lists, bytes and the empty list as the product does", () => {
    const written = (...parameters: ReadonlyArray<EventParameter>) =>
      Result.getOrThrow(Event.print(Event.make(envelope, 0, parameters)))
    assert.include(written(), " <EventParameters dyn_lists=\"EventParameter 0\"/>\n")
    assert.include(
      written({ _tag: "List", name: "l", type: 1, items: ["a", ""] }),
      `   <IsList>1</IsList>
   <Name>l</Name>
   <Type>1</Type>
   <Value dyn_lists="ListItem">
    <ListItem>a</ListItem>
    <ListItem></ListItem>
   </Value>
`
    )
    assert.include(
      written({ _tag: "Data", name: "d", type: 7, bytes: Uint8Array.of(0, 1, 2, 255) }),
      "   <Type>7</Type>\n   <Value></Value>\n   <Data>AAEC/w==</Data>\n"
    )
    assert.include(
      written(Event.text("t", "<&>]]>\"'\t\n\r€")),
      "<Value>&lt;&amp;>]]&gt;\"'\t\n&#xd;€</Value>"
    )
  })

  it("writes nothing that XML cannot carry, except in server mode", () => {
    for (const text of ["\0", "\u0001", "\u000b", "\u001f", "\ufffe", "\uffff", "\ud800", "\udc00a"]) {
      for (
        const event of [
          Event.make(envelope, 0, [Event.text("a", text)]),
          Event.make({ ...envelope, issuerId: text }, 0, [])
        ]
      ) {
        const result = Event.print(event)
        assert.strictEqual(Result.isFailure(result) && result.failure.reason, "cannot-be-sent")
      }
    }
    const event = Event.make(envelope, 0, [Event.text("a", "x\u0001\0\u001f")])
    const raw = Result.getOrThrow(Event.print(event, { forbiddenCharacters: "raw" }))
    assert.strictEqual(Event.find(parsed(raw), "a", 1), "x\u0001 \u001f")
    const surrogate = Event.print(Event.make(envelope, 0, [Event.text("a", "\ud800")]), { forbiddenCharacters: "raw" })
    assert.isTrue(Result.isFailure(surrogate))
  })

  it("writes no number beyond 32 bits", () => {
    for (const code of [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN, 1e21]) {
      const result = Event.print(Event.make(envelope, code, []))
      assert.strictEqual(Result.isFailure(result) && result.failure.reason, "cannot-be-sent")
    }
    assert.strictEqual(parsed(Result.getOrThrow(Event.print(Event.make(envelope, 2 ** 32 - 1, [])))).code, -1)
  })

  it("quotes nothing of the text in its errors", () => {
    for (const text of [withValue("<Value>secret&secret;</Value>"), "<secret><secret2/></secret>", "secret"]) {
      const result = Event.parse(text)
      assert.notInclude(JSON.stringify(Result.isFailure(result) && [result.failure, result.failure.message]), "secret")
    }
  })
})
