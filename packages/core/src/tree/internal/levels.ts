/** The levels of a backup tree, and the sorting of an element's children by level. Source: SEMANTICS 1.1. */
import type { XmlElement } from "../../xml/XmlElement.ts"
import type * as BackupTree from "../BackupTree.ts"

/** The children of one level that are known: those that stand for one value first, then the lists. */
export interface Level {
  readonly singles: ReadonlyArray<string>
  readonly lists: ReadonlyArray<string>
  readonly indices: ReadonlyMap<string, number>
  /** What an element without children gives. */
  readonly empty: Pick<Content, "singles" | "lists">
}

const none: ReadonlyArray<never> = []

const level = (singles: ReadonlyArray<string>, lists: ReadonlyArray<string>): Level => ({
  singles,
  lists,
  indices: new Map([...singles, ...lists].map((name, index) => [name, index])),
  empty: { singles: singles.map(() => undefined), lists: lists.map(() => none) }
})

const backup: ReadonlyArray<string> = [
  "Id",
  "Host",
  "ServerUuid",
  "DateTime",
  "Creator",
  "Size",
  "Type",
  "Description",
  "OriginalSize",
  "BundlePermissions",
  "Flags",
  "BackupDisks"
]

export const environmentLevel = level(["VmType", "Uuid", "Name", "Version"], ["BackupItem"])
export const headLevel = level([...backup, "Uuid", "LastNumber"], ["TibFileList", "PartialBackupItem"])
export const incrementalLevel = level([...backup, "Number"], ["TibFileList"])
export const disksLevel = level([], ["BackupDisk"])
export const diskLevel = level(["Name", "OriginalPath", "Size", "Encryption"], [])
export const encryptionLevel = level(["KeyId"], [])

/** The children of an element, sorted by a level. */
export interface Content {
  /** One element for each name of the level's singles, the last one where there are several. */
  readonly singles: ReadonlyArray<XmlElement | undefined>
  readonly lists: ReadonlyArray<ReadonlyArray<XmlElement>>
  /** What the level does not know, with its index among all element children. */
  readonly kept: ReadonlyArray<BackupTree.KeptElement>
  /** How often each single element appeared that appeared more than once. */
  readonly repeated: ReadonlyMap<string, number> | undefined
}

/** Sorts the children of an element; strings between elements mean nothing. */
export const sort = (element: XmlElement, { empty, indices, singles: names }: Level): Content => {
  const singles = empty.singles.slice()
  const lists: Array<ReadonlyArray<XmlElement>> = empty.lists.slice()
  let kept: Array<BackupTree.KeptElement> | undefined
  let repeated: Map<string, number> | undefined
  let position = 0
  for (const child of element.children) {
    if (typeof child === "string") continue
    const index = indices.get(child.name)
    if (index === undefined) (kept ??= []).push({ position, element: child })
    else if (index >= names.length) {
      const list = lists[index - names.length]!
      if (list.length === 0) lists[index - names.length] = [child]
      else (list as Array<XmlElement>).push(child)
    } else {
      if (singles[index] !== undefined) {
        repeated ??= new Map()
        repeated.set(child.name, (repeated.get(child.name) ?? 1) + 1)
      }
      singles[index] = child
    }
    position++
  }
  return { singles, lists, kept: kept ?? none, repeated }
}

/**
 * Moves kept elements to where they stand once `written` known elements are written around them.
 *
 * A position beyond the end is the end (SEMANTICS 1.12), and a second reading must find what the first one said.
 */
export const settle = (
  kept: ReadonlyArray<BackupTree.KeptElement>,
  written: number
): ReadonlyArray<BackupTree.KeptElement> =>
  kept.length === 0
    ? none
    : kept.map(({ element, position }, index) => ({ position: Math.min(position, written + index), element }))

/**
 * Lets attributes of the root of a stored file stand for children that are missing. Source: SEMANTICS 1.13.
 */
export const attributesAsChildren = (root: XmlElement, { singles }: Level): XmlElement => {
  const there = new Set(root.children.map((child) => typeof child === "string" ? "" : child.name))
  const added = root.attributes
    .filter(([name]) => singles.includes(name) && name !== "BackupDisks" && !there.has(name))
    .map(([name, value]): XmlElement => ({ name, attributes: [], children: value === "" ? [] : [value] }))
  return { name: root.name, attributes: root.attributes, children: [...root.children, ...added] }
}
