/** The shape of an entry in the table of faults: its target, where it applies, and how it is placed. */
import type * as RuleTable from "@backup-tree/core/check/RuleTable"
import type * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import type { Random } from "../random.ts"
import type { ChainLayout, EnvironmentLayout } from "../storeLayout.ts"
import type { FileFault } from "./fileFaults.ts"

/** A chain and its environment. */
export interface ChainPlace {
  readonly environment: EnvironmentLayout
  readonly chain: ChainLayout
}

interface Described {
  readonly description: string
  /** How a reader reports the fault: the reason of a skip, or the id of a rule. */
  readonly reportedAs: StoreSkip.Reason | RuleTable.Id
  /** The rules that always report the fault in a check, the clearest first. */
  readonly rules: readonly [RuleTable.Id, ...ReadonlyArray<RuleTable.Id>]
  /** The rules that also report it in some places, such as those about what lies around it. */
  readonly mayReport?: ReadonlyArray<RuleTable.Id>
}

/** A fault of one chain. */
export interface ChainSpec extends Described {
  readonly target: "chain"
  readonly appliesTo: (chain: ChainLayout) => boolean
  readonly place: (place: ChainPlace, random: Random) => FileFault
}

/** A fault of a whole environment, which hides it. */
interface EnvironmentSpec extends Described {
  readonly target: "environment"
  readonly place: (environment: EnvironmentLayout) => FileFault
}

/** A fault that adds something to the directory of an environment, and leaves its chains intact. */
interface AdditionSpec extends Described {
  readonly target: "environment-directory"
  readonly place: (environment: EnvironmentLayout, random: Random) => FileFault
}

/** A fault that adds something to the backup directory itself. */
interface RootSpec extends Described {
  readonly target: "root"
  readonly place: (random: Random) => FileFault
}

/** A fault. */
export type FaultSpec = ChainSpec | EnvironmentSpec | AdditionSpec | RootSpec
