/**
 * Runs the command in this process, with its arguments, terminal and exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as fs from "node:fs"
import { InterruptCode, noResult } from "./ExitCode.ts"
import * as Program from "./Program.ts"

const interrupt = { code: noResult }

// Standard output is for results alone.
const logging = Layer.mergeAll(
  Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
  Layer.succeed(References.MinimumLogLevel, "Warn")
)

/**
 * Ends the process with an exit code. If a call to a file system hangs for a second, it ends without the cleanup of
 * Node.js, which would wait for that call without end.
 */
const end = (code: number, exit: (code: number) => void, times = 10): void => {
  if (!process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"))) exit(code)
  else if (times === 0) abandon(code)
  // The runtime has ended already.
  // @effect-diagnostics-next-line globalTimers:off
  else setTimeout(() => end(code, exit, times - 1), 100)
}

const shell = "/bin/sh"

/**
 * Replaces the process, and thereby its hanging threads, with one that exits with the code: no function of Node.js
 * exits without waiting for the threads. Without a shell, it kills the process, and the exit code is lost.
 */
const abandon = (code: number): void => {
  if (process.execve !== undefined && fs.existsSync(shell)) {
    process.execve(shell, [shell, "-c", `exit ${code}`], {})
  }
  process.kill(process.pid, "SIGKILL")
}

// Some operations cannot be interrupted, such as a read from a hanging mount. A second signal ends the process anyway.
let signals = 0
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    signals += 1
    if (signals > 1) return end(noResult, (code) => process.exit(code))
    // On a terminal, the line may have progress, and the ^C that was typed.
    const start = process.stderr.isTTY ? "\r\u001B[2K" : ""
    process.stderr.write(`${start}backup-tree: stopping; interrupt again to stop immediately\n`)
  })
}
// The terminal is gone. The runtime knows the other two signals only.
process.on("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

Program.run(process.argv.slice(2)).pipe(
  Effect.provideService(InterruptCode, interrupt),
  Effect.provide(Layer.mergeAll(NodeServices.layer, logging)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => end(Program.exitCodeOf(exit, interrupt.code), onExit)
  })
)
