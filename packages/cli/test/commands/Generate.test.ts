import * as StoreFault from "@backup-tree/testing/StoreFault"
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { run, withFolder } from "../support/command.ts"

const files = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()

const newest = ["--newest", "2026-01-07 06:00:00"]

describe("generate", () => {
  it("is healthy and recent by default", () =>
    withFolder(async (folder) => {
      await run(["generate", `${folder}/a`])
      const { code, stdout } = await run(["check", "--directory", `${folder}/a`, "--max-age", "26h"])
      assert.deepStrictEqual([code, stdout.match(/; (\d+) of (\d+) chains sound/)?.slice(1)], [0, ["25", "25"]])
    }))

  it("names the rules with which check reports a fault, and no other rule reports an error", () =>
    withFolder(async (folder) => {
      // The example of the README.
      const { stdout } = await run(["generate", `${folder}/a`, "--seed", "7", "--fault", "missing-image"])
      assert.include(stdout, "check reports I36 (missing-image)")
      const check = await run(["check", "--directory", `${folder}/a`])
      assert.strictEqual(check.code, 2)
      assert.deepStrictEqual([...new Set(check.stdout.match(/ERROR {3}[\w-]+/g))], ["ERROR   I36"])
    }))

  it("writes a backup directory, and prints what is in it", () =>
    withFolder(async (folder) => {
      const made = await run(["generate", `${folder}/a`, "--environments", "2", "--weeks", "2", "--seed=-7", ...newest])
      assert.deepStrictEqual(made, {
        code: 0,
        stdout: `${folder}/a: 2 environments, 5 chains, 23 backups, seed -7\n`,
        stderr: ""
      })
      const written = files(`${folder}/a`)
      assert.lengthOf(written.filter((name) => name.endsWith("/.metadata")), 2 + 23)
      await run(["generate", `${folder}/b`, "--environments", "2", "--weeks", "2", "--seed=-7", ...newest])
      assert.deepStrictEqual(files(`${folder}/b`), written)
      for (const name of written.filter((name) => name.endsWith("/.metadata"))) {
        assert.strictEqual(
          fs.readFileSync(`${folder}/b/${name}`, "utf8"),
          fs.readFileSync(`${folder}/a/${name}`, "utf8")
        )
      }
    }))

  it("injects faults, and prints where each is and how it is reported", () =>
    withFolder(async (folder) => {
      const flags = ["--environments", "2", "--fault", "missing-image", "--fault", "base-missing"]
      const { code, stdout } = await run(["generate", `${folder}/a`, ...flags])
      assert.strictEqual(code, 0)
      const [, missing, why, base, whyNot, ...rest] = stdout.split("\n")
      assert.match(missing!, /^missing-image {2}\{[^/]*\/\{[^/]*\/[^/]*\.(?:qcow2|tib)$/)
      assert.strictEqual(why, "    An image is missing; check reports I36 (missing-image)")
      const chain = /^base-missing {2}(.*)\/base$/.exec(base!)![1]!
      assert.match(whyNot!, /; check reports head-invalid, I38 of \{.*\/2$/)
      assert.deepStrictEqual(rest, [""])
      assert.isFalse(fs.existsSync(`${folder}/a/${chain}/base`))
      assert.isTrue(fs.existsSync(`${folder}/a/${chain}/2`))
    }))

  it("has a place for every fault in the default number of environments", () =>
    withFolder(async (folder) => {
      const { code, stderr, stdout } = await run(["generate", folder, "--fault", "all"])
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(
        stdout.split("\n").flatMap((line) => /^([a-z-]+) {2}\S/.exec(line)?.[1] ?? []),
        [...StoreFault.names]
      )
    }))

  it("accepts --damage for --fault", () =>
    withFolder(async (folder) => {
      const { stdout } = await run(["generate", `${folder}/a`, "--fault", "temp-file", ...newest])
      const { code, stdout: other } = await run(["generate", `${folder}/b`, "--damage", "temp-file", ...newest])
      assert.deepStrictEqual([code, other], [0, stdout.replace(`${folder}/a`, `${folder}/b`)])
    }))

  it("names every fault in its help", async () => {
    const { stdout } = await run(["generate", "--help"])
    for (const name of StoreFault.names) assert.include(stdout, name)
  })

  it("writes nothing if its arguments are wrong", () =>
    withFolder(async (folder) => {
      fs.writeFileSync(`${folder}/file`, "")
      const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
        [[folder], /^backup-tree: the directory ".*" is not empty\. Choose a new or an empty directory\.\n$/],
        [[`${folder}/file`], /^backup-tree: the directory ".*\/file" cannot be written: /],
        [[`${folder}/not/there`], /cannot be written: its parent directory does not exist\n$/],
        [[`${folder}/a`, "--fault", "bogus"], /--fault: "bogus"\. Expected: all, not-uuid, /],
        [[`${folder}/a`, "--environments", "0"], /--environments: "0"\. Expected: a whole number from 1 to 100000/],
        [[`${folder}/a`, "--weeks", "1"], /--weeks: "1"\. Expected: a whole number from 2 to 520/],
        [[`${folder}/a`, "--seed", "x"], /--seed: "x"\. Expected: a whole number\n/],
        [[`${folder}/a`, "--seed", "1.5"], /--seed: "1\.5"\. Expected: a whole number\n/],
        [[`${folder}/a`, "--newest", "x"], /^backup-tree: --newest: "x" is not a valid time\. Use 2024-03-03, /],
        [[""], /^backup-tree: the name of the directory is empty\./],
        [
          [`${folder}/a`, "--environments", "1", "--fault", "all"],
          /^backup-tree: --fault: no place is left .* Generate more/
        ],
        [[], /dir/]
      ]
      for (const [args, message] of wrong) {
        const { code, stderr, stdout } = await run(["generate", ...args])
        assert.match(stderr, message)
        assert.deepStrictEqual([code, stdout], [3, ""], args.join(" "))
      }
      assert.deepStrictEqual(files(folder), ["file"])
    }))
})
