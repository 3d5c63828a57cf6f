/** Instructions for people: how to recover data from a backup directory, and how to make servers list it again. */
import type { ChainContents, ChainDisk } from "../../directory/ChainContents.ts"
import { chainPath } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/files/StoreNames.ts"
import type { Namesake } from "../../directory/Namesakes.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import * as ShellQuote from "../../text/ShellQuote.ts"
import type { SalvageStep } from "../SalvageStep.ts"
import type { BackupFault } from "./hidingReasons.ts"
import * as Metadata from "./metadata.ts"

const shown = (text: string): string => PrintableText.quote(text, 400)

/** Writes a list of file names. */
export const list = (names: ReadonlyArray<string>): string => names.map(shown).join(", ")

/** Writes a file name that programs do not read as an option, nor QEMU as a protocol. */
const fileWord = (name: string): string => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) ? name : `./${name}`

/** Replaces all but plain characters by their codes. */
const plain = (part: string): string =>
  part.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`)

/** Writes a directory name: without its braces, or marked if it has none. */
const plainDirectory = (name: string): string => /^\{([0-9A-Za-z-]+)\}$/.exec(name)?.[1] ?? `_${plain(name)}`

/** Returns a file name for the raw disk of an image that is unique in the backup directory. */
const targetOf = ({ directory, newest }: ChainDisk): string =>
  `${[...directory.split("/").map(plainDirectory), plain(newest.replace(/\.qcow2$/, ""))].join("__")}.raw`

const convert = (disk: ChainDisk): SalvageStep => {
  const { directory, imageCount, newest, virtualSize } = disk
  const below = imageCount === 1 ? "" : " and its backing images"
  const what = `Convert image ${shown(newest)}${below} to a raw disk of ${virtualSize} bytes.`
  return PrintableText.escape(newest) === newest
    ? {
      text: `${what} Set OUT to a directory elsewhere, and run this in directory ${shown(directory)}:`,
      command: `${
        ShellQuote.command(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", fileWord(newest)])
      } "\${OUT:?}"/${targetOf(disk)}`
    }
    : {
      text: `${what} It is in directory ${shown(directory)}. No command is shown, because the file name has characters `
        + "that are unsafe to print to a terminal."
    }
}

/** Returns the steps that recover the data of disks without changing the directory. */
export const convertSteps = (disks: ReadonlyArray<ChainDisk>): ReadonlyArray<SalvageStep> => {
  const numbers = new Set(disks.map(({ directory, number }) => `${directory} ${number}`))
  const directories = new Set(disks.map(({ directory }) => directory))
  return [
    ...disks.map(convert),
    ...(numbers.size > directories.size
      ? [{
        text:
          "Do not combine these disks: their images belong to different backups, so they show different points in time."
      }]
      : []),
    ...(disks.some(({ isAbsolute }) => isAbsolute)
      ? [{
        text: "Convert the images only while the directory is where it was when they were made: some of them refer to "
          + "their backing images by an absolute path."
      }]
      : [])
  ]
}

/** Returns the step for images without headers. */
export const headerlessSteps = (images: ReadonlyArray<string>): ReadonlyArray<SalvageStep> =>
  images.length === 0 ? [] : [{
    text:
      `Keep these images: ${list(images)}. Nothing else is known about them, because they have no header that names `
      + "their backing images."
  }]

/** Returns the step that writes a file, with its text if that is safe to print. */
const fileStep = (text: string, path: string, content: string, unknown: string): SalvageStep => {
  const isSafe = content.split("\n").every((line) => PrintableText.escape(line) === line)
  return isSafe && PrintableText.escape(path) === path
    ? { text: `${text} this text to ${shown(path)}. ${unknown}`, file: { path, content } }
    : {
      text:
        `${text} a new ${shown(path)}. Its text is not shown, because it has characters that are unsafe to print to `
        + "a terminal."
    }
}

const guessed = (contents: ChainContents, number: number): string =>
  contents.nearestDescribed(number) === undefined
    ? "Fill in the empty values if you know them."
    : "Fill in the time if you know it. Host and creator are copied from the nearest backup."

const again = "To make servers list it again,"

/** Returns the steps that make servers list a backup again. */
export const repairSteps = (contents: ChainContents, fault: BackupFault): ReadonlyArray<SalvageStep> => {
  const { directory, isConfigured, missing, number } = fault
  const path = `${chainPath(contents.at)}/${directory}/${StoreNames.metadata}`
  const { uuid } = contents
  const configure: SalvageStep = {
    text: `${again} copy a configuration into directory ${shown(directory)}. ${nearestConfiguration(contents, number)}`
  }
  const describe = (write: (uuid: string) => string): ReadonlyArray<SalvageStep> => {
    if (!contents.hasAllImages(number, fault.images)) {
      return [{ text: "Do not write new metadata, because the images of this backup cannot be identified." }]
    }
    if (uuid === undefined) {
      return [{ text: "Do not write new metadata, because no readable file has the uuid of the chain." }]
    }
    return [
      ...(isConfigured ? [] : [configure]),
      fileStep(isConfigured ? `${again} write` : "Then write", path, write(uuid), guessed(contents, number)),
      ...(contents.at.chain.directory === uuid
        ? []
        : [{ text: `Rename the directory of the chain to ${shown(uuid)}, the uuid in the ids of its backups.` }])
    ]
  }
  switch (missing) {
    case "head-metadata":
    case "base-directory":
      return [
        ...(missing === "base-directory" ? [{ text: `Create directory ${shown(directory)}.` }] : []),
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
          `Another backup is marked as the first of the chain, but ${shown(directory)} comes before it: an interrupted `
          + "removal with keep-chain leaves this behind. To make servers list the chain again, move that directory out "
          + "of the store, and all others with a smaller number than the first backup."
      }]
    case "backup-name":
      return [{
        text: `${again} rename directory ${shown(directory)} to ${shown(StoreNames.itemDirectory(number))}.`
      }]
  }
}

/** Describes the configuration to use instead of a lost one. */
const nearestConfiguration = (contents: ChainContents, number: number): string => {
  const nearest = contents.nearestConfigured(number)
  return nearest?.configuration === undefined
    ? "The chain has no readable configuration left."
    : `The nearest one is ${
      shown(`${nearest.directory}/${nearest.configuration.file}`)
    }, which may differ from the lost one.`
}

/** Returns the step that makes servers list an environment again whose metadata is lost or has an unknown kind. */
export const environmentMetadataStep = (environment: DirectoryReading.ReadEnvironment): SalvageStep =>
  fileStep(
    "To make servers list the VM or container again, write",
    `${environment.directory}/${StoreNames.metadata}`,
    Metadata.environmentMetadata(environment),
    "VmType is 0 for a virtual machine, and 1 or 2 for a container. The name is copied from the newest configuration, "
      + "if it has one. Nothing else is lost."
  )

/** Returns the step for a directory with a wrong name. */
export const nameStep = (uuid: string | undefined, namesake: Namesake): SalvageStep => {
  if (uuid === undefined) {
    return { text: `${again} restore the name of the directory. Its metadata does not have the name.` }
  }
  switch (namesake) {
    case "none":
      return { text: `${again} rename the directory to ${shown(uuid)}, the uuid in its metadata.` }
    case "same":
      return {
        text:
          `Use directory ${
            shown(uuid)
          } instead: it has the uuid in this metadata, and holds everything that is here. So `
          + "this is a copy or an older state of it."
      }
    case "other":
      return {
        text:
          `Compare this with directory ${shown(uuid)} before you move or remove either: that one has the uuid in this `
          + "metadata, but lacks data that is complete here."
      }
  }
}

/** Returns the step for a chain that lacks an image. `number` is that of its backup, if it is known. */
export const imageStep = (image: string, number: number | undefined, isFirst: boolean): SalvageStep => ({
  text: number === undefined
    ? `Restore nothing that builds on image ${shown(image)}, which is missing or damaged.`
    : `Without image ${shown(image)}, backup ${number} and all later ones cannot be restored.`
      + (isFirst ? "" : " Restore an earlier backup, which does not need it.")
})

/** The step for a backup that is not worth a repair. */
export const lostStep: SalvageStep = {
  text: "Do not repair it: it cannot be restored even if a server lists it again."
}

/** Returns the step for images whose backing chains do not reach a full backup. */
export const brokenStep = (images: ReadonlyArray<string>): SalvageStep => ({
  text: `Do not convert ${list(images)}: the image, or one of its backing images, is missing or is not a qcow2 image.`
})

/** The step for data that may never have been complete. */
export const doubtStep: SalvageStep = {
  text: "Check again when no backup is running. This may belong to a running or interrupted backup, whose images are "
    + "incomplete."
}

/** The step before all steps that change something. */
export const copyFirst: SalvageStep = { text: "Copy the affected files before you change anything." }
