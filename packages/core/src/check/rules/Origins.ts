/** Rules about the origin of the backups of a chain: their servers and their creators. */
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"

const maxShown = 3

/** Prints the different values of a property along a chain, or returns `undefined` if they are all the same. */
const different = (
  chain: BackupTree.BackupChain,
  isSame: (one: BackupTree.Backup, other: BackupTree.Backup) => boolean,
  print: (backup: BackupTree.Backup) => string
): string | undefined => {
  if (chain.incrementals.every((backup) => isSame(backup, chain.head))) return undefined
  const distinct = [...new Set(BackupTree.backups(chain).map(print))]
  return distinct.length < 2 ? undefined : CountText.list(distinct, String, { most: maxShown })
}

const oneServer = rule({
  id: "I30",
  name: "a chain comes from one server",
  statement: "All backups of a chain have the same host and the same server uuid.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "No effect on restores: the environment moved to another host, and its chain continued there.",
  advice: "No action needed if the environment was migrated or the host renamed.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      const origins = different(
        chain,
        (one, other) => one.host === other.host && one.serverUuid === other.serverUuid,
        ({ host, serverUuid }) => `${quoted(host)} (${Uuid.key(serverUuid)})`
      )
      return origins === undefined ? [] : [{ place, message: `the backups of the chain come from ${origins}` }]
    }
  })
})

const oneCreator = rule({
  id: "I31",
  name: "a chain has one creator",
  statement: "All backups of a chain were created by the same user.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "No effect on restores: several users, or a user and a schedule, back up this environment.",
  advice: "No action needed if you know these users.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      const creators = different(
        chain,
        (one, other) => one.creator === other.creator,
        ({ creator }) => quoted(creator)
      )
      return creators === undefined ? [] : [{ place, message: `the backups of the chain were created by ${creators}` }]
    }
  })
})

/** The rules about origins, in the order of their ids. */
export const originRules = [oneServer, oneCreator]
