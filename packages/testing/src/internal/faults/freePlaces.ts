/** The places in a store that no fault has taken yet. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Random from "../random.ts"
import type { ChainLayout, EnvironmentLayout } from "../storeLayout.ts"
import type { ChainPlace, ChainSpec, FaultSpec } from "./faultSpec.ts"
import type { FileFault } from "./fileFaults.ts"

/** Tests whether a server lists an environment. */
const isListed = ({ chains, environment: { directory, metadata } }: EnvironmentLayout): boolean =>
  chains.length > 0 && BackupId.isServerUuid(directory) && metadata !== undefined && metadata.vmType <= 2

/** Leaves out chains that already have a problem: a reader might report that instead of the fault. */
const withoutUnsound = (environment: EnvironmentLayout): EnvironmentLayout => ({
  ...environment,
  chains: environment.chains.filter(({ chain, items }) =>
    chain.readable && BackupId.isServerUuid(chain.directory) && items[0]?.item.content._tag === "Head"
    && items.slice(1).every(({ item }, index) =>
      item.content._tag === "Link" && item.number > items[index]!.item.number
    )
  )
})

/** The environments and chains of a store, less those that a fault has taken. */
export class FreePlaces {
  readonly #environments: ReadonlyArray<EnvironmentLayout>
  /** Environments with a fault of their own. */
  readonly #hidden = new Set<EnvironmentLayout>()
  /** Environments with a fault in one of their chains or in their directory. */
  readonly #touched = new Set<EnvironmentLayout>()
  readonly #takenChains = new Set<ChainLayout>()

  constructor(environments: ReadonlyArray<EnvironmentLayout>) {
    this.#environments = environments.map(withoutUnsound).filter(isListed)
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
        const environment = Random.pick(this.#untouched(), random)
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
