/** Generators of trees and listings, sound ones and wrong ones. */
import * as InvariantRule from "@backup-tree/core/check/Rule"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type { Note } from "@backup-tree/core/tree/Note"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { boolean, index, integer, oneOf, pick, rarely, uint32, uint64 } from "./choices.ts"
import { askedHealthyStore, type AskedStore, askedStore, request } from "./requests.ts"
import { blemishedStore, healthyStore, longestChain, richStore } from "./stores.ts"
import { name, text, xmlText } from "./texts.ts"

const whole = (store: ServerModel.Store): BackupTree.BackupTree =>
  Result.getOrElse(ServerModel.exactSelect(store, ServerModel.everyKind), () => BackupTree.empty)

/** The complete listing of a healthy store. See `healthyStore`. */
export const healthyTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(healthyStore, whole)

/** As `healthyTree`, with every blemish. See `blemishes`. */
export const blemishedTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(blemishedStore, whole)

/** As `healthyTree`, with enough in it for most faults. */
export const richTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(richStore, whole)

// Few, so that they meet: well-formed, the same in other spellings, and none at all.
const uuidTexts = [
  "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}",
  "{91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3}",
  "{a2c1d8e3-4f50-4b6c-9d7e-8f90a1b2c3d4}",
  "{f00dfeed-0000-4000-8000-000000000001}",
  "{0B8F6D1E-2B6B-4F5F-8D6E-6A1F4E2C7A01}",
  "0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01",
  "{junk}",
  ""
]

const uuidText = oneOf(pick(uuidTexts.slice(0, 4)), pick(uuidTexts))

const dateTime = oneOf(
  pick(["2024-03-02 02:00:07"]),
  pick(["2024-03-02 02:00:07", "2024-03-03 02:00:05", "2013-07-19 15:08:41"]),
  pick(["", "2024-03-02T02:00:07.5+01:00", "2024-02-30 00:00:00", "0000-01-01 00:00:00", "yesterday"])
)

const imageText = pick(["a.qcow2", "a.2.qcow2", "a.3.qcow2", "b.qcow2", "b.2.qcow2", "a.tib", "a2.tib", ""])

/** Elements that no level of a tree knows, each at its own place. */
const kept: Arbitrary.Arbitrary<ReadonlyArray<BackupTree.KeptElement>> = Arbitrary.map(
  Arbitrary.all([rarely(6), pick(["Quota", "toString", "日本"]), xmlText]),
  ([some, name, content]) =>
    some ? [{ position: 0, element: { name, attributes: [], children: content === "" ? [] : [content] } }] : []
)

// Few, so that a disk meets itself in another backup of its chain.
const pathText = oneOf(pick(["harddisk.hdd", "/mnt/bulk/vol.2"]), text)
const keyText = oneOf(pick(["", "8c1a77f0-key-№1"]), text)
const size = oneOf(pick([0n, 1_048_576n]), uint64)

const disk: Arbitrary.Arbitrary<BackupTree.BackupDisk> = Arbitrary.map(
  Arbitrary.all([imageText, pathText, size, keyText]),
  ([name, originalPath, size, keyId]) => ({ name, originalPath, size, encryption: { keyId, kept: [] }, kept: [] })
)

const disks: Arbitrary.Arbitrary<Disks> = Arbitrary.map(
  Arbitrary.all([boolean, Arbitrary.array(disk, { maxLength: 2 })]),
  ([given, list]) => given ? { list, kept: [] } : null
)

interface BackupDraw extends Omit<BackupTree.FullBackup, "_tag" | "id"> {
  readonly suffix: number
  readonly foreign: boolean
  readonly stranger: string
}

const suffixes = ["", ".1", ".0", ".02", ".abc", ".2.3", "."]

const backup: Arbitrary.Arbitrary<BackupDraw> = Arbitrary.all({
  suffix: index(12),
  foreign: rarely(6),
  stranger: uuidText,
  host: text,
  serverUuid: uuidText,
  dateTime,
  creator: text,
  size,
  type: pick(["f", "i", "d", "", "x"]),
  description: text,
  images: Arbitrary.array(imageText, { maxLength: 2 }),
  originalSize: uint64,
  bundlePermissions: uint32,
  flags: uint32,
  disks,
  kept
})

const fieldsOf = (chain: string, fits: string, draw: BackupDraw): Omit<BackupTree.FullBackup, "_tag"> => {
  const { foreign, stranger, suffix, ...fields } = draw
  return { id: (foreign ? stranger : chain) + (suffixes[suffix - 5] ?? fits), ...fields }
}

type Disks = BackupTree.BackupDisks | null

/** Whose disks an incremental has: its own, its head's, or its head's with other keys. */
const inherited: ReadonlyArray<(own: Disks, ofHead: Disks) => Disks> = [
  (own) => own,
  (_, ofHead) => ofHead,
  (_, ofHead) =>
    ofHead && {
      ...ofHead,
      list: ofHead.list.map((disk) => ({ ...disk, encryption: { keyId: `${disk.encryption.keyId}2`, kept: [] } }))
    }
]

const link = Arbitrary.all({ number: oneOf(index(5), uint32), draw: backup, inherits: index(inherited.length) })

const chain: Arbitrary.Arbitrary<BackupTree.BackupChain> = Arbitrary.map(
  Arbitrary.all({
    uuid: uuidText,
    head: backup,
    links: Arbitrary.array(link, { maxLength: 3 }),
    lastNumber: oneOf(index(5), uint32)
  }),
  ({ head, lastNumber, links, uuid }) => ({
    uuid,
    head: { _tag: "FullBackup", ...fieldsOf(uuid, "", head) },
    incrementals: links.map(({ draw, inherits, number }) => ({
      _tag: "IncrementalBackup",
      number,
      ...fieldsOf(uuid, `.${number}`, draw),
      disks: inherited[inherits]!(draw.disks, head.disks)
    })),
    lastNumber
  })
)

const environment: Arbitrary.Arbitrary<BackupTree.VirtualEnvironment> = Arbitrary.map(
  Arbitrary.all({
    uuid: uuidText,
    name,
    vmType: oneOf(index(3), index(6), uint32),
    version: oneOf(index(6), uint32),
    chains: Arbitrary.array(chain, { maxLength: 3 }),
    kept
  }),
  (drawn) => ({ ...drawn })
)

/** Any tree that a server could say: sound, wrong in one way, or in many. Texts hold no NUL and no lone surrogates. */
export const tree: Arbitrary.Arbitrary<BackupTree.BackupTree> = oneOf(
  oneOf(healthyTree, blemishedTree),
  Arbitrary.map(
    Arbitrary.all([Arbitrary.array(environment, { maxLength: 3 }), kept]),
    ([environments, kept]) => ({ environments, kept })
  )
)

const noteRules: ReadonlyArray<Note["rule"]> = [
  "unknown-element",
  "forbidden-character",
  "bad-date",
  "bad-letter",
  "duplicate-element",
  "junk-number",
  "missing-required"
]

interface NoteDraw {
  readonly rule: Note["rule"]
  readonly environment: number
  readonly chain: number
  readonly backup: number
  readonly depth: number
}

const noteDraw: Arbitrary.Arbitrary<NoteDraw> = Arbitrary.all({
  rule: pick(noteRules),
  environment: index(4),
  chain: index(3),
  backup: index(4),
  depth: index(4)
})

// A note whose place the tree does not have is none that a reader makes.
const noteIn = (tree: BackupTree.BackupTree, draw: NoteDraw): ReadonlyArray<Note> => {
  const environment = tree.environments[draw.environment]
  const chain = environment?.chains[draw.chain]
  const there = draw.depth === 0 || (draw.depth === 1 && environment !== undefined)
    || (chain !== undefined && draw.backup <= chain.incrementals.length)
  const place: TreePath.Place = {
    environment: draw.depth > 0 ? draw.environment : undefined,
    chain: draw.depth > 1 ? draw.chain : undefined,
    backup: draw.depth > 2 ? draw.backup : undefined
  }
  const path = draw.depth === 0 ? "ServerBanner" : `${TreePath.printPlace(place)}/Size`
  return there ? [{ rule: draw.rule, path, message: `a note about ${path}` }] : []
}

const fetchedAt = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
const source: BackupListing.Source = { _tag: "Memory", name: "generated" }

/** Any listing: any tree, notes about it, and a question that may or may not be known. */
export const listing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(
  Arbitrary.all({ tree, notes: Arbitrary.array(noteDraw, { maxLength: 2 }), form: index(3), request }),
  ({ form, notes, request, tree }) => {
    const said = { tree, notes: notes.flatMap((draw) => noteIn(tree, draw)), source, fetchedAt }
    return form === 0
      ? BackupListing.fromDocument({ ...said, complete: true })
      : form === 1
      ? BackupListing.fromDocument({ ...said, complete: false })
      : BackupListing.fromAnswer({ ...said, request })
  }
)

const answered = ({ request, store }: AskedStore): BackupListing.BackupListing => {
  const { backupFlags, uuid } = BackupTreeRequest.toParameters(request)
  const tree = Result.getOrElse(ServerModel.select(store, { uuid, flags: backupFlags }), () => BackupTree.empty)
  return BackupListing.fromAnswer({ tree, notes: [], request, source, fetchedAt })
}

/** What a server answers from a healthy store, the defect of `PBT_CHAIN` included; it may be empty. */
export const healthyListing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(
  askedHealthyStore,
  answered
)

/** As `healthyListing`, with every blemish. */
export const blemishedListing: Arbitrary.Arbitrary<BackupListing.BackupListing> = Arbitrary.map(askedStore, answered)

/** Facts by which nothing in a healthy store is late, too long or from the future; `now` is when listings are made. */
export const healthyFacts: InvariantRule.Facts = {
  now: fetchedAt,
  maxAge: Duration.days(36_500),
  maxChainLength: longestChain
}

/** The listing of a tree that is known to be whole. */
export const completeListing = (tree: BackupTree.BackupTree): BackupListing.BackupListing =>
  BackupListing.fromDocument({ tree, notes: [], source, fetchedAt, complete: true })

/** A number to choose a place of a tree with. */
export const choice: Arbitrary.Arbitrary<number> = integer(0, 9_999)
