// Makes a release of all packages, up to what only a person should do:
//
//   npm run release              give all packages the version that the changesets ask for, check it, and pack it
//   npm run release -- --pack    check and pack the version that they have, as the release workflow does
//
// The tarballs are put into `release`. Nothing is committed, tagged or published; the last lines say how to. If a step
// fails, `git restore .` and `git clean` undo the rest.
import { spawnSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { updateChangelog } from "./changelog.mjs"

const root = join(import.meta.dirname, "..")
process.chdir(root)

const stop = (message) => {
  console.error(message)
  process.exit(1)
}

const step = (command, ...args) => {
  console.log(`\n> ${command} ${args.join(" ")}`)
  const { error, status } = spawnSync(command, args, { stdio: "inherit" })
  if (status !== 0) stop(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`)
}

const read = (file) => readFileSync(file, "utf8")
const versions = () => new Set(globSync("packages/*/package.json").map((file) => JSON.parse(read(file)).version))

/** Gives all packages their next version, with everything that names it. */
const bump = () => {
  const { stdout } = spawnSync("git", ["status", "--porcelain"], { encoding: "utf8" })
  if (stdout !== "") stop(`Commit or stash your changes first:\n${stdout}`)
  if (globSync(".changeset/*.md").every((file) => file.endsWith("README.md"))) {
    stop("There is nothing to release: .changeset holds no changeset. Add one with `npm run changeset`.")
  }
  step("changeset", "version")
  const version = updateChangelog(root, new Date().toISOString().slice(0, 10))
  const source = "packages/cli/src/Version.ts"
  writeFileSync(source, read(source).replace(/(?<=version = ")[^"]+/, version))
  step("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
  step("npm", "run", "format")
}

if (!process.argv.includes("--pack")) bump()
const [version, ...others] = versions()
if (others.length > 0) stop(`The packages have different versions: ${[version, ...others].join(", ")}.`)

step("npm", "run", "check")
step("npm", "test")
rmSync("release", { recursive: true, force: true })
mkdirSync("release")
step("npm", "pack", ...globSync("packages/*").map((name) => `./${name}`), "--pack-destination", "release")
step("npm", "run", "check:install", "--", "release")

console.log(`
Version ${version} is in release/. To publish it:

  git add --all && git commit --message "Release ${version}"
  git tag v${version} && git push --follow-tags origin main v${version}

The workflow .github/workflows/release.yml then publishes the tag. To publish by hand:

  for file in release/*.tgz; do npm publish --access public "$file"; done`)
