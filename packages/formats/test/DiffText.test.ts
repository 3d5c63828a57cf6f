import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DiffText from "@backup-tree/formats/DiffText"
import * as Style from "@backup-tree/formats/Style"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { example, listingOf } from "./support/listings.ts"

const between = (
  before: BackupTree.BackupTree,
  after: BackupTree.BackupTree,
  options?: DiffText.DiffTextOptions
) => [...DiffText.lines(Result.getOrThrow(TreeDiff.make(listingOf(before), listingOf(after))), options)]

const web = example("03-vm-full-2inc.xml")
const [environment] = web.environments
const [chain] = environment!.chains

const withEnvironment = (more: Partial<BackupTree.VirtualEnvironment>): BackupTree.BackupTree => ({
  ...web,
  environments: [{ ...environment!, ...more }]
})
const withHead = (more: Partial<BackupTree.FullBackup>): BackupTree.BackupTree =>
  withEnvironment({ chains: [{ ...chain!, head: { ...chain!.head, ...more } }] })

/** The lines of the changes of the one environment. */
const changesTo = (after: BackupTree.BackupTree): ReadonlyArray<string> => between(web, after).slice(4, -2)

describe("a diff in words", () => {
  it("shows each change of each machine, and a summary", () => {
    assert.strictEqual(
      between(web, example("07-promoted-head.xml")).join("\n"),
      `A: test at 1970-01-01T00:00:00Z: 1 environment, 1 chain, 3 backups, 4.5 GiB
B: test at 1970-01-01T00:00:00Z: 1 environment, 1 chain, 3 backups, 5.3 GiB

web01  {4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}
  - full 1  2024-03-02T02:00:07Z    4.0 GiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}  merged into {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3
  - incr 2  2024-03-03T02:00:05Z  256.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2  merged into {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3
  ~ {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3: became the full backup of its chain, size 288.0 MiB → 4.5 GiB
  + incr 4  2024-03-05T02:00:06Z  260.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.4
  + incr 6  2024-03-07T02:00:04Z  544.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.6

1 machine differs: 2 added, 2 removed (2 merged into others), 1 promoted`
    )
  })

  it("says that nothing differs", () => {
    assert.deepStrictEqual(between(web, structuredClone(web)).slice(2), ["", "no differences"])
    assert.strictEqual(between(example("01-empty.xml"), web)[0], "A: test at 1970-01-01T00:00:00Z: no backups")
  })

  it("says that a missing chain or machine may be locked", () => {
    const locked = "removed, or locked by a removal or merge; compare again later"
    const uuid = chain!.uuid
    assert.deepStrictEqual(changesTo(withEnvironment({ chains: [] })), [
      `  - chain ${uuid}: 3 backups, 4.5 GiB  ${locked}`
    ])
    const gone = between(web, example("01-empty.xml"))
    assert.match(
      gone.join("\n"),
      /The second listing \(.*\) has no backups\. A server whose backup directory is not mounted/
    )
    assert.deepStrictEqual(gone.slice(4), [
      `web01  ${environment!.uuid}`,
      `  - virtual machine: 1 chain, 3 backups, 4.5 GiB  ${locked}`,
      "",
      "1 machine differs: 1 removed (1 possibly locked)"
    ])
  })

  it.each<readonly [what: string, after: BackupTree.BackupTree, line: RegExp]>([
    ["a name", withEnvironment({ name: "db" }), /~ renamed from "web01"$/],
    ["a version", withEnvironment({ version: 9 }), /~ version \d → 9$/],
    ["a kind", withEnvironment({ vmType: 2 }), /~ kind vm → ct-ploop$/],
    ["a size", withHead({ size: 2n ** 30n }), /a01\}: size 4\.0 GiB → 1\.0 GiB$/],
    ["a size that looks the same", withHead({ size: 2n ** 32n + 1n }), /: size 4294967296 B → 4294967297 B$/],
    ["a host", withHead({ host: "hn9" }), /: host "[^"]*" → "hn9"$/],
    ["images", withHead({ images: [] }), /: images changed$/],
    ["a merge", {
      ...withEnvironment({
        chains: [{ ...chain!, incrementals: chain!.incrementals.slice(1).map((backup) => ({ ...backup, size: 5n })) }]
      })
    }, /a01\}\.3: has the data of 1 removed backup now, size 288\.0 MiB → 5 B$/],
    [
      "a damaged backup",
      withEnvironment({ chains: [{ ...chain!, incrementals: chain!.incrementals.slice(1) }] }),
      /\.2 {2}removed, or its metadata cannot be read$/
    ]
  ])("shows another value: %s", (_what, after, line) => {
    assert.match(changesTo(after).at(-1)!, line)
  })

  it("shows the elements of the tree as a group of their own", () => {
    const kept = [{ position: 0, element: { name: "New", attributes: [], children: [] } }]
    assert.deepStrictEqual(between(web, { ...web, kept }).slice(3), [
      "the listing as a whole",
      "  ~ unknown elements changed",
      "",
      "the listings differ: 1 changed"
    ])
  })

  it("shows another host only once", () => {
    const last = chain!.incrementals.at(-1)!
    const next = {
      ...last,
      id: `${chain!.uuid}.4`,
      number: 4,
      dateTime: "2024-04-01 02:00:00",
      host: "hn9",
      serverUuid: chain!.uuid
    }
    const after = withEnvironment({
      chains: [{ ...chain!, lastNumber: 4, incrementals: [...chain!.incrementals, next] }]
    })
    const [added, moved, ...rest] = changesTo(after)
    assert.match(added!, /^ {2}\+ incr 4 /)
    assert.match(moved!, /^ {2}~ the newest backup is of another host: host "[^"]*" → "hn9"$/)
    assert.deepStrictEqual(rest, [])
    assert.strictEqual(between(web, after).at(-1), "1 machine differs: 1 added, 1 moved")
  })

  it("can be coloured", () => {
    assert.include(between(web, example("01-empty.xml"), { style: Style.ansi }).join("\n"), "\u001b[33m-\u001b[0m")
  })

  it.prop("is printable, whatever the names", [Arbitraries.listing, Arbitraries.listing], ([one, other]) => {
    for (const line of between(one.tree, other.tree)) {
      assert.notMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u)
    }
  })
})
