/**
 * Characters that a terminal, a log viewer or a reader's eye takes for something else: C0 (tab excepted) and C1 controls, line
 * separators, bidirectional marks and overrides (CVE-2021-42574), lone surrogates.
 */
const UNSAFE =
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const visible = (c: string): string => {
  const code = c.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Text out of a bundle as one safe line: each unsafe character becomes a visible escape (`\x1b`, `\u202e`). */
export const printable = (s: string): string => s.replace(UNSAFE, visible);
