/**
 * The targets that read trees, from the stream of a reply and from documents, and documents before two XML parsers.
 */
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type * as Note from "@backup-tree/core/tree/Note"
import type { NotedTree } from "@backup-tree/core/tree/Note"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import { isXmlText } from "@backup-tree/core/xml/XmlText"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import type * as ReplyReader from "@backup-tree/io/protocol/ReplyReader"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Readers from "../protocol/readers.ts"
import { cut } from "../protocol/support.ts"
import * as Bytes from "./bytes.ts"
import * as Differential from "./differential.ts"
import type { Target } from "./laws.ts"
import { demand, demandSame, read, refused, stable } from "./laws.ts"
import * as Messages from "./messages.ts"
import { stageOf } from "./messageTargets.ts"
import type { Random } from "./random.ts"
import { parsePackages } from "./wireTargets.ts"
import * as Xml from "./xml.ts"

/**
 * Tells whether the strict mode lets pass what the tolerant one noted. Source: SEMANTICS 9.
 *
 * An unknown element inside a value is lost, not kept, and only its message says so.
 */
const passesStrictly = ({ message, rule }: Note.Note): boolean =>
  rule === "duplicate-element" || (rule === "unknown-element" && message.endsWith("it is kept"))

/** Compares the two readings of one document. */
const compareModes = <A extends Pick<NotedTree, "notes">>(
  text: string,
  tolerant: Result.Result<A, unknown>,
  strict: Result.Result<A, unknown>,
  value: (decoded: A) => unknown
): void => {
  const faultless = isXmlText(text) && Result.isSuccess(tolerant)
    && tolerant.success.notes.every(passesStrictly)
  demand(Result.isSuccess(strict) === faultless, "strict refuses what tolerant notes, and nothing else")
  if (Result.isSuccess(tolerant) && Result.isSuccess(strict)) {
    demandSame(value(strict.success), value(tolerant.success), "both modes read the same")
  }
}

/** How far an input came that was mapped to a tree. */
export const mapped = "mapped"
/** How far an input came that was mapped to a tree, with something to note. */
export const mappedWithNotes = "mapped, with notes"

const treeStageOf = (decoded: Result.Result<NotedTree, XmlError>): string =>
  Result.isFailure(decoded)
    ? decoded.failure.reason === "root" ? "refused as a tree" : "refused as tree XML"
    : decoded.success.notes.length > 0
    ? mappedWithNotes
    : mapped

/**
 * The whole way of a listing: the stream of a reply, its package, its text, its event, and the tree in it.
 *
 * The laws of a tree are tried on trees alone, where an input takes half the time.
 */
export const treeReply: Target = {
  name: "tree-reply",
  share: 18,
  make: (random, corpus) => {
    const input = Messages.treeReply(random, corpus)
    const chunks = cut(input, Bytes.cuts(random))
    return {
      input,
      check: () => {
        const { packages: [first] } = parsePackages(input, chunks)
        if (first === undefined) return "refused as a package"
        const reply = Result.flatMap(
          Package.payload(first),
          (bytes) => Reply.decode(bytes, PackageType.DspCmdGetBackupTree)
        )
        if (Result.isFailure(reply)) return stageOf(reply.failure)
        const tree = Option.getOrUndefined(Reply.backupTree(reply.success))
        return tree === undefined
          ? "a reply without a tree"
          : treeStageOf(BackupTreeXml.decode(tree, { mode: "tolerant" }))
      }
    }
  }
}

// Which of several faults is reported may differ, except for those that can only be seen in the order of the document.
const tellsFirstFault = (whole: Readers.Refusal, isPlain: boolean): boolean =>
  whole._tag === "XmlError" ? isPlain : whole.reason !== "no-terminator" && whole.reason !== "not-utf8"

const randomLimits = (random: Random): ReplyReader.Options =>
  random.pick([
    { maxElements: random.below(200) },
    { maxDepth: random.below(8) },
    { maxLength: random.below(4000) },
    { mode: "strict" }
  ])

/** Replies with trees, read as they arrive and as a whole. */
export const treeStream: Target = {
  name: "tree-stream",
  share: 10,
  make: (random, corpus) => {
    const input = Messages.treeReplyPayload(random, corpus)
    // Each chunk takes its time, however short it is.
    const chunks = cut(input, Bytes.cuts(random).map((length) => Math.max(length, input.length >> 12)))
    const isPlain = random.chance(0.8)
    const options = { mode: "tolerant" as const, ...(isPlain ? undefined : randomLimits(random)) }
    const operation = random.chance(0.98) ? PackageType.DspCmdGetBackupTree : PackageType.DspCmdUserLogoff
    return {
      input,
      check: () => {
        const whole = Readers.readWhole(input, operation, options)
        const streamed = Readers.readChunks(chunks, operation, options)
        demand(whole._tag === streamed._tag, "both readers accept a reply, or both refuse it")
        const reply = Reply.decode(input, operation)
        const withText = Readers.readText(chunks, operation)
        demand(reply._tag === withText._tag, "the reader of the text accepts a reply, or both refuse it")
        if (Result.isSuccess(withText)) demandSame(withText.success, Result.getOrThrow(reply), "the same text")
        if (Result.isFailure(whole) && Result.isFailure(streamed)) {
          demand(whole.failure._tag === streamed.failure._tag, "both readers see a fault in the same document")
          if (tellsFirstFault(whole.failure, isPlain)) {
            demand(streamed.failure.reason === whole.failure.reason, "both readers tell the same fault")
          }
          return whole.failure._tag === "MessageError"
            ? stageOf(whole.failure)
            : treeStageOf(Result.fail(whole.failure))
        }
        if (Result.isSuccess(whole) && Result.isSuccess(streamed)) {
          demandSame(streamed.success.reply, whole.success.reply, "the same reply")
          demandSame(streamed.success.decoded, whole.success.decoded, "the same tree and the same notes")
          return Option.match(whole.success.decoded, {
            onNone: () => "a reply without a tree",
            onSome: (decoded) => treeStageOf(Result.succeed(decoded))
          })
        }
        return "unreachable"
      }
    }
  }
}

/** Documents that are trees, in both modes. */
export const tree: Target = {
  name: "tree",
  share: 2,
  make: (random, corpus) => {
    const input = Xml.mutated(random, corpus.trees, { text: 0.3, manner: 0.5 })
    return {
      input,
      check: () => {
        const tolerant = BackupTreeXml.decode(input, { mode: "tolerant" })
        compareModes(input, tolerant, BackupTreeXml.decode(input, { mode: "strict" }), ({ tree }) => tree)
        // U+0000 is written as a blank.
        if (Result.isSuccess(tolerant) && !input.includes("\0")) {
          const { tree } = tolerant.success
          const again = BackupTreeXml.decode(BackupTreeXml.encode(tree), { mode: "tolerant" })
          demandSame(Result.getOrThrow(again).tree, tree, stable)
        }
        return treeStageOf(tolerant)
      }
    }
  }
}

/** Documents of a store, in both modes. */
export const metadata: Target = {
  name: "metadata",
  share: 2,
  make: (random, corpus) => {
    const input = Xml.mutated(random, corpus.stored, { text: 0.3, manner: 0.5 })
    return {
      input,
      check: () => {
        const tolerant = BackupTreeXml.decodeMetadata(input, { mode: "tolerant" })
        compareModes(
          input,
          tolerant,
          BackupTreeXml.decodeMetadata(input, { mode: "strict" }),
          ({ metadata }) => metadata
        )
        if (Result.isFailure(tolerant)) return refused(tolerant.failure.reason === "root" ? "root" : "XML")
        if (input.includes("\0")) return "read: with U+0000"
        const once = BackupTreeXml.encodeMetadata(tolerant.success.metadata)
        const again = BackupTreeXml.decodeMetadata(once, { mode: "tolerant" })
        demand(BackupTreeXml.encodeMetadata(Result.getOrThrow(again).metadata) === once, stable)
        return read
      }
    }
  }
}

/** Documents of every kind before the two XML parsers; counted apart from the decoders. */
export const xml: Target = {
  name: "xml",
  share: 100,
  make: (random, corpus) => {
    const input = Xml.mutated(random, corpus.everyDocument, { text: 0.5, manner: 0.7 })
    return { input, check: (count) => Differential.compare(input, count) }
  }
}
