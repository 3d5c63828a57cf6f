/** Faults of images and disks. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import {
  at,
  editBackup,
  editChain,
  editEnvironment,
  editLink,
  isContiguous,
  isCurrent,
  type LinkAt,
  linksOf,
  type Mutation,
  mutation,
  numbersOf
} from "./mutation.ts"

// The images are compared with the names of the disks from version 4 on.
const namesDiffer = { rule: "I22", why: "the image is no longer the one that the disk is named after" }

const hasImages = ({ backup, chain }: LinkAt): boolean => backup.images.length > 0 && chain.head.images.length > 0

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
      const hit = at(linksOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return hit && editLink(tree, hit.place, (link) => ({ ...link, images: [] }))
    },
    { rule: "I22", why: "no images are not the images of some disks" }
  ),
  mutation("I21", "an incremental of an old chain has lost its images", (tree, choice) => {
    const hit = at(
      linksOf(tree).filter((at) => !isCurrent(at) && hasImages(at) && (at.backup.disks?.list.length ?? 0) > 0),
      choice
    )
    return hit && editLink(tree, hit.place, (link) => ({ ...link, images: [] }))
  }),
  mutation("I22", "a disk was renamed after the backup", (tree, choice) => {
    const hit = at(
      TreePath.backupsOf(tree).filter((at) => isCurrent(at) && (at.backup.disks?.list.length ?? 0) > 0),
      choice
    )
    return hit &&
      editBackup(tree, hit.place, (backup) => editDisk(backup, 0, (disk) => ({ ...disk, name: "new.qcow2" })))
  }),
  mutation(
    "I22",
    "the configuration of an incremental has lost its disks",
    (tree, choice) => {
      const hit = at(linksOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return hit && editLink(tree, hit.place, (link) => ({ ...link, disks: { list: [], kept: [] } }))
    },
    { rule: "I29", why: "the full backup has the disks that are missing" }
  )
]

const renumbered = (image: string): string =>
  image.replace(/\.(\d+)\.qcow2$/, (_, number: string) => `.${Number(number) + 1000}.qcow2`)

const names: ReadonlyArray<Mutation> = [
  mutation("I23", "an image of an incremental bears another number, and so does the disk", (tree, choice) => {
    const hit = at(linksOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
    return hit && editLink(tree, hit.place, (link) => {
      const image = renumbered(link.images[0]!)
      return { ...editDisk(link, 0, (disk) => ({ ...disk, name: image })), images: link.images.with(0, image) }
    })
  }),
  mutation("I24", "an incremental of an old chain claims an image of its head", (tree, choice) => {
    const hit = at(linksOf(tree).filter((at) => !isCurrent(at) && hasImages(at)), choice)
    return hit && editLink(tree, hit.place, (link) => ({
      ...link,
      images: link.images.with(0, hit.chain.head.images[0]!)
    }))
  }),
  mutation(
    "I24",
    "an incremental claims an image of its head",
    (tree, choice) => {
      // The image of a disk `vol.2` bears the number 2 in a full backup too.
      const hit = at(linksOf(tree).filter((at) => isCurrent(at) && hasImages(at) && at.backup.number > 2), choice)
      return hit && editLink(tree, hit.place, (link) => ({
        ...link,
        images: link.images.with(0, hit.chain.head.images[0]!)
      }))
    },
    namesDiffer,
    { rule: "I23", why: "the image bears the number of the head" }
  ),
  mutation(
    "I24",
    "a head lists an image twice",
    (tree, choice) => {
      const hit = at(
        TreePath.chainsOf(tree).filter((at) => isCurrent(at) && at.chain.head.images.length > 0),
        choice
      )
      return hit && editChain(tree, hit.place, (chain) => ({
        ...chain,
        head: { ...chain.head, images: [...chain.head.images, chain.head.images[0]!] }
      }))
    },
    { rule: "I22", why: "there is an image more than there are disks" }
  )
]

const formats: ReadonlyArray<Mutation> = [
  mutation(
    "I25",
    "an incremental's image has the other format",
    (tree, choice) => {
      const hit = at(linksOf(tree).filter((at) => isCurrent(at) && hasImages(at)), choice)
      return hit && editLink(tree, hit.place, (link) => ({
        ...link,
        images: link.images.with(0, link.images[0]!.replace(/qcow2$/, "tib"))
      }))
    },
    namesDiffer
  ),
  mutation("I26", "a server of today has rewritten the version of old backups", (tree, choice) => {
    const hit = at(TreePath.environmentsOf(tree).filter(({ environment }) => isOld(environment)), choice)
    return hit && editEnvironment(tree, hit.place, (environment) => ({ ...environment, version: 5 }))
  }),
  mutation("I26", "an environment of today says that it is of an old version", (tree, choice) => {
    // What an old version could not hold would be a finding of its own.
    const hit = at(
      TreePath.environmentsOf(tree).filter(({ environment }) =>
        !isOld(environment) && environment.version >= 4
        && environment.chains.every((chain) => numbersOf(chain)[0] === 1 && isContiguous(chain))
        && imagesOf(environment).some((image) => image.endsWith(".qcow2"))
      ),
      choice
    )
    return hit && editEnvironment(tree, hit.place, (environment) => ({ ...environment, version: choice % 4 }))
  })
]

const imagesOf = ({ chains }: BackupTree.VirtualEnvironment): ReadonlyArray<string> =>
  chains.flatMap(({ head, incrementals }) => [head, ...incrementals].flatMap(({ images }) => images))

const isOld = (environment: BackupTree.VirtualEnvironment): boolean =>
  environment.version < 4 && imagesOf(environment).every((image) => image.endsWith(".tib"))

const comparable = (tree: BackupTree.BackupTree): ReadonlyArray<LinkAt> =>
  linksOf(tree).filter(({ backup, chain }) => (backup.disks?.list.length ?? 0) > 0 && chain.head.disks !== null)

const disks: ReadonlyArray<Mutation> = [
  mutation("I29", "a disk has grown while its chain went on", (tree, choice) => {
    const hit = at(comparable(tree), choice)
    return hit &&
      editLink(tree, hit.place, (link) => editDisk(link, 0, (disk) => ({ ...disk, size: disk.size + 1_048_576n })))
  }),
  mutation("I29", "a disk has moved while its chain went on", (tree, choice) => {
    const hit = at(comparable(tree), choice)
    return hit && editLink(
      tree,
      hit.place,
      (link) => editDisk(link, 0, (disk) => ({ ...disk, originalPath: `/elsewhere/${disk.originalPath}` }))
    )
  }),
  mutation("I32", "a disk has a new key while its chain goes on", (tree, choice) => {
    const hit = at(comparable(tree), choice)
    return hit &&
      editLink(
        tree,
        hit.place,
        (link) => editDisk(link, 0, (disk) => ({ ...disk, encryption: { ...disk.encryption, keyId: "another key" } }))
      )
  })
]

/** The faults of images and disks. */
export const imageMutations: ReadonlyArray<Mutation> = [...lists, ...names, ...formats, ...disks]
