/** All cases that are no faults or trials of the samples. @type {readonly import('../case.mjs').Case[]} */
export const CASES = [];
