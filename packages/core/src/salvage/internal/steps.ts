/** What to do about what is missing in a backup directory, as sentences and commands for people. */
import type { ChainContents, ChainDisk } from "../../directory/ChainContents.ts"
import { chainPath } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import type { Namesake } from "../../directory/Namesakes.ts"
import * as StoreNames from "../../directory/StoreNames.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import * as ShellQuote from "../../text/ShellQuote.ts"
import type { SalvageStep } from "../SalvageStep.ts"
import type { BackupFault } from "./backupFaults.ts"
import * as Metadata from "./metadata.ts"

const shown = (text: string): string => PrintableText.quote(text, 400)

/** Writes some names of files. */
export const list = (names: ReadonlyArray<string>): string => names.map(shown).join(", ")

/** Writes the name of a file so that no program takes it for an option or, as QEMU does, for a protocol. */
const fileWord = (name: string): string => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) ? name : `./${name}`

/** Writes what is no plain character as its code. */
const plain = (part: string): string =>
  part.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`)

/** Writes the name of a directory: one in braces goes without them, and any other is marked. */
const plainDirectory = (name: string): string => /^\{([0-9A-Za-z-]+)\}$/.exec(name)?.[1] ?? `_${plain(name)}`

/** Names the raw disk of an image as no other one of the directory. */
const targetOf = ({ directory, newest }: ChainDisk): string =>
  `${[...directory.split("/").map(plainDirectory), plain(newest.replace(/\.qcow2$/, ""))].join("__")}.raw`

const convert = (disk: ChainDisk): SalvageStep => {
  const { directory, imageCount, newest, virtualSize } = disk
  const below = imageCount === 1 ? "" : " and what it is backed by"
  const what = `Convert image ${shown(newest)}${below} to a raw disk of ${virtualSize} bytes, in directory ${
    shown(directory)
  }`
  return PrintableText.escape(newest) === newest
    ? {
      text: `${what}; OUT is a directory elsewhere:`,
      command: `${
        ShellQuote.command(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", fileWord(newest)])
      } "\${OUT:?}"/${targetOf(disk)}`
    }
    : { text: `${what}. No command is shown, for the name holds characters that no terminal should be given.` }
}

/** Says how to get at the data of disks, without a change to the directory. */
export const convertSteps = (disks: ReadonlyArray<ChainDisk>): ReadonlyArray<SalvageStep> => {
  const numbers = new Set(disks.map(({ directory, number }) => `${directory} ${number}`))
  const directories = new Set(disks.map(({ directory }) => directory))
  return [
    ...disks.map(convert),
    ...(numbers.size > directories.size
      ? [{ text: "These images are not all of one backup: together the disks are of no single moment." }]
      : []),
    ...(disks.some(({ isAbsolute }) => isAbsolute)
      ? [{
        text:
          "Some of these images name what they are backed by with an absolute path, and are read there: the directory "
          + "has to lie where it lay when they were made."
      }]
      : [])
  ]
}

/** Says what little is known of images that have no header. */
export const headerlessSteps = (images: ReadonlyArray<string>): ReadonlyArray<SalvageStep> =>
  images.length === 0 ? [] : [{
    text:
      `The images are there: ${list(images)}. That is all that is known of them: such images have no header that says `
      + "what they are backed by."
  }]

/** Says to write a file, with its text where that is safe to show. */
const fileStep = (text: string, path: string, content: string, unknown: string): SalvageStep => {
  const isSafe = content.split("\n").every((line) => PrintableText.escape(line) === line)
  return isSafe && PrintableText.escape(path) === path
    ? { text: `${text} ${shown(path)} like this. ${unknown}`, file: { path, content } }
    : {
      text: `${text} ${shown(path)} anew. Its text is not shown, for it holds characters that no terminal should be `
        + "given."
    }
}

const guessed = (contents: ChainContents, number: number): string =>
  contents.nearestDescribed(number) === undefined
    ? "What is empty in it nobody knows: fill it in, if you do."
    : "The time is left empty, for nobody knows it: fill it in, if you do. Host and creator are those of the nearest backup."

/** Says how a server may be made to show a backup again. */
export const mendSteps = (contents: ChainContents, fault: BackupFault): ReadonlyArray<SalvageStep> => {
  const { directory, isConfigured, missing, number } = fault
  const path = `${chainPath(contents.at)}/${directory}/.metadata`
  const { uuid } = contents
  const isNamed = uuid === undefined || contents.at.chain.directory === uuid
  const configure: SalvageStep = {
    text: `To see it again, put a configuration into directory ${shown(directory)}: ${
      nearestConfiguration(contents, number)
    }.`
  }
  const describe = (write: (uuid: string) => string): ReadonlyArray<SalvageStep> => {
    if (!contents.hasAllImages(number, fault.images)) {
      return [{ text: "Nobody can say which images are of it: its metadata cannot be written anew." }]
    }
    if (uuid === undefined) {
      return [{ text: "Nothing that can be read says which chain it is: its metadata cannot be written anew." }]
    }
    return [
      ...(isConfigured ? [] : [configure]),
      fileStep(isConfigured ? "To see it again, write" : "Then write", path, write(uuid), guessed(contents, number)),
      ...(isNamed
        ? []
        : [{ text: `The ids of its backups say ${shown(uuid)}: give the directory of the chain that name.` }])
    ]
  }
  switch (missing) {
    case "head-metadata":
    case "base-directory":
      return [
        ...(missing === "base-directory" ? [{ text: `Make directory ${shown(directory)}.` }] : []),
        ...describe((uuid) => Metadata.headMetadata(contents, fault, uuid))
      ]
    case "link-metadata":
      return describe((uuid) => Metadata.linkMetadata(contents, fault, uuid))
    case "head-configuration":
    case "link-configuration":
      return [configure]
    case "leftover":
      return [{
        text:
          `A later backup of the chain says that it is the first, and ${
            shown(directory)
          } comes before it: a removal that `
          + "keeps the chain leaves this behind if it breaks off. To see the chain again, move that directory, and any other "
          + "of a smaller number than the first backup has, out of the store."
      }]
    case "backup-name":
      return [{
        text: `To see it again, give directory ${shown(directory)} the name ${StoreNames.itemDirectory(number)}.`
      }]
  }
}

/** Says which configuration there is in place of one that is lost. */
const nearestConfiguration = (contents: ChainContents, number: number): string => {
  const nearest = contents.nearestConfigured(number)
  return nearest?.configuration === undefined
    ? "the chain has none left that can be read"
    : `the nearest is ${shown(`${nearest.directory}/${nearest.configuration.file}`)}, which may not be that of the time`
}

/** Says how an environment without metadata, or with that of a kind that no server shows, may be made to show again. */
export const environmentMetadataStep = (environment: DirectoryReading.ReadEnvironment): SalvageStep =>
  fileStep(
    "To see the environment again, write",
    `${environment.directory}/.metadata`,
    Metadata.environmentMetadata(environment),
    "VmType is 0 for a virtual machine, and 1 or 2 for a container; the name is that of its newest configuration, if that "
      + "says one. Nothing else of it is lost."
  )

/** Says what to do about a directory that does not bear the name it should. */
export const nameStep = (uuid: string | undefined, namesake: Namesake): SalvageStep => {
  if (uuid === undefined) {
    return { text: "To see it again, give the directory back its name: its metadata does not say which." }
  }
  switch (namesake) {
    case "none":
      return { text: `To see it again, give the directory the name that its metadata says: ${shown(uuid)}.` }
    case "same":
      return {
        text:
          `Its metadata says ${
            shown(uuid)
          }, and a directory of that name is there, which holds all that this one does: `
          + "this is a copy, or an older state of it."
      }
    case "other":
      return {
        text:
          `Its metadata says ${
            shown(uuid)
          }, and a directory of that name is there, which lacks something that is whole `
          + "here: compare the two before either is moved or removed."
      }
  }
}

/** Says what is still to be had of a chain that lacks an image; `number` is that of its backup, if anybody knows it. */
export const imageStep = (image: string, number: number | undefined, isFirst: boolean): SalvageStep => ({
  text: number === undefined
    ? `Without ${shown(image)} nothing that builds on it can be restored.`
    : `Without ${shown(image)} number ${number} and all later ones cannot be restored.`
      + (isFirst ? "" : " The backups before it do not need it.")
})

/** Says that there is nothing to mend. */
export const lostStep: SalvageStep = {
  text: "It cannot be restored, so that nothing would be won if a server showed it again."
}

/** Says that images do not lead down to a full backup. */
export const brokenStep = (images: ReadonlyArray<string>): SalvageStep => ({
  text: `Of ${
    list(images)
  } nothing can be had: the image, or one that it is backed by, is not there, or is no qcow2 image.`
})

/** Says that nobody knows whether what lies there was ever whole. */
export const doubtStep: SalvageStep = {
  text:
    "It may be of a backup that is running right now, or of one that broke off: then its images are not whole. Look "
    + "again when no backup is running."
}

/** Comes before all that changes something. */
export const copyFirst: SalvageStep = { text: "Keep a copy of what is there before you change anything." }
