/**
 * Packs bytes as LZMA alone (LZMA specification, `DOC/lzma-specification.txt` of the LZMA SDK): literals and the end mark, which is all that a
 * decoder must be given to unpack a text.
 */
export function lzmaAlone(bytes: Uint8Array): Uint8Array {
  const probs = new Map<string, number>();
  const out: number[] = [];
  let low = 0;
  let range = 0xffffffff;
  let cache = 0;
  let held = 1;

  const shift = (): void => {
    if (low < 0xff000000 || low > 0xffffffff) {
      const carry = low > 0xffffffff ? 1 : 0;
      for (; held > 0; held--) {
        out.push((cache + carry) & 0xff);
        cache = 0xff;
      }
      cache = Math.floor(low / 2 ** 24) & 0xff;
    }
    held++;
    low = (low % 2 ** 24) * 256;
  };
  const grow = (): void => {
    for (; range < 2 ** 24; range = range * 256) shift();
  };
  const bit = (name: string, value: number): void => {
    const p = probs.get(name) ?? 1024;
    const bound = Math.floor(range / 2048) * p;
    if (value === 0) {
      range = bound;
      probs.set(name, p + ((2048 - p) >> 5));
    } else {
      low += bound;
      range -= bound;
      probs.set(name, p - (p >> 5));
    }
    grow();
  };
  const direct = (): void => {
    range = Math.floor(range / 2);
    low += range;
    grow();
  };

  let previous = 0;
  for (const [at, byte] of bytes.entries()) {
    bit(`match ${at & 3}`, 0);
    let symbol = 1;
    for (let i = 7; i >= 0; i--) {
      const value = (byte >> i) & 1;
      bit(`literal ${previous >> 5} ${symbol}`, value);
      symbol = symbol * 2 + value;
    }
    previous = byte;
  }
  // The end mark: a match of the shortest length with the distance 0xffffffff.
  bit(`match ${bytes.length & 3}`, 1);
  bit('repeated', 0);
  bit('length', 0);
  for (const i of [1, 2, 4]) bit(`low ${i}`, 0);
  for (let i = 0, symbol = 1; i < 6; i++, symbol = symbol * 2 + 1) bit(`slot ${symbol}`, 1);
  for (let i = 0; i < 26; i++) direct();
  for (let i = 0, symbol = 1; i < 4; i++, symbol = symbol * 2 + 1) bit(`align ${symbol}`, 1);
  for (let i = 0; i < 5; i++) shift();
  return Uint8Array.from([0x5d, 0, 0, 0x80, 0, ...Array<number>(8).fill(0xff), ...out]);
}
