/** Generators of histories of healthy stores. A store shrinks as its history does. */
import * as Arbitrary from "effect/Arbitrary"
import { boolean, index, integer, pick, rarely } from "../choices.ts"
import { type DiskPlan, mebibyte } from "../storedChain.ts"
import type { BackupHistory, ChainHistory, EnvironmentHistory, StoreHistory } from "../storeHistory.ts"
import { name, text, xmlName, xmlText } from "./texts.ts"

/** Minimum counts: environments of a store, chains and disks of an environment, backups ever made in a chain. */
export interface Minimum {
  readonly environments: number
  readonly chains: number
  readonly backups: number
  readonly disks: number
}

/**
 * The anomalies that a store may have (default: none).
 *
 * @category models
 * @since 0.2.0
 */
export interface Anomalies {
  /** Some backups have no date. */
  readonly undated?: boolean | undefined
  /** Some names and descriptions contain characters that XML 1.0 does not allow. */
  readonly controlCharacters?: boolean | undefined
}

/** The number of backups in the longest chain. */
export const longestChain = 6

const itemOf = ({ controlCharacters, undated }: Anomalies): Arbitrary.Arbitrary<BackupHistory> =>
  Arbitrary.all({
    hours: integer(1, 200),
    undated: undated === true ? rarely(12) : Arbitrary.Constant(false),
    size: integer(1, 0xffff_ffff),
    host: pick([0, 0, 0, 0, 0, 1]),
    creator: pick(["root", "root", "root", "root", "root", "DOMAIN\\svc backup"]),
    description: controlCharacters === true ? text : xmlText,
    requestFlags: pick([0, 0x1_0000, 0x1_000c])
  })

const chainOf = (minimum: Minimum, anomalies: Anomalies): Arbitrary.Arbitrary<ChainHistory> =>
  Arbitrary.all({
    items: Arbitrary.array(itemOf(anomalies), { minLength: minimum.backups, maxLength: longestChain }),
    promotions: pick([0, 0, 0, 1, 2]),
    removed: Arbitrary.array(index(4), { maxLength: 2 }),
    losesLast: rarely(4)
  })

// No disk name is the beginning of another, so no two images of a chain have one name (SEMANTICS 1.8).
const disk: Arbitrary.Arbitrary<DiskPlan> = Arbitrary.map(
  Arbitrary.all({
    originalPath: pick(["harddisk.hdd", "harddisk1.hdd", "/vz/a/data.hdd", "/vz/b/data.hdd", "vol.2", "диск один.hdd"]),
    size: integer(1, 2 ** 20),
    keyId: pick(["", "", "8c1a77f0-key-№1"])
  }),
  ({ size, ...rest }) => ({ ...rest, size: BigInt(size) * mebibyte })
)

const environmentOf = (minimum: Minimum, anomalies: Anomalies): Arbitrary.Arbitrary<EnvironmentHistory> =>
  Arbitrary.all({
    vmType: pick([0, 0, 2, 1]),
    era: pick(["current", "current", "upgraded", "legacy"]),
    version: index(2),
    name: anomalies.controlCharacters === true ? name : xmlName,
    upperCase: rarely(8),
    disks: Arbitrary.array(disk, { minLength: minimum.disks, maxLength: 3 }),
    listsDisks: boolean,
    chains: Arbitrary.array(chainOf(minimum, anomalies), { minLength: minimum.chains, maxLength: 3 })
  })

/** Draws the history of a store. */
export const storeHistory = (minimum: Minimum, anomalies: Anomalies): Arbitrary.Arbitrary<StoreHistory> =>
  Arbitrary.all({
    salt: integer(0, 0x7fff_ffff),
    empty: minimum.environments === 0 ? rarely(16) : Arbitrary.Constant(false),
    environments: Arbitrary.array(environmentOf(minimum, anomalies), {
      minLength: Math.max(minimum.environments, 1),
      maxLength: 4
    })
  })
