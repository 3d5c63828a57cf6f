/**
 * saxes as an outside mark: the tree that our readers make, built from the events of two of its parsers.
 *
 * It checks no value, notes nothing, and knows the elements of the benchmarks' document only.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { SaxesParser } from "saxes"

const makeParser = (): SaxesParser => new SaxesParser({ xmlns: false, position: false })

// ---------------------------------------------------------------------------------------------------------------------
// Values to fill in
// ---------------------------------------------------------------------------------------------------------------------

const newEnvironment = () => ({
  uuid: "",
  name: "",
  vmType: 0,
  version: 0,
  chains: new Array<BackupTree.BackupChain>(),
  kept: []
})

const newDisks = () => ({ list: new Array<BackupTree.BackupDisk>(), kept: [] })

const newDisk = () => ({ name: "", originalPath: "", size: 0n, encryption: { keyId: "", kept: [] }, kept: [] })

const newBackup = () => ({
  id: "",
  host: "",
  serverUuid: "",
  dateTime: "",
  creator: "",
  size: 0n,
  type: "",
  description: "",
  images: new Array<string>(),
  originalSize: 0n,
  bundlePermissions: 0,
  flags: 0,
  disks: undefined as ReturnType<typeof newDisks> | undefined,
  kept: []
})

const newIncremental = () => ({ _tag: "IncrementalBackup" as const, number: 0, ...newBackup() })

const newChain = () => ({
  uuid: "",
  head: { _tag: "FullBackup" as const, ...newBackup() },
  incrementals: new Array<BackupTree.IncrementalBackup>(),
  lastNumber: 0
})

/** The tree as far as it is there, and what stands open in it. */
const newDraft = () => {
  const chain = newChain()
  const backup: ReturnType<typeof newBackup> = chain.head
  return {
    environments: new Array<BackupTree.VirtualEnvironment>(),
    environment: newEnvironment(),
    chain,
    incremental: newIncremental(),
    /** The head of the chain, or the incremental. */
    backup,
    disk: newDisk()
  }
}
type Draft = ReturnType<typeof newDraft>

// ---------------------------------------------------------------------------------------------------------------------
// The elements of the tree
// ---------------------------------------------------------------------------------------------------------------------

/** An element that holds a text, and what becomes of the text. */
type Field = readonly [name: string, set: (draft: Draft, text: string) => void]

/** An element that holds others. */
interface Group {
  readonly fields: ReadonlyMap<string, Field[1]>
  readonly open: (draft: Draft) => void
  readonly close: (draft: Draft) => void
}

const backupFields: ReadonlyArray<Field> = [
  ["Id", ({ backup }, text) => backup.id = text],
  ["Host", ({ backup }, text) => backup.host = text],
  ["ServerUuid", ({ backup }, text) => backup.serverUuid = text],
  ["DateTime", ({ backup }, text) => backup.dateTime = text],
  ["Creator", ({ backup }, text) => backup.creator = text],
  ["Size", ({ backup }, text) => backup.size = BigInt(text)],
  ["Type", ({ backup }, text) => backup.type = text],
  ["Description", ({ backup }, text) => backup.description = text],
  ["TibFileList", ({ backup }, text) => backup.images.push(text)],
  ["OriginalSize", ({ backup }, text) => backup.originalSize = BigInt(text)],
  ["BundlePermissions", ({ backup }, text) => backup.bundlePermissions = Number(text)],
  ["Flags", ({ backup }, text) => backup.flags = Number(text)]
]

const nothing = () => {}

const group = (
  fields: ReadonlyArray<Field>,
  open: Group["open"] = nothing,
  close: Group["close"] = nothing
): Group => ({
  fields: new Map(fields),
  open,
  close
})

const groups: ReadonlyMap<string, Group> = new Map([
  ["BackupTree", group([])],
  [
    "VmItem",
    group(
      [
        ["Uuid", ({ environment }, text) => environment.uuid = text],
        ["Name", ({ environment }, text) => environment.name = text],
        ["VmType", ({ environment }, text) => environment.vmType = Number(text)],
        ["Version", ({ environment }, text) => environment.version = Number(text)]
      ],
      (draft) => draft.environment = newEnvironment(),
      ({ environment, environments }) => environments.push(environment)
    )
  ],
  [
    "BackupItem",
    group(
      [
        ...backupFields,
        ["Uuid", ({ chain }, text) => chain.uuid = text],
        ["LastNumber", ({ chain }, text) => chain.lastNumber = Number(text)]
      ],
      (draft) => {
        draft.chain = newChain()
        draft.backup = draft.chain.head
      },
      ({ chain, environment }) => environment.chains.push(chain)
    )
  ],
  [
    "PartialBackupItem",
    group(
      [...backupFields, ["Number", ({ incremental }, text) => incremental.number = Number(text)]],
      (draft) => {
        draft.incremental = newIncremental()
        draft.backup = draft.incremental
      },
      (draft) => {
        draft.chain.incrementals.push(draft.incremental)
        draft.backup = draft.chain.head
      }
    )
  ],
  ["BackupDisks", group([], ({ backup }) => backup.disks = newDisks())],
  [
    "BackupDisk",
    group(
      [
        ["Name", ({ disk }, text) => disk.name = text],
        ["OriginalPath", ({ disk }, text) => disk.originalPath = text],
        ["Size", ({ disk }, text) => disk.size = BigInt(text)]
      ],
      (draft) => draft.disk = newDisk(),
      ({ backup, disk }) => backup.disks!.list.push(disk)
    )
  ],
  ["Encryption", group([["KeyId", ({ disk }, text) => disk.encryption.keyId = text]])]
])

// ---------------------------------------------------------------------------------------------------------------------
// The parsers
// ---------------------------------------------------------------------------------------------------------------------

const makeTreeParser = (draft: Draft): SaxesParser => {
  const parser = makeParser()
  const stack: Array<Group> = []
  let set: Field[1] | undefined
  let text = ""
  parser.on("opentag", ({ name }) => {
    text = ""
    set = stack.at(-1)?.fields.get(name)
    if (set !== undefined) return
    const group = groups.get(name)!
    group.open(draft)
    stack.push(group)
  })
  parser.on("text", (value) => {
    text = value
  })
  parser.on("closetag", () => {
    if (set === undefined) stack.pop()!.close(draft)
    else set(draft, text)
    set = undefined
  })
  return parser
}

/** Gives the text of the tree, which saxes has as a whole or not at all, to the parser of the tree. */
const makeReplyParser = (treeParser: SaxesParser): SaxesParser => {
  const parser = makeParser()
  let [name, text] = ["", ""]
  parser.on("text", (value) => {
    text = value
  })
  parser.on("closetag", (tag) => {
    if (tag.name === "Name") name = text
    if (tag.name === "Value" && name === Reply.ResultName.backupTree) treeParser.write(text).close()
  })
  return parser
}

/** Reads the tree from the chunks of the document of a reply. */
export const read = (chunks: Iterable<Uint8Array>): BackupTree.BackupTree => {
  const draft = newDraft()
  const parser = makeReplyParser(makeTreeParser(draft))
  const decoder = new TextDecoder()
  for (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }))
  parser.write(decoder.decode()).close()
  return { environments: draft.environments, kept: [] }
}
