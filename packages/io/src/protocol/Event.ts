/**
 * The `ParallelsEvent` document, the text form of every command, reply and event.
 *
 * The reader is stricter than the product's: it refuses malformed numbers and repeated elements. The writer produces
 * the same bytes as the product. The caller chooses the values that a process of the product chooses at random.
 *
 * @see [Protocol 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-3)
 * @see [Protocol 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-4)
 * @since 0.2.0
 */
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import * as XmlElement from "@backup-tree/core/xml/XmlElement"
import { isXmlText } from "@backup-tree/core/xml/XmlText"
import type * as Data from "effect/Data"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { childOf, elementsOf, notXml, refuse, single, textOf } from "./internal/eventElements.ts"
import { MessageError } from "./ProtocolError.ts"

/**
 * The head of every event, in text and in binary form.
 *
 * @category models
 * @since 0.2.0
 */
export interface EventHead {
  /** The kind of event; 100000 in commands and replies. */
  readonly type: number
  readonly level: number
  /** The return code, in replies. */
  readonly code: number
  readonly needResponse: number
  readonly issuerType: number
  readonly issuerId: string
  readonly source: string
  readonly initialRequestId: string
}

/**
 * A parameter: a text (numbers are texts too), a list of texts, or bytes.
 *
 * @see [Protocol 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-4)
 * @category models
 * @since 0.2.0
 */
export type EventParameter = Data.TaggedEnum<{
  Text: { readonly name: string; readonly type: number; readonly value: string }
  List: { readonly name: string; readonly type: number; readonly items: ReadonlyArray<string> }
  Data: { readonly name: string; readonly type: number; readonly bytes: Uint8Array }
}>

/**
 * An event with its parameters. A name may occur several times.
 *
 * @category models
 * @since 0.2.0
 */
export interface Event extends EventHead {
  readonly parameters: ReadonlyArray<EventParameter>
}

/**
 * The two ids that a sender generates for each message. Receivers ignore them.
 *
 * @category models
 * @since 0.2.0
 */
export interface Envelope {
  readonly issuerId: string
  readonly initialRequestId: string
}

/**
 * The parameter types that this protocol uses.
 *
 * @see [Protocol 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-4)
 * @category constants
 * @since 0.2.0
 */
export const ParameterType = { uint: 0, string: 1, int: 2, charData: 3, binary: 7 } as const

/**
 * The event type of commands and replies.
 *
 * @category constants
 * @since 0.2.0
 */
export const noEventType = 100000

/**
 * Options for printing a document.
 *
 * @category models
 * @since 0.2.0
 */
export interface PrintOptions {
  /** The order of two attributes (default: `dyn_lists-first`). A process of the product chooses it once, at random. */
  readonly attributeOrder?: AttributeOrder | undefined
  /**
   * How to handle characters that XML 1.0 forbids (default: `refuse`).
   *
   * `raw` writes them like the product's servers, with U+0000 as a space. It is meant for test servers.
   */
  readonly forbiddenCharacters?: "refuse" | "raw" | undefined
}

/**
 * The order of the two bookkeeping attributes. Readers ignore them.
 *
 * @category models
 * @since 0.2.0
 */
export type AttributeOrder = "dyn_lists-first" | "id-first"

/**
 * The maximum nesting depth of elements in a document from a peer.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxDepth = 64

/**
 * Makes the event of a command or reply.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (envelope: Envelope, code: number, parameters: ReadonlyArray<EventParameter>): Event => ({
  type: noEventType,
  level: 0,
  code,
  needResponse: 0,
  issuerType: 0,
  issuerId: envelope.issuerId,
  source: "",
  initialRequestId: envelope.initialRequestId,
  parameters
})

/**
 * Makes a text parameter.
 *
 * @category constructors
 * @since 0.2.0
 */
export const text = (name: string, value: string): EventParameter => ({
  _tag: "Text",
  name,
  type: ParameterType.string,
  value
})

/**
 * Makes a parameter with an unsigned number.
 *
 * @category constructors
 * @since 0.2.0
 */
export const uint = (name: string, value: number): EventParameter => ({
  _tag: "Text",
  name,
  type: ParameterType.uint,
  value: String(value)
})

/**
 * Returns the text of the first parameter with a name, if it is a text of the given type.
 *
 * @category accessors
 * @since 0.2.0
 */
export const find = (self: Event, name: string, type: number): string | undefined => {
  const parameter = self.parameters.find((parameter) => parameter.name === name)
  return parameter?._tag === "Text" && parameter.type === type ? parameter.value : undefined
}

/**
 * Parses a decimal number of at most ten digits from -2^31 to 2^32 - 1, wrapped to a signed 32-bit number.
 *
 * Returns `undefined` for any other text. The product reads 0 there.
 *
 * @see [Protocol 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-3)
 * @see [Protocol 8.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-1)
 * @category codecs
 * @since 0.2.0
 */
export const parseNumber = (text: string): number | undefined => {
  if (!/^-?[0-9]{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return value >= -0x8000_0000 && value <= 0xffff_ffff ? value | 0 : undefined
}

const numberFields = ["EventType", "EventLevel", "EventCode", "EventNeedResponse", "EventIssuerType"] as const
const textFields = ["EventIssuerId", "EventSource", "EventInitialRequestId"] as const

/**
 * Parses the text of a document.
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<Event, MessageError> =>
  Result.match(XmlDocument.parse(text, { maxDepth, byteOrderMark: "refuse" }), {
    onFailure: (error) => Result.fail(notXml(error)),
    onSuccess: fromElement
  })

/**
 * Reads an event from the root element of its document. See {@link parse}.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromElement = (root: XmlElement.XmlElement): Result.Result<Event, MessageError> => {
  if (root.name !== "ParallelsEvent") return refuse("not-an-event", "the root element is not ParallelsEvent")
  const numbers: Array<number> = []
  for (const name of numberFields) {
    const field = single(root, name)
    if (Result.isFailure(field)) return Result.fail(field.failure)
    const value = parseNumber(textOf(field.success))
    if (value === undefined) return refuse("not-a-number", `${name} is not a 32-bit number`)
    numbers.push(value)
  }
  const texts: Array<string> = []
  for (const name of textFields) {
    const field = single(root, name)
    if (Result.isFailure(field)) return Result.fail(field.failure)
    texts.push(textOf(field.success))
  }
  const parameters: Array<EventParameter> = []
  const list = childOf(root, "EventParameters")
  for (const element of list === undefined ? [] : elementsOf(list, "EventParameter")) {
    const parameter = parameterOf(element, parameters.length)
    if (Result.isFailure(parameter)) return Result.fail(parameter.failure)
    parameters.push(parameter.success)
  }
  const [type, level, code, needResponse, issuerType] = numbers as [number, number, number, number, number]
  const [issuerId, source, initialRequestId] = texts as [string, string, string]
  return Result.succeed({ type, level, code, needResponse, issuerType, issuerId, source, initialRequestId, parameters })
}

const parameterOf = (self: XmlElement.XmlElement, index: number): Result.Result<EventParameter, MessageError> => {
  const where = `EventParameter[${index + 1}]`
  const nameField = childOf(self, "Name")
  const typeField = childOf(self, "Type")
  if (nameField === undefined || typeField === undefined) {
    return refuse("not-an-event", `${where} has no ${nameField === undefined ? "Name" : "Type"}`)
  }
  const name = textOf(nameField)
  const type = parseNumber(textOf(typeField))
  if (type === undefined) return refuse("not-a-number", `${where}/Type is not a 32-bit number`)
  const value = childOf(self, "Value")
  const isList = childOf(self, "IsList")
  if (isList !== undefined && textOf(isList) === "1") {
    const items = value === undefined ? [] : elementsOf(value, "ListItem").map(textOf)
    return Result.succeed({ _tag: "List", name, type, items })
  }
  const data = childOf(self, "Data")
  if (data !== undefined && (type === ParameterType.charData || type === ParameterType.binary)) {
    return Result.mapBoth(Base64.decode(textOf(data)), {
      onFailure: () => new MessageError({ reason: "not-an-event", detail: `${where}/Data is not base64` }),
      onSuccess: (bytes) => ({ _tag: "Data" as const, name, type, bytes })
    })
  }
  return Result.succeed({ _tag: "Text", name, type, value: value === undefined ? "" : textOf(value) })
}

/**
 * Prints an event as the text of a document. Fails if XML cannot represent a number or a text.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (self: Event, options: PrintOptions = {}): Result.Result<string, MessageError> => {
  const raw = options.forbiddenCharacters === "raw"
  const { code, issuerType, level, needResponse, parameters, type } = self
  for (const value of [type, level, code, needResponse, issuerType, ...parameters.map(({ type }) => type)]) {
    if (parseNumber(String(value)) === undefined) return refuse("cannot-be-sent", `${value} is not a 32-bit number`)
  }
  for (const value of textsOf(self)) {
    if (!value.isWellFormed()) return refuse("cannot-be-sent", "a text of the event has half of a surrogate pair")
    if (!raw && !isXmlText(value)) {
      return refuse("cannot-be-sent", "a text of the event has a character that XML forbids")
    }
  }
  return Result.succeed(XmlDocument.print(toElement(self, options.attributeOrder ?? "dyn_lists-first")))
}

const textsOf = (self: Event): ReadonlyArray<string> => [
  self.issuerId,
  self.source,
  self.initialRequestId,
  ...self.parameters.flatMap((parameter) =>
    parameter._tag === "List"
      ? [parameter.name, ...parameter.items]
      : [parameter.name, parameter._tag === "Text" ? parameter.value : ""]
  )
]

const toElement = (self: Event, order: AttributeOrder): XmlElement.XmlElement => {
  const bookkeeping = (lists: string, id: number): XmlElement.XmlElement["attributes"] =>
    order === "id-first" ? [["id", String(id)], ["dyn_lists", lists]] : [["dyn_lists", lists], ["id", String(id)]]
  return {
    name: "ParallelsEvent",
    attributes: bookkeeping("", -1),
    children: [
      leaf("EventType", String(self.type)),
      leaf("EventLevel", String(self.level)),
      leaf("EventCode", String(self.code)),
      leaf("EventNeedResponse", String(self.needResponse)),
      leaf("EventIssuerType", String(self.issuerType)),
      leaf("EventIssuerId", self.issuerId),
      leaf("EventSource", self.source),
      leaf("EventInitialRequestId", self.initialRequestId),
      {
        name: "EventParameters",
        attributes: [["dyn_lists", `EventParameter ${self.parameters.length}`]],
        children: self.parameters.map((parameter, index) => ({
          name: "EventParameter",
          attributes: bookkeeping("", index),
          children: parameterChildren(parameter)
        }))
      },
      leaf("EventId", "0")
    ]
  }
}

const parameterChildren = (self: EventParameter): ReadonlyArray<XmlElement.XmlElement> => {
  const name = leaf("Name", self.name)
  const type = leaf("Type", String(self.type))
  switch (self._tag) {
    case "Text":
      return [name, type, leaf("Value", self.value)]
    case "Data":
      return [name, type, leaf("Value", ""), leaf("Data", Base64.encode(self.bytes))]
    case "List":
      return [leaf("IsList", "1"), name, type, {
        name: "Value",
        attributes: [["dyn_lists", "ListItem"]],
        children: self.items.map((item) => leaf("ListItem", item))
      }]
  }
}

const leaf = (name: string, text: string): XmlElement.XmlElement => ({ name, attributes: [], children: [text] })
