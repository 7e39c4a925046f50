/** Data that can't be right: thrown while a block is decoded, and caught where blocks are read. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';
}

/**
 * Bits that are read from the end to the start, as all that Zstandard codes is (RFC 8878, section 4.1): the highest bit that is set in the
 * last byte ends the padding. At least four bytes must stand before `start`: what is looked at there is no bit of the stream.
 */
export interface Backwards {
  /** The next `count` bits, at most 24, without taking them. */
  readonly peek: (count: number) => number;
  readonly skip: (count: number) => void;
  /** At most 31 bits. */
  readonly read: (count: number) => number;
  /** Bits that are left; negative when more were taken than there are. */
  readonly left: () => number;
}

export function backwards(bytes: Uint8Array, start: number, end: number): Backwards {
  const last = end > start ? (bytes[end - 1] as number) : 0;
  if (last === 0) throw new ZstdError('a stream of bits without end');
  const first = start * 8;
  let at = end * 8 - 8 + (31 - Math.clz32(last));

  const peek = (count: number): number => {
    const from = at - count;
    const byte = from >> 3;
    const word =
      (bytes[byte] as number) |
      ((bytes[byte + 1] as number) << 8) |
      ((bytes[byte + 2] as number) << 16) |
      ((bytes[byte + 3] as number) << 24);
    return (word >>> (from & 7)) & ((1 << count) - 1);
  };
  const read = (count: number): number => {
    if (count > 16) {
      const high = read(count - 16);
      return high * 65_536 + read(16);
    }
    const value = peek(count);
    at -= count;
    // A hostile block may ask for more and more; it is stopped where it matters.
    if (at < first - 32) throw new ZstdError('a stream of bits that ends too early');
    return value;
  };
  return {
    peek,
    read,
    skip(count) {
      at -= count;
    },
    left: () => at - first,
  };
}
