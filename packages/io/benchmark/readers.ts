/**
 * The readers of a reply with a backup tree side by side: `npm run bench`. What the figures mean stands in README.md.
 */
import type * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { XMLParser } from "fast-xml-parser"
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as Document from "../../core/benchmark/document.ts"
import { payload as payloadOf } from "./payload.ts"

const operation = PackageType.DspCmdGetBackupTree

/** As long as the plaintext of a TLS record. */
const chunkBytes = 16 * 1024

// ---------------------------------------------------------------------------------------------------------------------
// The readers
// ---------------------------------------------------------------------------------------------------------------------

const bareParser = new XMLParser({ jPath: false, parseTagValue: false })

interface BareEvent {
  readonly ParallelsEvent: {
    readonly EventParameters: {
      readonly EventParameter: ReadonlyArray<{ readonly Name: string; readonly Value: string }>
    }
  }
}

const bareTreeText = (payload: Uint8Array): string => {
  const text = new TextDecoder().decode(payload.subarray(0, -1))
  const { ParallelsEvent: { EventParameters } } = bareParser.parse(text) as BareEvent
  return EventParameters.EventParameter.find(({ Name }) => Name === Reply.ResultName.backupTree)!.Value
}

const wholeTreeText = (payload: Uint8Array): string =>
  Option.getOrThrow(Reply.backupTree(Result.getOrThrow(Reply.decode(payload, operation))))

const readWhole = (payload: Uint8Array): BackupTree.BackupTree =>
  Result.getOrThrow(BackupTreeXml.decode(wholeTreeText(payload), { mode: "tolerant" })).tree

/** Gives the chunks of a file, one after the other, in memory that is used again. */
const chunksOf = function*(file: string): Generator<Uint8Array> {
  const descriptor = fs.openSync(file, "r")
  const buffer = new Uint8Array(chunkBytes)
  for (let length; (length = fs.readSync(descriptor, buffer, 0, chunkBytes, null)) > 0;) {
    yield buffer.subarray(0, length)
  }
  fs.closeSync(descriptor)
}

const readStream = (
  chunks: Iterable<Uint8Array>,
  onEnvironment: (environment: BackupTree.VirtualEnvironment) => void
): BackupTree.BackupTree["kept"] => {
  const reader = ReplyReader.make(operation)
  for (const chunk of chunks) Result.getOrThrow(reader.push(chunk)).forEach(onEnvironment)
  const { environments, kept } = Option.getOrThrow(Result.getOrThrow(reader.end()).tree)
  environments.forEach(onEnvironment)
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

/** Each reads a file of a reply, and returns what it makes of it. */
const readers: { readonly [name: string]: (file: string) => unknown } = {
  "fast-xml-parser, both documents": (file) => bareParser.parse(bareTreeText(fs.readFileSync(file))),
  "fast-xml-parser, tree document alone": (file) => bareParser.parse(fs.readFileSync(`${file}.tree`, "utf8")),
  "whole-document reader": (file) => readWhole(fs.readFileSync(file)),
  "streaming reader, tree kept": (file) => readStreamKept(chunksOf(file)),
  "streaming reader, not kept": (file) => readStreamCounted(chunksOf(file)),
  "no reader, file alone": (file) => [...chunksOf(file)].length
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

// What getrusage tells is inherited from the process that started this one, and that holds the document.
const peakMemory = (): number =>
  Number(/^VmHWM:\s*([0-9]+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024

const measure = (name: string, file: string): Figures => {
  const read = readers[name]!
  const first = processorTime(() => read(file))
  const peak = peakMemory()
  let best = first
  const begun = performance.now()
  for (let run = 0; run < 2 || (run < 25 && performance.now() - begun < 6000); run++) {
    best = Math.min(best, processorTime(() => read(file)))
  }
  return { first, peak, best }
}

const measureApart = (name: string, file: string): Figures => {
  const { stderr, stdout } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), "--measure", name, file],
    { encoding: "utf8" }
  )
  if (stdout === "") throw new Error(`${name}: ${stderr}`)
  return JSON.parse(stdout) as Figures
}

// ---------------------------------------------------------------------------------------------------------------------
// All of them
// ---------------------------------------------------------------------------------------------------------------------

interface BareTree {
  readonly BackupTree: { readonly VmItem: ReadonlyArray<unknown> }
}

/** The readers must agree before they are compared. */
const assertEqual = (payload: Uint8Array, items: number): void => {
  const chunks = function*(length: number): Generator<Uint8Array> {
    for (let from = 0; from < payload.length; from += length) yield payload.subarray(from, from + length)
  }
  const tree = readWhole(payload)
  assert.deepEqual(tree, Document.tree(items))
  for (const length of [997, chunkBytes, payload.length]) assert.deepEqual(readStreamKept(chunks(length)), tree)
  assert.equal(bareTreeText(payload).trim(), wholeTreeText(payload).trim())
  const { BackupTree: { VmItem } } = bareParser.parse(bareTreeText(payload)) as BareTree
  assert.equal(VmItem.length, tree.environments.length)
}

const print = (columns: ReadonlyArray<string>): void => {
  const [name = "", ...figures] = columns
  console.log(name.padEnd(38) + figures.map((figure) => figure.padStart(12)).join(""))
}

const compare = (items: number, folder: string): void => {
  const payload = Buffer.concat([...payloadOf(items)])
  assertEqual(payload, items)
  const file = path.join(folder, `reply-${items}`)
  fs.writeFileSync(file, payload)
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

const main = (): void => {
  const [mode, name = "", file = ""] = process.argv.slice(2)
  if (mode === "--measure") {
    console.log(JSON.stringify(measure(name, file)))
    return
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    console.log("processor time of one process each; see packages/io/benchmark/README.md")
    for (const items of [1000, 50_000]) compare(items, folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

main()
