/**
 * `effect/encoding/Xml` as an outside mark: the events of both documents, and nothing made of them.
 */
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Arr from "effect/Array"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Xml from "effect/encoding/Xml"
import * as ReplyFile from "../replyFile.ts"

type Events = Channel.Channel<Arr.NonEmptyReadonlyArray<Xml.Event>, Xml.XmlError>

const forEach = (events: Events, onEvent: (event: Xml.Event) => void): void =>
  Effect.runSync(Channel.runForEach(events, (some) => Effect.sync(() => some.forEach(onEvent))))

/** Reads the text of the tree from the file of a reply. */
export const treeText = (file: string): string => {
  const chunks = Channel.map(Channel.fromIterable(ReplyFile.documentChunks(file)), Arr.of)
  let [name, text, value] = ["", "", ""]
  forEach(Channel.pipeTo(chunks, Xml.decode({ maxTokenSize: Infinity })), (event) => {
    if (event._tag === "Text") text = event.text
    if (event._tag !== "EndElement") return
    if (event.name === "Name") name = text
    if (event.name === "Value" && name === Reply.ResultName.backupTree) value = text
  })
  return value
}

const pieces = function*(text: string): Generator<string> {
  for (let from = 0; from < text.length; from += ReplyFile.chunkBytes) {
    yield text.slice(from, from + ReplyFile.chunkBytes)
  }
}

/** Reads the text of a tree, and returns how many environments it has. */
export const environments = (text: string): number => {
  // In pieces it takes less time and memory than as a whole.
  const chunks = Channel.map(Channel.fromIterable(pieces(text)), Arr.of)
  let count = 0
  forEach(Channel.pipeTo(chunks, Xml.decodeString()), (event) => {
    if (event._tag === "StartElement" && event.name === "VmItem") count++
  })
  return count
}
