/**
 * Replies of any size to measure with: the trees of the benchmarks, as they travel.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Result from "effect/Result"
import * as Document from "../../core/benchmark/document.ts"

const encode = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>): string => {
  const xml = BackupTreeXml.encode({ environments, kept: [] })
  const message = Reply.success(PackageType.DspCmdGetBackupTree, [Event.text(Reply.ResultName.backupTree, xml)])
  const payload = Reply.encode(message, { issuerId: Document.uuid(-1), initialRequestId: Document.uuid(-1) })
  return new TextDecoder().decode(Result.getOrThrow(payload))
}

/** How many environments are written at a time; a reply may be longer than a string can be. */
const piece = 1000

/** Makes the payload of a reply that carries a tree of a number of backups, in pieces. */
export const payload = function*(items: number): Generator<Uint8Array> {
  const [start, end] = ["&lt;VmItem", "&lt;/BackupTree"]
  const one = encode([...Document.environments(1)])
  yield Buffer.from(one.slice(0, one.indexOf(start)))
  let group: Array<BackupTree.VirtualEnvironment> = []
  const write = () => {
    const text = encode(group)
    group = []
    return Buffer.from(text.slice(text.indexOf(start), text.lastIndexOf(end)))
  }
  for (const environment of Document.environments(items)) {
    group.push(environment)
    if (group.length === piece) yield write()
  }
  if (group.length > 0) yield write()
  yield Buffer.from(one.slice(one.lastIndexOf(end)))
}
