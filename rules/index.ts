import type { Rule } from '#rule';

/** Every rule, sorted by id. Adding one is its file and one line here. */
export const rules: readonly Rule[] = [];
