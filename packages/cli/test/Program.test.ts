import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { formsOf } from "../../io/test/support/canary.ts"
import {
  example,
  passwordIn,
  readExample,
  run,
  runOn,
  runOnFullDisk,
  runProcess,
  serve,
  start,
  withFolder
} from "./support/command.ts"

const twoChains = example("05-two-chains.xml")
const webUuid = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const chainUuid = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const canary = "canary-7f3a"

describe("list", () => {
  it("prints a readable tree", async () => {
    const { code, stderr, stdout } = await runProcess(["list", "--tree", "--file", example("03-vm-full-2inc.xml")])
    assert.strictEqual(stderr, "")
    assert.strictEqual(
      stdout,
      `web01  virtual machine  ${webUuid}
└─ full 1     2024-03-02T02:00:07Z    4.0 GiB  ${chainUuid}  "first full"
   ├─ incr 2  2024-03-03T02:00:05Z  256.0 MiB  ${chainUuid}.2  "nightly"
   └─ incr 3  2024-03-04T02:00:06Z  288.0 MiB  ${chainUuid}.3  "nightly"

1 environment, 1 chain, 3 backups, 4.5 GiB, from ${example("03-vm-full-2inc.xml")}
`
    )
    assert.strictEqual(code, 0)
  })

  it("prints JSON with a schema", async () => {
    const { code, stdout } = await run(["list", "--file", example("06-odd-legal.xml"), "--output", "json"])
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(json.schema, { name: "backup-tree/listing", version: 2, minor: 0 })
    assert.strictEqual(json.completeness, "unknown")
    assert.deepStrictEqual(json.environments.map(({ kind }: { readonly kind: string }) => kind), ["vm", "vm"])
    const [chain] = json.environments[0].chains
    assert.strictEqual(chain.lastNumber, 0)
    assert.deepInclude(chain.backups[0], {
      id: `${chainUuid}.3`,
      number: 3,
      type: "full",
      createdAt: null,
      size: Number(18_446_744_073_709_551_615n)
    })
    assert.deepInclude(chain.backups[1], { number: 7, type: "incremental", createdAt: "2024-03-31T01:30:00.000Z" })
    assert.strictEqual(code, 0)
  })

  it("prints XML exactly as received", async () => {
    const { code, stdout } = await run(["list", "--file", example("06-odd-legal.xml"), "--output", "xml"])
    assert.strictEqual(stdout, readExample("06-odd-legal.xml"))
    assert.strictEqual(code, 0)
  })

  it("reads standard input", async () => {
    const { code, stdout } = await runProcess(["list", "--tree", "--file", "-"], {
      stdin: readExample("02-vm-full.xml")
    })
    assert.match(stdout, /1 environment, 1 chain, 1 backup, 4\.0 GiB, from standard input\n$/)
    assert.strictEqual(code, 0)
  })

  it("filters a file as a server should", async () => {
    const list = async (...args: ReadonlyArray<string>) => {
      const { stdout } = await run(["list", "--file", twoChains, "--output", "json", ...args])
      const json = JSON.parse(stdout) as {
        readonly environments: ReadonlyArray<
          { readonly chains: ReadonlyArray<{ readonly backups: ReadonlyArray<{ readonly id: string }> }> }
        >
      }
      return json.environments.flatMap(({ chains }) => chains.flatMap(({ backups }) => backups.map(({ id }) => id)))
    }
    assert.strictEqual((await list()).length, 5)
    assert.strictEqual((await list("--vm")).length, 5)
    assert.strictEqual((await list("--ct")).length, 0)
    assert.strictEqual((await list("--uuid", webUuid)).length, 5)
    // People leave out the braces or type capitals.
    assert.strictEqual((await list("--uuid", webUuid.slice(1, -1).toUpperCase())).length, 5)
    assert.deepStrictEqual(await list("--backup-id", `${chainUuid}.2`), [chainUuid, `${chainUuid}.2`])
    assert.deepStrictEqual(await list("--chain", `${chainUuid.slice(1, -1)}.2`), [chainUuid, `${chainUuid}.2`])
    assert.deepStrictEqual(await list("--flags", "PBT_BACKUP_ID", "--uuid", chainUuid), [chainUuid])
  })

  it("warns about flags that are ignored", async () => {
    const { code, stderr } = await run(["list", "--file", twoChains, "--flags", "PBT_VM|PBT_FULL"])
    assert.match(stderr, /PBT_FULL: ignored by this call/)
    assert.strictEqual(code, 0)
  })

  it("refuses what a server refuses, with the error name of the SDK", async () => {
    for (const args of [["--flags", "PBT_BACKUP_ID"], ["--flags", "PBT_BACKUP_ID|PBT_CHAIN", "--uuid", chainUuid]]) {
      const { code, stderr, stdout } = await run(["list", "--file", twoChains, ...args])
      assert.include(stderr, "PRL_ERR_INVALID_PARAM")
      assert.strictEqual(stdout, "")
      assert.strictEqual(code, 3)
    }
  })

  it("reports an id that can never match", async () => {
    const { code, stderr } = await run(["list", "--file", twoChains, "--backup-id", `${chainUuid}.abc`])
    assert.match(stderr, /can never match/)
    assert.strictEqual(code, 3)
  })

  it("reports that a backup does not exist", async () => {
    const { code, stderr } = await run(["list", "--file", twoChains, "--backup-id", `${chainUuid}.99`])
    assert.include(stderr, `backup "${chainUuid}.99" was not found`)
    assert.strictEqual(code, 3)
  })

  it("escapes invisible characters in JSON, which reads back the same", async () => {
    const name = "web\u200b01\u2060\u00ad\u{e0041} 👩\u200d🔧\ufe0f\n"
    const { stdout } = await runOn(readExample("02-vm-full.xml").replace("web01", name.replace("\n", "&#10;")), [
      "list",
      "--output",
      "json"
    ])
    assert.include(stdout, "\"web\\u200b01\\u2060\\u00ad\\udb40\\udc41 👩\\u200d🔧\ufe0f\\n\"")
    assert.strictEqual(JSON.parse(stdout).environments[0].name, name)
    assert.isAbove(stdout.split("\n").length, 10)
  })

  it("escapes control characters in names", async () => {
    const odd = readExample("02-vm-full.xml").replace("web01", "a\u001b[2J\nb\u202e&lt;script>=1")
    for (const output of ["table", "tree"]) {
      const { stdout } = await runOn(odd, ["list", "--output", output])
      assert.include(stdout, "a\\e[2J\\nb\\u{202e}<script>=1  V".replace("V", output === "table" ? "VM" : "virtual"))
      assert.notInclude(stdout, "\u001b")
      assert.notInclude(stdout, "\u202e")
    }
  })
})

describe("check", () => {
  it("exits with 0 if nothing is wrong", async () => {
    const { code, stdout } = await run(["check", "--file", twoChains, "--complete"])
    assert.strictEqual(stdout, "no findings; 2 of 2 chains sound (1 environment, 2 chains, 5 backups, 19.3 GiB)\n")
    assert.strictEqual(code, 0)
  })

  it("exits with 1 for warnings: an empty listing is not healthy", async () => {
    const { code, stdout } = await run(["check", "--file", example("01-empty.xml")])
    assert.match(stdout, /WARNING empty-answer/)
    assert.match(stdout, /not mounted/)
    assert.strictEqual(code, 1)
  })

  it("exits with 2 for errors, and explains what they mean and what to do", async () => {
    const broken = readExample("03-vm-full-2inc.xml").replace(`${chainUuid}.3</Id>`, `${chainUuid}.4</Id>`)
    const { code, stdout } = await runOn(broken, ["check"])
    assert.match(stdout, /^ {2}ERROR {3}I05 2024-03-04T02:00:06Z \{0b8f6d1e-[^ ]+\}\.4: incremental 3\s/m)
    assert.notMatch(stdout, /PartialBackupItem/)
    assert.match(stdout, /^ +Meaning: /m)
    assert.match(stdout, /^ +Fix: /m)
    assert.match(stdout, /^1 error; 0 of 1 chain sound/)
    assert.strictEqual(code, 2)
    const { stdout: verbose } = await runOn(broken, ["check", "--verbose"])
    assert.match(verbose, /^ {10}at VmItem\[1\]\/BackupItem\[1\]\/PartialBackupItem\[2\]$/m)
  })

  it.each([
    ["a broken uuid of an environment", "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}", "{4f6a}", "I01"],
    ["a broken uuid of a chain", "<Uuid>{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}", "<Uuid>{0b8f}", "I03"],
    ["an unknown kind", "<VmType>0", "<VmType>7", "I27"]
  ])("finds %s in a file, although no server would list it", async (_what, from, to, rule) => {
    const document = readExample("05-two-chains.xml").replace(from, to)
    const { code, stdout } = await runOn(document, ["check", "--complete", "--output", "json"])
    const json = JSON.parse(stdout)
    assert.include(json.findings.map(({ rule }: { readonly rule: string }) => rule), rule)
    assert.strictEqual(json.environments[0].chains.length, 2)
    assert.strictEqual(code, 2)
  })

  it("accepts a chain of any length and any number of chains", async () => {
    const wide = `<BackupTree><VmItem><Uuid>{a}</Uuid><Name/>${"<BackupItem/>".repeat(8000)}</VmItem></BackupTree>`
    const long = `<BackupTree><VmItem><Uuid>{a}</Uuid><Name/><BackupItem>${
      "<PartialBackupItem/>".repeat(8000)
    }</BackupItem></VmItem></BackupTree>`
    for (const document of [wide, long]) {
      assert.strictEqual((await runOn(document, ["check", "--output", "json"])).code, 2)
    }
  })

  it("refuses a document that contains nothing but problems", async () => {
    const document = `<BackupTree>${"<BackupItem/>".repeat(200_000)}</BackupTree>`
    const { code, stderr } = await runOn(document, ["check"])
    assert.match(stderr, /more than 100000 problems/)
    assert.strictEqual(code, 3)
  })

  it("prints findings as JSON", async () => {
    const { code, stdout } = await runProcess(["check", "--file", example("06-odd-legal.xml"), "--output", "json"])
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(json.schema, { name: "backup-tree/check", version: 2, minor: 0 })
    for (const finding of json.findings) {
      assert.containsAllKeys(finding, ["rule", "severity", "path", "message"])
    }
    assert.deepStrictEqual(
      json.findings.map(({ rule }: { readonly rule: string }) => rule),
      ["I13", "I19", "I20", "I20", "I30", "I31", "unknown-element", "unknown-element", "unknown-element"]
    )
    assert.strictEqual(code, 1)
  })
})

describe("a dispatcher", () => {
  it("serves a file over the real protocol", async () => {
    const env = { BACKUP_TREE_PASSWORD: canary }
    const server = await serve(["--file", twoChains, "--user", "admin"], { env })
    try {
      const listed = await runProcess(["list", "--server", `admin@${server.address}`, "--output", "json"], { env })
      const json = JSON.parse(listed.stdout)
      assert.strictEqual(json.completeness, "complete")
      assert.deepStrictEqual(json.source, { kind: "dispatcher", name: server.address })
      assert.strictEqual(json.environments[0].chains.length, 2)
      assert.strictEqual(listed.code, 0)
      const xml = await runProcess(["list", "--server", server.address, "--user", "admin", "--output", "xml"], { env })
      assert.strictEqual(xml.stdout, readExample("05-two-chains.xml"))
      const checked = await runProcess(["check", "--server", `admin@${server.address}`], { env })
      assert.strictEqual(checked.code, 0)
      const refused = await runProcess(["list", "--server", `admin@${server.address}`], {
        env: { BACKUP_TREE_PASSWORD: "wrong-canary" }
      })
      assert.strictEqual(refused.code, 3)
      assert.include(refused.stderr, "PRL_ERR_AUTHENTICATION_FAILED (0x80000330)")
      for (const { stderr, stdout } of [listed, xml, checked, refused]) {
        const written = (stdout + stderr).toLowerCase()
        for (const form of [...formsOf(canary), ...formsOf("wrong-canary")]) assert.notInclude(written, form)
      }
    } finally {
      assert.strictEqual(await server.stop(), 0)
    }
  })

  it("prefers the first line of a password file to the environment", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "password")
      fs.writeFileSync(file, `${canary}\r\nnot this line\n`)
      const server = await serve(["--file", twoChains], { env: { BACKUP_TREE_PASSWORD: canary } })
      try {
        const args = ["list", "--server", server.address, "--password-file", file]
        assert.strictEqual((await runProcess(args, { env: { BACKUP_TREE_PASSWORD: "wrong" } })).code, 0)
      } finally {
        await server.stop()
      }
    }))

  it("listens on loopback by default", async () => {
    const env = { BACKUP_TREE_PASSWORD: canary }
    for (const listen of ["0", ":0"]) {
      const server = await serve(["--file", twoChains, "--listen", listen], { env })
      assert.match(server.address, /^127\.0\.0\.1:\d+$/)
      await server.stop()
    }
    // The port is taken by this test or by this machine, so the error message contains the address.
    const taker = net.createServer()
    await new Promise((resolve) => taker.once("listening", resolve).once("error", resolve).listen(64_000, "127.0.0.1"))
    const { code, stderr } = await runProcess(["serve", "--file", twoChains], { env })
    taker.close()
    assert.match(stderr, /127\.0\.0\.1:64000/)
    assert.strictEqual(code, 3)
  })

  it("can be interrupted while it is queried, which exits with 3", async () => {
    const server = net.createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as net.AddressInfo
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
    const commands = [["list"], ["check", "--nagios"]] as const
    for (
      const [signal, command] of signals.flatMap((signal) => commands.map((command) => [signal, command] as const))
    ) {
      const args = [...command, "--server", `127.0.0.1:${port}`]
      const child = start(args, { env: { BACKUP_TREE_PASSWORD: canary } })
      let stdout = ""
      child.stdout.on("data", (text: Buffer) => (stdout += String(text)))
      const socket = await new Promise<net.Socket>((resolve) => server.once("connection", resolve))
      child.kill(signal)
      const code = await new Promise((resolve) => child.once("close", resolve))
      socket.destroy()
      assert.strictEqual(code, 3)
      if (command[0] === "list") assert.strictEqual(stdout, "")
      // A monitoring system gets its line in any case.
      else assert.match(stdout, /^BACKUP-TREE UNKNOWN - [^\n]*the check was interrupted[^\n]*\n$/)
    }
    server.close()
  })

  it("does not start without a password", async () => {
    const { code, stderr } = await run(["serve", "--file", twoChains, "--listen", "127.0.0.1:0"])
    assert.match(stderr, /no password .*--password-file.*BACKUP_TREE_PASSWORD/)
    assert.strictEqual(code, 3)
  })

  it("is reported if nothing listens", () =>
    withFolder(async (folder) => {
      const server = net.createServer().listen(0, "127.0.0.1")
      await new Promise((resolve) => server.once("listening", resolve))
      const address = `127.0.0.1:${(server.address() as net.AddressInfo).port}`
      await new Promise((resolve) => server.close(resolve))
      const { code, stderr } = await run(["list", "--server", address, ...passwordIn(folder)])
      assert.isTrue(stderr.startsWith(`backup-tree: ${address}: cannot connect: nothing listens there`), stderr)
      assert.strictEqual(code, 3)
    }))

  it("of this host is the default, through its socket", async () => {
    const { code, stderr } = await run(["check"])
    assert.include(stderr, "/var/run/prl_disp_service.socket")
    assert.strictEqual(code, 3)
    const other = await run(["check", "--socket=/nonexistent/socket"])
    assert.include(other.stderr, "/nonexistent/socket: cannot connect: the socket does not exist")
    assert.strictEqual(other.code, 3)
    assert.deepStrictEqual(await run(["check", "--socket"]), { code, stderr, stdout: "" })
  })

  it("that stays silent times out after --timeout", () =>
    withFolder(async (folder) => {
      const server = net.createServer().listen(0, "127.0.0.1")
      await new Promise((resolve) => server.once("listening", resolve))
      const { port } = server.address() as net.AddressInfo
      const flags = ["--timeout", "200ms", ...passwordIn(folder)]
      const { code, stderr } = await run(["list", "--server", `127.0.0.1:${port}`, ...flags])
      server.close()
      assert.match(stderr, /timed out after 200ms\. Increase --timeout/)
      assert.strictEqual(code, 3)
    }))
})

describe("wrong usage", () => {
  it.each([
    [["list", "--nope"]],
    [["nonsense"]],
    [["list", "--output", "yaml", "--file", twoChains]],
    [["list", "--timeout", "soon", "--file", twoChains]],
    [["list", "--server", "host", "--file", twoChains]],
    [["list", "--server", "host:99999"]],
    [["list", "--server", "user:secret@host"]],
    [["list", "--complete"]],
    [["check", "--file", twoChains, "--max-age", "-26h"]],
    [["check", "--file", twoChains, "-nh"]],
    [["list", "--file", twoChains, "--user", "root"]],
    [["list", "--file", twoChains, "--security-level", "low"]],
    [["list", "--server", "host", "--security-level", "none"]],
    [["list", "--file", twoChains, "--backup-directory", "/mnt/old"]],
    [["list", "--backup-directory", ""]],
    [["list", "--file", twoChains, "--uuid", webUuid, "--chain", chainUuid]],
    [["list", "--file", twoChains, "--flags", "PVTF_VM"]],
    [["list", "--file", "/nonexistent.xml"]],
    [["list", "--password-file", "/nonexistent", "--server", "host"]],
    [["serve", "--file", "/nonexistent.xml"]]
  ])("exits with 3 and a message: %j", async (args) => {
    const { code, stderr } = await run(args)
    assert.notStrictEqual(stderr.trim(), "")
    assert.notInclude(stderr, "    at ")
    assert.strictEqual(code, 3)
  })

  it.each([
    ["", "no text"],
    ["<BackupTree>", "truncated"],
    ["<BackupTree/><BackupTree/>", "two roots"],
    ["<BackupTree><VmItem></BackupTree></VmItem>", "crossed tags"],
    ["<!DOCTYPE a><BackupTree/>", "a DOCTYPE"],
    ["<BackupTree>&nope;</BackupTree>", "an undefined entity"],
    ["<Other/>", "another root"],
    ["\u0000", "a NUL"]
  ])("exits with 3 and a message for an invalid document: %j (%s)", async (document) => {
    const { code, stderr, stdout } = await runOn(document, ["check"])
    assert.match(stderr, /^backup-tree: \/\S+\/tree.xml: /)
    assert.strictEqual(stdout, "")
    assert.strictEqual(code, 3)
  })

  it("exits with 3 and a message for a file that is not UTF-8", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "latin1.xml")
      fs.writeFileSync(file, Buffer.from("<BackupTree>\xe9</BackupTree>", "latin1"))
      const { code, stderr } = await run(["check", "--file", file])
      assert.match(stderr, /it is not UTF-8/)
      assert.strictEqual(code, 3)
    }))

  it("does not hang on a named pipe without a writer", () =>
    withFolder(async (folder) => {
      const pipe = path.join(folder, "pipe")
      execFileSync("mkfifo", [pipe])
      const { code } = await runProcess(["list", "--file", pipe, "--timeout", "500ms"])
      assert.strictEqual(code, 3)
    }))

  it("does not hang on an endless password file", async () => {
    const { code, stderr } = await runProcess(["list", "--server", "host", "--password-file", "/dev/zero"])
    assert.match(stderr, /longer than 65536 bytes/)
    assert.strictEqual(code, 3)
  })

  it("includes an empty value, for example from an unset shell variable", async () => {
    const { code, stderr } = await run(["list", "--file", twoChains, "--uuid", ""])
    assert.match(stderr, /--uuid is empty/)
    assert.strictEqual(code, 3)
  })

  it("does not include filters on raw XML, but prints a warning", async () => {
    const { code, stderr, stdout } = await run(["list", "--file", twoChains, "--ct", "--output", "xml"])
    assert.strictEqual(stdout, readExample("05-two-chains.xml"))
    assert.match(stderr, /exactly as received/)
    assert.strictEqual(code, 0)
  })

  it.each([
    [["list", "--file", twoChains]],
    [["--version"]],
    [["list", "--help"]],
    [["--completions", "bash"]]
  ])("does not include a full disk, but prints an error: %j", async (args) => {
    const { code, stderr } = await runOnFullDisk(args)
    assert.match(stderr, /^backup-tree: cannot write to standard output: no space left on the device$/m)
    assert.strictEqual(code, 3)
  })

  it("does not include --version, which prints the version of the package", async () => {
    const manifest = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      readonly version: string
    }
    assert.strictEqual((await runProcess(["--version"])).stdout, `backup-tree v${manifest.version}\n`)
  })

  it("does not include --completions, in any position", async () => {
    const { stdout } = await run(["--completions", "bash"])
    assert.match(stdout, /plan/)
    assert.strictEqual((await run(["list", "--completions", "bash"])).stdout, stdout)
  })

  it("does not include --help", async () => {
    for (const args of [["--help"], ["list", "--help"], ["--version"]]) {
      const { code, stdout } = await run(args)
      assert.notStrictEqual(stdout, "")
      assert.strictEqual(code, 0)
    }
  })
})

describe("an unknown sub-command", () => {
  it.each([
    [["lst", "--help"], "lst", "list"],
    [["-h", "lst"], "lst", "list"],
    [["chekc", "--version"], "chekc", "check"],
    [["--log-level", "debug", "lst", "--help"], "lst", "list"],
    [["plan", "remvoe", "--help"], "remvoe", "remove"]
  ])("is wrong usage with a suggestion, also with a flag that prints a page: %j", async (args, given, suggested) => {
    const { code, stderr, stdout } = await run(args)
    assert.match(stderr, new RegExp(`^backup-tree: Unknown subcommand "${given}"`))
    assert.include(stderr, suggested)
    assert.deepStrictEqual([code, stdout], [3, ""])
  })

  it.each([
    [["plan", "restore", "--help"], /backup-tree plan restore/],
    [["plan", "restore", "web01", "--help"], /backup-tree plan restore/],
    [["list", "anything", "--help"], /backup-tree list/],
    [["--log-level", "debug", "--version"], /^backup-tree v/],
    [["--completions", "bash", "--help"], /plan/]
  ])("is not an argument of a command, nor the value of a flag: %j", async (args, page) => {
    const { code, stderr, stdout } = await run(args)
    assert.match(stdout, page)
    assert.deepStrictEqual([code, stderr], [0, ""])
  })
})

describe("the message about wrong usage", () => {
  it.each([
    ["an empty source", ["list", "--directory", ""], /^backup-tree: --directory is empty\. Pass a value/],
    ["an empty file name", ["check", "--file="], /^backup-tree: --file is empty\. Pass a value/],
    ["kinds beside --flags", ["list", "--vm", "--flags", "PBT_VM", "--file", twoChains], /leave out --vm and --ct/],
    [
      "a short flag",
      ["list", "-x", "json"],
      /^backup-tree: unknown flag -x\. Only -h, -o, -q, -s and -v are short forms/
    ]
  ])("explains %s", async (_, args, message) => {
    const { code, stderr, stdout } = await run(args)
    assert.match(stderr, message)
    assert.strictEqual(stdout, "")
    assert.strictEqual(code, 3)
  })

  it("explains that serve cannot listen", () =>
    withFolder(async (folder) => {
      const args = ["serve", "--file", twoChains, "--listen", "192.0.2.1:0", ...passwordIn(folder)]
      const { code, stderr } = await run(args)
      assert.match(stderr, /^backup-tree: cannot listen on 192\.0\.2\.1:0: this machine does not have that address/)
      assert.strictEqual(code, 3)
    }))
})

describe("demo", () => {
  it("runs every step, and exits with 0", async () => {
    const { code, stderr, stdout } = await runProcess(["demo"])
    assert.match(stderr, /^ {2}request sent, waiting for the server$/m)
    assert.match(stderr, /receiving .* of /)
    assert.match(stderr, /^ {2}done$/m)
    assert.match(stdout, /^NAME +KIND +NEWEST /m)
    assert.match(stdout, /^mail-gateway +VM .* error$/m)
    assert.match(stdout, /^build-ct +CT .* ok$/m)
    assert.match(stdout, /ERROR/)
    assert.match(stdout, /^ +Meaning: /m)
    assert.strictEqual(code, 0)
  })
})
