// Gathers the newest section of each package's changelog, as `changeset version` wrote it, into the CHANGELOG.md of the
// repository: there each change stands once, with the packages that it concerns.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const kinds = ["Major", "Minor", "Patch"]

/** The changes of one kind in a section: list items, each with the lines that belong to it. */
const changesOf = (section, kind) => {
  const [, text = ""] = section.split(new RegExp(`^### ${kind} Changes\n`, "m"))
  return text.split(/^### /m)[0].split(/^- /m).slice(1)
    .map((item) => item.trim().replace(/^[0-9a-f]{7}: /, ""))
    // Every package depends on the others, so that this is the same line in each release.
    .filter((item) => !item.startsWith("Updated dependencies"))
}

/** The newest section of a changelog, without its heading. */
const sectionOf = (changelog, version) => {
  const [, section = ""] = changelog.split(`\n## ${version}\n`)
  return section.split(/^## /m)[0]
}

const readPackages = (root) =>
  readdirSync(join(root, "packages")).map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"))
    const changelog = readFileSync(join(root, "packages", folder, "CHANGELOG.md"), "utf8")
    return { name, version, section: sectionOf(changelog, version) }
  })

/** Writes one kind of change; a change that concerns only some packages names them. */
const printKind = (packages, kind) => {
  const byChange = new Map()
  for (const { name, section } of packages) {
    for (const change of changesOf(section, kind)) byChange.set(change, [...byChange.get(change) ?? [], name])
  }
  if (byChange.size === 0) return []
  const items = [...byChange].map(([change, names]) => {
    const text = change.replaceAll(/\n +/g, "\n  ")
    return names.length === packages.length
      ? `- ${text}`
      : `- ${text}\n\n  In ${names.map((name) => `\`${name}\``).join(", ")}.`
  })
  return [`### ${kind} changes`, items.join("\n\n")]
}

/** Adds the section of the version that the packages have now; returns that version. */
export const updateChangelog = (root, date) => {
  const packages = readPackages(root)
  const [{ version }] = packages
  const parts = kinds.flatMap((kind) => printKind(packages, kind))
  const file = join(root, "CHANGELOG.md")
  const before = readFileSync(file, "utf8")
  const at = before.search(/^## /m)
  const section = [`## ${version}, ${date}`, ...parts].join("\n\n")
  writeFileSync(file, `${before.slice(0, at)}${section}\n\n${before.slice(at)}`)
  return version
}
