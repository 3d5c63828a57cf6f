/** Instructions for people: how to recover data from a backup directory, and how to make servers list it again. */
import type { ChainContents, ChainDisk } from "../../directory/ChainContents.ts"
import { chainPath } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/files/StoreNames.ts"
import type { Namesake } from "../../directory/Namesakes.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type { SalvageStep } from "../SalvageStep.ts"
import type { BackupFault } from "./hidingReasons.ts"
import * as Metadata from "./metadata.ts"
import type { ShellSteps } from "./shellSteps.ts"

const shown = (text: string): string => PrintableText.quote(text, 400)

/** Writes a list of file names. */
export const list = (names: ReadonlyArray<string>): string => names.map(shown).join(", ")

/** Replaces all but plain characters by their codes. */
const plain = (part: string): string =>
  part.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`)

/** Writes a directory name: without its braces, or marked if it has none. */
const plainDirectory = (name: string): string => /^\{([0-9A-Za-z-]+)\}$/.exec(name)?.[1] ?? `_${plain(name)}`

/** Returns a name for a directory of the backup directory. Different directories have different names. */
const plainPath = (path: string): string => path.split("/").map(plainDirectory).join("__")

const convert = (shell: ShellSteps, { directory, imageCount, newest, virtualSize }: ChainDisk): SalvageStep => {
  const below = imageCount === 1 ? "" : " and its backing images"
  return shell.convert(
    `Convert image ${shown(newest)}${below} to a raw disk of ${virtualSize} bytes`,
    `${directory}/${newest}`,
    `${plainPath(directory)}__${plain(newest.replace(/\.qcow2$/, ""))}.raw`
  )
}

/** Returns the steps that recover the data of disks without changing the directory. */
export const convertSteps = (shell: ShellSteps, disks: ReadonlyArray<ChainDisk>): ReadonlyArray<SalvageStep> => {
  const numbers = new Set(disks.map(({ directory, number }) => `${directory} ${number}`))
  const directories = new Set(disks.map(({ directory }) => directory))
  return [
    ...disks.map((disk) => convert(shell, disk)),
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

const guessed = (contents: ChainContents, number: number): string =>
  contents.nearestDescribed(number) === undefined
    ? "Fill in the empty values if you know them"
    : "Fill in the time if you know it. Host and creator are copied from the nearest backup"

const again = "To make servers list it again,"

/** Returns the steps that make servers list a backup again. */
export const repairSteps = (
  shell: ShellSteps,
  contents: ChainContents,
  fault: BackupFault
): ReadonlyArray<SalvageStep> => {
  const { directory, isConfigured, missing, number } = fault
  const chain = chainPath(contents.at)
  const place = `${chain}/${directory}`
  const { uuid } = contents
  const configure = configureStep(shell, contents, fault)
  const describe = (write: (uuid: string) => string): ReadonlyArray<SalvageStep> => {
    if (!contents.hasAllImages(number, fault.images)) {
      return [{ text: "Do not write new metadata, because the images of this backup cannot be identified." }]
    }
    if (uuid === undefined) {
      return [{ text: "Do not write new metadata, because no readable file has the uuid of the chain." }]
    }
    const metadata = `${place}/${StoreNames.metadata}`
    const first = isConfigured ? `${again} write new metadata to` : "Then write new metadata to"
    return [
      ...(isConfigured ? [] : [configure]),
      shell.write(`${first} ${shown(metadata)}. ${guessed(contents, number)}`, metadata, write(uuid)),
      ...(contents.at.chain.directory === uuid ? [] : [renameStep(
        shell,
        `Rename the directory of the chain to ${shown(uuid)}, the uuid in the ids of its backups`,
        chain,
        uuid
      )])
    ]
  }
  switch (missing) {
    case "head-metadata":
    case "base-directory":
      return [
        ...(missing === "base-directory"
          ? [shell.makeDirectory(`Create directory ${shown(directory)}`, place)]
          : []),
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
    case "backup-name": {
      const name = StoreNames.itemDirectory(number)
      return [
        shell.rename(`${again} rename directory ${shown(directory)} to ${shown(name)}`, place, `${chain}/${name}`)
      ]
    }
  }
}

/** Returns the step that puts a configuration in place of a lost one: the nearest of the chain, or one of another. */
const configureStep = (
  shell: ShellSteps,
  contents: ChainContents,
  { directory, number }: BackupFault
): SalvageStep => {
  const { chain, environment } = contents.at
  const text = `${again} copy a configuration into directory ${shown(directory)}.`
  const target = `${chainPath(contents.at)}/${directory}`
  const nearest = contents.nearestConfigured(number)
  const [other] = nearest === undefined ? configuredItems(environment, chain) : []
  if (nearest?.configuration !== undefined) {
    const file = `${nearest.directory}/${nearest.configuration.file}`
    return shell.copyInto(
      `${text} The nearest one is ${shown(file)}, which may differ from the lost one`,
      `${chainPath(contents.at)}/${file}`,
      target
    )
  }
  return other === undefined
    ? { text: `${text} The VM or container has no readable configuration left.` }
    : shell.copyInto(`${text} ${shown(other)} is of another chain, and may differ from the lost one`, other, target)
}

/** Returns the paths of the configurations in the other chains of an environment. */
const configuredItems = (
  environment: DirectoryReading.ReadEnvironment,
  chain: DirectoryReading.ReadChain
): ReadonlyArray<string> =>
  environment.chains.filter((other) => other !== chain).flatMap((other) =>
    other.items.flatMap(({ configuration, directory }) =>
      configuration === undefined
        ? []
        : [`${chainPath({ environment, chain: other })}/${directory}/${configuration.file}`]
    )
  )

/** Returns the step that makes servers list an environment again whose metadata is lost or has an unknown kind. */
export const environmentMetadataStep = (
  shell: ShellSteps,
  environment: DirectoryReading.ReadEnvironment
): SalvageStep => {
  const path = `${environment.directory}/${StoreNames.metadata}`
  return shell.write(
    `To make servers list the VM or container again, write new metadata to ${shown(path)}. VmType is 0 for a virtual `
      + "machine, and 1 or 2 for a container. The name is copied from the newest configuration, if it has one. Nothing "
      + "else is lost",
    path,
    Metadata.environmentMetadata(environment)
  )
}

/** Renames a directory beside itself. Paths in other steps may lead through it. */
const renameStep = (shell: ShellSteps, text: string, path: string, name: string): SalvageStep =>
  shell.rename(`${text}. Then check again, because other steps have the old path`, path, siblingOf(path, name))

const siblingOf = (path: string, name: string): string => path.slice(0, path.lastIndexOf("/") + 1) + name

/** Returns the step for a directory with a wrong name. */
export const nameStep = (
  shell: ShellSteps,
  path: string,
  uuid: string | undefined,
  namesake: Namesake
): SalvageStep => {
  if (uuid === undefined) {
    return { text: `${again} restore the name of the directory. Its metadata does not have the name.` }
  }
  switch (namesake) {
    case "none":
      return renameStep(shell, `${again} rename the directory to ${shown(uuid)}, the uuid in its metadata`, path, uuid)
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

/** Returns the step before all steps that change something in a chain. */
export const copyChainStep = (shell: ShellSteps, { at }: ChainContents): SalvageStep =>
  shell.copyOut(
    "Copy the directory of the chain before you change anything",
    chainPath(at),
    plainPath(chainPath(at))
  )

/** Returns the step before the metadata of an environment is written. */
export const copyEnvironmentStep = (shell: ShellSteps, { directory }: DirectoryReading.ReadEnvironment): SalvageStep =>
  shell.copyOut(
    "Copy the directory of the VM or container before you change anything",
    directory,
    plainPath(directory)
  )
