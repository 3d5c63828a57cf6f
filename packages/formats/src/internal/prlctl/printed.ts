/** Backups as prlctl prints them, and why a text has none. */
import * as Result from "effect/Result"

/** Why a text cannot be read, and where. */
export interface Fault {
  readonly line: number
  readonly column: number
  readonly why: string
  readonly advice: string
}

/** Fails at a place that is counted from 0. */
export const fail = (line: number, column: number, why: string, advice: string): Result.Result<never, Fault> =>
  Result.fail({ line: line + 1, column: column + 1, why, advice })

/** One backup as either layout prints it. `line` is its first line, counted from 0. */
export interface Printed {
  readonly line: number
  readonly environment: string
  readonly name: string
  readonly host: string
  readonly creator: string
  readonly id: string
  readonly date: string
  readonly type: string
  readonly size: bigint
  readonly description: string
  readonly serverUuid: string
  readonly disks:
    | ReadonlyArray<{ readonly name: string; readonly originalPath: string; readonly size: bigint }>
    | undefined
}

/** A step of a reading: the next backup, or why there is none. */
export type Step = Result.Result<Printed, Fault>
