/**
 * Steps with commands for a POSIX shell that can be pasted as they stand.
 *
 * Paths are absolute, so the directory of the shell does not matter. A path that begins with a slash is never read as an
 * option, nor by QEMU as a protocol. OUT is set by the first step; the other commands fail without it.
 */
import * as PrintableText from "../../text/PrintableText.ts"
import * as ShellQuote from "../../text/ShellQuote.ts"
import type { SalvageStep } from "../SalvageStep.ts"

/** The directory of everything that is copied or converted, as a word for a shell. */
const out = "\"${OUT:?}\""

const isSafe = (text: string): boolean => text.split("\n").every((line) => PrintableText.escape(line) === line)

/** Returns a step with a command, unless the command has characters that a terminal must not receive. */
const withCommand = (text: string, command: string): SalvageStep =>
  isSafe(command)
    ? { text: `${text}:`, command }
    : { text: `${text}. No command is shown, because a name has characters that are unsafe to print to a terminal.` }

/** Steps for a backup directory. Paths are relative to it. */
export interface ShellSteps {
  /** Chooses the directory of copies and disks. `bytes` is the space that all of them may take. */
  readonly chooseOutput: (bytes: bigint) => SalvageStep
  /** Copies a directory to a name in the output directory. */
  readonly copyOut: (text: string, path: string, name: string) => SalvageStep
  /** Converts an image and its backing files to a raw disk in the output directory. */
  readonly convert: (text: string, image: string, name: string) => SalvageStep
  readonly makeDirectory: (text: string, path: string) => SalvageStep
  /** Copies a file into a directory, unless it has one of that name. */
  readonly copyInto: (text: string, file: string, directory: string) => SalvageStep
  /** Renames something, unless the new name is taken. */
  readonly rename: (text: string, from: string, to: string) => SalvageStep
  /** Writes a file. `after` follows the place in the text. */
  readonly write: (text: string, path: string, content: string) => SalvageStep
}

/** Creates the steps for the backup directory with the given path. */
export const make = (root: string): ShellSteps => {
  const word = (path: string): string => ShellQuote.command([`${root === "/" ? "" : root}/${path}`])
  return {
    chooseOutput: (bytes) => ({
      text:
        `Choose a directory elsewhere for copies and disks, with up to ${bytes} bytes of space. The next commands use `
        + "it as OUT:",
      command: "OUT=~/backup-tree-salvage; mkdir -p \"$OUT\""
    }),
    copyOut: (text, path, name) =>
      withCommand(text, `cp -aT --no-clobber --reflink=auto ${word(path)} ${out}/${ShellQuote.command([name])}`),
    convert: (text, image, name) =>
      withCommand(text, `qemu-img convert -f qcow2 -O raw ${word(image)} ${out}/${ShellQuote.command([name])}`),
    makeDirectory: (text, path) => withCommand(text, `mkdir -p ${word(path)}`),
    copyInto: (text, file, directory) => withCommand(text, `cp -a --no-clobber ${word(file)} ${word(directory)}/`),
    rename: (text, from, to) => withCommand(text, `mv --no-clobber --no-target-directory ${word(from)} ${word(to)}`),
    write: (text, path, content) => {
      const step = withCommand(text, hereDocument(word(path), content))
      return step.command === undefined ? step : { ...step, file: { path, content } }
    }
  }
}

/** Writes a command that writes a file. Its last line occurs nowhere in the file. */
const hereDocument = (path: string, content: string): string => {
  const lines = content.trimEnd().split("\n")
  let end = "END"
  while (lines.includes(end)) end += "_"
  return [`cat > ${path} <<'${end}'`, ...lines, end].join("\n")
}
