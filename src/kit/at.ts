/**
 * Where a line is, in one number: index of the file in the run, and the line in it (from 1).
 * A big cluster has ten million lines; an object per line would cost more than the line.
 */
export type At = number & { readonly __at: 'At' };

const LINES = 2 ** 26;

/** `file` is an index into the run's file table, `line` counts from 1 in the decoded file. */
export const at = (file: number, line: number): At => (file * LINES + line) as At;
export const fileOf = (a: At): number => Math.floor(a / LINES);
export const lineOf = (a: At): number => a % LINES;
