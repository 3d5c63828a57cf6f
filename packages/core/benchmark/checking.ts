/**
 * What it costs to check a listing, to prove it, to plan a retention, and to select from a store, side by side.
 * README.md explains the figures.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import assert from "node:assert/strict"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as BackupCatalog from "../src/check/BackupCatalog.ts"
import * as Baseline from "../src/check/Baseline.ts"
import * as Check from "../src/check/Check.ts"
import type { Finding } from "../src/check/Finding.ts"
import type { Facts } from "../src/check/Rule.ts"
import * as TreeDiff from "../src/compare/TreeDiff.ts"
import * as BackupListing from "../src/listing/BackupListing.ts"
import * as RetentionPlan from "../src/plan/RetentionPlan.ts"
import * as RetentionPolicy from "../src/plan/RetentionPolicy.ts"
import * as BackupFlags from "../src/sdk/BackupFlags.ts"
import * as BackupId from "../src/sdk/BackupId.ts"
import * as BackupStore from "../src/server/BackupStore.ts"
import * as ServerModel from "../src/server/ServerModel.ts"
import * as BackupTree from "../src/tree/BackupTree.ts"
import * as BackupTreeReader from "../src/tree/BackupTreeReader.ts"
import * as BackupTreeXml from "../src/tree/BackupTreeXml.ts"
import * as Totals from "../src/tree/Totals.ts"
import * as XmlReader from "../src/xml/XmlReader.ts"
import * as Document from "./document.ts"
import * as Faults from "./faults.ts"
import * as Processes from "./processes.ts"
import * as Retention from "./retention.ts"

const sizes = [50_000, 500_000] as const

/** Memory for the tree of the larger size, whatever Node takes for its limit, and a way to tidy up. */
const flags = ["--max-old-space-size=8192", "--expose-gc"]

// ---------------------------------------------------------------------------------------------------------------------
// What is measured
// ---------------------------------------------------------------------------------------------------------------------

const now = DateTime.makeUnsafe("2026-01-26T06:00:00Z")

/** How many environments are written at a time; a document may be longer than a string can be. */
const piece = 1000

// Read, so that its texts lie in memory as those of an answer do.
const read = ({ environments }: BackupTree.BackupTree): BackupTree.BackupTree => {
  const reader = BackupTreeReader.make({ mode: "tolerant", maxLength: XmlReader.maxLength })
  const [start, end] = ["<VmItem", "</BackupTree"]
  const whole: Array<BackupTree.VirtualEnvironment> = []
  const push = (text: string): void => void whole.push(...Result.getOrThrow(reader.push(text)))
  const frame = BackupTreeXml.encode({ environments: environments.slice(0, 1), kept: [] })
  push(frame.slice(0, frame.indexOf(start)))
  for (let from = 0; from < environments.length; from += piece) {
    const text = BackupTreeXml.encode({ environments: environments.slice(from, from + piece), kept: [] })
    push(text.slice(text.indexOf(start), text.lastIndexOf(end)))
  }
  push(frame.slice(frame.lastIndexOf(end)))
  const rest = Result.getOrThrow(reader.end())
  return { environments: [...whole, ...rest.environments], kept: rest.kept }
}

const listingOf = (tree: BackupTree.BackupTree): BackupListing.BackupListing =>
  BackupListing.fromDocument({
    tree: read(tree),
    notes: [],
    source: { _tag: "Memory", name: "benchmark" },
    fetchedAt: now,
    complete: true
  })

/** All of them, so that every rule has something to do. */
const factsOf = ({ tree }: BackupListing.BackupListing): Facts => ({
  now,
  maxAge: Duration.days(30),
  maxChainLength: 7,
  baseline: { ...Baseline.empty, tree }
})

const briefly = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  findings.map(({ path, rule }) => `${rule.id} ${path}`)

/** What is timed, and the assertion that its result is right. */
interface Task<A> {
  readonly run: () => A
  readonly verify: (result: A) => void
}

const task = <A>(run: () => A, verify: (result: A) => void): Task<unknown> => ({ run, verify: verify as never })

const check = (tree: BackupTree.BackupTree, expected: ReadonlyArray<string>): Task<unknown> => {
  const listing = listingOf(tree)
  const facts = factsOf(listing)
  return task(() => Check.run(listing, facts), ({ findings }) => assert.deepEqual(briefly(findings), expected))
}

const prove = (tree: BackupTree.BackupTree, errors: ReadonlyArray<string>): Task<unknown> => {
  const listing = listingOf(tree)
  return task(() => BackupCatalog.fromListing(listing), (catalog) => {
    const { quarantined } = catalog
    const broken = new Set(quarantined.map(({ chain }) => chain))
    assert.deepEqual(quarantined.flatMap(({ findings }) => briefly(findings)), errors)
    let proven = 0
    for (const environment of listing.tree.environments) {
      for (const chain of environment.chains) {
        if (broken.has(chain)) continue
        proven += 1 + chain.incrementals.length
        for (const backup of BackupTree.backups(chain)) {
          const entry = catalog.entries.get(BackupId.key(backup.id))
          assert.ok(entry?.backup === backup && entry.chain === chain)
        }
      }
    }
    assert.equal(catalog.entries.size, proven)
  })
}

/** The same environments, in which every 50th backup of the document has another size. */
const resized = (tree: BackupTree.BackupTree): BackupTree.BackupTree => {
  let count = 0
  const each = <A extends BackupTree.Backup>(backup: A): A =>
    ++count % 50 === 0 ? { ...backup, size: backup.size + 1n } : backup
  return {
    ...tree,
    environments: tree.environments.map((environment) => ({
      ...environment,
      chains: environment.chains.map((chain) => ({
        ...chain,
        head: each(chain.head),
        incrementals: chain.incrementals.map(each)
      }))
    }))
  }
}

const diff = (tree: BackupTree.BackupTree, changed: BackupTree.BackupTree): Task<unknown> => {
  const [before, after] = [listingOf(tree), listingOf(changed)]
  return task(() => Result.getOrThrow(TreeDiff.make(before, after)), ({ changes }) => {
    assert.deepEqual(Result.getOrThrow(TreeDiff.apply(before.tree, changes)), TreeDiff.sort(after.tree))
    assert.equal(changes.length, tree === changed ? 0 : Math.floor(Totals.ofTree(tree).backups / 50))
  })
}

const retain = (tree: BackupTree.BackupTree): Task<unknown> => {
  const catalog = BackupCatalog.fromListing(listingOf(tree))
  const policy = Result.getOrThrow(RetentionPolicy.make({ ...Retention.counts, zone: Retention.zone }))
  return task(() => Result.getOrThrow(RetentionPlan.make(catalog, policy)), ({ environments }) => {
    const { kept, removed } = Retention.expected(tree)
    assert.deepEqual(environments.flatMap(({ kept }) => kept.map(({ backup }) => backup.id)), kept)
    assert.deepEqual(environments.flatMap(({ removed }) => removed.map(({ backup }) => backup.id)), removed)
    assert.ok(kept.length > 0 && removed.length > 0)
  })
}

const select = (
  tree: BackupTree.BackupTree,
  flags: ReadonlyArray<BackupFlags.FlagName>,
  uuid: string,
  expected: ReadonlyArray<BackupTree.VirtualEnvironment>
): Task<unknown> => {
  const store = BackupStore.fromTree(read(tree))
  const query = { uuid, flags: BackupFlags.of("PBT_VM", "PBT_CT", ...flags) }
  return task(() => Result.getOrThrow(ServerModel.selectByFlags(store, query)), ({ environments }) => {
    assert.equal(environments.length, expected.length)
    environments.forEach((environment, index) => assert.deepEqual(environment, expected[index]))
  })
}

const byUuid = (one: { readonly uuid: string }, other: { readonly uuid: string }): number =>
  one.uuid < other.uuid ? -1 : 1

// In the order in which a server goes through its store.
const middle = <A extends { readonly uuid: string }>(values: ReadonlyArray<A>): A =>
  values.toSorted(byUuid)[Math.floor(values.length / 2)]!

const tasks: { readonly [name: string]: (tree: BackupTree.BackupTree) => Task<unknown> } = {
  "check, nothing found": (tree) => check(tree, []),
  "check, each 50th has a fault": (tree) => {
    const faulty = Faults.plant(tree)
    return check(faulty.tree, faulty.findings)
  },
  "fromListing, nothing found": (tree) => prove(tree, []),
  "fromListing, each 50th has a fault": (tree) => {
    const faulty = Faults.plant(tree)
    return prove(faulty.tree, faulty.findings.filter((text) => text.startsWith("I05")))
  },
  "diff, no differences": (tree) => diff(tree, tree),
  "diff, each 50th has another size": (tree) => diff(tree, resized(tree)),
  "diff, nothing in common": (tree) => {
    const before = listingOf({ ...tree, environments: tree.environments.filter((_, index) => index % 2 === 0) })
    const after = listingOf({ ...tree, environments: tree.environments.filter((_, index) => index % 2 === 1) })
    return task(() => Result.getOrThrow(TreeDiff.make(before, after)), ({ changes }) => {
      assert.equal(changes.length, tree.environments.length)
      assert.deepEqual(Result.getOrThrow(TreeDiff.apply(before.tree, changes)), TreeDiff.sort(after.tree))
    })
  },
  "retention, every machine": (tree) => retain(Retention.inSpring(tree)),
  "retention, all of one machine": (tree) => retain(Retention.ofOneMachine(tree)),
  "select, everything": (tree) => select(tree, [], "", tree.environments.toSorted(byUuid)),
  "select, one environment": (tree) => {
    const environment = middle(tree.environments)
    return select(tree, [], environment.uuid, [environment])
  },
  "select, one chain": (tree) => {
    const environment = middle(tree.environments)
    const { uuid } = middle(environment.chains)
    // Those that sort behind it leak in.
    const chains = environment.chains.filter((chain) => chain.uuid >= uuid)
    return select(tree, ["PBT_CHAIN"], uuid, [{ ...environment, chains }])
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// One task, in a process of its own
// ---------------------------------------------------------------------------------------------------------------------

/** Of one run, in milliseconds. */
interface Time {
  readonly wall: number
  readonly processor: number
}

interface Figures {
  /** Of the first run, code not compiled yet. */
  readonly first: Time
  /** The least of several runs, each figure for itself. */
  readonly best: Time
}

const time = <A>(run: () => A): Time & { readonly result: A } => {
  const start = process.cpuUsage()
  const begun = performance.now()
  const result = run()
  const wall = performance.now() - begun
  const { system, user } = process.cpuUsage(start)
  return { wall, processor: (system + user) / 1000, result }
}

// What making the tree and looking at a result have left behind is no part of what is measured.
const collectGarbage = (): void => {
  const { gc } = globalThis as { readonly gc?: () => void }
  gc?.()
}

const measure = (name: string, items: number): Figures => {
  const { run, verify } = tasks[name]!(Document.tree(items))
  collectGarbage()
  const { result, ...first } = time(run)
  verify(result)
  collectGarbage()
  let best: Time = first
  const begun = performance.now()
  for (let times = 0; times < 3 || (times < 25 && performance.now() - begun < 6000); times++) {
    const { processor, wall } = time(run)
    best = { wall: Math.min(best.wall, wall), processor: Math.min(best.processor, processor) }
  }
  return { first, best }
}

const measureApart = (name: string, items: number): Figures =>
  Processes.measureApart(fileURLToPath(import.meta.url), [name, String(items)], flags) as Figures

// ---------------------------------------------------------------------------------------------------------------------
// All of them
// ---------------------------------------------------------------------------------------------------------------------

/** The tasks must be right before they are timed; a small tree has room for each fault, and is looked at whole. */
const assertRight = (): void => {
  const tree = Document.tree(2000)
  assert.deepEqual(read(tree), tree)
  for (const prepare of Object.values(tasks)) {
    const { run, verify } = prepare(tree)
    verify(run())
  }
}

const print = (columns: ReadonlyArray<string>): void => {
  const [name = "", ...figures] = columns
  console.log(name.padEnd(36) + figures.map((figure) => figure.padStart(12)).join(""))
}

const times = (figures: Figures): ReadonlyArray<number> => [
  figures.first.wall,
  figures.best.wall,
  figures.first.processor,
  figures.best.processor
]

const headings = ["first, ms", "best, ms", "first, CPU", "best, CPU"]

const compare = (names: ReadonlyArray<string>): void => {
  const measured = new Map<string, ReadonlyArray<ReadonlyArray<number>>>()
  for (const items of sizes) {
    console.log(`\n${items} backups`)
    print(["", ...headings, "ratio"])
    let base: number | undefined
    for (const name of names) {
      const figures = times(measureApart(name, items))
      measured.set(name, [...measured.get(name) ?? [], figures])
      base ??= figures[3]!
      print([name, ...figures.map((figure) => figure.toFixed(figure < 10 ? 1 : 0)), (figures[3]! / base).toFixed(2)])
    }
  }
  console.log(`\ntime of one backup among ${sizes[1]}, compared with that of one among ${sizes[0]}`)
  print(["", ...headings])
  for (const [name, [small, large]] of measured) {
    print([name, ...small!.map((figure, index) => (large![index]! / figure / (sizes[1] / sizes[0])).toFixed(2))])
  }
}

const main = (): void => {
  const [mode, name = "", items = ""] = process.argv.slice(2)
  if (mode === "--measure") {
    console.log(JSON.stringify(measure(name, Number(items))))
    return
  }
  assertRight()
  console.log("one process each; see packages/core/benchmark/README.md")
  compare(Object.keys(tasks).filter((name) => name.startsWith(mode ?? "")))
}

main()
