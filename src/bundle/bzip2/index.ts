import { another, brokeOff, damaged, type Fail, wrongChecksum } from '../packed.js';
import { countMember, type Run, type Trouble } from '../run.js';
import { isBzip2 } from '../sniff.js';
import { CHUNK, type Input } from '../source.js';
import { type Block, BlockError, bitsOf, endedEarly, readBlock, textOfBlock } from './block.js';

const HEADER = 4;
/** The digits of pi begin a block, those of its square root the end of a stream. */
const BLOCK = 0x314159265359;
const END = 0x177245385090;
/** Bits of magic and checksum. */
const HEAD = 48 + 32;

/** Packed bytes of a block at most: 20 bits for each byte of it (no encoder writes that), and its tables. */
const longest = (level: number): number => level * 250_000 + 65_536;

/**
 * Unpacks bzip2, several streams behind each other (pbzip2) too. A block is unpacked as a whole or not at all: that is what can be had of
 * a file that breaks off. The format is described by bzip2's own decompress.c, and by Joe Tsai's "BZIP2: Format Specification".
 */
export async function* bunzip2(input: Input, run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  let order = new Uint32Array(0);
  for (let first = true; ; first = false) {
    if (!first) {
      if (!(await another(input, 'bzip2', isBzip2, fail))) return;
      const stop = countMember(run);
      if (stop) return fail(stop);
    }
    const header = new Uint8Array(HEADER);
    if ((await input.fill(header)) < HEADER) return fail(input.trouble() ?? brokeOff('bzip2'));
    const level = (header[3] as number) - 0x30;
    if (order.length < level * 100_000) order = new Uint32Array(level * 100_000);
    if (!(yield* readStream(input, order.subarray(0, level * 100_000), level, fail))) return;
  }
}

/** Blocks do not begin on bytes: `bit` is where the next one does in the first byte that is not consumed. */
async function* readStream(
  input: Input,
  order: Uint32Array,
  level: number,
  fail: Fail,
): AsyncGenerator<Uint8Array, boolean> {
  const stop = (trouble: Trouble): boolean => {
    fail(input.trouble() ?? trouble);
    return false;
  };
  let whole = 0;
  let guess = 4096;
  for (let bit = 0; ; ) {
    const head = await input.peek(16);
    if (head.length * 8 < bit + HEAD) return stop(brokeOff('bzip2'));
    const bits = bitsOf(head, bit);
    const magic = bits.read(48);
    const crc = bits.read(32);
    if (magic === END) {
      await input.skip(Math.ceil((bit + HEAD) / 8));
      if (crc !== whole) fail(wrongChecksum('bzip2'));
      return true;
    }
    if (magic !== BLOCK) return stop(damaged('bzip2', 'no block where one should begin'));
    const block = await nextBlock(input, bit + HEAD, order, Math.min(guess, longest(level)), longest(level));
    if (block === undefined) return stop(brokeOff('bzip2'));
    if (!('order' in block)) return stop(damaged('bzip2', block.message));
    const found = yield* textOfBlock(block, CHUNK);
    if (found !== crc) fail(wrongChecksum('bzip2'));
    whole = (((whole << 1) | (whole >>> 31)) ^ crc) >>> 0;
    guess = Math.max(4096, block.end >>> 2);
    await input.skip(Math.floor(block.end / 8));
    bit = block.end % 8;
  }
}

/** How long a block is shows when it is decoded: tries with more bytes until it ends in them. `undefined` when there are no more. */
async function nextBlock(
  input: Input,
  start: number,
  order: Uint32Array,
  size: number,
  most: number,
): Promise<Block | BlockError | undefined> {
  for (;;) {
    const bytes = await input.peek(size);
    try {
      return readBlock(bytes, start, order);
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      if (!endedEarly(error) || size >= most) return error;
      if (bytes.length < size) return undefined;
      size = Math.min(4 * size, most);
    }
  }
}
