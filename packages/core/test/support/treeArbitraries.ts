import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { element, integer, literal, oneOf, xmlText } from "./xmlArbitraries.ts"

const uint32 = oneOf(integer(0, 9), Arbitrary.Constant(0xffff_ffff), integer(0, 0xffff_ffff))

const uint64 = oneOf(
  Arbitrary.Constant(0n),
  Arbitrary.Constant(2n ** 64n - 1n),
  Arbitrary.schema(Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 64n - 1n }))))
)

// Kept elements as they are before the number of their known siblings is known: gaps instead of positions.
type Gaps = ReadonlyArray<{ readonly gap: number; readonly element: BackupTree.KeptElement["element"] }>

// Positions ascend, and none lies behind the end of what is written.
const place = (gaps: Gaps, written: number): ReadonlyArray<BackupTree.KeptElement> => {
  let next = 0
  return gaps.map(({ element, gap }, index) => {
    const position = Math.min(next + gap, written + index)
    next = position + 1
    return { position, element }
  })
}

/** Generators of the parts of a tree whose texts are drawn from one generator. */
export const treeOf = (text: Arbitrary.Arbitrary<string>): Arbitrary.Arbitrary<BackupTree.BackupTree> => {
  const gaps: Arbitrary.Arbitrary<Gaps> = oneOf(
    Arbitrary.Constant<Gaps>([]),
    Arbitrary.array(Arbitrary.all({ gap: integer(0, 12), element: element(2, text) }), { maxLength: 2 })
  )

  const encryption = Arbitrary.map(Arbitrary.all({ keyId: text, gaps }), ({ gaps, keyId }) => ({
    keyId,
    kept: place(gaps, 1)
  }))

  const disk = Arbitrary.map(
    Arbitrary.all({ name: text, originalPath: text, size: uint64, encryption, gaps }),
    ({ gaps, ...fields }): BackupTree.BackupDisk => ({ ...fields, kept: place(gaps, 4) })
  )

  const disks = oneOf<BackupTree.BackupDisks | undefined>(
    Arbitrary.Constant(undefined),
    Arbitrary.map(
      Arbitrary.all({ list: Arbitrary.array(disk, { maxLength: 2 }), gaps }),
      ({ gaps, list }) => ({ list, kept: place(gaps, list.length) })
    )
  )

  const backup = Arbitrary.all({
    id: text,
    host: text,
    serverUuid: text,
    dateTime: oneOf(text, literal(["", "2024-03-02 02:00:07", "2024-03-02T02:00:07.5+01:00", "2024-02-30 00:00:00"])),
    creator: text,
    size: uint64,
    type: oneOf(literal(["f", "i", "d"]), text),
    description: text,
    images: Arbitrary.array(text, { maxLength: 3 }),
    originalSize: uint64,
    bundlePermissions: uint32,
    flags: uint32,
    disks,
    gaps
  })

  const written = (fields: { readonly images: ReadonlyArray<string>; readonly disks: unknown }): number =>
    11 + fields.images.length + (fields.disks === undefined ? 0 : 1)

  const incremental = Arbitrary.map(
    Arbitrary.all([uint32, backup]),
    ([number, { gaps, ...fields }]): BackupTree.IncrementalBackup => ({
      _tag: "IncrementalBackup",
      number,
      ...fields,
      kept: place(gaps, 1 + written(fields))
    })
  )

  const chain = Arbitrary.map(
    Arbitrary.all({
      uuid: text,
      fields: backup,
      incrementals: Arbitrary.array(incremental, { maxLength: 2 }),
      lastNumber: uint32
    }),
    ({ fields: { gaps, ...fields }, incrementals, lastNumber, uuid }): BackupTree.BackupChain => ({
      uuid,
      head: { _tag: "FullBackup", ...fields, kept: place(gaps, 2 + written(fields) + incrementals.length) },
      incrementals,
      lastNumber
    })
  )

  const environment = Arbitrary.map(
    Arbitrary.all({
      uuid: text,
      name: text,
      vmType: uint32,
      version: uint32,
      chains: Arbitrary.array(chain, { maxLength: 2 }),
      gaps
    }),
    ({ gaps, ...fields }): BackupTree.VirtualEnvironment => ({ ...fields, kept: place(gaps, 4 + fields.chains.length) })
  )

  return Arbitrary.map(
    Arbitrary.all({ environments: Arbitrary.array(environment, { maxLength: 3 }), gaps }),
    ({ environments, gaps }) => ({ environments, kept: place(gaps, environments.length) })
  )
}

/** Trees of XML text whose kept elements are in normal form: those that survive writing and reading unchanged. */
export const tree: Arbitrary.Arbitrary<BackupTree.BackupTree> = treeOf(xmlText)
