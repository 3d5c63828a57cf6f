/**
 * Makes a believable backup store of any size, to play with: nightly chains of virtual machines and containers.
 *
 * Pure: the same options give the same store. One chain is broken, so that there is something to find.
 */
import type { ImageFormat } from "@backup-tree/core/directory/ImageNames"
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as DateTime from "effect/DateTime"
import * as Random from "./internal/random.ts"
import { type DiskPlan, type ItemPlan, mebibyte, storedChain } from "./internal/storedChains.ts"

/** What a generated store looks like. */
export interface Options {
  /** Stores of different seeds differ in uuids, hosts, times and sizes. */
  readonly seed: number
  /** How many environments; 8 unless told otherwise. The odd cases share what there is. */
  readonly environments?: number | undefined
  /** How many weekly chains an environment has; at least 2, and 3 unless told otherwise. */
  readonly weeks?: number | undefined
  /** The time up to which backups were made; {@link defaultNow} unless told otherwise. */
  readonly now?: DateTime.Utc | undefined
}

/** The time up to which backups were made, unless told otherwise: a Wednesday morning. */
export const defaultNow: DateTime.Utc = DateTime.makeUnsafe("2026-01-07T06:00:00Z")

/**
 * Makes a store.
 *
 * Each environment has weekly chains, a full backup in the night to Sunday and an incremental in each other night. Of the
 * environments, one has a chain whose first two backups and fifth were removed with keep-chain, one an old VM's `.tib`
 * chain of ten years ago, and one a chain in which the id of an incremental does not fit its number (I05), beside sound
 * ones. Nothing else is wrong with the store.
 *
 * **Example**
 *
 * ```ts
 * const store = StoreGenerator.generate({ seed: 1, environments: 10_000 })
 * ```
 */
export const generate = (options: Options): ServerModel.Store => {
  const count = Math.max(0, Math.floor(options.environments ?? 8))
  const random = Random.make(options.seed)
  const plan: Plan = {
    random,
    now: (options.now ?? defaultNow).epochMilliseconds,
    weeks: Math.max(2, Math.floor(options.weeks ?? 3)),
    servers: Array.from({ length: 3 }, (_, index) => ({ host: `hn${index + 1}.example.com`, uuid: random.uuid() }))
  }
  const odd: Odd = { promoted: last([0, 1], count), broken: last([0, 1, 2], count), legacy: last([0, 1, 2, 4], count) }
  return { environments: Array.from({ length: count }, (_, index) => environmentOf(plan, odd, index)) }
}

/** Which environments have the odd chains, by their indices. */
interface Odd {
  readonly promoted: number | undefined
  readonly broken: number | undefined
  readonly legacy: number | undefined
}

interface Server {
  readonly host: string
  readonly uuid: string
}

interface Plan {
  readonly random: Random.Random
  readonly now: number
  readonly weeks: number
  readonly servers: ReadonlyArray<Server>
}

const last = (candidates: ReadonlyArray<number>, count: number): number | undefined =>
  candidates.findLast((candidate) => candidate < count)

interface Role {
  readonly name: string
  readonly vmType: number
  readonly disks: ReadonlyArray<readonly [originalPath: string, mebibytes: number]>
}

const oneDisk: Role["disks"] = [["harddisk.hdd", 65_536]]
const twoDisks: Role["disks"] = [["harddisk.hdd", 65_536], ["harddisk1.hdd", 262_144]]
const container: Role["disks"] = [["root.hdd", 10_240]]

const roles: ReadonlyArray<Role> = [
  { name: "web01", vmType: 0, disks: oneDisk },
  { name: "db-primary", vmType: 0, disks: twoDisks },
  { name: "mail-gateway", vmType: 0, disks: oneDisk },
  { name: "build-ct", vmType: 2, disks: container },
  { name: "erp-2008", vmType: 0, disks: oneDisk },
  { name: "dns-ct", vmType: 2, disks: container },
  { name: "files", vmType: 0, disks: [["harddisk.hdd", 65_536], ["/vz/storage/files/archive.hdd", 1_048_576]] },
  { name: "ldap", vmType: 0, disks: oneDisk },
  { name: "db-replica", vmType: 0, disks: twoDisks },
  { name: "cache-ct", vmType: 2, disks: container },
  { name: "monitor", vmType: 0, disks: oneDisk }
]

const day = 86_400_000
const legacyAge = 3_700
// The night's backups take up to ten minutes to get going.
const maxDelay = 600

/** What all chains of one environment share. */
interface Environment {
  readonly plan: Plan
  readonly vmType: number
  readonly disks: ReadonlyArray<DiskPlan>
  readonly server: Server
  /** When its backups start, in seconds from midnight. */
  readonly start: number
  readonly fullSize: number
}

const environmentOf = (plan: Plan, odd: Odd, index: number): ServerModel.StoredEnvironment => {
  const { random } = plan
  const role = roles[index % roles.length]!
  const round = Math.floor(index / roles.length)
  const uuid = random.uuid()
  const environment: Environment = {
    plan,
    vmType: role.vmType,
    disks: role.disks.map(([originalPath, size]) => ({ originalPath, size: BigInt(size) * mebibyte, keyId: "" })),
    server: plan.servers[random.below(plan.servers.length)]!,
    start: 3600 + random.below(4 * 3600),
    fullSize: 2 ** 30 * (2 + random.below(30))
  }
  const lastDay = Math.floor((plan.now - (environment.start + maxDelay) * 1000) / day)
  const sunday = lastDay - weekday(lastDay)
  const weekly = Array.from({ length: plan.weeks }, (_, week) => {
    const from = sunday - 7 * (plan.weeks - 1 - week)
    const numbers = Array.from({ length: Math.min(7, lastDay - from + 1) }, (_, night) => night + 1)
    const removed = week === 0 && index === odd.promoted ? [1, 2, 5] : []
    const chain = chainOf(
      environment,
      "qcow2",
      from,
      1,
      numbers.filter((number) => !removed.includes(number)),
      numbers.length
    )
    return week === plan.weeks - 2 && index === odd.broken ? broken(chain) : chain
  })
  const old = index === odd.legacy ? [chainOf(environment, "tib", sunday - legacyAge, 7, [1, 2, 3, 4], 0)] : []
  return {
    directory: uuid,
    metadata: {
      uuid,
      name: round === 0 ? role.name : `${role.name}-${round + 1}`,
      vmType: role.vmType,
      version: 5,
      kept: []
    },
    chains: [...old, ...weekly]
  }
}

// The first day of the epoch was a Thursday.
const weekday = (dayOfEpoch: number): number => (((dayOfEpoch + 4) % 7) + 7) % 7

/** Makes a chain that began on day `from` and of whose backups, made every `step` days, those `numbers` are left. */
const chainOf = (
  environment: Environment,
  format: ImageFormat,
  from: number,
  step: number,
  numbers: ReadonlyArray<number>,
  highest: number
): ServerModel.StoredChain => {
  const { disks, fullSize, plan, server, start, vmType } = environment
  const items = numbers.map((number, position): ItemPlan => {
    const second = start + plan.random.below(maxDelay)
    // A promoted head has taken in the data of what stood before it. The store counts blocks of 512 bytes.
    const size = position === 0
      ? fullSize + 2 ** 20 * plan.random.below(1024)
      : 512 * (2 ** 12 + plan.random.below(2 ** 20))
    return {
      number,
      dateTime: stamp((from + (number - 1) * step) * day + second * 1000),
      size: BigInt(size),
      originalSize: format === "tib" ? BigInt(size) * 2n : 0n,
      host: format === "tib" ? "pcs6.example.com" : server.host,
      serverUuid: server.uuid,
      creator: "root",
      description: format === "tib" ? "before the upgrade" : number === 1 ? "weekly full" : "nightly",
      requestFlags: 0
    }
  })
  return storedChain({
    uuid: plan.random.uuid(),
    vmType,
    format,
    listsDisks: true,
    disks,
    items: [items[0]!, ...items.slice(1)],
    lastNumber: highest === 1 ? 0 : highest
  })
}

/** Mistypes the id of the fourth backup of a chain, as a hand that mends files does. */
const broken = (chain: ServerModel.StoredChain): ServerModel.StoredChain => ({
  ...chain,
  items: chain.items.map((item) =>
    item.number === 4 && item.content._tag === "Link"
      ? { ...item, content: { ...item.content, backup: { ...item.content.backup, id: `${item.content.backup.id}0` } } }
      : item
  )
})

const stamp = (milliseconds: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(milliseconds)).slice(0, 19).replace("T", " ")
