/** Looks at the bytes of a line, for what is asked of every line of a log: nothing is decoded. */

export const SPACE = 32;
export const COLON = 58;

export const digit = (c: number | undefined): boolean => c !== undefined && c >= 48 && c <= 57;
export const letter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
const two = (b: Uint8Array, i: number): boolean => digit(b[i]) && digit(b[i + 1]);

/** Three letters as one number. */
export const code = (s: string): number => (s.charCodeAt(0) << 16) | (s.charCodeAt(1) << 8) | s.charCodeAt(2);

/** Offset behind `HH:MM:SS` and an optional fraction, or -1. */
export function clockEnd(b: Uint8Array, i: number): number {
  if (!(two(b, i) && b[i + 2] === COLON && two(b, i + 3) && b[i + 5] === COLON && two(b, i + 6))) return -1;
  i += 8;
  if (b[i] === 46 && digit(b[i + 1])) for (i += 2; digit(b[i]); ) i++;
  return i;
}

/** Offset behind `YYYY-MM-DD` followed by `separator` and a clock, or -1. */
export function dateClockEnd(b: Uint8Array, i: number, separator: number): number {
  if (!(two(b, i) && two(b, i + 2) && b[i + 4] === 45 && two(b, i + 5) && b[i + 7] === 45 && two(b, i + 8))) return -1;
  return b[i + 10] === separator ? clockEnd(b, i + 11) : -1;
}

/** Does the text stand at `i`? ASCII only. */
export function startsAt(b: Uint8Array, i: number, text: string): boolean {
  for (let k = 0; k < text.length; k++) if (b[i + k] !== text.charCodeAt(k)) return false;
  return true;
}

/** `I0123 16:55:10.487907     692 main.go:439] `: offset of the message, or -1 (klog's header, klog.go formatHeader). */
export function klogMessage(b: Uint8Array, i: number, to: number): number {
  const severity = b[i];
  if (severity !== 73 && severity !== 87 && severity !== 69 && severity !== 70) return -1;
  if (!(two(b, i + 1) && two(b, i + 3) && b[i + 5] === SPACE)) return -1;
  let j = clockEnd(b, i + 6);
  if (j < 0 || b[j] !== SPACE) return -1;
  while (b[j] === SPACE) j++;
  if (!digit(b[j])) return -1;
  while (digit(b[j])) j++;
  if (b[j] !== SPACE) return -1;
  // A file name is short; a bracket further off belongs to something else.
  for (const stop = Math.min(to, j + 120); j < stop; j++) if (b[j] === 93) return b[j + 1] === SPACE ? j + 2 : j + 1;
  return -1;
}

/** `2021-01-01`, and both blanks or tabs only: is nothing else in the line? */
export function blank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== 13) return false;
  return true;
}
