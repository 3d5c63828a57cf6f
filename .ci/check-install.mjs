// Installs the packed packages in an empty project outside the repository, as their users do, and tries them there:
//
//   npm run check:install              pack first
//   npm run check:install -- release   the tarballs in the folder `release`
//
// Type-checks the examples of the documents and a small program with skipLibCheck off, runs the program and the command
// under the oldest Node that is supported and under this one, and the command under a Node that is too old. It needs the
// registry, takes about a minute, and is part of a release.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"

const root = join(import.meta.dirname, "..")
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const workspace = readJson(join(root, "package.json"))
const example = join(root, "packages/core/test/fixtures/05-two-chains.xml")
// The environment of `npm run` holds the settings and the paths of this repository, which a user does not have.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

/** Runs a command to its end and returns what it printed on standard output. */
const run = (command, args, options = {}) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8", env, ...options })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${error?.message ?? stdout + stderr}`)
  return stdout
}

const fail = (message) => {
  console.error(message)
  process.exitCode = 1
}

/** The tarballs in a folder by the names of their packages. */
const tarballsIn = (folder) =>
  Object.fromEntries(
    globSync("*.tgz", { cwd: folder }).map((file) => {
      const path = resolve(folder, file)
      return [JSON.parse(run("tar", ["-xzOf", path, "package/package.json"])).name, path]
    })
  )

const pack = (folder) => {
  mkdirSync(folder)
  const packages = globSync("packages/*", { cwd: root }).map((name) => `./${name}`)
  run("npm", ["pack", ...packages, "--pack-destination", folder], { cwd: root })
  return folder
}

const checkContents = (tarballs) => {
  for (const [name, path] of Object.entries(tarballs)) {
    const files = run("tar", ["-tzf", path]).split("\n")
    const wanted = ["LICENSE", "README.md", "CHANGELOG.md"].map((file) => `package/${file}`)
    const folders = name === "backup-tree" ? ["package/dist/"] : ["package/dist/", "package/src/"]
    const missing = [
      ...wanted.filter((file) => !files.includes(file)),
      ...folders.filter((folder) => !files.some((file) => file.startsWith(folder)))
    ]
    if (missing.length > 0) fail(`${basename(path)} lacks ${missing.join(", ")}`)
    else console.log(`${basename(path)}: ${files.length - 1} files`)
  }
}

/** The programs in the README of a package: blocks that import what they use. */
const programsIn = (readme) =>
  [...readFileSync(readme, "utf8").matchAll(/```ts\n(import [^]*?)```/g)].map(([, program]) => program)

/** Makes the project: all packages, the program, the examples of the documents, and those of the READMEs. */
const makeProject = (folder, tarballs) => {
  const { devDependencies } = workspace
  mkdirSync(join(folder, "src"), { recursive: true })
  cpSync(join(root, ".ci/consumer/main.ts"), join(folder, "src/main.ts"))
  for (const file of globSync("packages/*/test/examples/*.ts", { cwd: root })) {
    // Some use helpers of the tests, which are not published.
    if (/from "\.\.\//.test(readFileSync(join(root, file), "utf8"))) continue
    cpSync(join(root, file), join(folder, "src", file.split("/")[1], basename(file)))
  }
  for (const readme of globSync("packages/*/README.md", { cwd: root })) {
    programsIn(join(root, readme)).forEach((text, index) =>
      writeFileSync(join(folder, `src/readme-${readme.split("/")[1]}-${index}.ts`), text)
    )
  }
  const write = (file, value) => writeFileSync(join(folder, file), JSON.stringify(value, undefined, 2))
  write("package.json", {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: {
      ...Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`])),
      effect: readJson(join(root, "packages/core/package.json")).peerDependencies.effect
    },
    devDependencies: Object.fromEntries(
      ["@effect/vitest", "@types/node", "typescript", "vitest"].map((name) => [name, devDependencies[name]])
    )
  })
  write("tsconfig.json", {
    compilerOptions: {
      // With the libraries that TypeScript takes by default: the types of effect need those of a browser.
      target: "ES2024",
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: ["node"],
      rootDir: "src",
      outDir: "dist"
    },
    include: ["src"]
  })
  run("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder })
}

/** Installs another Node, and returns the path of its program. */
const installNode = (folder, version) => {
  const at = join(folder, `node-${version}`)
  mkdirSync(at)
  writeFileSync(join(at, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }))
  run("npm", ["install", "--no-audit", "--no-fund", `node@${version}`], { cwd: at })
  const program = join(at, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node")
  if (!existsSync(program)) throw new Error(`node@${version} installed no program at ${program}`)
  return program
}

const tryNode = (node, project) => {
  const version = run(node, ["--version"]).trim()
  const command = join(project, "node_modules", "backup-tree", "dist/bundle/bin.js")
  const printed = run(node, ["dist/main.js", example], { cwd: project })
  const listed = run(node, [command, "list", "--file", example], { cwd: project })
  if (!/\d+ backups in proven chains/.test(printed)) fail(`${version}: the program printed\n${printed}`)
  if (!/\d+ chains, \d+ backups/.test(listed)) fail(`${version}: backup-tree list printed\n${listed}`)
  run(node, [command, "demo"], { cwd: project })
  console.log(`${version}: the program and the command run`)
}

/** A Node that is too old is refused in one line, whatever else its version cannot do. */
const tryOldNode = (node, project) => {
  const version = run(node, ["--version"]).trim()
  const command = join(project, "node_modules", "backup-tree", "dist/bundle/bin.js")
  const { status, stderr, stdout } = spawnSync(node, [command, "list"], { encoding: "utf8", env })
  const isRefused = status === 3 && stdout === "" && /^backup-tree requires Node\.js \S+ or newer[^\n]*\n$/.test(stderr)
  if (isRefused) console.log(`${version}: the command refuses to run: ${stderr.trim()}`)
  else fail(`${version}: the command ended with ${status} and printed\n${stdout}${stderr}`)
}

const folder = mkdtempSync(join(tmpdir(), "backup-tree-install-"))
try {
  const tarballs = tarballsIn(process.argv[2] ?? pack(join(folder, "tarballs")))
  checkContents(tarballs)
  const project = join(folder, "project")
  makeProject(project, tarballs)
  run(join(project, "node_modules/.bin/tsc"), ["-p", "."], { cwd: project })
  console.log("the program and the examples type-check with skipLibCheck off")
  const oldest = workspace.engines.node.replace(">=", "")
  tryNode(installNode(folder, oldest), project)
  tryNode(process.execPath, project)
  tryOldNode(installNode(folder, "20"), project)
} catch (error) {
  fail(error.message)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
