/**
 * Damages of a backup directory, to test a reader against: what is wrong, where, and by what it must be reported.
 *
 * A damage is named in a closed table. Which of the things that suit it is struck comes from a seed, and no chain is
 * struck twice, so that each damage can be told from the others. Source: SEMANTICS 3.5, 4.3, 4.4.
 *
 * **Example**
 *
 * ```ts
 * const store = StoreGenerator.generate({ seed: 1 })
 * const strikes = Result.getOrThrow(StoreFault.plan(store, StoreFault.names, { seed: 1 }))
 * const program = Effect.gen(function*() {
 *   yield* StoreDirectory.write(store, root)
 *   for (const strike of strikes) yield* strike.inflict(root)
 * })
 * ```
 */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Blow } from "./internal/fileFaults.ts"
import * as Random from "./internal/random.ts"
import * as Blows from "./internal/storeFaults.ts"
import { type ChainLayout, type EnvironmentLayout, layoutOf } from "./internal/storeLayout.ts"

/** The names of all damages. */
export const names = Blows.names

/** The name of a damage. */
export type Name = Blows.Name

/** A damage: what it is in a sentence, and the reason of a skip, or the rule, by which a reader reports it. */
export interface Damage {
  readonly name: Name
  readonly description: string
  readonly reportedAs: Blows.ReportedAs
}

/**
 * Every damage, in the order of the table.
 *
 * Two have no place in it. A chain that may not be listed (`chain-unreadable`) is one of a store (`readable: false`), and
 * the user who runs everything sees it all the same. Of a chain directory that is gone, nothing is left to report.
 */
export const damages: ReadonlyArray<Damage> = names.map((name) => {
  const { description, reportedAs } = Blows.table[name]
  return { name, description, reportedAs }
})

/**
 * A damage at its place.
 *
 * `path` is what is changed, and `reportedAt` the thing of which a reader says so: an item where its metadata is changed.
 * Both are relative to the backup directory. Metadata that is cut, or gone, makes orphans of the images it named.
 */
export interface Strike {
  readonly damage: Damage
  readonly path: string
  readonly reportedAt: string
  /** Does the damage to the store, written under `root`. */
  readonly inflict: (root: string) => Effect.Effect<void, PlatformError, FileSystem.FileSystem>
}

/** The store has nothing left that a damage can strike. */
export class NothingToStrike extends Schema.TaggedError<NothingToStrike>()("NothingToStrike", {
  damage: Schema.Literals(names)
}) {
  override get message(): string {
    return `nothing is left in the store that the damage ${this.damage} can strike, for each strikes another chain: make `
      + "more environments, or more weeks."
  }
}

/**
 * Chooses where damages strike; a name that is given twice strikes two places.
 *
 * Whole environments are chosen first, then what has the fewest places. The strikes come in the order of the names, and
 * are to be inflicted once each.
 */
export const plan = (
  store: ServerModel.Store,
  wanted: ReadonlyArray<Name>,
  options: { readonly seed: number }
): Result.Result<ReadonlyArray<Strike>, NothingToStrike> => {
  const layout = layoutOf(store).map(withoutUnsound).filter(isShown)
  const free = new Places(layout)
  // Another stream than that of the store: its uuids would come again.
  const random = Random.make(options.seed ^ 0x5bd1_e995)
  const order = wanted.map((name, index) => ({ name, index, count: free.count(Blows.table[name]) }))
    .toSorted((self, that) => rank(self.name) - rank(that.name) || self.count - that.count || self.index - that.index)
  const strikes: Array<Strike> = []
  for (const { index, name } of order) {
    const blow = free.take(Blows.table[name], random)
    if (blow === undefined) return Result.fail(new NothingToStrike({ damage: name }))
    strikes[index] = { damage: damages[names.indexOf(name)]!, ...blow }
  }
  return Result.succeed(strikes)
}

const rank = (name: Name): number => (Blows.table[name].strikes === "environment" ? 0 : 1)

const isShown = ({ chains, environment: { directory, metadata } }: EnvironmentLayout): boolean =>
  chains.length > 0 && BackupId.isServerUuid(directory) && metadata !== undefined && metadata.vmType <= 2

/** Leaves out chains with something wrong, to which one more damage would not show. */
const withoutUnsound = (environment: EnvironmentLayout): EnvironmentLayout => ({
  ...environment,
  chains: environment.chains.filter(({ chain, items }) =>
    chain.readable && BackupId.isServerUuid(chain.directory) && items[0]?.item.content._tag === "Head"
    && items.slice(1).every(({ item }, index) =>
      item.content._tag === "Link" && item.number > items[index]!.item.number
    )
  )
})

/** What has not been struck. */
class Places {
  readonly #environments: ReadonlyArray<EnvironmentLayout>
  /** Environments that are struck as a whole, and those of which a part is. */
  readonly #gone = new Set<EnvironmentLayout>()
  readonly #touched = new Set<EnvironmentLayout>()
  readonly #chains = new Set<ChainLayout>()

  constructor(environments: ReadonlyArray<EnvironmentLayout>) {
    this.#environments = environments
  }

  /** Counts what a damage can strike. */
  count(spec: Blows.Spec): number {
    switch (spec.strikes) {
      case "root":
        return 1
      case "environment":
        return this.#untouched().length
      case "directory":
        return this.#present().length
      case "chain":
        return this.#chainsFor(spec).length
    }
  }

  /** Chooses what a damage strikes, which then is struck no more. */
  take(spec: Blows.Spec, random: Random.Random): Blow | undefined {
    switch (spec.strikes) {
      case "root":
        return spec.blow(random)
      case "environment": {
        const environment = pick(this.#untouched(), random)
        if (environment === undefined) return undefined
        this.#gone.add(environment)
        return spec.blow(environment)
      }
      case "directory": {
        const environment = pick(this.#present(), random)
        if (environment === undefined) return undefined
        this.#touched.add(environment)
        return spec.blow(environment, random)
      }
      case "chain": {
        const place = pick(this.#chainsFor(spec), random)
        if (place === undefined) return undefined
        this.#touched.add(place.environment)
        this.#chains.add(place.chain)
        return spec.blow(place, random)
      }
    }
  }

  #present(): ReadonlyArray<EnvironmentLayout> {
    return this.#environments.filter((environment) => !this.#gone.has(environment))
  }

  #untouched(): ReadonlyArray<EnvironmentLayout> {
    return this.#present().filter((environment) => !this.#touched.has(environment))
  }

  #chainsFor({ suits }: Blows.ChainSpec): ReadonlyArray<Blows.Place> {
    return this.#present().flatMap((environment) =>
      environment.chains.filter((chain) => !this.#chains.has(chain) && suits(chain)).map((chain) => ({
        environment,
        chain
      }))
    )
  }
}

const pick = <A>(from: ReadonlyArray<A>, random: Random.Random): A | undefined =>
  from.length === 0 ? undefined : from[random.below(from.length)]
