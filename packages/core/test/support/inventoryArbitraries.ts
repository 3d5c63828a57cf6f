/** Generators of inventories: of the machines that a tree has, of others, and of both. */
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { InventoryEntry } from "../../src/check/Inventory.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { integer, oneOf } from "./xmlArbitraries.ts"

/** Draws one of some values. */
export const pick = <const A>(...values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(integer(0, values.length - 1), (index) => values[index]!)

/** Ways to write one uuid. */
export const spellings: ReadonlyArray<(uuid: string) => string> = [
  (uuid) => uuid,
  (uuid) => uuid.toUpperCase(),
  (uuid) => uuid.replace(/^\{|\}$/g, ""),
  (uuid) => uuid.replace(/^\{|\}$/g, "").toLowerCase(),
  (uuid) => Uuid.normalise(uuid)
]

export const spelling = pick(...spellings)

interface Draw {
  readonly form: "uuid" | "uuid and name" | "uuid and another name" | "name" | "stranger" | "stranger's name"
  readonly environment: number
  readonly spell: (uuid: string) => string
  readonly stranger: string
  readonly name: string
}

const draw: Arbitrary.Arbitrary<Draw> = Arbitrary.all({
  form: oneOf<Draw["form"]>(
    pick("uuid and name", "name"),
    pick("uuid", "uuid and another name", "stranger", "stranger's name")
  ),
  environment: integer(0, 3),
  spell: spelling,
  stranger: Arbitraries.uuid,
  name: Arbitraries.text
})

const entryOf = (tree: BackupTree.BackupTree, { environment, form, name, spell, stranger }: Draw, index: number) => {
  const found = tree.environments[environment % Math.max(1, tree.environments.length)]
  const isKnown = found !== undefined && Uuid.isUuid(found.uuid)
  const uuid = spell(isKnown ? found.uuid : stranger)
  const known = found?.name ?? ""
  const place = `entry ${index + 1}`
  const entry = (uuid: string | undefined, name: string | undefined): InventoryEntry =>
    uuid === undefined && (name === undefined || name === "")
      ? { uuid: stranger, name: undefined, kind: undefined, place }
      : { uuid, name: name === "" ? undefined : name, kind: undefined, place }
  switch (form) {
    case "uuid":
      return entry(uuid, undefined)
    case "uuid and name":
      return entry(uuid, known)
    case "uuid and another name":
      return entry(uuid, name)
    case "name":
      return entry(undefined, known)
    case "stranger":
      return entry(spell(stranger), known)
    case "stranger's name":
      return entry(undefined, name)
  }
}

/** A tree, and an inventory with some of its machines: by uuid in any spelling, by name, more than once. */
export const inventoried = (
  tree: Arbitrary.Arbitrary<BackupTree.BackupTree>
): Arbitrary.Arbitrary<
  { readonly tree: BackupTree.BackupTree; readonly inventory: ReadonlyArray<InventoryEntry> }
> =>
  Arbitrary.map(Arbitrary.all({ tree, draws: Arbitrary.array(draw, { maxLength: 6 }) }), ({ draws, tree }) => ({
    tree,
    inventory: draws.map((one, index) => entryOf(tree, one, index))
  }))

/** A time among those of generated backups, so that some lie after it, and a limit from nothing to a lifetime. */
export const options = Arbitrary.all({
  now: Arbitrary.map(
    oneOf(pick("2014-03-30T00:00:00Z", "2024-03-03T02:00:05Z", "2024-07-06T00:00:00Z", "2026-01-05T06:00:00Z")),
    (text) => DateTime.makeUnsafe(text)
  ),
  maxAge: Arbitrary.map(oneOf(integer(0, 200), integer(0, 200_000)), (hours) => Duration.hours(hours))
})
