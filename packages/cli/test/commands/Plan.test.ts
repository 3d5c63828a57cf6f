import { assert, describe, it } from "@effect/vitest"
import { example, readExample, run, runOn, runProcess } from "../support/command.ts"

const twoChains = example("05-two-chains.xml")
const newest = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const older = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"

const plan = (...args: ReadonlyArray<string>) => run(["plan", ...args, "--file", twoChains, "--complete"])
const ids = (items: ReadonlyArray<{ readonly id: string }>) => items.map(({ id }) => id)

describe("plan restore", () => {
  it("restores the product's default backup, and ends with the command to run", async () => {
    for (const target of ["web01", web, web.slice(1, -1)]) {
      const { code, stdout } = await plan("restore", target)
      assert.match(stdout, /^Plan: restore web01 /)
      assert.strictEqual(stdout.trimEnd().split("\n").at(-1), `prlctl restore -t '${newest}.2'`)
      assert.strictEqual(code, 0)
    }
  })

  it("restores one backup, with everything that it needs in order", async () => {
    const { code, stdout } = await plan("restore", `${older}.3`, "--output", "json")
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(json.schema, { name: "backup-tree/restore-plan", version: 2, minor: 0 })
    assert.deepStrictEqual(ids(json.items), [older, `${older}.2`, `${older}.3`])
    assert.strictEqual(json.command, `prlctl restore -t '${older}.3'`)
    assert.strictEqual(code, 0)
  })

  it("uses the newest backup made at or before a time; a date means the end of the day", async () => {
    const at = async (time: string) =>
      JSON.parse((await plan("restore", "web01", "--at", time, "--output", "json")).stdout).id
    assert.strictEqual(await at("2024-02-25"), `${older}.2`)
    assert.strictEqual(await at("2024-02-25 02:00:02"), older)
    assert.strictEqual(await at("2024-03-02T03:00:07+01:00"), newest)
  })

  it("exits with 4 for a restore that is impossible", async () => {
    for (const target of ["nobody", `${older}.9`, "{deadbeef-0000-4000-8000-000000000000}"]) {
      const { code, stderr, stdout } = await plan("restore", target)
      assert.match(stderr, /^backup-tree: /)
      assert.strictEqual(stdout, "")
      assert.strictEqual(code, 4)
    }
    assert.strictEqual((await plan("restore", "web01", "--at", "2020-01-01")).code, 4)
    assert.strictEqual((await plan("restore", "web01", "--at", "yesterday")).code, 3)
  })

  it("refuses a broken chain, and plans on the others", async () => {
    const document = readExample("05-two-chains.xml").replace(`${newest}.2</Id>`, `${newest}.3</Id>`)
    const broken = await runOn(document, ["plan", "restore", "web01", "--complete"])
    assert.match(broken.stderr, /is broken/)
    assert.strictEqual(broken.code, 4)
    const sound = await runOn(document, ["plan", "restore", `${older}.2`, "--complete"])
    assert.strictEqual(sound.code, 0)
  })

  it("is not confused by a machine that is named like an id", async () => {
    for (const id of [`${newest}.2`, newest]) {
      const document = readExample("08-legacy-tib.xml").replace("win2008<", `${id}<`)
        .replace(
          /<BackupTree[^>]*>/,
          (root) => root + /<VmItem[^]*<\/VmItem>/.exec(readExample("05-two-chains.xml"))![0]
        )
      const { code, stdout } = await runOn(document, ["plan", "restore", id, "--complete"])
      assert.strictEqual(stdout.trimEnd().split("\n").at(-1), `prlctl restore -t '${id}'`)
      assert.strictEqual(code, 0)
    }
  })

  it("selects by time only among the backups of a machine", async () => {
    const { code, stderr } = await plan("restore", `${older}.3`, "--at", "2024-03-03")
    assert.match(stderr, /--at selects a backup of a machine/)
    assert.strictEqual(code, 4)
  })

  it("refuses a name that two machines have", async () => {
    const document = readExample("08-legacy-tib.xml").replace("win2008<", "ct101<")
    const { code, stderr } = await runOn(document, ["plan", "restore", "ct101", "--complete"])
    assert.match(stderr, /\{2a6f3c10-.*\{3b7e4d21-/)
    assert.strictEqual(code, 4)
  })
})

describe("plan remove", () => {
  it("shows what is removed and what remains", async () => {
    const { code, stdout } = await plan("remove", `${older}.2`, "--output", "json")
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(ids(json.removed), [`${older}.2`, `${older}.3`])
    assert.deepStrictEqual(ids(json.remaining), [older, newest, `${newest}.2`])
    assert.strictEqual(json.command, `prlctl backup-delete -t '${older}.2'`)
    assert.strictEqual(code, 0)
  })

  it("keeps the chain with --keep-chain", async () => {
    const { stdout } = await plan("remove", older, "--keep-chain", "--output", "json")
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(ids(json.removed), [older])
    assert.deepStrictEqual(ids(json.remaining), [`${older}.2`, `${older}.3`, newest, `${newest}.2`])
    assert.strictEqual(json.promoted, `${older}.2`)
    assert.strictEqual(json.command, `prlctl backup-delete -t '${older}' --keep-chain`)
  })

  it("takes the short ids of a terminal, and prints whole ones", async () => {
    for (const id of ["a3d92c74.2", "A3D9.2"]) {
      const { stdout } = await plan("remove", id)
      assert.strictEqual(stdout.trimEnd().split("\n").at(-1), `prlctl backup-delete -t '${older}.2'`)
    }
    const { stdout } = await plan("restore", "a3d9.2", "--output", "json")
    assert.deepStrictEqual(ids(JSON.parse(stdout).items), [older, `${older}.2`])
    const kept = await plan("retention", "--keep-last=1", "--protect=a3d9.3", "--zone=UTC", "--output=json")
    const { reasons } = JSON.parse(kept.stdout).kept.find(({ id }: { readonly id: string }) => id === `${older}.3`)
    assert.deepStrictEqual(reasons, ["protected"])
    const { code, stderr } = await plan("remove", "beef.2")
    assert.deepStrictEqual([code, stderr.includes("\"beef.2\" is not a backup id")], [4, true])
  })

  it("ends with the command to run", async () => {
    const { stdout } = await plan("remove", `${older}.3`)
    assert.strictEqual(stdout.trimEnd().split("\n").at(-1), `prlctl backup-delete -t '${older}.3'`)
  })

  it("refuses a stale id, and explains what a server would do with it", async () => {
    const { code, stderr, stdout } = await runProcess([
      "plan",
      "remove",
      `${older}.9`,
      "--file",
      twoChains,
      "--complete"
    ])
    assert.match(stderr, /remove the whole chain/)
    assert.strictEqual(stdout, "")
    assert.strictEqual(code, 4)
  })
})

describe("plan remove --all-of", () => {
  it("shows every backup of a machine, and ends with the commands to run", async () => {
    const { code, stdout } = await plan("remove", "--all-of", "web01")
    assert.match(stdout, /^Plan: remove all backups of web01/)
    assert.deepStrictEqual(stdout.trimEnd().split("\n").slice(-2), [
      `prlctl backup-delete -t '${older}'`,
      `prlctl backup-delete -t '${newest}'`
    ])
    assert.strictEqual(code, 0)
  })

  it("prints JSON", async () => {
    const { stdout } = await plan("remove", "--all-of", "web01", "--output", "json")
    const json = JSON.parse(stdout)
    assert.deepStrictEqual(ids(json.removed), [older, `${older}.2`, `${older}.3`, newest, `${newest}.2`])
    assert.deepStrictEqual(json.remaining, [])
    assert.strictEqual(json.commands.length, 2)
  })

  it.each<readonly [args: ReadonlyArray<string>, code: number, message: RegExp]>([
    [[], 3, /--all-of NAME/],
    [[older, "--all-of", "web01"], 3, /either the id of a backup/],
    [["--all-of", "web01", "--keep-chain"], 3, /without --keep-chain/],
    [["--all-of", "nobody"], 4, /no VM or container "nobody"/]
  ])("refuses %j", async (args, code, message) => {
    const refused = await plan("remove", ...args)
    assert.match(refused.stderr, message)
    assert.deepStrictEqual([refused.stdout, refused.code], ["", code])
  })
})

describe("plan retention", () => {
  it("shows what stays, and ends with the commands to run", async () => {
    const { code, stdout } = await plan("retention", "--keep-last", "1", "--zone", "UTC")
    assert.match(stdout, /^Plan: keep 1 last \(UTC\)/)
    assert.strictEqual(stdout.trimEnd().split("\n").at(-1), `prlctl backup-delete -t '${older}'`)
    assert.strictEqual(code, 0)
  })

  it("prints JSON with what is kept and why, what is removed, and the commands", async () => {
    const args = ["--keep-daily", "1", "--zone", "Europe/London", "--protect", `${older}.2`, "--output", "json"]
    const { code, stdout } = await plan("retention", ...args, "web01")
    const { commands, kept, removed } = JSON.parse(stdout) as {
      readonly commands: ReadonlyArray<string>
      readonly kept: ReadonlyArray<{ readonly id: string; readonly reasons: ReadonlyArray<string> }>
      readonly removed: ReadonlyArray<{ readonly id: string }>
    }
    assert.deepStrictEqual(kept.map(({ id, reasons }) => [id, reasons]), [
      [older, ["needed-by"]],
      [`${older}.2`, ["protected"]],
      [newest, ["needed-by"]],
      [`${newest}.2`, ["daily"]]
    ])
    assert.deepStrictEqual(ids(removed), [`${older}.3`])
    assert.deepStrictEqual(commands, [`prlctl backup-delete -t '${older}.3' --keep-chain`])
    assert.strictEqual(code, 0)
  })

  it.each<readonly [args: ReadonlyArray<string>, code: number, message: RegExp]>([
    [["--zone", "UTC"], 3, /keeps no backup/],
    [["--keep-last", "-1", "--zone", "UTC"], 3, /-1/],
    [["--keep-last", "1", "--zone", "Europe/Londinium"], 3, /Londinium/],
    [["--keep-last", "1"], 3, /--zone/],
    [["--keep-last", "1", "--zone", "UTC", "--keep-within", "soon"], 3, /soon/],
    [["--keep-last", "1", "--zone", "UTC", "nobody"], 4, /nobody/],
    [["--keep-last", "1", "--zone", "UTC", "--protect", "nobody"], 4, /nobody/]
  ])("refuses %j", async (args, code, message) => {
    const refused = await plan("retention", ...args)
    assert.match(refused.stderr, message)
    assert.strictEqual(refused.stdout, "")
    assert.strictEqual(refused.code, code)
  })

  it("is refused for a file that may not be a full listing", async () => {
    const { code, stderr } = await run(["plan", "retention", "--file", twoChains, "--keep-last", "1", "--zone", "UTC"])
    assert.match(stderr, /unknown whether the listing .*--complete/)
    assert.strictEqual(code, 4)
  })
})

describe("plan retention --simulate", () => {
  const simulate = (...args: ReadonlyArray<string>) =>
    runProcess(["plan", "retention", "--zone", "UTC", "--simulate", "daily incremental, weekly full", ...args])

  it("shows months, the peak and a calendar, without a server", async () => {
    const { code, stderr, stdout } = await simulate(
      "--keep-daily",
      "7",
      "--for",
      "60d",
      "--full-size",
      "100GiB",
      "--incremental-size",
      "5GiB"
    )
    assert.match(stdout, /^Simulation: daily incremental, weekly full, from \d{4}-\d\d-\d\d to /)
    assert.match(stdout, /Makes 60 backups\. At most 1[34] backups, 2\d\d\.0 GiB, at once/)
    assert.deepStrictEqual([stderr, code], ["", 0])
  })

  it("prints JSON, without sizes if none are given", async () => {
    const { stdout } = await simulate("--keep-last", "3", "--output", "json")
    const json = JSON.parse(stdout)
    assert.deepStrictEqual([json.schedule, json.sizes, json.created, json.peak.bytes], [
      "daily incremental, weekly full",
      null,
      365,
      null
    ])
    assert.strictEqual(json.kept.at(-1).createdAt, json.months.at(-1).at)
  })

  it.each<readonly [args: ReadonlyArray<string>, message: RegExp]>([
    [["--keep-last", "1", "web01"], /no machines of a server/],
    [["--keep-last", "1", "--protect", "web01"], /no machines of a server/],
    [["--keep-last", "1", "--file", twoChains], /reads no listing/],
    [["--keep-last", "1", "--server", "node7"], /reads no listing/],
    [["--keep-last", "-1"], /write --flag=VALUE/],
    [["--keep-last", "1", "--for", "0d"], /a positive duration/],
    [["--keep-last", "1", "--full-size", "1GiB"], /--incremental-size/],
    [["--keep-last", "1", "--full-size", "1GB", "--incremental-size", "1"], /a whole number with a binary unit/],
    [["--keep-last", "1", "--for", "200y"], /100 years/],
    [[], /keeps no backup/]
  ])("refuses %j", async (args, message) => {
    const { code, stderr, stdout } = await simulate(...args)
    assert.match(stderr, message)
    assert.deepStrictEqual([stdout, code], ["", 3])
  })

  it("refuses a schedule that it cannot read, and flags that belong to a simulation", async () => {
    const retention = ["plan", "retention", "--zone", "UTC", "--keep-last", "1"]
    const schedule = await runProcess([...retention, "--simulate", "every day"])
    assert.match(schedule.stderr, /"every day".*daily incremental, weekly full/)
    const flag = await runProcess([...retention, "--for", "1y"])
    assert.match(flag.stderr, /belong to --simulate/)
    assert.deepStrictEqual([schedule.code, flag.code], [3, 3])
  })
})
