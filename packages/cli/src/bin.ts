#!/usr/bin/env node
import { version } from "./Version.ts"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

// An older Node would fail somewhere else, with an error about something else.
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`backup-tree needs Node 22.19 or newer, and this is ${process.version}. Install a newer Node.`)
  process.exit(3)
}

// Asked by scripts, and answered without the rest.
const [only, ...others] = process.argv.slice(2)
if (only === "--version" && others.length === 0) console.log(`backup-tree v${version}`)
else await import("./main.ts")
