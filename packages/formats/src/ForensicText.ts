/**
 * The whole contents of a backup directory as lines for people. Hidden parts are labelled, and each mark is below the
 * part that it is about.
 *
 * @since 0.2.0
 */
import type { StoreSkip } from "@backup-tree/core/directory/files/StoreSkip"
import type * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { branches } from "./internal/branches.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Writes a directory as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (
  { environments, marks }: ForensicTree.ForensicTree,
  options: TreeText.TreeTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const others = marks.map((mark) => markLine(mark, style))
  return [
    ...environments.flatMap((environment, index) => [
      ...(index === 0 ? [] : [""]),
      ...environmentLines(environment, style)
    ]),
    ...(environments.length === 0 || others.length === 0 ? [] : [""]),
    ...others
  ]
}

const hidden = (isShown: boolean, style: Style.Style): string => isShown ? "" : `  ${style("warning", "HIDDEN")}`

const environmentLines = (
  { chains, directory, isShown, marks, metadata, name: called }: ForensicTree.ForensicEnvironment,
  style: Style.Style
): ReadonlyArray<string> => {
  const name = metadata === undefined
    ? [...(called === undefined ? [] : [TreeText.name({ name: called })]), "(no metadata)"].join("  ")
    : `${TreeText.name(metadata)}  ${TreeText.kindText({ ...metadata, chains: [] })}`
  return [
    `${style("title", name)}  ${style("faint", PrintableText.escape(directory))}${hidden(isShown, style)}`,
    ...branches([
      ...marks.map((mark) => [markLine(mark, style)]),
      ...chains.map((chain) => chainLines(chain, style))
    ], style)
  ]
}

const chainLines = (
  { directory, isShown, items, marks }: ForensicTree.ForensicChain,
  style: Style.Style
): ReadonlyArray<string> => [
  `${PrintableText.escape(directory)}${hidden(isShown, style)}`,
  ...branches([
    ...marks.map((mark) => [markLine(mark, style)]),
    // If the whole chain is hidden, its items are not labelled.
    ...items.map((item) => itemLines(item, isShown, style))
  ], style)
]

const itemLines = (
  { backup, directory, isShown, marks }: ForensicTree.ForensicItem,
  isChainShown: boolean,
  style: Style.Style
): ReadonlyArray<string> => [
  `${PrintableText.escape(directory).padEnd(4)}  ${
    backup === undefined ? "(no readable metadata)" : TreeText.itemText(backup)
  }${hidden(isShown || !isChainShown, style)}`,
  ...branches(marks.map((mark) => [markLine(mark, style)]), style)
]

const markLine = ({ detail, path, reason }: StoreSkip, style: Style.Style): string =>
  `${style("warning", reason)}  ${PrintableText.quote(path.slice(path.lastIndexOf("/") + 1), 80)}${
    detail === "" ? "" : `: ${PrintableText.excerpt(detail, 120)}`
  }`
