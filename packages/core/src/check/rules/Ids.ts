/** Rules about uuids and ids. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { ChainAt, EnvironmentAt, Place } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"
import { duplicates, repeated, sharedKeys } from "../internal/repeated.ts"
import type { PlacedViolation, Subject } from "../Rule.ts"

/** A part of the tree that has an identity. */
interface Bearer {
  readonly text: string
  readonly place: Place
  readonly subject: Subject
}

const environmentBearer = ({ environment: { name, uuid }, place }: EnvironmentAt): Bearer => ({
  text: uuid,
  place,
  subject: { environment: uuid, name }
})

const chainBearer = ({ chain: { uuid }, environment, place }: ChainAt): Bearer => ({
  text: uuid,
  place,
  subject: { environment: environment.uuid, name: environment.name, chain: uuid }
})

const backupBearers = (at: ChainAt): ReadonlyArray<Bearer> => {
  const { place, subject } = chainBearer(at)
  return idsOf(at).map((id, backup) => ({
    text: id,
    place: { ...place, backup },
    subject: { ...subject, backup: id }
  }))
}

const idsOf = ({ chain }: ChainAt): ReadonlyArray<string> => BackupTree.backups(chain).map(({ id }) => id)

/** Reports each part of a group, whose parts all have the same identity. */
const shared = (what: string, bearers: ReadonlyArray<Bearer>) => repeated(`${what} ${bearers[0]!.text}`, bearers)

/** Rule I01. A merge also reports it if one listing contains an environment twice. */
export const environmentUuids = rule({
  id: "I01",
  name: "environment uuids are unique",
  statement: "The uuid of an environment is well-formed and unique in the tree.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "A restore or removal by this uuid can affect the wrong environment.",
  advice: "Find the copied directory in the backup store and move it out of the store.",
  source: "SEMANTICS 4.4",
  check: () => {
    const met: Array<EnvironmentAt> = []
    return {
      environment: (at) => {
        const { environment: { uuid }, place } = at
        met.push(at)
        return Uuid.isBraced(uuid) ? [] : [{
          place,
          message: `environment uuid ${quoted(uuid)} does not have the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
        }]
      },
      *end() {
        for (const group of duplicates(met, ({ environment }) => Uuid.key(environment.uuid))) {
          yield* shared("environment uuid", group.map(environmentBearer))
        }
      }
    }
  }
})

/** Rule I03. A merge also reports it if two directories contain the same chain. */
export const chainUuids = rule({
  id: "I03",
  name: "chain uuids are unique",
  statement: "The uuid of a chain is well-formed and unique in the whole tree.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "The ids of this chain are ambiguous: the server uses whichever directory it finds first.",
  advice: "Find the copied chain directory in the backup store and move it out of the store.",
  source: "SEMANTICS 4.4",
  check: () => {
    const met: Array<ChainAt> = []
    return {
      chain: (at) => {
        const { chain: { uuid }, place } = at
        met.push(at)
        return Uuid.isBraced(uuid) ? [] : [{
          place,
          message: `chain uuid ${quoted(uuid)} does not have the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
        }]
      },
      *end() {
        for (const group of duplicates(met, ({ chain }) => Uuid.key(chain.uuid))) {
          yield* shared("chain uuid", group.map(chainBearer))
        }
      }
    }
  }
})

/** Returns the part of an id after `uuid.`, or `undefined` if the id belongs to another chain. */
const numberText = (chainUuid: string, id: string): string | undefined => {
  const { chain, suffix } = BackupId.split(id)
  return suffix !== undefined && Uuid.equals(chain, chainUuid) ? suffix : undefined
}

const headIds = rule({
  id: "I04",
  name: "full backup ids match their chains",
  statement: "The id of a full backup is the uuid of its chain, alone or followed by a dot and a number of at least 2.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "Virtuozzo cannot find this full backup by the id it displays, so no backup of the chain can be restored by id.",
  advice: "Compare Id in the full backup's .metadata with its directory name, and correct the file by hand.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      if (Uuid.equals(chain.head.id, chain.uuid)) return []
      const text = numberText(chain.uuid, chain.head.id)
      if (text !== undefined && isItemNumber(text) && Number(text) >= 2) return []
      return [{
        place: { ...place, backup: 0 },
        message: `the full backup of chain ${chain.uuid} has id ${quoted(chain.head.id)}, which does not match`
      }]
    }
  })
})

// Virtuozzo writes numbers without padding, so `.02` is an error.
const isItemNumber = (text: string): boolean => /^[1-9]\d*$/.test(text) && Number(text) <= BackupId.maxNumber

const linkIds = rule({
  id: "I05",
  name: "incremental ids match their numbers",
  statement: "The id of an incremental is the uuid of its chain, a dot, and its number.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "Virtuozzo will look in the wrong directory, so a restore fails or reads another backup.",
  advice: "Compare Id and Number in the incremental's .metadata with its directory name, and correct the file by hand.",
  source: "SEMANTICS 4.4",
  check: () => ({
    backup: ({ backup, chain, place }) =>
      backup._tag === "FullBackup" || numberText(chain.uuid, backup.id) === String(backup.number) ? [] : [{
        place,
        message: `incremental ${backup.number} of chain ${chain.uuid} has id ${quoted(backup.id)}, which does not match`
      }]
  })
})

const idSpellings = rule({
  id: "I42",
  name: "backup ids spell the uuid of their chain",
  statement: "The id of a backup contains the uuid of its chain in the same spelling.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The server compares ids byte by byte, so it cannot find this backup by the id it displays. Its data is not "
    + "affected, but a restore or removal by this id fails.",
  advice: "Compare Id in the backup's .metadata with the name of the chain directory, and correct the file by hand.",
  source: "SEMANTICS 4.4",
  check: () => ({
    backup: ({ backup, chain, place }) => {
      const { chain: uuid } = BackupId.split(backup.id)
      // I03 reports a chain without a proper uuid; I04 and I05 report an id of another chain.
      if (uuid === chain.uuid || !Uuid.isBraced(chain.uuid) || !Uuid.equals(uuid, chain.uuid)) return []
      return [{
        place,
        message: `backup ${quoted(backup.id)} spells the uuid of its chain ${chain.uuid} differently`
      }]
    }
  })
})

/** Returns the part that equal ids share: the uuid of their chain, or an empty text if that is not a uuid. */
const claim = (chain: string): string => Uuid.isUuid(chain) ? Uuid.key(chain) : ""

/**
 * Returns the claims of the ids of a chain: its uuid once, if all ids have that uuid and their numbers ascend.
 *
 * Two equal ids repeat a claim, either in two chains or out of order in one chain. Only ids whose claim is repeated
 * need to be compared, and most trees have none.
 */
const claims = (ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const made: Array<string> = []
  let before: ReturnType<typeof BackupId.address> | undefined
  for (const id of ids) {
    const next = BackupId.address(id)
    const ascends = before?.chain === next.chain && (next.number ?? 0) > (before.number ?? 0)
    if (!ascends) made.push(claim(next.chain))
    before = next
  }
  return made
}

/** Keeps the first violation in each chain: one finding is enough to distrust a chain. */
const firstOfEachChain = function*(violations: Iterable<PlacedViolation>): Generator<PlacedViolation> {
  const chains = new Set<string>()
  for (const violation of violations) {
    const { chain, environment } = violation.place
    const key = `${environment} ${chain}`
    if (!chains.has(key)) yield violation
    chains.add(key)
  }
}

const uniqueIds = rule({
  id: "I06",
  name: "backup ids are unique",
  statement: "No two backups have the same id.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "The id names two backups. A restore uses one of them, and which one cannot be predicted.",
  advice: "Find the copied directory in the backup store and move it out of the store.",
  source: "SEMANTICS 4.4",
  check: () => {
    const met: Array<ChainAt> = []
    return {
      chain: (at) => {
        met.push(at)
        return []
      },
      *end() {
        const doubtful = sharedKeys(met, (at) => claims(idsOf(at)))
        if (doubtful.size === 0) return
        // Equal ids make the same claim, so the ids of most chains are not compared.
        const claimants = met.filter((at) => claims(idsOf(at)).some((uuid) => doubtful.has(uuid)))
        for (const group of duplicates(claimants.flatMap(backupBearers), ({ text }) => BackupId.key(text))) {
          yield* firstOfEachChain(shared("backup id", group))
        }
      }
    }
  }
})

/** The rules about identity, in the order of their ids. */
export const identityRules = [
  environmentUuids,
  chainUuids,
  headIds,
  linkIds,
  uniqueIds,
  idSpellings
]
