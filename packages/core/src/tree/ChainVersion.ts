/**
 * The backup protocol version of a chain, and what depends on it.
 *
 * @see [Semantics 1.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-3)
 * @since 0.2.0
 */
import type * as BackupTree from "./BackupTree.ts"

/**
 * The first version that supports removing one backup of a chain, and that stores qcow2 images.
 *
 * @category constants
 * @since 0.2.0
 */
export const keepChainVersion = 4

/** The version of every chain with images of versions 1 to 3, and of chains whose environment has no version. */
const legacyVersion = 3

/**
 * Returns whether an image name belongs to the `.tib` format of versions 1 to 3.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isLegacyImage = (image: string): boolean => image.endsWith(".tib")

/**
 * Returns whether any image has the `.tib` format of versions 1 to 3.
 *
 * @category predicates
 * @since 0.2.0
 */
export const hasLegacyImage = (images: ReadonlyArray<string>): boolean => images.some(isLegacyImage)

/**
 * Returns the effective version of a chain, given the version of its environment (0: none) and the images of its full
 * backup.
 *
 * A `.tib` image makes it 3, whatever the environment states.
 *
 * @category accessors
 * @since 0.2.0
 */
export const effective = (version: number, headImages: ReadonlyArray<string>): number =>
  version === 0 || hasLegacyImage(headImages) ? legacyVersion : version

/**
 * Returns the effective version of a chain. See {@link effective}.
 *
 * @category accessors
 * @since 0.2.0
 */
export const of = (
  environment: Pick<BackupTree.VirtualEnvironment, "version">,
  chain: Pick<BackupTree.BackupChain, "head">
): number => effective(environment.version, chain.head.images)
