const [major, minor] = process.versions.node.split(".").map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `backup-tree needs Node 22.19 or newer, and this is ${process.version}.\n`
      + "`npm ci` installs Node 24 into node_modules/.bin, unless install scripts are disabled.\n"
      + "Run: npm ci --ignore-scripts=false"
  )
  process.exit(1)
}
