/** Rules about uuids and ids: who is who. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Place } from "../../tree/TreePath.ts"
import { duplicates, repeated } from "../internal/repeated.ts"
import type { Rule, Subject } from "../Rule.ts"

/** What has an identity: its key, and where it stands. */
interface Bearer {
  readonly text: string
  readonly key: string
  readonly place: Place
  readonly subject: Subject
}

/** Says of each bearer of an identity that has more than one that another has it too. */
const shared = (what: string, bearers: ReadonlyArray<Bearer>) =>
  duplicates(bearers, ({ key }) => key).flatMap((group) => repeated(`${what} ${group[0]!.text}`, group))

/** Rule I01, which a merge breaks too where one answer shows an environment twice. */
export const environmentUuids: Rule = {
  id: "I01",
  name: "environment uuids are unique",
  statement: "The uuid of an environment is well-formed and unique in the tree.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "Two environments share one identity: a restore or a removal by uuid can hit the wrong one.",
  advice: "Look for a copied directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4, GBT:277-283",
  check: () => {
    const met: Array<Bearer> = []
    return {
      environment: ({ environment: { name, uuid }, place }) => {
        met.push({ text: uuid, key: Uuid.key(uuid), place, subject: { environment: uuid, name } })
        return Uuid.isBraced(uuid) ? [] : [{
          place,
          message: `environment uuid ${JSON.stringify(uuid)} is not of the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
        }]
      },
      end: () => shared("environment uuid", met)
    }
  }
}

/** Rule I03, which a merge breaks too where two directories hold a chain. */
export const chainUuids: Rule = {
  id: "I03",
  name: "chain uuids are unique",
  statement: "The uuid of a chain is well-formed and unique over the whole tree.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "The ids of this chain are ambiguous: the server takes whichever directory it meets first.",
  advice: "Look for a copied chain directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4, CT:178",
  check: () => {
    const met: Array<Bearer> = []
    return {
      chain: ({ chain: { uuid }, environment, place }) => {
        const subject = { environment: environment.uuid, name: environment.name, chain: uuid }
        met.push({ text: uuid, key: Uuid.key(uuid), place, subject })
        return Uuid.isBraced(uuid) ? [] : [{
          place,
          message: `chain uuid ${JSON.stringify(uuid)} is not of the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
        }]
      },
      end: () => shared("chain uuid", met)
    }
  }
}

/** Returns what stands behind `uuid.` in an id, or `undefined` where the id is of another chain. */
const numberText = (chainUuid: string, id: string): string | undefined => {
  const { chain, suffix } = BackupId.split(id)
  return suffix !== undefined && Uuid.equals(chain, chainUuid) ? suffix : undefined
}

const headIds: Rule = {
  id: "I04",
  name: "the id of a head fits its chain",
  statement: "The id of a head is the uuid of its chain, or that uuid, a dot and a number from 2.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The product cannot find this full backup by the id it shows, so nothing of the chain can be restored by id.",
  advice: "Compare the Id in the head's .metadata with the name of its directory; mend the file by hand.",
  source: "SEMANTICS 4.4, RM:263-264",
  check: () => ({
    chain: ({ chain, place }) => {
      if (Uuid.equals(chain.head.id, chain.uuid)) return []
      const text = numberText(chain.uuid, chain.head.id)
      if (text !== undefined && isItemNumber(text) && Number(text) >= 2) return []
      return [{
        place: { ...place, backup: 0 },
        message: `the full backup of chain ${chain.uuid} has the id ${JSON.stringify(chain.head.id)}`
      }]
    }
  })
}

// The product writes numbers without padding, so that `.02` is a fault.
const isItemNumber = (text: string): boolean => /^[1-9]\d*$/.test(text) && Number(text) <= BackupId.maxNumber

const linkIds: Rule = {
  id: "I05",
  name: "the id of an incremental fits its number",
  statement: "The id of an incremental is the uuid of its chain, a dot, and its number.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The product looks for another directory than the one this incremental lies in: restoring it fails or takes another.",
  advice: "Compare Id and Number in the incremental's .metadata with the name of its directory; mend the file by hand.",
  source: "SEMANTICS 4.4, CT:659",
  check: () => ({
    backup: ({ backup, chain, place }) =>
      backup._tag === "FullBackup" || numberText(chain.uuid, backup.id) === String(backup.number) ? [] : [{
        place,
        message: `incremental number ${backup.number} of chain ${chain.uuid} has the id ${JSON.stringify(backup.id)}`
      }]
  })
}

/** Returns what equal ids have in common: the uuid of their chain, or nothing where that is no uuid. */
const claim = (chain: string): string => Uuid.isUuid(chain) ? Uuid.key(chain) : ""

/**
 * Returns what the ids of a chain claim: its uuid once, if all of them are of that uuid and their numbers ascend.
 *
 * Two equal ids make the same claim, and make it twice: in two chains, or out of order in one. So only the ids of what is
 * claimed twice need to be compared, and in most trees there are none.
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

/** The ids of a chain, and where they stand. */
interface Claimant {
  readonly ids: ReadonlyArray<string>
  readonly place: { readonly environment: number; readonly chain: number }
  readonly subject: Subject
}

const bearersOf = ({ ids, place, subject }: Claimant): ReadonlyArray<Bearer> =>
  ids.map((id, backup) => ({
    text: id,
    key: BackupId.key(id),
    place: { ...place, backup },
    subject: { ...subject, backup: id }
  }))

const uniqueIds: Rule = {
  id: "I06",
  name: "backup ids are unique",
  statement: "No two backups have the same id.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "An id names two backups: a restore takes one of them, and nobody can say which.",
  advice: "Look for a copied directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4",
  check: () => {
    const met: Array<Claimant> = []
    const once = new Set<string>()
    const doubtful = new Set<string>()
    return {
      chain: ({ chain, environment, place }) => {
        const ids = BackupTree.backups(chain).map(({ id }) => id)
        met.push({ ids, place, subject: { environment: environment.uuid, name: environment.name, chain: chain.uuid } })
        for (const uuid of claims(ids)) {
          if (once.has(uuid)) doubtful.add(uuid)
          else once.add(uuid)
        }
        return []
      },
      end: () => {
        if (doubtful.size === 0) return []
        const bearers = met.flatMap(bearersOf).filter(({ text }) => doubtful.has(claim(BackupId.split(text).chain)))
        return shared("backup id", bearers)
      }
    }
  }
}

/** The rules about identity, in the order of their ids. */
export const identityRules: ReadonlyArray<Rule> = [
  environmentUuids,
  chainUuids,
  headIds,
  linkIds,
  uniqueIds
]
