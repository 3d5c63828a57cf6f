import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { transcript, wirePackage } from "./fixtures.ts"
import type { Refusal } from "./readers.ts"
import { readChunks, readText, readWhole } from "./readers.ts"
import { cut, hex, join, parseAll } from "./support.ts"

const operation = PackageType.DspCmdGetBackupTree
const tolerant = { mode: "tolerant" } as const
const encoder = new TextEncoder()

const of = (text: string): Uint8Array => join(encoder.encode(text), Uint8Array.of(0))

const reasonOf = (result: Result.Result<unknown, Refusal>): string =>
  Result.isFailure(result) ? result.failure.reason : "none"

/** Asserts that a payload is read the same as a whole, in one chunk, in bytes, and cut once at each place of a few. */
const assertSame = (payload: Uint8Array, title: string, code = operation): string => {
  const whole = readWhole(payload, code, tolerant)
  const reply = Reply.decode(payload, code)
  const cuts = [[payload.length], [1], [2], [7], [100], ...[1, 2, 3, 5].map((part) => [payload.length - part])]
  for (const lengths of cuts) {
    const streamed = readChunks(cut(payload, lengths), code, tolerant)
    if (Result.isSuccess(whole)) assert.deepStrictEqual(streamed, whole, `${title}, in chunks of ${lengths.join()}`)
    else {
      assert.strictEqual(reasonOf(streamed), reasonOf(whole), `${title}, in chunks of ${lengths.join()}`)
      assert.strictEqual(Result.isFailure(streamed) && streamed.failure._tag, whole.failure._tag)
    }
    const text = readText(cut(payload, lengths), code)
    if (Result.isSuccess(reply)) assert.deepStrictEqual(text, reply, `${title}, in chunks of ${lengths.join()}`)
    else assert.strictEqual(reasonOf(text), reasonOf(reply), `${title}, in chunks of ${lengths.join()}`)
  }
  return reasonOf(whole)
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const treeText = "<BackupTree><VmItem><Uuid>{a}</Uuid><Name>R&amp;D \u00e4\u{1f600}</Name></VmItem>"
  + "<VmItem><Uuid>{b}</Uuid><Name>]]&gt;&#x9;</Name><Size/></VmItem><Quota a='b'>1</Quota></BackupTree>"

const name = `<Name>${Reply.ResultName.backupTree}</Name>`
const type = "<Type>1</Type>"
const value = `<Value>${escaped(treeText)}</Value>`

const parameter = (...parts: ReadonlyArray<string>): string => `<EventParameter>${parts.join("")}</EventParameter>`

const list = (...parameters: ReadonlyArray<string>): string =>
  `<EventParameters>${parameter("<Name>proto_request_op_code</Name><Type>0</Type><Value>2117</Value>")}${
    parameters.join("")
  }</EventParameters>`

const event = (lists: string, code = "0"): string =>
  `<ParallelsEvent><EventType>100000</EventType><EventLevel>0</EventLevel><EventCode>${code}</EventCode>`
  + "<EventNeedResponse>0</EventNeedResponse><EventIssuerType>0</EventIssuerType><EventIssuerId/><EventSource/>"
  + `<EventInitialRequestId/>${lists}</ParallelsEvent>`

describe("ReplyReader", () => {
  it("reads the recorded replies", () => {
    const names = [
      "response-get-backup-tree-empty",
      "response-get-backup-tree-error",
      "response-get-backup-tree-cancelled",
      "response-not-logged-in"
    ]
    for (const name of names) assert.strictEqual(assertSame(wirePackage(name).payload!, name), "none")
    assert.strictEqual(assertSame(wirePackage("response-logoff-ok").payload!, "logoff", 2042), "none")
    for (const { s2c } of transcript("prlctl_backup_list")) {
      for (const { buffers, type } of parseAll(PackageParser.makeParser(), [s2c.packages]).packages) {
        if (type === PackageType.DspWsResponse) assertSame(buffers[0]!.bytes, "prlctl")
      }
    }
  })

  it("emits each environment as soon as it has arrived", () => {
    const payload = of(event(list(parameter(name, type, value))))
    const reader = ReplyReader.make(operation)
    const ends: Array<number> = []
    for (let index = 0; index < payload.length; index++) {
      Result.getOrThrow(reader.push(payload.subarray(index, index + 1)))
      for (const { uuid } of reader.takeEnvironments()) {
        ends.push(index)
        assert.strictEqual(uuid, ends.length === 1 ? "{a}" : "{b}")
      }
    }
    const text = new TextDecoder().decode(payload)
    const end = encoder.encode(text.slice(0, text.indexOf("&lt;/VmItem>") + "&lt;/VmItem>".length)).length
    // How long an unfinished token may wait before it is looked at again is the reader's.
    assert.isAtLeast(ends[0]!, end - 1)
    assert.isAtMost(ends[0]!, end + 40)
    const { reply, tree } = Result.getOrThrow(reader.end())
    assert.deepStrictEqual(Reply.backupTree(reply), Option.some(""))
    const { environments, kept, notes } = Option.getOrThrow(tree)
    assert.strictEqual(ends.length + environments.length, 2)
    assert.deepStrictEqual(kept.map(({ element }) => element.name), ["Quota"])
    assert.isAbove(notes.length, 1)
  })

  it("finds the tree wherever the outer document has it", () => {
    const other = `<Value>${escaped("<BackupTree><Other/></BackupTree>")}</Value>`
    const rows: ReadonlyArray<readonly [title: string, lists: string, reason: string]> = [
      ["in the usual order", list(parameter(name, type, value)), "none"],
      ["its value first", list(parameter(value, type, name)), "none"],
      ["its type last", list(parameter(name, value, type)), "none"],
      ["another type last", list(parameter(name, value, "<Type>3</Type>")), "no-tree"],
      ["no type", list(parameter(name, value)), "not-an-event"],
      ["a list behind its value", list(parameter(name, type, value, "<IsList>1</IsList>")), "no-tree"],
      ["two values", list(parameter(name, type, value, other)), "none"],
      ["two names", list(parameter(name, "<Name>a</Name>", type, value)), "none"],
      ["another name first", list(parameter("<Name>a</Name>", name, type, value)), "no-tree"],
      ["two parameters", list(parameter(name, type, value), parameter(name, type, other)), "none"],
      [
        "two parameters, the name of the first last",
        list(parameter(type, value, name), parameter(name, type, other)),
        "none"
      ],
      ["two lists", list(parameter(name, type, value)) + list(parameter(name, type, other)), "none"],
      ["the second list", list() + list(parameter(name, type, value)), "no-tree"],
      ["a level too deep", list(`<a>${parameter(name, type, value)}</a>`), "no-tree"],
      ["in another element", list(`<Parameter>${name}${type}${value}</Parameter>`), "no-tree"],
      ["a name with blanks", list(parameter(name.replace(">ws", "> ws"), type, value)), "no-tree"],
      ["a name in pieces", list(parameter(name.replace("cmd", "<![CDATA[cmd]]>"), type, value)), "none"]
    ]
    for (const [title, lists, reason] of rows) assert.strictEqual(assertSame(of(event(lists)), title), reason, title)
  })

  it("reads the text of the tree up to a tag, a comment or an instruction", () => {
    const inner = escaped(treeText)
    const rows: ReadonlyArray<readonly [text: string, reason: string]> = [
      [`<![CDATA[${treeText}]]>`, "none"],
      [`<![CDATA[${treeText.slice(0, 20)}]]>${escaped(treeText.slice(20))}`, "none"],
      [inner.replaceAll("&lt;", "&#60;").replaceAll("&amp;", "&#x0000026;"), "none"],
      [inner.replaceAll("V", "&#x56;"), "none"],
      [`${inner}<!-- c -->x`, "none"],
      [`${inner}<?p?>x`, "none"],
      [`${inner}<x/>y`, "none"],
      [`${inner}<x>y</x>`, "none"],
      [`<x/>${inner}`, "empty"],
      [`<!-- c -->${inner}`, "empty"],
      [` \n${inner}`, "none"],
      [" \n", "empty"],
      ["", "empty"],
      [`\r\n${inner.replaceAll("&lt;V", "\r\n&lt;V")}\r`, "none"],
      [inner.slice(0, -5), "truncated"],
      [inner.replace("R&amp;amp;D", "R&amp;foo;D"), "entity"],
      [inner.replaceAll("BackupTree", "Backup"), "root"],
      [`${inner}\u0001`, "outside"],
      ["&lt;a", "truncated"]
    ]
    for (const [text, reason] of rows) {
      const payload = of(event(list(parameter(name, type, `<Value>${text}</Value>`))))
      assert.strictEqual(assertSame(payload, text.slice(0, 40)), reason, text)
    }
  })

  it("reports an error of the outer document before one of the tree, and neither if the command failed", () => {
    const bad = parameter(name, type, "<Value>&lt;a</Value>")
    assert.strictEqual(assertSame(of(event(list(bad)).slice(0, -1)), "an open root"), "not-xml")
    assert.strictEqual(assertSame(of(event(list(bad), "x")), "no code"), "not-a-number")
    assert.strictEqual(assertSame(of(event(list(bad), "-1")), "a failure with a bad tree"), "none")
    const failed = of(event(list(parameter(name, type, value)), "-1"))
    assert.strictEqual(assertSame(failed, "a failure with a tree"), "none")
    const reply = Result.getOrThrow(readChunks([failed], operation, tolerant))
    assert.strictEqual(reply.reply.code, -1)
    assert.deepStrictEqual(reply.decoded, Option.none())
    assert.strictEqual(assertSame(of(event(list(bad), "1")), "a warning with a bad tree"), "truncated")
  })

  it("reads no tree in the reply to another command", () => {
    const text = event(list(parameter(name, type, value))).replace("2117", "2042")
    assert.strictEqual(assertSame(of(text), "for a logoff", 2042), "none")
    assert.strictEqual(assertSame(of(text), "for a tree"), "wrong-operation")
    const reader = ReplyReader.make(2042)
    const { reply, tree } = Result.getOrThrow(Result.flatMap(reader.push(of(text)), reader.end))
    assert.deepStrictEqual(Reply.backupTree(reply), Option.some(treeText))
    assert.deepStrictEqual(tree, Option.none())
  })

  it("refuses what is no text", () => {
    const good = of(event(list(parameter(name, type, value))))
    assert.strictEqual(assertSame(good.subarray(0, -1), "no NUL"), "no-terminator")
    assert.strictEqual(assertSame(new Uint8Array(0), "no byte"), "no-terminator")
    assert.strictEqual(assertSame(hex("00"), "no text"), "not-xml")
    assert.strictEqual(assertSame(hex("ff00"), "no UTF-8"), "not-utf8")
    assert.strictEqual(assertSame(hex("e282 00"), "half a character"), "not-utf8")
    assert.strictEqual(assertSame(hex("eda080 00"), "half a pair"), "not-utf8")
    assert.strictEqual(assertSame(join(hex("efbbbf"), good), "a byte order mark"), "not-xml")
    assert.strictEqual(assertSame(join(good, hex("ff00")), "bytes behind the NUL"), "none")
    // It is reported where it occurs; the whole reader reports the missing NUL first.
    assert.strictEqual(reasonOf(ReplyReader.make(operation).push(hex("ff"))), "not-utf8")
  })

  it("holds to limits and mode, which are those of the tree", () => {
    const payload = of(event(list(parameter(name, type, value))))
    const read = (options: ReplyReader.Options): string => reasonOf(readChunks([payload], operation, options))
    // Nine elements and an attribute.
    assert.strictEqual(read({ maxElements: 10 }), "none")
    assert.strictEqual(read({ maxElements: 9 }), "elements")
    assert.strictEqual(read({ maxDepth: 2 }), "depth")
    assert.strictEqual(read({ maxLength: treeText.length }), "none")
    assert.strictEqual(read({ maxLength: treeText.length - 1 }), "length")
    assert.strictEqual(read({ mode: "strict" }), "none")
    const raw = of(event(list(parameter(name, type, value.replace("{a}", "\u0001")))))
    assert.strictEqual(reasonOf(readChunks([raw], operation, tolerant)), "none")
    assert.strictEqual(reasonOf(readChunks([raw], operation, { mode: "strict" })), "forbidden-character")
    const deep = of(event("<a>".repeat(64) + "</a>".repeat(64)))
    assert.strictEqual(reasonOf(readChunks([deep], operation, { maxDepth: 100 })), "not-xml")
  })

  it("reports where the XML is malformed, like the whole-document reader", () => {
    const payload = of(event("<a>"))
    const whole = readWhole(payload, operation, tolerant)
    const streamed = readChunks([payload], operation, tolerant)
    if (Result.isSuccess(whole) || Result.isSuccess(streamed)) assert.fail("accepted")
    assert.match(whole.failure.message, /at line [0-9]+, column/)
    assert.strictEqual(streamed.failure.message, whole.failure.message)
  })

  it("reads a token of many chunks, an unfinished one too, in time that grows with its length", () => {
    const long = "x".repeat(2 ** 21)
    for (
      const text of [`<Value>${long}`, `<Value><!--${long}`, `<Value a='${long}`, `<Value>&#${"0".repeat(2 ** 21)}`]
    ) {
      const chunks = cut(of(event(list(parameter(name, type, text)))), [1000])
      assert.strictEqual(reasonOf(readChunks(chunks, operation, tolerant)), "not-xml")
    }
    const comment = of(
      event(list(parameter(name, type, `<Value>${escaped(`<BackupTree><!--${long}--></BackupTree>`)}</Value>`)))
    )
    assert.strictEqual(reasonOf(readChunks(cut(comment, [1000]), operation, tolerant)), "none")
  })
})
