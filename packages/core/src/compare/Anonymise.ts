/**
 * Listings without the names of their owners, for bug reports.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import type { BackupListing } from "../listing/BackupListing.ts"
import type { BackupTreeRequest, Subject } from "../sdk/BackupTreeRequest.ts"
import * as Steps from "../steps/Steps.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import type { XmlElement } from "../xml/XmlElement.ts"
import * as Pseudonyms from "./internal/pseudonyms.ts"

/**
 * A keyed hash: an unsigned number of 32 bits that cannot be predicted without the key, such as the first bytes of an
 * HMAC.
 *
 * @category models
 * @since 0.2.0
 */
export type Digest = Pseudonyms.Digest

/**
 * Replaces names, hosts, users, descriptions, file names and uuids by pseudonyms.
 *
 * A pseudonym has the length and shape of its text, and different texts have different ones, if they differ in their
 * first 10,000 characters. The same key always results in the same pseudonyms, so two listings can be compared. Texts
 * with the same beginning have pseudonyms with the same beginning. Dates, sizes, numbers, flags, the structure, the digits in file names, and all punctuation stay.
 *
 * The result has the same findings, with one exception: of two full backups with the same date, a server treats the one
 * whose uuid sorts last as the newer. The reading of a backup directory is left out, and so are the texts of notes.
 *
 * **Example**
 *
 * ```ts
 * Anonymise.anonymise(listing, (text) => createHmac("sha256", key).update(text).digest().readUInt32BE())
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const anonymise = (listing: BackupListing, digest: Digest): BackupListing =>
  Steps.complete(steps(listing, digest))

/**
 * Anonymises a listing in steps, as {@link anonymise} does: between two of them, the caller can do other work or stop.
 *
 * @category combinators
 * @since 0.2.0
 */
export const steps = function*(listing: BackupListing, digest: Digest): Generator<undefined, BackupListing> {
  const names = Pseudonyms.make(digest)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const environment of listing.tree.environments) {
    const chains: Array<BackupTree.BackupChain> = []
    for (const chain of environment.chains) {
      chains.push(chainOf(names, chain))
      yield
    }
    environments.push({
      ...environment,
      uuid: names.uuid(environment.uuid),
      name: names.text(environment.name),
      chains,
      kept: keptOf(names, environment.kept)
    })
    yield
  }
  return {
    tree: { environments, kept: keptOf(names, listing.tree.kept) },
    notes: listing.notes.map((note) => noteOf(names, note)),
    request: Option.map(listing.request, (request) => requestOf(names, request)),
    source: { _tag: "Memory", name: "an anonymised listing" },
    fetchedAt: listing.fetchedAt,
    completeness: listing.completeness
  }
}

const chainOf = (names: Pseudonyms.Pseudonyms, chain: BackupTree.BackupChain): BackupTree.BackupChain => ({
  ...chain,
  uuid: names.uuid(chain.uuid),
  head: { ...chain.head, ...backupOf(names, chain.head) },
  incrementals: chain.incrementals.map((backup) => ({ ...backup, ...backupOf(names, backup) }))
})

const backupOf = (names: Pseudonyms.Pseudonyms, backup: BackupTree.Backup) => ({
  id: names.id(backup.id),
  host: names.text(backup.host),
  serverUuid: names.uuid(backup.serverUuid),
  creator: names.text(backup.creator),
  description: names.text(backup.description),
  images: backup.images.map(names.file),
  disks: backup.disks && {
    list: backup.disks.list.map((disk) => ({
      ...disk,
      name: names.file(disk.name),
      originalPath: names.file(disk.originalPath),
      encryption: {
        keyId: names.text(disk.encryption.keyId),
        kept: keptOf(names, disk.encryption.kept)
      },
      kept: keptOf(names, disk.kept)
    })),
    kept: keptOf(names, backup.disks.kept)
  },
  kept: keptOf(names, backup.kept)
})

const keptOf = (names: Pseudonyms.Pseudonyms, kept: ReadonlyArray<BackupTree.KeptElement>) =>
  kept.map(({ element, position }) => ({ position, element: elementOf(names, element) }))

const elementOf = (names: Pseudonyms.Pseudonyms, element: XmlElement): XmlElement => ({
  name: element.name,
  attributes: element.attributes.map(([name, value]) => [name, names.text(value)]),
  children: element.children.map((child) => typeof child === "string" ? names.text(child) : elementOf(names, child))
})

const noteOf = (names: Pseudonyms.Pseudonyms, { backup, environment, path, rule }: Note): Note => ({
  rule,
  path,
  message: "a text that was left out",
  ...(environment === undefined ? {} : { environment: names.uuid(environment) }),
  ...(backup === undefined ? {} : { backup: names.id(backup) })
})

const requestOf = (names: Pseudonyms.Pseudonyms, request: BackupTreeRequest): BackupTreeRequest => ({
  ...request,
  subject: subjectOf(names, request.subject),
  directory: Option.map(request.directory, names.file)
})

const subjectOf = (names: Pseudonyms.Pseudonyms, subject: Subject): Subject => {
  switch (subject._tag) {
    case "Everything":
      return subject
    case "Environment":
      return { ...subject, uuid: names.uuid(subject.uuid) }
    case "Backup":
    case "Chain":
      return { ...subject, id: names.id(subject.id) }
  }
}
