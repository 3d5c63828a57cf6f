import * as Overview from "@backup-tree/core/check/Overview"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as OverviewText from "@backup-tree/formats/OverviewText"
import * as Style from "@backup-tree/formats/Style"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import stringWidth from "string-width"
import { example, listingOf } from "./support/listings.ts"

const now = DateTime.makeUnsafe("2024-03-12T06:30:00Z")
const [web] = Overview.make(listingOf(example("05-two-chains.xml")), { now })

const machine = (
  name: string,
  state: Overview.State,
  more: Partial<Overview.MachineOverview> & { readonly vmType?: number } = {}
): Overview.MachineOverview => ({
  ...web!,
  state,
  ...more,
  environment: { ...web!.environment, name, vmType: more.vmType ?? 0 }
})

const machines = [
  machine("web01.frankfurt.production.example.com", "ok"),
  machine("データベース", "error", {
    vmType: 1,
    last: { ...web!.last, at: undefined, age: undefined, backups: 0 },
    chains: 0,
    size: 0n
  }),
  machine("", "warning", { vmType: 9, size: 3n << 40n, last: { ...web!.last, age: Duration.hours(5) } })
]

const textOf = (options?: OverviewText.OverviewTextOptions) =>
  `\n${Array.from(OverviewText.lines(machines, options)).join("\n")}\n`

describe("an overview of machines", () => {
  it("is whole without a width", () => {
    assert.strictEqual(
      textOf(),
      `
NAME                                    KIND  NEWEST               AGE  CHAINS  BACKUPS      SIZE  STATE
web01.frankfurt.production.example.com  VM    2024-03-03 02:00Z  9d 4h       2        5  19.3 GiB  ok
データベース                            CT    no date                -       0        0       0 B  error
(no name)                               9?    2024-03-03 02:00Z     5h       2        5   3.0 TiB  warning
`
    )
  })

  it("cuts names, and leaves out what matters less, at 80 and at 50 columns", () => {
    assert.strictEqual(
      textOf({ width: 80 }),
      `
NAME                  KIND  NEWEST               AGE  BACKUPS      SIZE  STATE
web01.frankfurt.pro…  VM    2024-03-03 02:00Z  9d 4h        5  19.3 GiB  ok
データベース          CT    no date                -        0       0 B  error
(no name)             9?    2024-03-03 02:00Z     5h        5   3.0 TiB  warning
`
    )
    assert.strictEqual(
      textOf({ width: 50 }),
      `
NAME                        AGE      SIZE  STATE
web01.frankfurt.product…  9d 4h  19.3 GiB  ok
データベース                  -       0 B  error
(no name)                    5h   3.0 TiB  warning
`
    )
  })

  it("shows the chosen columns, without titles if they are not wanted", () => {
    assert.strictEqual(
      textOf({ width: 20, header: false, columns: ["uuid", "state"] }),
      `
{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}  ok
{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}  error
{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}  warning
`
    )
  })

  it("marks the states in colour, and nothing else", () => {
    const plain = textOf({ width: 80 })
    const coloured = textOf({ width: 80, style: Style.ansi })
    assert.include(coloured, "\u001B[1;31merror\u001B[0m\n")
    assert.strictEqual(coloured.replace(/\u001B\[[0-9;]*m/g, ""), plain)
  })

  it("of nothing has the titles alone", () => {
    assert.deepStrictEqual(Array.from(OverviewText.lines([], { header: false })), [])
    assert.lengthOf(Array.from(OverviewText.lines([])), 1)
  })
})

describe("laws of an overview", () => {
  const width = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 200 })))

  it.prop(
    "has a printable line for each machine, which fits if it can",
    [Arbitraries.listing, width],
    ([any, width]) => {
      const found = Overview.make(any, { now })
      const lines = Array.from(OverviewText.lines(found, { width }))
      assert.lengthOf(lines, found.length + 1)
      for (const line of lines) {
        assert.notMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]| $/u)
        // The name, the age, the size and the state are never left out.
        assert.isAtMost(stringWidth(line), Math.max(width, 60))
      }
    }
  )

  it.prop("without a width has the whole names", [Arbitraries.listing], ([any]) => {
    const found = Overview.make(any, { now })
    for (const [index, line] of Array.from(OverviewText.lines(found, { header: false })).entries()) {
      const { environment } = found[index]!
      assert.include(line, BackupTree.kind(environment)._tag === "Vm" ? "  VM" : "  ")
      if (/^[a-z0-9]+$/.test(environment.name)) assert.isTrue(line.startsWith(`${environment.name} `), line)
    }
  })
})
