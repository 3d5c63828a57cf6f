/** The notes of a tree whose parts are now parts of another tree. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { Note, NotedTree } from "../../tree/Note.ts"
import { parsePlace, type Place, printPlace } from "../../tree/TreePath.ts"

/**
 * Moves the notes of a tree to the new places of its environments and chains.
 *
 * A note about an environment moves with the environment, a note about a chain or a backup with the chain. Notes about
 * parts without a new place are dropped. Notes about the tree itself stay.
 */
export const moveNotes = (
  { notes, tree }: NotedTree,
  placeOf: (part: BackupTree.VirtualEnvironment | BackupTree.BackupChain) => Place | undefined
): ReadonlyArray<Note> =>
  notes.flatMap((note) => {
    const place = parsePlace(note.path)
    if (place.environment === undefined) return [note]
    const environment = tree.environments[place.environment]
    const part = place.chain === undefined ? environment : environment?.chains[place.chain]
    const moved = part && placeOf(part)
    if (moved === undefined) return []
    const path = printPlace({ ...moved, backup: place.backup }) + note.path.slice(printPlace(place).length)
    return [{ ...note, path }]
  })
