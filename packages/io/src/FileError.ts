/**
 * Failures of the file system in words.
 */
import type { PlatformError } from "effect/PlatformError"

const words: { readonly [tag: string]: string } = {
  NotFound: "it does not exist",
  PermissionDenied: "this user may not read it",
  BadResource: "it is a directory, or something else that cannot be read",
  Busy: "it is in use"
}

/** Says why a file cannot be read. */
export const explain = ({ reason }: PlatformError): string => words[reason._tag] ?? reason.message
