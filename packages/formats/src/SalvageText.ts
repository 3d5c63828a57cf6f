/**
 * Salvages as lines for people: missing, lost and recoverable data, and the steps to take.
 *
 * @since 0.2.0
 */
import type { ChainDisk } from "@backup-tree/core/directory/ChainContents"
import type * as Salvage from "@backup-tree/core/salvage/Salvage"
import type { Missing } from "@backup-tree/core/salvage/SalvageStep"
import { fold } from "@backup-tree/core/text/FoldText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as ByteCount from "./ByteCount.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Options for writing salvages.
 *
 * @category models
 * @since 0.2.0
 */
export interface SalvageTextOptions {
  readonly style?: Style.Style | undefined
  /** The maximum line length of sentences (default: 100). Commands are not folded. */
  readonly width?: number | undefined
}

/**
 * Writes salvages as lines, one block for each fault.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (
  entries: ReadonlyArray<Salvage.Salvage>,
  options: SalvageTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const width = options.width ?? 100
  return entries.flatMap((entry, index) => [...(index === 0 ? [] : [""]), ...entryLines(entry, style, width)])
}

const missingText: { readonly [M in Exclude<Missing, "leftover">]: string } = {
  "environment-name": "the directory name of a VM or container",
  "environment-metadata": "the metadata of a VM or container",
  "environment-kind": "a machine kind that servers know",
  "chain-name": "the directory name of a chain",
  "backup-name": "the directory name of a backup",
  "base-directory": "the directory of the first backup of a chain",
  "head-metadata": "the metadata of the first backup of a chain",
  "head-configuration": "the configuration of the first backup of a chain",
  "link-metadata": "the metadata of an incremental",
  "link-configuration": "the configuration of an incremental",
  image: "an image"
}

const entryLines = (entry: Salvage.Salvage, style: Style.Style, width: number): ReadonlyArray<string> => {
  const { disks, environment, lost, missing, path, recoverable, steps } = entry
  const name = environment.name === undefined ? "" : ` (${TreeText.name({ name: environment.name })})`
  return [
    style(
      "title",
      `${PrintableText.escape(path)}${name}: ${
        missing === "leftover"
          ? "a leftover directory hides the chain"
          : `${missingText[missing]} is missing or unusable`
      }`
    ),
    ...[`Lost: ${lost}`, `Recoverable: ${recoverable}`, ...disks.map(diskText)].flatMap((text) =>
      indented(text, 2, width)
    ),
    ...steps.flatMap(({ command, text }, index) => [
      ...numbered(index + 1, text, width),
      ...(command === undefined ? [] : commandLines(command))
    ])
  ]
}

/** A document within a command is not indented: its lines are those of a file. */
const commandLines = (command: string): ReadonlyArray<string> => {
  const lines = command.split("\n").map((line) => PrintableText.escape(line))
  return lines.length === 1 ? lines.map((line) => `     ${line}`) : lines
}

const diskText = ({ imageCount, newest, number, oldest, virtualSize }: ChainDisk): string =>
  `Disk of ${ByteCount.print(virtualSize)}${number === undefined ? "" : `, up to backup ${number}`}: `
  + (imageCount === 1
    ? PrintableText.quote(newest)
    : `${imageCount} images, from ${PrintableText.quote(oldest)} to ${PrintableText.quote(newest)}`)

const indented = (text: string, by: number, width: number): ReadonlyArray<string> =>
  fold(text, width - by).map((line) => `${" ".repeat(by)}${line}`)

const numbered = (number: number, text: string, width: number): ReadonlyArray<string> =>
  indented(text, 5, width).map((line, index) => index === 0 ? `  ${`${number}.`.padEnd(3)}${line.slice(5)}` : line)
