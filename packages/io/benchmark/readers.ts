/**
 * The readers of a reply with a backup tree side by side: `npm run bench`. What the figures mean stands in README.md.
 */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as Document from "../../core/benchmark/document.ts"
import * as Processes from "../../core/benchmark/processes.ts"
import * as FastXmlParser from "./marks/fastXmlParser.ts"
import { payload as payloadOf } from "./payload.ts"
import * as ReplyFile from "./replyFile.ts"

const operation = PackageType.DspCmdGetBackupTree

// ---------------------------------------------------------------------------------------------------------------------
// The readers
// ---------------------------------------------------------------------------------------------------------------------

const wholeTreeText = (payload: Uint8Array): string =>
  Option.getOrThrow(Reply.backupTree(Result.getOrThrow(Reply.decode(payload, operation))))

const readWhole = (payload: Uint8Array): BackupTree.BackupTree => {
  const { notes, tree } = Result.getOrThrow(BackupTreeXml.decode(wholeTreeText(payload), { mode: "tolerant" }))
  // The document has no fault.
  assert.equal(notes.length, 0)
  return tree
}

const readStream = (
  chunks: Iterable<Uint8Array>,
  onEnvironment: (environment: BackupTree.VirtualEnvironment) => void
): BackupTree.BackupTree["kept"] => {
  const reader = ReplyReader.make(operation)
  for (const chunk of chunks) {
    Result.getOrThrow(reader.push(chunk))
    reader.takeEnvironments().forEach(onEnvironment)
  }
  const { environments, kept, notes } = Option.getOrThrow(Result.getOrThrow(reader.end()).tree)
  environments.forEach(onEnvironment)
  assert.equal(notes.length, 0)
  return kept
}

const readStreamKept = (chunks: Iterable<Uint8Array>): BackupTree.BackupTree => {
  const environments: Array<BackupTree.VirtualEnvironment> = []
  const kept = readStream(chunks, (environment) => environments.push(environment))
  return { environments, kept }
}

const readStreamCounted = (chunks: Iterable<Uint8Array>): number => {
  let count = 0
  readStream(chunks, () => count++)
  return count
}

/** Reads a file of a reply, and returns what it makes of it. */
type Reader = (file: string) => unknown

/** A parser that makes no typed value: one document after the other. */
interface BareMark {
  readonly treeText: (file: string) => string
  readonly environments: (text: string) => number
}

const bare = ({ environments, treeText }: BareMark): Reader => (file) => environments(treeText(file))

// A mark takes memory once it is loaded, so a process loads its own only. That of core is there in any case.
const loadEffectXml = () => import("./marks/effectXml.ts")
const loadLibxml2 = () => import("./marks/libxml2.ts")
const loadSaxes = () => import("./marks/saxes.ts")

const readers: { readonly [name: string]: () => Reader | Promise<Reader> } = {
  "fast-xml-parser, both documents": () => bare(FastXmlParser),
  "fast-xml-parser, tree document alone": () => (file) =>
    FastXmlParser.environments(fs.readFileSync(`${file}.tree`, "utf8")),
  "effect/encoding/Xml, both documents": async () => bare(await loadEffectXml()),
  "libxml2-wasm, both documents": async () => bare(await loadLibxml2()),
  "saxes, the same tree": async () => {
    const { read } = await loadSaxes()
    return (file) => read(ReplyFile.documentChunks(file))
  },
  "whole-document reader": () => (file) => readWhole(fs.readFileSync(file)),
  "streaming reader, tree kept": () => (file) => readStreamKept(ReplyFile.chunks(file)),
  "streaming reader, not kept": () => (file) => readStreamCounted(ReplyFile.chunks(file)),
  "no reader, file alone": () => (file) => [...ReplyFile.chunks(file)].length
}

// ---------------------------------------------------------------------------------------------------------------------
// One reader, in a process of its own
// ---------------------------------------------------------------------------------------------------------------------

interface Figures {
  /** Of the first run, code not compiled yet: processor time in milliseconds. */
  readonly first: number
  /** The peak after the first run, in MiB. */
  readonly peak: number
  /** Processor time of the best run, in milliseconds. */
  readonly best: number
}

const processorTime = (run: () => unknown): number => {
  const start = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(start)
  return (system + user) / 1000
}

const measure = async (name: string, file: string): Promise<Figures> => {
  const read = await readers[name]!()
  const first = processorTime(() => read(file))
  const peak = Processes.peakMemory()
  let best = first
  const begun = performance.now()
  for (let run = 0; run < 2 || (run < 25 && performance.now() - begun < 6000); run++) {
    best = Math.min(best, processorTime(() => read(file)))
  }
  return { first, peak, best }
}

const measureApart = (name: string, file: string): Figures =>
  Processes.measureApart(fileURLToPath(import.meta.url), [name, file]) as Figures

// ---------------------------------------------------------------------------------------------------------------------
// All of them
// ---------------------------------------------------------------------------------------------------------------------

/** The readers must agree before they are compared. */
const assertEqual = async (file: string, items: number): Promise<void> => {
  const payload = fs.readFileSync(file)
  const tree = readWhole(payload)
  assert.deepEqual(tree, Document.tree(items))
  const saxes = await loadSaxes()
  for (const bytes of [997, ReplyFile.chunkBytes, payload.length]) {
    assert.deepEqual(readStreamKept(ReplyFile.chunks(file, bytes)), tree)
    assert.deepEqual(saxes.read(ReplyFile.documentChunks(file, bytes)), tree)
  }
  const text = wholeTreeText(payload)
  for (const mark of [FastXmlParser, ...await Promise.all([loadEffectXml(), loadLibxml2()])]) {
    assert.equal(mark.treeText(file).trim(), text.trim())
    assert.equal(mark.environments(text), tree.environments.length)
  }
}

const print = (columns: ReadonlyArray<string>): void => {
  const [name = "", ...figures] = columns
  console.log(name.padEnd(38) + figures.map((figure) => figure.padStart(12)).join(""))
}

const compare = async (items: number, folder: string): Promise<void> => {
  const payload = Buffer.concat([...payloadOf(items)])
  const file = path.join(folder, `reply-${items}`)
  fs.writeFileSync(file, payload)
  await assertEqual(file, items)
  const treeText = wholeTreeText(payload)
  fs.writeFileSync(`${file}.tree`, treeText)
  const megabytes = payload.length / 1e6
  console.log(
    `\n${items} backups: ${megabytes.toFixed(1)} MB of reply, ${
      (treeText.length / 1e6).toFixed(1)
    } MB of tree XML in it`
  )
  print(["", "MB/s", "ratio", "best, ms", "first, ms", "peak, MiB"])
  let base: number | undefined
  for (const name of Object.keys(readers)) {
    const { best, first, peak } = measureApart(name, file)
    base ??= best
    print([
      name,
      (1000 * megabytes / best).toFixed(1),
      (base / best).toFixed(1),
      best.toFixed(0),
      first.toFixed(0),
      peak.toFixed(0)
    ])
  }
}

const main = async (): Promise<void> => {
  const [mode, name = "", file = ""] = process.argv.slice(2)
  if (mode === "--measure") {
    console.log(JSON.stringify(await measure(name, file)))
    return
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    console.log("processor time of one process each; see packages/io/benchmark/README.md")
    await compare(1000, folder)
    await compare(50_000, folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

await main()
