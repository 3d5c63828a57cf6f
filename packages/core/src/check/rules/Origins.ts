/** Rules about where the backups of a chain come from, and who made them. */
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Rule } from "../Rule.ts"

const maxShown = 3

/** Writes what the backups of a chain differ in, or nothing where it is all the same. */
const different = (
  chain: BackupTree.BackupChain,
  isSame: (one: BackupTree.Backup, other: BackupTree.Backup) => boolean,
  print: (backup: BackupTree.Backup) => string
): string | undefined => {
  if (chain.incrementals.every((backup) => isSame(backup, chain.head))) return undefined
  const distinct = [...new Set(BackupTree.backups(chain).map(print))]
  return distinct.length < 2 ? undefined : CountText.list(distinct, String, { most: maxShown })
}

const oneServer: Rule = {
  id: "I30",
  name: "a chain comes from one server",
  statement: "The backups of a chain have the same host and the same server uuid.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing for a restore: the environment was moved to another host, and its chain went on.",
  advice: "Nothing to do, if the environment was migrated or the host renamed.",
  source: "SEMANTICS 4.4, CS:100-112",
  check: () => ({
    chain: ({ chain, place }) => {
      const origins = different(
        chain,
        (one, other) => one.host === other.host && one.serverUuid === other.serverUuid,
        ({ host, serverUuid }) => `${JSON.stringify(host)} (${Uuid.key(serverUuid)})`
      )
      return origins === undefined ? [] : [{ place, message: `the backups of the chain come from ${origins}` }]
    }
  })
}

const oneCreator: Rule = {
  id: "I31",
  name: "a chain has one creator",
  statement: "The backups of a chain were made by the same user.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing for a restore: several people, or a person and a schedule, make backups of this environment.",
  advice: "Nothing to do, if you know these users.",
  source: "SEMANTICS 4.4, CT:645",
  check: () => ({
    chain: ({ chain, place }) => {
      const creators = different(
        chain,
        (one, other) => one.creator === other.creator,
        ({ creator }) => JSON.stringify(creator)
      )
      return creators === undefined ? [] : [{ place, message: `the backups of the chain were made by ${creators}` }]
    }
  })
}

/** The rules about origins, in the order of their ids. */
export const originRules: ReadonlyArray<Rule> = [oneServer, oneCreator]
