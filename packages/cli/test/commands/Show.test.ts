import { assert, describe, it } from "@effect/vitest"
import { example, readExample, run, runOn } from "../support/command.ts"

const twoChains = example("05-two-chains.xml")
const broken = readExample("03-vm-full-2inc.xml").replace("7a01}.3</Id>", "7a01}.4</Id>")

describe("show", () => {
  it("prints all backups of a machine, newest chain first, and that nothing is wrong", async () => {
    const { code, stdout } = await run(["show", "web01", "--file", twoChains, "--complete"])
    assert.match(stdout, /^web01 {2}virtual machine {2}\{4f6a1c2e-[^]*\n├─ full 1 [^]*\n└─ full 1 /)
    assert.match(stdout, /\n1 environment, 2 chains, 5 backups, 19\.3 GiB, from [^\n]*\n\nno findings\n$/)
    assert.strictEqual(code, 0)
  })

  it("adds what a check finds about the machine, and exits with 0 all the same", async () => {
    const { code, stdout } = await runOn(broken, ["show", "web*", "--complete"])
    assert.match(stdout, /\n\nweb01 {2}\{4f6a[^]*\n {2}ERROR {3}I05 /)
    assert.match(stdout, /\nI05 {2}incremental ids match their numbers\n {2}Meaning: /)
    assert.strictEqual(code, 0)
  })

  it("shortens ids on a terminal, unless all of them is wanted", async () => {
    const terminal = { columns: 80, rows: 40 }
    const shown = async (...args: ReadonlyArray<string>) =>
      (await run(["show", "web01", "--file", twoChains, "--complete", ...args], { terminal })).stdout
    assert.notInclude(await shown(), "-4f5f-8d6e-")
    assert.include(await shown("--full"), "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}")
  })

  it("suggests a name for one that is misspelt, and needs one", async () => {
    const { code, stderr } = await run(["show", "web1", "--file", twoChains])
    assert.match(stderr, /no VM or container in this listing matches "web1"\. Did you mean "web01"\?/)
    assert.strictEqual(code, 3)
    assert.strictEqual((await run(["show", "--file", twoChains])).code, 3)
  })
})
