import { copyMatch, type Window } from '../window.js';

/** Why decoding stopped. `starved`: more packed bytes must be fed; `over`: what they say ends inside of something. */
export type Stop = 'full' | 'starved' | 'over' | 'mark' | 'wrong';

/** No symbol takes as many packed bytes as this: three numbers of a match with a byte for every two of their bits. */
const SYMBOL = 32;
/** The longest match. */
export const MATCH_MAX = 273;
/** The distance that marks the end of a stream of unknown size. */
const END_MARK = 0xffffffff;

/**
 * LZMA: a range coder over adaptive bits, and a sliding window (LZMA specification by Igor Pavlov, `DOC/lzma-specification.txt` of the LZMA
 * SDK, which is in the public domain). LZMA2 cuts it into chunks, whose packed bytes are in memory as a whole; a file of LZMA alone is one
 * run of bytes of any length.
 */
export interface Lzma {
  /** Forgets all that was learned; `properties` is the byte that packs lc, lp and pb, when the chunk brings a new one. */
  readonly reset: (properties?: number) => boolean;
  /**
   * Decodes up to `size` bytes into the window; `false` when the data can't be right. Where the packed bytes end too early, what they
   * surely say is in the window and `true` is returned.
   */
  readonly decode: (window: Window, packed: Uint8Array, size: number, reach: number) => boolean;
  readonly ready: () => boolean;
  /** The first packed bytes of a run; false where they can't begin one. */
  readonly begin: (packed: Uint8Array) => boolean;
  /** More of it. */
  readonly feed: (packed: Uint8Array) => void;
  /**
   * Decodes until `size` bytes are in the window, and at most `most` where a match is longer. With `last` all packed bytes are there.
   */
  readonly run: (window: Window, size: number, most: number, reach: number, last: boolean) => Stop;
  /** Nothing is left of what the coder holds: a run of known size may end here, without a mark. */
  readonly ended: () => boolean;
  /** Packed bytes that were fed and that the run, which ended, did not need. */
  readonly rest: () => Uint8Array;
}

const TOP = 2 ** 24;
/** Places of the adaptive bits in one array. */
const MATCH = 0;
const REP = MATCH + 192;
const REP0 = REP + 12;
const REP1 = REP0 + 12;
const REP2 = REP1 + 12;
const REP0_LONG = REP2 + 12;
const SLOT = REP0_LONG + 192;
const SPECIAL = SLOT + 256;
const ALIGN = SPECIAL + 128;
/** Lengths: two choices, then low and mid by position, then high. */
const LENGTH = ALIGN + 16;
const LOW = 2;
const MID = LOW + 128;
const HIGH = MID + 128;
const REP_LENGTH = LENGTH + HIGH + 256;
const LITERAL = REP_LENGTH + HIGH + 256;

/** The range coder. Its two numbers take all 32 bits: typed arrays hold them without a box. */
interface Coder {
  readonly begin: (packed: Uint8Array) => boolean;
  readonly feed: (packed: Uint8Array) => void;
  readonly left: () => number;
  readonly ended: () => boolean;
  readonly rest: () => Uint8Array;
  readonly bit: (index: number) => number;
  readonly direct: (count: number) => number;
  readonly tree: (base: number, bits: number) => number;
  readonly reverse: (base: number, bits: number) => number;
  /** More was asked for than there is: what came last was made up. */
  readonly over: () => boolean;
  readonly done: () => boolean;
}

function coderOf(probs: Uint16Array): Coder {
  const state = new Uint32Array(2);
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;

  const bit = (index: number): number => {
    let range = state[0] as number;
    let code = state[1] as number;
    if (range < TOP) {
      range = (range << 8) >>> 0;
      code = ((code << 8) | (bytes[at++] ?? 0)) >>> 0;
    }
    const p = probs[index] as number;
    const bound = (range >>> 11) * p;
    if (code < bound) {
      state[0] = bound;
      state[1] = code;
      probs[index] = p + ((2048 - p) >>> 5);
      return 0;
    }
    state[0] = range - bound;
    state[1] = code - bound;
    probs[index] = p - (p >>> 5);
    return 1;
  };

  return {
    begin(packed) {
      bytes = packed;
      at = 5;
      state[0] = 0xffffffff;
      state[1] = new DataView(packed.buffer, packed.byteOffset).getUint32(1);
      return packed[0] === 0;
    },
    feed(packed) {
      const joined = new Uint8Array(Math.max(0, bytes.length - at) + packed.length);
      joined.set(bytes.subarray(at));
      joined.set(packed, joined.length - packed.length);
      bytes = joined;
      at = 0;
    },
    left: () => bytes.length - at,
    ended: () => state[1] === 0,
    rest: () => bytes.subarray(at + ((state[0] as number) < TOP ? 1 : 0)),
    bit,
    direct(count) {
      let value = 0;
      for (let i = 0; i < count; i++) {
        let range = state[0] as number;
        let code = state[1] as number;
        if (range < TOP) {
          range = (range << 8) >>> 0;
          code = ((code << 8) | (bytes[at++] ?? 0)) >>> 0;
        }
        range >>>= 1;
        const one = code >= range ? 1 : 0;
        state[0] = range;
        state[1] = one ? code - range : code;
        value = value * 2 + one;
      }
      return value;
    },
    tree(base, bits) {
      let m = 1;
      for (let i = 0; i < bits; i++) m = m * 2 + bit(base + m);
      return m - 2 ** bits;
    },
    reverse(base, bits) {
      let m = 1;
      let value = 0;
      for (let i = 0; i < bits; i++) {
        const b = bit(base + m);
        m = m * 2 + b;
        value |= b << i;
      }
      return value;
    },
    over: () => at > bytes.length,
    // The coder is at its end when a last byte would be shifted in and nothing is left of the code.
    done: () => (state[1] as number) === 0 && at + ((state[0] as number) < TOP ? 1 : 0) >= bytes.length,
  };
}

export function lzma(): Lzma {
  const probs = new Uint16Array(LITERAL + (0x300 << 4));
  const coder = coderOf(probs);
  const { bit, tree } = coder;
  let lc = -1;
  let lpMask = 0;
  let pbMask = 0;
  let state = 0;
  let rep0 = 0;
  let rep1 = 0;
  let rep2 = 0;
  let rep3 = 0;

  const literal = (window: Window): number => {
    const { bytes, at, filled } = window;
    const previous = filled > 0 ? (bytes[at - 1] as number) : 0;
    const base = LITERAL + 0x300 * (((filled & lpMask) << lc) + (previous >>> (8 - lc)));
    let symbol = 1;
    if (state >= 7) {
      let match = bytes[at - rep0 - 1] as number;
      do {
        const matchBit = (match >>> 7) & 1;
        match <<= 1;
        const b = bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = symbol * 2 + b;
        if (matchBit !== b) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = symbol * 2 + bit(base + symbol);
    return symbol & 0xff;
  };

  const length = (base: number, posState: number): number => {
    if (bit(base) === 0) return 2 + tree(base + LOW + posState * 8, 3);
    if (bit(base + 1) === 0) return 10 + tree(base + MID + posState * 8, 3);
    return 18 + tree(base + HIGH, 8);
  };

  const distance = (long: number): number => {
    const slot = tree(SLOT + Math.min(long - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return high + coder.reverse(SPECIAL + high - slot, bits);
    return high + coder.direct(bits - 4) * 16 + coder.reverse(ALIGN, 4);
  };

  /** A match as one of the last four distances, moved to the front; 1 for a single byte. */
  const repeated = (posState: number): number => {
    if (bit(REP0 + state) === 0) {
      if (bit(REP0_LONG + (state << 4) + posState) === 0) {
        state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      let found = rep1;
      if (bit(REP1 + state) === 1) {
        if (bit(REP2 + state) === 0) found = rep2;
        else {
          found = rep3;
          rep3 = rep2;
        }
        rep2 = rep1;
      }
      rep1 = rep0;
      rep0 = found;
    }
    const long = length(REP_LENGTH, posState);
    state = state < 7 ? 8 : 11;
    return long;
  };

  const matched = (posState: number): number => {
    if (bit(REP + state) === 1) return repeated(posState);
    rep3 = rep2;
    rep2 = rep1;
    rep1 = rep0;
    const long = length(LENGTH, posState);
    state = state < 7 ? 7 : 10;
    rep0 = distance(long);
    return long;
  };

  return {
    reset(properties) {
      if (properties !== undefined) {
        if (properties >= 9 * 5 * 5) return false;
        lc = properties % 9;
        const lp = Math.floor(properties / 9) % 5;
        if (lc + lp > 4) return false;
        lpMask = (1 << lp) - 1;
        pbMask = (1 << Math.floor(properties / 45)) - 1;
      }
      probs.fill(1024);
      state = rep0 = rep1 = rep2 = rep3 = 0;
      return lc >= 0;
    },
    ready: () => lc >= 0,
    begin: coder.begin,
    feed: coder.feed,
    ended: coder.ended,
    rest: coder.rest,
    run: (window, size, most, reach, last) =>
      run(window, window.at + size, window.at + most, reach, last ? Number.NEGATIVE_INFINITY : SYMBOL),
    decode(window, packed, size, reach) {
      if (packed.length < 5) return true;
      if (!coder.begin(packed)) return false;
      const end = window.at + size;
      const stop = run(window, end, end, reach, Number.NEGATIVE_INFINITY);
      return stop === 'over' || (stop === 'full' && coder.done());
    },
  };

  /** Decodes up to the place `end` of the window, with matches up to `most`, while `keep` packed bytes are left. */
  function run(window: Window, end: number, most: number, reach: number, keep: number): Stop {
    const { bytes } = window;
    while (window.at < end) {
      if (coder.left() < keep) return 'starved';
      const posState = window.filled & pbMask;
      if (bit(MATCH + (state << 4) + posState) === 0) {
        // A state after a match looks at the byte there.
        if (state >= 7 && rep0 >= window.filled) return 'wrong';
        const byte = literal(window);
        if (coder.over()) return 'over';
        bytes[window.at++] = byte;
        window.filled++;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      const long = matched(posState);
      if (coder.over()) return 'over';
      if (rep0 === END_MARK) return 'mark';
      if (rep0 >= window.filled || rep0 >= reach || window.at + long > most) return 'wrong';
      copyMatch(window, rep0 + 1, long);
    }
    return 'full';
  }
}
