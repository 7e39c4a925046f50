import { brokeOff, damaged, type Fail, unpacked } from './packed.js';
import type { Run } from './run.js';
import { CHUNK, type Input, type Source } from './source.js';
import { BLOCK, type Sparse } from './tar-header.js';

/** Numbers of a map: what lies beyond is no file but an attack. */
const NUMBERS = 2 ** 20;

/**
 * The content of a file that was stored without its holes (`tar -S`; logs have them after a truncation by logrotate): holes are zeros, as
 * they are when the file is read. https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 */
export const sparse = (body: Input, run: Run, layout: Sparse): Source =>
  unpacked(body, run, (input, _, fail) => expand(input, layout, fail));

async function* expand(input: Input, layout: Sparse, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  const map = layout.map ?? (await readMap(input));
  if (!map) return fail(input.trouble() ?? damaged('sparse', 'its map of holes is none'));
  let at = 0;
  for (let i = 0; i + 1 < map.length; i += 2) {
    const [offset = 0, length = 0] = map.slice(i, i + 2);
    if (offset < at || offset + length > layout.size)
      return fail(damaged('sparse', 'its map of holes contradicts itself'));
    yield* zeros(offset - at);
    for (let left = length; left > 0; ) {
      const piece = await input.next();
      if (piece === undefined) return fail(input.trouble() ?? brokeOff('sparse'));
      const taken = piece.length > left ? piece.subarray(0, left) : piece;
      if (taken.length < piece.length) input.back(piece.subarray(left));
      left -= taken.length;
      yield taken;
    }
    at = offset + length;
  }
  if ((await input.peek(1)).length > 0) return fail(damaged('sparse', 'its map of holes does not tell all of it'));
  yield* zeros(layout.size - at);
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= CHUNK) yield new Uint8Array(Math.min(left, CHUNK));
}

/** Version 1.0: decimal numbers, one a line, before the content: how many pairs, then the pairs; filled up to a block. */
async function readMap(input: Input): Promise<readonly number[] | undefined> {
  const numbers: number[] = [];
  let digits = 0;
  let value = 0;
  const block = new Uint8Array(BLOCK);
  for (;;) {
    if ((await input.fill(block)) < BLOCK) return undefined;
    for (const c of block) {
      if (c >= 0x30 && c <= 0x39) {
        value = value * 10 + c - 0x30;
        if (++digits > 15) return undefined;
        continue;
      }
      if (c !== 10 || digits === 0) return undefined;
      numbers.push(value);
      if (numbers.length === 1 && value > NUMBERS) return undefined;
      value = digits = 0;
      // The rest of the block is filling.
      if (numbers.length === 1 + 2 * (numbers[0] ?? 0)) return numbers.slice(1);
    }
  }
}
