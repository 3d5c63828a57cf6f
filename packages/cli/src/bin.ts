#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

// An older Node would fail somewhere else, with an error about something else.
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`backup-tree needs Node 22.19 or newer, and this is ${process.version}. Install a newer Node.`)
  process.exit(3)
}

await import("./main.ts")
