/** The hidden backups of a backup directory, and why they are hidden. Source: SEMANTICS 3.5. */
import type { DirectoryReading } from "../../directory/DirectoryReading.ts"
import type { Reason, StoreSkip } from "../../directory/files/StoreSkip.ts"
import * as ForensicTree from "../../directory/ForensicTree.ts"
import { describedPath } from "../../directory/SkipIndex.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"

/** Hidden data: its path, and why it is hidden. */
export interface Hidden {
  readonly path: string
  readonly why: ReadonlyArray<StoreSkip>
}

/** The reasons that hide nothing, or that only follow from others. */
const harmless: ReadonlySet<Reason> = new Set<Reason>([
  "no-chains",
  "chain-empty",
  "number-duplicate",
  "orphan-image",
  "missing-image",
  "temp-file",
  "not-a-file"
])

/** Returns the marks that hide the data at a path: those of its directory, and of the files that describe it. */
const marksAt = (marks: ReadonlyArray<StoreSkip>, path: string): ReadonlyArray<StoreSkip> =>
  marks.filter((mark) => !harmless.has(mark.reason) && describedPath(mark.path) === path)

const whyEnvironment = ({ directory, marks, metadata }: ForensicTree.ForensicEnvironment): ReadonlyArray<StoreSkip> => [
  ...marksAt(marks, directory),
  ...((metadata?.vmType ?? 0) > 2 ? marks.filter(({ reason }) => reason === "no-chains") : [])
]

const whyChain = (
  { directory }: ForensicTree.ForensicEnvironment,
  { directory: chain, items: [first], marks }: ForensicTree.ForensicChain
): ReadonlyArray<StoreSkip> => [
  ...marksAt(marks, `${directory}/${chain}`),
  ...(first === undefined ? [] : marksAt(first.marks, `${directory}/${chain}/${first.directory}`))
]

/** Returns the hidden data of the environments with a uuid: whole chains, and backups of listed chains. */
export const ofEnvironment = (
  reading: DirectoryReading,
  uuid: string
): ReadonlyArray<Hidden> =>
  ForensicTree.fromReading(reading).environments
    .filter(({ directory, metadata }) => Uuid.equals(metadata?.uuid ?? directory, uuid))
    .flatMap((environment) => {
      const whole = whyEnvironment(environment)
      if (whole.length > 0) return [{ path: environment.directory, why: whole }]
      return environment.chains.flatMap((chain): ReadonlyArray<Hidden> => {
        const path = `${environment.directory}/${chain.directory}`
        if (!chain.isShown) {
          const why = whyChain(environment, chain)
          return why.length === 0 ? [] : [{ path, why }]
        }
        const items = chain.items.filter(({ isShown }) => !isShown).map((item) => ({
          path: `${path}/${item.directory}`,
          why: marksAt(item.marks, `${path}/${item.directory}`)
        }))
        const bare = chain.marks.filter(({ reason }) => reason === "link-without-metadata")
        return [...items, ...bare.map((mark) => ({ path: mark.path, why: [mark] }))]
      })
    })

/** Finds a hidden backup by its id, in any spelling. */
export const findBackup = (reading: DirectoryReading, id: string): Hidden | undefined => {
  const { chain: uuid, number } = BackupId.address(id)
  for (const environment of ForensicTree.fromReading(reading).environments) {
    const ofEnvironment = environment.isShown ? [] : whyEnvironment(environment)
    for (const chain of environment.chains) {
      const path = `${environment.directory}/${chain.directory}`
      const ofChain = [...ofEnvironment, ...(chain.isShown ? [] : whyChain(environment, chain))]
      const item = chain.items.find((item) => !item.isShown && isMeant(chain, item, id))
      if (item !== undefined) {
        const at = `${path}/${item.directory}`
        return { path: at, why: [...new Set([...ofChain, ...marksAt(item.marks, at)])] }
      }
      if (!Uuid.equals(chain.directory, uuid)) continue
      const bare = chain.marks.find((mark) =>
        mark.reason === "link-without-metadata" && mark.path === `${path}/${number}`
      )
      if (bare !== undefined) return { path: bare.path, why: [...ofChain, bare] }
      // Nothing in the chain is listed.
      if (!chain.isShown) return { path, why: ofChain.length > 0 ? ofChain : chain.marks }
    }
  }
  return findUnread(reading, 1, uuid)
}

const isMeant = (
  { directory }: ForensicTree.ForensicChain,
  { backup, number }: ForensicTree.ForensicItem,
  id: string
): boolean => BackupId.key(backup?.id ?? BackupId.make(directory, number).text) === BackupId.key(id)

/** Finds a directory with a uuid that could not be read. `depth` is 0 for an environment and 1 for a chain. */
const findUnread = ({ skips }: DirectoryReading, depth: 0 | 1, uuid: string): Hidden | undefined => {
  const skip = skips.find(({ path, reason }) => {
    const names = path.split("/")
    return !harmless.has(reason) && names.length === depth + 1 && Uuid.equals(names[depth]!, uuid)
  })
  return skip && { path: skip.path, why: [skip] }
}

/** Returns the hidden environments with a uuid, in any spelling, or a name. */
export const findEnvironments = (
  reading: DirectoryReading,
  text: string
): ReadonlyArray<Hidden & { readonly uuid: string }> => {
  const uuidOf = ({ directory, metadata }: ForensicTree.ForensicEnvironment): string => metadata?.uuid ?? directory
  const found = ForensicTree.fromReading(reading).environments
    .filter((one) => !one.isShown && (Uuid.isUuid(text) ? Uuid.equals(uuidOf(one), text) : one.name === text))
    .map((environment) => {
      const why = [
        ...whyEnvironment(environment),
        ...environment.chains.flatMap((chain) => whyChain(environment, chain))
      ]
      return {
        uuid: uuidOf(environment),
        path: environment.directory,
        why: why.length > 0 ? why : environment.marks.filter(({ reason }) => reason === "no-chains")
      }
    })
  const unread = found.length === 0 && Uuid.isUuid(text) ? findUnread(reading, 0, text) : undefined
  return unread === undefined ? found : [{ uuid: text, ...unread }]
}
