import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
];
