/**
 * Writes a store as a backup directory, the way a server keeps it on its disk.
 *
 * Images are sparse files with valid headers: as long as real ones, with hardly a block on the disk. A store of hundreds
 * of GiB takes a few MiB.
 *
 * @see [Semantics 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3)
 */
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as ImageFile from "./internal/imageFile.ts"
import { type ChainLayout, type EnvironmentLayout, type ItemLayout, layoutOf } from "./internal/storeLayout.ts"
import * as VmConfig from "./internal/vmConfig.ts"

/**
 * The target directory is not empty. Nothing was written.
 *
 * @category errors
 * @since 0.2.0
 */
export class DirectoryNotEmpty extends Schema.TaggedError<DirectoryNotEmpty>()("DirectoryNotEmpty", {
  path: Schema.String
}) {
  override get message(): string {
    return `the directory ${PrintableText.quote(this.path)} is not empty. Choose a new or an empty directory.`
  }
}

/**
 * The store contains a name that cannot be a file name. Nothing was written.
 *
 * @category errors
 * @since 0.2.0
 */
export class NameRefused extends Schema.TaggedError<NameRefused>()("NameRefused", { name: Schema.String }) {
  override get message(): string {
    return `the store contains the name ${
      PrintableText.quote(this.name)
    }, which cannot be a file name. Rename it in the `
      + "store."
  }
}

/**
 * Writes a store into a directory that is empty or does not exist yet. Its parent directory must exist.
 *
 * **Details**
 *
 * - Each item becomes a directory with a configuration and, written last, `.metadata`. Its images lie next to it. Their
 *   backing files are the images of the same disks in the item before.
 * - A promoted head has no letter in its metadata, as on a server. An item that cannot be read gets half a metadata file.
 * - A locked chain is written like any other: locks are not on the disk.
 * - The same store yields the same bytes.
 *
 * A reader finds the store again, with two limits: a configuration has disk sizes in whole MiB, and that of a container
 * does not list its disks.
 *
 * **Example** (Writing a sample backup directory)
 *
 * ```ts
 * export const sampleDirectory = (root: string) => StoreDirectory.write(StoreGenerator.generate({ seed: 1 }), root)
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const write: (
  store: BackupStore.BackupStore,
  root: string
) => Effect.Effect<void, DirectoryNotEmpty | NameRefused | PlatformError, FileSystem.FileSystem> = Effect.fn(
  "StoreDirectory.write"
)(function*(store, root) {
  const layout = layoutOf(store)
  const name = layout.flatMap(namesOf).find((name) => !isFileName(name))
  if (name !== undefined) return yield* new NameRefused({ name })
  yield* makeRoot(root)
  yield* Effect.forEach(layout, (environment) => writeEnvironment(root, environment), {
    concurrency: 4,
    discard: true
  })
})

const namesOf = ({ chains, environment }: EnvironmentLayout): ReadonlyArray<string> => [
  environment.directory,
  ...chains.flatMap(({ chain, items }) => [
    chain.directory,
    ...items.flatMap(({ images }) => images.map(({ name }) => name))
  ])
]

// The names of a tree come from a server or a file. They must not lead out of the directory.
const isFileName = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)

const makeRoot = Effect.fnUntraced(function*(root: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const entries = yield* fileSystem.readDirectory(root).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotFound",
      // Not recursively: on some file systems Node then tries forever.
      () => Effect.as(fileSystem.makeDirectory(root), [])
    )
  )
  if (entries.length > 0) return yield* new DirectoryNotEmpty({ path: root })
})

const writeEnvironment = Effect.fnUntraced(function*(root: string, layout: EnvironmentLayout) {
  const fileSystem = yield* FileSystem.FileSystem
  const { chains, environment, path } = layout
  yield* fileSystem.makeDirectory(`${root}/${path}`)
  for (const chain of chains) yield* writeChain(root, layout, chain)
  if (environment.metadata === undefined) return
  const metadata = BackupTreeXml.encodeMetadata({
    _tag: "VmItem",
    environment: { ...environment.metadata, chains: [] }
  })
  yield* writeText(`${root}/${path}/${StoreNames.metadata}`, metadata)
})

const writeChain = Effect.fnUntraced(
  function*(root: string, environment: EnvironmentLayout, { chain, items, path }: ChainLayout) {
    const fileSystem = yield* FileSystem.FileSystem
    const place = `${root}/${path}`
    yield* fileSystem.makeDirectory(place)
    for (const [index, layout] of items.entries()) {
      for (const image of layout.images) yield* ImageFile.write(`${place}/${image.name}`, image)
      const directory = `${place}/${layout.directory}`
      yield* fileSystem.makeDirectory(directory)
      yield* writeText(`${directory}/${environment.config}`, configOf(environment, layout))
      yield* writeText(`${directory}/${StoreNames.metadata}`, metadataOf(layout, index === 0))
    }
    if (!chain.readable) yield* fileSystem.chmod(place, 0)
  }
)

const writeText = (path: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) => fileSystem.writeFileString(path, text, { flag: "wx" }))

const configOf = ({ config, environment }: EnvironmentLayout, { item: { content } }: ItemLayout): string => {
  const machine = { uuid: environment.metadata?.uuid ?? environment.directory, name: environment.metadata?.name ?? "" }
  return config === StoreNames.containerConfiguration
    ? VmConfig.container(machine)
    : VmConfig.virtualMachine(machine, content._tag === "Damaged" ? undefined : content.backup)
}

const metadataOf = ({ item: { content, number } }: ItemLayout, isFirst: boolean): string => {
  switch (content._tag) {
    case "Head": {
      const { backup, lastNumber, uuid } = content
      // A server that promotes an item leaves its letter out (SEMANTICS 3.3).
      const head = number === 1 ? backup : { ...backup, type: "" }
      return BackupTreeXml.encodeMetadata({
        _tag: "BackupItem",
        chain: { uuid, head, lastNumber, incrementals: [] }
      })
    }
    case "Link":
      return BackupTreeXml.encodeMetadata({ _tag: "PartialBackupItem", backup: content.backup })
    case "Damaged":
      return `<?xml version="1.0" encoding="UTF-8"?>\n<${isFirst ? "BackupItem" : "PartialBackupItem"} dyn_lists="Tib`
  }
}
