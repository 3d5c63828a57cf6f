/** Turns violations into findings. */
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { type Place, printPlace } from "../../tree/TreePath.ts"
import type { Finding } from "../Finding.ts"
import type { Subject, Violation } from "../Rule.ts"
import type { Found } from "./found.ts"

interface Located {
  readonly place: Place
  readonly subject: Subject
}

type Environments = ReadonlyArray<BackupTree.VirtualEnvironment>

/** Finds the places of violations, and turns violations into findings. */
export interface Findings {
  readonly placeOf: (violation: Violation) => Place
  readonly subjectOf: (violation: Violation) => Subject
  readonly findingOf: (found: Found) => Finding
}

/** Makes the findings of some environments, which may still grow; the directory may be undefined. */
export const make = (
  environments: Environments,
  directory: DirectoryReading.DirectoryReading | undefined
): Findings => {
  let locate: ((path: string) => Located) | undefined
  const locateStored = (path: string): Located => {
    if (directory === undefined) return { place: {}, subject: {} }
    locate ??= locator(environments, directory)
    return locate(path)
  }
  const placeOf = (violation: Violation) =>
    "storedAt" in violation ? locateStored(violation.storedAt).place : violation.place
  const subjectOf = (violation: Violation) =>
    violation.subject
      ?? ("storedAt" in violation
        ? locateStored(violation.storedAt).subject
        : subjectAt(environments, violation.place))
  return {
    placeOf,
    subjectOf,
    findingOf: ({ rule, violation }) => {
      const { message, path, severity } = violation
      const place = placeOf(violation)
      return {
        rule,
        severity: severity ?? rule.severity,
        path: cut(path ?? printPlace(place)),
        place,
        subject: shorten(subjectOf(violation)),
        // Ids and other texts of servers are part of many messages.
        message: PrintableText.escape(cut(message))
      }
    }
  }
}

// A server can send texts of any length, and each of thousands of findings repeats some.
const longest = 2000

const cut = (text: string): string => text.length <= longest ? text : `${text.slice(0, longest)}…`

const shorten = (subject: Subject): Subject => {
  const { backup, chain, environment, name } = subject
  return [environment, name, chain, backup].every((text = "") => text.length <= longest) ? subject : {
    environment: environment && cut(environment),
    name: name && cut(name),
    chain: chain && cut(chain),
    backup: backup && cut(backup)
  }
}

const subjectAt = (environments: Environments, place: Place): Subject => {
  const environment = environments[place.environment ?? -1]
  const chain = environment?.chains[place.chain ?? -1]
  const backup = place.backup === 0 ? chain?.head : chain?.incrementals[(place.backup ?? 0) - 1]
  return { environment: environment?.uuid, name: environment?.name, chain: chain?.uuid, backup: backup?.id }
}

/** Returns a function that finds the nearest place in the tree, and the subject, for a path of the directory. */
const locator = (
  environments: Environments,
  reading: DirectoryReading.DirectoryReading
): (path: string) => Located => {
  const located = DirectoryReading.locate(reading)
  const places = new Map<string, Place>()
  environments.forEach(({ chains }, environment) =>
    chains.forEach(({ head }, chain) => {
      const at = located.get(head)
      if (at === undefined) return
      places.set(at.environment.directory, { environment })
      places.set(`${at.environment.directory}/${at.chain.directory}`, { environment, chain })
    })
  )
  const resolve = DirectoryPath.resolver(reading)
  return (path) => {
    const [first = "", second] = path.split("/")
    const { chain, environment } = resolve(path)
    const place = places.get(`${first}/${second ?? ""}`) ?? places.get(first) ?? {}
    const shown = environments[place.environment ?? -1]
    return {
      place,
      subject: {
        environment: shown?.uuid ?? environment?.directory,
        name: shown?.name ?? environment?.metadata?.name ??
          (environment && DirectoryReading.configuredName(environment)),
        chain: shown?.chains[place.chain ?? -1]?.uuid ?? chain?.directory
      }
    }
  }
}
