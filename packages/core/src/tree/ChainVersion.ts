/** The backup protocol version of a chain, and what it decides. Source: SEMANTICS 1.3. */
import type * as BackupTree from "./BackupTree.ts"

/** The first version whose chains survive the removal of one backup, and whose images are qcow2. */
export const keepChainVersion = 4

/** The version of a chain whose environment names none, and of every chain with images of versions 1 to 3. */
const legacyVersion = 3

/** Tells whether the name of an image is one of the format of versions 1 to 3. */
export const isLegacyImage = (image: string): boolean => image.endsWith(".tib")

/** Tells whether a full backup has an image of the format of versions 1 to 3. */
export const hasLegacyImage = (images: ReadonlyArray<string>): boolean => images.some(isLegacyImage)

/**
 * Returns the version that holds for a chain with such a full backup, in an environment of that version (0: none named).
 *
 * An image of the format of versions 1 to 3 makes it 3 whatever the environment says.
 */
export const effective = (version: number, headImages: ReadonlyArray<string>): number =>
  version === 0 || hasLegacyImage(headImages) ? legacyVersion : version

/** Returns the version that holds for a chain. See {@link effective}. */
export const of = (
  environment: Pick<BackupTree.VirtualEnvironment, "version">,
  chain: Pick<BackupTree.BackupChain, "head">
): number => effective(environment.version, chain.head.images)
