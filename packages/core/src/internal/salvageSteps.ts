/** What to do about what is missing in a backup directory, as sentences and commands for people. */
import * as PrintableText from "../PrintableText.ts"
import type { Salvage, SalvageDisk, SalvageStep } from "../Salvage.ts"
import * as ShellQuote from "../ShellQuote.ts"

const shown = (text: string): string => PrintableText.quote(text, 400)

const list = (names: ReadonlyArray<string>): string => names.map(shown).join(", ")

/** Writes the name of a file so that no program takes it for an option or, as QEMU does, for a protocol. */
const fileWord = (name: string): string => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) ? name : `./${name}`

const convert = (disk: SalvageDisk, target: string): SalvageStep => {
  const { directory, images, newest, virtualSize } = disk
  const below = images.length === 1 ? "" : " and what it is backed by"
  const what = `Convert image ${shown(newest)}${below} to a raw disk of ${virtualSize} bytes, in directory ${
    shown(directory)
  }`
  return PrintableText.escape(newest) === newest
    ? {
      text: `${what}; OUT is a directory elsewhere:`,
      command: `${
        ShellQuote.command(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", fileWord(newest)])
      } "\${OUT:?}"/${target}`
    }
    : { text: `${what}. No command is shown, for the name holds characters that no terminal should be given.` }
}

/** Says how to get at the data of disks, without a change to the directory. */
export const convertSteps = (disks: ReadonlyArray<SalvageDisk>): ReadonlyArray<SalvageStep> => {
  const numbers = new Set(disks.map(({ directory, number }) => `${directory} ${number}`))
  const directories = new Set(disks.map(({ directory }) => directory))
  return [
    ...disks.map((disk, index) => convert(disk, disks.length === 1 ? "disk.raw" : `disk${index + 1}.raw`)),
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

/** What the steps that mend something are written from. */
export interface Mending extends Pick<Salvage, "missing"> {
  /** The name of the chain's directory. */
  readonly chain: string
  readonly number: number
  /** The configuration of the nearest backup that still has one, by its path in the chain directory. */
  readonly configuration: string | undefined
}

const itemDirectory = (number: number): string => number === 1 ? "base" : String(number)

/** Says how a server may be made to show again what it hides. */
export const mendSteps = ({ chain, configuration, missing, number }: Mending): ReadonlyArray<SalvageStep> => {
  const directory = itemDirectory(number)
  const id = number === 1 ? chain : `${chain}.${number}`
  const headMetadata =
    `root element BackupItem, Uuid ${shown(chain)}, Id ${shown(id)}, its images as TibFileList, and the `
    + "greatest number of the chain as LastNumber"
  const nearest = configuration === undefined
    ? "the chain has none left that can be read"
    : `the nearest is ${configuration}, which may not be that of the time`
  switch (missing) {
    case "head-metadata":
      return [{ text: `To see the chain again, write ${directory}/.metadata by hand: ${headMetadata}.` }]
    case "head-configuration":
    case "link-configuration":
      return [{
        text: `To see it again, put a configuration into directory ${directory}: ${nearest}.`
      }]
    case "base-directory":
      return [{
        text: `To see the chain again, make directory base with a configuration (${nearest}) and with a .metadata: `
          + `${headMetadata}.`
      }]
    case "link-metadata":
      return [{
        text:
          `To see it again, write ${directory}/.metadata by hand: root element PartialBackupItem, Number ${number}, `
          + `Id ${shown(id)}, and its images as TibFileList.`
      }]
    default:
      return []
  }
}

/** Says how an environment without metadata may be made to show again. */
export const environmentMetadataStep = (directory: string): SalvageStep => ({
  text:
    `To see the environment again, write ${
      shown(`${directory}/.metadata`)
    } by hand: root element VmItem, VmType (0 for `
    + `a virtual machine, 1 or 2 for a container), Uuid ${
      shown(directory)
    }, Name, and Version (4 or 5 for .qcow2 images, 3 `
    + "for .tib). Nothing else of it is lost."
})

/** Says what to do about a directory that does not bear the name it should. */
export const nameStep = (uuid: string | undefined, isTaken: boolean): SalvageStep => ({
  text: uuid === undefined
    ? "To see it again, give the directory back its name: its metadata does not say which."
    : isTaken
    ? `Its metadata says ${
      shown(uuid)
    }, and a directory of that name is there: this one is a copy, or an older state of it.`
    : `To see it again, give the directory the name that its metadata says: ${shown(uuid)}.`
})

/** Says what is still to be had of a chain that lacks an image; `last` is the backup before, if a server shows that. */
export const imageStep = (image: string, number: number, last: number | undefined): SalvageStep => ({
  text: `Without ${shown(image)} number ${number} and all later ones cannot be restored.`
    + (last === undefined ? "" : ` Number ${last}, and what comes before it, can be restored as always, by its id.`)
})

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
