/** Measuring each thing in a process of its own. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import process from "node:process"

/** The largest resident memory of this process so far, in MiB. What getrusage tells is inherited from its parent. */
export const peakMemory = (): number =>
  Number(/^VmHWM:\s*([0-9]+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024

/** Runs a script, which is given `--measure` and arguments, and reads the figures that it prints as JSON. */
export const measureApart = (
  script: string,
  args: ReadonlyArray<string>,
  flags: ReadonlyArray<string> = []
): unknown => {
  const { stderr, stdout } = spawnSync(
    process.execPath,
    [...flags, ...process.execArgv, script, "--measure", ...args],
    { encoding: "utf8" }
  )
  if (stdout === "") throw new Error(`${args.join(" ")}: ${stderr}`)
  return JSON.parse(stdout)
}
