import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as RemovalPlan from "@backup-tree/core/plan/RemovalPlan"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as PlanText from "@backup-tree/formats/PlanText"
import * as Style from "@backup-tree/formats/Style"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { example, listingOf } from "./support/listings.ts"

const catalog = BackupCatalog.fromListing({
  ...listingOf(example("05-two-chains.xml")),
  source: { _tag: "File", path: "tree.xml" }
})

const older = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"
const newer = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

const removal = (id: string, keepChain = false) => Result.getOrThrow(RemovalPlan.preview(catalog, { id, keepChain }))

// What may move a cursor, start a sequence, or turn text around.
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u

describe("PlanText", () => {
  it("lists what a restore reads, in order, and the command last", () => {
    assert.deepStrictEqual(
      PlanText.restore(Result.getOrThrow(RestorePlan.forBackup(catalog, `${older}.2`))),
      [
        "Plan: restore web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}) from {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2",
        "Reads 2 backups of chain {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}, 9.4 GiB; the restored disks have 564.0 GiB:",
        "  full 1  2024-02-24T02:00:04Z    9.0 GiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}  harddisk.hdd.qcow2, data.hdd.qcow2",
        "  incr 2  2024-02-25T02:00:03Z  384.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2  harddisk.hdd.2.qcow2, data.hdd.2.qcow2",
        "  configuration from directory 2",
        "",
        "prlctl restore -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2'"
      ]
    )
  })

  it("lists what a removal destroys, what stays, and what the next backup will be", () => {
    assert.deepStrictEqual(PlanText.removal(removal(older)), [
      "Plan: remove {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02} of web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10})",
      "Removes the whole chain: 3 backups, 9.8 GiB:",
      "  full 1  2024-02-24T02:00:04Z    9.0 GiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}  harddisk.hdd.qcow2, data.hdd.qcow2",
      "  incr 2  2024-02-25T02:00:03Z  384.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2  harddisk.hdd.2.qcow2, data.hdd.2.qcow2",
      "  incr 3  2024-02-26T02:00:03Z  400.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.3  harddisk.hdd.3.qcow2, data.hdd.3.qcow2",
      "Keeps 1 environment, 1 chain, 2 backups, 9.5 GiB.",
      "Next backup of this machine now: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3; after the removal: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3.",
      "WARNING This plan is based on a file, not on a server. If the backup has been removed since, the command removes the whole chain. Plan again on a fresh listing before you run any command.",
      "",
      "prlctl backup-delete -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}'"
    ])
    assert.deepStrictEqual(PlanText.removal(removal(`${newer}.2`)), [
      "Plan: remove {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2 of web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10})",
      "Removes 1 backup, 256.0 MiB:",
      "  incr 2  2024-03-03T02:00:05Z  256.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2  harddisk.hdd.2.qcow2, data.hdd.2.qcow2",
      "Keeps 1 environment, 2 chains, 4 backups, 19.0 GiB.",
      "Next backup of this machine now: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3; after the removal: a full backup, because the newest backup of chain {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01} is missing.",
      "WARNING This plan is based on a file, not on a server. If the backup has been removed since, the command removes the whole chain. Plan again on a fresh listing before you run any command.",
      "",
      "prlctl backup-delete -t '{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2'"
    ])
  })

  it("states where the data of a merged backup goes", () => {
    assert.deepStrictEqual(PlanText.removal(removal(older, true)), [
      "Plan: remove {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02} of web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}), keeping its chain",
      "Removes 1 backup, 9.0 GiB:",
      "  full 1  2024-02-24T02:00:04Z    9.0 GiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}  harddisk.hdd.qcow2, data.hdd.qcow2",
      "  merges its data into {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2, which becomes a full backup",
      "Keeps 1 environment, 2 chains, 4 backups, 10.3 GiB.",
      "Next backup of this machine now: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3; after the removal: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3.",
      "WARNING This plan is based on a file, not on a server. Backups may have been created or removed since. Plan again on a fresh listing before you run any command.",
      "WARNING The 2 images of the next backup are merged one after the other, each within a minute. If one merge fails, the removal stops and the chain stays broken.",
      "",
      "prlctl backup-delete -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}' --keep-chain"
    ])
  })

  it("lists all backups of a machine, and a command for each chain", () => {
    const all = Result.getOrThrow(RemovalPlan.forEnvironment(catalog, "web01"))
    assert.deepStrictEqual(PlanText.environmentRemoval(all), [
      "Plan: remove all backups of web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10})",
      "Removes 5 backups of 2 chains, 19.3 GiB:",
      "  full 1  2024-02-24T02:00:04Z    9.0 GiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}  harddisk.hdd.qcow2, data.hdd.qcow2",
      "  incr 2  2024-02-25T02:00:03Z  384.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2  harddisk.hdd.2.qcow2, data.hdd.2.qcow2",
      "  incr 3  2024-02-26T02:00:03Z  400.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.3  harddisk.hdd.3.qcow2, data.hdd.3.qcow2",
      "  full 1  2024-03-02T02:00:07Z    9.3 GiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}  harddisk.hdd.qcow2, data.hdd.qcow2",
      "  incr 2  2024-03-03T02:00:05Z  256.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2  harddisk.hdd.2.qcow2, data.hdd.2.qcow2",
      "Keeps nothing: the listing has no other machine.",
      "WARNING This plan is based on a file, not on a server. Backups may have been created or removed since. Plan again on a fresh listing before you run any command.",
      "",
      "prlctl backup-delete -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}'",
      "prlctl backup-delete -t '{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}'"
    ])
  })

  it("colours titles and warnings only on request", () => {
    const plan = Result.getOrThrow(RestorePlan.forBackup(catalog, older))
    assert.match(PlanText.restore(plan, { style: Style.ansi })[0]!, /^\u001b\[1mPlan: restore /)
  })

  it.prop("lets nothing of a listing reach the terminal unescaped", [Arbitraries.tree], ([odd]) => {
    const entries = BackupCatalog.fromListing(Arbitraries.completeListing(odd))
    for (const { backup } of entries.entries.values()) {
      const plans = [
        ...Result.match(RestorePlan.forBackup(entries, backup.id), {
          onFailure: () => [],
          onSuccess: (plan) => PlanText.restore(plan)
        }),
        ...Result.match(RemovalPlan.preview(entries, { id: backup.id, keepChain: false }), {
          onFailure: () => [],
          onSuccess: (plan) => PlanText.removal(plan)
        })
      ]
      for (const line of plans) assert.notMatch(line, unprintable)
    }
  })
})
