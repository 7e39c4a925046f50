import { inflate } from './inflate.js';
import { another, brokeOff, type Fail, wrongChecksum } from './packed.js';
import { countMember, type Run, type Trouble } from './run.js';
import { isGzip } from './sniff.js';
import type { Input } from './source.js';

/**
 * Unpacks gzip (RFC 1952): all members of the file, and what can be had of a damaged one. The framing is read here and only the
 * deflate data given to zlib, because zlib's own gunzip loses the last piece of text when junk follows it.
 */
export async function* gunzip(input: Input, run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  const { crc32 } = await import('node:zlib');
  for (let first = true; ; first = false) {
    if (!first) {
      if (!(await another(input, 'gzip', isGzip, fail))) return;
      // Each costs a call however short it is, so they count.
      const stop = countMember(run);
      if (stop) return fail(stop);
    }
    if (!(await skipHeader(input))) return fail(input.trouble() ?? brokeOff('gzip'));
    let crc = 0;
    let size = 0;
    let failure: Trouble | undefined;
    const data = inflate(input, 'gzip', (t) => {
      failure ??= t;
      return undefined;
    });
    for await (const piece of data) {
      crc = crc32(piece, crc);
      size = (size + piece.length) % 2 ** 32;
      yield piece;
    }
    if (failure) return fail(input.trouble() ?? failure);
    const trailer = new Uint8Array(8);
    if ((await input.fill(trailer)) < 8) return fail(input.trouble() ?? brokeOff('gzip'));
    const view = new DataView(trailer.buffer);
    if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== size) fail(wrongChecksum('gzip'));
  }
}

/** Skips the header of a gzip member; false when the data ends in it or it is none. */
async function skipHeader(input: Input): Promise<boolean> {
  const fixed = new Uint8Array(10);
  if ((await input.fill(fixed)) < 10 || fixed[2] !== 8) return false;
  const flags = fixed[3] as number;
  if (flags & 4) {
    const length = new Uint8Array(2);
    if ((await input.fill(length)) < 2) return false;
    const extra = (length[0] as number) + (length[1] as number) * 256;
    if ((await input.skip(extra)) < extra) return false;
  }
  if (flags & 8 && !(await skipString(input))) return false;
  if (flags & 16 && !(await skipString(input))) return false;
  return (flags & 2) === 0 || (await input.skip(2)) === 2;
}

async function skipString(input: Input): Promise<boolean> {
  for (;;) {
    const next = await input.peek(1024);
    if (next.length === 0) return false;
    const end = next.indexOf(0);
    await input.skip(end === -1 ? next.length : end + 1);
    if (end !== -1) return true;
  }
}
