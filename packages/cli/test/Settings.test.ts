import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { example, passwordIn, run, runProcess, serve, withFolder } from "./support/command.ts"

const twoChains = example("05-two-chains.xml")
const broken = (folder: string) => path.join(folder, "store")

/** Runs a test with a configuration file, which it can write. */
const withConfig = <A>(
  use: (config: {
    readonly folder: string
    readonly file: string
    readonly write: (content: unknown) => void
    readonly run: (
      args: ReadonlyArray<string>,
      environment?: { readonly [name: string]: string }
    ) => ReturnType<typeof run>
  }) => Promise<A>
): Promise<A> =>
  withFolder((folder) => {
    const file = path.join(folder, "config.json")
    return use({
      folder,
      file,
      write: (content) => fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content)),
      run: (args, environment = {}) => run(args, { settings: { BACKUP_TREE_CONFIG: file, ...environment } })
    })
  })

describe("settings", () => {
  it("select the source, unless a flag does", () =>
    withConfig(async ({ folder, run, write }) => {
      await run(["generate", broken(folder), "--environments", "1", "--newest", "2024-03-03"], {
        BACKUP_TREE_CONFIG: ""
      })
      write({ directory: broken(folder) })
      assert.match((await run(["list"])).stdout, /\n[^\n]+VM/)
      assert.match((await run(["plan", "remove", "--all-of", "web01"])).stdout, /./)
      const { stdout } = await run(["list", "--file", twoChains, "--output", "csv"])
      assert.include(stdout, "0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01")
    }))

  it("come from the environment before the files, and from the user's file before the system's", () =>
    withFolder(async (folder) => {
      const config = path.join(folder, "backup-tree.json")
      fs.writeFileSync(config, JSON.stringify({ directory: "/mnt/backups", user: "admin" }))
      const shown = async (environment: { readonly [name: string]: string }) =>
        (await run(["config", "show"], { settings: { XDG_CONFIG_HOME: folder, ...environment } })).stdout.split("\n")
      assert.deepStrictEqual((await shown({})).slice(0, 2), [
        `directory  "/mnt/backups"  (${config})`,
        `user       "admin"  (${config})`
      ])
      // A server in place of the directory: a command reads one source.
      assert.deepStrictEqual((await shown({ BACKUP_TREE_SERVER: "node7, node8:640" })).slice(0, 2), [
        "server  [\"node7\",\"node8:640\"]  (BACKUP_TREE_SERVER)",
        `user    "admin"  (${config})`
      ])
      assert.match((await shown({ BACKUP_TREE_CONFIG: "" }))[0]!, /^no settings; BACKUP_TREE_CONFIG is empty$/)
    }))

  it("say where they were looked for", async () => {
    assert.strictEqual(
      (await run(["config", "show"], { settings: { HOME: "/home/me" } })).stdout,
      "no settings; looked for \"/home/me/.config/backup-tree.json\" and \"/nonexistent\"\n"
    )
    // A service can have no home directory.
    assert.strictEqual((await run(["config", "show"])).stdout, "no settings; looked for \"/nonexistent\"\n")
  })

  it("log in to servers, with a command for the password that no output shows", () =>
    withConfig(async ({ folder, run, write }) => {
      const { address, stop } = await serve(["--file", twoChains, ...passwordIn(folder)])
      write({ server: [address], user: "root", passwordCommand: "echo secret", securityLevel: "normal" })
      const { code, stdout } = await run(["list", "--output", "csv"])
      const shown = await run(["config", "show"])
      await stop()
      assert.deepStrictEqual([code, stdout.trimEnd().split("\n").length], [0, 6])
      assert.match(shown.stdout, /^passwordCommand {2}\(hidden\)/m)
      assert.notInclude(shown.stdout, "echo secret")
    }))

  it("set the limits of a check, but not of a filtered one", () =>
    withConfig(async ({ run, write }) => {
      write({ maxAge: "26h", maxChain: 2, cadence: true })
      const rules = async (...args: ReadonlyArray<string>) => {
        const { stdout } = await run(["check", "--file", twoChains, "--complete", "--output", "json", ...args])
        return (JSON.parse(stdout) as { readonly findings: ReadonlyArray<{ readonly rule: string }> }).findings.map((
          { rule }
        ) => rule)
      }
      assert.deepStrictEqual(await rules(), ["I40", "I41"])
      assert.deepStrictEqual(await rules("--max-chain", "9", "--max-age", "100y"), [])
      assert.deepStrictEqual(await rules("--uuid", "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"), ["I41"])
    }))

  it("name findings to ignore, each with its reason", () =>
    withConfig(async ({ run, write }) => {
      write({ ignore: [{ rule: "i40:web*", reason: "retired" }, { rule: "I41:db*", reason: "none" }] })
      const args = ["check", "--file", twoChains, "--complete", "--max-age", "26h"]
      const { code, stdout } = await run(args)
      assert.strictEqual(
        stdout,
        "no findings; 2 of 2 chains sound (1 environment, 2 chains, 5 backups, 19.3 GiB)\n\n"
          + "Ignored: 1 finding of I40:web* (retired)\nIgnored: 0 findings of I41:db* (none)\n"
      )
      assert.strictEqual(code, 0)
      assert.match((await run([...args, "--nagios"])).stdout, /^BACKUP-TREE OK - no findings \(1 more ignored\); /)
      const json = JSON.parse((await run([...args, "--output", "json"])).stdout) as { readonly ignored: unknown }
      assert.deepStrictEqual(json.ignored, [
        { rule: "I40", machine: "web*", count: 1 },
        { rule: "I41", machine: "db*", count: 0 }
      ])
    }))

  it.each<readonly [string, string]>([
    ["", "JSON refused (line 1, column 1)"],
    ["[]", "it is not a JSON object"],
    ["{\"maxage\": \"26h\"}", "it has an unknown setting \"maxage\". Did you mean maxAge?"],
    ["{\"xyzzy\": 1}", "it has an unknown setting \"xyzzy\". The settings are server, "],
    ["{\"maxAge\": \"26 hours\"}", "(in maxAge): expected a duration such as 26h"],
    ["{\"ignore\": [{\"rule\": \"I99\", \"reason\": \"x\"}]}", "(in ignore[0].rule): expected RULE or RULE:NAME"],
    ["{\"ignore\": [{\"rule\": \"I05\"}]}", "(in ignore[0].reason): missing"],
    ["{\"server\": [\"a\"], \"directory\": \"/b\"}", "it has both server and directory"]
  ])("of %j are refused with the reason", (content, why) =>
    withConfig(async ({ file, run, write }) => {
      write(content)
      const { code, stderr } = await run(["list"])
      assert.include(stderr, `the configuration file "${file}" cannot be used: `)
      assert.include(stderr, why)
      assert.strictEqual(code, 3)
    }))

  it("are refused if others can choose the command for the password", () =>
    withConfig(async ({ file, run, write }) => {
      write({ passwordCommand: "pass show vz" })
      fs.chmodSync(file, 0o662)
      assert.match((await run(["list"])).stderr, /names a passwordCommand, and others can write to it\. .* chmod go-w/)
      fs.chmodSync(file, 0o644)
      assert.strictEqual((await run(["config", "show"])).code, 0)
    }))

  it("are refused if the named file does not exist", async () => {
    const { code, stderr } = await run(["list"], { settings: { BACKUP_TREE_CONFIG: "/nonexistent" } })
    assert.match(stderr, /the configuration file "\/nonexistent" cannot be used: it does not exist/)
    assert.strictEqual(code, 3)
  })
})

describe("colours", () => {
  const isColoured = async (
    args: ReadonlyArray<string>,
    settings: { readonly [name: string]: string },
    isTerminal: boolean
  ) => {
    const terminal = isTerminal ? { columns: 80, rows: 24 } : undefined
    const { stdout } = await run(["check", "--file", twoChains, ...args], {
      settings: { BACKUP_TREE_CONFIG: "", ...settings },
      ...(terminal === undefined ? {} : { terminal })
    })
    return stdout.includes("\u001b[")
  }

  it("are those of a terminal, unless something else decides", async () => {
    assert.isTrue(await isColoured([], {}, true))
    assert.isFalse(await isColoured([], {}, false))
    assert.isFalse(await isColoured([], { TERM: "dumb" }, true))
    assert.isFalse(await isColoured([], { NO_COLOR: "1" }, true))
    assert.isTrue(await isColoured([], { NO_COLOR: "" }, true))
    assert.isTrue(await isColoured([], { FORCE_COLOR: "1" }, false))
    assert.isTrue(await isColoured(["--color", "always"], { NO_COLOR: "1" }, false))
    assert.isFalse(await isColoured(["--color", "never"], { FORCE_COLOR: "1" }, true))
    assert.isTrue(await isColoured(["--color", "auto"], { NO_COLOR: "1" }, true))
  })

  it("can be configured", () =>
    withConfig(async ({ file, write }) => {
      write({ color: "always" })
      assert.isTrue(await isColoured([], { BACKUP_TREE_CONFIG: file }, false))
      assert.isFalse(await isColoured([], { BACKUP_TREE_CONFIG: file, NO_COLOR: "1" }, false))
    }))
})

describe("a password", () => {
  const serving = <A>(use: (login: ReadonlyArray<string>) => Promise<A>) =>
    withFolder(async (folder) => {
      const { address, stop } = await serve(["--file", twoChains, ...passwordIn(folder)])
      try {
        return await use(["list", "--server", `root@${address}`, "--security-level", "normal", "--output", "csv"])
      } finally {
        await stop()
      }
    })

  it("comes from a command", () =>
    serving(async (login) => {
      assert.strictEqual((await run([...login, "--password-command", "printf 'secret\\nmore'"])).code, 0)
      for (
        const [command, why] of [
          ["exit 7", "the password command failed with exit code 7"],
          ["kill -9 $$", "the password command failed with SIGKILL"],
          ["true", "the password command has no password on its first line"],
          ["yes hunter2", "the password command printed more than 65536 characters"]
        ] as const
      ) {
        const { code, stderr } = await run([...login, "--password-command", command])
        assert.include(stderr, why)
        assert.notInclude(stderr, "hunter2")
        assert.strictEqual(code, 3)
      }
    }))

  it("comes from a file descriptor", () =>
    serving(async (login) => {
      assert.strictEqual((await runProcess([...login, "--password-fd", "0"], { stdin: "secret\n" })).code, 0)
      const { code, stderr } = await runProcess([...login, "--password-fd", "77"])
      assert.match(stderr, /the file descriptor 77 of --password-fd cannot be read/)
      assert.strictEqual(code, 3)
    }))

  it("comes from one place", async () => {
    const { stderr } = await run(["list", "--server", "node7", "--password-fd", "0", "--password-command", "x"])
    assert.match(stderr, /use only one of --password-file, --password-fd and --password-command/)
  })
})
