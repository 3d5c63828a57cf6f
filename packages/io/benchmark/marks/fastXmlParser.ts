/**
 * fast-xml-parser as an outside mark: it makes objects of both documents, and no typed value.
 */
import * as Reply from "@backup-tree/io/protocol/Reply"
import { XMLParser } from "fast-xml-parser"
import * as ReplyFile from "../replyFile.ts"

const parser = new XMLParser({ jPath: false, parseTagValue: false })

interface Event {
  readonly ParallelsEvent: {
    readonly EventParameters: {
      readonly EventParameter: ReadonlyArray<{ readonly Name: string; readonly Value: string }>
    }
  }
}

interface Tree {
  readonly BackupTree: { readonly VmItem: ReadonlyArray<unknown> }
}

/** Reads the text of the tree from the file of a reply. */
export const treeText = (file: string): string => {
  const { ParallelsEvent } = parser.parse(new TextDecoder().decode(ReplyFile.document(file))) as Event
  const { EventParameter } = ParallelsEvent.EventParameters
  return EventParameter.find(({ Name }) => Name === Reply.ResultName.backupTree)!.Value
}

/** Reads the text of a tree, and returns how many environments it has. */
export const environments = (text: string): number => (parser.parse(text) as Tree).BackupTree.VmItem.length
