/**
 * Reads a backup tree that arrives in parts, one environment after the other.
 *
 * It returns the same tree and notes as `BackupTreeXml.decode`, or refuses the document as that does, wherever the
 * parts are cut. Only the choice among several faults may differ, because each part is checked before the next one
 * arrives. Errors of a document that is not well-formed name the innermost open element.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlElementBuilder } from "../xml/XmlElementBuilder.ts"
import { XmlError } from "../xml/XmlError.ts"
import * as XmlReader from "../xml/XmlReader.ts"
import type * as BackupTree from "./BackupTree.ts"
import * as BackupTreeXml from "./BackupTreeXml.ts"
import type { NotedTree } from "./Note.ts"
import * as TreeMemory from "./TreeMemory.ts"

type Environments = ReadonlyArray<BackupTree.VirtualEnvironment>

/**
 * The end of a reading: the last environments, the rest of the tree, and the notes of the whole reading.
 *
 * @category models
 * @since 0.2.0
 */
export interface Rest extends ReturnType<BackupTreeXml.Reader["finish"]> {
  readonly environments: Environments
}

/**
 * Reads one tree. It cannot be used again after a failure or after `end`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reader {
  /** Reads the next part and returns the environments that end in it. */
  readonly push: (text: string) => Result.Result<Environments, XmlError>
  /** Ends the document and returns the rest of the tree. */
  readonly end: () => Result.Result<Rest, XmlError>
}

/**
 * Creates the reader of one tree.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (options: BackupTreeXml.DecodeOptions): Reader => new Machine(options)

/** The number of characters that are read in one step. */
const charactersOfStep = 1 << 16

/**
 * Decodes a whole text as `BackupTreeXml.decode` does, in steps of a few milliseconds, so that a program can do other
 * work in between.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decodeInSteps = function*(
  text: string,
  options: BackupTreeXml.DecodeOptions
): Generator<undefined, Result.Result<NotedTree, XmlError>> {
  const reader = make(options)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (let start = 0; start < text.length; start += charactersOfStep) {
    const read = reader.push(text.slice(start, start + charactersOfStep))
    if (Result.isFailure(read)) return Result.fail(read.failure)
    for (const environment of read.success) environments.push(environment)
    yield
  }
  return Result.map(reader.end(), ({ environments: last, kept, notes }) => ({
    tree: { environments: [...environments, ...last], kept },
    notes
  }))
}

class Machine implements Reader {
  readonly #builder: XmlElementBuilder
  readonly #document: XmlReader.Reader
  readonly #mapping: BackupTreeXml.Reader
  readonly #maxHeldBytes: number
  #environments: Array<BackupTree.VirtualEnvironment> = []
  #rootName = ""
  #failure: XmlError | undefined

  constructor(options: BackupTreeXml.DecodeOptions) {
    this.#maxHeldBytes = options.maxHeldBytes ?? Infinity
    this.#builder = new XmlElementBuilder(this.#take)
    this.#document = XmlReader.make(this.#builder, {
      ...options,
      forbiddenCharacters: options.mode === "strict" ? "refuse" : "keep"
    })
    this.#mapping = BackupTreeXml.makeReader(options)
  }

  readonly push = (text: string): Result.Result<Environments, XmlError> => {
    if (this.#failure === undefined) this.#note(this.#document.push(text))
    if (this.#failure === undefined && this.#builder.heldBytes > this.#maxHeldBytes) {
      this.#failure = TreeMemory.exceeded(this.#maxHeldBytes)
    }
    if (this.#failure !== undefined) return Result.fail(this.#failure)
    const environments = this.#environments
    this.#environments = []
    return Result.succeed(environments)
  }

  readonly end = (): Result.Result<Rest, XmlError> => {
    if (this.#failure === undefined) this.#note(this.#document.end())
    if (this.#failure === undefined && this.#rootName !== "BackupTree") {
      this.#failure = BackupTreeXml.wrongRoot(this.#rootName)
    }
    return this.#failure === undefined
      ? Result.succeed({ environments: this.#environments, ...this.#mapping.finish() })
      : Result.fail(this.#failure)
  }

  #note(read: Result.Result<void, XmlError>): void {
    if (this.#failure !== undefined || Result.isSuccess(read)) return
    const { column, detail, line, reason } = read.failure
    this.#failure = new XmlError({ reason, detail, line, column, path: this.#builder.path() })
  }

  // Children of the root are read one by one, and the root itself is never kept.
  readonly #take = (element: XmlElement, depth: number): boolean => {
    if (depth > 1) return false
    if (depth === 0) this.#rootName = element.name
    else if (this.#failure === undefined && this.#builder.open(0).name === "BackupTree") this.#readChild(element)
    return true
  }

  #readChild(element: XmlElement): void {
    const environment = this.#mapping.read(element)
    if (Result.isFailure(environment)) this.#failure = environment.failure
    else if (environment.success !== undefined) this.#environments.push(environment.success)
  }
}
