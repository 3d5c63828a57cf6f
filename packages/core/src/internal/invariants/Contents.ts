/** Rules about what environments and backups consist of: kinds and images. */
import * as BackupTree from "../../BackupTree.ts"
import { chainsOf, environmentsOf, type InvariantRule } from "../../InvariantRule.ts"

const imagesOf = (chain: BackupTree.BackupChain): ReadonlyArray<{ readonly image: string; readonly backup: number }> =>
  BackupTree.backups(chain).flatMap(({ images }, backup) => images.map((image) => ({ image, backup })))

const uniqueImages: InvariantRule = {
  id: "I24",
  name: "image names are unique within a chain",
  statement: "No two images of a chain have the same file name.",
  severity: "error",
  meaning:
    "One file cannot be both: at least one of the two backups has lost its data, and so has all that follows it.",
  advice: "Look at the images in the chain directory. Make a full backup before you rely on this chain.",
  source: "SEMANTICS 4.4, INF:1504",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      const seen = new Map<string, number>()
      return imagesOf(chain).flatMap(({ backup, image }) => {
        const first = seen.get(image)
        if (first === undefined) {
          seen.set(image, backup)
          return []
        }
        const owner = BackupTree.backups(chain)[first]!
        return [{
          place: { ...place, backup },
          message: `image ${JSON.stringify(image)} also belongs to ${
            first === backup ? "this backup" : `backup ${owner.id}`
          }`
        }]
      })
    })
}

const oneImageFormat: InvariantRule = {
  id: "I25",
  name: "a chain has one image format",
  statement: "A chain does not mix .tib and .qcow2 images.",
  severity: "error",
  meaning:
    "The product restores a chain by the format of its full backup: the images of the other format are not read.",
  advice: "Treat the backups of the other format as lost, and make a full backup.",
  source: "SEMANTICS 4.4, RS:432-441",
  check: ({ tree }) =>
    chainsOf(tree).flatMap(({ chain, place }) => {
      const images = imagesOf(chain)
      const tib = images.find(({ image }) => image.endsWith(".tib"))
      const qcow2 = images.find(({ image }) => image.endsWith(".qcow2"))
      return tib === undefined || qcow2 === undefined ? [] : [{
        place,
        message: `the chain holds ${JSON.stringify(tib.image)} and ${JSON.stringify(qcow2.image)}`
      }]
    })
}

const knownKinds: InvariantRule = {
  id: "I27",
  name: "the kind of an environment is known",
  statement: "The kind of an environment is 0, 1, 2 or 3.",
  severity: "error",
  meaning: "This kind of environment came after this program: whether its backups restore cannot be judged.",
  advice: "Look for a newer version of this program, and check the server's version.",
  source: "SEMANTICS 4.4 and 1.2",
  check: ({ tree }) =>
    environmentsOf(tree).flatMap(({ environment, place }) =>
      environment.vmType <= 3 ? [] : [{ place, message: `VmType is ${environment.vmType}` }]
    )
}

/** The rules about contents, in the order of their ids. */
export const contentRules: ReadonlyArray<InvariantRule> = [uniqueImages, oneImageFormat, knownKinds]
