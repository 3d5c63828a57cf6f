#!/usr/bin/env node
import * as fs from "node:fs"
import { version } from "./Version.ts"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

// An older Node.js would fail later, with a misleading error.
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`backup-tree requires Node.js 22.19 or newer, but this is ${process.version}. Install a newer Node.js.`)
  process.exit(3)
}

/** Writes to standard output. After a failure, the whole program tries again and reports it: the console would not. */
const isWritten = (text: string): boolean => {
  try {
    return fs.writeSync(1, text) === text.length
  } catch {
    return false
  }
}

// Scripts query the version, so it is printed without loading the rest.
const [only, ...others] = process.argv.slice(2)
if (only !== "--version" || others.length > 0 || !isWritten(`backup-tree v${version}\n`)) void import("./main.ts")
