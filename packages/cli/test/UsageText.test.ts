import { assert, describe, it } from "@effect/vitest"
import { run } from "./support/command.ts"

describe("a usage error", () => {
  const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, first: string]> = [
    [
      ["check", "--max-chain", "x"],
      "Invalid value for flag --max-chain: \"x\". Expected: a whole number of at least 1"
    ],
    [["check", "--max-chain=-1"], "Invalid value for flag --max-chain: \"-1\". Expected: a whole number of at least 1"],
    [
      ["check", "--max-chain", "1.5"],
      "Invalid value for flag --max-chain: \"1.5\". Expected: a whole number of at least 1"
    ],
    [["check", "--max-chain="], "Missing value for flag --max-chain. Expected: a whole number of at least 1"],
    [
      ["check", "--max-age", "1x"],
      "Invalid value for flag --max-age: \"1x\". Expected: a positive duration such as 500ms, 30s, 5m or 26h"
    ],
    [
      ["list", "--output", "yaml"],
      "Invalid value for flag --output: \"yaml\". Expected: table, tree, json, ndjson, csv, xml, prlctl, prlctl-full"
    ],
    [
      ["list", "--vm=maybe"],
      "Invalid value for flag --vm: \"maybe\". Expected: true, yes, on, 1, y, false, no, off, 0, n"
    ],
    [["list", "--security-level", "x"], "Invalid value for flag --security-level: \"x\". Expected: low, normal, high"],
    [["list", "--xml"], "Unrecognized flag: --xml in command backup-tree list\n  Did you mean this?\n    --output xml"],
    [
      ["check", "--json"],
      "Unrecognized flag: --json in command backup-tree check\n  Did you mean this?\n    --output json"
    ],
    [
      ["plan", "restore", "web01", "--json"],
      "Unrecognized flag: --json in command backup-tree plan restore\n  Did you mean this?\n    --output json"
    ],
    [["metrics", "--json"], "Unrecognized flag: --json in command backup-tree metrics"],
    [["list", "--id", "x"], "Unrecognized flag: --id in command backup-tree list"],
    [
      ["list", "--sever", "x"],
      "Unrecognized flag: --sever in command backup-tree list\n  Did you mean this?\n    --server"
    ],
    [
      ["list", "--directory="],
      "--directory is empty. Pass a value; if you use a shell variable, check that it is set."
    ],
    [["list", "--user="], "--user is empty. Pass a value; if you use a shell variable, check that it is set."],
    [["check", "--state="], "--state is empty. Pass a value; if you use a shell variable, check that it is set."],
    [
      ["check", "--inventory="],
      "--inventory is empty. Pass a value; if you use a shell variable, check that it is set."
    ],
    [
      ["generate", "-x"],
      "unknown flag -x. Only -h, -o, -q, -s and -v are short forms. Use the long name of a flag; --help lists them all."
    ]
  ]
  for (const [args, first] of cases) {
    it(`of ${args.join(" ")} names what was given and what is accepted`, async () => {
      const { code, stderr, stdout } = await run(args)
      assert.strictEqual(stderr.split("\nTry:")[0]!.trimEnd(), `backup-tree: ${first}`)
      assert.deepStrictEqual([code, stdout], [3, ""])
    })
  }

  it("has the same words on the line for a monitoring system", async () => {
    const { code, stdout } = await run(["check", "--nagios", "--output", "x"])
    assert.deepStrictEqual([code, stdout], [
      3,
      "BACKUP-TREE UNKNOWN - no result; Invalid value for flag --output: \"x\". Expected: text, json, xml\n"
    ])
  })
})
