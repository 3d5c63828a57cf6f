/** Rules about the numbers of backups: who follows whom, what is missing, and what the chain says of itself. */
import * as NextBackup from "../../server/NextBackup.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import type { Rule } from "../Rule.ts"

/** Returns the greatest number of a chain, or 0 where none is known: a head's that cannot be known is not compared. */
const greatestNumber = (chain: BackupTree.BackupChain): number =>
  chain.incrementals.reduce((max, { number }) => Math.max(max, number), BackupTree.number(chain, chain.head) ?? 0)

interface Gap {
  readonly first: number
  readonly last: number
}

/** Returns the numbers that are missing between two of a chain; what stands before the head is no gap. */
const gapsOf = (chain: BackupTree.BackupChain): ReadonlyArray<Gap> => {
  const head = BackupTree.number(chain, chain.head)
  const links = chain.incrementals.map(({ number }) => number).filter((number) => number > (head ?? 1))
  const numbers = (head === undefined ? links : [head, ...links]).toSorted((a, b) => a - b)
  return numbers.flatMap((number, index) => {
    const next = numbers[index + 1] ?? number
    return next > number + 1 ? [{ first: number + 1, last: next - 1 }] : []
  })
}

const maxGapsShown = 5

const printGaps = (gaps: ReadonlyArray<Gap>): string => {
  const shown = CountText.list(
    gaps,
    ({ first, last }) => first === last ? `${first}` : `${first} to ${last}`,
    { most: maxGapsShown }
  )
  const isOne = gaps.length === 1 && gaps[0]!.first === gaps[0]!.last
  return `number${isOne ? "" : "s"} ${shown}${gaps.length > maxGapsShown ? " gaps" : ""}`
}

const ascendingNumbers: Rule = {
  id: "I07",
  name: "numbers ascend along a chain",
  statement: "The numbers of the incrementals ascend strictly, are at least 2, and are greater than the head's number.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The order of the chain is lost: the product would merge the images in another order than they were made in.",
  advice:
    "Look at the numbered directories of the chain; a directory named 0 or 1, or a hand-edited Number, does this.",
  source: "SEMANTICS 4.4, INF:2171-2192",
  check: () => ({
    chain: ({ chain, place }) => {
      // Only here does a head whose number cannot be known count as 1.
      let previous = BackupTree.number(chain, chain.head) ?? 1
      return chain.incrementals.flatMap((incremental, index) => {
        const fits = incremental.number > previous
        const message = `incremental number ${incremental.number} follows number ${previous}`
        previous = Math.max(previous, incremental.number)
        return fits ? [] : [{ place: { ...place, backup: index + 1 }, message }]
      })
    }
  })
}

const lastNumberOfNewest: Rule = {
  id: "I09",
  name: "the newest backup of the newest chain is there",
  statement: "In the newest chain of an environment, a LastNumber other than 0 is the greatest number.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The backup with that number was deleted, or cannot be read: its data is not in this listing, and the next backup "
    + "will be a full one, whatever is asked for.",
  advice:
    "Look for the directory of that number in the chain directory; if nobody removed it, mend it or make a full backup.",
  source: "SEMANTICS 4.4, CT:149-155",
  check: ({ completeness }) =>
    completeness !== "complete" ? {} : {
      environment: ({ environment, place }) => {
        const chain = NextBackup.newestChain(environment)
        if (chain === undefined || chain.lastNumber === 0) return []
        const greatest = greatestNumber(chain)
        return greatest === 0 || greatest === chain.lastNumber ? [] : [{
          place: { ...place, chain: environment.chains.indexOf(chain), backup: 0 },
          message: `LastNumber is ${chain.lastNumber}, and the greatest number of this newest chain is ${greatest}`
        }]
      }
    }
}

const lastNumbers: Rule = {
  id: "I10",
  name: "LastNumber keeps up with the chain",
  statement:
    "Where a chain has an incremental or a promoted head, its LastNumber is not below its greatest number; 0 is "
    + "allowed on data that is older than LastNumber.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning:
    "The description of the full backup was not saved after a later backup was stored: what it says of the chain is "
    + "out of date, and the server will not extend the chain, or will give a number twice.",
  advice: "Compare LastNumber in the head's .metadata with the numbered directories, and make a full backup.",
  source: "SEMANTICS 4.4, INF:2303-2316",
  check: () => ({
    chain: ({ chain, place }) => {
      const greatest = greatestNumber(chain)
      const isLoneFull = chain.incrementals.length === 0 && greatest <= 1
      if (isLoneFull || chain.lastNumber >= greatest) return []
      // Flags came with LastNumber, so that items without flags are older than both.
      const witnesses = chain.incrementals.length === 0 ? [chain.head] : chain.incrementals
      if (chain.lastNumber === 0 && witnesses.every(({ flags }) => flags === 0)) return []
      return [{
        place: { ...place, backup: 0 },
        message: `LastNumber is ${chain.lastNumber}, although the chain holds number ${greatest}`
      }]
    }
  })
}

const gaps: Rule = {
  id: "I11",
  name: "numbers have no gaps",
  statement: "Between two numbers of a chain none is missing.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning:
    "Nothing, if a backup was removed with keep-chain: its data went into the next one. If its description was lost "
    + "instead, the backup is hidden, and the later ones can most likely still be restored. A listing cannot tell.",
  advice: "If nobody removed these backups, look for their numbers among the directories of the chain.",
  source: "SEMANTICS 4.4 and 4.3, e49380c3",
  check: ({ completeness }) =>
    completeness !== "complete" ? {} : {
      chain: ({ chain, place }) => {
        const missing = gapsOf(chain)
        return missing.length === 0 ? [] : [{ place, message: `the chain lacks ${printGaps(missing)}` }]
      }
    }
}

const legacyGaps: Rule = {
  id: "I12",
  name: "an old chain is whole",
  statement: "A chain with a gap or a promoted head is of version 4 or later.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "No product of that time could take a backup out of a chain, so that the missing one was lost: what follows it may "
    + "not be restorable.",
  advice: "Look for the missing numbers among the directories of the chain, and try a restore before you rely on it.",
  source: "SEMANTICS 4.4, RM:345-346",
  check: ({ completeness }) => ({
    chain: ({ chain, environment, place }) => {
      const version = ChainVersion.of(environment, chain)
      if (version >= ChainVersion.keepChainVersion) return []
      const head = BackupTree.number(chain, chain.head) ?? 1
      const missing = completeness === "complete" ? gapsOf(chain) : []
      const facts = [
        ...(head > 1 ? [`begins with number ${head}`] : []),
        ...(missing.length > 0 ? [`lacks ${printGaps(missing)}`] : [])
      ]
      return facts.length === 0
        ? []
        : [{ place, message: `the chain is of version ${version} and ${facts.join(" and ")}` }]
    }
  })
}

const chainLengths: Rule = {
  id: "I41",
  name: "a chain is not too long",
  statement: "A chain, its full backup included, is not longer than the limit.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "Each backup needs all that stand before it: one lost image costs every later backup of the chain.",
  advice: "Make a full backup, which begins a new chain, and make them more often.",
  source: "SEMANTICS 4.4 and 4.1, bd6cd459",
  needs: ["maxChainLength"],
  check: (_, { maxChainLength }) =>
    maxChainLength === undefined ? {} : {
      chain: ({ chain, place }) => {
        const length = chain.incrementals.length + 1
        return length <= maxChainLength ? [] : [{
          place,
          message: `the length of the chain is ${length}, and the limit is ${maxChainLength}`
        }]
      }
    }
}

/** The rules about numbers, in the order of their ids. */
export const numberingRules: ReadonlyArray<Rule> = [
  ascendingNumbers,
  lastNumberOfNewest,
  lastNumbers,
  gaps,
  legacyGaps,
  chainLengths
]
