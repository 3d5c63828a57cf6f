import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as BackupDate from "../../src/tree/BackupDate.ts"

const iso = (text: string): string | null => {
  const time = BackupDate.parse(text)
  return time === undefined ? null : DateTime.formatIso(time)
}

describe("dates", () => {
  it.each([
    ["2024-03-02 02:00:07", "2024-03-02T02:00:07.000Z"],
    ["2024-02-29 23:59:59", "2024-02-29T23:59:59.000Z"],
    ["2020-03-29 02:30:00", "2020-03-29T02:30:00.000Z"],
    ["0001-01-01 00:00:00", "0001-01-01T00:00:00.000Z"],
    ["0050-06-15 12:00:00", "0050-06-15T12:00:00.000Z"],
    ["9999-12-31 23:59:59", "9999-12-31T23:59:59.000Z"]
  ])(
    "in the product's own form, such as %j, are read as UTC",
    (text, expected) => assert.strictEqual(iso(text), expected)
  )

  it.each([
    ["2024-03-02T02:00:07", "2024-03-02T02:00:07.000Z"],
    ["2024-03-02T02:00:07Z", "2024-03-02T02:00:07.000Z"],
    ["2024-03-02T02:00:07.5", "2024-03-02T02:00:07.500Z"],
    ["2024-03-02T02:00:07.123456Z", "2024-03-02T02:00:07.123Z"],
    ["2024-03-02T02:00:07+01:00", "2024-03-02T01:00:07.000Z"],
    ["2024-03-02T00:00:07-0330", "2024-03-02T03:30:07.000Z"],
    ["2024-01-01T00:00:00+14:00", "2023-12-31T10:00:00.000Z"],
    ["2024-03-02T02:00:07-00:00", "2024-03-02T02:00:07.000Z"],
    ["2024-03-02T23:59:07+23:59", "2024-03-02T00:00:07.000Z"],
    ["2024-03-02T00:00:07-23:59", "2024-03-02T23:59:07.000Z"]
  ])("of ISO 8601, such as %j, are read too", (text, expected) => assert.strictEqual(iso(text), expected))

  it.each([
    "",
    " ",
    "yesterday",
    "2023-02-29 00:00:00",
    "2024-02-30 00:00:00",
    "2024-04-31 00:00:00",
    "2024-13-01 00:00:00",
    "2024-00-01 00:00:00",
    "2024-01-00 00:00:00",
    "2024-03-02 24:00:00",
    "2024-03-02 23:60:00",
    "2024-03-02 23:59:60",
    "0000-01-01 00:00:00",
    "2024-3-2 2:00:07",
    "2024-03-02",
    "2024-03-02 02:00",
    " 2024-03-02 02:00:07",
    "2024-03-02 02:00:07\n",
    "2024-03-02  02:00:07",
    "02024-03-02 02:00:07",
    "2024-03-02T02:00:07+24:00",
    "2024-03-02T02:00:07+01:60",
    "2024-03-02T02:00:07.Z",
    "-2024-03-02 02:00:07",
    "٢٠٢٤-03-02 02:00:07"
  ])("are none in %j", (text) => assert.isNull(iso(text)))

  const Moment = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -62_135_596_800, maximum: 253_402_300_799 })))

  it.prop("name the moment that they were written for, to the second", [Moment], ([second]) => {
    const text = BackupDate.print(DateTime.makeUnsafe(second * 1000))
    if (!/^\d/.test(text)) return
    assert.strictEqual(BackupDate.parse(text)?.epochMilliseconds, second * 1000)
    assert.strictEqual(
      BackupDate.createdAt({ dateTime: `${text.replace(" ", "T")}Z` })?.epochMilliseconds,
      second * 1000
    )
  })

  it("are written as the product writes them: in UTC, without fractions", () => {
    assert.strictEqual(BackupDate.print(DateTime.makeUnsafe("2024-03-02T02:00:07.999Z")), "2024-03-02 02:00:07")
    const zoned = DateTime.makeZonedUnsafe("2024-03-02T02:00:07Z", { timeZone: "Asia/Tokyo" })
    assert.strictEqual(BackupDate.print(zoned), "2024-03-02 02:00:07")
  })

  it.prop("are read from any text or not at all", [Schema.String, Arbitraries.text], (texts) => {
    for (const text of texts) {
      assert.isTrue(BackupDate.parse(text) === undefined || DateTime.isDateTime(BackupDate.parse(text)))
    }
  })
})

describe("the date that a server lists", () => {
  it("is that of its own format, and empty for any other", () => {
    assert.strictEqual(BackupDate.listedDate("2024-03-01 02:00:00"), "2024-03-01 02:00:00")
    for (
      const date of ["2024-03-01T02:00:00", "2024-03-01 02:00:00Z", "2024-3-1 02:00:00", "2024-02-30 02:00:00", ""]
    ) {
      assert.strictEqual(BackupDate.listedDate(date), "", date)
    }
  })

  it("is lost if the clocks of the zone skip its digits", () => {
    const berlin = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")
    for (
      const [date, listed] of [
        ["2020-03-29 01:59:59", "2020-03-29 01:59:59"],
        ["2020-03-29 02:00:00", ""],
        ["2020-03-29 02:59:59", ""],
        ["2020-03-29 03:00:00", "2020-03-29 03:00:00"],
        // In autumn the clocks show an hour twice, and lose nothing.
        ["2020-10-25 02:30:00", "2020-10-25 02:30:00"],
        ["2020-07-01T02:00:00", ""]
      ] as const
    ) assert.strictEqual(BackupDate.listedDate(date, berlin), listed, date)
    assert.strictEqual(BackupDate.listedDate("2020-03-29 02:30:00", DateTime.zoneMakeOffset(0)), "2020-03-29 02:30:00")
  })
})

describe("the time of a text", () => {
  const Part = (maximum: number) => Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum })))

  it.prop(
    "is what parse reads",
    [
      Part(3000),
      Part(13),
      Part(32),
      Part(24),
      Part(60),
      Schema.Literals([" ", "T"]),
      Schema.Literals(["", "Z", "+01:00"])
    ],
    ([year, month, day, hour, second, blank, zone]) => {
      const [y, ...rest] = [year, month, day, hour, second].map((part, index) =>
        String(part).padStart(index ? 2 : 4, "0")
      )
      const text = `${y}-${rest[0]}-${rest[1]}${blank}${rest[2]}:30:${rest[3]}${zone}`
      assert.strictEqual(BackupDate.timeOf(text), BackupDate.parse(text)?.epochMilliseconds)
    }
  )

  it("is what parse reads on every day of a year, and on those that no year has", () => {
    for (const year of [1900, 2000, 2023, 2024]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const [m, d] = [month, day].map((part) => String(part).padStart(2, "0"))
          const text = `${year}-${m}-${d} 23:59:59`
          assert.strictEqual(BackupDate.timeOf(text), BackupDate.parse(text)?.epochMilliseconds, text)
        }
      }
    }
  })

  it("has no time for minutes, hours, days and months that no clock shows, in the product's format", () => {
    for (
      const text of [
        "2024-03-02 02:60:00",
        "2024-03-02 02:75:00",
        "2024-03-02 02:00:60",
        "2024-03-02 24:00:00",
        "2024-03-00 02:00:00",
        "2024-03-32 02:00:00",
        "2024-04-31 02:00:00",
        "2024-13-02 02:00:00",
        "2024-00-02 02:00:00"
      ]
    ) assert.isUndefined(BackupDate.timeOf(text), text)
    assert.strictEqual(BackupDate.timeOf("2024-03-02 23:59:59"), Date.UTC(2024, 2, 2, 23, 59, 59))
  })
})
