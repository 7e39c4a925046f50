import { type Text, textOf, utf8Length, utf16Of } from '../kit/index.js';

/** Bytes of a file as lines, and what had to be changed for it. */
export interface Decoded {
  readonly text: Text;
  /** Phrases for the report: `UTF-16LE`, `terminal escapes removed`. */
  readonly notes: readonly string[];
}

const BS = 8;
const LF = 10;
const CR = 13;
const ESC = 27;

/**
 * Text of a file: UTF-8 with LF line ends, as a terminal would have left it. Byte order marks, UTF-16, Latin-1, CRLF, progress
 * bars (what stands behind the last CR of a line counts), terminal escapes and overstrikes are undone. Never adds or drops a
 * line end, except that a file of lone CRs has those for line ends. Any bytes are accepted; clean text is not copied.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const notes: string[] = [];
  const order = utf16Of(bytes);
  if (order) notes.push(order === 'le' ? 'UTF-16LE' : 'UTF-16BE');
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let utf8 = order ? fromUtf16(bytes, order) : marked ? bytes.subarray(3) : bytes;
  let first = firstUnclean(utf8);
  if (first !== -1 && !order) {
    const converted = latin1(utf8, first, notes);
    if (converted) {
      utf8 = converted;
      first = firstUnclean(utf8);
    }
  }
  // Bytes above 127 alone need no rewriting; the first control may lie far behind them.
  first = first === -1 ? -1 : firstControl(utf8, first);
  return { text: textOf(first === -1 ? utf8 : plain(utf8, first, notes)), notes };
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
  for (let i = from; i < bytes.length; i++) if (isControl(bytes[i] as number)) return i;
  return -1;
}

/**
 * Text that is clearly Latin-1, as UTF-8: high bytes are few, all of them printable there (not C1), and not one pair of them is valid
 * UTF-8. `undefined` for valid UTF-8 and for bytes that are neither; those become U+FFFD when a line is decoded.
 */
function latin1(bytes: Uint8Array, from: number, notes: string[]): Uint8Array | undefined {
  let valid = 0;
  let invalid = 0;
  let c1 = 0;
  for (let i = from; i < bytes.length; ) {
    const length = utf8Length(bytes, i);
    if (length > 1) valid++;
    if (length === 0) {
      invalid++;
      if ((bytes[i] as number) < 0xa0) c1++;
    }
    // -1: a character that broke off with the file, no sign of another encoding.
    i += length > 0 ? length : 1;
    if (length === -1) break;
  }
  if (invalid === 0) return undefined;
  if (valid > 0 || c1 > 0 || invalid * 4 > bytes.length) {
    notes.push('bytes that are not UTF-8 are shown as U+FFFD');
    return undefined;
  }
  notes.push('Latin-1');
  const out = new Uint8Array(bytes.length * 2);
  let o = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] as number;
    if (c < 128) out[o++] = c;
    else {
      out[o++] = 0xc0 | (c >> 6);
      out[o++] = 0x80 | (c & 63);
    }
  }
  return out.subarray(0, o);
}

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
      out[o++] = c;
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
