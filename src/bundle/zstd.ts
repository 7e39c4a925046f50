import { messageOf } from './error.js';
import { another, brokeOff, damaged, type Fail, wrongChecksum } from './packed.js';
import { amount, countMember, type Run, type Trouble } from './run.js';
import { isSkippable, isZstd } from './sniff.js';
import type { Input } from './source.js';

/** What `zstd -d` takes without being told to (ZSTD_WINDOWLOG_LIMIT_DEFAULT). */
const WINDOW = 2 ** 27;
const BLOCK = 2 ** 17;
/** fzstd moves its whole window for each block: bytes moved in one file before it is left, some ten seconds of work. */
const MOVES = 2 ** 36;

interface Frame {
  readonly window: number;
  /** Bytes it unpacks to, when it says so. */
  readonly content: number | undefined;
  readonly checksum: boolean;
}

/**
 * Unpacks Zstandard: all frames of the file, and what can be had of one that breaks off. Frames and blocks are told apart here, and each
 * block given to fzstd, so that all that stands before a defect is kept; fzstd checks no checksum either.
 */
export async function* unzstd(input: Input, run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  const work = { moved: 0 };
  for (let first = true; ; first = false) {
    if (!first) {
      if (!(await another(input, 'zstd', isZstd, fail))) return;
      const stop = countMember(run);
      if (stop) return fail(stop);
    }
    if (isSkippable(await input.peek(4))) {
      const head = await input.peek(8);
      const size = head.length < 8 ? 8 : 8 + viewOf(head).getUint32(4, true);
      if ((await input.skip(size)) < size) return fail(input.trouble() ?? brokeOff('zstd'));
      continue;
    }
    const stop = yield* readFrame(input, work, fail);
    if (stop) return fail(stop);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** RFC 8878, section 3.1.1.1. */
async function readHeader(input: Input): Promise<Frame | Trouble> {
  const head = await input.peek(18);
  const flags = head[4];
  if (flags === undefined) return input.trouble() ?? brokeOff('zstd');
  if (flags & 8) return damaged('zstd', 'a reserved bit is set');
  const single = (flags & 0x20) !== 0;
  const idSize = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][flags >>> 6] ?? 0;
  const at = single ? 5 : 6;
  const size = at + idSize + contentSize;
  if (head.length < size) return input.trouble() ?? brokeOff('zstd');
  if (head.subarray(at, at + idSize).some((b) => b !== 0))
    return {
      reason: 'unsupported',
      detail:
        'packed with a dictionary of its own, which is not in the bundle: unpack it (`zstd -D DICTIONARY -d FILE`)',
    };
  let content = 0;
  for (let i = 0; i < contentSize; i++) content += (head[at + idSize + i] as number) * 256 ** i;
  if (contentSize === 2) content += 256;
  const exponent = (head[5] as number) >>> 3;
  const mantissa = (head[5] as number) & 7;
  const window = single ? content : 2 ** (10 + exponent) * (1 + mantissa / 8);
  await input.skip(size);
  const needed = contentSize > 0 ? Math.min(window, content) : window;
  if (needed > WINDOW) {
    const detail = `packed with a window of ${amount(needed)}, and ${amount(WINDOW)} are the limit: unpack it (\`zstd -d --long=31 FILE\`) and lint the result`;
    return { reason: 'capped', detail };
  }
  return { window: needed, content: contentSize > 0 ? content : undefined, checksum: (flags & 4) !== 0 };
}

/**
 * The header that fzstd is given: a window as large as is needed, and no checksum. A size of eight bytes makes it long enough: fzstd keeps
 * what it is given until it has 18 bytes.
 */
function plainHeader(window: number): Uint8Array {
  let exponent = 0;
  while (2 ** (11 + exponent) <= window) exponent++;
  const mantissa = Math.min(7, Math.max(0, Math.ceil((window / 2 ** (10 + exponent) - 1) * 8)));
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xc0, (exponent << 3) | mantissa, 0, 0, 0, 0, 0, 0, 0, 0]);
}

/** Bytes of the frame as fzstd has them in memory: its window, which it moves for each block. */
const windowSize = (header: Uint8Array): number => {
  const byte = header[5] as number;
  return 2 ** (10 + (byte >>> 3)) * (1 + (byte & 7) / 8);
};

async function* readFrame(
  input: Input,
  work: { moved: number },
  fail: Fail,
): AsyncGenerator<Uint8Array, Trouble | undefined> {
  const frame = await readHeader(input);
  if ('reason' in frame) return frame;
  const [{ Decompress }, { default: xxhash }] = await Promise.all([import('fzstd'), import('xxhash-wasm')]);
  const hash = frame.checksum ? (await xxhash()).create64() : undefined;
  const pieces: Uint8Array[] = [];
  const decoder = new Decompress((piece) => pieces.push(piece));
  const header = plainHeader(Math.max(frame.window, 1024));
  let first: Uint8Array | undefined = header;
  let total = 0;
  for (let last = false; !last; ) {
    const block = await readBlock(input);
    if ('reason' in block) return block;
    const { bytes, missing } = block;
    // Of a raw block that breaks off the beginning is text all the same.
    if (missing > 0) {
      if (block.raw && bytes.length > 3) yield bytes.subarray(3);
      return input.trouble() ?? brokeOff('zstd');
    }
    work.moved += windowSize(header);
    if (work.moved > MOVES) return tooSlow(frame.window);
    last = block.last;
    try {
      decoder.push(first ? Buffer.concat([first, bytes]) : bytes, last);
    } catch (error) {
      return damaged('zstd', messageOf(error));
    }
    first = undefined;
    for (const piece of pieces.splice(0)) {
      if (piece.length === 0) continue;
      hash?.update(piece);
      total += piece.length;
      yield piece;
    }
  }
  if (frame.content !== undefined && total !== frame.content)
    return damaged('zstd', 'a frame has not the size that it announces');
  if (!hash) return undefined;
  const stored = new Uint8Array(4);
  if ((await input.fill(stored)) < 4) return input.trouble() ?? brokeOff('zstd');
  if (Number(hash.digest() & 0xffffffffn) !== viewOf(stored).getUint32(0, true)) fail(wrongChecksum('zstd'));
  return undefined;
}

const tooSlow = (window: number): Trouble => ({
  reason: 'capped',
  detail: `packed in small blocks with a window of ${amount(window)}, which takes too long to unpack here: unpack it (\`zstd -d FILE\`) and lint the result`,
});

interface Block {
  /** Header and body. */
  readonly bytes: Uint8Array;
  readonly last: boolean;
  readonly raw: boolean;
  /** Bytes that did not come. */
  readonly missing: number;
}

async function readBlock(input: Input): Promise<Block | Trouble> {
  const head = await input.peek(3);
  if (head.length < 3) return input.trouble() ?? brokeOff('zstd');
  const [a = 0, b = 0, c = 0] = head;
  const kind = (a >>> 1) & 3;
  const size = (a >>> 3) + (b << 5) + (c << 13);
  if (kind === 3 || size > BLOCK) return damaged('zstd', 'a block of impossible kind or size');
  const length = 3 + (kind === 1 ? 1 : size);
  const bytes = new Uint8Array(length);
  const got = await input.fill(bytes);
  return { bytes: bytes.subarray(0, got), last: (a & 1) === 1, raw: kind === 0, missing: length - got };
}
