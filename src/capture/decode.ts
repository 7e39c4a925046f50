import { type Text, textOf, utf8Length, utf16Of } from '../kit/index.js';
import { castText, isCast } from './cast.js';
import { closed } from './holes.js';
import { isPage, pageText } from './html.js';
import { windows1252 } from './windows-1252.js';

/** Bytes of a file as lines, and what had to be changed for it. */
export interface Decoded {
  readonly text: Text;
  /** Phrases for the report: `UTF-16LE`, `terminal escapes removed`. */
  readonly notes: readonly string[];
  /** Why it is not all that was written. */
  readonly lost?: string;
}

const BS = 8;
const LF = 10;
const CR = 13;
const ESC = 27;

/** Longer pages and recordings are no paste; they stay what they are. */
const LONGEST = 64 << 20;

/**
 * Text of a file: UTF-8 with LF line ends, as a terminal would have left it. Byte order marks, UTF-16, Latin-1, CRLF, progress
 * bars (what stands behind the last CR of a line counts), terminal escapes, overstrikes and characters without a width are undone. Never adds
 * or drops a line end, except that a file of lone CRs has those for line ends, that a recording is what it shows, and that a page's line
 * breaks are line ends. Any bytes are accepted; clean text is not copied.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const notes: string[] = [];
  const order = utf16Of(bytes);
  if (order) notes.push(order === 'le' ? 'UTF-16LE' : 'UTF-16BE');
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let utf8 = order ? fromUtf16(bytes, order) : marked ? bytes.subarray(3) : bytes;
  const whole = order ? undefined : closed(utf8);
  if (whole) {
    utf8 = whole.bytes;
    notes.push(whole.lost);
  }
  let first = firstUnclean(utf8);
  if (first !== -1 && !order) {
    const converted = latin1(utf8, first, notes);
    if (converted) {
      utf8 = converted;
      first = firstUnclean(utf8);
    }
  }
  const shown = recorded(utf8, notes);
  if (shown) {
    utf8 = shown;
    first = firstUnclean(utf8);
  }
  // Letters above 127 need no rewriting; the first control may lie far behind them.
  first = first === -1 ? -1 : firstControl(utf8, first);
  const text = textOf(first === -1 ? utf8 : plain(utf8, first, notes));
  return { text, notes, ...(whole && { lost: whole.lost }) };
}

/** What a recording of a terminal or a saved page shows; undefined for any other text. */
function recorded(bytes: Uint8Array, notes: string[]): Uint8Array | undefined {
  // `{` or `<`, maybe behind blanks: most files are told by a byte.
  let at = 0;
  while (at < 64 && (bytes[at] === 0x20 || bytes[at] === LF || bytes[at] === CR || bytes[at] === 9)) at++;
  if ((bytes[at] !== 0x7b && bytes[at] !== 0x3c) || bytes.length > LONGEST) return undefined;
  const head = new TextDecoder().decode(bytes.subarray(0, 1024));
  const read = isCast(head) ? castText : isPage(head) ? pageText : undefined;
  const text = read?.(new TextDecoder().decode(bytes));
  if (text === undefined) return undefined;
  notes.push(
    read === castText ? 'asciinema recording: lines are those it shows' : 'web page: lines are those it shows',
  );
  return new TextEncoder().encode(text);
}

function fromUtf16(bytes: Uint8Array, order: 'le' | 'be'): Uint8Array {
  let even = bytes.subarray(0, bytes.length & ~1);
  if (order === 'be') {
    // Swapped by hand: `utf-16be` needs full ICU.
    const swapped = new Uint8Array(even.length);
    for (let i = 0; i < even.length; i += 2) {
      swapped[i] = even[i + 1] as number;
      swapped[i + 1] = even[i] as number;
    }
    even = swapped;
  }
  return new TextEncoder().encode(new TextDecoder('utf-16le').decode(even));
}

/**
 * Index of the first byte that may need work: CR, ESC, BS or above 127. -1 for clean ASCII, the usual case, which is why four bytes are
 * looked at in one step: a byte below 32 borrows, one above 127 has the high bit.
 */
function firstUnclean(bytes: Uint8Array): number {
  const skew = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3);
  const scan = (from: number, to: number): number => {
    for (let i = from; i < to; i++) {
      const c = bytes[i] as number;
      if (c > 127 || isControl(c)) return i;
    }
    return -1;
  };
  const before = scan(0, skew);
  if (before !== -1) return before;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + skew, (bytes.length - skew) >> 2);
  for (let i = 0; i < words.length; i++) {
    const w = words[i] as number;
    if ((((w - 0x20202020) | w) & 0x80808080) === 0) continue;
    const found = scan(skew + i * 4, skew + i * 4 + 4);
    if (found !== -1) return found;
  }
  return scan(skew + words.length * 4, bytes.length);
}

const isControl = (c: number): boolean => c === CR || c === ESC || c === BS;

function firstControl(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const c = bytes[i] as number;
    if (c < 0x20 ? isControl(c) : c > 0xc1 && oddLength(bytes, i) > 0) return i;
  }
  return -1;
}

/**
 * Length of the character at `i` if it is one that pages and editors put among text and no terminal prints: blanks that do not break (U+00A0,
 * U+202F) or have a width of their own (U+2002 to U+200A, U+3000), and marks without a width (U+00AD, U+200B to U+200F, U+2060, U+FEFF). 0 for
 * any other.
 */
function oddLength(bytes: Uint8Array, i: number): number {
  const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2] as number];
  if (a === 0xc2) return b === 0xa0 || b === 0xad ? 2 : 0;
  if (a === 0xe2 && b === 0x80) return (c >= 0x82 && c <= 0x8f) || c === 0xaf ? 3 : 0;
  if (a === 0xe2 && b === 0x81) return c === 0xa0 ? 3 : 0;
  if (a === 0xe3) return b === 0x80 && c === 0x80 ? 3 : 0;
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

/** Is that character a blank? */
function isOddBlank(bytes: Uint8Array, i: number): boolean {
  const last = bytes[i + 2] as number;
  if (bytes[i] === 0xc2) return bytes[i + 1] === 0xa0;
  return bytes[i] === 0xe3 || (bytes[i] === 0xe2 && bytes[i + 1] === 0x80 && (last < 0x8b || last === 0xaf));
}

/**
 * Text that is clearly Latin-1 or Windows-1252, as UTF-8: high bytes are few, all of them printable there, and not one pair of them is
 * valid UTF-8. `undefined` for valid UTF-8 and for bytes that are neither; those become U+FFFD when a line is decoded.
 */
function latin1(bytes: Uint8Array, from: number, notes: string[]): Uint8Array | undefined {
  let valid = 0;
  let invalid = 0;
  let windows = false;
  let undefinedThere = 0;
  for (let i = from; i < bytes.length; ) {
    const length = utf8Length(bytes, i);
    const c = bytes[i] as number;
    if (length > 1) valid++;
    if (length === 0) {
      invalid++;
      if (c < 0xa0) windows = true;
      if (UNDEFINED.has(c)) undefinedThere++;
    }
    // -1: a character that broke off with the file, no sign of another encoding.
    i += length > 0 ? length : 1;
    if (length === -1) break;
  }
  if (invalid === 0) return undefined;
  if (valid > 0 || undefinedThere > 0 || invalid * 4 > bytes.length) {
    notes.push('bytes that are not UTF-8 are shown as U+FFFD');
    return undefined;
  }
  notes.push(windows ? 'Windows-1252' : 'Latin-1');
  return windows1252(bytes);
}

/** Bytes that are no character in Windows-1252. */
const UNDEFINED = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** The bytes with carriage returns, escapes and overstrikes undone; `first` is the first of them. */
function plain(bytes: Uint8Array, first: number, notes: string[]): Uint8Array {
  // Old Mac line ends: CRs and not one LF.
  const mac = bytes.indexOf(LF) === -1 && bytes.indexOf(CR) !== -1;
  const seen = { crlf: false, redrawn: false, escapes: false, overstrikes: false };
  const out = new Uint8Array(bytes.length);
  out.set(bytes.subarray(0, first));
  let o = first;
  let line = bytes.lastIndexOf(LF, first) + 1;
  // After a lone CR the next character, and not an escape for colour, overwrites the line.
  let rewind = false;
  // Where a search for the end of an OSC string failed: no later start before that point will find one.
  let noEndBefore = -1;
  for (let i = first; i < bytes.length; i++) {
    const c = bytes[i] as number;
    if (c === LF || (c === CR && mac)) {
      out[o++] = LF;
      line = o;
      rewind = false;
    } else if (c === CR) {
      while (bytes[i + 1] === CR) i++;
      if (i + 1 === bytes.length || bytes[i + 1] === LF) seen.crlf = true;
      else rewind = true;
    } else if (c === BS) {
      if (o > line) seen.overstrikes = true;
      while (o > line && ((out[--o] as number) & 0xc0) === 0x80);
    } else {
      const end = c === ESC ? escapeEnd(bytes, i, i >= noEndBefore) : i;
      if (end < 0) noEndBefore = -end;
      if (end !== i) {
        seen.escapes = true;
        i = (end < 0 ? i + 2 : end) - 1;
        continue;
      }
      if (rewind) {
        seen.redrawn ||= o > line;
        o = line;
        rewind = false;
      }
      const odd = c > 0xc1 ? oddLength(bytes, i) : 0;
      if (odd > 0) {
        if (isOddBlank(bytes, i)) out[o++] = 0x20;
        i += odd - 1;
      } else out[o++] = c;
    }
  }
  if (mac) notes.push('CR line ends');
  else if (seen.crlf) notes.push('CRLF line ends');
  if (seen.redrawn) notes.push('redrawn lines: the last state is kept');
  if (seen.escapes) notes.push('terminal escapes removed');
  if (seen.overstrikes) notes.push('overstrikes resolved');
  return out.subarray(0, o);
}

/**
 * End of the escape sequence at `i` (ECMA-48: CSI, strings such as OSC, and short ones); `i` itself when it is none. Minus the
 * end of the line when a string has no end in its line: then only its two first bytes are dropped, not the rest of the file.
 */
function escapeEnd(bytes: Uint8Array, i: number, searchString: boolean): number {
  const kind = bytes[i + 1];
  if (kind === undefined || kind < 0x20 || kind > 0x7e) return i;
  let k = i + 2;
  if (kind === 0x5b) {
    while (within(bytes[k], 0x30, 0x3f)) k++;
    while (within(bytes[k], 0x20, 0x2f)) k++;
    return within(bytes[k], 0x40, 0x7e) ? k + 1 : k;
  }
  // OSC ], DCS P, SOS X, PM ^, APC _
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    if (!searchString) return k;
    for (; k < bytes.length && bytes[k] !== LF; k++) {
      if (bytes[k] === 7) return k + 1;
      if (bytes[k] === ESC && bytes[k + 1] === 0x5c) return k + 2;
    }
    return -k;
  }
  if (kind > 0x2f) return k;
  while (within(bytes[k], 0x20, 0x2f)) k++;
  return within(bytes[k], 0x30, 0x7e) ? k + 1 : k;
}

const within = (c: number | undefined, low: number, high: number): boolean => c !== undefined && c >= low && c <= high;
