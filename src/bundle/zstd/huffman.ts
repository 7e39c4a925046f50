import { backwards, ZstdError } from './bits.js';
import { readTable } from './fse.js';

/** A Huffman code (RFC 8878, section 4.2): by the next `log` bits the byte that they begin with, and how many bits it has. */
export interface Huffman {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const LOG = 11;
const WEIGHTS = 255;

/** Reads the description of a code at `start`. */
export function readHuffman(bytes: Uint8Array, start: number): { code: Huffman; end: number } {
  const head = bytes[start] ?? 0;
  if (head < 128) {
    const end = start + 1 + head;
    if (end > bytes.length) throw new ZstdError('a code that ends too early');
    return { code: codeOf(packedWeights(bytes.subarray(0, end), start + 1)), end };
  }
  const count = head - 127;
  const end = start + 1 + Math.ceil(count / 2);
  if (end > bytes.length) throw new ZstdError('a code that ends too early');
  const weights = Array.from({ length: count }, (_, i) => {
    const byte = bytes[start + 1 + (i >> 1)] as number;
    return i % 2 === 0 ? byte >> 4 : byte & 15;
  });
  return { code: codeOf(weights), end };
}

/** Two states that read one stream by turns, until its bits are used up. */
function packedWeights(bytes: Uint8Array, start: number): number[] {
  const { table, end } = readTable(bytes, start, { log: 6, symbol: 12 });
  const bits = backwards(bytes, end, bytes.length);
  const weights: number[] = [];
  const states = [bits.read(table.log), bits.read(table.log)];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn] as number;
    weights.push(table.symbols[state] as number);
    if (weights.length > WEIGHTS) throw new ZstdError('a code without end');
    states[turn] = (table.base[state] as number) + bits.read(table.bits[state] as number);
    if (bits.left() >= 0) continue;
    weights.push(table.symbols[states[turn ^ 1] as number] as number);
    return weights;
  }
}

/** The weight of the last symbol is what is missing to a power of two. */
function codeOf(weights: readonly number[]): Huffman {
  let sum = 0;
  for (const weight of weights) sum += weight > 0 ? 2 ** (weight - 1) : 0;
  if (sum === 0 || weights.length > WEIGHTS) throw new ZstdError('a code without symbols');
  const log = 32 - Math.clz32(sum);
  const rest = 2 ** log - sum;
  if (log > LOG || (rest & (rest - 1)) !== 0) throw new ZstdError('a code that is none');
  const all = [...weights, 32 - Math.clz32(rest)];
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++)
    for (const [symbol, w] of all.entries()) {
      if (w !== weight) continue;
      const next = at + 2 ** (weight - 1);
      symbols.fill(symbol, at, next);
      bits.fill(log + 1 - weight, at, next);
      at = next;
    }
  return { log, symbols, bits };
}

/** Decodes one stream into `out`, all of it. */
export function decodeStream(code: Huffman, bytes: Uint8Array, start: number, end: number, out: Uint8Array): void {
  const { log, symbols, bits } = code;
  const stream = backwards(bytes, start, end);
  for (let i = 0; i < out.length; i++) {
    if (stream.left() <= 0) throw new ZstdError('literals that end too early');
    const next = stream.peek(log);
    out[i] = symbols[next] as number;
    stream.skip(bits[next] as number);
  }
  if (stream.left() !== 0) throw new ZstdError('literals that are none');
}
