import { crcOf } from './crc.js';

/** Why a block can't be unpacked: thrown here and caught by the reader of the stream. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}

const SHORT = 'a block without end';
/** The bytes ended inside the block. */
export const endedEarly = (error: BlockError): boolean => error.message === SHORT;

/** The bits of a run of bytes, the highest of each byte first. */
export interface Bits {
  readonly read: (count: number) => number;
  /** Bits consumed so far. */
  readonly position: () => number;
}

export function bitsOf(bytes: Uint8Array, start: number): Bits {
  let at = start;
  const end = bytes.length * 8;
  return {
    read(count) {
      if (at + count > end) throw new BlockError(SHORT);
      let value = 0;
      for (let left = count; left > 0; ) {
        const free = 8 - (at & 7);
        const take = Math.min(free, left);
        value = value * 2 ** take + (((bytes[at >>> 3] as number) >>> (free - take)) & ((1 << take) - 1));
        at += take;
        left -= take;
      }
      return value;
    },
    position: () => at,
  };
}

/** A block whose symbols are decoded: `order` holds the text and, in its upper bits, the way through it. */
export interface Block {
  readonly order: Uint32Array;
  readonly length: number;
  readonly first: number;
  /** Position of the first bit behind it. */
  readonly end: number;
}

/** Bits of the longest code (decompress.c of bzip2 allows as many), and symbols that one selector stands for. */
const LONGEST = 20;
const GROUP = 50;

interface Table {
  readonly shortest: number;
  /** By length: the largest code, and what to take off a code for its place in `symbols`. */
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
}

function tableOf(lengths: Uint8Array): Table {
  const symbols = new Uint16Array(lengths.length);
  const limit = new Int32Array(LONGEST + 2).fill(-1);
  const base = new Int32Array(LONGEST + 2);
  let code = 0;
  let count = 0;
  for (let length = 1; length <= LONGEST; length++) {
    base[length] = code - count;
    for (let s = 0; s < lengths.length; s++)
      if (lengths[s] === length) {
        symbols[count++] = s;
        code++;
      }
    limit[length] = code - 1;
    code *= 2;
  }
  return { shortest: Math.max(1, Math.min(...lengths)), limit, base, symbols };
}

function readAlphabet(bits: Bits): Uint8Array {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if (((rows >>> (15 - row)) & 1) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) if ((columns >>> (15 - column)) & 1) used.push(row * 16 + column);
  }
  if (used.length === 0) throw new BlockError('a block without symbols');
  return Uint8Array.from(used);
}

/** Which table reads which group of symbols, as move-to-front numbers in unary. */
function readSelectors(bits: Bits, tables: number): Uint8Array {
  const count = bits.read(15);
  if (count === 0) throw new BlockError('a block without selectors');
  const selectors = new Uint8Array(count);
  const front = Array.from({ length: tables }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tables) throw new BlockError('a selector beyond the tables');
    const [table = 0] = front.splice(place, 1);
    front.unshift(table);
    selectors[i] = table;
  }
  return selectors;
}

function readTable(bits: Bits, size: number): Table {
  const lengths = new Uint8Array(size);
  let length = bits.read(5);
  for (let s = 0; s < size; s++) {
    for (;;) {
      if (length < 1 || length > LONGEST) throw new BlockError('a code length out of range');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[s] = length;
  }
  return tableOf(lengths);
}

/** Reads a block behind its magic and checksum. `order` is the work space, as long as a block may be. */
export function readBlock(bytes: Uint8Array, start: number, order: Uint32Array): Block {
  const bits = bitsOf(bytes, start);
  if (bits.read(1) === 1) throw new BlockError('a randomised block, as bzip2 0.9 wrote them');
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const count = bits.read(3);
  if (count < 2 || count > 6) throw new BlockError('a wrong number of tables');
  const selectors = readSelectors(bits, count);
  const tables = Array.from({ length: count }, () => readTable(bits, alphabet.length + 2));
  const { length, end } = readSymbols(bytes, bits.position(), { alphabet, selectors, tables, order });
  if (origin >= length) throw new BlockError('the origin lies outside the block');
  return { order, length, first: link(order, length, origin), end };
}

interface Coding {
  readonly alphabet: Uint8Array;
  readonly selectors: Uint8Array;
  readonly tables: readonly Table[];
  readonly order: Uint32Array;
}

/** The Huffman codes of a block: literals by move-to-front, and runs of the front in bijective base 2. */
function readSymbols(bytes: Uint8Array, start: number, coding: Coding): { length: number; end: number } {
  const { alphabet, selectors, tables, order } = coding;
  const front = new Uint8Array(alphabet);
  const last = alphabet.length + 1;
  const end = bytes.length * 8;
  let at = start;
  let table = tables[0] as Table;
  let length = 0;
  let run = 0;
  let weight = 1;
  for (let n = 0; ; n++) {
    if (n % GROUP === 0) {
      const selector = selectors[n / GROUP];
      if (selector === undefined) throw new BlockError('more symbols than selectors');
      table = tables[selector] as Table;
    }
    let size = table.shortest;
    let code = 0;
    // Up to 27 bits from here on: as many as a code can have are always among them.
    const byte = at >>> 3;
    const window =
      ((((bytes[byte] ?? 0) << 24) | ((bytes[byte + 1] ?? 0) << 16) | ((bytes[byte + 2] ?? 0) << 8)) >>> 0) +
      (bytes[byte + 3] ?? 0);
    const shifted = (window << (at & 7)) >>> 0;
    for (; ; size++) {
      if (size > LONGEST) throw new BlockError('a code that no table has');
      code = shifted >>> (32 - size);
      if (code <= (table.limit[size] as number)) break;
    }
    at += size;
    if (at > end) throw new BlockError(SHORT);
    const symbol = table.symbols[code - (table.base[size] as number)];
    if (symbol === undefined) throw new BlockError('a code that no table has');
    if (symbol <= 1) {
      run += weight * (symbol + 1);
      weight *= 2;
      if (run > order.length) throw new BlockError('a run that is longer than a block');
      continue;
    }
    if (run > 0) {
      if (length + run > order.length) throw new BlockError('more text than a block may have');
      order.fill(front[0] as number, length, length + run);
      length += run;
      run = 0;
      weight = 1;
    }
    if (symbol === last) return { length, end: at };
    if (length >= order.length) throw new BlockError('more text than a block may have');
    const place = symbol - 1;
    const literal = front[place] as number;
    for (let i = place; i > 0; i--) front[i] = front[i - 1] as number;
    front[0] = literal;
    order[length++] = literal;
  }
}

/** Undoes the Burrows-Wheeler transform: writes the way through the text into the upper bits; returns where it begins. */
function link(order: Uint32Array, length: number, origin: number): number {
  const sums = new Uint32Array(257);
  for (let i = 0; i < length; i++) {
    const next = ((order[i] as number) & 0xff) + 1;
    sums[next] = (sums[next] as number) + 1;
  }
  for (let i = 1; i < 257; i++) sums[i] = (sums[i] as number) + (sums[i - 1] as number);
  for (let i = 0; i < length; i++) {
    const byte = (order[i] as number) & 0xff;
    const place = sums[byte] as number;
    sums[byte] = place + 1;
    order[place] = ((order[place] as number) | (i << 8)) >>> 0;
  }
  return (order[origin] as number) >>> 8;
}

/** The text of a block in pieces: four equal bytes are followed by how often the byte comes again. Returns its checksum. */
export function* textOfBlock(block: Block, size: number): Generator<Uint8Array, number> {
  const { order, length } = block;
  let at = block.first;
  let crc = 0xffffffff;
  let piece = new Uint8Array(size + 255);
  let filled = 0;
  let previous = -1;
  let same = 0;
  for (let i = 0; i < length; i++) {
    const entry = order[at] as number;
    const byte = entry & 0xff;
    at = entry >>> 8;
    if (same === 4) {
      piece.fill(previous, filled, filled + byte);
      filled += byte;
      same = 0;
      previous = -1;
    } else {
      same = byte === previous ? same + 1 : 1;
      previous = byte;
      piece[filled++] = byte;
    }
    if (filled >= size) {
      const full = piece.subarray(0, filled);
      crc = crcOf(full, crc);
      yield full;
      piece = new Uint8Array(size + 255);
      filled = 0;
    }
  }
  const rest = piece.subarray(0, filled);
  crc = crcOf(rest, crc);
  if (filled > 0) yield rest;
  return ~crc >>> 0;
}
