/**
 * Computations in steps: generators that pause after each step, so that the caller can do other work, or stop.
 *
 * @since 0.2.0
 */

/**
 * Runs all steps at once and returns the result.
 *
 * **Example**
 *
 * ```ts
 * Steps.complete(Check.steps(listing)) // the same report as Check.run(listing)
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const complete = <A>(steps: Iterator<undefined, A>): A => {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
