/** The rule about the characters of texts. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import { type Place, printPlace } from "../../tree/TreePath.ts"
import { indexOfForbidden, indexOfLoneSurrogate } from "../../xml/XmlCharacters.ts"
import type { XmlElement } from "../../xml/XmlElement.ts"
import { step } from "../../xml/XmlPath.ts"
import * as XmlText from "../../xml/XmlText.ts"
import { rule } from "../internal/define.ts"
import type { PlacedViolation } from "../Rule.ts"

type Report = (name: string, text: string) => void

/** Reports the texts of an unknown element at the path of the element itself. */
const visitElement = ({ attributes, children }: XmlElement, report: (text: string) => void): void => {
  for (const [, value] of attributes) report(value)
  for (const child of children) {
    if (typeof child === "string") report(child)
    else visitElement(child, report)
  }
}

const visitKept = (kept: ReadonlyArray<BackupTree.KeptElement>, report: Report): void => {
  if (kept.length === 0) return
  const ordinals = new Map<string, number>()
  for (const { element } of kept) {
    const ordinal = (ordinals.get(element.name) ?? 0) + 1
    ordinals.set(element.name, ordinal)
    visitElement(element, (text) => report(step(element.name, ordinal), text))
  }
}

const visitDisks = (disks: BackupTree.BackupDisks, report: Report): void => {
  visitKept(disks.kept, (name, text) => report(`BackupDisks/${name}`, text))
  disks.list.forEach(({ encryption, kept, name, originalPath }, index) => {
    const at = `BackupDisks/BackupDisk[${index + 1}]`
    report(`${at}/Name`, name)
    report(`${at}/OriginalPath`, originalPath)
    report(`${at}/Encryption/KeyId`, encryption.keyId)
    visitKept(encryption.kept, (name, text) => report(`${at}/Encryption/${name}`, text))
    visitKept(kept, (name, text) => report(`${at}/${name}`, text))
  })
}

const visitBackup = (backup: BackupTree.Backup, report: Report): void => {
  report("Id", backup.id)
  report("Host", backup.host)
  report("ServerUuid", backup.serverUuid)
  report("DateTime", backup.dateTime)
  report("Creator", backup.creator)
  report("Type", backup.type)
  report("Description", backup.description)
  backup.images.forEach((image, index) => report(`TibFileList[${index + 1}]`, image))
  if (backup.disks !== undefined) visitDisks(backup.disks, report)
  visitKept(backup.kept, report)
}

const codeOf = (text: string): string => {
  const index = indexOfForbidden(text)
  const code = text.charCodeAt(index === -1 ? indexOfLoneSurrogate(text) : index)
  return code.toString(16).toUpperCase().padStart(4, "0")
}

/** Returns the violations in the texts of a part of a tree. */
const judge = (place: Place, visit: (report: Report) => void): ReadonlyArray<PlacedViolation> => {
  const violations: Array<PlacedViolation> = []
  visit((name, text) => {
    if (XmlText.isXmlText(text)) return
    const path = place.environment === undefined ? name : `${printPlace(place)}/${name}`
    // One text is enough for an unknown element; its texts are visited one after the other.
    if (violations.at(-1)?.path === path) return
    violations.push({ place, path, message: `${name} contains U+${codeOf(text)}, which XML 1.0 does not allow` })
  })
  return violations
}

const xmlCharacters = rule({
  id: "I33",
  name: "texts can be sent as XML",
  statement: "Every text of the tree contains only characters that XML 1.0 allows.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The backup is intact, but tools with a strict XML parser reject the whole listing.",
  advice: "Rename the environment, or change the description, and leave out control characters.",
  source: "SEMANTICS 4.4 and 1.12",
  yieldsTo: ["forbidden-character"],
  check: () => ({
    listing: ({ kept }) => judge({}, (report) => visitKept(kept, report)),
    environment: ({ environment: { kept, name, uuid }, place }) =>
      judge(place, (report) => {
        report("Uuid", uuid)
        report("Name", name)
        visitKept(kept, report)
      }),
    chain: ({ chain, place }) => judge(place, (report) => report("Uuid", chain.uuid)),
    backup: ({ backup, place }) => judge(place, (report) => visitBackup(backup, report))
  })
})

/** The rules about texts. */
export const textRules = [xmlCharacters]
