import { brokeOff, damaged } from '../packed.js';
import type { Trouble } from '../run.js';
import type { Input } from '../source.js';
import { slidingWindow } from '../window.js';
import { lzma } from './lzma.js';

/** Unpacked bytes of a chunk at most: 21 bits of size. */
const CHUNK = 2 ** 21;

const wrong = (why: string): Trouble => damaged('xz', why);

/**
 * The chunks of LZMA2 (.xz file format, section 5.3.1, and lzma2_decoder.c of XZ Utils): each says how long it is packed and unpacked,
 * so that a chunk is decoded from memory. Ends behind the end mark; returns what was wrong.
 */
export async function* lzma2(input: Input, dictionary: number): AsyncGenerator<Uint8Array, Trouble | undefined> {
  const decoder = lzma();
  const { window, makeRoom } = slidingWindow(dictionary, CHUNK);
  const ended = (): Trouble => input.trouble() ?? brokeOff('xz');
  let empty = true;
  for (;;) {
    const head = await input.peek(6);
    const control = head[0];
    if (control === undefined) return ended();
    if (control === 0) {
      await input.skip(1);
      return undefined;
    }
    const packed = control >= 0x80;
    if (!packed && control > 2) return wrong('a chunk of unknown kind');
    if (empty && control !== 1 && control < 0xe0) return wrong('the first chunk needs what was before it');
    const properties = control >= 0xc0 ? head[5] : undefined;
    const headLength = !packed ? 3 : control >= 0xc0 ? 6 : 5;
    if (head.length < headLength) return ended();
    await input.skip(headLength);
    if (control === 1 || control >= 0xe0) window.at = window.filled = 0;
    empty = false;
    const size = (packed ? (control & 0x1f) << 16 : 0) + ((head[1] as number) << 8) + (head[2] as number) + 1;
    makeRoom(size);
    const from = window.at;
    if (!packed) {
      const got = await input.fill(window.bytes.subarray(from, from + size));
      window.at += got;
      window.filled += got;
      if (got > 0) yield window.bytes.slice(from, window.at);
      if (got < size) return ended();
      continue;
    }
    if (control >= 0xa0 ? !decoder.reset(properties) : !decoder.ready()) return wrong('impossible properties');
    const bytes = new Uint8Array(((head[3] as number) << 8) + (head[4] as number) + 1);
    const got = await input.fill(bytes);
    const right = decoder.decode(window, bytes.subarray(0, got), size, dictionary);
    if (window.at > from) yield window.bytes.slice(from, window.at);
    if (got < bytes.length) return ended();
    if (!right || window.at < from + size) return wrong('a chunk that can not be decoded');
  }
}
