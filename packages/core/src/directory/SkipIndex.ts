/**
 * An index of the skips of a backup directory: paths that could not be read, and paths without metadata.
 *
 * @since 0.2.0
 */
import type { DirectoryReading } from "./DirectoryReading.ts"

/**
 * The skips of one reading, by path.
 *
 * @category models
 * @since 0.2.0
 */
export interface SkipIndex {
  /** Returns whether a path, or the file that describes it, could not be read. The data may be healthy. */
  readonly isUnread: (path: string) => boolean
  /** Returns whether a path is the directory of a full backup without metadata. */
  readonly isBare: (path: string) => boolean
}

/**
 * Returns the directory that a file describes by its name, or the path itself.
 *
 * @category accessors
 * @since 0.2.0
 */
export const describedPath = (path: string): string => path.replace(/\/(?:\.metadata|config\.pvs|ve\.conf)$/, "")

/**
 * Indexes the skips of a reading.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = ({ skips }: Pick<DirectoryReading, "skips">): SkipIndex => {
  const unread = new Set<string>()
  const bare = new Set<string>()
  for (const { path, reason } of skips) {
    if (reason === "unreadable" || reason === "outside-root") unread.add(path).add(describedPath(path))
    else if (reason === "base-without-metadata") bare.add(path)
  }
  return { isUnread: (path) => unread.has(path), isBare: (path) => bare.has(path) }
}
