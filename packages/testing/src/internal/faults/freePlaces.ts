/** The places in a store that no fault has taken yet. */
import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as DateTime from "effect/DateTime"
import * as Random from "../random.ts"
import { type ChainLayout, type EnvironmentLayout, layoutOf } from "../storeLayout.ts"
import type { ChainPlace, ChainSpec, FaultSpec } from "./faultSpec.ts"
import type { FileFault } from "./fileFaults.ts"

/** Tests whether a server lists an environment. */
const isListed = ({ chains, environment: { directory, metadata } }: EnvironmentLayout): boolean =>
  chains.length > 0 && BackupId.isServerUuid(directory) && metadata !== undefined && metadata.vmType <= 2

/** Tests whether a server can list a whole chain. */
const isReadable = ({ chain, items }: ChainLayout): boolean =>
  chain.readable && BackupId.isServerUuid(chain.directory) && items[0]?.item.content._tag === "Head"
  && items.slice(1).every(({ item }, index) => item.content._tag === "Link" && item.number > items[index]!.item.number)

/** Returns the keys of the chains of a store that a check does not trust. */
const unsoundChains = (store: BackupStore.BackupStore): ReadonlySet<string> => {
  const listing = BackupListing.fromDocument({
    tree: ServerModel.exactSelect(store, BackupTreeRequest.everything),
    notes: [],
    source: { _tag: "Memory", name: "store" },
    fetchedAt: DateTime.makeUnsafe(0),
    complete: true
  })
  return new Set(BackupCatalog.fromListing(listing).quarantined.map(({ chain }) => Uuid.key(chain.uuid)))
}

/** Keeps the environments with the fewest chains, so that as many as possible remain for other faults. */
const withFewestChains = (environments: ReadonlyArray<EnvironmentLayout>): ReadonlyArray<EnvironmentLayout> => {
  const fewest = Math.min(...environments.map(({ chains }) => chains.length))
  return environments.filter(({ chains }) => chains.length === fewest)
}

/** The environments and chains of a store, less those that a fault has taken. */
export class FreePlaces {
  readonly #environments: Array<EnvironmentLayout> = []
  /** Environments with a fault of their own. */
  readonly #hidden = new Set<EnvironmentLayout>()
  /** Environments with a fault in one of their chains or in their directory. */
  readonly #touched = new Set<EnvironmentLayout>()
  readonly #takenChains = new Set<ChainLayout>()

  constructor(store: BackupStore.BackupStore) {
    const unsound = unsoundChains(store)
    // Chains that already have a problem are left out: a reader might report that instead of the fault.
    const isSound = (chain: ChainLayout) => isReadable(chain) && !unsound.has(Uuid.key(chain.chain.directory))
    for (const environment of layoutOf(store)) {
      const sound = { ...environment, chains: environment.chains.filter(isSound) }
      if (!isListed(sound)) continue
      this.#environments.push(sound)
      // A fault of the whole environment would hide the problem of a chain.
      if (sound.chains.length < environment.chains.length) this.#touched.add(sound)
    }
  }

  /** Counts the places where a fault applies. */
  count(spec: FaultSpec): number {
    switch (spec.target) {
      case "root":
        return 1
      case "environment":
        return this.#untouched().length
      case "environment-directory":
        return this.#shown().length
      case "chain":
        return this.#chainsFor(spec).length
    }
  }

  /** Takes a random place for a fault, and returns the fault there; `undefined` if no place is left. */
  take(spec: FaultSpec, random: Random.Random): FileFault | undefined {
    switch (spec.target) {
      case "root":
        return spec.place(random)
      case "environment": {
        const environment = Random.pick(withFewestChains(this.#untouched()), random)
        if (environment === undefined) return undefined
        this.#hidden.add(environment)
        return spec.place(environment)
      }
      case "environment-directory": {
        const environment = Random.pick(this.#shown(), random)
        if (environment === undefined) return undefined
        this.#touched.add(environment)
        return spec.place(environment, random)
      }
      case "chain": {
        const place = Random.pick(this.#chainsFor(spec), random)
        if (place === undefined) return undefined
        this.#touched.add(place.environment)
        this.#takenChains.add(place.chain)
        return spec.place(place, random)
      }
    }
  }

  #shown(): ReadonlyArray<EnvironmentLayout> {
    return this.#environments.filter((environment) => !this.#hidden.has(environment))
  }

  #untouched(): ReadonlyArray<EnvironmentLayout> {
    return this.#shown().filter((environment) => !this.#touched.has(environment))
  }

  #chainsFor({ appliesTo }: ChainSpec): ReadonlyArray<ChainPlace> {
    return this.#shown().flatMap((environment) =>
      environment.chains.filter((chain) => !this.#takenChains.has(chain) && appliesTo(chain)).map((chain) => ({
        environment,
        chain
      }))
    )
  }
}
