/** Rules about the numbers of backups: their order, gaps, LastNumber, and the length of a chain. */
import * as NextBackup from "../../server/NextBackup.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import * as NumberGap from "../../tree/NumberGap.ts"
import { rule } from "../internal/define.ts"

/** Returns the greatest number of a chain, or 0 if no number is known. The unknown number of a head is ignored. */
const greatestNumber = (chain: BackupTree.BackupChain): number =>
  chain.incrementals.reduce((max, { number }) => Math.max(max, number), BackupTree.number(chain, chain.head) ?? 0)

/** Returns the gaps between the numbers of a chain. Numbers before the head are no gap. */
const gapsOf = (chain: BackupTree.BackupChain): ReadonlyArray<NumberGap.NumberGap> => {
  const head = BackupTree.number(chain, chain.head)
  const links = chain.incrementals.map(({ number }) => number).filter((number) => number > (head ?? 1))
  const numbers = (head === undefined ? links : [head, ...links]).toSorted((a, b) => a - b)
  return numbers.flatMap((number, index) => NumberGap.between(number, numbers[index + 1] ?? number))
}

const printGaps = (gaps: ReadonlyArray<NumberGap.NumberGap>): string =>
  `${CountText.plural(NumberGap.size(gaps), "number")} ${NumberGap.print(gaps)}${
    gaps.length > NumberGap.maxShown ? " gaps" : ""
  }`

const ascendingNumbers = rule({
  id: "I07",
  name: "numbers ascend along a chain",
  statement:
    "The numbers of the incrementals are at least 2, strictly ascending, and greater than the number of the full "
    + "backup.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "The order of the chain is lost: Virtuozzo would merge the images in another order than they were created.",
  advice:
    "Check the numbered directories of the chain. Typical causes are a directory named 0 or 1, or a Number edited "
    + "by hand.",
  source: "SEMANTICS 4.4",
  check: () => ({
    *chain({ chain, place }) {
      // Only here, a head with an unknown number counts as 1.
      let previous = BackupTree.number(chain, chain.head) ?? 1
      for (const [index, { number }] of chain.incrementals.entries()) {
        if (number <= previous) {
          const message = `incremental number ${number} follows number ${previous}`
          yield { place: { ...place, backup: index + 1 }, message }
        }
        previous = Math.max(previous, number)
      }
    }
  })
})

const lastNumberOfNewest = rule({
  id: "I09",
  name: "the newest chain ends with its LastNumber",
  statement: "In the newest chain of an environment, LastNumber is 0 or the greatest backup number.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The backup with that number was deleted or cannot be read. Its data is not in this listing, and the next "
    + "backup will be a full one, whichever type you request.",
  advice: "Look for the directory with that number in the chain directory. If the backup was not removed on purpose, "
    + "repair it or create a full backup.",
  source: "SEMANTICS 4.4",
  check: ({ completeness }) =>
    completeness !== "complete" ? {} : {
      environment: ({ environment, place }) => {
        const chain = NextBackup.newestChain(environment)
        if (chain === undefined || chain.lastNumber === 0) return []
        const greatest = greatestNumber(chain)
        return greatest === 0 || greatest === chain.lastNumber ? [] : [{
          place: { ...place, chain: environment.chains.indexOf(chain), backup: 0 },
          message: `LastNumber is ${chain.lastNumber}, but the greatest number of this newest chain is ${greatest}`
        }]
      }
    }
})

const lastNumbers = rule({
  id: "I10",
  name: "LastNumber is up to date",
  statement: "In a chain with incrementals or a promoted full backup, LastNumber is at least the greatest number; 0 is "
    + "allowed in data that is older than LastNumber.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The metadata of the full backup is out of date: it was not saved after a later backup was stored. The server "
    + "will not extend the chain, or will assign a number twice.",
  advice: "Compare LastNumber in the full backup's .metadata with the numbered directories, and create a full backup.",
  source: "SEMANTICS 4.4",
  check: () => ({
    chain: ({ chain, place }) => {
      const greatest = greatestNumber(chain)
      const isLoneFull = chain.incrementals.length === 0 && greatest <= 1
      if (isLoneFull || chain.lastNumber >= greatest) return []
      // Flags were introduced with LastNumber, so items without flags are older than both.
      const witnesses = chain.incrementals.length === 0 ? [chain.head] : chain.incrementals
      if (chain.lastNumber === 0 && witnesses.every(({ flags }) => flags === 0)) return []
      return [{
        place: { ...place, backup: 0 },
        message: `LastNumber is ${chain.lastNumber}, but the chain contains number ${greatest}`
      }]
    }
  })
})

const gaps = rule({
  id: "I11",
  name: "numbers have no gaps",
  statement: "No number is missing between two backups of a chain.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Usually harmless: the backup was merged into the next one (keep-chain). If its metadata was lost instead, the "
    + "backup is hidden, and later ones can most likely still be restored. A listing cannot tell the two apart.",
  advice: "If these backups were not removed on purpose, look for their numbers among the directories of the chain.",
  source: "SEMANTICS 4.4 and 4.3",
  check: ({ completeness }) =>
    completeness !== "complete" ? {} : {
      chain: ({ chain, place }) => {
        const missing = gapsOf(chain)
        return missing.length === 0 ? [] : [{ place, message: `the chain is missing ${printGaps(missing)}` }]
      }
    }
})

const legacyGaps = rule({
  id: "I12",
  name: "old chains are complete",
  statement: "A chain with a gap or a promoted full backup has version 4 or later.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Servers of that version could not remove a single backup from a chain, so the missing backup was lost. Later "
    + "ones may not be restorable.",
  advice: "Look for the missing numbers among the directories of the chain, and test a restore before you rely on it.",
  source: "SEMANTICS 4.4",
  check: ({ completeness }) => ({
    chain: ({ chain, environment, place }) => {
      const version = ChainVersion.of(environment, chain)
      if (version >= ChainVersion.keepChainVersion) return []
      const head = BackupTree.number(chain, chain.head) ?? 1
      const missing = completeness === "complete" ? gapsOf(chain) : []
      const facts = [
        ...(head > 1 ? [`begins with number ${head}`] : []),
        ...(missing.length > 0 ? [`is missing ${printGaps(missing)}`] : [])
      ]
      return facts.length === 0
        ? []
        : [{ place, message: `the chain has version ${version}, but ${facts.join(" and ")}` }]
    }
  })
})

const chainLengths = rule({
  id: "I41",
  name: "chains are not too long",
  statement: "A chain, including its full backup, is no longer than the limit.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "Each backup needs all earlier ones of its chain, so one lost image makes every later backup unusable.",
  advice: "Create a full backup, which starts a new chain, and schedule full backups more often.",
  source: "SEMANTICS 4.4 and 4.1",
  needs: ["maxChainLength"],
  check: (_, { maxChainLength }) =>
    maxChainLength === undefined ? {} : {
      chain: ({ chain, place }) => {
        const length = chain.incrementals.length + 1
        return length <= maxChainLength ? [] : [{
          place,
          message: `the chain has ${CountText.count(length, "backup")}; the limit is ${maxChainLength}`
        }]
      }
    }
})

/** The rules about numbers, in the order of their ids. */
export const numberingRules = [
  ascendingNumbers,
  lastNumberOfNewest,
  lastNumbers,
  gaps,
  legacyGaps,
  chainLengths
]
