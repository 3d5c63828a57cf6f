/** What the backup protocol version of a chain decides. Source: SEMANTICS 1.3. */

/** The first version whose chains survive the removal of one backup, and whose images are qcow2. */
export const keepChainVersion = 4

/** Tells whether a head has an image of the format of versions 1 to 3. */
export const hasLegacyImage = (images: ReadonlyArray<string>): boolean => images.some((image) => image.endsWith(".tib"))
