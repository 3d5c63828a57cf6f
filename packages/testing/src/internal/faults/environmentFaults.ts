/** Faults of environments, and of the directories of whole chains. */
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type { Random } from "../random.ts"
import { any } from "./chainParts.ts"
import type { FaultSpec } from "./faultSpec.ts"
import { emptyDirectory, type FileFault, newDirectory, removal, renaming, truncation } from "./fileFaults.ts"

const environmentWithoutChains = (random: Random): FileFault => {
  const uuid = random.uuid()
  const metadata = BackupTreeXml.encodeMetadata({
    _tag: "VmItem",
    environment: { uuid, name: "retired", vmType: 0, version: 5, chains: [], kept: [] }
  })
  return newDirectory(uuid, [[StoreNames.metadata, metadata]])
}

/** The faults by name, in the order of the table. */
export const environmentFaults = {
  "not-uuid": {
    description: "A directory next to those of the environments has a name that is not a UUID",
    reportedAs: "not-uuid",
    rules: ["not-uuid"],
    target: "root",
    place: (random) => emptyDirectory(`old-${random.uuid().slice(1, 9)}`)
  },
  "vm-metadata-missing": {
    description: "The metadata of an environment is missing",
    reportedAs: "vm-metadata-missing",
    rules: ["vm-metadata-missing"],
    target: "environment",
    place: ({ path }) => removal(`${path}/${StoreNames.metadata}`, path)
  },
  "vm-metadata-invalid": {
    description: "The metadata of an environment is cut in half",
    reportedAs: "vm-metadata-invalid",
    rules: ["vm-metadata-invalid"],
    target: "environment",
    place: ({ path }) => truncation(`${path}/${StoreNames.metadata}`, path)
  },
  "no-chains": {
    description: "An environment has metadata but no chains",
    reportedAs: "no-chains",
    rules: ["no-chains"],
    target: "root",
    place: environmentWithoutChains
  },
  "chain-empty": {
    description: "A chain has no backups left, as after a removal that keeps the chain",
    reportedAs: "chain-empty",
    rules: ["I39"],
    target: "environment-directory",
    place: ({ path }, random) => emptyDirectory(`${path}/${random.uuid()}`)
  },
  "chain-set-aside": {
    description: "The directory of a chain was renamed to a name that is not a UUID",
    reportedAs: "not-uuid",
    rules: ["not-uuid"],
    target: "chain",
    appliesTo: any,
    place: ({ chain }) => renaming(chain.path, `${chain.path}.old`)
  },
  "chain-renamed": {
    description: "The directory of a chain was renamed to another UUID",
    reportedAs: "I02",
    rules: ["I02"],
    target: "chain",
    appliesTo: any,
    place: ({ chain, environment }, random) => renaming(chain.path, `${environment.path}/${random.uuid()}`)
  }
} as const satisfies { readonly [name: string]: FaultSpec }
