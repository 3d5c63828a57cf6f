/** Notes of a tree whose parts have become parts of another. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { Note, NotedTree } from "../../tree/Note.ts"
import { parsePlace, type Place, printPlace } from "../../tree/TreePath.ts"

/**
 * Leads the notes of a tree to where its environments and chains are now.
 *
 * A note about an environment moves with the environment, one about a chain or a backup with the chain. What has no new
 * place loses its notes; those about the tree itself stay.
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
