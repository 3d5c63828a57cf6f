import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { example, passwordIn, type Run, run, serve } from "./support/command.ts"

// Each starts two servers in processes of their own.
let folder = ""
let servers: ReadonlyArray<Awaited<ReturnType<typeof serve>>> = []
let both: ReadonlyArray<string> = []

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-servers-"))
  const password = passwordIn(folder)
  servers = await Promise.all(
    ["05-two-chains.xml", "04-ct-ploop.xml"].map((file) => serve(["--file", example(file), ...password]))
  )
  both = [...servers.flatMap(({ address }) => ["--server", address]), ...password, "--security-level", "normal"]
})

afterAll(async () => {
  await Promise.all(servers.map(({ stop }) => stop()))
  fs.rmSync(folder, { recursive: true })
})

const [vmUuid, ctUuid] = ["{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}", "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"]
const address = (index: number): string => servers[index]!.address
const downAfter = (run: Run) => [run.code, run.stderr]

/** The flags of both servers, and of one that nobody can reach. */
const withBroken = (): ReadonlyArray<string> => [...both, "--server", "127.0.0.1:1"]

describe("list with several servers", () => {
  it("merges their trees, and shows where each chain is", async () => {
    const { code, stderr, stdout } = await run(["list", "--tree", ...both])
    const lines = stdout.split("\n")
    assert.strictEqual(lines.filter((line) => line.endsWith(`  on ${address(0)}`)).length, 2)
    assert.strictEqual(lines.filter((line) => line.endsWith(`  on ${address(1)}`)).length, 1)
    assert.match(stdout, new RegExp(`from ${address(0)}, ${address(1)}\n$`))
    assert.deepStrictEqual([stderr, code], ["", 0])
  })

  it("shows the servers of each machine in the table", async () => {
    const { stdout } = await run(["list", ...both])
    const [titles, ...machines] = stdout.trimEnd().split("\n")
    assert.match(titles!, / {2}SERVERS$/)
    assert.deepStrictEqual(
      machines.map((line) => line.slice(line.lastIndexOf(" ") + 1)).toSorted(),
      [
        address(0),
        address(1)
      ].toSorted()
    )
  })

  it("has the servers in JSON, which can be read again", async () => {
    const { stdout } = await run(["list", ...both, "--output", "json"])
    const { environments, origins, source } = JSON.parse(stdout)
    assert.deepStrictEqual(source, {
      kind: "servers",
      name: `${address(0)}, ${address(1)}`,
      servers: [address(0), address(1)]
    })
    assert.deepStrictEqual(environments.map(({ uuid }: { readonly uuid: string }) => uuid), [vmUuid, ctUuid])
    assert.deepStrictEqual(
      origins.map(({ endpoints }: { readonly endpoints: ReadonlyArray<string> }) => endpoints),
      [[address(0)], [address(0)], [address(1)]]
    )
    const file = path.join(folder, "both.json")
    fs.writeFileSync(file, stdout)
    const again = await run(["list", "--tree", "--file", file])
    assert.include(again.stdout, `on ${address(1)}`)
  })

  it("is partial in JSON if one cannot be reached", async () => {
    const { stdout } = await run(["list", ...withBroken(), "--output", "json"])
    assert.strictEqual(JSON.parse(stdout).completeness, "partial")
  })

  it("shows the others if one cannot be reached, and exits with 3", async () => {
    const { code, stderr, stdout } = await run(["list", ...withBroken()])
    assert.include(stdout, "web01")
    assert.match(stderr, /127\.0\.0\.1:1/)
    assert.strictEqual(code, 3)
  })

  it("fails with each error if none can be reached", async () => {
    const args = ["list", "--server", "127.0.0.1:1", "--server", "127.0.0.1:2", ...passwordIn(folder)]
    const { code, stderr, stdout } = await run(args)
    assert.deepStrictEqual([stdout, code], ["", 3])
    assert.match(stderr, /127\.0\.0\.1:2: /)
    assert.match(stderr, /127\.0\.0\.1:1: /)
  })

  it("shows the others in time if one is silent", async () => {
    const silent = net.createServer()
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
    const { port } = silent.address() as net.AddressInfo
    // The others have a quarter of a minute to be printed, on a busy machine too.
    const { code, stderr, stdout } = await run(["list", ...both, "--server", `127.0.0.1:${port}`, "--timeout", "60s"])
    silent.close()
    assert.include(stdout, "web01")
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`))
    assert.strictEqual(code, 3)
  })

  it("refuses a server that is named twice, the raw XML of several, and commands about one", async () => {
    for (
      const [args, message] of [
        [["list", "--server", "root@a:64000", "--server", "a", ...passwordIn(folder)], /a:64000 twice/],
        [["list", "--output", "xml", ...both], /XML of one server/],
        [["plan", "restore", "web01", ...both], /queries one server/],
        [["check", "--state", path.join(folder, "state"), ...both], /about one server/]
      ] as const
    ) {
      const refused = await run(args)
      assert.match(refused.stderr, message)
      assert.deepStrictEqual([refused.stdout, refused.code], ["", 3])
    }
  })
})

describe("check with several servers", () => {
  it("finds the machines of an inventory on any of them", async () => {
    const inventory = path.join(folder, "inventory.txt")
    fs.writeFileSync(inventory, "web01\nct-mail\n")
    const { stdout } = await run(["check", ...both, "--inventory", inventory, "--output", "json"])
    const { machines, verdict } = JSON.parse(stdout)
    assert.deepStrictEqual(machines.map(({ state }: { readonly state: string }) => state), ["dated", "dated"])
    assert.strictEqual(verdict.chains.total, 3)
  })

  it("has no result if one cannot be reached, also for a monitoring system", async () => {
    const [code, stderr] = downAfter(await run(["check", ...withBroken()]))
    assert.match(String(stderr), /127\.0\.0\.1:1/)
    assert.strictEqual(code, 3)
    // Its machines are not missing: they may be on the server that is down.
    const inventory = path.join(folder, "lost.txt")
    fs.writeFileSync(inventory, "lost\n")
    assert.strictEqual((await run(["check", ...both, "--inventory", inventory])).code, 2)
    assert.strictEqual((await run(["check", ...withBroken(), "--inventory", inventory])).code, 3)
    const nagios = await run(["check", "--nagios", ...withBroken()])
    assert.match(nagios.stdout, /^BACKUP-TREE UNKNOWN - .*127\.0\.0\.1:1/)
    assert.strictEqual(nagios.code, 3)
  })
})

describe("plan retention with several servers", () => {
  const policy = ["plan", "retention", "--keep-last", "1", "--zone", "UTC"]

  it("plans for each by itself, because each command runs on one of them", async () => {
    const { code, stdout } = await run([...policy, ...both])
    assert.match(stdout, new RegExp(`^Server ${address(0)}\n\nPlan: keep 1 last`))
    assert.include(stdout, `\n\nServer ${address(1)}\n\nPlan: keep 1 last`)
    assert.strictEqual(code, 0)
  })

  it("takes machines and backups that one of them has, and plans nothing on the others", async () => {
    const { code, stderr, stdout } = await run([...policy, ...both, "--protect", "a3d92c74.2", "web01"])
    assert.deepStrictEqual([stderr, code], ["", 0])
    assert.notInclude(stdout, address(1))
    const unknown = await run([...policy, ...both, "web99"])
    assert.match(unknown.stderr, new RegExp(`${address(0)}: .*"web99"[^]*${address(1)}: .*"web99"`))
    assert.strictEqual(unknown.code, 4)
  })

  it("are planned from a saved listing of both only for each by itself", async () => {
    const file = path.join(folder, "plans.json")
    fs.writeFileSync(file, (await run(["list", ...both, "--output", "json"])).stdout)
    for (const args of [policy, ["plan", "remove", "a3d92c74.2"], ["plan", "restore", "web01"]]) {
      const { code, stderr } = await run([...args, "--file", file])
      assert.match(stderr, /is of several servers: .* so plan for each server by itself/)
      assert.strictEqual(code, 4)
    }
  })

  it("prints one document, and exits with 3 without one of them", async () => {
    const { code, stdout } = await run([...policy, ...withBroken(), "--output", "json"])
    assert.deepStrictEqual(
      JSON.parse(stdout).servers.map(({ source }: { readonly source: string }) => source),
      [address(0), address(1)]
    )
    assert.strictEqual(code, 3)
  })
})

describe("metrics of several servers", () => {
  it("has each family once, with the samples of each server", async () => {
    const { code, stdout } = await run(["metrics", ...withBroken()])
    const headers = stdout.split("\n").filter((line) => line.startsWith("# TYPE"))
    assert.strictEqual(new Set(headers).size, headers.length)
    for (const [index, up] of [1, 1].entries()) {
      assert.include(stdout, `backup_tree_look_success{source="${address(index)}"} ${up}\n`)
    }
    assert.include(stdout, "backup_tree_look_success{source=\"127.0.0.1:1\"} 0\n")
    assert.match(stdout, new RegExp(`backup_tree_backups\\{vm="[^"]*4f6a1c2e.*source="${address(0)}"\\} 5\n`))
    assert.strictEqual(code, 0)
  })

  it("refuses a server that is named twice", async () => {
    const { code, stdout } = await run(["metrics", "--server", "127.0.0.1:1", "--server", "root@127.0.0.1:1"])
    assert.deepStrictEqual([stdout, code], ["", 3])
  })

  it("compares an inventory with all of them together", async () => {
    const inventory = path.join(folder, "machines.txt")
    fs.writeFileSync(inventory, "web01\nct-mail\nlost\n")
    const { stdout } = await run(["metrics", ...both, "--inventory", inventory])
    const source = `source="${address(0)}, ${address(1)}"`
    assert.include(stdout, `backup_tree_inventory_machines{state="never",${source}} 1\n`)
    assert.include(stdout, `backup_tree_inventory_machines{state="dated",${source}} 2\n`)
    // One that may have their backups cannot be asked.
    const broken = await run(["metrics", ...withBroken(), "--inventory", inventory])
    assert.notInclude(broken.stdout, "inventory_machines{")
  })
})
