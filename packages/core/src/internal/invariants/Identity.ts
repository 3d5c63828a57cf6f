/** Rules about uuids, ids and numbers: who is who, and who follows whom. */
import * as BackupId from "../../BackupId.ts"
import * as BackupTree from "../../BackupTree.ts"
import {
  backupsOf,
  chainsOf,
  duplicates,
  environmentsOf,
  type InvariantRule,
  type Place,
  printPlace,
  type Violation
} from "../../InvariantRule.ts"
import * as Uuid from "../../Uuid.ts"

const repeated = (what: string, places: ReadonlyArray<Place>): ReadonlyArray<Violation> =>
  places.map((place, index) => ({
    place,
    message: `${what} also stands at ${printPlace(places[index === 0 ? 1 : 0]!)}`
      + (places.length > 2 ? ` and ${places.length - 2} more` : "")
  }))

const environmentUuids: InvariantRule = {
  id: "I01",
  name: "environment uuids are unique",
  statement: "The uuid of an environment is well-formed and unique in the tree.",
  severity: "error",
  meaning: "Two environments share one identity: a restore or a removal by uuid can hit the wrong one.",
  advice: "Look for a copied directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4, GBT:277-283",
  check: ({ tree }) => {
    const environments = environmentsOf(tree)
    return [
      ...environments.filter(({ environment }) => !Uuid.isBraced(environment.uuid)).map(({ environment, place }) => ({
        place,
        message: `environment uuid ${
          JSON.stringify(environment.uuid)
        } is not of the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
      })),
      ...duplicates(environments, ({ environment }) => Uuid.key(environment.uuid)).flatMap((group) =>
        repeated(`environment uuid ${group[0]!.environment.uuid}`, group.map(({ place }) => place))
      )
    ]
  }
}

const chainUuids: InvariantRule = {
  id: "I03",
  name: "chain uuids are unique",
  statement: "The uuid of a chain is well-formed and unique over the whole tree.",
  severity: "error",
  meaning: "The ids of this chain are ambiguous: the server takes whichever directory it meets first.",
  advice: "Look for a copied chain directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4, CT:178",
  check: ({ tree }) => {
    const chains = chainsOf(tree)
    return [
      ...chains.filter(({ chain }) => !Uuid.isBraced(chain.uuid)).map(({ chain, place }) => ({
        place,
        message: `chain uuid ${JSON.stringify(chain.uuid)} is not of the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`
      })),
      ...duplicates(chains, ({ chain }) => Uuid.key(chain.uuid)).flatMap((group) =>
        repeated(`chain uuid ${group[0]!.chain.uuid}`, group.map(({ place }) => place))
      )
    ]
  }
}

/** Returns what stands behind `uuid.` in an id, or `undefined` where the id is of another chain. */
const numberText = (chainUuid: string, id: string): string | undefined => {
  const dot = id.indexOf(".")
  return dot !== -1 && Uuid.equals(id.slice(0, dot), chainUuid) ? id.slice(dot + 1) : undefined
}

const headIds: InvariantRule = {
  id: "I04",
  name: "the id of a head fits its chain",
  statement: "The id of a head is the uuid of its chain, or that uuid, a dot and a number from 2.",
  severity: "error",
  meaning:
    "The product cannot find this full backup by the id it shows, so nothing of the chain can be restored by id.",
  advice: "Compare the Id in the head's .metadata with the name of its directory; mend the file by hand.",
  source: "SEMANTICS 4.4, RM:263-264",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      if (Uuid.equals(chain.head.id, chain.uuid)) return []
      const text = numberText(chain.uuid, chain.head.id)
      if (text !== undefined && isItemNumber(text) && Number(text) >= 2) return []
      return [{
        place: { ...place, backup: 0 },
        message: `the full backup of chain ${chain.uuid} has the id ${JSON.stringify(chain.head.id)}`
      }]
    })
}

// The product writes numbers without padding, so that `.02` is a fault.
const isItemNumber = (text: string): boolean => /^[1-9]\d*$/.test(text) && Number(text) <= BackupId.maxNumber

const linkIds: InvariantRule = {
  id: "I05",
  name: "the id of an incremental fits its number",
  statement: "The id of an incremental is the uuid of its chain, a dot, and its number.",
  severity: "error",
  meaning:
    "The product looks for another directory than the one this incremental lies in: restoring it fails or takes another.",
  advice: "Compare Id and Number in the incremental's .metadata with the name of its directory; mend the file by hand.",
  source: "SEMANTICS 4.4, CT:659",
  check: ({ tree }) =>
    backupsOf(tree).flatMap(({ backup, chain, place }) =>
      backup._tag === "FullBackup" || numberText(chain.uuid, backup.id) === String(backup.number) ? [] : [{
        place,
        message: `incremental number ${backup.number} of chain ${chain.uuid} has the id ${JSON.stringify(backup.id)}`
      }]
    )
}

const uniqueIds: InvariantRule = {
  id: "I06",
  name: "backup ids are unique",
  statement: "No two backups have the same id.",
  severity: "error",
  meaning: "An id names two backups: a restore takes one of them, and nobody can say which.",
  advice: "Look for a copied directory in the backup store, and move the copy out of it.",
  source: "SEMANTICS 4.4",
  check: ({ tree }) =>
    duplicates(backupsOf(tree), ({ backup }) => BackupId.key(backup.id)).flatMap((group) =>
      repeated(`backup id ${group[0]!.backup.id}`, group.map(({ place }) => place))
    )
}

const ascendingNumbers: InvariantRule = {
  id: "I07",
  name: "numbers ascend along a chain",
  statement: "The numbers of the incrementals ascend strictly, are at least 2, and are greater than the head's number.",
  severity: "error",
  meaning:
    "The order of the chain is lost: the product would merge the images in another order than they were made in.",
  advice:
    "Look at the numbered directories of the chain; a directory named 0 or 1, or a hand-edited Number, does this.",
  source: "SEMANTICS 4.4, INF:2171-2192",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      // Only here does a head whose number cannot be known count as 1.
      let previous = BackupTree.number(chain, chain.head) ?? 1
      return chain.incrementals.flatMap((incremental, index) => {
        const fits = incremental.number >= 2 && incremental.number > previous
        const message = `incremental number ${incremental.number} follows number ${previous}`
        previous = Math.max(previous, incremental.number)
        return fits ? [] : [{ place: { ...place, backup: index + 1 }, message }]
      })
    })
}

const lastNumbers: InvariantRule = {
  id: "I10",
  name: "LastNumber keeps up with the chain",
  statement:
    "Where a chain has an incremental or a promoted head, its LastNumber is not below its greatest number; 0 is "
    + "allowed on data that is older than LastNumber.",
  severity: "error",
  meaning:
    "The description of the full backup was not saved after a later backup was stored: what it says of the chain is "
    + "out of date, and the server will not extend the chain, or will give a number twice.",
  advice: "Compare LastNumber in the head's .metadata with the numbered directories, and make a full backup.",
  source: "SEMANTICS 4.4, INF:2303-2316",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      // A head whose number cannot be known is not compared.
      const headNumber = BackupTree.number(chain, chain.head) ?? 0
      const greatest = chain.incrementals.reduce((max, { number }) => Math.max(max, number), headNumber)
      const isLoneFull = chain.incrementals.length === 0 && headNumber <= 1
      if (isLoneFull || chain.lastNumber >= greatest) return []
      // Flags came with LastNumber, so that items without flags are older than both.
      const witnesses = chain.incrementals.length === 0 ? [chain.head] : chain.incrementals
      if (chain.lastNumber === 0 && witnesses.every(({ flags }) => flags === 0)) return []
      return [{
        place: { ...place, backup: 0 },
        message: `LastNumber is ${chain.lastNumber}, although the chain holds number ${greatest}`
      }]
    })
}

/** The rules about identity, in the order of their ids. */
export const identityRules: ReadonlyArray<InvariantRule> = [
  environmentUuids,
  chainUuids,
  headIds,
  linkIds,
  uniqueIds,
  ascendingNumbers,
  lastNumbers
]
