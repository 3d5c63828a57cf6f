/**
 * What mutations start from: the recorded streams of both directions, the recorded messages, and the example trees.
 */
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as fs from "node:fs"
import { handshake, names, transcript, wirePackage, wireText } from "../protocol/fixtures.ts"
import { parseAll } from "../protocol/support.ts"
import * as Xml from "./xml.ts"

// The examples stand where core's tests read them; one copy is enough.
const coreFixtures = new URL("../../../core/test/fixtures/", import.meta.url)

const storedFiles = (): ReadonlyArray<string> => {
  const root = new URL("backup-root/", coreFixtures)
  return fs.readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".metadata"))
    .map((path) => fs.readFileSync(new URL(path.replaceAll("\\", "/"), root), "utf8"))
}

const exampleTrees = (): ReadonlyArray<string> =>
  fs.readdirSync(coreFixtures).filter((name) => name.endsWith(".xml")).sort()
    .map((name) => fs.readFileSync(new URL(name, coreFixtures), "utf8"))

const documents = (texts: ReadonlyArray<string>): Xml.Sources =>
  Xml.sources([...new Set(texts)].map((text) => ({ text, root: Result.getOrThrow(XmlDocument.parse(text)) })))

const packagesOf = (bytes: Uint8Array): ReadonlyArray<Package.Package> =>
  parseAll(PackageParser.makeParser(), [bytes]).packages

const payloadOf = (self: Package.Package): Uint8Array => Result.getOrThrow(Package.payload(self))

const isText = ({ buffers, type }: Package.Package): boolean =>
  buffers.length > 0 && type !== PackageType.DspWsBinaryResponse

const eventOf = (self: Package.Package): Event.Event =>
  Result.getOrThrow(Result.flatMap(Payload.decode(payloadOf(self)), Event.parse))

/** A recorded reply to a backup tree request. */
export interface TreeReply {
  readonly package: Package.Package
  readonly event: Event.Event
  readonly tree: string
}

const treeReplyOf = (self: Package.Package): ReadonlyArray<TreeReply> => {
  if (self.type !== PackageType.DspWsResponse) return []
  const event = eventOf(self)
  const reply = Reply.fromEvent(event, PackageType.DspCmdGetBackupTree)
  const tree = Result.isSuccess(reply) ? Option.getOrUndefined(Reply.backupTree(reply.success)) : undefined
  return tree === undefined ? [] : [{ package: self, event, tree }]
}

const binaryEventsOf = (bytes: Uint8Array): ReadonlyArray<BinaryEvent.BinaryEvent> => {
  const first = Result.getOrThrow(BinaryEvent.decode(bytes))
  return [first.event, Result.getOrThrow(BinaryEvent.decode(bytes, first.end)).event]
}

const passwordField = "login_cmd_password"

/** Reads everything from the fixtures. */
export const load = () => {
  const connections = names("transcripts", ".jsonl").flatMap(transcript)
  const directions = connections.flatMap(({ c2s, s2c }) => [c2s, s2c])
  const examples = names("wire-examples", ".package.hex").map((name) => wirePackage(name).whole)
  const streams = [...directions.map(({ packages }) => packages), ...examples].map(packagesOf)
  const packages = streams.flat()
  const texts = [
    ...names("wire-examples", ".xml").map(wireText),
    ...packages.filter(isText).map((self) => Result.getOrThrow(Payload.decode(payloadOf(self))))
  ]
  const treeReplies = packages.flatMap(treeReplyOf)
  const treeTexts = [...exampleTrees(), ...treeReplies.map(({ tree }) => tree)]
  const replyTexts = packages.filter(({ type }) => type === PackageType.DspWsResponse)
    .map((self) => Result.getOrThrow(Payload.decode(payloadOf(self))))
  const commands = packages.filter(({ type }) => PackageType.handling(type) === "command")
  const loginReplies = packages.filter(({ type }) => type === PackageType.DspWsBinaryResponse).map(payloadOf)
  const clientParts = [...connections.map(({ c2s }) => c2s.handshake), handshake().client]
  const serverParts = [...connections.map(({ s2c }) => s2c.handshake), handshake().server]
  const openingBytes = Handshake.versionBytes + Handshake.headerBytes
  const storedTexts = storedFiles()
  const passwords = commands.flatMap((self) => Event.find(eventOf(self), passwordField, 1) ?? [])
  return {
    streams,
    packages,
    packageBytes: packages.map((self) => Result.getOrThrow(Package.encode(self))),
    payloads: packages.filter(({ buffers }) => buffers.length > 0).map(payloadOf),
    treeReplies,
    trees: documents(treeTexts),
    events: documents(texts),
    replies: documents(replyTexts),
    stored: documents(storedTexts),
    commands,
    commandTexts: documents(commands.map((self) => Result.getOrThrow(Payload.decode(payloadOf(self))))),
    loginReplies,
    loginEvents: loginReplies.map(binaryEventsOf),
    clientParts,
    serverParts,
    tables: [...clientParts, ...serverParts].map((bytes) => bytes.subarray(openingBytes)),
    passwords: [...new Set(passwords)],
    everyDocument: documents([...texts, ...treeTexts, ...storedTexts])
  }
}

/** See {@link load}. */
export type Corpus = ReturnType<typeof load>
