/** The version of the package; a test holds the two together. */
export const version = "0.1.0"
