import { messageOf } from './error.js';
import { amount, countMember, type Run, type Trouble, totalReached } from './run.js';
import { CHUNK, type Input, type Source } from './source.js';

/** Packed bytes that are kept to salvage what stands before a defect: zlib drops the output of the step that fails. */
const SALVAGE = 2 ** 20;

const corrupt = (why: string): Trouble => ({
  reason: 'unreadable',
  detail: `the gzip data is damaged (${why}); only what stands before was read: copy or collect it again`,
});
const brokeOff: Trouble = {
  reason: 'truncated',
  detail: 'the gzip data breaks off; only what stands before was read: copy or collect it again',
};

/**
 * Unpacks gzip (RFC 1952): all members of the file, and what can be had of a damaged one. The framing is read here and only the
 * deflate data given to zlib, because zlib's own gunzip loses the last piece of text when junk follows it.
 */
export function gunzip(input: Input, run: Run): Source {
  let trouble: Trouble | undefined;
  const pieces = unpack(input, run, (t) => {
    trouble ??= t;
    return undefined;
  });
  return {
    next: async () => (await pieces.next()).value ?? undefined,
    trouble: () => trouble,
    close: async () => {
      await pieces.return(undefined);
    },
  };
}

async function* unpack(
  input: Input,
  run: Run,
  fail: (trouble: Trouble) => undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const { crc32 } = await import('node:zlib');
  const start = input.offset();
  let total = 0;
  for (let first = true; ; first = false) {
    if (!first) {
      if (!(await anotherMember(input, fail))) return;
      // Each costs a call however short it is, so they count.
      const stop = countMember(run);
      if (stop) return fail(stop);
    }
    if (!(await skipHeader(input))) return fail(input.trouble() ?? brokeOff);
    let crc = 0;
    let size = 0;
    let failure: Trouble | undefined;
    const data = inflate(input, (t) => {
      failure ??= t;
      return undefined;
    });
    for await (const piece of data) {
      crc = crc32(piece, crc);
      size = (size + piece.length) % 2 ** 32;
      total += piece.length;
      run.used.bytes += piece.length;
      yield piece;
      const over = totalReached(run) ?? bomb(run, total, input.offset() - start);
      if (over) return fail(over);
    }
    if (failure) return fail(input.trouble() ?? failure);
    const trailer = new Uint8Array(8);
    if ((await input.fill(trailer)) < 8) return fail(input.trouble() ?? brokeOff);
    const view = new DataView(trailer.buffer);
    if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== size) {
      fail({
        reason: 'unreadable',
        detail: 'the gzip checksum is wrong: parts of the content are not what was packed; copy or collect it again',
      });
    }
  }
}

function bomb({ limits }: Run, unpacked: number, packed: number): Trouble | undefined {
  if (unpacked <= limits.ratioFrom || unpacked <= packed * limits.ratio) return undefined;
  const detail = `unpacks to more than ${limits.ratio} times its size, as decompression bombs do, and was left after ${amount(unpacked)}: unpack it by hand if you trust it`;
  return { reason: 'capped', detail };
}

/** Behind one gzip member: another, padding (zeros, as tape blocks have), or junk, which is reported. */
async function anotherMember(input: Input, fail: (trouble: Trouble) => undefined): Promise<boolean> {
  for (;;) {
    const next = await input.peek(CHUNK / 4);
    if (next.length === 0) {
      const trouble = input.trouble();
      if (trouble) fail(trouble);
      return false;
    }
    const zeros = next.findIndex((b) => b !== 0);
    if (zeros !== 0) {
      await input.skip(zeros === -1 ? next.length : zeros);
      continue;
    }
    if (next[0] === 0x1f && next[1] === 0x8b) return true;
    const detail =
      'bytes that are no gzip data follow its end and were not read: they may be the rest of a damaged file';
    fail({ reason: 'unreadable', detail });
    return false;
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

/** The deflate data at `input`; behind it, `input` stands on the first byte that is not of it. */
async function* inflate(input: Input, fail: (trouble: Trouble) => undefined): AsyncGenerator<Uint8Array> {
  const zlib = await import('node:zlib');
  const small = await inflateSmall(zlib, input);
  if (small) {
    yield small;
    return;
  }
  // Z_SYNC_FLUSH: a missing end is no error, which would cost what is still buffered; `feed` notices it.
  const stream = zlib.createInflateRaw({ chunkSize: CHUNK, finishFlush: SYNC_FLUSH });
  const kept: Uint8Array[] = [];
  let fed = 0;
  let came = 0;
  let wake = (): void => {};
  stream.on('close', () => wake());

  const feed = async (): Promise<void> => {
    for (;;) {
      const piece = await input.next();
      if (piece === undefined) {
        fail(brokeOff);
        stream.end();
        return;
      }
      if (stream.destroyed) {
        input.back(piece);
        return;
      }
      fed += piece.length;
      if (fed <= SALVAGE) kept.push(piece);
      else kept.length = 0;
      await new Promise<void>((resolve) => {
        wake = resolve;
        stream.write(piece, () => resolve());
      });
      // What zlib leaves is behind the end of the data.
      if (stream.destroyed || stream.bytesWritten < fed) {
        input.back(piece.subarray(piece.length - Math.min(piece.length, fed - stream.bytesWritten)));
        return;
      }
    }
  };
  const feeding = feed();
  try {
    for await (const piece of stream) {
      came += piece.length;
      yield piece;
    }
  } catch (error) {
    if (fed <= SALVAGE) yield salvage(zlib, kept).subarray(came);
    else for (let piece = stream.read(); piece !== null; piece = stream.read()) yield piece;
    fail(corrupt(messageOf(error)));
  } finally {
    stream.destroy();
    await feeding;
  }
}

type Zlib = typeof import('node:zlib');

/** Z_SYNC_FLUSH of zlib.h */
const SYNC_FLUSH = 2;
/** Packed data that one call unpacks, without the cost of a stream: most logs, and the many parts that bgzip makes. */
const SMALL = 64 * 1024;
const SMALL_UNPACKED = 4 * 2 ** 20;

async function inflateSmall(zlib: Zlib, input: Input): Promise<Uint8Array | undefined> {
  const packed = await input.peek(SMALL);
  try {
    const options = { finishFlush: SYNC_FLUSH, maxOutputLength: SMALL_UNPACKED, info: true };
    // The type declarations do not know what `info` returns.
    const { buffer, engine } = zlib.inflateRawSync(packed, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    // All of it used up: the data may go on.
    if (engine.bytesWritten === packed.length) return undefined;
    await input.skip(engine.bytesWritten);
    return buffer;
  } catch {
    return undefined;
  }
}

/** Unpacks the longest beginning of `parts` that is free of errors. */
function salvage(zlib: Zlib, parts: readonly Uint8Array[]): Uint8Array {
  const whole = Buffer.concat(parts);
  let good = 0;
  let bad = whole.length;
  let best: Uint8Array = new Uint8Array(0);
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      best = zlib.inflateRawSync(whole.subarray(0, middle), { finishFlush: SYNC_FLUSH, maxOutputLength: 64 * SALVAGE });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return best;
}
