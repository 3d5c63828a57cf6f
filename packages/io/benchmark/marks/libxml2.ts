/**
 * libxml2-wasm as an outside mark: both documents as trees of libxml2, outside the memory of JavaScript.
 */
import * as Reply from "@backup-tree/io/protocol/Reply"
import { ParseOption, XmlDocument } from "libxml2-wasm"
import * as ReplyFile from "../replyFile.ts"

// A text is longer than the 10 MB that libxml2 takes by default.
const options = { option: ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_COMPACT }

const valuePath = `EventParameters/EventParameter[Name="${Reply.ResultName.backupTree}"]/Value`

/** Reads the text of the tree from the file of a reply. */
export const treeText = (file: string): string => {
  const document = XmlDocument.fromBuffer(ReplyFile.document(file), options)
  const text = document.get(valuePath)!.content
  document.dispose()
  return text
}

/** Reads the text of a tree, and returns how many environments it has. */
export const environments = (text: string): number => {
  const document = XmlDocument.fromString(text, options)
  const count = document.eval("count(VmItem)") as number
  document.dispose()
  return count
}
