/**
 * Starts the command on this process: its arguments, its terminal, its exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { InterruptCode, noAnswer } from "./ExitCode.ts"
import * as Program from "./Program.ts"

const interrupt = { code: noAnswer }

// Answers go to standard output alone.
const logging = Layer.mergeAll(
  Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
  Layer.succeed(References.MinimumLogLevel, "Warn")
)

// Something that cannot be interrupted, such as a file on a mount that hangs, must not keep the command alive for ever.
let signals = 0
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    signals += 1
    if (signals > 1) process.exit(noAnswer)
    process.stderr.write("backup-tree: stopping; once more stops it at once\n")
  })
}

Program.run(process.argv.slice(2)).pipe(
  Effect.provideService(InterruptCode, interrupt),
  Effect.provide(Layer.mergeAll(NodeServices.layer, logging)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Program.exitCodeOf(exit, interrupt.code))
  })
)
