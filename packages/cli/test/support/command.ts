/** Runs the command: in this process, or in a separate one. */
import * as JsonReader from "@backup-tree/core/json/JsonReader"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"
import { noResult } from "../../src/ExitCode.ts"
import * as Program from "../../src/Program.ts"
import * as Settings from "../../src/Settings.ts"

// Dozens of processes compile the same files.
const compileCache = path.join(inject("bundle"), "compile-cache")

// A password in the environment of this machine must not affect the tests.
delete process.env["BACKUP_TREE_PASSWORD"]

/** The output of a run, and its exit code. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Options of a run. */
export interface RunOptions {
  readonly stdin?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

const decodeDocument = Schema.decodeUnknownSync(JsonDocument.JsonDocument, { onExcessProperty: "error" })

const ajv = new Ajv2020({ strictTuples: false, strictTypes: false, allowUnionTypes: true })

/** Throws if a value does not match the JSON Schema of its kind, as the package has it. */
const validate = ({ schema: { name } }: JsonDocument.JsonDocument, value: unknown): void => {
  const kind = name.slice(name.indexOf("/") + 1)
  const file = new URL(`../../../formats/schema/${kind}.json`, import.meta.url)
  const schema = JSON.parse(fs.readFileSync(file, "utf8")) as { readonly $id: string }
  const isValid = ajv.getSchema(schema.$id) ?? ajv.compile(schema)
  if (!isValid(value)) {
    throw new Error(`the output does not match schema/${kind}.json: ${ajv.errorsText(isValid.errors)}`)
  }
}

/** Throws if the output is a JSON document that does not have exactly the fields of its schema. */
const checked = (run: Run): Run => {
  if (!run.stdout.startsWith("{\n  \"schema\"")) return run
  validate(decodeDocument(Result.getOrThrow(JsonReader.read(run.stdout))), JSON.parse(run.stdout))
  return run
}

const environment = (options: RunOptions): NodeJS.ProcessEnv => {
  const { BACKUP_TREE_PASSWORD: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env
  return { ...rest, BACKUP_TREE_CONFIG: "", BACKUP_TREE_SERVER: "", NODE_COMPILE_CACHE: compileCache, ...options.env }
}

/** Returns the arguments with which Node.js runs the command. */
export const argumentsOf = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
  path.join(inject("bundle"), "bin.js"),
  ...args
]

/** Starts the command. */
export const start = (args: ReadonlyArray<string>, options: RunOptions = {}) =>
  spawn(process.execPath, argumentsOf(args), { env: environment(options) })

/** Runs the command to its end in a separate process. */
export const runProcess = (args: ReadonlyArray<string>, options: RunOptions = {}): Promise<Run> =>
  outcomeOf(start(args, options), options)

/** Runs the command to its end in a separate process, with a standard output that is full. */
export const runOnFullDisk = (args: ReadonlyArray<string>): Promise<Run> =>
  outcomeOf(
    spawn("sh", ["-c", `exec "$0" "$@" > /dev/full`, process.execPath, ...argumentsOf(args)], { env: environment({}) })
  )

const outcomeOf = (child: ChildProcessWithoutNullStreams, options: RunOptions = {}): Promise<Run> =>
  new Promise((resolve, reject) => {
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("error", reject)
    child.on("close", (code) => {
      try {
        resolve(checked({ code, stdout, stderr }))
      } catch (error) {
        reject(error)
      }
    })
    child.stdin.on("error", () => {})
    child.stdin.end(options.stdin ?? "")
  })

/** The size of a terminal. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** The terminal of standard output, if it is one, and the environment of the settings. */
interface InProcess {
  readonly terminal?: TerminalSize
  readonly settings?: { readonly [name: string]: string }
  /** The time of the whole run, in ISO 8601 (default: the real time). */
  readonly at?: string
}

/** Changes the size of the terminal. */
const terminalOf = ({ columns, rows }: TerminalSize) =>
  Layer.effect(
    Terminal.Terminal,
    Effect.map(Terminal.Terminal, (terminal) => ({
      ...terminal,
      columns: Effect.succeed(columns),
      rows: Effect.succeed(rows)
    }))
  ).pipe(Layer.provide(NodeServices.layer))

/** A clock that stands still, but on which one can wait. */
const clockAt = (millis: number): Clock.Clock =>
  Object.create(Clock.Clock.defaultValue(), {
    currentTimeMillis: { value: Effect.succeed(millis) },
    currentTimeMillisUnsafe: { value: () => millis }
  }) as Clock.Clock

/** Runs the command to its end in this process, which is much faster; its standard output can be a terminal. */
export const run = async (args: ReadonlyArray<string>, options: InProcess = {}): Promise<Run> => {
  const { at, terminal } = options
  let stdout = ""
  let stderr = ""
  const decoder = new TextDecoder()
  const collect = (take: (text: string) => void) => () =>
    Sink.forEach((chunk: string | Uint8Array) =>
      Effect.sync(() => take(typeof chunk === "string" ? chunk : decoder.decode(chunk)))
    )
  const toStdout = (text: string) => void (stdout += text)
  const toStderr = (text: string) => void (stderr += text)
  const services = Layer.mergeAll(
    Stdio.layerTest({
      stdout: collect(toStdout),
      stderr: collect(toStderr),
      stdoutIsTerminal: Effect.succeed(terminal !== undefined)
    }),
    terminal === undefined ? Layer.empty : terminalOf(terminal),
    Layer.succeed(Settings.Sources, { environment: options.settings ?? {}, system: "/nonexistent" }),
    Logger.layer([]),
    Layer.succeed(Console.Console, {
      ...console,
      log: (...texts: ReadonlyArray<unknown>) => toStdout(`${texts.join(" ")}\n`),
      error: (...texts: ReadonlyArray<unknown>) => toStderr(`${texts.join(" ")}\n`)
    })
  ).pipe(Layer.provideMerge(NodeServices.layer))
  const program = at === undefined ? Program.run(args) : Effect.provideService(
    Program.run(args),
    Clock.Clock,
    clockAt(DateTime.makeUnsafe(at).epochMilliseconds)
  )
  const exit = await Effect.runPromiseExit(Effect.provide(program, services))
  return checked({ code: Program.exitCodeOf(exit, noResult), stdout, stderr })
}

/** Returns the path of an example document. */
export const example = (name: string): string =>
  fileURLToPath(new URL(`../../../core/test/fixtures/${name}`, import.meta.url))

/** Reads an example document. */
export const readExample = (name: string): string => fs.readFileSync(example(name), "utf8")

/** Runs a test with a folder that is removed afterwards. */
export const withFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    return await use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

/** Writes a password file, and returns the flags that read it. */
export const passwordIn = (folder: string): ReadonlyArray<string> => {
  const file = path.join(folder, "password")
  fs.writeFileSync(file, "secret\n")
  return ["--password-file", file]
}

/** Runs the command on a document, which is written to a temporary file. */
export const runOn = (document: string, args: ReadonlyArray<string>): Promise<Run> =>
  withFolder((folder) => {
    const file = path.join(folder, "tree.xml")
    fs.writeFileSync(file, document)
    return run([...args, "--file", file])
  })

/** Starts `serve` on a free port, and returns its address and a way to stop it. */
export const serve = (
  args: ReadonlyArray<string>,
  options: RunOptions = {}
): Promise<{ readonly address: string; readonly stop: () => Promise<number | null> }> =>
  new Promise((resolve, reject) => {
    const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"]
    const child = start(["serve", ...listen, ...args], options)
    let stdout = ""
    let stderr = ""
    const ended = new Promise<number | null>((end) => child.on("close", (code) => end(code)))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      const match = / on (\S+) for /.exec(stdout)
      if (match === null) return
      resolve({
        address: match[1]!,
        stop: () => {
          child.kill("SIGTERM")
          return ended
        }
      })
    })
    void ended.then(() => reject(new Error(`serve ended: ${stderr}`)))
  })
