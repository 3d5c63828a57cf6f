/** Faults of the directories of backups, and of the metadata and configurations in them. */
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type { Random } from "../random.ts"
import { type ChainLayout, type ItemLayout } from "../storeLayout.ts"
import {
  any,
  hasIncremental,
  headOf,
  isOriginal,
  itemPath,
  metadataPath,
  nextNumber,
  oneOf,
  someIncremental
} from "./chainParts.ts"
import type { ChainPlace, FaultSpec } from "./faultSpec.ts"
import {
  brokenLink,
  copyOfDirectory,
  type FileFault,
  linkOutside,
  newFile,
  removal,
  renaming,
  rewriting,
  truncation
} from "./fileFaults.ts"

type OnItem = (chain: ChainLayout, item: ItemLayout, place: ChainPlace) => FileFault

const onHead = (fault: OnItem) => (place: ChainPlace): FileFault => fault(place.chain, headOf(place.chain), place)

const onIncremental = (fault: OnItem) => (place: ChainPlace, random: Random): FileFault =>
  fault(place.chain, someIncremental(place.chain, random), place)

/** Appends a digit to the id of a backup. */
const otherId: OnItem = (chain, item) => {
  const { content } = item.item
  // Only sound chains get faults, so the item is an incremental.
  const text = content._tag !== "Link" ? "" : BackupTreeXml.encodeMetadata({
    _tag: "PartialBackupItem",
    backup: { ...content.backup, id: `${content.backup.id}0` }
  })
  return rewriting(metadataPath(chain, item), itemPath(chain, item), text)
}

// Rules about the backups around one that a server no longer lists.
const gaps = ["I09", "I11", "I12"] as const

/** The faults by name, in the order of the table. */
export const backupFaults = {
  "base-missing": {
    description: "The directory of a full backup is missing, so the chain starts with an incremental",
    reportedAs: "head-invalid",
    rules: ["head-invalid", "I38"],
    target: "chain",
    appliesTo: (chain) => isOriginal(chain) && hasIncremental(chain),
    place: ({ chain }) => removal(itemPath(chain, headOf(chain)), itemPath(chain, chain.items[1]!))
  },
  "base-without-metadata": {
    description: "A full backup has no metadata, as while it is being created",
    reportedAs: "base-without-metadata",
    rules: ["base-without-metadata", "I38"],
    target: "chain",
    // A reader takes a lone directory without metadata for a leftover.
    appliesTo: (chain) => isOriginal(chain) && hasIncremental(chain),
    place: onHead((chain, head) => removal(metadataPath(chain, head), itemPath(chain, head)))
  },
  "head-invalid": {
    description: "The metadata of a full backup is cut in half",
    reportedAs: "head-invalid",
    rules: ["head-invalid", "I38"],
    target: "chain",
    appliesTo: any,
    place: onHead((chain, head) => truncation(metadataPath(chain, head), itemPath(chain, head)))
  },
  "head-config-missing": {
    description: "The configuration of a full backup is missing",
    reportedAs: "head-config-missing",
    rules: ["head-config-missing"],
    target: "chain",
    appliesTo: any,
    place: onHead((chain, head, { environment: { config } }) =>
      removal(`${itemPath(chain, head)}/${config}`, itemPath(chain, head))
    )
  },
  "link-without-metadata": {
    description: "An incremental has no metadata, as while it is being created",
    reportedAs: "link-without-metadata",
    rules: ["link-without-metadata", "I38"],
    mayReport: gaps,
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental((chain, item) => removal(metadataPath(chain, item), itemPath(chain, item)))
  },
  "link-invalid": {
    description: "The metadata of an incremental is cut in half",
    reportedAs: "link-invalid",
    rules: ["link-invalid", "I38"],
    mayReport: gaps,
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental((chain, item) => truncation(metadataPath(chain, item), itemPath(chain, item)))
  },
  "link-config-missing": {
    description: "The configuration of an incremental is missing",
    reportedAs: "link-config-missing",
    rules: ["link-config-missing"],
    mayReport: gaps,
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental((chain, item, { environment: { config } }) =>
      removal(`${itemPath(chain, item)}/${config}`, itemPath(chain, item))
    )
  },
  "number-duplicate": {
    description: "The directory of an incremental exists twice, the second time with a 0 before its number",
    reportedAs: "number-duplicate",
    rules: ["number-duplicate", "I06", "I07", "I24"],
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental((chain, item, { environment: { config } }) =>
      copyOfDirectory(itemPath(chain, item), `${chain.path}/0${item.directory}`, [config, StoreNames.metadata])
    )
  },
  "number-renamed": {
    description: "The directory of the newest incremental was renamed to another number",
    reportedAs: "I08",
    rules: ["I08"],
    mayReport: ["I22"],
    target: "chain",
    appliesTo: hasIncremental,
    place: ({ chain }) => renaming(itemPath(chain, chain.items.at(-1)!), `${chain.path}/${nextNumber(chain)}`)
  },
  "id-wrong": {
    description: "The id in the metadata of an incremental does not match its number, as after a manual edit",
    reportedAs: "I05",
    rules: ["I05"],
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental(otherId)
  },
  "outside-root": {
    description: "The directory of an incremental is a link to a place outside the backup directory",
    reportedAs: "outside-root",
    rules: ["outside-root", "I38"],
    mayReport: gaps,
    target: "chain",
    appliesTo: hasIncremental,
    place: onIncremental((chain, item) => linkOutside(itemPath(chain, item)))
  },
  "not-a-file": {
    description: "A broken link lies next to the chains of an environment",
    reportedAs: "not-a-file",
    rules: ["not-a-file"],
    target: "environment-directory",
    place: ({ path }) => brokenLink(`${path}/latest`)
  },
  "temp-file": {
    description: "A temporary file of the server lies next to metadata, as after a crash",
    reportedAs: "temp-file",
    rules: ["I38"],
    target: "chain",
    appliesTo: any,
    place: ({ chain }, random) =>
      newFile(`${metadataPath(chain, oneOf(chain.items, random))}.libprlcommon_tmp.${random.uuid()}`, "<")
  }
} as const satisfies { readonly [name: string]: FaultSpec }
