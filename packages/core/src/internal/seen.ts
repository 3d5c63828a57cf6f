/** How much of a backup directory was seen by whoever read it, and what is there without metadata. */
import * as BackupId from "../BackupId.ts"
import type { DirectoryReading } from "../DirectoryReading.ts"

/** A directory of an incremental without metadata. */
interface BareLink {
  readonly directory: string
  readonly number: number
}

/** What the skips of a reading say of its paths. */
export interface Seen {
  /**
   * Tells whether something stands at a path, or describes what stands there, that could not be looked into: nothing is
   * known to be wrong with it.
   */
  readonly isUnread: (path: string) => boolean
  /** Tells whether a directory has no metadata. */
  readonly isBare: (path: string) => boolean
  /** Returns the directories of a chain that are of an incremental without metadata. */
  readonly bareLinks: (chainPath: string) => ReadonlyArray<BareLink>
}

const describing = /\/(?:\.metadata|config\.pvs|ve\.conf)$/

/** Goes through the skips of a reading. */
export const of = ({ skips }: Pick<DirectoryReading, "skips">): Seen => {
  const unread = new Set<string>()
  const bare = new Set<string>()
  const links = new Map<string, Array<BareLink>>()
  for (const { path, reason } of skips) {
    if (reason === "unreadable" || reason === "outside-root") unread.add(path).add(path.replace(describing, ""))
    else if (reason === "base-without-metadata") bare.add(path)
    else if (reason === "link-without-metadata") {
      const [, chain = "", directory = ""] = /^(.*)\/(.*)$/s.exec(path) ?? []
      const number = BackupId.parseNumber(directory)
      if (number === undefined) continue
      const found = links.get(chain)
      if (found === undefined) links.set(chain, [{ directory, number }])
      else found.push({ directory, number })
    }
  }
  return {
    isUnread: (path) => unread.has(path),
    isBare: (path) => bare.has(path),
    bareLinks: (chainPath) => links.get(chainPath) ?? []
  }
}
