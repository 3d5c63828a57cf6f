/**
 * Writes a store as a backup directory, as a server keeps one on its disk. Source: SEMANTICS 3.
 *
 * Images are sparse files with headers: they look as long as backups are, and take hardly any space.
 */
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as ImageFile from "./internal/imageFile.ts"
import {
  type ChainLayout,
  type EnvironmentLayout,
  type ItemLayout,
  layoutOf,
  metadataName
} from "./internal/storeLayout.ts"
import * as VmConfig from "./internal/vmConfig.ts"

/** The directory has something in it already. */
export class DirectoryNotEmpty extends Schema.TaggedError<DirectoryNotEmpty>()("DirectoryNotEmpty", {
  path: Schema.String
}) {
  override get message(): string {
    return `the directory ${PrintableText.quote(this.path)} is not empty, and nothing is written beside what is there.`
  }
}

/** A name in the store is none that a file can have. */
export class NameRefused extends Schema.TaggedError<NameRefused>()("NameRefused", { name: Schema.String }) {
  override get message(): string {
    return `the store names something ${PrintableText.quote(this.name)}, and no file can have that name.`
  }
}

/**
 * Writes a store into a directory that is empty, or not there yet; the one above it must be there.
 *
 * Each item is a directory with its `.metadata`, written last, and its configuration; beside it lie its images, each
 * with the image of the same disk in the item before as its backing file. A promoted head is stored without a letter,
 * and what cannot be read as half a file. Locks are not on the disk, so that a locked chain is written as any other.
 *
 * A reader finds in it what the store says, with two limits: sizes of disks are whole MiB in a configuration, and that of
 * a container does not say its disks. The same store gives the same bytes.
 *
 * **Example**
 *
 * ```ts
 * StoreDirectory.write(StoreGenerator.generate({ seed: 1 }), "/tmp/backups")
 * ```
 */
export const write = (
  store: ServerModel.Store,
  root: string
): Effect.Effect<void, DirectoryNotEmpty | NameRefused | PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const layout = layoutOf(store)
    const name = layout.flatMap(namesOf).find((name) => !isFileName(name))
    if (name !== undefined) return yield* Effect.fail(new NameRefused({ name }))
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

// What a tree calls its parts comes from a server or a file, and must not lead anywhere else.
const isFileName = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)

const makeRoot = (root: string): Effect.Effect<void, DirectoryNotEmpty | PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const entries = yield* fileSystem.readDirectory(root).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "NotFound",
        // Not those above it: on some file systems Node tries that for ever.
        () => Effect.as(fileSystem.makeDirectory(root), [])
      )
    )
    if (entries.length > 0) return yield* Effect.fail(new DirectoryNotEmpty({ path: root }))
  })

const writeEnvironment = (root: string, layout: EnvironmentLayout) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const { chains, environment, path } = layout
    yield* fileSystem.makeDirectory(`${root}/${path}`)
    for (const chain of chains) yield* writeChain(root, layout, chain)
    if (environment.metadata === undefined) return
    const metadata = BackupTreeXml.encodeMetadata({
      _tag: "VmItem",
      environment: { ...environment.metadata, chains: [] }
    })
    yield* writeText(`${root}/${path}/${metadataName}`, metadata)
  })

const writeChain = (root: string, environment: EnvironmentLayout, { chain, items, path }: ChainLayout) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const place = `${root}/${path}`
    yield* fileSystem.makeDirectory(place)
    for (const [index, layout] of items.entries()) {
      for (const image of layout.images) yield* ImageFile.write(`${place}/${image.name}`, image)
      const directory = `${place}/${layout.directory}`
      yield* fileSystem.makeDirectory(directory)
      yield* writeText(`${directory}/${environment.config}`, configOf(environment, layout))
      yield* writeText(`${directory}/${metadataName}`, metadataOf(layout, index === 0))
    }
    if (!chain.readable) yield* fileSystem.chmod(place, 0)
  })

const writeText = (path: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) => fileSystem.writeFileString(path, text, { flag: "wx" }))

const configOf = ({ config, environment }: EnvironmentLayout, { item: { content } }: ItemLayout): string => {
  const machine = { uuid: environment.metadata?.uuid ?? environment.directory, name: environment.metadata?.name ?? "" }
  return config === "ve.conf"
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
