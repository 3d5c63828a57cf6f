/**
 * Reads a reply while it arrives: its payload in chunks that are cut anywhere, and its backup tree environment by
 * environment.
 *
 * The tree is a document inside the outer document. Its text is passed to a reader of its own while it arrives, and is
 * never held as a whole. The rest of the outer document is read like in `Reply.decode`, when it is complete.
 *
 * The result is that of `Reply.decode` followed by `BackupTreeXml.decode` in the same mode: the same tree and notes and
 * the same reply, or an error of the same class. The differences:
 *
 * - The reply has no text of the tree.
 * - A payload with several faults is refused for the first one in it. `Reply.decode` checks the NUL first, then UTF-8,
 *   then XML.
 * - The same applies to a tree with several faults. `BackupTreeXml.decode` checks length and characters first, then
 *   XML, then the values.
 * - An error of the tree names the innermost open element. For an undefined entity whose name is cut, the error may not
 *   name the entity.
 *
 * @see [Protocol 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-2)
 * @see [Protocol 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-3)
 * @see [Protocol 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-4)
 * @see [Protocol 6.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-5)
 * @since 0.2.0
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
import * as EventElements from "./internal/eventElements.ts"
import { withoutEntities } from "./internal/withoutEntities.ts"
import * as PackageType from "./PackageType.ts"
import * as Payload from "./Payload.ts"
import type { MessageError } from "./ProtocolError.ts"
import * as Reply from "./Reply.ts"

/**
 * The mode and the limits for the tree. See `BackupTreeXml.decode`.
 *
 * @category models
 * @since 0.2.0
 */
export type Options = Partial<DecodeOptions>

/**
 * A reply without the environments of its tree.
 *
 * @category models
 * @since 0.2.0
 */
export interface Rest {
  /** The reply. If the tree was read while it arrived, its text is empty here. */
  readonly reply: Reply.Reply
  /** The rest of the tree. None if the reply has no tree, or reports that the command failed. */
  readonly tree: Option.Option<BackupTreeReader.Rest>
}

/**
 * A reader of one reply. Do not use it again after a failure or the end.
 *
 * @category models
 * @since 0.2.0
 */
export interface ReplyReader {
  /** Reads the next chunk. */
  readonly push: (chunk: Uint8Array) => Result.Result<void, MessageError>
  /**
   * Returns the environments that have been read since the last call.
   *
   * Discard them if `end` fails, or reports that the command failed.
   */
  readonly takeEnvironments: () => ReadonlyArray<VirtualEnvironment>
  /** Ends the payload, and returns the rest. */
  readonly end: () => Result.Result<Rest, MessageError | XmlError>
}

/**
 * A reader of one reply whose tree stays a text. Do not use it again after a failure or the end.
 *
 * @category models
 * @since 0.2.0
 */
export interface TextReader {
  readonly push: (chunk: Uint8Array) => Result.Result<void, MessageError>
  /** Ends the payload, and returns the same reply as `Reply.decode`. */
  readonly end: () => Result.Result<Reply.Reply, MessageError>
}

/**
 * Makes a reader of one reply to the command `operation` (default mode: tolerant).
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (operation: number, options: Options = {}): ReplyReader =>
  new TreeMachine(operation, { mode: "tolerant", ...options })

/**
 * Makes a reader of one reply to the command `operation` that keeps the tree as a text of at most `maxLength`.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeText = (operation: number, options: Pick<Options, "maxLength"> = {}): TextReader =>
  new TextMachine(operation, options.maxLength)

const none: ReadonlyArray<VirtualEnvironment> = []

/** Reads the outer document, and passes the text of the tree on. */
class Outer {
  readonly #operation: number
  readonly #text = Payload.makeDecoder()
  readonly #outer: OuterDocument
  readonly #document: XmlReader.Reader

  constructor(operation: number, maxLength: number | undefined, onTree: (part: string) => void) {
    this.#operation = operation
    this.#outer = new OuterDocument(operation === PackageType.DspCmdGetBackupTree ? onTree : undefined)
    // The outer document is longer than the tree, so a raised limit applies to both.
    const longest = Math.max(XmlDocument.defaultMaxLength, maxLength ?? 0)
    this.#document = XmlReader.make(this.#outer, {
      maxDepth: Event.maxDepth,
      maxLength: longest,
      byteOrderMark: "refuse",
      readEntities: withoutEntities
    })
  }

  /** Whether the text of the tree has been passed on. */
  get hasTree(): boolean {
    return this.#outer.hasTree
  }

  push(chunk: Uint8Array): Result.Result<void, MessageError> {
    return Result.flatMap(
      this.#text.push(chunk),
      (text) => text === "" ? Result.void : Result.mapError(this.#document.push(text), EventElements.notXml)
    )
  }

  end(): Result.Result<Reply.Reply, MessageError> {
    return this.#text.end().pipe(
      Result.flatMap(() => Result.mapError(this.#document.end(), EventElements.notXml)),
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

  // A refused tree is reported at the end: only then it is known whether the reply reports success.
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
      (reply) =>
        this.#outer.hasTree ? Reply.withBackupTree(reply, EventElements.unlessWhite(this.#parts.join(""))) : reply
    )
}

// The position of the tree in the outer document: ParallelsEvent, EventParameters, EventParameter, Value.
const depthOfList = 1
const depthOfParameter = 2
const depthOfValue = 3

/** Builds the root element of the outer document, without the text of the tree. */
class OuterDocument implements XmlReader.Handler {
  root: XmlElement = { name: "", attributes: [], children: [] }
  /** Whether the text of the tree has been passed on. */
  hasTree = false

  readonly #onTree: ((part: string) => void) | undefined
  readonly #builder = new XmlElementBuilder((element, depth) => this.#take(element, depth))
  // Whether a parameter of the first list, complete or not, has the name of the tree.
  #isNamed = false
  #hasList = false
  #hasValue = false
  // Whether the next text is that of the tree. A tag, a comment or an instruction ends it.
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

  // A value is that of the tree if `Event` and `Reply` read it, and its name precedes it. A later element of the
  // parameter may still declare another type; then the reply has no tree.
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
  const name = EventElements.childOf(parameter, "Name")
  return name && EventElements.textOf(name)
}
