/** Why something is not known. One list for the whole project: parsers, model, rules and reports use these words. */
export const REASONS = [
  'not-captured',
  'empty',
  'filtered',
  'truncated',
  'unreadable',
  'command-failed',
  'permission-denied',
  'obfuscated',
  'not-comparable',
  'unsupported',
] as const;

export type Reason = (typeof REASONS)[number];

/** `filtered` proves presence only (`| grep`, `show dev X`); `truncated` was cut by the collector or the paste. */
export type Completeness = 'full' | 'filtered' | 'truncated';
