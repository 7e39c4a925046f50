/**
 * Those of `all` whose turn it is in the `i`th of several tests that could each take all of them: every `of`th, so that together they take each
 * one several times, and no test all.
 */
export const inTurn = <T>(all: readonly T[], i: number, of: number): readonly T[] =>
  all.filter((_, n) => n % of === i % of);
