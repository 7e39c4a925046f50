import { messageOf } from './error.js';
import { brokeOff, damaged, type Fail } from './packed.js';
import { CHUNK, type Input } from './source.js';

/** Packed bytes that are kept to salvage what stands before a defect: zlib drops the output of the step that fails. */
const SALVAGE = 2 ** 20;

/** The deflate data at `input`; behind it, `input` stands on the first byte that is not of it. */
export async function* inflate(input: Input, format: string, fail: Fail): AsyncGenerator<Uint8Array> {
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
        fail(brokeOff(format));
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
    fail(damaged(format, messageOf(error)));
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
