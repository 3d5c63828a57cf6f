import * as Effect from "effect/Effect"
import * as Xml from "effect/encoding/Xml"
import type * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { XmlElement } from "../../src/xml/XmlElement.ts"

interface Frame {
  readonly name: string
  readonly attributes: XmlElement["attributes"]
  readonly children: Array<XmlElement | string>
  ended: boolean
}

const isWhite = (text: string): boolean => text.replace(/[ \t\r\n]/g, "") === ""

const close = ({ attributes, children, name }: Frame): XmlElement => ({
  name,
  attributes,
  children: children.some((child) => typeof child !== "string")
    ? children.filter((child) => typeof child !== "string" || !isWhite(child))
    : children
})

const build = (events: ReadonlyArray<Xml.Event>): XmlElement => {
  const document: Frame = { name: "", attributes: [], children: [], ended: false }
  const frames = [document]
  for (const event of events) {
    const frame = frames.at(-1)!
    switch (event._tag) {
      case "StartElement":
        frame.ended = false
        frames.push({ name: event.name, attributes: Object.entries(event.attributes), children: [], ended: false })
        break
      case "EndElement":
        frames.pop()
        frames.at(-1)!.children.push(close(frame))
        break
      case "Text":
        if (!frame.ended) frame.children.push(event.text)
        break
      case "Comment":
      case "ProcessingInstruction":
        frame.ended = true
    }
  }
  return document.children[0] as XmlElement
}

/** Reads a document with another parser, by the rules of `XmlDocument.parse`. */
export const read = (text: string): Result.Result<XmlElement, Xml.XmlError> =>
  Stream.make(text).pipe(
    Stream.pipeThroughChannel(Xml.decodeString()),
    Stream.runCollect,
    Effect.map(build),
    Effect.result,
    Effect.runSync
  )
