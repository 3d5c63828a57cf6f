/** What a backup directory holds that a server hides, and why. Source: SEMANTICS 3.5. */
import * as BackupId from "../BackupId.ts"
import type { DirectoryReading } from "../DirectoryReading.ts"
import * as ForensicTree from "../ForensicTree.ts"
import type { Reason, StoreSkip } from "../StoreSkip.ts"
import * as Uuid from "../Uuid.ts"

/** Something that a server hides, where it lies, and why it is hidden. */
export interface Hidden {
  readonly environment: ForensicTree.ForensicEnvironment
  readonly path: string
  readonly why: ReadonlyArray<StoreSkip>
}

/** The reasons for which nothing is hidden, or that only follow from others. */
const harmless: ReadonlySet<Reason> = new Set<Reason>([
  "no-chains",
  "chain-empty",
  "number-duplicate",
  "orphan-image",
  "missing-image",
  "temp-file",
  "not-a-file"
])

/** Returns the marks that hide what lies at a path: those of its own directory, and of the files that describe it. */
const marksAt = (marks: ReadonlyArray<StoreSkip>, path: string): ReadonlyArray<StoreSkip> =>
  marks.filter((mark) =>
    !harmless.has(mark.reason) && (mark.path === path || /\/(?:\.metadata|config\.pvs|ve\.conf)$/.test(mark.path))
  )

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

/** Returns what is hidden of the environments of a uuid: chains as a whole, and backups of those that are shown. */
export const ofEnvironment = (
  reading: DirectoryReading,
  uuid: string
): ReadonlyArray<Hidden> =>
  ForensicTree.fromReading(reading).environments
    .filter(({ directory, metadata }) => Uuid.equals(metadata?.uuid ?? directory, uuid))
    .flatMap((environment) => {
      const whole = whyEnvironment(environment)
      if (whole.length > 0) return [{ environment, path: environment.directory, why: whole }]
      return environment.chains.flatMap((chain): ReadonlyArray<Hidden> => {
        const path = `${environment.directory}/${chain.directory}`
        if (!chain.isShown) {
          const why = whyChain(environment, chain)
          return why.length === 0 ? [] : [{ environment, path, why }]
        }
        const items = chain.items.filter(({ isShown }) => !isShown).map((item) => ({
          environment,
          path: `${path}/${item.directory}`,
          why: marksAt(item.marks, `${path}/${item.directory}`)
        }))
        const bare = chain.marks.filter(({ reason }) => reason === "link-without-metadata")
        return [...items, ...bare.map((mark) => ({ environment, path: mark.path, why: [mark] }))]
      })
    })

/** Finds a backup that is hidden, by any spelling of its id. */
export const findBackup = (
  reading: DirectoryReading,
  id: string
): Hidden | undefined => {
  const key = BackupId.key(id)
  const isMeant = (chain: ForensicTree.ForensicChain, { backup, number }: ForensicTree.ForensicItem): boolean =>
    BackupId.key(backup?.id ?? (number === 1 ? chain.directory : `${chain.directory}.${number}`)) === key
  for (const environment of ForensicTree.fromReading(reading).environments) {
    for (const chain of environment.chains) {
      const item = chain.items.find((item) => !item.isShown && isMeant(chain, item))
      if (item === undefined) continue
      const path = `${environment.directory}/${chain.directory}/${item.directory}`
      const own = marksAt(item.marks, path)
      const why = [
        ...(environment.isShown ? [] : whyEnvironment(environment)),
        ...(chain.isShown ? [] : whyChain(environment, chain)),
        ...own
      ]
      return { environment, path, why: [...new Set(why)] }
    }
  }
  return undefined
}

/** Finds an environment that is hidden, by any spelling of its uuid, or by its name. */
export const findEnvironment = (
  reading: DirectoryReading,
  text: string
): Hidden | undefined => {
  const isMeant = ({ directory, metadata, name }: ForensicTree.ForensicEnvironment): boolean =>
    Uuid.isUuid(text) ? Uuid.equals(metadata?.uuid ?? directory, text) : name === text
  const environment = ForensicTree.fromReading(reading).environments.find((one) => !one.isShown && isMeant(one))
  if (environment === undefined) return undefined
  const why = [...whyEnvironment(environment), ...environment.chains.flatMap((chain) => whyChain(environment, chain))]
  return { environment, path: environment.directory, why }
}
