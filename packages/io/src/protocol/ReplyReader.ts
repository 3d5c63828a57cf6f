/**
 * The reading of a reply as it arrives: its payload in chunks that are cut anywhere, the backup tree in it environment
 * by environment. Source: PROTOCOL 4.2 to 4.4, 6.5.
 *
 * The tree is a document inside a document, one text of the outer one. That text goes to a reader of its own while it
 * comes, and nobody holds it as a whole. The rest of the outer document is read as `Reply.decode` reads it, once it is
 * all there.
 *
 * Cut anywhere, a payload gives what `Reply.decode` and then `BackupTreeXml.decode` in the same mode give: the same tree
 * and the same notes, the same reply, or an error of the same class. What differs:
 *
 * - The reply comes without the text of the tree.
 * - A payload with several faults is refused for the one that is met first, where the whole readers look for a missing
 *   NUL first, then for what is no UTF-8, and then for what is no XML.
 * - A tree with several faults, too: beyond a limit, or refused by the strict mode, where those look for a length or a
 *   character that is not allowed, then for what is no XML, and then at the values.
 * - An error of the tree names the innermost element that is open. Of an undefined entity whose name is cut it may only
 *   be said that it is none.
 */
import type { VirtualEnvironment } from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeReader from "@backup-tree/core/tree/BackupTreeReader"
import type { DecodeOptions } from "@backup-tree/core/tree/BackupTreeXml"
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import type { XmlElement } from "@backup-tree/core/xml/XmlElement"
import { XmlElementBuilder } from "@backup-tree/core/xml/XmlElementBuilder"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as XmlReader from "@backup-tree/core/xml/XmlReader"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Event from "./Event.ts"
import { withoutEntities } from "./internal/withoutEntities.ts"
import * as PackageType from "./PackageType.ts"
import * as Payload from "./Payload.ts"
import type { MessageError } from "./ProtocolError.ts"
import * as Reply from "./Reply.ts"

/** What a reader accepts: the mode and the limits are those of the tree; see `BackupTreeXml.decode`. */
export type Options = Partial<DecodeOptions>

/** What a reply is besides the environments of its tree. */
export interface Rest {
  /** The reply; where the tree came as its first result of that name, its text is empty. */
  readonly reply: Reply.Reply
  /** The rest of the tree; none for a reply that has no tree, or says that the command failed. */
  readonly tree: Option.Option<BackupTreeReader.Rest>
}

/** Reads one reply. After a failure, or the end, it is spent. */
export interface ReplyReader {
  /** Reads the next chunk. */
  readonly push: (chunk: Uint8Array) => Result.Result<void, MessageError>
  /**
   * Returns the environments that have been read since the last call.
   *
   * Discard them if the end refuses the reply or its tree, or reports that the command failed.
   */
  readonly takeEnvironments: () => ReadonlyArray<VirtualEnvironment>
  /** Ends the payload, and returns what is left of it. */
  readonly end: () => Result.Result<Rest, MessageError | XmlError>
}

/** Reads one reply whose tree stays a text. After a failure, or the end, it is spent. */
export interface TextReader {
  readonly push: (chunk: Uint8Array) => Result.Result<void, MessageError>
  /** Ends the payload, and returns what `Reply.decode` returns. */
  readonly end: () => Result.Result<Reply.Reply, MessageError>
}

/** Makes the reader of one reply to the command `operation`; it reads a tree tolerantly unless told otherwise. */
export const make = (operation: number, options: Options = {}): ReplyReader =>
  new TreeMachine(operation, { mode: "tolerant", ...options })

/** Makes the reader of one reply to the command `operation` that leaves its tree a text, which may be `maxLength` long. */
export const makeText = (operation: number, options: Pick<Options, "maxLength"> = {}): TextReader =>
  new TextMachine(operation, options.maxLength)

const none: ReadonlyArray<VirtualEnvironment> = []

/** Reads the outer document, and gives the text of the tree away. */
class Outer {
  readonly #operation: number
  readonly #text = Payload.makeDecoder()
  readonly #outer: OuterDocument
  readonly #document: XmlReader.Reader

  constructor(operation: number, maxLength: number | undefined, onTree: (part: string) => void) {
    this.#operation = operation
    this.#outer = new OuterDocument(operation === PackageType.DspCmdGetBackupTree ? onTree : undefined)
    // The outer document is longer than the tree, and what is raised for one is raised for both.
    const longest = Math.max(XmlDocument.defaultMaxLength, maxLength ?? 0)
    this.#document = XmlReader.make(this.#outer, {
      maxDepth: Event.maxDepth,
      maxLength: longest,
      byteOrderMark: "refuse",
      readEntities: withoutEntities
    })
  }

  /** Tells whether the text of the tree has been given away. */
  get hasTree(): boolean {
    return this.#outer.hasTree
  }

  push(chunk: Uint8Array): Result.Result<void, MessageError> {
    return Result.flatMap(
      this.#text.push(chunk),
      (text) => text === "" ? Result.void : Result.mapError(this.#document.push(text), Event.notXml)
    )
  }

  end(): Result.Result<Reply.Reply, MessageError> {
    return this.#text.end().pipe(
      Result.flatMap(() => Result.mapError(this.#document.end(), Event.notXml)),
      Result.flatMap(() => Event.fromElement(this.#outer.root)),
      Result.flatMap((event) => Reply.fromEvent(event, this.#operation))
    )
  }
}

class TreeMachine implements ReplyReader {
  readonly #operation: number
  readonly #tree: BackupTreeReader.Reader
  readonly #outer: Outer
  #environments: Array<VirtualEnvironment> = []

  constructor(operation: number, options: DecodeOptions) {
    this.#operation = operation
    this.#tree = BackupTreeReader.make(options)
    this.#outer = new Outer(operation, options.maxLength, this.#readTree)
  }

  readonly push = (chunk: Uint8Array): Result.Result<void, MessageError> => this.#outer.push(chunk)

  readonly takeEnvironments = (): ReadonlyArray<VirtualEnvironment> => {
    if (this.#environments.length === 0) return none
    const environments = this.#environments
    this.#environments = []
    return environments
  }

  readonly end = (): Result.Result<Rest, MessageError | XmlError> =>
    Result.flatMap(this.#outer.end(), (reply): Result.Result<Rest, XmlError> => {
      const text = Reply.backupTree(reply)
      if (this.#operation !== PackageType.DspCmdGetBackupTree || reply.code < 0 || Option.isNone(text)) {
        return Result.succeed({ reply, tree: Option.none() })
      }
      if (!this.#outer.hasTree) this.#readTree(text.value)
      return Result.map(this.#tree.end(), (tree) => ({
        reply,
        tree: Option.some({ ...tree, environments: [...this.takeEnvironments(), ...tree.environments] })
      }))
    })

  // A tree that is refused is told at the end: only then it is known whether the reply is one that has a tree.
  readonly #readTree = (text: string): void => {
    const read = this.#tree.push(text)
    if (Result.isFailure(read)) return
    for (const environment of read.success) this.#environments.push(environment)
  }
}

class TextMachine implements TextReader {
  readonly #outer: Outer
  readonly #parts: Array<string> = []

  constructor(operation: number, maxLength: number | undefined) {
    this.#outer = new Outer(operation, maxLength, (part) => this.#parts.push(part))
  }

  readonly push = (chunk: Uint8Array): Result.Result<void, MessageError> => this.#outer.push(chunk)

  readonly end = (): Result.Result<Reply.Reply, MessageError> =>
    Result.map(
      this.#outer.end(),
      (reply) => this.#outer.hasTree ? Reply.withBackupTree(reply, Event.unlessWhite(this.#parts.join(""))) : reply
    )
}

// Where the tree stands in the outer document: ParallelsEvent, EventParameters, EventParameter, Value.
const depthOfList = 1
const depthOfParameter = 2
const depthOfValue = 3

/** Builds the element of the outer document, in which the text of the tree is left out. */
class OuterDocument implements XmlReader.Handler {
  root: XmlElement = { name: "", attributes: [], children: [] }
  /** Tells whether the text of the tree has been given away. */
  hasTree = false

  readonly #onTree: ((part: string) => void) | undefined
  readonly #builder = new XmlElementBuilder((element, depth) => this.#take(element, depth))
  // Of the first list of parameters: whether one of them, complete or not, has the name of the tree.
  #isNamed = false
  #hasList = false
  #hasValue = false
  // Whether the string that comes is that of the tree; a tag, a comment or an instruction ends it.
  #isTree = false

  constructor(onTree: ((part: string) => void) | undefined) {
    this.#onTree = onTree
  }

  startTag(name: string, attributes: XmlElement["attributes"]): void {
    this.#isTree = false
    if (this.#builder.depth === depthOfParameter) this.#hasValue = false
    if (name === "Value" && this.#builder.depth === depthOfValue && this.#onTree !== undefined) this.#startValue()
    this.#builder.startTag(name, attributes)
  }

  leaf({ children, name }: XmlElement): void {
    this.startTag(name, [])
    for (const text of children) this.text(text as string)
    this.endTag()
  }

  text(part: string): void {
    if (this.#isTree) this.#onTree!(part)
    else this.#builder.text(part)
  }

  remark(): void {
    this.#isTree = false
    this.#builder.remark()
  }

  endTag(): void {
    this.#isTree = false
    this.#builder.endTag()
  }

  // The text of a value is that of the tree if the value is the one that `Event` and `Reply` look at, and its name came
  // before it. What follows in the parameter may say yet that it is no text; then the reply is one without a tree.
  #startValue(): void {
    const parameter = this.#builder.open(depthOfParameter)
    if (this.#hasValue || this.#isNamed || this.#hasList || !this.#isInList(parameter)) return
    this.#hasValue = true
    this.#isTree = nameOf(parameter) === Reply.ResultName.backupTree
    if (this.#isTree) {
      this.#isNamed = true
      this.hasTree = true
    }
  }

  #isInList(parameter: XmlElement): boolean {
    return parameter.name === "EventParameter" && this.#builder.open(depthOfList).name === "EventParameters"
      && this.#builder.open(0).name === "ParallelsEvent"
  }

  #take(element: XmlElement, depth: number): boolean {
    if (depth === 0) this.root = element
    else if (depth === depthOfList && element.name === "EventParameters") this.#hasList = true
    else if (depth === depthOfParameter && this.#isInList(element) && nameOf(element) === Reply.ResultName.backupTree) {
      this.#isNamed = true
    }
    return depth === 0
  }
}

const nameOf = (parameter: XmlElement): string | undefined => {
  const name = Event.childOf(parameter, "Name")
  return name && Event.textOf(name)
}
