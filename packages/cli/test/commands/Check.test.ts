import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { argumentsOf, example, passwordIn, readExample, type Run, run, serve, withFolder } from "../support/command.ts"

const twoChains = example("05-two-chains.xml")
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const older = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly message: string
}

const checkJson = async (args: ReadonlyArray<string>) => {
  const { code, stdout } = await run(["check", "--output", "json", ...args])
  const json = JSON.parse(stdout) as {
    readonly findings: ReadonlyArray<Finding>
    readonly machines?: ReadonlyArray<{ readonly state: string }>
  }
  return { code, rules: json.findings.map(({ rule }) => rule), json }
}

describe("check with limits", () => {
  it("finds backups that are too old, and chains that are too long", async () => {
    const { code, rules } = await checkJson(["--file", twoChains, "--complete", "--max-age", "26h", "--max-chain", "2"])
    assert.deepStrictEqual(rules, ["I40", "I41"])
    assert.strictEqual(code, 1)
  })

  it("refuses to judge the age of a machine by one chain", async () => {
    const { code, stderr } = await run(["check", "--file", twoChains, "--backup-id", older, "--max-age", "26h"])
    assert.match(stderr, /--max-age .* leave out --backup-id and --chain/)
    assert.strictEqual(code, 3)
  })

  it("warns that missing backups are not reported for a file that may be partial", async () => {
    assert.match((await run(["check", "--file", twoChains])).stderr, /may be a partial listing.*--complete/)
    assert.strictEqual((await run(["check", "--file", twoChains, "--complete"])).stderr, "")
  })

  it("refuses invalid limits", async () => {
    for (const args of [["--max-age", "soon"], ["--max-chain", "0"], ["--max-chain", "many"]]) {
      assert.strictEqual((await run(["check", "--file", twoChains, ...args])).code, 3)
    }
  })
})

/** Writes a listing of daily backups, with one that is missing and one that is 21 times as large as the others. */
const daily = (folder: string): string => {
  const xml = readExample("05-two-chains.xml")
  const item = /<BackupItem[^]*?<\/BackupItem>/.exec(xml)![0]
  const [part] = /<PartialBackupItem[^]*?<\/PartialBackupItem>/.exec(item)!
  const days = Array.from({ length: 20 }, (_, index) => index + 2).filter((day) => day !== 15)
  const parts = days.map((day, index) => {
    const number = String(index + 2)
    const texts = [
      ["Number", number],
      ["Id", `${older}.${number}`],
      ["DateTime", `2024-03-${String(day).padStart(2, "0")} 02:00:00`],
      ["Size", day === 12 ? "2100" : "100"]
    ] as const
    return texts.reduce((text, [name, value]) => text.replace(RegExp(`(?<=<${name}>)[^<]*`), value), part)
      .replaceAll(/\.hdd\.\d+\.qcow2/g, `.hdd.${number}.qcow2`)
  })
  const file = path.join(folder, "daily.xml")
  const chain = item.replace(/<PartialBackupItem[^]*<\/PartialBackupItem>/, parts.join("\n"))
    .replace(/(?<=<DateTime>)[^<]*/, "2024-03-01 02:00:00")
    .replace(/(?<=<LastNumber>)[^<]*/, "20")
  fs.writeFileSync(file, xml.replace(/<BackupItem[^]*<\/BackupItem>/, chain))
  return file
}

describe("check --cadence", () => {
  it("reports missed runs and unusual sizes, with the ids and the reasons", () =>
    withFolder(async (folder) => {
      const args = ["--file", daily(folder), "--complete"]
      assert.deepStrictEqual((await checkJson(args)).rules, [])
      const { code, json, rules } = await checkJson([...args, "--cadence"])
      assert.deepStrictEqual(rules, ["missed-runs", "missed-runs", "size-outlier"])
      assert.deepStrictEqual(json.findings.map(({ severity }) => severity), ["warning", "warning", "warning"])
      assert.match(
        json.findings[0]!.message,
        /between 2024-03-14T02:00:00Z and 2024-03-16T02:00:00Z, .* usual interval is .*, so 1 backup may have been missed/
      )
      assert.match(json.findings[2]!.message, /size is 2100 bytes; the median of its type is 100 bytes/)
      assert.strictEqual(code, 1)
      const { code: textCode, stdout } = await run(["check", ...args, "--cadence"])
      assert.match(
        stdout,
        /WARNING missed-runs[^]*between\s+2024-03-14T02:00:00Z\s+and\s+2024-03-16T02:00:00Z/
      )
      assert.match(stdout, /WARNING size-outlier[^]*2100\s+bytes/)
      assert.match(stdout, /Fix: Check the backup tasks of that time/)
      assert.strictEqual(textCode, 1)
    }))

  it("reports nothing about a listing that shows too few backups", async () => {
    const { code, rules } = await checkJson(["--file", twoChains, "--complete", "--cadence"])
    assert.deepStrictEqual([code, rules], [0, []])
  })
})

describe("check with an inventory", () => {
  it("finds machines without any backup, and reports the state of each", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "machines.json")
      fs.writeFileSync(
        file,
        JSON.stringify([
          { uuid: web.slice(1, -1), status: "running", ip_configured: "-", name: "web01" },
          { uuid: "00000000-0000-4000-8000-000000000001", status: "stopped", ip_configured: "-", name: "forgotten" }
        ])
      )
      const { code, json, rules } = await checkJson(["--file", twoChains, "--complete", "--inventory", file])
      assert.deepStrictEqual(rules, ["never-backed-up"])
      assert.match(json.findings[0]!.message, /forgotten/)
      // Without --max-age, no machine is fresh or stale.
      assert.deepStrictEqual(json.machines?.map(({ state }) => state), ["dated", "never"])
      assert.strictEqual(code, 2)
    }))

  it("refuses an invalid inventory", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "machines.json")
      fs.writeFileSync(file, "{\"half\": ")
      for (const inventory of [file, path.join(folder, "nothing")]) {
        const { code, stderr } = await run(["check", "--file", twoChains, "--complete", "--inventory", inventory])
        assert.match(stderr, /inventory/)
        assert.strictEqual(code, 3)
      }
    }))

  it("refuses an inventory that the listing cannot cover, also with JSON output", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "machines.json")
      fs.writeFileSync(file, JSON.stringify([{ uuid: web.slice(1, -1), name: "web01" }]))
      const directory = path.join(folder, "backups")
      await run(["generate", directory])
      const { code, stderr, stdout } = await run(
        ["check", "--output", "json", "--directory", directory, "--ct", "--inventory", file]
      )
      assert.match(stderr, /--inventory: .*it covers containers only/)
      const { error } = JSON.parse(stdout) as { readonly error: { readonly tag: string; readonly message: string } }
      assert.strictEqual(error.tag, "UsageError")
      assert.match(error.message, /it covers containers only/)
      assert.strictEqual(code, 3)
    }))
})

const documentLines = readExample("05-two-chains.xml").split("\n")
const [olderChain, newerChain] = [documentLines.slice(6, 109), documentLines.slice(109, 178)]
const container = readExample("04-ct-ploop.xml").split("\n").slice(1, -2)

const web01 = (chains: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  ...documentLines.slice(1, 6),
  ...chains.flat(),
  " </VmItem>"
]

const documentOf = (machines: ReadonlyArray<ReadonlyArray<string>>): string =>
  [`<BackupTree dyn_lists="VmItem ${machines.length}" id="-1">`, ...machines.flat(), "</BackupTree>", ""].join("\n")

/** Checks one listing after the other with the same state file. Returns the exit code and the rules, or the whole run. */
const remembering = (
  use: (
    look: (machines: ReadonlyArray<ReadonlyArray<string>>, args?: ReadonlyArray<string>) => Promise<
      readonly [number | null, ReadonlyArray<string>]
    >,
    run: (machines: ReadonlyArray<ReadonlyArray<string>>, args?: ReadonlyArray<string>) => Promise<Run>
  ) => Promise<void>
) =>
  withFolder(async (folder) => {
    const tree = path.join(folder, "tree.xml")
    const all = ["--file", tree, "--complete", "--state", path.join(folder, "state")]
    await use(
      async (machines, args = []) => {
        fs.writeFileSync(tree, documentOf(machines))
        const { code, rules } = await checkJson([...all, ...args])
        return [code, rules]
      },
      (machines, args = []) => {
        fs.writeFileSync(tree, documentOf(machines))
        return run(["check", ...all, ...args])
      }
    )
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["state", "tree.xml"])
  })

describe("check with a state file", () => {
  it("reports a missing old chain as possibly locked first, then as removed", () =>
    remembering(async (look) => {
      assert.deepStrictEqual(await look([web01([olderChain, newerChain])]), [0, []])
      const left = [web01([newerChain])]
      assert.deepStrictEqual(await look(left), [0, ["possibly-locked"]])
      assert.deepStrictEqual(await look(left), [0, ["removed-backups"]])
      assert.deepStrictEqual(await look(left), [0, []])
    }))

  it("warns about a missing newest backup until it is back or forgotten", () =>
    remembering(async (look) => {
      const whole = [web01([olderChain, newerChain])]
      const left = [web01([olderChain])]
      await look(whole)
      assert.deepStrictEqual(await look(left), [1, ["possibly-locked"]])
      for (let time = 0; time < 2; time++) assert.deepStrictEqual(await look(left), [1, ["lost-newest-backup"]])
      assert.deepStrictEqual(await look(whole), [0, []])
      await look(left)
      assert.deepStrictEqual(await look(left, ["--forget", "web01"]), [0, []])
      assert.deepStrictEqual(await look(left), [0, []])
    }))

  it("never reports a listing as healthy that lost a machine, and keeps checking the others", () =>
    remembering(async (look, run) => {
      const whole = [web01([olderChain, newerChain]), container]
      await look(whole)
      const left = [web01([newerChain])]
      assert.deepStrictEqual(await look(left), [2, ["lost-environments", "possibly-locked"]])
      assert.deepStrictEqual(await look(left), [2, ["lost-environments", "removed-backups"]])
      assert.deepStrictEqual(await look(left), [2, ["lost-environments"]])
      assert.match((await run(left)).stderr, /records missing backups of "ct-mail" \{[-0-9a-f]+\}\. If .* --forget/)
      assert.deepStrictEqual(await look([]), [2, ["empty-answer"]])
      assert.deepStrictEqual(await look([], ["--forget", "ct-mail"]), [2, ["empty-answer"]])
      assert.deepStrictEqual(await look(left), [0, []])
    }))

  it("refuses to forget what is not missing, and names what is", () =>
    remembering(async (look, runLook) => {
      await look([web01([newerChain]), container])
      const left = [web01([newerChain])]
      const { code, stderr } = await runLook(left, ["--forget", "nobody\u001b"])
      assert.match(stderr, /--forget: "nobody\\e" has no missing backups\. Machines with missing backups: "ct-mail"/)
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(await look(left), [2, ["lost-environments"]])
      const without = await run(["check", "--file", twoChains, "--forget", "ct-mail"])
      assert.match(without.stderr, /--forget requires --state/)
      assert.strictEqual(without.code, 3)
    }))

  it("counts the machines of one name that it does not list", () =>
    remembering(async (look, runLook) => {
      const named = Array.from(
        { length: 7 },
        (_, index) => container.map((line) => line.replace("<Uuid>{c5d0e2a4", `<Uuid>{c5d0e2a${index}`))
      )
      await look(named)
      const { code, stderr } = await runLook([web01([newerChain])], ["--forget", "ct-mail"])
      assert.match(
        stderr,
        /--forget: 7 machines are named "ct-mail": (?:\{[-0-9a-f]+\}, ){4}\{[-0-9a-f]+\} and 2 more\. Use/
      )
      assert.strictEqual(code, 3)
    }))

  it("warns about a chain that comes back without the newest backup", () =>
    remembering(async (look) => {
      const whole = [web01([olderChain, newerChain])]
      const cut = newerChain.findIndex((line) => line.includes("<PartialBackupItem"))
      const shorter = [
        ...newerChain.slice(0, cut),
        ...newerChain.slice(newerChain.indexOf("   </PartialBackupItem>") + 1)
      ]
      await look(whole)
      await look([web01([olderChain])])
      const [code, rules] = await look([web01([olderChain, shorter])])
      assert.include(rules, "lost-newest-backup")
      assert.strictEqual(code, 1)
    }))

  it("reports a new state file and what was forgotten, and prints the findings even if --forget fails", () =>
    remembering(async (_look, run) => {
      assert.match(
        (await run([web01([newerChain]), container])).stderr,
        /is a new state file; the next check compares against/
      )
      const wrong = await run([web01([newerChain])], ["--forget", "nobody"])
      assert.match(wrong.stdout, /ERROR {3}lost-environments/)
      assert.strictEqual(wrong.code, 3)
      const right = await run([web01([newerChain])], ["--forget", "ct-mail", "--forget", "ct-mail"])
      assert.match(right.stderr, /no longer reported as missing: environment \{[-0-9a-f]+\} \("ct-mail"\)/)
      assert.strictEqual(right.code, 0)
    }))

  it("leaves no temporary file, and keeps links and permissions", () =>
    withFolder(async (folder) => {
      const [link, state] = [path.join(folder, "link"), path.join(folder, "state")]
      const args = ["check", "--file", twoChains, "--complete", "--state", link]
      fs.writeFileSync(state, "")
      fs.rmSync(state)
      fs.symlinkSync(state, link)
      assert.match((await run(args)).stderr, /it is a broken symbolic link/)
      await run([...args.slice(0, -1), state])
      fs.chmodSync(state, 0o640)
      assert.strictEqual((await run(args)).code, 0)
      assert.isTrue(fs.lstatSync(link).isSymbolicLink())
      assert.strictEqual(fs.statSync(state).mode & 0o777, 0o640)
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["link", "state"])
    }))

  it("refuses a place where another user could put a link, and leaves what a link leads to", () =>
    withFolder(async (folder) => {
      const [shared, target] = [path.join(folder, "shared"), path.join(folder, "target")]
      fs.mkdirSync(shared)
      fs.chmodSync(shared, 0o1777)
      fs.writeFileSync(target, "precious")
      const check = (state: string) => run(["check", "--file", twoChains, "--complete", "--state", state])
      fs.symlinkSync(target, path.join(shared, "link"))
      for (const name of ["state", "link"]) {
        const { code, stderr } = await check(path.join(shared, name))
        assert.match(stderr, /other users can write to its directory ".*shared"/)
        assert.strictEqual(code, 3)
      }
      assert.strictEqual(fs.readFileSync(target, "utf8"), "precious")
      assert.deepStrictEqual(fs.readdirSync(shared), ["link"])
      const open = path.join(folder, "open")
      await check(open)
      fs.chmodSync(open, 0o666)
      assert.match((await check(open)).stderr, /other users can write to it/)
      // A directory further up can be exchanged too, unless it is sticky.
      const above = path.join(folder, "above")
      fs.mkdirSync(path.join(above, "private"), { recursive: true })
      for (const [mode, code] of [[0o777, 3], [0o1777, 0], [0o755, 0]] as const) {
        fs.chmodSync(above, mode)
        const checked = await check(path.join(above, "private", "state"))
        assert.strictEqual(checked.code, code, checked.stderr)
        if (code === 3) assert.match(checked.stderr, /other users can write to the directory ".*above" above it/)
      }
    }))

  it("is used by one check at a time, and a lock of a dead process does not matter", () =>
    withFolder(async (folder) => {
      const state = path.join(folder, "state")
      const check = () => run(["check", "--file", twoChains, "--complete", "--state", state])
      // In a container, a process that was killed may have had the same id.
      for (const dead of ["999999999", String(process.pid)]) {
        fs.writeFileSync(`${state}.lock`, dead)
        assert.strictEqual((await check()).code, 0)
      }
      const runs = await Promise.all([check(), check(), check()])
      assert.deepStrictEqual(runs.map(({ code }) => code), [0, 0, 0], JSON.stringify(runs))
      fs.writeFileSync(`${state}.lock`, String(process.ppid))
      const { code, stderr } = await check()
      assert.match(
        stderr,
        /is in use by another check \(process \d+\)\. Wait for that check\. .*remove the lock file ".*state\.lock"/
      )
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["state", "state.lock"])
    }))

  it("keeps the names of the state file", () =>
    withFolder(async (folder) => {
      const [tree, state] = [path.join(folder, "tree.xml"), path.join(folder, "state")]
      for (const chains of [[olderChain, newerChain], [newerChain]]) {
        fs.writeFileSync(tree, documentOf([web01(chains)]))
        await run(["check", "--file", tree, "--complete", "--state", state])
      }
      const { missing, schema, ...rest } = JSON.parse(fs.readFileSync(state, "utf8"))
      assert.deepStrictEqual(schema, { name: "backup-tree/state", version: 2 })
      assert.deepStrictEqual(Object.keys(rest), ["source", "fetchedAt", "gone", "xml"])
      assert.deepStrictEqual(Object.keys(missing[0]), [
        "environment",
        "name",
        "chain",
        "backup",
        "dateTime",
        "wasNewest",
        "since",
        "looks"
      ])
      assert.strictEqual(missing[0].looks, 1)
    }))

  it.each([
    ["--state -", ["--state", "-"], /--state requires a file name/],
    ["a folder", ["--state", "/"], /not a regular file/],
    ["--recheck-after alone", ["--recheck-after", "1s"], /--recheck-after requires --state/]
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await run(["check", "--file", twoChains, "--complete", ...args])
    assert.match(stderr, message)
    assert.strictEqual(code, 3)
  })

  it("requires time for the second query", async () => {
    const { code, stderr } = await run(["check", "--server", "host", "--state", "/nonexistent/s", "--timeout", "4s"])
    assert.match(stderr, /--timeout leaves no time/)
    assert.strictEqual(code, 3)
  })

  it("keeps an alarm that could not be printed", () =>
    withFolder(async (folder) => {
      const [tree, state] = [path.join(folder, "tree.xml"), path.join(folder, "state")]
      const args = ["check", "--file", tree, "--complete", "--state", state]
      fs.writeFileSync(tree, documentOf([web01([olderChain, newerChain])]))
      await run(args)
      const before = fs.readFileSync(state, "utf8")
      fs.writeFileSync(tree, documentOf([web01([newerChain])]))
      for (const form of [[], ["--nagios"]]) {
        const full = spawnSync("sh", [
          "-c",
          `exec "$0" "$@" > /dev/full`,
          process.execPath,
          ...argumentsOf([...args, ...form])
        ])
        assert.strictEqual(full.status, 3)
        assert.strictEqual(fs.readFileSync(state, "utf8"), before)
      }
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["state", "tree.xml"])
    }))

  it("refuses a state file that is incomplete, of another version or of another source, and does not change it", () =>
    withFolder(async (folder) => {
      const state = path.join(folder, "state")
      await run(["check", "--file", twoChains, "--complete", "--state", state])
      const good = fs.readFileSync(state, "utf8")
      for (
        const bad of [
          good.slice(0, 100),
          "",
          good.replace("\"version\":2", "\"version\":1"),
          good.replace(twoChains, "/other.xml"),
          good.replace("\"missing\":[]", "\"missing\":[{\"looks\":0}]"),
          good.replace("\"gone\":[]", "\"gone\":[\"nobody\"]")
        ]
      ) {
        fs.writeFileSync(state, bad)
        const { code, stderr } = await run(["check", "--file", twoChains, "--complete", "--state", state])
        assert.match(stderr, /cannot be used/)
        assert.strictEqual(code, 3)
        assert.strictEqual(fs.readFileSync(state, "utf8"), bad)
      }
    }))

  it("prints all findings even if the state file cannot be read or written, and does not exit with 0", () =>
    withFolder(async (folder) => {
      const broken = path.join(folder, "tree.xml")
      fs.writeFileSync(broken, fs.readFileSync(twoChains, "utf8").replace(".2</Id>", ".3</Id>"))
      const half = path.join(folder, "half")
      fs.writeFileSync(half, "{")
      for (const state of [half, path.join(folder, "nowhere", "state")]) {
        const args = (file: string) => ["check", "--file", file, "--complete", "--state", state]
        const people = await run(args(broken))
        assert.match(people.stdout, /[1-9] errors?/)
        assert.match(people.stderr, /the state file/)
        assert.strictEqual(people.code, 2)
        const json = await run([...args(broken), "--output", "json"])
        assert.match(json.stderr, /the state file/)
        assert.strictEqual(json.code, 2)
        for (const output of ["text", "json", "xml"]) {
          assert.strictEqual((await run([...args(twoChains), "--output", output])).code, 3)
        }
        const critical = await run([...args(broken), "--nagios"])
        assert.match(critical.stdout, /^BACKUP-TREE CRITICAL - [1-9] errors?[^|]*the state file/)
        assert.strictEqual(critical.code, 2)
        const healthy = await run([...args(twoChains), "--nagios"])
        assert.match(healthy.stdout, /^BACKUP-TREE UNKNOWN - no findings[^|]*the state file[^|]*\|/)
        assert.strictEqual(healthy.code, 3)
      }
    }))

  it.each([
    [["--vm"]],
    [["--uuid", "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"]],
    [["--chain", older]],
    [["--flags", "PBT_VM|PBT_CT"]]
  ])(
    "compares full listings only: %j is refused, and nothing is saved",
    (filter) =>
      withFolder(async (folder) => {
        const state = path.join(folder, "state")
        const { code, stderr } = await run(["check", "--file", twoChains, "--complete", "--state", state, ...filter])
        assert.match(stderr, /--state compares full listings/)
        assert.strictEqual(code, 3)
        assert.strictEqual((await run(["check", "--file", twoChains, "--state", state])).code, 3)
        assert.deepStrictEqual(fs.readdirSync(folder), [])
      })
  )

  it("reports a machine that is missing with its only chain after a second query", () =>
    withFolder(async (folder) => {
      const state = path.join(folder, "state")
      const password = passwordIn(folder)
      const server = await serve(["--file", twoChains, ...password])
      try {
        const args = ["--server", server.address, ...password, "--state", state]
        await checkJson(args)
        const lost = fs.readFileSync(state, "utf8").replaceAll("{4f6a1c2e", "{5f6a1c2e")
        fs.writeFileSync(state, lost)
        const { rules } = await checkJson([...args, "--recheck-after", "10ms"])
        assert.include(rules, "lost-environments")
      } finally {
        await server.stop()
      }
    }))

  it("needs no time to query a directory again", () =>
    withFolder(async (folder) => {
      const args = ["check", "--directory", example("backup-root"), "--state", path.join(folder, "state")]
      const { stderr } = await run([...args, "--recheck-after", "1h", "--timeout", "30m"])
      assert.notMatch(stderr, /--recheck-after/)
    }))

  it("queries a server again before it reports a missing backup", () =>
    withFolder(async (folder) => {
      const state = path.join(folder, "state")
      const password = passwordIn(folder)
      const server = await serve(["--file", twoChains, ...password])
      try {
        const args = ["--server", server.address, ...password, "--state", state, "--recheck-after", "10ms"]
        assert.strictEqual((await checkJson(args)).code, 0)
        // The state file contains a chain that the server never had.
        const remembered = fs.readFileSync(state, "utf8")
        fs.writeFileSync(state, remembered.replaceAll(older, "{deadbeef-0000-4000-8000-000000000000}"))
        const { rules } = await checkJson(args)
        assert.deepStrictEqual(rules, ["possibly-locked"])
      } finally {
        await server.stop()
      }
    }))
})

describe("check --nagios", () => {
  it("prints one line with performance data", async () => {
    const healthy = await run(["check", "--file", twoChains, "--complete", "--nagios"])
    assert.match(healthy.stdout, /^BACKUP-TREE OK - [^\n]*\| environments=1;;;0 [^\n]*\n$/)
    assert.strictEqual(healthy.code, 0)
    const stale = await run(["check", "--file", twoChains, "--complete", "--nagios", "--max-age", "1h"])
    assert.match(stale.stdout, /^BACKUP-TREE WARNING - /)
    assert.strictEqual(stale.code, 1)
    const both = await run(["check", "--file", twoChains, "--nagios", "--output", "json"])
    assert.match(both.stdout, /^BACKUP-TREE UNKNOWN - .*leave out --output/)
    const unknown = await run(["check", "--file", "/nonexistent", "--nagios"])
    assert.match(unknown.stdout, /^BACKUP-TREE UNKNOWN - .*does not exist/)
    assert.strictEqual(unknown.code, 3)
  })

  it.each([["--bogus"], ["--max-age=soon"], ["-26h"], ["--help"], ["--version"]])(
    "prints UNKNOWN if the arguments are wrong: %s",
    async (wrong) => {
      const { code, stdout } = await run(["check", "--file", twoChains, "--nagios", wrong])
      assert.match(stdout, /^BACKUP-TREE UNKNOWN - [^\n]+\n$/)
      assert.include(
        stdout,
        wrong === "--version" || wrong === "--help" ? "leave out --nagios" : wrong.split("=")[0]!
      )
      assert.deepStrictEqual(
        await run(["check", "--file", twoChains, "--nagios=true", wrong]).then(({ code }) => code),
        3
      )
      assert.strictEqual(code, 3)
    }
  )
})

describe("metrics", () => {
  it("prints what a collector reads, even if the run fails", async () => {
    const { code, stdout } = await run(["metrics", "--file", twoChains, "--complete"])
    assert.match(stdout, /^backup_tree_backups\{vm="\{4f6a1c2e-[^\n]*,name="web01",[^\n]*\} 5$/m)
    assert.match(stdout, /^backup_tree_look_success\{[^\n]*\} 1$/m)
    assert.strictEqual(code, 0)
    assert.match(stdout, /^backup_tree_findings\{rule="I05"[^\n]*\} 0$/m)
    // No directory was read.
    assert.notMatch(stdout, /rule="I36"/)
    assert.notMatch(stdout, /rule="I40"|rule="never-backed-up"/)
    const covered = await withFolder(async (folder) => {
      fs.writeFileSync(path.join(folder, "machines"), "web01\n")
      const inventory = ["--inventory", path.join(folder, "machines"), "--max-age", "26h"]
      return (await run(["metrics", "--file", twoChains, "--complete", ...inventory])).stdout
    })
    assert.match(covered, /^backup_tree_findings\{rule="stale-backup"[^\n]*\} 1$/m)
    assert.match(covered, /^backup_tree_findings\{rule="never-backed-up"[^\n]*\} 0$/m)
    assert.notMatch(covered, /rule="I40"/)
    const misled = await run(["metrics", "--file", twoChains, "--complete", "--inventory", "/nonexistent"])
    assert.strictEqual(misled.stdout, "")
    assert.match(misled.stderr, /the inventory "\/nonexistent" cannot be used/)
    assert.strictEqual(misled.code, 3)
    const failed = await run(["metrics", "--file", "/nonexistent"])
    assert.match(failed.stdout, /^backup_tree_look_success\{source="\/nonexistent"\} 0$/m)
    assert.match(failed.stderr, /does not exist/)
    assert.strictEqual(failed.code, 0)
  })
})

describe("metrics with an inventory that never ends", () => {
  it("stops in time, and prints a failed scrape", () =>
    withFolder(async (folder) => {
      const pipe = path.join(folder, "pipe")
      spawnSync("mkfifo", [pipe])
      const args = ["metrics", "--file", twoChains, "--complete", "--inventory", pipe, "--timeout", "2s"]
      const { code, stderr, stdout } = await run(args)
      assert.include(stdout, "backup_tree_look_success{")
      assert.match(stderr, /timed out after 2s/)
      assert.strictEqual(code, 0)
    }))
})

describe("check --nagios with a defect", () => {
  it("prints one line with UNKNOWN for a defect of the program, too", () =>
    withFolder(async (folder) => {
      const preload = path.join(folder, "preload.cjs")
      fs.writeFileSync(preload, "Map.groupBy = () => { throw new Error('planted') }")
      const command = argumentsOf(["check", "--file", twoChains, "--complete", "--nagios"])
      const { status, stdout } = spawnSync(process.execPath, ["--require", preload, ...command], { encoding: "utf8" })
      assert.match(
        stdout,
        /^BACKUP-TREE UNKNOWN - no result; internal error in backup-tree; please report it: planted \| time=[\d.]+s;;;0\n$/
      )
      assert.strictEqual(status, 3)
    }))
})
