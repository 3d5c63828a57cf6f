/** An index of what the reading of a backup directory left out: which paths could not be read, which lack metadata. */
import type { DirectoryReading } from "./DirectoryReading.ts"

/** The skips of one reading, by path. */
export interface SkipIndex {
  /** Tells whether what lies at a path, or the file that describes it, could not be read: it may well be healthy. */
  readonly isUnread: (path: string) => boolean
  /** Tells whether a path is the directory of a full backup without metadata. */
  readonly isBare: (path: string) => boolean
}

/** Returns the directory that a file describes by its name, or the path itself. */
export const describedPath = (path: string): string => path.replace(/\/(?:\.metadata|config\.pvs|ve\.conf)$/, "")

/** Indexes the skips of a reading. */
export const make = ({ skips }: Pick<DirectoryReading, "skips">): SkipIndex => {
  const unread = new Set<string>()
  const bare = new Set<string>()
  for (const { path, reason } of skips) {
    if (reason === "unreadable" || reason === "outside-root") unread.add(path).add(describedPath(path))
    else if (reason === "base-without-metadata") bare.add(path)
  }
  return { isUnread: (path) => unread.has(path), isBare: (path) => bare.has(path) }
}
