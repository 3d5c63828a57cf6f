/** The levels of a backup tree, and sorting an element's children by level. Source: SEMANTICS 1.1. */
import type { XmlElement } from "../../xml/XmlElement.ts"
import type * as BackupTree from "../BackupTree.ts"

/** The known children of one level: first those that hold one value, then the lists. */
export interface Level {
  readonly singles: ReadonlyArray<string>
  readonly lists: ReadonlyArray<string>
  readonly indices: ReadonlyMap<string, number>
  /** The content of an element without children. */
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
  /** One element for each single name of the level. If there are several, the last one. */
  readonly singles: ReadonlyArray<XmlElement | undefined>
  readonly lists: ReadonlyArray<ReadonlyArray<XmlElement>>
  /** The children that the level does not know, each with its index among all child elements. */
  readonly kept: ReadonlyArray<BackupTree.KeptElement>
  /** How often each repeated single element appeared. */
  readonly repeated: ReadonlyMap<string, number> | undefined
}

/** Sorts the children of an element by a level. Strings between elements are ignored. */
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
 * Moves kept elements to their positions once `written` known elements are written around them.
 *
 * A position beyond the end is the end (SEMANTICS 1.12). A second reading must find the positions of the first one.
 */
export const settle = (
  kept: ReadonlyArray<BackupTree.KeptElement>,
  written: number
): ReadonlyArray<BackupTree.KeptElement> =>
  kept.length === 0
    ? none
    : kept.map(({ element, position }, index) => ({ position: Math.min(position, written + index), element }))

/** Turns attributes of the root of a stored file into its missing children. Source: SEMANTICS 1.13. */
export const attributesAsChildren = (root: XmlElement, { singles }: Level): XmlElement => {
  const there = new Set(root.children.map((child) => typeof child === "string" ? "" : child.name))
  const added = root.attributes
    .filter(([name]) => singles.includes(name) && name !== "BackupDisks" && !there.has(name))
    .map(([name, value]): XmlElement => ({ name, attributes: [], children: value === "" ? [] : [value] }))
  return { name: root.name, attributes: root.attributes, children: [...root.children, ...added] }
}
