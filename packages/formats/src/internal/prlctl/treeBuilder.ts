/** Builds a tree of printed backups, and counts what is lost. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Result from "effect/Result"
import type * as Clock from "./clock.ts"
import { lossOf } from "./loss.ts"
import { fail, type Fault, type Printed } from "./printed.ts"

interface OpenChain {
  readonly uuid: string
  readonly head: BackupTree.FullBackup
  readonly incrementals: Array<BackupTree.IncrementalBackup>
  readonly lastNumber: number
}

interface OpenEnvironment {
  readonly uuid: string
  readonly name: string
  readonly chains: Array<OpenChain>
}

/** Creates a builder. Backups are added in the order in which they are printed. */
export const make = (clock: Clock.Clock) => {
  const environments: Array<OpenEnvironment> = []
  const repeated: Array<number> = []
  const unread: Array<number> = []

  const dateOf = ({ date, line }: Printed): Result.Result<string, Fault> => {
    if (date === "") return Result.succeed("")
    if (BackupDate.serverTime({ dateTime: date.slice(0, 19) }) !== -Infinity) {
      return fail(line, 0, `the date ${PrintableText.quote(date, 40)} is not one that prlctl prints`, dateAdvice)
    }
    const digits = digitsOf(date)
    const parsed = digits === undefined ? undefined : clock.parse(digits)
    if (parsed?.isRepeated) repeated.push(line + 1)
    if (parsed?.dateTime === undefined) unread.push(line + 1)
    return Result.succeed(parsed?.dateTime ?? date)
  }

  const add = (printed: Printed): Result.Result<void, Fault> => {
    const dateTime = dateOf(printed)
    if (Result.isFailure(dateTime)) return Result.fail(dateTime.failure)
    const last = environments.at(-1)
    const isSame = last !== undefined && last.uuid === printed.environment && last.name === printed.name
    const environment = isSame ? last : { uuid: printed.environment, name: printed.name, chains: [] }
    if (!isSame) environments.push(environment)
    const { chain, number } = BackupId.address(printed.id)
    const open = environment.chains.at(-1)
    const fields = fieldsOf(printed, dateTime.success)
    if (printed.type !== "f" && open !== undefined && Uuid.equals(open.uuid, chain)) {
      open.incrementals.push({ _tag: "IncrementalBackup", number: number ?? 0, ...fields })
      return Result.void
    }
    if (printed.type === "i" || printed.type === "d") {
      return fail(
        printed.line,
        0,
        `the incremental backup ${PrintableText.quote(printed.id, 60)} comes before the full backup of its chain`,
        "Read the whole output of prlctl: filters such as grep and sort separate backups from their chains."
      )
    }
    environment.chains.push({
      uuid: chain,
      head: { _tag: "FullBackup", ...fields },
      incrementals: [],
      lastNumber: 0
    })
    return Result.void
  }

  return {
    add,
    tree: (): BackupTree.BackupTree => ({
      environments: environments.map((environment) => ({ ...environment, vmType: 0, version: 0, kept: [] })),
      kept: []
    }),
    losses: () => [...lossOf("RepeatedHour", repeated), ...lossOf("UnreadDate", unread)]
  }
}

const dateAdvice = "prlctl prints MM/DD/YYYY HH:MM:SS. Read its output unchanged."

const dateShape = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/

/** Returns the milliseconds that the digits of a date stand for in UTC. */
const digitsOf = (date: string): number | undefined => {
  const match = dateShape.exec(date)
  return match === null ? undefined : BackupDate.timeOf(`${match[3]}-${match[1]}-${match[2]} ${match[4]}`)
}

const fieldsOf = (printed: Printed, dateTime: string): Omit<BackupTree.FullBackup, "_tag"> => ({
  id: printed.id,
  host: printed.host,
  serverUuid: printed.serverUuid,
  dateTime,
  creator: printed.creator,
  size: printed.size,
  type: printed.type,
  description: printed.description,
  images: [],
  originalSize: 0n,
  bundlePermissions: 0,
  flags: 0,
  disks: printed.disks && {
    list: printed.disks.map((disk) => ({ ...disk, encryption: { keyId: "", kept: [] }, kept: [] })),
    kept: []
  },
  kept: []
})
