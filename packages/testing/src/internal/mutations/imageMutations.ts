/** Mutations of images and disks. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import { editBackup, editChain, editEnvironment, editIncremental } from "./edits.ts"
import { type Mutation, mutation } from "./mutation.ts"
import { at, type IncrementalAt, incrementalsOf, isContiguous, isCurrent, numbersOf } from "./places.ts"

// From version 4 on, images are compared with the names of disks.
const namesDiffer = { rule: "I22", why: "the name of the disk no longer matches the image" }

const hasImages = ({ backup, chain }: IncrementalAt): boolean =>
  backup.images.length > 0 && chain.head.images.length > 0

const editDisk = <B extends BackupTree.Backup>(
  backup: B,
  index: number,
  edit: (disk: BackupTree.BackupDisk) => BackupTree.BackupDisk
): B => ({
  ...backup,
  disks: backup.disks && { ...backup.disks, list: backup.disks.list.with(index, edit(backup.disks.list[index]!)) }
})

const lists: ReadonlyArray<Mutation> = [
  mutation(
    "I21",
    "an incremental has lost its images",
    (tree, choice) => {
      const target = at(incrementalsOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, images: [] }))
    },
    { rule: "I22", why: "the disks have no images" }
  ),
  mutation("I21", "an incremental of an old chain has lost its images", (tree, choice) => {
    const target = at(
      incrementalsOf(tree).filter((at) => !isCurrent(at) && hasImages(at) && (at.backup.disks?.list.length ?? 0) > 0),
      choice
    )
    return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, images: [] }))
  }),
  mutation("I22", "a disk was renamed after the backup", (tree, choice) => {
    const target = at(
      TreePath.backupsOf(tree).filter((at) => isCurrent(at) && (at.backup.disks?.list.length ?? 0) > 0),
      choice
    )
    return target &&
      editBackup(tree, target.place, (backup) => editDisk(backup, 0, (disk) => ({ ...disk, name: "new.qcow2" })))
  }),
  mutation(
    "I22",
    "the configuration of an incremental has lost its disks",
    (tree, choice) => {
      const target = at(incrementalsOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return target &&
        editIncremental(tree, target.place, (incremental) => ({ ...incremental, disks: { list: [], kept: [] } }))
    },
    { rule: "I29", why: "the full backup has these disks" }
  )
]

const renumbered = (image: string): string =>
  image.replace(/\.(\d+)\.qcow2$/, (_, number: string) => `.${Number(number) + 1000}.qcow2`)

const names: ReadonlyArray<Mutation> = [
  mutation("I23", "an image of an incremental has another number in its name, and so has the disk", (tree, choice) => {
    const target = at(incrementalsOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
    return target && editIncremental(tree, target.place, (incremental) => {
      const image = renumbered(incremental.images[0]!)
      return {
        ...editDisk(incremental, 0, (disk) => ({ ...disk, name: image })),
        images: incremental.images.with(0, image)
      }
    })
  }),
  mutation("I24", "an incremental of an old chain claims an image of its head", (tree, choice) => {
    const target = at(incrementalsOf(tree).filter((at) => !isCurrent(at) && hasImages(at)), choice)
    return target && editIncremental(tree, target.place, (incremental) => ({
      ...incremental,
      images: incremental.images.with(0, target.chain.head.images[0]!)
    }))
  }),
  mutation(
    "I24",
    "an incremental claims an image of its head",
    (tree, choice) => {
      // The image of a disk `vol.2` has the number 2 in a full backup too.
      const target = at(
        incrementalsOf(tree).filter((at) => isCurrent(at) && hasImages(at) && at.backup.number > 2),
        choice
      )
      return target && editIncremental(tree, target.place, (incremental) => ({
        ...incremental,
        images: incremental.images.with(0, target.chain.head.images[0]!)
      }))
    },
    namesDiffer,
    { rule: "I23", why: "the image has the number of the head" }
  ),
  mutation(
    "I24",
    "a head lists an image twice",
    (tree, choice) => {
      const target = at(
        TreePath.chainsOf(tree).filter((at) => isCurrent(at) && at.chain.head.images.length > 0),
        choice
      )
      return target && editChain(tree, target.place, (chain) => ({
        ...chain,
        head: { ...chain.head, images: [...chain.head.images, chain.head.images[0]!] }
      }))
    },
    { rule: "I22", why: "there are more images than disks" }
  )
]

const formats: ReadonlyArray<Mutation> = [
  mutation(
    "I25",
    "an incremental's image has the other format",
    (tree, choice) => {
      const target = at(incrementalsOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return target && editIncremental(tree, target.place, (incremental) => ({
        ...incremental,
        images: incremental.images.with(0, incremental.images[0]!.replace(/qcow2$/, "tib"))
      }))
    },
    namesDiffer
  ),
  mutation("I26", "old backups have the version of a current server", (tree, choice) => {
    const target = at(TreePath.environmentsOf(tree).filter(({ environment }) => isOld(environment)), choice)
    return target && editEnvironment(tree, target.place, (environment) => ({ ...environment, version: 5 }))
  }),
  mutation("I26", "current backups have an old version", (tree, choice) => {
    // Gaps and promoted heads would be findings of their own in an old version.
    const target = at(
      TreePath.environmentsOf(tree).filter(({ environment }) =>
        !isOld(environment) && environment.version >= 4
        && environment.chains.every((chain) => numbersOf(chain)[0] === 1 && isContiguous(chain))
        && imagesOf(environment).some((image) => image.endsWith(".qcow2"))
      ),
      choice
    )
    return target && editEnvironment(tree, target.place, (environment) => ({ ...environment, version: choice % 4 }))
  })
]

const imagesOf = ({ chains }: BackupTree.VirtualEnvironment): ReadonlyArray<string> =>
  chains.flatMap(({ head, incrementals }) => [head, ...incrementals].flatMap(({ images }) => images))

const isOld = (environment: BackupTree.VirtualEnvironment): boolean =>
  environment.version < 4 && imagesOf(environment).every(ChainVersion.isLegacyImage)

const comparable = (tree: BackupTree.BackupTree): ReadonlyArray<IncrementalAt> =>
  incrementalsOf(tree).filter(({ backup, chain }) =>
    (backup.disks?.list.length ?? 0) > 0 && chain.head.disks !== undefined
  )

const disks: ReadonlyArray<Mutation> = [
  mutation("I29", "a disk has another size than in the full backup", (tree, choice) => {
    const target = at(comparable(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => editDisk(incremental, 0, (disk) => ({ ...disk, size: disk.size + 1_048_576n }))
      )
  }),
  mutation("I29", "a disk has another path than in the full backup", (tree, choice) => {
    const target = at(comparable(tree), choice)
    return target && editIncremental(
      tree,
      target.place,
      (incremental) =>
        editDisk(incremental, 0, (disk) => ({ ...disk, originalPath: `/elsewhere/${disk.originalPath}` }))
    )
  }),
  mutation("I32", "a disk has another key than in the full backup", (tree, choice) => {
    const target = at(comparable(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) =>
          editDisk(incremental, 0, (disk) => ({ ...disk, encryption: { ...disk.encryption, keyId: "another key" } }))
      )
  })
]

/** The mutations of this kind. */
export const imageMutations: ReadonlyArray<Mutation> = [...lists, ...names, ...formats, ...disks]
