/**
 * Reads a backup tree that comes in parts, one environment after the other.
 *
 * It gives the tree and the notes that `BackupTreeXml.decode` gives, or refuses the document as that does, wherever the
 * parts are cut. What may differ is which of several faults is told: a part is judged, and its elements are read, before
 * the next one comes. Errors of a document that is not well-formed name the innermost element that is open.
 */
import * as Result from "effect/Result"
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlElementBuilder } from "../xml/XmlElementBuilder.ts"
import { XmlError } from "../xml/XmlError.ts"
import * as XmlReader from "../xml/XmlReader.ts"
import type * as BackupTree from "./BackupTree.ts"
import * as BackupTreeXml from "./BackupTreeXml.ts"

type Environments = ReadonlyArray<BackupTree.VirtualEnvironment>

/** The environments that could be read at the end only, what the tree has besides, and the notes of the reading. */
export interface Rest extends ReturnType<BackupTreeXml.Reader["finish"]> {
  readonly environments: Environments
}

/** Reads one tree; after a failure, or the end, it is spent. */
export interface Reader {
  /** Reads the next part and returns the environments that end in it. */
  readonly push: (text: string) => Result.Result<Environments, XmlError>
  /** Ends the document. */
  readonly end: () => Result.Result<Rest, XmlError>
}

/** Makes the reader of one tree. */
export const make = (options: BackupTreeXml.DecodeOptions): Reader => new Machine(options)

class Machine implements Reader {
  private readonly builder: XmlElementBuilder
  private readonly document: XmlReader.Reader
  private readonly mapping: BackupTreeXml.Reader
  private environments: Array<BackupTree.VirtualEnvironment> = []
  private rootName = ""
  private failure: XmlError | undefined

  constructor(options: BackupTreeXml.DecodeOptions) {
    this.builder = new XmlElementBuilder(this.take)
    this.document = XmlReader.make(this.builder, {
      ...options,
      forbiddenCharacters: options.mode === "strict" ? "refuse" : "keep"
    })
    this.mapping = BackupTreeXml.makeReader(options)
  }

  readonly push = (text: string): Result.Result<Environments, XmlError> => {
    if (this.failure === undefined) this.note(this.document.push(text))
    if (this.failure !== undefined) return Result.fail(this.failure)
    const environments = this.environments
    this.environments = []
    return Result.succeed(environments)
  }

  readonly end = (): Result.Result<Rest, XmlError> => {
    if (this.failure === undefined) this.note(this.document.end())
    if (this.failure === undefined && this.rootName !== "BackupTree") {
      this.failure = BackupTreeXml.wrongRoot(this.rootName)
    }
    return this.failure === undefined
      ? Result.succeed({ environments: this.environments, ...this.mapping.finish() })
      : Result.fail(this.failure)
  }

  private note(read: Result.Result<void, XmlError>): void {
    if (this.failure !== undefined || Result.isSuccess(read)) return
    const { column, detail, line, reason } = read.failure
    this.failure = new XmlError({ reason, detail, line, column, path: this.builder.path() })
  }

  // Children of the root are read one by one, and nobody keeps the root.
  private readonly take = (element: XmlElement, depth: number): boolean => {
    if (depth > 1) return false
    if (depth === 0) this.rootName = element.name
    else if (this.failure === undefined && this.builder.open(0).name === "BackupTree") this.readChild(element)
    return true
  }

  private readChild(element: XmlElement): void {
    const environment = this.mapping.read(element)
    if (Result.isFailure(environment)) this.failure = environment.failure
    else if (environment.success !== undefined) this.environments.push(environment.success)
  }
}
