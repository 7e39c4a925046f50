import type { Severity } from '../engine/types.js';

/** What the caller decides about a rendering; a format ignores what it has no use for. */
export interface FormatOptions {
  /** Columns; default 80. */
  readonly width?: number;
  /** ANSI colours; default none. They carry nothing that the words do not say. */
  readonly color?: boolean;
  /** No character beyond ASCII, for a terminal that shows none. */
  readonly ascii?: boolean;
}

const RANK: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 };

export const isAtLeast = (severity: Severity, level: Severity): boolean => RANK[severity] >= RANK[level];

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** `a, b and 3 more`. */
export const listed = (names: readonly string[], most: number): string =>
  names.length <= most + 1
    ? [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((s) => s !== '').join(' and ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
