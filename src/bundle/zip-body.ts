import { inflate } from './inflate.js';
import { UNPACKERS } from './member.js';
import { brokeOff, damaged, type Fail, unpacked, wrongChecksum } from './packed.js';
import type { Run, Trouble } from './run.js';
import { CHUNK, type Input, inputOf, limited, type Source } from './source.js';
import { DESCRIPTOR, type Local, readDescriptor, viewOf } from './zip-header.js';

const STORED = 0;
const DEFLATED = 8;
const LONGEST_DESCRIPTOR = 24;

const PACKED: Readonly<Record<number, 'bzip2' | 'zstd' | 'xz'>> = { 12: 'bzip2', 93: 'zstd', 95: 'xz' };
const NAMES: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  14: 'LZMA',
  19: 'LZ77',
  94: 'MP3',
  96: 'JPEG',
  97: 'WavPack',
  98: 'PPMd',
  99: 'AES',
};

/** Why a member can't be read at all. */
export function refusedMember({ encrypted, method }: Local): Trouble | undefined {
  if (encrypted)
    return {
      reason: 'unsupported',
      detail: 'encrypted: unpack it with its password (`7z x FILE`) and lint the result',
    };
  if (method === STORED || method === DEFLATED || method in PACKED) return undefined;
  const detail = `packed with ${NAMES[method] ?? `method ${method}`}, which is not read: unpack it (\`7z x FILE\`) and lint the result`;
  return { reason: 'unsupported', detail };
}

export interface Body {
  readonly source: Source;
  /** Leaves `input` behind the member, whatever was read of it; false when its end could not be found. */
  readonly finish: () => Promise<boolean>;
}

/** The content of a member whose header was just read. */
export function bodyOf(input: Input, run: Run, local: Local): Body {
  const { packed, method } = local;
  const start = input.offset();
  const raw =
    packed === undefined ? input : inputOf(method === DEFLATED ? padded(input, packed) : limited(input, packed));
  const source = unpacked(raw, run, (from, _, fail) => contentOf(from, run, local, input, fail), method === STORED);
  return {
    source,
    async finish() {
      if (packed !== undefined) {
        await source.close();
        await input.skip(start + packed - input.offset());
        if (local.streamed) await skipDescriptor(input, packed, local.size ?? 0);
        return true;
      }
      // The end of deflated data shows only when it is unpacked.
      while ((await source.next()) !== undefined);
      const ended = source.trouble() === undefined;
      await source.close();
      return ended;
    },
  };
}

/** One byte more than there is: zlib shows the end of its data by what it leaves. */
function padded(input: Input, size: number): Source {
  const body = limited(input, size);
  let ended = false;
  return {
    ...body,
    async next() {
      const piece = await body.next();
      if (piece || ended || body.trouble()) return piece;
      ended = true;
      return new Uint8Array(1);
    },
  };
}

async function skipDescriptor(input: Input, packed: number, size: number): Promise<void> {
  const found = readDescriptor(await input.peek(LONGEST_DESCRIPTOR), packed, size);
  if (found) await input.skip(found.length);
}

async function* contentOf(
  raw: Input,
  run: Run,
  local: Local,
  input: Input,
  fail: Fail,
): AsyncGenerator<Uint8Array, unknown> {
  const { crc32 } = await import('node:zlib');
  const start = raw.offset();
  let crc = 0;
  let size = 0;
  let failed = false;
  const inner: Fail = (trouble) => {
    failed = true;
    return fail(raw.trouble() ?? trouble);
  };
  for await (const piece of await piecesOf(raw, run, local, inner)) {
    crc = crc32(piece, crc);
    size += piece.length;
    yield piece;
  }
  if (failed) return undefined;
  if (local.packed !== undefined) {
    if (size !== local.size) return fail(damaged('zip', 'a member has not the size that it announces'));
    return crc === local.crc || (local.streamed && local.crc === 0) ? undefined : fail(wrongChecksum('zip'));
  }
  const descriptor = readDescriptor(await input.peek(LONGEST_DESCRIPTOR), input.offset() - start, size);
  if (!descriptor) return fail(input.trouble() ?? brokeOff('zip'));
  await input.skip(descriptor.length);
  return descriptor.crc === crc ? undefined : fail(wrongChecksum('zip'));
}

async function piecesOf(raw: Input, run: Run, local: Local, fail: Fail): Promise<AsyncGenerator<Uint8Array, unknown>> {
  const packed = PACKED[local.method];
  if (packed) return (await UNPACKERS[packed]())(raw, run, fail);
  if (local.method === DEFLATED) return inflate(raw, 'zip', fail);
  return local.packed === undefined ? untilDescriptor(raw, fail) : plain(raw, fail);
}

async function* plain(raw: Input, fail: Fail): AsyncGenerator<Uint8Array> {
  for (let piece = await raw.next(); piece; piece = await raw.next()) yield piece;
  const trouble = raw.trouble();
  if (trouble) fail(trouble);
}

/**
 * Content that is neither packed nor of known size (Go's archive/zip writes it): it ends before a descriptor that has the right size and
 * checksum. Archives inside hold descriptors too, with others.
 */
async function* untilDescriptor(raw: Input, fail: Fail): AsyncGenerator<Uint8Array> {
  const { crc32 } = await import('node:zlib');
  let crc = 0;
  let size = 0;
  for (;;) {
    const next = await raw.peek(CHUNK / 4);
    const last = next.length < CHUNK / 4;
    const view = viewOf(next);
    // A descriptor that is not wholly seen is looked at again with what follows; one that breaks off is no content.
    const scanned = last ? beforeDescriptor(next) : next.length - LONGEST_DESCRIPTOR;
    for (let at = next.indexOf(0x50); at !== -1 && at < scanned; at = next.indexOf(0x50, at + 1)) {
      if (at + 16 > next.length || view.getUint32(at, true) !== DESCRIPTOR) continue;
      const found = readDescriptor(next.subarray(at, at + LONGEST_DESCRIPTOR), size + at, size + at);
      if (!found || crc32(next.subarray(0, at), crc) !== found.crc) continue;
      await raw.skip(at);
      if (at > 0) yield next.subarray(0, at);
      return;
    }
    if (scanned > 0) {
      const piece = next.subarray(0, scanned);
      await raw.skip(scanned);
      crc = crc32(piece, crc);
      size += scanned;
      yield piece;
    }
    if (last) {
      fail(raw.trouble() ?? brokeOff('zip'));
      return;
    }
  }
}

/** Where a descriptor may begin that is not whole. */
function beforeDescriptor(bytes: Uint8Array): number {
  for (let at = Math.max(0, bytes.length - LONGEST_DESCRIPTOR + 1); at < bytes.length; at++)
    if ([0x50, 0x4b, 7, 8].every((b, i) => at + i >= bytes.length || bytes[at + i] === b)) return at;
  return bytes.length;
}
