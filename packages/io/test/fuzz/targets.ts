/**
 * What is fuzzed.
 */
import type { Target } from "./laws.ts"
import * as Messages from "./messageTargets.ts"
import * as Trees from "./treeTargets.ts"
import * as Wire from "./wireTargets.ts"

/** The decoders. */
export const decoders: ReadonlyArray<Target> = [
  ...Wire.handshakeParts,
  Wire.routingTable,
  Wire.records,
  Wire.packages,
  Messages.payload,
  Messages.event,
  Messages.reply,
  Messages.command,
  Messages.loginReply,
  Messages.binaryEvent,
  Messages.password,
  Trees.treeReply,
  Trees.treeStream,
  Trees.tree,
  Trees.metadata
]

/** The two XML parsers; their documents are counted apart from the inputs of the decoders. */
export { xml } from "./treeTargets.ts"

/** Tells whether an input reached the mapping to a tree. */
export const isMapped = (layer: string): boolean => layer === Trees.mapped || layer === Trees.mappedWithNotes
