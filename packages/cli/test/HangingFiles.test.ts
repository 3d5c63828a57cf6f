import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { argumentsOf, withFolder } from "./support/command.ts"

/** Makes every opening of a `.metadata` file hang like a network mount whose server is gone: no signal ends it. */
const hangingOpen = (pipe: string): string =>
  `const fs = require("node:fs")
const open = fs.open
fs.open = (file, ...rest) => {
  if (!String(file).endsWith(".metadata")) return open(file, ...rest)
  process.stderr.write("hanging\\n")
  open(${JSON.stringify(pipe)}, "r", rest.at(-1))
}
require("node:module").syncBuiltinESMExports()`

const failingRealPath = `const fs = require("node:fs")
fs.realpath = (file, ...rest) =>
  rest.at(-1)(Object.assign(new Error("ENOTCONN: socket is not connected"), { code: "ENOTCONN", errno: -107 }))
require("node:module").syncBuiltinESMExports()`

const environment = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"

/** Starts `list` on a store with a file that hangs. */
const withHanging = (
  use: (child: ReturnType<typeof spawn>, output: () => string) => Promise<void>,
  args: Array<string>
) =>
  withFolder(async (folder) => {
    const [pipe, preload, store] = ["pipe", "preload.cjs", "store"].map((name) => path.join(folder, name))
    assert.strictEqual(spawnSync("mkfifo", [pipe!]).status, 0)
    fs.writeFileSync(preload!, hangingOpen(pipe!))
    fs.mkdirSync(path.join(store!, environment), { recursive: true })
    fs.writeFileSync(path.join(store!, environment, ".metadata"), "")
    const command = argumentsOf(["list", "--directory", store!, ...args])
    const child = spawn(process.execPath, ["--require", preload!, ...command])
    let output = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text))
    await use(child, () => output)
  })

const shown = async (child: ReturnType<typeof spawn>, output: () => string, text: string): Promise<void> => {
  while (!output().includes(text)) await new Promise((resolve) => child.stderr!.once("data", resolve))
}

const ended = (child: ReturnType<typeof spawn>) =>
  new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal))
  )

describe("a mount that is not connected", () => {
  it("is named as the cause", () =>
    withFolder(async (folder) => {
      const preload = path.join(folder, "preload.cjs")
      fs.writeFileSync(preload, failingRealPath)
      const command = argumentsOf(["list", "--directory", folder])
      const child = spawn(process.execPath, ["--require", preload, ...command])
      let output = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text))
      assert.strictEqual(await ended(child), 3)
      assert.include(output, "cannot be read: the mount is not connected (ENOTCONN). Is the backup store mounted")
    }))
})

describe("a file system that hangs", () => {
  it("ends the command when its time is up", () =>
    withHanging(async (child, output) => {
      assert.strictEqual(await ended(child), 3)
      assert.match(output(), /timed out after 2s/)
      assert.notMatch(output(), /warning/i)
    }, ["--timeout", "2s"]))

  it("does not keep the second signal from ending the command", () =>
    withHanging(async (child, output) => {
      const end = ended(child)
      await shown(child, output, "hanging")
      child.kill("SIGTERM")
      await shown(child, output, "stopping")
      child.kill("SIGTERM")
      assert.strictEqual(await end, 3)
    }, []))
})
