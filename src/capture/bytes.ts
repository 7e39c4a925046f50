import type { Text } from '../kit/index.js';

/*
 * What the bytes of a line tell before it is decoded: most lines of a long text are no heading, no prompt and no beginning, and decoding is what
 * they cost.
 */

const LF = 0x0a;
const BLANK = 0x20;
const TAB = 9;

/** Byte offset behind the line's last byte, its line end not counted. */
export function endOf({ bytes, start }: Text, i: number): number {
  const next = start(i + 1);
  return next > start(i) && bytes[next - 1] === LF ? next - 1 : next;
}

export const isIndented = ({ bytes, start }: Text, i: number): boolean => {
  const first = bytes[start(i)];
  return first === BLANK || first === TAB;
};

/** No byte but blanks and controls; a line of no-break blanks is not seen. */
export function isBlankLine(text: Text, i: number): boolean {
  const { bytes, start } = text;
  const end = endOf(text, i);
  for (let at = start(i); at < end; at++) if ((bytes[at] as number) > BLANK) return false;
  return true;
}

/** The last byte that is no blank; 0 for a blank line. */
export function lastByte(text: Text, i: number): number {
  const { bytes, start } = text;
  const from = start(i);
  let at = endOf(text, i) - 1;
  while (at >= from && (bytes[at] as number) <= BLANK) at--;
  return at < from ? 0 : (bytes[at] as number);
}

const setOf = (chars: string): Uint8Array => {
  const set = new Uint8Array(256);
  for (const c of chars) set[c.charCodeAt(0)] = 1;
  // A byte of a longer character may be of any.
  set.fill(1, 0x80);
  return set;
};

/** Is one of the bytes in the set, within so many? */
function holds({ bytes }: Text, from: number, to: number, set: Uint8Array): boolean {
  for (let at = from; at < to; at++) if (set[bytes[at] as number] === 1) return true;
  return false;
}

/** Signs that end a prompt (see prompt.ts), and the plus of `set -x`. */
const PROMPT = setOf('#$%>+');
const LONGEST_PROMPT = 700;

/** Could the line be a prompt with a command? `Every 2s:` and `[user@host dir]` without its sign have none of them. */
export function mayBePrompt(text: Text, i: number): boolean {
  const from = text.start(i);
  return (
    holds(text, from, Math.min(endOf(text, i), from + LONGEST_PROMPT), PROMPT) ||
    text.bytes[from] === 0x45 ||
    text.bytes[from] === 0x5b
  );
}

/** Could the line begin with a program's name, its path, or `NAME=value`? */
export function mayBeCommand({ bytes, start }: Text, i: number): boolean {
  let at = start(i);
  const first = bytes[at] as number;
  if (first === 0x2e || first === 0x2f || first === 0x7e || (first >= 0x61 && first <= 0x7a)) return true;
  if (first !== 0x5f && !isLetter(first)) return false;
  while (WORDS[bytes[at] as number] === 1) at++;
  return bytes[at] === 0x3d;
}

const RULERS = setOf('=-#*');

/** Begins with three signs that people draw lines with. */
export function isRuler(text: Text, i: number): boolean {
  const { bytes } = text;
  const at = text.start(i);
  return (
    endOf(text, i) - at > 2 &&
    [0, 1, 2].every((n) => (bytes[at + n] as number) < 0x80 && RULERS[bytes[at + n] as number] === 1)
  );
}

const FIRST = setOf('#=*~_<>[(|@%;+-/');
const LAST = setOf(':>)]*=#-');
const BEHIND_WORD = setOf(':|>@(-');
const WORD = /[\w.-]/;
const WORDS = new Uint8Array(256).map((_, code) => (code < 0x80 && WORD.test(String.fromCharCode(code)) ? 1 : 0));
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Could the line be a heading (see `MAYBE` in pieces.ts)? Says yes more often than that. */
export function mayBeHeading(text: Text, i: number): boolean {
  const { bytes, start } = text;
  const end = endOf(text, i);
  let at = start(i);
  const flush = at;
  while (at < end && (bytes[at] as number) <= BLANK) at++;
  if (at === end) return false;
  const first = bytes[at] as number;
  if (FIRST[first] === 1 || isDigit(first) || LAST[lastByte(text, i)] === 1) return true;
  if (!isLetter(first)) return false;
  // `on`, `node`, `host`, `output`, `command`, `running`, `result`, `echo`
  if ('onhcre'.includes(String.fromCharCode(first | 0x20)) && NAMES.test(textAt(bytes, at, end))) return true;
  if (at !== flush) return false;
  let behind = at + 1;
  while (behind < end && WORDS[bytes[behind] as number] === 1) behind++;
  // The word may end in the sign itself: `node-1-`.
  if (BEHIND_WORD[bytes[behind - 1] as number] === 1) return true;
  while (behind < end && ((bytes[behind] as number) === BLANK || (bytes[behind] as number) === TAB)) behind++;
  return behind < end && BEHIND_WORD[bytes[behind] as number] === 1;
}

const NAMES = /^(?:on|node|host|output|command|running|result|echo)\b/i;

const textAt = (bytes: Uint8Array, from: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(from, Math.min(end, from + 9)));
