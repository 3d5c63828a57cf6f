/** Runs the command as a process of its own, from its sources. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

// Dozens of processes compile the same sources.
const compileCache = fileURLToPath(new URL("../../../../node_modules/.cache/node-compile-cache", import.meta.url))

/** What a run of the command has printed, and its exit code. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How the command is run. */
export interface RunOptions {
  readonly stdin?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

const environment = (options: RunOptions): NodeJS.ProcessEnv => {
  const { BACKUP_TREE_PASSWORD: _, NO_COLOR: __, ...rest } = process.env
  return { ...rest, NODE_COMPILE_CACHE: compileCache, ...options.env }
}

/** Returns what Node is given to run the command. */
export const argumentsOf = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
  "--conditions=@backup-tree/source",
  bin,
  ...args
]

/** Starts the command. */
export const start = (args: ReadonlyArray<string>, options: RunOptions = {}) =>
  spawn(process.execPath, argumentsOf(args), { env: environment(options) })

/** Runs the command to its end. */
export const run = (args: ReadonlyArray<string>, options: RunOptions = {}): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = start(args, options)
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
    child.stdin.on("error", () => {})
    child.stdin.end(options.stdin ?? "")
  })

/** Returns the path of an example document. */
export const example = (name: string): string =>
  fileURLToPath(new URL(`../../../core/test/fixtures/${name}`, import.meta.url))

/** Reads an example document. */
export const readExample = (name: string): string => fs.readFileSync(example(name), "utf8")

/** Runs a test with a folder that is removed behind it. */
export const withFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    return await use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

/** Starts `serve` on a free port, and gives its address and a way to stop it. */
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
