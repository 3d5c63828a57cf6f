import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import { XmlError } from "@backup-tree/core/xml/XmlError"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { notXml } from "../../src/protocol/internal/eventElements.ts"
import { somePackage, wireText } from "./fixtures.ts"
import { type Row, secret, testRefusals } from "./refusals.ts"
import { hex, join } from "./support.ts"

const get = PackageType.DspCmdGetBackupTree
const envelope = { issuerId: "{a}", initialRequestId: "{b}" }

describe("the refusals of Payload", () => {
  testRefusals([
    ["an empty text", "cannot-be-sent: the text is empty", () => Payload.encode("")],
    ["NUL", "cannot-be-sent: the text has a character U+0000", () => Payload.encode(`${secret}\0`)],
    ["half a pair", "cannot-be-sent: the text has half of a surrogate pair", () => Payload.encode(`${secret}\ud800`)],
    ["no NUL", "no-terminator: a text of 3 bytes has no terminating NUL", () => Payload.decode(hex("616263"))],
    ["another encoding", "not-utf8: a text of 2 bytes is not UTF-8", () => Payload.decode(hex("61ff00"))],
    ["chunks in another encoding", "not-utf8: a text is not UTF-8 in its first 4 bytes", () => {
      const decoder = Payload.makeDecoder()
      decoder.push(hex("6162"))
      return decoder.push(hex("61ff"))
    }],
    ["chunks without NUL", "no-terminator: a text of 2 bytes has no terminating NUL", () => {
      const decoder = Payload.makeDecoder()
      decoder.push(hex("6162"))
      return decoder.end()
    }]
  ])
})

describe("the refusals of Password", () => {
  const tooLong = "password-too-long: the password field has more than 1368 UTF-16 units"
  const encode = (text: string) => Password.encode(Redacted.make(text))
  const decode = (text: string) => Password.decode(Redacted.make(text))
  testRefusals([
    ["a long one", "cannot-be-sent: the password is longer than 1024 UTF-16 units", () => encode("x".repeat(1025))],
    ["NUL", "cannot-be-sent: the password has a character U+0000", () => encode(`${secret}\0`)],
    ["half a pair", "cannot-be-sent: the password has half of a surrogate pair", () => encode(`${secret}\ud800`)],
    ["no base64", "not-a-password: the password field is not base64", () => decode(`${secret}!`)],
    ["another encoding", "not-a-password: the password field is not UTF-8", () => decode("/w==")],
    ["a long field", tooLong, () => decode("A".repeat(5473))],
    ["a long decoded field", tooLong, () => decode(Buffer.from("x".repeat(1369)).toString("base64"))]
  ])
})

describe("the refusals of Package", () => {
  const encode = (fields: Partial<Package.Package>) => Package.encode(somePackage(fields))
  const buffer = { encoding: 0, bytes: hex("") }
  const mebibyte = { encoding: 0, bytes: new Uint8Array(2 ** 20) }
  const type = "is not an unsigned 32-bit number"
  testRefusals([
    [
      "no buffer",
      "no-buffer: a package of type 2117 without a buffer",
      () => Package.payload(somePackage({ buffers: [] }))
    ],
    [
      "many buffers",
      "cannot-be-sent: a package has 1025 buffers, more than 1024",
      () => encode({ buffers: Array.from({ length: 1025 }, () => buffer) })
    ],
    [
      "many bytes",
      "cannot-be-sent: a package is 1073750098 bytes long, more than 1073741824",
      () => encode({ buffers: Array.from({ length: 1024 }, () => mebibyte) })
    ],
    ["a negative type", `cannot-be-sent: package type -1 ${type}`, () => encode({ type: -1 })],
    [
      "an id of 65 bits",
      "cannot-be-sent: numeric id 18446744073709551616 is not an unsigned 64-bit number",
      () => encode({ numericId: 2n ** 64n })
    ],
    ["a name for a uuid", "cannot-be-sent: a uuid of the package header is malformed", () => encode({ uuid: secret })],
    [
      "a large encoding",
      `cannot-be-sent: encoding 4294967296 ${type}`,
      () => encode({ buffers: [{ ...buffer, encoding: 2 ** 32 }] })
    ]
  ])
})

const cancel = wireText("request-cancel")

describe("the refusals of Event", () => {
  const parse = (part: string, by = "") => () => Event.parse(cancel.replace(part, by))
  const print = (fields: Partial<Event.Event>) => () => Event.print({ ...Event.make(envelope, 0, []), ...fields })
  const fields = [...cancel.matchAll(/<(Event[A-Z]\w+)>[^<]*<\/\1>\n/g)].slice(0, 8).map(([text, name]) => ({
    text,
    name: name!
  }))
  const rowsOf = ({ name, text }: (typeof fields)[number]): ReadonlyArray<Row> => [
    [`no ${name}`, `not-an-event: ${name} is missing`, parse(text)],
    [`two of ${name}`, `not-an-event: ${name} occurs twice`, parse(text, text.repeat(2))],
    .../>[0-9]+</.test(text)
      ? [
        [
          `a text as ${name}`,
          `not-a-number: ${name} is not a 32-bit number`,
          parse(text, `<${name}>${secret}</${name}>`)
        ] as const
      ]
      : []
  ]
  it("are tried with each field", () => assert.strictEqual(fields.length, 8))
  testRefusals([
    ...fields.flatMap(rowsOf),
    [
      "a wrong end tag",
      "not-xml: the text is not valid XML (tag at line 2, column 1)",
      () => Event.parse(`<ParallelsEvent>\n</${secret}>`)
    ],
    ["another root", "not-an-event: the root element is not ParallelsEvent", () => Event.parse(`<${secret}/>`)],
    [
      "no name of a parameter",
      "not-an-event: EventParameter[1] has no Name",
      parse(
        "<Name>proto_force_questions_sign</Name>"
      )
    ],
    ["no type of a parameter", "not-an-event: EventParameter[3] has no Type", parse("<Type>1</Type>")],
    [
      "a text as type of a parameter",
      "not-a-number: EventParameter[3]/Type is not a 32-bit number",
      parse(
        "<Type>1</Type>",
        `<Type>${secret}</Type>`
      )
    ],
    [
      "no base64",
      "not-an-event: EventParameter[3]/Data is not base64",
      parse(
        "<Type>1</Type>",
        `<Type>7</Type><Data>${secret}!</Data>`
      )
    ],
    ["a fraction", "cannot-be-sent: 0.5 is not a 32-bit number", print({ level: 0.5 })],
    [
      "half a pair",
      "cannot-be-sent: a text of the event has half of a surrogate pair",
      print({
        source: `${secret}\ud800`
      })
    ],
    [
      "a forbidden character",
      "cannot-be-sent: a text of the event has a character that XML forbids",
      print({
        source: `${secret}\u0001`
      })
    ]
  ])

  it("name the place in the XML if it is known", () => {
    const detailOf = (place: { readonly line?: number; readonly column?: number }) =>
      notXml(new XmlError({ reason: "tag", detail: secret, ...place })).detail
    assert.strictEqual(detailOf({}), "the text is not valid XML (tag)")
    assert.strictEqual(detailOf({ line: 2 }), "the text is not valid XML (tag at line 2, column 1)")
    assert.strictEqual(detailOf({ line: 2, column: 3 }), "the text is not valid XML (tag at line 2, column 3)")
  })
})

describe("the refusals of BinaryEvent", () => {
  const head = { ...Event.make(envelope, 0, []), parameters: [] }
  const empty = Result.getOrThrow(BinaryEvent.encode({ ...head, issuerId: "", initialRequestId: "" }))
  const decode = (tail: string) => () => BinaryEvent.decode(join(empty.subarray(0, -4), hex(tail)))
  const encode = (fields: Partial<BinaryEvent.BinaryEvent>) => () => BinaryEvent.encode({ ...head, ...fields })
  const base = { name: "", type: 0, value: "", cdata: "" }
  const many = Array.from({ length: 10_001 }, () => "")
  const blank = "00000000".repeat(4)
  const tooMany = "cannot-be-sent: a binary event has 10001 parameters or texts, more than 10000"
  testRefusals([
    [
      "no count",
      "not-an-event: a binary event ends at byte 32, but needs 4 bytes from byte 32 on",
      () => BinaryEvent.decode(empty.subarray(0, -4))
    ],
    ["a negative count", "not-an-event: a binary event announces -1 parameters at byte 32", decode("ffffffff")],
    ["a large count", "not-an-event: a binary event announces 10001 parameters at byte 32", decode("00002711")],
    [
      "another class",
      "not-an-event: a binary event has a parameter of an unknown class at byte 36",
      decode(
        `00000001 00000003 ${blank}`
      )
    ],
    [
      "a large list",
      "not-an-event: a binary event announces 10001 texts of a list at byte 56",
      decode(
        `00000001 00000001 ${blank} 00002711`
      )
    ],
    [
      "a negative length",
      "not-an-event: a binary event announces -1 bytes at byte 56",
      decode(
        `00000001 00000002 ${blank} ffffffff`
      )
    ],
    [
      "another encoding",
      "not-an-event: a binary event has a text at byte 48 that is not UTF-8",
      decode(
        "00000001 00000000 00000000 00000001 ff"
      )
    ],
    [
      "2^32",
      "cannot-be-sent: a binary event has the value 4294967296, which is not an unsigned 32-bit number",
      encode({
        type: 2 ** 32
      })
    ],
    [
      "2^31",
      "cannot-be-sent: a binary event has the value 2147483648, which is not a signed 32-bit number",
      encode({
        code: 2 ** 31
      })
    ],
    [
      "half a pair",
      "cannot-be-sent: a binary event has a text with half of a surrogate pair",
      encode({
        source: `${secret}\ud800`
      })
    ],
    ["many parameters", tooMany, encode({ parameters: many.map((name) => BinaryEvent.plain(name, 0, "")) })],
    ["a long list", tooMany, encode({ parameters: [{ _tag: "List", ...base, items: many }] })]
  ])
})

describe("the refusals of LoginReply and Reply", () => {
  const binary = Result.getOrThrow(
    BinaryEvent.encode({
      ...Event.make(envelope, 0, []),
      parameters: [BinaryEvent.plain("proto_request_op_code", 0, secret)]
    })
  )
  const reply = (self: Reply.Reply, operation: number) => () =>
    Reply.fromEvent(Reply.toEvent(self, envelope), operation)
  testRefusals([
    [
      "a login reply to another command",
      "not-a-login-reply: a login reply arrived for command 2117, which is not a "
      + "login",
      () => LoginReply.decode(binary, get)
    ],
    [
      "a login reply to no command",
      "wrong-operation: the login reply does not name command 2039",
      () => LoginReply.decode(binary, PackageType.DspCmdUserLogin)
    ],
    [
      "a reply to another command",
      "wrong-operation: the reply does not name command 2117",
      reply(
        Reply.success(2042),
        get
      )
    ],
    [
      "a success without a tree",
      "no-tree: the reply reports success, but has no backup tree",
      reply(
        Reply.success(get),
        get
      )
    ]
  ])
})

describe("the refusals of Command", () => {
  const decode = (type: number, text: string) => () =>
    Command.decode(somePackage({ type, buffers: [{ encoding: 0, bytes: Result.getOrThrow(Payload.encode(text)) }] }))
  // A backup tree request with another value of a parameter, or without it.
  const edited = (name: string, value?: string) => () => {
    const event = Command.toEvent(tree, envelope)
    const parameters = event.parameters.flatMap((parameter) =>
      parameter.name !== name ? [parameter] : value === undefined ? [] : [{ ...parameter, value }]
    )
    return Command.fromEvent(get, { ...event, parameters })
  }
  const tree = Command.getBackupTree(BackupTreeRequest.toParameters(BackupTreeRequest.everything))
  const notServed = "not-served: this library does not support the command"
  testRefusals([
    ["another command", notServed, decode(2000, cancel)],
    ["another command's event", notServed, () => Command.fromEvent(2000, Command.toEvent(Command.logoff, envelope))],
    ["no XML", "unparsable: the text is not valid XML (tag at line 1, column 4)", decode(get, `<a></${secret}>`)],
    [
      "no text",
      "missing-parameter: parameter basic_vm_cmd_vm_uuid of type string is missing",
      edited(
        "basic_vm_cmd_vm_uuid"
      )
    ],
    [
      "no number",
      "missing-parameter: parameter backup_cmd_server_port of type unsigned is missing",
      edited(
        "backup_cmd_server_port"
      )
    ],
    [
      "a text as number",
      "unparsable: parameter backup_cmd_server_port is not a 32-bit number",
      edited(
        "backup_cmd_server_port",
        secret
      )
    ]
  ])
})
