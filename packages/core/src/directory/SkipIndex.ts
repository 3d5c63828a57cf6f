/** How much of a backup directory was seen by whoever read it, and what is there without metadata. */
import type { DirectoryReading } from "./DirectoryReading.ts"

/** What the skips of a reading say of its paths. */
export interface Seen {
  /**
   * Tells whether something stands at a path, or describes what stands there, that could not be looked into: nothing is
   * known to be wrong with it.
   */
  readonly isUnread: (path: string) => boolean
  /** Tells whether a directory is that of a full backup without metadata. */
  readonly isBare: (path: string) => boolean
}

/** Returns the directory that a file describes by its name, or the path itself. */
export const describedPath = (path: string): string => path.replace(/\/(?:\.metadata|config\.pvs|ve\.conf)$/, "")

/** Goes through the skips of a reading. */
export const of = ({ skips }: Pick<DirectoryReading, "skips">): Seen => {
  const unread = new Set<string>()
  const bare = new Set<string>()
  for (const { path, reason } of skips) {
    if (reason === "unreadable" || reason === "outside-root") unread.add(path).add(describedPath(path))
    else if (reason === "base-without-metadata") bare.add(path)
  }
  return { isUnread: (path) => unread.has(path), isBare: (path) => bare.has(path) }
}
