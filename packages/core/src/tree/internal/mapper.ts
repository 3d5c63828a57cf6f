/** The one mapping from elements to backup trees. Source: SEMANTICS 1.1, 1.13 and 9. */
import * as NumberText from "../../sdk/NumberText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import { indexOfForbidden } from "../../xml/XmlCharacters.ts"
import * as XmlElement from "../../xml/XmlElement.ts"
import { XmlError } from "../../xml/XmlError.ts"
import { step } from "../../xml/XmlPath.ts"
import * as BackupDate from "../BackupDate.ts"
import type * as BackupTree from "../BackupTree.ts"
import type { Note } from "../Note.ts"
import {
  type Content,
  diskLevel,
  disksLevel,
  encryptionLevel,
  environmentLevel,
  headLevel,
  incrementalLevel,
  settle,
  sort
} from "./levels.ts"

type Element = XmlElement.XmlElement

/**
 * The mode of a reading. `tolerant` keeps what it can and notes the rest; `strict` refuses every deviation.
 *
 * @category models
 * @since 0.2.0
 */
export type Mode = "tolerant" | "strict"

/**
 * How many different texts are shared. Hosts, users, servers and keys are few, so a higher limit would gain nothing.
 */
const maxInterned = 10_000

/** The limit of notes: a real listing has few, and each takes memory. */
const maxNotes = 100_000

const forbiddenIn = (element: Element): string | undefined => {
  for (const [, value] of element.attributes) if (indexOfForbidden(value) !== -1) return value
  for (const child of element.children) {
    const found = typeof child !== "string" ? forbiddenIn(child) : indexOfForbidden(child) === -1 ? undefined : child
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Reads elements into the parts of a tree, and notes the deviations that only tolerant mode accepts.
 *
 * Refusals of strict mode are thrown as an XmlError, so that the common case costs nothing.
 */
export class Mapper {
  readonly notes: Array<Note> = []

  private readonly strict: boolean
  // A stored file has no lists of items, and its type letter has no meaning: a server overrides it (SEMANTICS 1.5).
  private readonly stored: boolean
  private readonly interned = new Map<string, string>()
  // The path to the element that is being read.
  private readonly names: Array<string> = []
  private readonly ordinals: Array<number> = []
  private environmentUuid: string | undefined
  private backupId: string | undefined

  constructor(mode: Mode, stored: boolean) {
    this.strict = mode === "strict"
    this.stored = stored
  }

  environment(element: Element, ordinal?: number): BackupTree.VirtualEnvironment {
    this.enter(element.name, ordinal)
    const content = sort(element, environmentLevel)
    const [vmType, uuid, name, version] = content.singles
    this.environmentUuid = uuid && XmlElement.text(uuid)
    const items = this.stored ? [] : content.lists[0]!
    const environment = {
      uuid: this.text("Uuid", uuid),
      name: this.text("Name", name),
      vmType: this.optionalNumber("VmType", vmType),
      version: this.optionalNumber("Version", version),
      chains: items.map((item, index) => this.chain(item, index + 1)),
      kept: this.kept(content, environmentLevel.singles.length + items.length)
    }
    this.environmentUuid = undefined
    this.leave()
    return environment
  }

  chain(element: Element, ordinal?: number): BackupTree.BackupChain {
    this.enter(element.name, ordinal)
    const content = sort(element, headLevel)
    const uuid = content.singles[12]
    const lastNumber = content.singles[13]
    this.backupId = content.singles[0] && XmlElement.text(content.singles[0])
    const items = this.stored ? [] : content.lists[1]!
    const chain = {
      uuid: this.text("Uuid", uuid),
      head: { _tag: "FullBackup" as const, ...this.backup(content, "f", 2 + items.length) },
      lastNumber: this.optionalNumber("LastNumber", lastNumber),
      incrementals: items.map((item, index) => this.incremental(item, index + 1))
    }
    this.backupId = undefined
    this.leave()
    return chain
  }

  incremental(element: Element, ordinal?: number): BackupTree.IncrementalBackup {
    this.enter(element.name, ordinal)
    const content = sort(element, incrementalLevel)
    this.backupId = content.singles[0] && XmlElement.text(content.singles[0])
    const incremental = {
      _tag: "IncrementalBackup" as const,
      number: this.number("Number", content.singles[12]),
      ...this.backup(content, "i", 1)
    }
    this.leave()
    return incremental
  }

  // The fields of both kinds of backup. `others` is the number of further known elements that are written.
  private backup(content: Content, letter: "f" | "i", others: number): Omit<BackupTree.FullBackup, "_tag"> {
    const [id, host, serverUuid, dateTime, creator, size, type, description] = content.singles
    const [, , , , , , , , originalSize, bundlePermissions, flags, disks] = content.singles
    const images = content.lists[0]!
    const written = 11 + (disks === undefined ? 0 : 1) + images.length + others
    return {
      id: this.text("Id", id),
      host: this.shared("Host", host),
      serverUuid: this.shared("ServerUuid", serverUuid),
      dateTime: this.dateTime("DateTime", dateTime),
      creator: this.shared("Creator", creator),
      size: this.bytes("Size", size),
      type: this.letter("Type", type, letter),
      description: this.text("Description", description),
      images: images.map((image, index) => this.value("TibFileList", image, index + 1)),
      originalSize: originalSize === undefined ? 0n : this.bytes("OriginalSize", originalSize),
      bundlePermissions: this.optionalNumber("BundlePermissions", bundlePermissions),
      flags: this.optionalNumber("Flags", flags),
      disks: disks && this.disks(disks),
      kept: this.kept(content, written)
    }
  }

  private disks(element: Element): BackupTree.BackupDisks {
    this.enter(element.name)
    const content = sort(element, disksLevel)
    const list = content.lists[0]!.map((disk, index) => this.disk(disk, index + 1))
    const disks = { list, kept: this.kept(content, list.length) }
    this.leave()
    return disks
  }

  private disk(element: Element, ordinal: number): BackupTree.BackupDisk {
    this.enter(element.name, ordinal)
    const content = sort(element, diskLevel)
    const [name, originalPath, size, encryption] = content.singles
    const disk = {
      name: this.text("Name", name),
      originalPath: this.text("OriginalPath", originalPath),
      size: this.bytes("Size", size),
      encryption: encryption === undefined ? { keyId: "", kept: [] } : this.encryption(encryption),
      kept: this.kept(content, diskLevel.singles.length)
    }
    this.leave()
    return disk
  }

  private encryption(element: Element): BackupTree.Encryption {
    this.enter(element.name)
    const content = sort(element, encryptionLevel)
    const keyId = content.singles[0]
    const encryption = {
      keyId: keyId === undefined ? "" : this.shared("KeyId", keyId),
      kept: this.kept(content, encryptionLevel.singles.length)
    }
    this.leave()
    return encryption
  }

  // Notes unknown and repeated elements, and returns those that are kept.
  private kept(content: Content, written: number): ReadonlyArray<BackupTree.KeptElement> {
    if (content.repeated !== undefined) {
      for (const [name, count] of content.repeated) {
        this.note("duplicate-element", name, `${name} appears ${count} times; the last one is used`)
      }
    }
    const seen = content.kept.length === 0 ? undefined : new Map<string, number>()
    for (const { element } of content.kept) {
      const ordinal = (seen!.get(element.name) ?? 0) + 1
      seen!.set(element.name, ordinal)
      this.unknown(element, ordinal)
    }
    return settle(content.kept, written)
  }

  /** Notes an unknown element, which is kept. */
  unknown(element: Element, ordinal: number): void {
    const shown = PrintableText.excerpt(element.name)
    this.note("unknown-element", step(element.name, ordinal), `<${shown}> is not a known element; it is kept`)
    const found = forbiddenIn(element)
    if (found !== undefined) this.forbidden(step(element.name, ordinal), `<${shown}>`, found)
  }

  private enter(name: string, ordinal?: number): void {
    this.names.push(name)
    this.ordinals.push(ordinal ?? 0)
  }

  private leave(): void {
    this.names.pop()
    this.ordinals.pop()
  }

  private pathOf(last: string): string {
    let path = ""
    // In a stored file the first element is the root, which a path leaves out.
    for (let index = this.stored ? 1 : 0; index < this.names.length; index++) {
      path += `${step(this.names[index]!, this.ordinals[index] || undefined)}/`
    }
    return path + last
  }

  private note(rule: Note["rule"], last: string, message: string, text?: string): void {
    if (this.strict) return
    if (this.notes.length === maxNotes) {
      throw new XmlError({
        reason: "notes",
        detail: `there are more than ${maxNotes} problems`,
        path: this.pathOf(last)
      })
    }
    this.notes.push({
      rule,
      path: this.pathOf(last),
      message,
      ...(text === undefined ? undefined : { text }),
      ...(this.environmentUuid === undefined ? undefined : { environment: this.environmentUuid }),
      ...(this.backupId === undefined ? undefined : { backup: this.backupId })
    })
  }

  // Refuses in strict mode, otherwise notes.
  private flaw(rule: Note["rule"] & XmlError["reason"], last: string, fact: string, then: string, text?: string): void {
    if (this.strict) throw new XmlError({ reason: rule, detail: fact, path: this.pathOf(last) })
    this.note(rule, last, `${fact}; ${then}`, text)
  }

  private forbidden(last: string, where: string, text: string): void {
    const code = text.charCodeAt(indexOfForbidden(text)).toString(16).toUpperCase().padStart(4, "0")
    this.flaw(
      "forbidden-character",
      last,
      `${where} contains U+${code}, which XML 1.0 does not allow`,
      "it is kept",
      text
    )
  }

  // The text of an existing element.
  private value(name: string, element: Element, ordinal?: number): string {
    const children = element.children
    if (children.length === 0) return ""
    const text = XmlElement.text(element)
    if (children.length > 1 || typeof children[0] !== "string") {
      const inner = children.find((child) => typeof child !== "string")
      if (inner !== undefined) {
        const shown = PrintableText.excerpt(inner.name)
        const path = `${step(name, ordinal)}/${step(inner.name, 1)}`
        this.flaw("unknown-element", path, `<${shown}> is nested in the value of ${name}`, "it is ignored")
      }
    }
    if (indexOfForbidden(text) !== -1) this.forbidden(step(name, ordinal), name, text)
    return text
  }

  private text(name: string, element: Element | undefined): string {
    if (element !== undefined) return this.value(name, element)
    this.flaw("missing-required", name, `${name} is missing`, "it is read as empty")
    return ""
  }

  private shared(name: string, element: Element | undefined): string {
    const text = this.text(name, element)
    const known = this.interned.get(text)
    if (known !== undefined) return known
    if (this.interned.size < maxInterned) this.interned.set(text, text)
    return text
  }

  private junk(name: string, text: string): void {
    const fact = text === ""
      ? `${name} is empty, but must be a number`
      : `${name} is not a number: ${PrintableText.quote(text)}`
    this.flaw("junk-number", name, fact, "it is read as 0", text)
  }

  private bytes(name: string, element: Element | undefined): bigint {
    if (element === undefined) {
      this.flaw("missing-required", name, `${name} is missing`, "it is read as 0")
      return 0n
    }
    const text = this.value(name, element)
    const value = NumberText.parseUInt64(text)
    if (value === undefined) this.junk(name, text)
    return value ?? 0n
  }

  private number(name: string, element: Element | undefined): number {
    if (element !== undefined) return this.optionalNumber(name, element)
    this.flaw("missing-required", name, `${name} is missing`, "it is read as 0")
    return 0
  }

  private optionalNumber(name: string, element: Element | undefined): number {
    if (element === undefined) return 0
    const text = this.value(name, element)
    const value = NumberText.parseUInt32(text)
    if (value === undefined) this.junk(name, text)
    return value ?? 0
  }

  private dateTime(name: string, element: Element | undefined): string {
    const text = this.text(name, element)
    if (text !== "" && !BackupDate.isDate(text)) {
      this.flaw(
        "bad-date",
        name,
        `${name} is not a valid date: ${PrintableText.quote(text)}`,
        "the backup is treated as undated",
        text
      )
    }
    return text
  }

  private letter(name: string, element: Element | undefined, expected: "f" | "i"): string {
    const text = this.text(name, element)
    if (text === expected || (text === "d" && expected === "i") || this.stored || element === undefined) return text
    const fact = `${name} is ${PrintableText.quote(text)} instead of "${expected}"`
    this.flaw("bad-letter", name, fact, "the letter is ignored, and the position of the backup decides", text)
    return text
  }
}
