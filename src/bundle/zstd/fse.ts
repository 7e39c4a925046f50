import { ZstdError } from './bits.js';

/** A table of finite state entropy (RFC 8878, section 4.1.1): by state the symbol, and how the next state is found. */
export interface Fse {
  readonly log: number;
  readonly symbols: Uint8Array;
  /** Bits to be read, and what is added to them. */
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

const highest = (n: number): number => 31 - Math.clz32(n);

/** One symbol, whatever the state. */
export const single = (symbol: number): Fse => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  base: Uint16Array.of(0),
});

/** `counts` by symbol, which add up to 2^log; -1 is a symbol that is rarer than one in that. */
export function tableOf(counts: readonly number[], log: number): Fse {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (const [symbol, count] of counts.entries())
    if (count === -1) {
      symbols[--high] = symbol;
      next[symbol] = 1;
    }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    if (count <= 0) continue;
    next[symbol] = count;
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const n = next[symbol] as number;
    next[symbol] = n + 1;
    bits[state] = log - highest(n);
    base[state] = (n << (bits[state] as number)) - size;
  }
  return { log, symbols, bits, base };
}

/** Reads the description of a table at `start`; `end` is where it ends. */
export function readTable(
  bytes: Uint8Array,
  start: number,
  most: { readonly log: number; readonly symbol: number },
): { table: Fse; end: number } {
  let at = start * 8;
  const peek = (count: number): number => {
    const byte = at >> 3;
    const word = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    return (word >>> (at & 7)) & ((1 << count) - 1);
  };
  const log = peek(4) + 5;
  at += 4;
  if (log > most.log) throw new ZstdError('a table that is too large');
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0) {
    if (counts.length > most.symbol || at > bytes.length * 8) throw new ZstdError('a table that is none');
    // Values below a threshold have one bit less.
    const width = highest(left + 1) + 1;
    const low = (1 << (width - 1)) - 1;
    const threshold = (1 << width) - 1 - (left + 1);
    let value = peek(width);
    if ((value & low) < threshold) {
      value &= low;
      at += width - 1;
    } else {
      if (value > low) value -= threshold;
      at += width;
    }
    const count = value - 1;
    counts.push(count);
    left -= Math.abs(count);
    if (count !== 0) continue;
    // Two bits say how many more have none; three means that two more bits follow.
    for (let more = 3; more === 3; ) {
      more = peek(2);
      at += 2;
      for (let i = 0; i < more; i++) counts.push(0);
      if (counts.length > most.symbol + 1) throw new ZstdError('a table that is none');
    }
  }
  if (left < 0) throw new ZstdError('a table that is none');
  return { table: tableOf(counts, log), end: (at + 7) >> 3 };
}
