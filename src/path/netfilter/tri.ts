import type { Missing } from '../../model/types.js';

/** A match's answer: `Missing` says what would have to be known. */
export type Answer = boolean | Missing;

export const isKnown = (answer: Answer): answer is boolean => typeof answer === 'boolean';

export const invert = (answer: Answer, negated: boolean): Answer => (isKnown(answer) ? answer !== negated : answer);

/** A match that asks for what is not modelled: its rule may match or not. */
export const unsupported = (what: string): Missing => ({ input: what, reason: 'unsupported' });
