import * as Coverage from "@backup-tree/core/check/Coverage"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as PrometheusText from "@backup-tree/formats/PrometheusText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Option } from "effect"
import * as fs from "node:fs"
import { example, listingOf } from "./support/listings.ts"
import { assertWellFormed, readMetrics } from "./support/metrics.ts"

const noChains = { chains: { total: 0, sound: 0, hidden: 0, missing: 0 } }

const lookAt = (
  tree: BackupTree.BackupTree,
  more: Partial<PrometheusText.Report> = {},
  at = "2024-03-04T02:00:05Z"
): PrometheusText.Scrape => ({
  source: "backup.example.com:64000",
  at: DateTime.makeUnsafe(at),
  duration: Duration.millis(1250),
  result: Option.some({
    listing: listingOf(tree),
    report: { rules: [], coverage: undefined, verdict: noChains, ...more }
  })
})

const twoChains = example("05-two-chains.xml")
const [web] = twoChains.environments

const source = "backup.example.com:64000"

/** The samples of a family, as the other parser reads them. */
const samplesOf = (text: string, family: string) => readMetrics(text).get(`backup_tree_${family}`)?.metrics ?? []

const perMachine = PrometheusText.families.filter(({ labels }) => labels[0] === "vm").map(({ name }) => name)

const golden = `\
# HELP backup_tree_last_success_timestamp_seconds Time of the newest backup; absent for a machine whose backups have \
no plausible date.
# TYPE backup_tree_last_success_timestamp_seconds gauge
backup_tree_last_success_timestamp_seconds{<web>} 1709431205
backup_tree_last_success_timestamp_seconds{<mail>} 1709507731
# HELP backup_tree_last_success_age_seconds Age of the newest backup at the time of the run.
# TYPE backup_tree_last_success_age_seconds gauge
backup_tree_last_success_age_seconds{<web>} 86400
backup_tree_last_success_age_seconds{<mail>} 9874
# HELP backup_tree_backups Number of backups, full and incremental.
# TYPE backup_tree_backups gauge
backup_tree_backups{<web>} 5
backup_tree_backups{<mail>} 2
# HELP backup_tree_chains Number of chains: full backups with their incrementals.
# TYPE backup_tree_chains gauge
backup_tree_chains{<web>} 2
backup_tree_chains{<mail>} 1
# HELP backup_tree_size_bytes Space that the backups occupy in the store.
# TYPE backup_tree_size_bytes gauge
backup_tree_size_bytes{<web>} 20686307328
backup_tree_size_bytes{<mail>} 1694498816
# HELP backup_tree_chain_length Number of backups in the longest chain, including the full backup.
# TYPE backup_tree_chain_length gauge
backup_tree_chain_length{<web>} 3
backup_tree_chain_length{<mail>} 2
# HELP backup_tree_findings Number of findings of each rule that was checked.
# TYPE backup_tree_findings gauge
backup_tree_findings{rule="I05",severity="error",<source>} 0
backup_tree_findings{rule="I13",severity="warning",<source>} 2
backup_tree_findings{rule="empty-answer",severity="error",<source>} 1
# HELP backup_tree_inventory_machines Number of machines in the inventory by state: fresh, dated (no limit given), stale, \
undated, never, or ambiguous.
# TYPE backup_tree_inventory_machines gauge
backup_tree_inventory_machines{state="ambiguous",<source>} 0
backup_tree_inventory_machines{state="dated",<source>} 0
backup_tree_inventory_machines{state="fresh",<source>} 1
backup_tree_inventory_machines{state="never",<source>} 0
backup_tree_inventory_machines{state="stale",<source>} 0
backup_tree_inventory_machines{state="undated",<source>} 0
# HELP backup_tree_listing_chains Number of chains by state: sound, unsound (an error breaks it), or hidden (on disk, but \
not listed by the server).
# TYPE backup_tree_listing_chains gauge
backup_tree_listing_chains{state="hidden",<source>} 1
backup_tree_listing_chains{state="sound",<source>} 7
backup_tree_listing_chains{state="unsound",<source>} 3
# HELP backup_tree_environments Number of VMs and containers in the listing.
# TYPE backup_tree_environments gauge
backup_tree_environments{<source>} 2
# HELP backup_tree_look_success Whether the run returned a listing.
# TYPE backup_tree_look_success gauge
backup_tree_look_success{<source>} 1
# HELP backup_tree_look_duration_seconds Duration of the run.
# TYPE backup_tree_look_duration_seconds gauge
backup_tree_look_duration_seconds{<source>} 1.25
# HELP backup_tree_look_timestamp_seconds Time of the run.
# TYPE backup_tree_look_timestamp_seconds gauge
backup_tree_look_timestamp_seconds{<source>} 1709517605
`
  .replaceAll(
    "<web>",
    `vm="{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",name="web01",kind="vm",host="hn1.example.com",<source>`
  )
  .replaceAll(
    "<mail>",
    `vm="{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}",name="ct-mail",kind="ct-ploop",host="hn1.example.com",<source>`
  )
  .replaceAll("<source>", `source="${source}"`)

describe("PrometheusText", () => {
  it("writes a scrape of a server", () => {
    const tree = { environments: [...example("04-ct-ploop.xml").environments, web!], kept: [] }
    const inventory = [{ uuid: web!.uuid, name: undefined, kind: undefined, place: "line 1" }]
    const limits = { now: DateTime.makeUnsafe("2024-03-04T02:00:05Z"), maxAge: Duration.hours(26) }
    const text = PrometheusText.print(lookAt(tree, {
      rules: [
        { rule: { id: "I13" }, severity: "warning", count: 2 },
        { rule: { id: "I05" }, severity: "error", count: 0 },
        { rule: { id: "empty-answer" }, severity: "error", count: 1 }
      ],
      coverage: Coverage.make(inventory, listingOf(tree), limits),
      verdict: { chains: { total: 11, sound: 7, hidden: 1, missing: 0 } }
    }))
    assert.strictEqual(text, golden)
    assertWellFormed(text)
  })

  it("writes only the outcome if there was no response", () => {
    const text = PrometheusText.print({ ...lookAt(twoChains), result: Option.none() })
    assertWellFormed(text)
    assert.deepStrictEqual([...readMetrics(text)].map(([name, { metrics }]) => [name, metrics]), [
      ["backup_tree_look_success", [{ value: "0", labels: { source } }]],
      ["backup_tree_look_duration_seconds", [{ value: "1.25", labels: { source } }]],
      ["backup_tree_look_timestamp_seconds", [{ value: "1709517605", labels: { source } }]]
    ])
  })

  it("distinguishes an empty response from none", () => {
    const text = PrometheusText.print(lookAt(BackupTree.empty))
    assertWellFormed(text)
    assert.deepStrictEqual(samplesOf(text, "environments"), [{ value: "0", labels: { source } }])
    assert.strictEqual(samplesOf(text, "look_success")[0]!.value, "1")
    assert.isUndefined(readMetrics(text).get("backup_tree_backups"))
  })

  it("keeps hostile names from the format and from terminals", () => {
    const names = [
      "\u001b[31mred",
      "a\"} 1\nevil{x=\"y",
      "back\\slash \\n \\",
      "\u202e=1+1",
      "<script>",
      "\ud800 half",
      "\0",
      "x".repeat(10_000)
    ]
    const environments = names.map((name, index) => ({
      ...web!,
      uuid: `{00000000-0000-4000-8000-00000000000${index}}`,
      name
    }))
    const text = PrometheusText.print(lookAt({ environments, kept: [] }))
    assertWellFormed(text)
    assert.notMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cs}\u202e]/u)
    assert.deepStrictEqual(samplesOf(text, "backups").map(({ labels }) => labels["name"]), [
      "\\e[31mred",
      "a\"} 1\\nevil{x=\"y",
      "back\\slash \\n \\",
      "\\u{202e}=1+1",
      "<script>",
      "\\u{d800} half",
      "\\u{0}",
      `${"x".repeat(PrometheusText.maxLabelLength)}…`
    ])
  })

  it("keeps two machines of one name apart, and takes one uuid for one machine", () => {
    const twin = { ...web!, uuid: "{91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3}" }
    const copy = { ...web!, uuid: web!.uuid.toUpperCase(), name: "copy", chains: web!.chains.slice(0, 1) }
    const text = PrometheusText.print(lookAt({ environments: [web!, twin, copy], kept: [] }))
    assertWellFormed(text)
    assert.deepStrictEqual(
      samplesOf(text, "backups").map(({ labels, value }) => [labels["vm"], labels["name"], value]),
      [[web!.uuid, "web01", "8"], [twin.uuid, "web01", "5"]]
    )
  })

  it("has no time and no age of a machine without a date, or with dates of the future only", () => {
    for (const at of ["2024-01-01T00:00:00Z", "2024-03-04T02:00:05Z"]) {
      const undated = web!.chains.map((chain) => ({
        ...chain,
        head: { ...chain.head, dateTime: "" },
        incrementals: chain.incrementals.map((one) => at.startsWith("2024-01") ? one : { ...one, dateTime: "junk" })
      }))
      const text = PrometheusText.print(lookAt({ environments: [{ ...web!, chains: undated }], kept: [] }, {}, at))
      assertWellFormed(text)
      assert.deepStrictEqual(samplesOf(text, "last_success_timestamp_seconds"), [])
      assert.deepStrictEqual(samplesOf(text, "last_success_age_seconds"), [])
      assert.strictEqual(samplesOf(text, "backups")[0]!.value, "5")
      assert.strictEqual(samplesOf(text, "backups")[0]!.labels["host"], "hn1.example.com")
    }
  })

  it("adds sizes beyond 2^53 without loss", () => {
    const [chain] = web!.chains
    const most = { ...chain!, head: { ...chain!.head, size: 2n ** 64n - 1n }, incrementals: [] }
    const text = PrometheusText.print(lookAt({ environments: [{ ...web!, chains: [most, most] }], kept: [] }))
    assert.strictEqual(samplesOf(text, "size_bytes")[0]!.value, "36893488147419103230")
  })

  it("follows the conventions for names: a prefix, base units, no _total for gauges", () => {
    const names = PrometheusText.families.map(({ name }) => name)
    assert.strictEqual(new Set(names).size, names.length)
    for (const { help, labels, name, unit } of PrometheusText.families) {
      assert.match(name, /^backup_tree_[a-z_]+$/)
      assert.notMatch(name, /_(?:total|count|sum|bucket|info)$/)
      assert.strictEqual(name.endsWith("_seconds"), unit.startsWith("seconds"))
      assert.strictEqual(name.endsWith("_timestamp_seconds"), unit === "seconds since 1970")
      assert.strictEqual(name.endsWith("_bytes"), unit === "bytes")
      assert.include(labels, "source")
      assert.match(help, /^[A-Z][^\\\n]*\.$/)
    }
  })

  it("is described in docs/metrics.md, metric by metric", () => {
    const docs = fs.readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8")
    const rows = docs.split("\n").filter((line) => line.startsWith("| `backup_tree_"))
      .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    assert.deepStrictEqual(
      rows,
      PrometheusText.families.map(({ help, labels, name, unit }) => [
        `\`${name}\``,
        "gauge",
        unit,
        labels.map((label) => `\`${label}\``).join(" "),
        help
      ])
    )
  })
})

/** The machines of a tree as a reader of the tree counts them. */
const expectedOf = (tree: BackupTree.BackupTree, at: DateTime.Utc) =>
  [...Map.groupBy(tree.environments, ({ uuid }) => Uuid.key(uuid)).values()].map((environments) => {
    const chains = environments.flatMap((environment) => environment.chains)
    const backups = chains.flatMap(({ head, incrementals }) => [head, ...incrementals])
    const stamps = backups.flatMap((backup) => {
      const createdAt = BackupDate.createdAt(backup)
      return createdAt === undefined ? [] : [DateTime.toEpochMillis(createdAt) / 1000]
    }).filter((seconds) => seconds <= DateTime.toEpochMillis(at) / 1000 + 300)
    const newest = stamps.length === 0 ? undefined : Math.max(...stamps)
    return {
      vm: PrintableText.escape(environments[0]!.uuid),
      name: PrintableText.escape(environments[0]!.name),
      backups: BigInt(backups.length),
      chains: BigInt(chains.length),
      bytes: backups.reduce((sum, { size }) => sum + size, 0n),
      longest: BigInt(Math.max(0, ...chains.map(({ incrementals }) => incrementals.length + 1))),
      newest,
      age: newest === undefined ? undefined : Math.max(0, DateTime.toEpochMillis(at) / 1000 - newest)
    }
  }).toSorted((a, b) => a.vm < b.vm ? -1 : 1)

describe("the metrics of many machines", () => {
  it("are made when they are printed, with pauses before the first", () => {
    const count = 1000
    let names = 0
    const environments = Array.from({ length: count }, (_, index) => ({
      ...web!,
      uuid: `{${index}}`,
      get name() {
        names += 1
        return "web01"
      }
    }))
    const pieces = PrometheusText.pieces([lookAt({ environments, kept: [] })])
    let pauses = 0
    while (pieces.next().value === "") pauses += 1
    assert.isAtLeast(pauses, count)
    assert.strictEqual(names, 1)
    assert.strictEqual(pieces.next().value?.split("\n").length, 2)
    assert.strictEqual(names, 2)
  })
})

describe("laws of metrics", () => {
  it.prop("the other parser reads of any tree what the tree holds", [Arbitraries.tree], ([tree]) => {
    const look = lookAt(tree)
    const text = PrometheusText.print(look)
    assertWellFormed(text)
    const of = (vm: string, family: string) => samplesOf(text, family).find(({ labels }) => labels["vm"] === vm)
    const expected = expectedOf(tree, look.at)
    assert.deepStrictEqual(
      samplesOf(text, "backups").map(({ labels: { name, vm } }) => ({ name, vm })).toSorted((a, b) =>
        a.vm! < b.vm! ? -1 : 1
      ),
      expected.map(({ name, vm }) => ({ name, vm }))
    )
    const number = (value: string | undefined) => value === undefined ? undefined : Number(value)
    for (const { age, backups, bytes, chains, longest, newest, vm } of expected) {
      assert.strictEqual(BigInt(of(vm, "backups")!.value), backups)
      assert.strictEqual(BigInt(of(vm, "chains")!.value), chains)
      assert.strictEqual(BigInt(of(vm, "size_bytes")!.value), bytes)
      assert.strictEqual(BigInt(of(vm, "chain_length")!.value), longest)
      assert.strictEqual(number(of(vm, "last_success_timestamp_seconds")?.value), newest)
      assert.strictEqual(number(of(vm, "last_success_age_seconds")?.value), age)
    }
    for (const name of perMachine) {
      for (const { labels } of readMetrics(text).get(name)?.metrics ?? []) {
        assert.deepStrictEqual(Object.keys(labels), ["vm", "name", "kind", "host", "source"])
      }
    }
  })

  it.prop("the order of a listing does not matter", [Arbitraries.healthyTree], ([tree]) => {
    const turned = { ...tree, environments: tree.environments.toReversed() }
    assert.strictEqual(PrometheusText.print(lookAt(turned)), PrometheusText.print(lookAt(tree)))
  })
})
