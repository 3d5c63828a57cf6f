/** Generators of ids, requests and raw parameters, alone and aimed at what a store holds. */
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { uuidOf } from "../storedChains.ts"
import { boolean, index, integer, oneOf, pick, rarely, uint32 } from "./choices.ts"
import { blemishedStore, healthyStore, richBlemishedStore, richStore, store } from "./stores.ts"
import { text, xmlText } from "./texts.ts"

/** A uuid as the product writes it: lower case, in braces. */
export const uuid: Arbitrary.Arbitrary<string> = Arbitrary.map(uint32, (salt) => uuidOf(salt, 0))

/** Ways to write one uuid that the server takes for a uuid, the product's own first. */
const uuidSpellings: ReadonlyArray<(uuid: string) => string> = [
  (uuid) => uuid,
  (uuid) => uuid.toUpperCase(),
  (uuid) => uuid.slice(1, -1),
  (uuid) => uuid.slice(1, -1).toUpperCase(),
  (uuid) => `(${uuid.slice(1, -1)})`
]

/** Ways to write one number that the server reads as that number, the product's own first. */
const numberSpellings: ReadonlyArray<(number: number) => string> = [
  (number) => number === 1 ? "" : `.${number}`,
  (number) => `.${number}`,
  (number) => `.0${number}`,
  (number) => `.+${number}`,
  (number) => `. ${number}`,
  (number) => `.${number}\t`
]

const mostly = (length: number): Arbitrary.Arbitrary<number> => oneOf(Arbitrary.Constant(0), index(length))

const number: Arbitrary.Arbitrary<number> = oneOf(index(7), integer(0, BackupId.maxNumber - 1))

/** A backup id in any spelling that the server reads. */
export const backupId: Arbitrary.Arbitrary<BackupId.BackupId> = Arbitrary.map(
  Arbitrary.all([uuid, mostly(uuidSpellings.length), number, mostly(numberSpellings.length)]),
  ([value, braces, position, digits]) =>
    Result.getOrThrow(BackupId.parse(uuidSpellings[braces]!(value) + numberSpellings[digits]!(position + 1)))
)

/** What no server reads as a backup id, made of a chain's uuid: the malformed rows of SEMANTICS 2.4, and more. */
const malformations: ReadonlyArray<(uuid: string) => string> = [
  (uuid) => `${uuid}.abc`,
  (uuid) => `${uuid}.0`,
  (uuid) => `${uuid}.2.3`,
  (uuid) => `${uuid}.`,
  (uuid) => `${uuid}.-0`,
  (uuid) => `${uuid}.-2`,
  (uuid) => `${uuid}.0x2`,
  (uuid) => `${uuid}.4294967297`,
  (uuid) => ` ${uuid}`,
  (uuid) => uuid.slice(0, -2),
  (uuid) => `${uuid.slice(0, 5)}g${uuid.slice(6)}`,
  () => ".2",
  () => "web01"
]

/** A text that no server reads as a backup id. */
export const malformedId: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all([uuid, pick(malformations)]),
  ([value, spoil]) => spoil(value)
)

const subject: Arbitrary.Arbitrary<BackupTreeRequest.Subject> = oneOf<BackupTreeRequest.Subject>(
  Arbitrary.Constant({ _tag: "Everything" }),
  Arbitrary.map(
    Arbitrary.all([uuid, pick(uuidSpellings)]),
    ([value, spell]) => ({ _tag: "Environment", uuid: spell(value) })
  ),
  Arbitrary.map(backupId, ({ text }) => ({ _tag: "Backup", id: text })),
  Arbitrary.map(backupId, ({ text }) => ({ _tag: "Chain", id: text }))
)

const kinds = pick(["vm", "ct", "vm+ct"])

const directory: Arbitrary.Arbitrary<Option.Option<string>> = Arbitrary.map(
  Arbitrary.all([boolean, xmlText]),
  ([given, path]) => given ? Option.some(`/backups/${path}`) : Option.none()
)

/** A request, of uuids that no store is known to have. */
export const request: Arbitrary.Arbitrary<BackupTreeRequest.BackupTreeRequest> = Arbitrary.map(
  Arbitrary.all([subject, kinds, directory]),
  ([subject, kinds, directory]) => ({ subject, kinds, directory })
)

const session = Arbitrary.map(Arbitrary.all([uuid, xmlText]), ([value, rest]) => Redacted.make(value + rest))

const target: Arbitrary.Arbitrary<BackupTreeRequest.Target> = oneOf<BackupTreeRequest.Target>(
  Arbitrary.Constant(BackupTreeRequest.configuredTarget),
  Arbitrary.map(
    Arbitrary.all([oneOf(pick(["backup.example.com", "2001:db8::1", ""]), xmlText), integer(0, 65_535), session]),
    ([host, port, session]) => ({ _tag: "TargetServer", host, port, session })
  )
)

/** How a call is made: every target, every level, every switch. */
export const callOptions: Arbitrary.Arbitrary<BackupTreeRequest.CallOptions> = Arbitrary.map(
  Arbitrary.all([target, pick(["low", "normal", "high"]), boolean, boolean, boolean]),
  ([target, hopLevel, force, nonInteractive, cancelOnEndOfSession]) => ({
    target,
    hopLevel,
    force,
    nonInteractive,
    cancelOnEndOfSession
  })
)

const modeFlags = ["PBT_BACKUP_ID", "PBT_CHAIN"] as const
const otherFlags = [
  "PBT_VM",
  "PBT_CT",
  "PBT_FULL",
  "PACF_NON_INTERACTIVE_MODE",
  "PACF_CANCEL_TASK_ON_END_SESSION"
] as const

const usualFlags = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(pick(modeFlags), { maxLength: 2 }),
    Arbitrary.array(pick(otherFlags), { maxLength: 4 }),
    index(4)
  ]),
  ([mode, rest, level]) => (BackupFlags.of(...mode, ...rest) | level) >>> 0
)

/** A flag word: what callers use, in any combination, or any 32 bits. */
export const flags: Arbitrary.Arbitrary<BackupFlags.BackupFlags> = oneOf(usualFlags, usualFlags, uint32)

const parametersOf = (subject: Arbitrary.Arbitrary<string>): Arbitrary.Arbitrary<BackupTreeRequest.Parameters> =>
  Arbitrary.map(
    Arbitrary.all({
      uuid: subject,
      targetHost: oneOf(Arbitrary.Constant(""), xmlText),
      targetPort: oneOf(Arbitrary.Constant(0), integer(0, 65_535)),
      targetSessionId: oneOf(Arbitrary.Constant(Redacted.make("")), session),
      backupDirectory: oneOf(Arbitrary.Constant(""), xmlText),
      backupFlags: flags,
      reservedFlags: oneOf(Arbitrary.Constant(0), uint32),
      force: boolean
    }),
    // A copy: `Arbitrary.all` makes objects without a prototype at times, which no caller does.
    (drawn) => ({ ...drawn })
  )

/** Parameters as a caller of the SDK may pass them, sound or not. */
export const parameters: Arbitrary.Arbitrary<BackupTreeRequest.Parameters> = parametersOf(
  oneOf(
    pick([""]),
    uuid,
    ...Array.from({ length: 3 }, () => Arbitrary.map(backupId, ({ text }) => text)),
    malformedId,
    text
  )
)

/** A choice among the ids of a store, made before the store is known. */
interface Aim {
  readonly environment: number
  readonly chain: number
  readonly item: number
  readonly misses: boolean
}

const aim: Arbitrary.Arbitrary<Aim> = Arbitrary.all({
  environment: index(4),
  chain: index(3),
  item: index(6),
  misses: rarely(6)
})

/** The directories and the number that a choice hits; one that misses takes a number that the chain need not have. */
const aimed = (
  store: ServerModel.Store,
  { chain, environment, item, misses }: Aim
): { readonly environment: string; readonly chain: string; readonly number: number } => {
  const hit = store.environments[environment % Math.max(store.environments.length, 1)]
  const chains = hit?.chains ?? []
  const struck = chains[chain % Math.max(chains.length, 1)]
  return {
    environment: hit?.directory ?? Uuid.nil,
    chain: struck?.directory ?? Uuid.nil,
    number: misses || struck === undefined ? item + 1 : struck.items[item % struck.items.length]!.number
  }
}

/** A store, and a request about something that it holds, most of the time as a listing spells it. */
export interface AskedStore {
  readonly store: ServerModel.Store
  readonly request: BackupTreeRequest.BackupTreeRequest
}

const asked = (stores: Arbitrary.Arbitrary<ServerModel.Store>): Arbitrary.Arbitrary<AskedStore> =>
  Arbitrary.map(
    Arbitrary.all({
      store: stores,
      aim,
      kinds: pick(["vm+ct", "vm+ct", "vm", "ct"]),
      about: pick([0, 1, 2, 3, 3]),
      spelling: mostly(numberSpellings.length),
      stray: request,
      strays: rarely(12)
    }),
    ({ about, aim, kinds, spelling, store, stray, strays }) => {
      if (strays) return { store, request: stray }
      const target = aimed(store, aim)
      const id = target.chain + numberSpellings[spelling]!(target.number)
      const subjects: ReadonlyArray<BackupTreeRequest.Subject> = [
        { _tag: "Everything" },
        { _tag: "Environment", uuid: target.environment },
        { _tag: "Backup", id },
        { _tag: "Chain", id }
      ]
      return { store, request: { subject: subjects[about]!, kinds, directory: Option.none() } }
    }
  )

/** The store of a healthy server, blemishes included, and a request, most of the time about what the store holds. */
export const askedStore: Arbitrary.Arbitrary<AskedStore> = asked(oneOf(blemishedStore, richBlemishedStore))

/** As `askedStore`, without blemishes. */
export const askedHealthyStore: Arbitrary.Arbitrary<AskedStore> = asked(oneOf(healthyStore, richStore))

/** A store in any state and the parameters of a question about it, some of them malformed. */
export interface QueriedStore {
  readonly store: ServerModel.Store
  readonly query: ServerModel.Query
}

const aimedFlags: ReadonlyArray<BackupFlags.BackupFlags> = [
  BackupFlags.of("PBT_VM", "PBT_CT"),
  BackupFlags.of("PBT_VM", "PBT_CT", "PBT_BACKUP_ID"),
  BackupFlags.of("PBT_VM", "PBT_CT", "PBT_CHAIN"),
  BackupFlags.of("PBT_BACKUP_ID"),
  BackupFlags.of("PBT_CHAIN")
]

/** A store in any state, and a query made of its own directory names, of spoiled ones, or of anything. */
export const queriedStore: Arbitrary.Arbitrary<QueriedStore> = Arbitrary.map(
  Arbitrary.all({
    store,
    aim,
    flags: oneOf(pick(aimedFlags), pick(aimedFlags), flags),
    form: index(7),
    spoil: pick(malformations),
    stray: parameters
  }),
  ({ aim, flags, form, spoil, store, stray }) => {
    const target = aimed(store, aim)
    const id = BackupId.make(target.chain, target.number).text
    const texts = [
      target.environment,
      id,
      id,
      spoil(target.chain),
      target.chain.toUpperCase(),
      "",
      stray.uuid
    ]
    return { store, query: { uuid: texts[form]!, flags } }
  }
)
