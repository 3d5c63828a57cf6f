import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as Arbitrary from "effect/Arbitrary"
import type { DirectoryReading, ImageFile, ReadItem } from "../../src/directory/DirectoryReading.ts"
import { Reason, type StoreSkip } from "../../src/directory/files/StoreSkip.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import { integer, literal, oneOf } from "./xmlArbitraries.ts"

const hostileNames = ["", ".", "..", "-o", "a b", "x'y", "json:{}", "nbd:x", "a\n.qcow2", "\u202e.qcow2", "base", "2"]

/** What is drawn of a file: which name it has, of those at hand, what it is backed by, and how. */
const fileDraw = Arbitrary.all({
  name: integer(0, 40),
  backing: integer(-1, 40),
  shape: literal(["file", "empty", "junk", "absolute", "cut"])
})

const skipDraw = Arbitrary.all({
  path: integer(0, 40),
  reason: Arbitrary.schema(Reason),
  detail: literal(["", "\u001b[2J"])
})

const draws = Arbitrary.all({
  store: Arbitraries.store,
  hide: Arbitrary.array(integer(0, 3), { maxLength: 8 }),
  files: Arbitrary.array(fileDraw, { maxLength: 24 }),
  skips: Arbitrary.array(skipDraw, { maxLength: 6 }),
  more: oneOf(literal(hostileNames), Arbitraries.text)
})

const backupOf = ({ content }: BackupStore.StoredItem) => content._tag === "Damaged" ? undefined : content.backup

/** Readings without any guarantee: any store, any files, any skips, hostile names. */
export const hostileReading: Arbitrary.Arbitrary<DirectoryReading> = Arbitrary.map(
  draws,
  ({ files, hide, more, skips, store }): DirectoryReading => {
    let next = 0
    const environments = store.environments.map((environment) => ({
      ...environment,
      notes: [],
      chains: environment.chains.map((chain) => {
        const items = chain.items.map((item): ReadItem => {
          const directory = item.number === 1 ? "base" : String(item.number)
          const configuration = hide.length % 2 === 0 ? { file: "config.pvs", name: more } as const : undefined
          const described = backupOf(item)
          const hidden = hide[next++ % Math.max(1, hide.length)]
          return hidden === 1
            ? { ...item, directory, configuration, notes: [], described: undefined, content: { _tag: "Damaged" } }
            : hidden === 2
            ? { ...item, directory, configuration, notes: [], described, content: { _tag: "Damaged" } }
            : { ...item, directory, configuration, notes: [], described }
        })
        const names = [...items.flatMap(({ described }) => described?.images ?? []), more, ...hostileNames]
        const nameAt = (index: number): string => names[index % names.length]!
        return {
          ...chain,
          items,
          bareItems: skips.length % 2 === 0
            ? []
            : [{ directory: more, number: skips.length, configuration: undefined }],
          files: new Map(
            files.map(({ backing, name, shape }): readonly [string, ImageFile] => {
              const prefix = shape === "absolute" ? `/vz/${environment.directory}/${chain.directory}/` : ""
              const header = {
                version: 3,
                virtualSize: 1_048_576n,
                backingFile: backing < 0 ? undefined : `${prefix}${nameAt(backing)}`
              }
              return [nameAt(name), {
                size: shape === "empty" ? 0n : 5n,
                isCut: shape === "cut",
                header: shape === "junk" || shape === "empty" ? undefined : header
              }]
            })
          )
        }
      })
    }))
    const paths = [
      ...environments.flatMap(({ chains, directory }) => [
        directory,
        ...chains.flatMap((chain) => [
          `${directory}/${chain.directory}`,
          ...["base", "2", "3", "99", ...chain.files.keys()].map((name) => `${directory}/${chain.directory}/${name}`)
        ])
      ]),
      more,
      ...hostileNames
    ]
    return {
      root: "/vz",
      environments,
      skips: skips.map(({ detail, path, reason }): StoreSkip => ({ path: paths[path % paths.length]!, reason, detail }))
    }
  }
)
