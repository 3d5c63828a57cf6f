import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as Payload from "@backup-tree/io/protocol/Payload"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { transcript, wirePackage, wireText } from "./fixtures.ts"
import { bytes, hex, int32, mutate, mutations, parseAll, xmlText } from "./support.ts"

const envelope = { issuerId: "{a}", initialRequestId: "{b}" }

const text = Arbitrary.filter(xmlText, (text) => text === "" || /[^ \t\r\n]/.test(text))
const replies: Arbitrary.Arbitrary<Reply.Reply> = Arbitrary.all({
  operation: Arbitrary.schema(int32),
  code: Arbitrary.schema(int32),
  results: Arbitrary.array(
    Arbitrary.map(Arbitrary.all([text, text]), ([name, value]) => Event.text(`x${name}`, value)),
    { maxLength: 5 }
  )
})

const encoded = (reply: Reply.Reply): Uint8Array => Result.getOrThrow(Reply.encode(reply, envelope))

const reasonOf = (result: Result.Result<unknown, MessageError>): string =>
  Result.isFailure(result) ? result.failure.reason : "none"

const payload = (name: string): Uint8Array => wirePackage(name).payload!

const failureCode = ReturnCode.codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY

describe("Reply", () => {
  it.prop("is read as it was written", [replies], ([reply]) => {
    const wanted = { ...reply, operation: reply.operation === 2117 ? 2042 : reply.operation }
    assert.deepStrictEqual(Reply.decode(encoded(wanted), wanted.operation), Result.succeed(wanted))
  })

  it.prop("carries a tree as it stands", [text], ([tree]) => {
    const reply = Reply.success(2117, [Event.text(Reply.ResultName.backupTree, tree)])
    const read = Result.getOrThrow(Reply.decode(encoded(reply), 2117))
    assert.deepStrictEqual(Reply.backupTree(read), Option.some(tree))
  })

  it.prop("carries an error event with its arguments", [Arbitrary.array(text, { maxLength: 4 })], ([values]) => {
    const error = Event.make(envelope, failureCode, Reply.messageArguments(values))
    const reply = Result.getOrThrow(Reply.failureWithEvent(2117, error))
    const read = Result.getOrThrow(Reply.decode(encoded(reply), 2117))
    assert.strictEqual(read.code, failureCode)
    const event = Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(read)))
    assert.deepStrictEqual(event, error)
    assert.deepStrictEqual(Reply.messageArgumentsOf(event), values)
  })

  it.prop("never throws on changed bytes", [mutations], ([changes]) => {
    for (const name of ["response-get-backup-tree-error", "response-get-backup-tree-empty"]) {
      Result.map(Reply.decode(mutate(payload(name), changes), 2117), Reply.errorEvent)
    }
  })

  it.prop("never throws on any bytes", [bytes(200)], ([data]) => {
    Reply.decode(data, 2117)
  })

  it("reads the recorded replies", () => {
    const empty = Result.getOrThrow(Reply.decode(payload("response-get-backup-tree-empty"), 2117))
    assert.strictEqual(empty.code, 0)
    assert.deepStrictEqual(Reply.backupTree(empty), Option.some("<BackupTree dyn_lists=\"VmItem 0\" id=\"-1\"/>\n"))
    assert.deepStrictEqual(Reply.errorEvent(empty), Result.succeed(Option.none()))

    const error = Result.getOrThrow(Reply.decode(payload("response-get-backup-tree-error"), 2117))
    assert.strictEqual(error.code, failureCode)
    assert.deepStrictEqual(Reply.backupTree(error), Option.none())
    const event = Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(error)))
    assert.strictEqual(event.code, failureCode)
    assert.deepStrictEqual(Reply.messageArgumentsOf(event), ["storage.example", "node1.example"])

    const codes: ReadonlyArray<readonly [string, number, keyof typeof ReturnCode.codes]> = [
      ["response-cancel-ok", 2053, "PRL_ERR_SUCCESS"],
      ["response-cancel-task-not-found", 2053, "PRL_ERR_TASK_NOT_FOUND"],
      ["response-get-backup-tree-cancelled", 2117, "PRL_ERR_OPERATION_WAS_CANCELED"],
      ["response-login-failed", 2039, "PRL_ERR_AUTHENTICATION_FAILED"],
      ["response-logoff-ok", 2042, "PRL_ERR_SUCCESS"],
      ["response-not-logged-in", 2117, "PRL_ERR_USER_OPERATION_NOT_AUTHORISED"]
    ]
    for (const [name, operation, code] of codes) {
      assert.strictEqual(Result.getOrThrow(Reply.decode(payload(name), operation)).code, ReturnCode.codes[code], name)
    }
  })

  it("reads the other replies that prlctl requests", () => {
    const { s2c } = transcript("prlctl_backup_list")[0]!
    const { packages } = parseAll(PackageParser.makeParser(), [s2c.packages])
    const read = (index: number, operation: number) =>
      Result.getOrThrow(Reply.decode(packages[index]!.buffers[0]!.bytes, operation))
    assert.deepStrictEqual(Reply.standardResults(read(1, 2125)), ["1"])
    assert.deepStrictEqual(read(2, 2048).results.map(({ name }) => name), [
      Reply.ResultName.hostCommonInfo,
      Reply.ResultName.networkConfig
    ])
    assert.deepStrictEqual(read(3, 2045).results.map(({ name }) => name), [Reply.ResultName.userProfile])
    assert.include(Option.getOrThrow(Reply.backupTree(read(4, 2117))), "<VmItem ")
  })

  it("fails on what is no reply, on another operation and on none, and on a success without a tree", () => {
    const ok = wireText("response-cancel-ok")
    const of = (text: string) => Result.getOrThrow(Payload.encode(text))
    const rows: ReadonlyArray<readonly [string, Uint8Array, number]> = [
      ["no-terminator", payload("response-cancel-ok").subarray(0, -1), 2053],
      ["not-utf8", hex("ff00"), 2053],
      ["not-xml", hex("00"), 2053],
      ["not-xml", of("junk"), 2053],
      ["not-an-event", of("<a/>"), 2053],
      ["not-a-number", of(ok.replace("<EventCode>0<", "<EventCode>abc<")), 2053],
      ["wrong-operation", of(ok), 2117],
      ["wrong-operation", of(ok.replace("proto_request_op_code", "other")), 2053],
      ["wrong-operation", of(ok.replace("<Value>2053<", "<Value>junk<")), 2053],
      ["wrong-operation", of(ok.replace("<Type>0</Type>\n   <Value>2053<", "<Type>1</Type>\n   <Value>2053<")), 2053],
      ["no-tree", of(ok.replace("2053", "2117")), 2117],
      ["no-tree", of(ok.replace("2053", "2117").replace("<EventCode>0<", "<EventCode>37017<")), 2117],
      ["no-tree", of(wireText("response-get-backup-tree-empty").replace("<Type>1<", "<Type>3<")), 2117],
      ["none", of(ok.replace("2053", "2117").replace("<EventCode>0<", "<EventCode>-1<")), 2117],
      ["none", of(ok.replace("<EventCode>0<", "<EventCode>2147483656<")), 2053]
    ]
    for (const [reason, data, operation] of rows) assert.strictEqual(reasonOf(Reply.decode(data, operation)), reason)
  })

  it("keeps a repeated standard parameter as a result", () => {
    const again = Event.uint("proto_request_op_code", 1)
    const reply: Reply.Reply = { operation: 2053, code: 0, results: [again] }
    assert.deepStrictEqual(Reply.decode(encoded(reply), 2053), Result.succeed(reply))
  })

  it("keeps the code of a reply whose error event cannot be read", () => {
    const reply: Reply.Reply = { operation: 2117, code: -1, results: [Event.text(Reply.ResultName.error, "<junk")] }
    const read = Result.getOrThrow(Reply.decode(encoded(reply), 2117))
    assert.strictEqual(read.code, -1)
    assert.strictEqual(reasonOf(Reply.errorEvent(read)), "not-xml")
  })

  it("reads arguments up to the first gap, the first of each name", () => {
    const [zero, one, , three] = Reply.messageArguments(["a", "b", "c", "d"])
    const error = Event.make(envelope, -1, [one!, three!, zero!, { ...zero!, _tag: "Text", value: "again" }])
    assert.deepStrictEqual(Reply.messageArgumentsOf(error), ["a", "b"])
    const many = Reply.messageArguments(Array.from({ length: 100_000 }, () => "x"))
    assert.strictEqual(Reply.messageArgumentsOf(Event.make(envelope, -1, many)).length, 100_000)
  })

  it("makes failures with and without an error event", () => {
    assert.deepStrictEqual(Reply.failure(2042, -1), { operation: 2042, code: -1, results: [] })
    const bad = Reply.failureWithEvent(2042, Event.make(envelope, -1, [Event.text("a", "\u0001")]))
    assert.strictEqual(reasonOf(bad), "cannot-be-sent")
  })
})
