/** The branches of a tree. */
import type * as Style from "../Style.ts"

/** The width of a branch, by which it indents its lines. */
export const indentation = 3

/** Draws blocks of lines as the branches of a tree. */
export const branches = (blocks: ReadonlyArray<ReadonlyArray<string>>, style: Style.Style): ReadonlyArray<string> =>
  blocks.flatMap((block, index) => {
    const isLast = index === blocks.length - 1
    return block.map((line, position) =>
      `${style("faint", position === 0 ? (isLast ? "└─ " : "├─ ") : isLast ? "   " : "│  ")}${line}`
    )
  })
