// Switches each rule about a listing off, one after the other, and lists rule by rule the test that then fails.
//
//   npx node .ci/switch-rules-off.mjs            every rule
//   npx node .ci/switch-rules-off.mjs I09 I33    some rules
//
// It is run by hand, takes a few minutes, and ends with 1 if a rule can be off without a test noticing it. The sources
// have no switch: while vitest loads the table of rules, a plugin puts an empty check in the place of one of them.
import { createVitest } from "vitest/node"
import { listingRules as rules } from "../packages/core/src/check/RuleTable.ts"
import workspace from "../vitest.workspace.ts"

const table = "/packages/core/src/check/RuleTable.ts"
const declaration = "export const listingRules: ReadonlyArray<Rule> = ["

/** Makes the plugin that empties the check of one rule. */
const withoutRule = (off) => ({
  name: `without-${off}`,
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith(table)) return undefined
    const start = code.indexOf(declaration)
    const end = code.indexOf("]", start + declaration.length)
    if (start === -1 || end === -1) throw new Error(`${table} no longer declares its rules as this script expects`)
    const emptied = `.map((rule) => rule.id === ${JSON.stringify(off)} ? { ...rule, check: () => ({}) } : rule)`
    return code.slice(0, end + 1) + emptied + code.slice(end + 1)
  }
})

const fullName = (test) => `${test.module.relativeModuleId} > ${test.fullName}`

/** Runs the tests of the rules without one of them, and returns the names of those that fail, in the order of the files. */
const failures = async (off) => {
  // A project does not inherit plugins passed to vitest, so the one of core is built here.
  const { test, ...shared } = workspace
  const core = test.projects.find((project) => project.test.name === "core")
  const plugins = off === undefined ? [] : [withoutRule(off)]
  const vitest = await createVitest(
    // No other run may reuse a module that was loaded without a rule.
    { config: false, fsModuleCache: false, reporters: [{}], watch: false },
    { ...shared, plugins, root: core.root, test: { ...core.test, setupFiles: test.setupFiles } }
  )
  try {
    const { testModules } = await vitest.start(["test/check/"])
    const failed = testModules
      .toSorted((a, b) => a.relativeModuleId < b.relativeModuleId ? -1 : 1)
      .flatMap((module) => [...module.children.allTests("failed")])
    const broken = testModules.flatMap((module) => module.errors())
    if (broken.length > 0) throw new Error(broken.map(({ message }) => message).join("\n"))
    return failed.map(fullName)
  } finally {
    await vitest.close()
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((id) => !rules.some((rule) => rule.id === id))
if (unknown.length > 0) throw new Error(`no rule is called ${unknown.join(" or ")}`)

const before = await failures()
if (before.length > 0) throw new Error(`with every rule on, these tests fail:\n${before.join("\n")}`)

let silent = 0
for (const { id } of rules) {
  if (wanted.length > 0 && !wanted.includes(id)) continue
  // eslint-disable-next-line no-await-in-loop -- one after the other: each run takes all processors
  const [first, ...more] = await failures(id)
  if (first === undefined) silent++
  console.log(`${id.padEnd(20)} ${first ?? "NO TEST FAILS"}${more.length > 0 ? `  (and ${more.length} more)` : ""}`)
}
if (silent > 0) process.exit(1)
