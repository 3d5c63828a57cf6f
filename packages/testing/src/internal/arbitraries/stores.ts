/** Generators of stores. Each draws small plans and builds the store of them, so that a store shrinks as its plans do. */
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import { type DiskPlan, type ItemPlan, mebibyte, storedChain, uuidOf } from "../storedChains.ts"
import { boolean, index, integer, oneOf, pick, rarely } from "./choices.ts"
import { name, text, xmlName, xmlText } from "./texts.ts"

interface ItemDraw {
  readonly hours: number
  readonly undated: boolean
  readonly size: number
  readonly host: number
  readonly creator: string
  readonly description: string
  readonly requestFlags: number
}

/**
 * A chain by its making: how its backups were made, and which of them were removed with keep-chain since.
 *
 * `promotions` says how many heads went, `removed` which positions behind them, `losesLast` whether the last one went.
 */
interface ChainDraw {
  readonly items: ReadonlyArray<ItemDraw>
  readonly promotions: number
  readonly removed: ReadonlyArray<number>
  readonly losesLast: boolean
}

/** How much a store holds at the least: of each environment its chains and disks, of each chain the backups ever made. */
interface Least {
  readonly environments: number
  readonly chains: number
  readonly backups: number
  readonly disks: number
}

interface EnvironmentDraw {
  readonly vmType: number
  readonly era: "current" | "upgraded" | "legacy"
  readonly version: number
  readonly name: string
  readonly upperCase: boolean
  readonly disks: ReadonlyArray<DiskPlan>
  readonly listsDisks: boolean
  readonly chains: ReadonlyArray<ChainDraw>
}

interface StoreDraw {
  readonly salt: number
  readonly empty: boolean
  readonly environments: ReadonlyArray<EnvironmentDraw>
}

/** What happens on healthy servers too, although rules warn of it. */
export interface Blemish {
  /** The rules that warn of it. */
  readonly rules: ReadonlyArray<string>
  /** Why it is no fault of the store. */
  readonly why: string
}

/** Which blemishes a store may have; those that are left out it does not have. */
export interface Blemishes {
  /** Some backups have no date. */
  readonly undated?: boolean | undefined
  /** Some names and descriptions hold characters that XML 1.0 does not know. */
  readonly controlCharacters?: boolean | undefined
}

/** Every blemish, with the rules that warn of it. */
export const blemishes: { readonly [B in keyof Required<Blemishes>]: Blemish } = {
  undated: {
    // Where no backup of an environment has a date, none is known to be fresh.
    rules: ["I13", "I40"],
    why: "a server in a zone with summer time loses the dates of one hour a year (SEMANTICS 1.6)"
  },
  controlCharacters: {
    rules: ["I33"],
    why: "people paste what they like into names and descriptions, and a server passes it on (SEMANTICS 1.12)"
  }
}

const allBlemishes: Blemishes = { undated: true, controlCharacters: true }

/** How many backups the longest chain of a healthy store has. */
export const longestChain = 6

const itemOf = ({ controlCharacters, undated }: Blemishes): Arbitrary.Arbitrary<ItemDraw> =>
  Arbitrary.all({
    hours: integer(1, 200),
    undated: undated === true ? rarely(12) : Arbitrary.Constant(false),
    size: integer(1, 0xffff_ffff),
    host: pick([0, 0, 0, 0, 0, 1]),
    creator: pick(["root", "root", "root", "root", "root", "DOMAIN\\svc backup"]),
    description: controlCharacters === true ? text : xmlText,
    requestFlags: pick([0, 0x1_0000, 0x1_000c])
  })

const chainOf = (least: Least, blemishes: Blemishes): Arbitrary.Arbitrary<ChainDraw> =>
  Arbitrary.all({
    items: Arbitrary.array(itemOf(blemishes), { minLength: least.backups, maxLength: longestChain }),
    promotions: pick([0, 0, 0, 1, 2]),
    removed: Arbitrary.array(index(4), { maxLength: 2 }),
    losesLast: rarely(4)
  })

// No name of a disk continues another one's, so that no two images of a chain meet (SEMANTICS 1.8).
const disk: Arbitrary.Arbitrary<DiskPlan> = Arbitrary.map(
  Arbitrary.all({
    originalPath: pick(["harddisk.hdd", "harddisk1.hdd", "/vz/a/data.hdd", "/vz/b/data.hdd", "vol.2", "диск один.hdd"]),
    size: integer(1, 2 ** 20),
    keyId: pick(["", "", "8c1a77f0-key-№1"])
  }),
  ({ size, ...rest }) => ({ ...rest, size: BigInt(size) * mebibyte })
)

const environmentOf = (least: Least, blemishes: Blemishes): Arbitrary.Arbitrary<EnvironmentDraw> =>
  Arbitrary.all({
    vmType: pick([0, 0, 2, 1]),
    era: pick(["current", "current", "upgraded", "legacy"]),
    version: index(2),
    name: blemishes.controlCharacters === true ? name : xmlName,
    upperCase: rarely(8),
    disks: Arbitrary.array(disk, { minLength: least.disks, maxLength: 3 }),
    listsDisks: boolean,
    chains: Arbitrary.array(chainOf(least, blemishes), { minLength: least.chains, maxLength: 3 })
  })

const drawOf = (least: Least, blemishes: Blemishes): Arbitrary.Arbitrary<StoreDraw> =>
  Arbitrary.all({
    salt: integer(0, 0x7fff_ffff),
    empty: least.environments === 0 ? rarely(16) : Arbitrary.Constant(false),
    environments: Arbitrary.array(environmentOf(least, blemishes), {
      minLength: Math.max(least.environments, 1),
      maxLength: 4
    })
  })

// How many uuids an environment takes: its own, and one a chain. Servers have theirs far above.
const uuidsPerEnvironment = 8
const serverUuids = 1_000_000

const stamp = (hours: number): string =>
  DateTime.formatIso(DateTime.add(DateTime.makeUnsafe("2014-03-29T22:15:07Z"), { hours })).slice(0, 19).replace(
    "T",
    " "
  )

const currentEra = 90_000

/** Gives the backups of a chain their numbers and dates, as if they were made one after the other from hour `start`. */
const made = (draw: ChainDraw, start: number, salt: number, legacy: boolean): ReadonlyArray<ItemPlan> => {
  let hours = start
  return draw.items.map((drawn, position) => {
    hours += drawn.hours
    return {
      number: position + 1,
      dateTime: drawn.undated ? "" : stamp(hours),
      size: BigInt(drawn.size),
      originalSize: legacy ? BigInt(drawn.size) * 2n : 0n,
      host: drawn.host === 0 ? "hn1.example.com" : "узел-2.example.com",
      serverUuid: uuidOf(salt, serverUuids + drawn.host),
      creator: drawn.creator,
      description: drawn.description,
      requestFlags: drawn.requestFlags
    }
  })
}

/** Takes out what was removed with keep-chain; the last backup only where it may be, and never all of them. */
const remaining = (
  items: ReadonlyArray<ItemPlan>,
  draw: ChainDraw,
  mayLoseLast: boolean
): readonly [ItemPlan, ...ReadonlyArray<ItemPlan>] => {
  const last = items.length
  const kept = items.filter(({ number }) =>
    number === last
      ? !(mayLoseLast && draw.losesLast)
      : number > draw.promotions && !draw.removed.includes(number - draw.promotions - 2)
  )
  const [head = items[last - 1]!, ...rest] = kept
  return [head, ...rest]
}

const spelled = (uuid: string, upperCase: boolean): string => upperCase ? uuid.toUpperCase() : uuid

const disksOf = ({ disks, vmType }: EnvironmentDraw): ReadonlyArray<DiskPlan> => {
  const extra = [...new Map(disks.map((plan) => [plan.originalPath, plan])).values()]
  return vmType === 0 ? extra : [{ originalPath: "root.hdd", size: 10_240n * mebibyte, keyId: "" }, ...extra]
}

const versionOf = ({ era, version }: EnvironmentDraw): number =>
  era === "legacy" ? [0, 3][version]! : era === "upgraded" ? 5 : [5, 4][version]!

const storedEnvironment = (salt: number, draw: EnvironmentDraw, position: number): ServerModel.StoredEnvironment => {
  const uuid = (offset: number) => spelled(uuidOf(salt, position * uuidsPerEnvironment + offset), draw.upperCase)
  const isLegacy = (chain: number) => draw.era === "legacy" || (draw.era === "upgraded" && chain === 0)
  const newest = draw.chains.length - 1
  const plans: Array<ReadonlyArray<ItemPlan>> = []
  let hours = 0
  draw.chains.forEach((chain, index) => {
    if (!isLegacy(index)) hours = Math.max(hours, currentEra)
    plans.push(made(chain, hours, salt, isLegacy(index)))
    hours += chain.items.reduce((sum, drawn) => sum + drawn.hours, 0)
  })
  // The newest chain keeps its last backup, and nothing else is the newest: its head must say when it was made.
  const newestIsDated = remaining(plans[newest]!, draw.chains[newest]!, false)[0].dateTime !== ""
  const chains = draw.chains.map((chain, index) => {
    const legacy = isLegacy(index)
    const all = plans[index]!
    const items = legacy ? all : remaining(all, chain, index !== newest && newestIsDated)
    return storedChain({
      uuid: uuid(index + 1),
      vmType: draw.vmType,
      format: legacy ? "tib" : "qcow2",
      listsDisks: !legacy || draw.listsDisks,
      disks: disksOf(draw),
      items: [items[0]!, ...items.slice(1)],
      lastNumber: legacy || all.length === 1 ? 0 : all.length
    })
  })
  return {
    directory: uuid(0),
    metadata: { uuid: uuid(0), name: draw.name, vmType: draw.vmType, version: versionOf(draw), kept: [] },
    chains
  }
}

const healthy = (least: Least, blemishes: Blemishes): Arbitrary.Arbitrary<ServerModel.Store> =>
  Arbitrary.map(drawOf(least, blemishes), ({ empty, environments, salt }) => ({
    environments: empty ? [] : environments.map((draw, position) => storedEnvironment(salt, draw, position))
  }))

const anything: Least = { environments: 0, chains: 1, backups: 1, disks: 0 }
const rich: Least = { environments: 2, chains: 2, backups: 5, disks: 1 }

/** As {@link healthyStore}, with the blemishes that are allowed. */
export const healthyStoreWith = (blemishes: Blemishes): Arbitrary.Arbitrary<ServerModel.Store> =>
  healthy(anything, blemishes)

/**
 * What a healthy server holds, of this time or of the product's past.
 *
 * Virtual machines and containers of the kinds 0 to 2 with one to three chains each; promoted heads, and gaps where
 * backups were removed with keep-chain; `.tib` chains of old servers, and such chains beside newer ones on upgraded
 * servers; disks without number or many, encrypted or not; chains that went from host to host; names of any text that
 * XML can carry. No rule finds an error in it, or anything to warn of.
 */
export const healthyStore: Arbitrary.Arbitrary<ServerModel.Store> = healthyStoreWith({})

/** As {@link healthyStore}, with every blemish: the rules that warn of {@link blemishes} are all that does. */
export const blemishedStore: Arbitrary.Arbitrary<ServerModel.Store> = healthyStoreWith(allBlemishes)

/** As `healthyStore`, with enough in it for most faults: several environments, chains, backups and disks. */
export const richStore: Arbitrary.Arbitrary<ServerModel.Store> = healthy(rich, {})

/** As `richStore`, with every blemish. */
export const richBlemishedStore: Arbitrary.Arbitrary<ServerModel.Store> = healthy(rich, allBlemishes)

interface Damage {
  readonly kind: "locked" | "unreadable" | "item" | "directory" | "metadata" | "kind"
  readonly environment: number
  readonly chain: number
  readonly item: number
}

const damage: Arbitrary.Arbitrary<Damage> = Arbitrary.all({
  kind: pick(["locked", "unreadable", "item", "directory", "metadata", "kind"]),
  environment: index(4),
  chain: index(3),
  item: index(6)
})

const damagedChain = (chain: ServerModel.StoredChain, { item, kind }: Damage): ServerModel.StoredChain => {
  switch (kind) {
    case "locked":
      return { ...chain, locked: true }
    case "unreadable":
      return { ...chain, readable: false }
    case "directory":
      return { ...chain, directory: `${chain.directory} (copy)` }
    case "item":
      return {
        ...chain,
        items: chain.items.map((stored, position) =>
          position === item % chain.items.length ? { ...stored, content: { _tag: "Damaged" } } : stored
        )
      }
    default:
      return chain
  }
}

const damaged = (store: ServerModel.Store, harm: Damage): ServerModel.Store => ({
  environments: store.environments.map((environment, e) => {
    if (e !== harm.environment % store.environments.length) return environment
    if (harm.kind === "metadata") return { ...environment, metadata: undefined }
    if (harm.kind === "kind" && environment.metadata !== undefined) {
      return { ...environment, metadata: { ...environment.metadata, vmType: 3 + harm.item } }
    }
    return {
      ...environment,
      chains: environment.chains.map((chain, c) =>
        c === harm.chain % environment.chains.length ? damagedChain(chain, harm) : chain
      )
    }
  })
})

/** A store in any state: chains in use or of other users, unreadable items and environments, copies, unknown kinds. */
export const store: Arbitrary.Arbitrary<ServerModel.Store> = Arbitrary.map(
  Arbitrary.all([oneOf(blemishedStore, richBlemishedStore), Arbitrary.array(damage, { minLength: 1, maxLength: 4 })]),
  ([healthy, harms]) => harms.reduce(damaged, healthy)
)
