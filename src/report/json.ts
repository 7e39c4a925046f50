/** What JSON leaves as it is and a terminal obeys: DEL, C1 controls, bidirectional marks, line separators. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** JSON for files and terminals alike: the value is untouched, unsafe characters are written as `\uXXXX`. */
export const toJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
