import { another, brokeOff, damaged, type Fail, wrongChecksum } from '../packed.js';
import { amount, countMember, type Run, type Trouble } from '../run.js';
import { isSkippable, isZstd } from '../sniff.js';
import type { Input } from '../source.js';
import { slidingWindow } from '../window.js';
import { ZstdError } from './bits.js';
import { BLOCK, decodeBlock, type State, stateOf } from './block.js';

/** What `zstd -d` takes without being told to (ZSTD_WINDOWLOG_LIMIT_DEFAULT). */
const WINDOW = 2 ** 27;
interface Frame {
  readonly window: number;
  /** Bytes it unpacks to, when it says so. */
  readonly content: number | undefined;
  readonly checksum: boolean;
}

/**
 * Unpacks Zstandard (RFC 8878): all frames of the file, and what can be had of one that breaks off. Node's own decoder came with 22.15, and
 * fzstd never returns from some damaged files: see docs/decisions/2026-11-25-packed-formats.md.
 */
export async function* unzstd(input: Input, run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
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
    const stop = yield* readFrame(input, fail);
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

async function* readFrame(input: Input, fail: Fail): AsyncGenerator<Uint8Array, Trouble | undefined> {
  const frame = await readHeader(input);
  if ('reason' in frame) return frame;
  const hash = frame.checksum ? (await (await import('xxhash-wasm')).default()).create64() : undefined;
  const { window, makeRoom } = slidingWindow(Math.max(frame.window, 1024), BLOCK);
  const state = stateOf(window, Math.max(frame.window, 1024));
  let total = 0;
  for (let last = false; !last; ) {
    const block = await readBlock(input);
    if ('reason' in block) return block;
    makeRoom(BLOCK);
    const from = window.at;
    const why = decode(state, block);
    const piece = window.bytes.slice(from, window.at);
    if (piece.length > 0 && !(why && block.missing === 0)) {
      hash?.update(piece);
      total += piece.length;
      yield piece;
    }
    if (block.missing > 0) return input.trouble() ?? brokeOff('zstd');
    if (why) return why;
    last = block.last;
  }
  if (frame.content !== undefined && total !== frame.content)
    return damaged('zstd', 'a frame has not the size that it announces');
  if (!hash) return undefined;
  const stored = new Uint8Array(4);
  if ((await input.fill(stored)) < 4) return input.trouble() ?? brokeOff('zstd');
  if (Number(hash.digest() & 0xffffffffn) !== viewOf(stored).getUint32(0, true)) fail(wrongChecksum('zstd'));
  return undefined;
}

/** Writes what a block says into the window; of a raw one that breaks off the beginning is text all the same. */
function decode(state: State, { kind, bytes, size, missing }: Block): Trouble | undefined {
  const { window } = state;
  if (kind === 'compressed') {
    if (missing > 0) return undefined;
    try {
      decodeBlock(state, bytes, HEAD);
      return undefined;
    } catch (error) {
      if (error instanceof ZstdError) return damaged('zstd', error.message);
      throw error;
    }
  }
  if (kind === 'repeated' && missing > 0) return undefined;
  const length = kind === 'raw' ? size - missing : size;
  if (kind === 'raw') window.bytes.set(bytes.subarray(HEAD, HEAD + length), window.at);
  else window.bytes.fill(bytes[HEAD] as number, window.at, window.at + length);
  window.at += length;
  window.filled += length;
  return undefined;
}

/** What stands in front of a block; one byte more stands before it, since bits are looked at in words of four. */
const HEAD = 4;

interface Block {
  readonly kind: 'raw' | 'repeated' | 'compressed';
  /** The body from `HEAD` on. */
  readonly bytes: Uint8Array;
  readonly last: boolean;
  /** Bytes of the body, or of what it unpacks to when one byte is repeated. */
  readonly size: number;
  /** Bytes that did not come. */
  readonly missing: number;
}

const KINDS = ['raw', 'repeated', 'compressed'] as const;

async function readBlock(input: Input): Promise<Block | Trouble> {
  const head = await input.peek(3);
  if (head.length < 3) return input.trouble() ?? brokeOff('zstd');
  const [a = 0, b = 0, c = 0] = head;
  const kind = KINDS[(a >>> 1) & 3];
  const size = (a >>> 3) + (b << 5) + (c << 13);
  if (!kind || size > BLOCK) return damaged('zstd', 'a block of impossible kind or size');
  await input.skip(3);
  const length = kind === 'repeated' ? 1 : size;
  const bytes = new Uint8Array(HEAD + length);
  const got = await input.fill(bytes.subarray(HEAD));
  return { kind, bytes, last: (a & 1) === 1, size, missing: length - got };
}
