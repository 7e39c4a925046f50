import type { Text } from '../kit/index.js';

/** A longer value is a file of its own. */
const LONGEST = 4 << 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpen = (c: number | undefined): boolean => c === 0x7b || c === 0x5b;
const isClose = (c: number | undefined): boolean => c === 0x7d || c === 0x5d;

/** `{"`, `[{`, `[ "`, `{}`, `[1`: `[keyfile]` is a section's name. */
function looksJson(bytes: Uint8Array, at: number, to: number): boolean {
  if (!isOpen(bytes[at])) return false;
  let i = at + 1;
  while (i < to && i < at + 200 && (bytes[i] === 0x20 || bytes[i] === 0x0a || bytes[i] === 0x09)) i++;
  const c = bytes[i] ?? 0;
  if (c === QUOTE || isClose(c)) return true;
  return bytes[at] === 0x5b && (isOpen(c) || c === 0x2d || (c >= 0x30 && c <= 0x39));
}

/**
 * Index behind the last line of the JSON objects and arrays that begin at line `at` and follow each other; undefined when none begins there, or
 * it does not end at the end of a line.
 */
export function jsonEnd({ bytes, start, count }: Text, at: number): number | undefined {
  let end: number | undefined;
  let line = at;
  let depth = 0;
  let quoted = false;
  if (!looksJson(bytes, start(at), start(count))) return undefined;
  const limit = Math.min(start(count), start(at) + LONGEST);
  for (let i = start(at); i < limit; i++) {
    const c = bytes[i];
    if (c === 0x0a) {
      line++;
      quoted = false;
      if (depth === 0) {
        end = line;
        if (!looksJson(bytes, i + 1, limit)) return end;
      }
    } else if (quoted) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) quoted = false;
    } else if (depth === 0 && !isOpen(c)) {
      // Something behind a value: `[eth0] 10.0.0.1` is none.
      if (c !== 0x20 && c !== 0x0d) return end;
    } else if (c === QUOTE) quoted = true;
    else if (isOpen(c)) depth++;
    else if (isClose(c)) depth--;
  }
  return limit === start(count) && depth === 0 && !quoted ? count : end;
}
