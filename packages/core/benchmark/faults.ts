/**
 * Faults in a tree, one kind after the other, and what is to be found of them.
 */
import * as RuleTable from "../src/check/RuleTable.ts"
import type * as BackupTree from "../src/tree/BackupTree.ts"
import type * as Document from "./document.ts"

/** A fault of an incremental: the rule that it breaks, and no other; where it is found; what it does. */
interface Fault {
  readonly rule: string
  readonly at: "" | "/DateTime" | "/Type" | "/Size" | "/Description" | "chain"
  readonly change: (backup: BackupTree.IncrementalBackup) => Partial<BackupTree.IncrementalBackup>
}

const withDisk = (
  { disks }: BackupTree.IncrementalBackup,
  change: (disk: BackupTree.BackupDisk) => BackupTree.BackupDisk
): Partial<BackupTree.IncrementalBackup> => ({ disks: disks && { ...disks, list: disks.list.map(change) } })

const faults: ReadonlyArray<Fault> = [
  { rule: "I05", at: "", change: ({ id }) => ({ id: `${id}9` }) },
  { rule: "I13", at: "/DateTime", change: () => ({ dateTime: "" }) },
  { rule: "I14", at: "", change: () => ({ dateTime: "2025-12-24 02:00:00" }) },
  { rule: "I17", at: "/Type", change: () => ({ type: "f" }) },
  { rule: "I18", at: "", change: () => ({ flags: 2048 }) },
  { rule: "I19", at: "/Size", change: () => ({ size: 0n }) },
  { rule: "I20", at: "/Size", change: () => ({ size: 2n ** 60n + 1n }) },
  {
    rule: "I23",
    at: "",
    change: (backup) => ({
      images: ["harddisk.hdd.99.qcow2"],
      ...withDisk(backup, (disk) => ({ ...disk, name: "harddisk.hdd.99.qcow2" }))
    })
  },
  { rule: "I29", at: "", change: (backup) => withDisk(backup, (disk) => ({ ...disk, size: 1n })) },
  { rule: "I30", at: "chain", change: () => ({ host: "hn9.example.com" }) },
  { rule: "I31", at: "chain", change: () => ({ creator: "operator" }) },
  {
    rule: "I32",
    at: "",
    change: (backup) => withDisk(backup, (disk) => ({ ...disk, encryption: { ...disk.encryption, keyId: "key" } }))
  },
  { rule: "I33", at: "/Description", change: () => ({ description: "nightly\u001b[2J" }) }
]

/** Of so many backups one has a fault; chains are shorter, so that none has two. */
const every = 50

/** A tree with faults, and the findings that a check of it has, as rule and path, in their order. */
export interface Faulty {
  readonly tree: BackupTree.BackupTree
  readonly findings: ReadonlyArray<string>
}

/** Gives each fiftieth backup of a tree a fault, where it is no head. */
export const plant = (tree: ReturnType<typeof Document.tree>): Faulty => {
  const found = new Map<string, Array<string>>()
  let count = 0
  let planted = 0
  const environments = tree.environments.map((environment, e) => ({
    ...environment,
    chains: environment.chains.map((chain, c) => {
      count++
      const incrementals = chain.incrementals.map((backup, b) => {
        if (count++ % every !== 0) return backup
        const { at, change, rule } = faults[planted++ % faults.length]!
        const path = `VmItem[${e + 1}]/BackupItem[${c + 1}]`
        const paths = found.get(rule) ?? []
        found.set(rule, paths)
        paths.push(at === "chain" ? path : `${path}/PartialBackupItem[${b + 1}]${at}`)
        return { ...backup, ...change(backup) }
      })
      return { ...chain, incrementals }
    })
  }))
  // Together, some implausible sizes are too large to count.
  if ((found.get("I20")?.length ?? 0) > 15) found.get("I20")!.push("BackupTree")
  const findings = RuleTable.listingRules.flatMap(({ id }) => (found.get(id) ?? []).map((path) => `${id} ${path}`))
  return { tree: { ...tree, environments }, findings }
}
