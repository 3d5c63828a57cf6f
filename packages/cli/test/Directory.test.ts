import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { example, type Run, run, serve, withFolder } from "./support/command.ts"

const root = example("backup-root")
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const chain = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

/** Copies the example, and adds the images that its backups name. */
const withStore = <A>(use: (store: string) => Promise<A>): Promise<A> =>
  withFolder((folder) => {
    const store = path.join(folder, "backups")
    fs.cpSync(root, store, { recursive: true })
    for (const image of ["harddisk.hdd.qcow2", "harddisk.hdd.2.qcow2", "harddisk.hdd.3.qcow2"]) {
      fs.writeFileSync(path.join(store, web, chain, image), "not a header")
    }
    return use(store)
  })

const json = async (args: ReadonlyArray<string>) => {
  const { code, stdout } = await run([...args, "--output", "json"])
  return {
    code,
    ...JSON.parse(stdout) as {
      readonly source: { readonly kind: string; readonly name: string }
      readonly completeness: string
      readonly environments: ReadonlyArray<{ readonly name: string }>
      readonly skips: ReadonlyArray<{ readonly path: string; readonly reason: string }>
      readonly findings?: ReadonlyArray<{ readonly rule: string }>
    }
  }
}

const skipsOf = async (args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const { stdout } = await run([...args, "--output", "json"])
  return (JSON.parse(stdout) as { readonly skips: ReadonlyArray<{ readonly reason: string }> }).skips.map((
    { reason }
  ) => reason)
}

describe("a backup directory", () => {
  it("is listed as a server would list it", () =>
    withStore(async (store) => {
      const { code, stdout } = await run(["list", "--tree", "--directory", store])
      assert.match(stdout, /web01 {2}virtual machine/)
      assert.match(stdout, /1 environment, 1 chain, 3 backups, 4\.5 GiB, from /)
      assert.strictEqual(code, 0)
      const listed = await json(["list", "--directory", store])
      assert.strictEqual(listed.completeness, "complete")
      assert.deepStrictEqual(listed.source, { kind: "directory", name: store })
      assert.deepStrictEqual(listed.skips, [])
    }))

  it("is printed as the XML that a server would send", () =>
    withStore(async (store) => {
      for (const command of ["list", "check"]) {
        const { stdout } = await run([command, "--directory", store, "--output", "xml"])
        const decoded = BackupTreeXml.decode(stdout, { mode: "strict" })
        assert.strictEqual(Result.getOrThrow(decoded).tree.environments[0]!.chains[0]!.incrementals.length, 2)
      }
    }))

  it("can be filtered", () =>
    withStore(async (store) => {
      assert.strictEqual((await json(["list", "--directory", store, "--ct"])).environments.length, 0)
      assert.strictEqual(
        (await json(["list", "--directory", store, "--backup-id", `${chain}.2`])).completeness,
        "partial"
      )
      const { code, stderr } = await run(["list", "--directory", store, "--backup-id", `${chain}.9`])
      assert.match(stderr, /backup ".*" was not found/)
      assert.strictEqual(code, 3)
    }))

  it("is checked for what a server hides, and why", () =>
    withStore(async (store) => {
      fs.rmSync(path.join(store, web, chain, "2", "config.pvs"))
      fs.mkdirSync(path.join(store, "lost+found"))
      const { code, findings, skips } = await json(["check", "--directory", store])
      assert.deepStrictEqual(skips.map(({ path, reason }) => [reason, path]), [
        ["not-uuid", "lost+found"],
        ["link-config-missing", `${web}/${chain}/2`]
      ])
      assert.includeMembers(findings!.map(({ rule }) => rule), ["not-uuid", "link-config-missing"])
      assert.strictEqual(code, 2)
    }))

  it("is shown with what a server hides", () =>
    withStore(async (store) => {
      fs.rmSync(path.join(store, web, chain, "2", "config.pvs"))
      const { code, stdout } = await run(["list", "--directory", store, "--forensic"])
      assert.match(stdout, /├─ 2 .*HIDDEN\n.*└─ link-config-missing/)
      assert.strictEqual(code, 0)
      const { environments } = JSON.parse(
        (await run(["list", "--directory", store, "--forensic", "--output", "json"])).stdout
      ) as {
        readonly environments: ReadonlyArray<{
          readonly chains: ReadonlyArray<
            { readonly items: ReadonlyArray<{ readonly isShown: boolean; readonly backup: { readonly id: string } }> }
          >
        }>
      }
      assert.deepStrictEqual(environments[0]!.chains[0]!.items.map(({ backup, isShown }) => [backup.id, isShown]), [
        [chain, true],
        [`${chain}.2`, false],
        [`${chain}.3`, true]
      ])
      for (const args of [["--ct"], ["--uuid", web], ["--output", "xml"], ["--server", "node7"]]) {
        assert.strictEqual((await run(["list", "--directory", store, "--forensic", ...args])).code, 3)
      }
      assert.match((await run(["list", "--forensic"])).stderr, /--forensic requires --directory/)
      assert.match((await run(["list", "--directory", "/nowhere", "--forensic"])).stderr, /cannot be read/)
    }))

  it("allows plans, as far as the images exist", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "backups")
      await run(["generate", directory, "--newest", "2026-01-07 06:00:00", "--environments", "1"])
      const soundOf = ({ stdout }: Run) => Number(/; (\d+) of \d+ chains sound /.exec(stdout)?.[1])
      const sound = soundOf(await run(["check", "--directory", directory]))
      const [machine = ""] = fs.readdirSync(directory)
      const planned = await run(["plan", "restore", "--directory", directory, machine])
      // The command would act on the directory of the server, not on this one.
      assert.notMatch(planned.stdout, /prlctl restore/)
      assert.match(planned.stdout, /No command is shown/)
      assert.strictEqual(planned.code, 0)
      const [, id = "", number = ""] = /(\{[^{}]*\})\.(\d+)\s*$/m.exec(planned.stdout.split("\n")[0]!) ?? []
      fs.rmSync(path.join(directory, machine, id, `harddisk.hdd.${number}.qcow2`))
      fs.writeFileSync(path.join(directory, "notes"), "")
      assert.deepStrictEqual(await skipsOf(["plan", "restore", "--directory", directory, `${id}.2`]), [
        "not-uuid",
        "missing-image"
      ])
      const { code, stderr } = await run(["plan", "restore", "--directory", directory, machine])
      assert.match(stderr, /cannot be restored\. I36 .* The best backup with all its images is /)
      assert.strictEqual(code, 4)
      const checked = await run(["check", "--directory", directory])
      assert.match(checked.stdout, /\nFor steps to recover from 1 fault, add --salvage\.\n$/)
      const salvage = await run(["check", "--directory", directory, "--salvage"])
      assert.match(salvage.stdout, /qemu-img convert -f qcow2 -O raw /)
      assert.notMatch(salvage.stdout, /ERROR/)
      assert.strictEqual(salvage.code, checked.code)
      assert.strictEqual(soundOf(checked), sound - 1)
    }))

  it("has plans that state what is left out, and why something is hidden", () =>
    withStore(async (store) => {
      fs.rmSync(path.join(store, web, chain, "2", "config.pvs"))
      assert.deepStrictEqual(await skipsOf(["plan", "remove", chain, "--directory", store]), ["link-config-missing"])
      fs.rmSync(path.join(store, web, ".metadata"))
      for (const target of [web, "web01"]) {
        const { code, stderr } = await run(["plan", "restore", "--directory", store, target])
        assert.match(stderr, /VM or container ".*" is in ".*", but a server does not list it: vm-metadata-missing at /)
        assert.strictEqual(code, 4)
      }
    }))

  it("lists the recoverable items of a request in JSON too", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "backups")
      await run(["generate", directory, "--newest", "2026-01-07 06:00:00", "--fault", "base-without-metadata"])
      const salvageOf = async (...args: ReadonlyArray<string>) =>
        (JSON.parse((await run(["check", "--directory", directory, "--output", "json", ...args])).stdout) as {
          readonly salvage: ReadonlyArray<{
            readonly missing: string
            readonly environment: { readonly directory: string }
            readonly how: ReadonlyArray<{ readonly file: object | null }>
          }>
        }).salvage
      const [entry, ...more] = await salvageOf()
      assert.deepStrictEqual(more, [])
      assert.strictEqual(entry!.missing, "head-metadata")
      assert.isNotNull(entry!.how.at(-1)!.file)
      const other = fs.readdirSync(directory).find((name) => name !== entry!.environment.directory) ?? ""
      assert.deepStrictEqual(await salvageOf("--uuid", other), [])
    }))

  it("has metrics", () =>
    withStore(async (store) => {
      const { code, stdout } = await run(["metrics", "--directory", store])
      assert.match(stdout, /backup_tree_backups\{.*\} 3\n/)
      assert.strictEqual(code, 0)
    }))

  it("is never healthy if it is empty", () =>
    withFolder(async (folder) => {
      const { code, findings } = await json(["check", "--directory", folder])
      assert.deepStrictEqual(findings!.map(({ rule }) => rule), ["empty-answer"])
      assert.strictEqual(code, 1)
    }))

  it("is reported if it does not exist", async () => {
    for (const args of [["list"], ["check"], ["plan", "restore", "web01"]]) {
      const { code, stderr } = await run([...args, "--directory", "/nowhere/backups"])
      assert.match(stderr, /\/nowhere\/backups: the backup directory cannot be read: it does not exist/)
      assert.strictEqual(code, 3)
    }
  })

  it("needs no login, and refuses flags that apply to a server", async () => {
    for (
      const args of [
        ["--server", "node7"],
        ["--socket"],
        ["--file", "tree.xml"],
        ["--user", "root"],
        ["--password-file", "secret"],
        ["--security-level", "low"],
        ["--backup-directory", "/mnt"],
        ["--complete"]
      ]
    ) {
      const { code, stderr } = await run(["list", "--directory", root, ...args])
      assert.match(stderr, /^backup-tree: .*(?:use only one of|leave (?:it )?out)/, args.join(" "))
      assert.strictEqual(code, 3)
    }
  })

  it("is read again for each request when it is served", () =>
    withStore(async (store) => {
      const password = path.join(path.dirname(store), "password")
      fs.writeFileSync(password, "secret", { mode: 0o600 })
      const server = await serve(["--directory", store, "--password-file", password])
      const count = async () => {
        const { stdout } = await run(["list", "--tree", "--server", server.address, "--password-file", password])
        return /(\d+) backups?, /.exec(stdout)?.[1] ?? "0"
      }
      try {
        assert.strictEqual(await count(), "3")
        fs.rmSync(path.join(store, web, chain, "3"), { recursive: true })
        assert.strictEqual(await count(), "2")
        fs.renameSync(store, `${store}.away`)
        assert.strictEqual(await count(), "0")
      } finally {
        await server.stop()
      }
    }))

  it("is served instead of a file, not together with one", async () => {
    for (const args of [[], ["--file", example("01-empty.xml"), "--directory", root]]) {
      const { code, stderr } = await run(["serve", ...args])
      assert.match(stderr, /specify exactly one of --file and --directory/)
      assert.strictEqual(code, 3)
    }
    assert.match((await run(["serve", "--directory", "/nowhere"])).stderr, /cannot be read/)
  })

  it("does not count a chain as sound if its images build on the wrong ones", () =>
    withFolder(async (folder) => {
      const soundAfter = async (...args: ReadonlyArray<string>) => {
        const directory = path.join(folder, String(args.length))
        await run(["generate", directory, "--newest", "2026-01-07 06:00:00", ...args])
        return Number(/; (\d+) of \d+ chains sound /.exec((await run(["check", "--directory", directory])).stdout)?.[1])
      }
      assert.strictEqual(await soundAfter("--fault", "backing-file-wrong"), await soundAfter() - 1)
    }))

  it("counts a hidden chain as one that is not sound", () =>
    withFolder(async (folder) => {
      const chainsAfter = async (...args: ReadonlyArray<string>) => {
        const directory = path.join(folder, String(args.length))
        await run(["generate", directory, "--newest", "2026-01-07 06:00:00", ...args])
        const { stdout } = await run(["check", "--directory", directory])
        const [, sound, total] = /; (\d+) of (\d+) chains sound /.exec(stdout) ?? []
        return { sound: Number(sound), total: Number(total) }
      }
      const { sound, total } = await chainsAfter()
      assert.deepStrictEqual(await chainsAfter("--fault", "head-invalid"), { sound: sound - 1, total })
    }))

  it("with every fault has a finding for each", () =>
    withFolder(async (folder) => {
      const store = StoreGenerator.generate({ seed: 1, environments: 8, weeks: 3 })
      const planned = Result.getOrThrow(StoreFault.plan(store, StoreFault.names, { seed: 1 }))
      const directory = path.join(folder, "backups")
      await Effect.runPromise(Effect.provide(
        Effect.andThen(
          StoreDirectory.write(store, directory),
          Effect.forEach(planned, ({ inject }) => inject(directory))
        ),
        NodeServices.layer
      ))
      const { code, findings } = await json(["check", "--directory", directory])
      const rules = new Set(findings!.map(({ rule }) => rule))
      for (const { fault: { name, reportedAs } } of planned) {
        const rule = Option.getOrUndefined(RuleTable.find(reportedAs))
          ?? RuleTable.all.find(({ reports }) => reports?.some((reason) => reason === reportedAs))
        assert.include([...rules], rule?.id, name)
      }
      assert.strictEqual(code, 2)
    }))
})
