// Tries the executable where there is nothing else: in an empty root, with the libraries that it names, without any
// environment. It needs to be root, or user namespaces.
import { execFileSync, spawnSync } from "node:child_process"
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const project = join(import.meta.dirname, "..")
const executable = join(project, "packages/cli/dist/executable/backup-tree")
const root = mkdtempSync(join(tmpdir(), "backup-tree-root-"))

const put = (from, to) => {
  mkdirSync(dirname(join(root, to)), { recursive: true })
  copyFileSync(from, join(root, to))
}

const pathOf = (program) => execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim()
const chroot = pathOf("chroot")
const enter = process.getuid() === 0 ? [chroot] : [pathOf("unshare"), "--map-root-user", chroot]

/** Runs the executable in the root. Its exit code and its output must be those that are expected. */
const run = (args, code, expected) => {
  const began = process.hrtime.bigint()
  const { status, stderr, stdout } = spawnSync("env", ["-i", ...enter, root, "/backup-tree", ...args], {
    encoding: "utf8"
  })
  const time = `${(process.hrtime.bigint() - began) / 1_000_000n} ms`
  if (status !== code || !expected.test(stdout)) {
    throw new Error(`backup-tree ${args.join(" ")}: exit code ${status}\n${stdout}${stderr}`)
  }
  console.log(`${args.slice(0, 2).join(" ")}: exit code ${code}, ${time}`)
}

try {
  put(executable, "backup-tree")
  const libraries = execFileSync("ldd", [executable], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g)
  const names = [...libraries].map(([, path]) => path)
  for (const name of names) put(name, name)
  cpSync(join(project, "packages/core/test/fixtures/05-two-chains.xml"), join(root, "tree.xml"))
  console.log(`a root with the executable and ${names.length} libraries: ${names.join(", ")}`)
  run(["--version"], 0, /^backup-tree v/)
  run(["list", "--file", "tree.xml"], 0, /web01 +VM/)
  run(["show", "web01", "--file", "tree.xml"], 0, /no findings/)
  run(["check", "--file", "tree.xml", "--complete"], 0, /^no findings/)
  run(["plan", "remove", "--all-of", "web01", "--file", "tree.xml", "--complete"], 0, /prlctl/)
  run(["generate", "/store", "--fault", "missing-image"], 0, /missing-image/)
  run(["check", "--directory", "/store"], 2, /I36/)
  run(["demo"], 0, /10 of 11 chains sound/)
} finally {
  rmSync(root, { recursive: true })
}
