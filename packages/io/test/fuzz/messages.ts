/**
 * Mutations of what travels in packages: one layer is changed, and every layer around it is made anew, so that
 * checksum, lengths, the NUL behind a text and the escaping of a document inside a document fit what was changed.
 */
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Crc16 from "@backup-tree/io/protocol/Crc16"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Result from "effect/Result"
import { join } from "../protocol/support.ts"
import * as Bytes from "./bytes.ts"
import type { Corpus, TreeReply } from "./corpus.ts"
import type { Random } from "./random.ts"
import * as Xml from "./xml.ts"

const encoder = new TextEncoder()
const nul = Uint8Array.of(0)

/** Writes the payload of a text; now and then with a fault of this layer. */
export const payloadOf = (random: Random, text: string, corpus: Corpus): Uint8Array => {
  const bytes = encoder.encode(text)
  if (random.chance(0.96)) return join(bytes, nul)
  return random.pick([
    () => bytes,
    () => join(bytes, nul, bytes.subarray(0, random.below(20)), nul),
    () => join(bytes.subarray(0, random.below(bytes.length + 1)), nul, bytes),
    () => Bytes.mutate(random, join(bytes, nul), corpus.payloads)
  ])()
}

/** Repairs the checksum of a package header. */
const repairChecksum = (bytes: Uint8Array): void => {
  if (bytes.length < Package.headerBytes) return
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(80, Crc16.compute(bytes, 0, 80), true)
}

const buffersNumberOffset = 76

// Faults of header and table; what can be repaired is, but for a wrong checksum itself.
const faults: ReadonlyArray<(random: Random, bytes: Uint8Array) => void> = [
  (random, bytes) => {
    bytes[random.below(buffersNumberOffset)] = random.below(256)
    repairChecksum(bytes)
  },
  (random, bytes) => {
    Bytes.changeNumber(random, bytes, buffersNumberOffset, true)
    repairChecksum(bytes)
  },
  (random, bytes) => {
    const entries = Math.floor((bytes.length - Package.headerBytes) / Package.tableEntryBytes)
    const entry = random.below(Math.min(entries, 4))
    Bytes.changeNumber(random, bytes, Package.headerBytes + Package.tableEntryBytes * entry + 4, true)
  },
  (random, bytes) => {
    bytes[random.between(80, 81)]! ^= 1 << random.below(8)
  }
]

/** Writes a package: its checksum and its lengths fit; now and then with a fault of this layer. */
const packageOf = (random: Random, self: Package.Package, faulty: number): Uint8Array => {
  const bytes = Result.getOrThrow(Package.encode(self))
  if (random.chance(faulty)) random.pick(faults)(random, bytes)
  return bytes
}

/** Makes a mutated message in the place of a recorded one. */
const mutatedPayload = (random: Random, self: Package.Package, corpus: Corpus): Uint8Array => {
  if (random.chance(0.2)) return Bytes.mutate(random, Result.getOrThrow(Package.payload(self)), corpus.payloads)
  return self.type === PackageType.DspWsBinaryResponse
    ? loginReply(random, corpus)
    : payloadOf(random, Xml.mutated(random, corpus.events, { text: 0.4, manner: 0.3 }), corpus)
}

const mutatedPackage = (random: Random, self: Package.Package, corpus: Corpus): Package.Package => {
  const [first] = self.buffers
  if (first === undefined || random.chance(0.3)) return self
  const buffer = { encoding: first.encoding, bytes: mutatedPayload(random, self, corpus) }
  const more = Array.from({ length: random.chance(0.1) ? random.between(1, 17) : 0 }, () => ({
    encoding: random.below(3),
    bytes: random.pick(corpus.payloads).subarray(0, random.below(300))
  }))
  return { ...self, buffers: random.chance(0.02) ? more : [buffer, ...more] }
}

/** Makes a stream of a few packages, most of them mutated: recorded ones in another order, doubled, or cut short. */
export const stream = (random: Random, corpus: Corpus): Uint8Array => {
  const recorded = random.pick(corpus.streams)
  const from = random.below(recorded.length)
  const packages = recorded.slice(from, from + random.between(1, 3))
  if (random.chance(0.2)) packages.splice(random.below(packages.length + 1), 0, random.pick(corpus.packages))
  if (random.chance(0.1)) packages.reverse()
  const bytes = join(...packages.map((self) => packageOf(random, mutatedPackage(random, self, corpus), 0.2)))
  return random.chance(0.1) ? Bytes.mutate(random, bytes, corpus.packageBytes) : bytes.subarray(0, Bytes.maxInputBytes)
}

const withTree = ({ event }: TreeReply, tree: string): Event.Event => ({
  ...event,
  parameters: event.parameters.map((parameter) =>
    parameter.name === Reply.ResultName.backupTree ? Event.text(parameter.name, tree) : parameter
  )
})

// Characters outside XML 1.0 go out raw, as the product's servers send them.
const print = (event: Event.Event): string => Result.getOrThrow(Event.print(event, { forbiddenCharacters: "raw" }))

/** Makes the text of a reply to a backup tree request; most often it is the tree that is mutated. */
const treeReplyText = (random: Random, { event, ...recorded }: TreeReply, corpus: Corpus): string => {
  const changed = random.chance(0.95)
    ? withTree({ event, ...recorded }, Xml.mutated(random, corpus.trees, { text: 0.1, manner: 0.3 }).toWellFormed())
    : event
  return random.chance(0.06) ? Xml.mutated(random, corpus.replies, { text: 0.3, manner: 0.4 }) : print(changed)
}

/** Makes the stream of a reply to a backup tree request. */
export const treeReply = (random: Random, corpus: Corpus): Uint8Array => {
  const recorded = random.pick(corpus.treeReplies)
  const bytes = payloadOf(random, treeReplyText(random, recorded, corpus), corpus)
  return packageOf(random, { ...recorded.package, buffers: [{ encoding: 0, bytes }] }, 0.04)
}

/**
 * Makes the payload of a reply to a backup tree request, in which the outer document is mutated too: in four
 * of ten its elements, and how it is written.
 */
export const treeReplyPayload = (random: Random, corpus: Corpus): Uint8Array => {
  const text = treeReplyText(random, random.pick(corpus.treeReplies), corpus)
  const root = random.chance(0.4) ? Result.getOrUndefined(XmlDocument.parse(text)) : undefined
  const outer = root === undefined
    ? text
    : Xml.mutated(random, { ...corpus.replies, roots: [root] }, { text: 0.15, manner: 0.6 })
  return payloadOf(random, outer, corpus)
}

/** Makes the package of a command. */
export const command = (random: Random, corpus: Corpus): Package.Package => {
  const { buffers: _, ...header } = random.pick(corpus.commands)
  const text = Xml.mutated(random, corpus.commandTexts, { text: 0.15, manner: 0.3 })
  const type = random.chance(0.95) ? header.type : random.pick([0, 2000, 2090, 2117, 5001, 0xffff_ffff])
  const buffers = random.chance(0.01) ? [] : [{ encoding: 0, bytes: payloadOf(random, text, corpus) }]
  return { ...header, type, buffers }
}

type BinaryChange = (random: Random, parameters: Array<BinaryEvent.BinaryParameter>, corpus: Corpus) => void

const someParameter = (random: Random, corpus: Corpus): BinaryEvent.BinaryParameter =>
  random.pick(random.pick(corpus.loginEvents.flat().filter(({ parameters }) => parameters.length > 0)).parameters)

const binaryChanges: ReadonlyArray<BinaryChange> = [
  (random, parameters) => parameters.splice(random.below(parameters.length), 1),
  (random, parameters, corpus) =>
    parameters.splice(random.below(parameters.length + 1), 0, someParameter(random, corpus)),
  (random, parameters, corpus) => {
    const index = random.below(parameters.length)
    parameters[index] = {
      ...(parameters[index] ?? someParameter(random, corpus)),
      name: someParameter(random, corpus).name
    }
  },
  (random, parameters, corpus) => {
    const index = random.below(parameters.length)
    const value = random.pick(["", "0", "2117", "\u0000", "😀", "-1", "4294967296", " 2039"])
    parameters[index] = { ...(parameters[index] ?? someParameter(random, corpus)), value }
  },
  (random, parameters) => {
    const items = Array.from({ length: random.below(5) }, () => random.pick(["", "a", "日本"]))
    parameters.push({ _tag: "List", name: "list", type: random.below(9), value: "", cdata: "", items })
  },
  (random, parameters) => {
    const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(256))
    parameters.push(BinaryEvent.binary("binary", bytes))
  }
]

const codes = [0, 0, 0, 1, -1, 0x7fff_ffff, -0x8000_0000]

const mutatedBinaryEvent = (
  random: Random,
  self: BinaryEvent.BinaryEvent,
  corpus: Corpus
): BinaryEvent.BinaryEvent => {
  const parameters = [...self.parameters]
  const count = random.below(4)
  for (let index = 0; index < count; index++) random.pick(binaryChanges)(random, parameters, corpus)
  return { ...self, code: random.chance(0.2) ? random.pick(codes) : self.code, parameters }
}

/** Makes an event in binary whose lengths and counts fit; now and then with faults. */
export const binaryEvent = (random: Random, corpus: Corpus): Uint8Array => {
  const event = mutatedBinaryEvent(random, random.pick(random.pick(corpus.loginEvents)), corpus)
  const bytes = Result.getOrThrow(BinaryEvent.encode(event))
  return random.chance(0.4) ? Bytes.mutate(random, bytes, corpus.loginReplies) : bytes
}

/** Makes the body of a login reply: most often two events whose lengths and counts fit. */
export const loginReply = (random: Random, corpus: Corpus): Uint8Array => {
  if (random.chance(0.3)) return Bytes.mutate(random, random.pick(corpus.loginReplies), corpus.loginReplies)
  const events = random.pick(corpus.loginEvents).map((event) =>
    random.chance(0.7) ? mutatedBinaryEvent(random, event, corpus) : event
  )
  const body = join(...events.map((event) => Result.getOrThrow(BinaryEvent.encode(event))))
  return random.chance(0.2) ? Bytes.mutate(random, body, corpus.loginReplies) : body
}
