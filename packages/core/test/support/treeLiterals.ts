import type { Note } from "@backup-tree/core/tree/Note"
import * as DateTime from "effect/DateTime"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"

/** The uuids of the tables: an environment, two chains of it in the order of their names, and one that nothing has. */
export const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
export const chainX = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
export const chainY = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"
export const stranger = "{deadbeef-0000-4000-8000-000000000000}"

const fields: Omit<BackupTree.FullBackup, "_tag" | "id" | "type"> = {
  host: "hn1.example.com",
  serverUuid: "{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}",
  dateTime: "2024-03-02 02:00:07",
  creator: "root",
  size: 4_294_967_296n,
  description: "",
  images: [],
  originalSize: 0n,
  bundlePermissions: 30_464,
  flags: 2048,
  disks: { list: [], kept: [] },
  kept: []
}

export const full = (id: string, more: Partial<BackupTree.FullBackup> = {}): BackupTree.FullBackup => ({
  _tag: "FullBackup",
  id,
  type: "f",
  ...fields,
  ...more
})

export const incremental = (
  chain: string,
  number: number,
  more: Partial<BackupTree.IncrementalBackup> = {}
): BackupTree.IncrementalBackup => ({
  _tag: "IncrementalBackup",
  number,
  id: `${chain}.${number}`,
  type: "i",
  ...fields,
  flags: 4096,
  ...more
})

/** A virtual disk of 64 GiB, not encrypted. */
export const disk = (name: string, originalPath: string): BackupTree.BackupDisk => ({
  name,
  originalPath,
  size: 68_719_476_736n,
  encryption: { keyId: "", kept: [] },
  kept: []
})

/** A chain whose existing items have the given numbers; the first is its head, and LastNumber is the greatest. */
export const chain = (
  uuid: string,
  [first = 1, ...rest]: ReadonlyArray<number>,
  more: Partial<BackupTree.BackupChain> = {}
): BackupTree.BackupChain => {
  const made = {
    uuid,
    head: full(first === 1 ? uuid : `${uuid}.${first}`),
    incrementals: rest.map((number) => incremental(uuid, number)),
    lastNumber: 0,
    ...more
  }
  const numbers = BackupTree.backups(made).map((backup) => BackupTree.number(made, backup) ?? 1)
  const greatest = Math.max(...numbers)
  return { ...made, lastNumber: more.lastNumber ?? (greatest === 1 ? 0 : greatest) }
}

/** A chain whose backups are of the given times, the head first. */
export const datedChain = (uuid: string, [first = "", ...rest]: ReadonlyArray<string>): BackupTree.BackupChain =>
  chain(uuid, [1], {
    head: full(uuid, { dateTime: first }),
    incrementals: rest.map((dateTime, index) => incremental(uuid, index + 2, { dateTime }))
  })

export const environment = (
  uuid: string,
  chains: ReadonlyArray<BackupTree.BackupChain>,
  more: Partial<BackupTree.VirtualEnvironment> = {}
): BackupTree.VirtualEnvironment => ({ uuid, name: "web01", vmType: 0, version: 5, chains, kept: [], ...more })

export const tree = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>): BackupTree.BackupTree => ({
  environments,
  kept: []
})

export const fetchedAt = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
export const source: BackupListing.Source = { _tag: "Memory", name: "literal" }

/** A whole listing of a tree, with what its reader noted. */
export const listing = (
  tree: BackupTree.BackupTree,
  notes: ReadonlyArray<Note> = []
): BackupListing.BackupListing => BackupListing.fromDocument({ tree, notes, source, fetchedAt, complete: true })

/** Stores as literals: a chain of `[number, content]`, and an environment of chains. */
export const storedChain = (
  uuid: string,
  numbers: ReadonlyArray<number>,
  more: Partial<BackupStore.StoredChain> = {}
): BackupStore.StoredChain => {
  const { head, incrementals, lastNumber } = chain(uuid, numbers)
  return {
    directory: uuid,
    locked: false,
    readable: true,
    items: numbers.map((number, index) => ({
      number,
      content: index === 0
        ? { _tag: "Head", uuid, lastNumber, backup: head }
        : { _tag: "Link", backup: incrementals[index - 1]! }
    })),
    ...more
  }
}

export const storedEnvironment = (
  uuid: string,
  chains: ReadonlyArray<BackupStore.StoredChain>,
  more: Partial<BackupStore.StoredEnvironment> = {}
): BackupStore.StoredEnvironment => ({
  directory: uuid,
  metadata: { uuid, name: "web01", vmType: 0, version: 5, kept: [] },
  chains,
  ...more
})
