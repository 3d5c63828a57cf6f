/** Builds the texts of backup trees for replies: in slices, once for equal requests. */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Cooperative from "@backup-tree/io/Cooperative"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/** A text that is being built, or has been. A store is never changed, so its identity is its version. */
interface Entry {
  readonly store: WeakRef<BackupStore.BackupStore>
  readonly query: string
  readonly done: Deferred.Deferred<Uint8Array>
  /** The fiber that builds it. `undefined` until it has started. */
  fiber: Fiber.Fiber<unknown> | undefined
  /** The number of tasks that wait for it. */
  waiting: number
  /** Its length. `undefined` while it is being built. */
  bytes: number | undefined
}

/** Many small texts would keep many entries. */
const maxEntries = 64

/** The texts of one server, as the bytes that a reply holds between its own. */
export class TreeTexts {
  readonly #scope: Scope.Scope
  readonly #maxBytes: number
  /** The latest one last. */
  readonly #entries: Array<Entry> = []

  constructor(scope: Scope.Scope, maxBytes: number) {
    this.#scope = scope
    this.#maxBytes = maxBytes
  }

  /** Returns the text for a query. If every task that waits for it is interrupted, building it ends. */
  get(store: BackupStore.BackupStore, query: ServerModel.Query): Effect.Effect<Uint8Array> {
    return Effect.acquireUseRelease(
      this.#enter(store, query),
      ({ done }) => Deferred.await(done),
      (entry) => this.#leave(entry)
    )
  }

  #enter(store: BackupStore.BackupStore, query: ServerModel.Query): Effect.Effect<Entry> {
    return Effect.suspend(() => {
      const { kinds, subject } = query
      const key = JSON.stringify([subject, kinds])
      const found = this.#entries.findIndex((entry) => entry.query === key && entry.store.deref() === store)
      const entry = found === -1 ? makeEntry(store, key) : this.#entries.splice(found, 1)[0]!
      this.#entries.push(entry)
      entry.waiting += 1
      if (found !== -1) return Effect.succeed(entry)
      return Cooperative.run(() => steps(store, query)).pipe(
        Effect.onExit((exit) => Effect.sync(() => this.#settle(entry, exit))),
        (build) => Deferred.into(build, entry.done),
        Effect.forkIn(this.#scope),
        Effect.map((fiber) => {
          entry.fiber = fiber
          return entry
        })
      )
    })
  }

  #settle(entry: Entry, exit: Exit.Exit<Uint8Array>): void {
    if (Exit.isSuccess(exit)) entry.bytes = exit.value.length
    else this.#remove(entry)
    const built = this.#entries.filter(({ bytes }) => bytes !== undefined)
    let total = built.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
    for (const [index, each] of built.entries()) {
      const isOver = total > this.#maxBytes || built.length - index > maxEntries
      if (!isOver && each.store.deref() !== undefined) continue
      this.#remove(each)
      total -= each.bytes ?? 0
    }
  }

  #leave(entry: Entry): Effect.Effect<void> {
    return Effect.suspend(() => {
      entry.waiting -= 1
      if (entry.waiting > 0 || entry.bytes !== undefined || entry.fiber === undefined) return Effect.void
      this.#remove(entry)
      return Fiber.interrupt(entry.fiber)
    })
  }

  #remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry)
    if (index !== -1) this.#entries.splice(index, 1)
  }
}

const makeEntry = (store: BackupStore.BackupStore, query: string): Entry => ({
  store: new WeakRef(store),
  query,
  done: Deferred.makeUnsafe(),
  fiber: undefined,
  waiting: 0,
  bytes: undefined
})

const steps = function*(
  store: BackupStore.BackupStore,
  query: ServerModel.Query
): Generator<undefined, Uint8Array> {
  const tree = ServerModel.select(store, query)
  yield
  const pieces: Array<Uint8Array> = []
  for (const piece of BackupTreeXml.encodeInPieces(tree)) {
    pieces.push(Buffer.from(escape(piece)))
    yield
  }
  return Buffer.concat(pieces)
}

// The tree is a text in the document of the reply. The product's servers send its control characters unescaped, and so
// does this one. A printed tree has no CR, no NUL and no half of a surrogate pair.
const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("]]>", "]]&gt;")
