/**
 * Whole numbers as flag values.
 */
import { Flag } from "effect/cli"

/** Returns a flag that accepts a whole number between two bounds. */
export const wholeNumberFlag = (
  name: string,
  { max, min = Number.MIN_SAFE_INTEGER }: { readonly min?: number; readonly max?: number }
) =>
  // A flag of integers would describe its values in words of its parser.
  Flag.String(name).pipe(
    Flag.withMetavar("N"),
    Flag.filter(
      (text) => /^[+-]?\d+$/.test(text) && Number(text) >= min && Number(text) <= (max ?? Number.MAX_SAFE_INTEGER),
      () => `a whole number${range(min, max)}`
    ),
    Flag.map(Number)
  )

const range = (min: number, max: number | undefined): string =>
  max !== undefined ? ` from ${min} to ${max}` : min === Number.MIN_SAFE_INTEGER ? "" : ` of at least ${min}`
