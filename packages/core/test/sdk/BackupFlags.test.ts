import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupFlags from "../../src/sdk/BackupFlags.ts"
import * as SecurityLevel from "../../src/sdk/SecurityLevel.ts"
import { fixture } from "../support/xmlFixtures.ts"

interface SdkFlag {
  readonly name: string
  readonly value: number
}

const sdk = JSON.parse(fixture("flags.json")) as { readonly enums: { readonly [name: string]: ReadonlyArray<SdkFlag> } }

const Name = Schema.Literals(BackupFlags.names)
const word = Arbitraries.flags
const { complement, difference, intersection, known, none, union } = BackupFlags
const named = (flags: number) => (flags & known) >>> 0

const failure = (text: string): BackupFlags.BackupFlagsError => {
  const result = BackupFlags.parse(text)
  return Result.isFailure(result) ? result.failure : assert.fail(`${text} was read`)
}

describe("bits", () => {
  const inSdk = new Map(Object.values(sdk.enums).flat().map(({ name, value }) => [name, value]))

  it("are those of the SDK", () => {
    for (const name of BackupFlags.names) assert.strictEqual(BackupFlags.bits[name], inSdk.get(name), name)
  })

  it("are all that the SDK's headers have for commands and for backups", () => {
    const names = ["PRL_API_COMMAND_FLAGS", "PRL_VM_BACKUP_FLAGS"].flatMap((header) => sdk.enums[header]!).map((
      { name }
    ) => name)
    const others = names.filter((name) => !BackupFlags.names.some((known) => known === name))
    assert.deepStrictEqual(others, [
      "PACF_NORMAL_SECURITY",
      "PACF_HIGH_SECURITY",
      "PACF_MAX",
      "PACF_LAST",
      "PACF_MASK",
      "PBSL_LOW_SECURITY",
      "PBSL_NORMAL_SECURITY",
      "PBSL_HIGH_SECURITY"
    ])
  })

  it("do not overlap, nor touch the security level", () => {
    const values = Object.values(BackupFlags.bits)
    assert.strictEqual(values.reduce((sum, bit) => sum + bit, 0), known)
    assert.strictEqual(known & BackupFlags.levelMask, 0)
  })

  it("of the security level have the SDK's names", () => {
    const level = (name: string) =>
      SecurityLevel.toNumber(BackupFlags.level(Result.getOrThrow(BackupFlags.parse(name))))
    const names = [...inSdk.keys()].filter((name) => /^(PSL|PBSL|PVMSL|PACF)_(LOW|NORMAL|HIGH)_SECURITY$/.test(name))
    assert.strictEqual(names.length, 11)
    for (const name of names) assert.strictEqual(level(name), inSdk.get(name), name)
  })
})

describe("the Boolean algebra of the named bits", () => {
  const laws = (a: number, b: number, c: number): ReadonlyArray<readonly [string, number, number]> => [
    ["union commutes", union(a, b), union(b, a)],
    ["union associates", union(a, union(b, c)), union(union(a, b), c)],
    ["intersection commutes", intersection(a, b), intersection(b, a)],
    ["intersection associates", intersection(a, intersection(b, c)), intersection(intersection(a, b), c)],
    ["intersection distributes", intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c))],
    ["union distributes", union(a, intersection(b, c)), intersection(union(a, b), union(a, c))],
    ["absorption by union", union(a, intersection(a, b)), a],
    ["absorption by intersection", intersection(a, union(a, b)), a],
    ["nothing is neutral in unions", union(a, none), a],
    ["everything is neutral in intersections", intersection(a, known), a],
    ["a union with the complement is everything", union(a, complement(a)), known],
    ["an intersection with the complement is nothing", intersection(a, complement(a)), none],
    ["the complement inverts itself", complement(complement(a)), a],
    ["de Morgan", complement(union(a, b)), intersection(complement(a), complement(b))],
    ["difference", difference(a, b), intersection(a, complement(b))]
  ]

  it.prop("obeys its laws", [word, word, word], ([a, b, c]) => {
    for (const [law, left, right] of laws(a, b, c)) assert.strictEqual(named(left), named(right), law)
  })

  it.prop("is that of the sets of names", [word, word], ([a, b]) => {
    const [left, right] = [BackupFlags.toNames(a), BackupFlags.toNames(b)]
    const { names, toNames } = BackupFlags
    assert.deepStrictEqual(toNames(union(a, b)), names.filter((name) => left.includes(name) || right.includes(name)))
    assert.deepStrictEqual(toNames(intersection(a, b)), left.filter((name) => right.includes(name)))
    assert.deepStrictEqual(toNames(difference(a, b)), left.filter((name) => !right.includes(name)))
    assert.deepStrictEqual(toNames(complement(a)), names.filter((name) => !left.includes(name)))
    assert.strictEqual(BackupFlags.sameFlags(a, b), left.join() === right.join())
  })

  it.prop("keeps unknown bits: those of the first word, in a union of both", [word, word], ([a, b]) => {
    const { unknown } = BackupFlags
    assert.strictEqual(unknown(union(a, b)), (unknown(a) | unknown(b)) >>> 0)
    for (const result of [intersection(a, b), difference(a, b), complement(a), BackupFlags.withLevel(a, "high")]) {
      assert.strictEqual(unknown(result), unknown(a))
    }
  })

  it.prop("joins levels by max, never bit by bit, and keeps the first one's elsewhere", [word, word], ([a, b]) => {
    const { level } = BackupFlags
    assert.strictEqual(level(union(a, b)), SecurityLevel.max(level(a), level(b)))
    for (const result of [intersection(a, b), difference(a, b), complement(a)]) {
      assert.strictEqual(level(result), level(a))
    }
  })

  it("joins normal and high to high", () => {
    assert.strictEqual(union(1, 2), 2)
  })

  it.prop("stays within 32 bits without a sign", [word, word, SecurityLevel.SecurityLevel], ([a, b, level]) => {
    const results = [union(a, b), intersection(a, b), difference(a, b), complement(a), BackupFlags.unknown(a)]
    for (const result of [...results, BackupFlags.withLevel(a, level)]) assert.strictEqual(result, result >>> 0)
  })

  it.prop("sets a level and nothing else", [word, SecurityLevel.SecurityLevel], ([flags, level]) => {
    const result = BackupFlags.withLevel(flags, level)
    assert.strictEqual(BackupFlags.level(result), level)
    assert.strictEqual(result >>> 2, flags >>> 2)
  })
})

describe("names", () => {
  it.prop("and bits are two views of one word", [Arbitrary.array(Arbitrary.schema(Name))], ([names]) => {
    const flags = BackupFlags.of(...names)
    assert.deepStrictEqual(new Set(BackupFlags.toNames(flags)), new Set(names))
    assert.strictEqual(BackupFlags.of(...BackupFlags.toNames(flags)), flags)
    for (const name of BackupFlags.names) assert.strictEqual(BackupFlags.has(flags, name), names.includes(name))
  })

  it.prop("are printed so that they are read back", [word], ([flags]) => {
    assert.deepStrictEqual(BackupFlags.parse(BackupFlags.print(flags)), Result.succeed(flags))
  })

  it.each([
    ["0", 0],
    ["131072", 0x2_0000],
    [" 0x60000 ", 0x6_0000],
    ["4294967295", 0xffff_ffff],
    ["PBT_VM", 0x2_0000],
    ["PBT_VM|PBT_CT|PBSL_HIGH_SECURITY", 0x6_0002],
    ["PBT_VM, PBT_CT", 0x6_0000],
    ["PSL_NORMAL_SECURITY PVMSL_HIGH_SECURITY", 2]
  ])("reads %j", (text, flags) => assert.deepStrictEqual(BackupFlags.parse(text), Result.succeed(flags)))

  it.each([
    [0, "PBSL_LOW_SECURITY"],
    [0x2_0000, "PBT_VM"],
    [0x6_0002, "PBT_VM|PBT_CT|PBSL_HIGH_SECURITY"],
    [3, "0x3"],
    [0x2000_0000, "0x20000000"]
  ])("prints %j", (flags, text) => assert.strictEqual(BackupFlags.print(flags), text))

  it.each(["", "PBT", "toString", "__proto__", "4294967296", "-1", "0x", "1.5", "PBT_VM|", "pbt_vm"])(
    "refuses %j",
    (text) => assert.isNotEmpty(failure(text).why)
  )

  it("warns of names that mean another bit than they seem to", () => {
    assert.match(
      failure("PVTF_VM").message,
      /"PVTF_VM" is not a backup flag: .*PBT_FULL.*To select virtual machines, use PBT_VM\./
    )
    assert.match(failure("PVTF_CT").why, /PBT_INCREMENTAL.*To select containers, use PBT_CT/)
    assert.match(failure("PACF_MAX").why, /bit index/)
  })

  it.prop("are read or refused, never thrown at", [Schema.String], ([text]) => {
    assert.isTrue(Result.isResult(BackupFlags.parse(text)))
  })
})
