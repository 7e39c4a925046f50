import { copyMatch, type Window } from '../window.js';
import { type Backwards, backwards, ZstdError } from './bits.js';
import { type Fse, readTable, single, tableOf } from './fse.js';
import { decodeStream, type Huffman, readHuffman } from './huffman.js';

/** What a block leaves to the next one of its frame. */
export interface State {
  readonly window: Window;
  /** How far matches reach back. */
  readonly reach: number;
  huffman: Huffman | undefined;
  readonly tables: (Fse | undefined)[];
  readonly offsets: [number, number, number];
}

export const stateOf = (window: Window, reach: number): State => ({
  window,
  reach,
  huffman: undefined,
  tables: [],
  offsets: [1, 4, 8],
});

/** Largest block (RFC 8878, section 3.1.1.2.3). */
export const BLOCK = 2 ** 17;

/** Kinds of codes, in the order in which their tables are described. */
const LITERALS = 0;
const OFFSET = 1;
const MATCH = 2;

const range = (n: number, of: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i));
/** Baselines from extra bits: each begins where the one before it ends. */
const baselines = (bits: Uint8Array, first: number): Uint32Array => {
  let next = first;
  return Uint32Array.from(bits, (count) => {
    const base = next;
    next += 2 ** count;
    return base;
  });
};
const LITERAL_BITS = Uint8Array.of(
  ...range(16, () => 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
);
const MATCH_BITS = Uint8Array.of(
  ...range(32, () => 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
);
const LITERAL_BASE = baselines(LITERAL_BITS, 0);
const MATCH_BASE = baselines(MATCH_BITS, 3);
const rare = (n: number): number[] => range(n, () => -1);
const MOST = [
  { log: 9, symbol: 35 },
  { log: 8, symbol: 31 },
  { log: 9, symbol: 52 },
] as const;
/** The tables that need no description (section 3.1.1.3.2.2). */
const PREDEFINED = [
  tableOf([4, 3, ...range(11, () => 2), 1, 1, 1, ...range(9, () => 2), 3, 2, ...range(5, () => 1), ...rare(4)], 6),
  tableOf([...range(6, () => 1), 2, 2, 2, ...range(15, () => 1), ...rare(5)], 5),
  tableOf([1, 4, 3, ...range(6, () => 2), ...range(37, () => 1), ...rare(7)], 6),
] as const;

/** Decodes a compressed block, `bytes` from `start` on, into the window, where there is room for the largest. */
export function decodeBlock(state: State, bytes: Uint8Array, start: number): void {
  const { literals, end } = readLiterals(state, bytes, start);
  const { window } = state;
  const limit = window.at + BLOCK;
  const used = readSequences(state, bytes, end, literals, limit);
  const rest = literals.subarray(used);
  if (window.at + rest.length > limit) throw new ZstdError('a block that is too long');
  window.bytes.set(rest, window.at);
  window.at += rest.length;
  window.filled += rest.length;
}

/** Section 3.1.1.3.1. */
function readLiterals(state: State, bytes: Uint8Array, start: number): { literals: Uint8Array; end: number } {
  const head = bytes[start] ?? 0;
  const kind = head & 3;
  const format = (head >> 2) & 3;
  const word =
    head +
    (bytes[start + 1] ?? 0) * 2 ** 8 +
    (bytes[start + 2] ?? 0) * 2 ** 16 +
    (bytes[start + 3] ?? 0) * 2 ** 24 +
    (bytes[start + 4] ?? 0) * 2 ** 32;
  const field = (from: number, count: number): number => Math.floor(word / 2 ** from) % 2 ** count;
  if (kind < 2) {
    const width = format === 1 ? 12 : format === 3 ? 20 : 5;
    const size = field(width === 5 ? 3 : 4, width);
    const at = start + (width === 5 ? 1 : width === 12 ? 2 : 3);
    const end = at + (kind === 0 ? size : 1);
    if (size > BLOCK || end > bytes.length) throw new ZstdError('literals that end too early');
    return { literals: kind === 0 ? bytes.subarray(at, end) : new Uint8Array(size).fill(bytes[at] as number), end };
  }
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const size = field(4, width);
  const packed = field(4 + width, width);
  let at = start + Math.ceil((4 + 2 * width) / 8);
  const end = at + packed;
  if (size > BLOCK || end > bytes.length) throw new ZstdError('literals that end too early');
  if (kind === 2) {
    const read = readHuffman(bytes.subarray(0, end), at);
    state.huffman = read.code;
    at = read.end;
  }
  if (!state.huffman) throw new ZstdError('literals without a code');
  const literals = new Uint8Array(size);
  if (format === 0) decodeStream(state.huffman, bytes, at, end, literals);
  else decodeFour(state.huffman, bytes, at, end, literals);
  return { literals, end };
}

/** Four streams, of which the sizes of three are told. */
function decodeFour(code: Huffman, bytes: Uint8Array, start: number, end: number, out: Uint8Array): void {
  const part = Math.ceil(out.length / 4);
  let from = start + 6;
  for (let i = 0; i < 4; i++) {
    const size = (bytes[start + 2 * i] ?? 0) + (bytes[start + 2 * i + 1] ?? 0) * 256;
    const to = i === 3 ? end : from + size;
    if (to > end || i * part > out.length) throw new ZstdError('literals that end too early');
    decodeStream(code, bytes, from, to, out.subarray(i * part, Math.min(out.length, (i + 1) * part)));
    from = to;
  }
}

/** Section 3.1.1.3.2. Returns how many of the literals were used. */
function readSequences(state: State, bytes: Uint8Array, start: number, literals: Uint8Array, limit: number): number {
  let at = start;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new ZstdError('a block that ends too early');
    return byte;
  };
  let count = next();
  if (count === 255) count = next() + next() * 256 + 0x7f00;
  else if (count > 127) count = (count - 128) * 256 + next();
  if (count === 0) {
    if (at !== bytes.length) throw new ZstdError('a block that is too long');
    return 0;
  }
  const modes = next();
  for (const kind of [LITERALS, OFFSET, MATCH]) {
    const mode = (modes >> (6 - 2 * kind)) & 3;
    if (mode === 0) state.tables[kind] = PREDEFINED[kind] as Fse;
    else if (mode === 1) {
      const symbol = next();
      if (symbol > (MOST[kind]?.symbol ?? 0)) throw new ZstdError('a code that no table has');
      state.tables[kind] = single(symbol);
    } else if (mode === 2) {
      const read = readTable(bytes, at, MOST[kind] ?? MOST[0]);
      state.tables[kind] = read.table;
      at = read.end;
    }
  }
  return decodeSequences(state, backwards(bytes, at, bytes.length), count, literals, limit);
}

function decodeSequences(state: State, bits: Backwards, count: number, literals: Uint8Array, limit: number): number {
  const [ofLiterals, ofOffset, ofMatch] = state.tables;
  if (!ofLiterals || !ofOffset || !ofMatch) throw new ZstdError('a block without tables');
  const { window } = state;
  const { bytes } = window;
  let literalState = bits.read(ofLiterals.log);
  let offsetState = bits.read(ofOffset.log);
  let matchState = bits.read(ofMatch.log);
  let used = 0;
  for (let left = count; left > 0; left--) {
    const offsetCode = ofOffset.symbols[offsetState] as number;
    const matchCode = ofMatch.symbols[matchState] as number;
    const literalCode = ofLiterals.symbols[literalState] as number;
    if (offsetCode > 30) throw new ZstdError('a match before the beginning');
    const value = (1 << offsetCode) + bits.read(offsetCode);
    const length = (MATCH_BASE[matchCode] as number) + bits.read(MATCH_BITS[matchCode] as number);
    const run = (LITERAL_BASE[literalCode] as number) + bits.read(LITERAL_BITS[literalCode] as number);
    if (left > 1) {
      literalState = (ofLiterals.base[literalState] as number) + bits.read(ofLiterals.bits[literalState] as number);
      matchState = (ofMatch.base[matchState] as number) + bits.read(ofMatch.bits[matchState] as number);
      offsetState = (ofOffset.base[offsetState] as number) + bits.read(ofOffset.bits[offsetState] as number);
    }
    const offset = offsetOf(state.offsets, value, run);
    if (used + run > literals.length || window.at + run + length > limit)
      throw new ZstdError('a block that is too long');
    const { at } = window;
    for (let i = 0; i < run; i++) bytes[at + i] = literals[used + i] as number;
    used += run;
    window.at += run;
    window.filled += run;
    if (offset === 0 || offset > window.filled || offset > state.reach)
      throw new ZstdError('a match before the beginning');
    copyMatch(window, offset, length);
  }
  if (bits.left() !== 0) throw new ZstdError('sequences that are none');
  return used;
}

/** Small values mean one of the last three offsets, which move to the front (section 3.1.1.5). */
function offsetOf(last: [number, number, number], value: number, run: number): number {
  if (value > 3) {
    last[2] = last[1];
    last[1] = last[0];
    last[0] = value - 3;
    return last[0];
  }
  const index = value - 1 + (run === 0 ? 1 : 0);
  if (index === 0) return last[0];
  const offset = index === 3 ? last[0] - 1 : (last[index] as number);
  if (index > 1) last[2] = last[1];
  last[1] = last[0];
  last[0] = offset;
  return offset;
}
