/** A generator of trees that may be wrong in many ways at once. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitrary from "effect/Arbitrary"
import { boolean, index, oneOf, pick, rarely, uint32, uint64 } from "../choices.ts"
import { name, text, xmlText } from "./texts.ts"

// Few, so that duplicates are frequent: valid ones, the same in other spellings, and malformed ones.
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

/** Elements that no level of a tree knows, each at its place. */
const kept: Arbitrary.Arbitrary<ReadonlyArray<BackupTree.KeptElement>> = Arbitrary.map(
  Arbitrary.all([rarely(6), pick(["Quota", "toString", "日本"]), xmlText]),
  ([some, name, content]) =>
    some ? [{ position: 0, element: { name, attributes: [], children: content === "" ? [] : [content] } }] : []
)

// Few, so that a disk occurs again in another backup of its chain.
const pathText = oneOf(pick(["harddisk.hdd", "/mnt/bulk/vol.2"]), text)
const keyText = oneOf(pick(["", "8c1a77f0-key-№1"]), text)
const size = oneOf(pick([0n, 1_048_576n]), uint64)

const disk: Arbitrary.Arbitrary<BackupTree.BackupDisk> = Arbitrary.map(
  Arbitrary.all([imageText, pathText, size, keyText]),
  ([name, originalPath, size, keyId]) => ({ name, originalPath, size, encryption: { keyId, kept: [] }, kept: [] })
)

type Disks = BackupTree.BackupDisks | undefined

const disks: Arbitrary.Arbitrary<Disks> = Arbitrary.map(
  Arbitrary.all([boolean, Arbitrary.array(disk, { maxLength: 2 })]),
  ([given, list]) => given ? { list, kept: [] } : undefined
)

interface BackupDraw extends Omit<BackupTree.FullBackup, "_tag" | "id"> {
  readonly suffix: number
  readonly owner: number
  readonly foreignUuid: string
}

/** The uuid in the id of a backup: mostly that of its chain, sometimes in another spelling, or that of another chain. */
const owners: ReadonlyArray<(chain: string, foreign: string) => string> = [
  (_, foreign) => foreign,
  (_, foreign) => foreign,
  (chain) => chain.toUpperCase(),
  (chain) => chain.replace(/[{}]/g, "")
]

const suffixes = ["", ".1", ".0", ".02", ".abc", ".2.3", "."]

const backup: Arbitrary.Arbitrary<BackupDraw> = Arbitrary.all({
  suffix: index(12),
  owner: index(12),
  foreignUuid: uuidText,
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
  const { foreignUuid, owner, suffix, ...fields } = draw
  return { id: (owners[owner]?.(chain, foreignUuid) ?? chain) + (suffixes[suffix - 5] ?? fits), ...fields }
}

/** The disks of an incremental: its own, those of its head, or those of its head with other keys. */
const inherited: ReadonlyArray<(own: Disks, ofHead: Disks) => Disks> = [
  (own) => own,
  (_, ofHead) => ofHead,
  (_, ofHead) =>
    ofHead && {
      ...ofHead,
      list: ofHead.list.map((disk) => ({ ...disk, encryption: { keyId: `${disk.encryption.keyId}2`, kept: [] } }))
    }
]

const incremental = Arbitrary.all({ number: oneOf(index(5), uint32), draw: backup, inherits: index(inherited.length) })

const chain: Arbitrary.Arbitrary<BackupTree.BackupChain> = Arbitrary.map(
  Arbitrary.all({
    uuid: uuidText,
    head: backup,
    incrementals: Arbitrary.array(incremental, { maxLength: 3 }),
    lastNumber: oneOf(index(5), uint32)
  }),
  ({ head, incrementals, lastNumber, uuid }) => ({
    uuid,
    head: { _tag: "FullBackup", ...fieldsOf(uuid, "", head) },
    incrementals: incrementals.map(({ draw, inherits, number }) => ({
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

/** Draws a tree whose fields are independent of each other. */
export const wildTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(
  Arbitrary.all([Arbitrary.array(environment, { maxLength: 3 }), kept]),
  ([environments, kept]) => ({ environments, kept })
)
