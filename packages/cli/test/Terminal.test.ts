import { assert, describe, it } from "@effect/vitest"
import * as pty from "@lydell/node-pty"
import { once } from "node:events"
import * as net from "node:net"
import * as path from "node:path"
import { argumentsOf, example, passwordIn, run, withFolder } from "./support/command.ts"

interface Size {
  readonly cols: number
  readonly rows: number
}

/** Runs the command in a real terminal. `onOutput` is called with everything that it has printed so far. */
const inTerminal = (
  args: ReadonlyArray<string>,
  { cols, rows }: Size,
  { environment = {}, onOutput = () => {} }: {
    readonly environment?: { readonly [name: string]: string }
    readonly onOutput?: (text: string, terminal: pty.IPty) => void
  } = {}
): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((resolve) => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env
    const terminal = pty.spawn(process.execPath, [...argumentsOf(args)], {
      cols,
      rows,
      name: "xterm-256color",
      env: { ...inherited, BACKUP_TREE_CONFIG: "", BACKUP_TREE_SERVER: "", ...environment }
    })
    let text = ""
    terminal.onData((data) => {
      text += data
      onOutput(text, terminal)
    })
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, text: text.replaceAll("\r\n", "\n") }))
  })

/** The text that stays on the screen: without colours, and without lines that were redrawn. */
const shown = (text: string): string => text.replaceAll(/\u001b\[[\d;]*m/g, "").replaceAll(/^[^\n]*\r\u001b\[2K/gm, "")

const withFaults = <A>(use: (store: string) => Promise<A>): Promise<A> =>
  withFolder(async (folder) => {
    const store = path.join(folder, "store")
    await run(["generate", store, "--fault", "all", "--newest", "2024-03-03"])
    return use(store)
  })

const twoChains = example("05-two-chains.xml")

describe("in a real terminal", () => {
  it("a report fits the screen, in colour", () =>
    withFaults(async (store) => {
      const { code, text } = await inTerminal(["check", "--directory", store], { cols: 80, rows: 30 })
      const lines = shown(text).trimEnd().split("\n")
      assert.isAtMost(lines.length, 29)
      assert.deepStrictEqual(lines.filter((line) => line.length > 80), [])
      assert.include(text, "\u001b[1;31mERROR\u001b[0m")
      assert.strictEqual(code, 2)
    }))

  it("nothing is coloured with NO_COLOR or a dumb terminal, and help has its width", async () => {
    const size = { cols: 60, rows: 24 }
    for (const environment of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const { text } = await inTerminal(["check", "--file", twoChains, "--complete"], size, { environment })
      assert.notInclude(text, "\u001b[1")
      assert.match(text, /no findings; 2 of 2 chains sound/)
    }
    const { code, text } = await inTerminal(["config", "show", "--help"], size)
    assert.deepStrictEqual(shown(text).split("\n").filter((line) => line.length > 60), [])
    assert.strictEqual(code, 0)
  })

  it("a terminal of one column, or of unknown size, gets all words", async () => {
    for (const size of [{ cols: 1, rows: 1 }, { cols: 2, rows: 100 }]) {
      const { code, text } = await inTerminal(["check", "--file", twoChains, "--complete"], size)
      assert.match(shown(text).replaceAll(/\s+/g, " "), /no findings; 2 of 2 chains sound/)
      assert.strictEqual(code, 0)
    }
  })

  it("Ctrl-C ends a wait for a silent server with 3, and leaves no progress behind", () =>
    withFolder(async (folder) => {
      // It accepts connections, and says nothing.
      const silent = net.createServer().listen(0, "127.0.0.1")
      await once(silent, "listening")
      const { port } = silent.address() as net.AddressInfo
      let isSent = false
      const { code, text } = await inTerminal(
        ["list", "--server", `root@127.0.0.1:${port}`, ...passwordIn(folder)],
        { cols: 40, rows: 10 },
        {
          onOutput: (text, terminal) => {
            if (isSent || !text.includes("connecting to 127.0.0.1")) return
            isSent = true
            terminal.write("\u0003")
          }
        }
      )
      silent.close()
      assert.match(text, /connecting to 127\.0\.0\.1:\d+…/)
      assert.notMatch(shown(text), /connecting/)
      assert.strictEqual(code, 3)
    }))
})
