import { another, brokeOff, damaged, type Fail, wrongChecksum } from '../packed.js';
import { amount, countMember, type Run, type Trouble } from '../run.js';
import { isXz } from '../sniff.js';
import type { Input } from '../source.js';
import { CHECK_SIZES, checkOf } from './check.js';
import { lzma2 } from './lzma2.js';

const HEADER = 12;
/** `xz -9` has 64 MiB; what is beyond this would cost more memory than all else. */
const DICTIONARY = 256 * 2 ** 20;

const FILTERS: Readonly<Record<number, string>> = {
  3: 'delta',
  4: 'x86',
  5: 'PowerPC',
  6: 'IA-64',
  7: 'ARM',
  8: 'ARM-Thumb',
  9: 'SPARC',
  10: 'ARM64',
  11: 'RISC-V',
};

/**
 * Unpacks xz (The .xz File Format, version 1.2): all streams and blocks of the file, and what can be had of one that breaks off. No package
 * does: see docs/decisions/2026-11-25-packed-formats.md.
 */
export async function* unxz(input: Input, run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  for (let first = true; ; first = false) {
    if (!first) {
      if (!(await another(input, 'xz', isXz, fail))) return;
      const stop = countMember(run);
      if (stop) return fail(stop);
    }
    const header = new Uint8Array(HEADER);
    if ((await input.fill(header)) < HEADER) return fail(input.trouble() ?? brokeOff('xz'));
    const stop = yield* readStream(input, run, (header[7] as number) & 15, fail);
    if (stop) return fail(stop);
  }
}

/** The blocks of one stream, its index and footer. Returns why reading can't go on. */
async function* readStream(
  input: Input,
  run: Run,
  checkId: number,
  fail: Fail,
): AsyncGenerator<Uint8Array, Trouble | undefined> {
  for (let blocks = 0; ; blocks++) {
    const size = (await input.peek(1))[0];
    if (size === undefined) return input.trouble() ?? brokeOff('xz');
    if (size === 0) return skipIndex(input, blocks);
    const stop = blocks === 0 ? undefined : countMember(run);
    if (stop) return stop;
    const start = input.offset();
    const dictionary = await readBlockHeader(input, (size + 1) * 4);
    if (typeof dictionary !== 'number') return dictionary;
    const check = await checkOf(checkId);
    const data = lzma2(input, dictionary);
    for (let piece = await data.next(); ; piece = await data.next()) {
      if (piece.done) {
        if (piece.value) return piece.value;
        break;
      }
      check?.update(piece.value);
      yield piece.value;
    }
    await input.skip((4 - ((input.offset() - start) % 4)) % 4);
    const stored = new Uint8Array(CHECK_SIZES[checkId] ?? 0);
    if ((await input.fill(stored)) < stored.length) return input.trouble() ?? brokeOff('xz');
    if (check && Buffer.compare(check.digest(), stored) !== 0) fail(wrongChecksum('xz'));
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Seven bits a byte, the lowest first; at most nine bytes. `undefined` when it is cut or longer. */
function number(cursor: Cursor): number | undefined {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** The size of the dictionary that a block needs, or why the block is not read. */
async function readBlockHeader(input: Input, size: number): Promise<number | Trouble> {
  const { crc32 } = await import('node:zlib');
  const bytes = new Uint8Array(size);
  if ((await input.fill(bytes)) < size) return input.trouble() ?? brokeOff('xz');
  if (new DataView(bytes.buffer).getUint32(size - 4, true) !== crc32(bytes.subarray(0, size - 4)))
    return damaged('xz', 'the header of a block has a wrong checksum');
  const flags = bytes[1] as number;
  const cursor: Cursor = { bytes: bytes.subarray(0, size - 4), at: 2 };
  if (flags & 0x40) number(cursor);
  if (flags & 0x80) number(cursor);
  const id = number(cursor);
  if ((flags & 3) !== 0 || id !== 0x21) {
    const name = FILTERS[id ?? -1] ?? `number ${id}`;
    const detail = `packed with the filter ${name}, which is not read: unpack it (\`xz -dk FILE\`) and lint the result`;
    return { reason: 'unsupported', detail };
  }
  cursor.at++;
  const bits = (cursor.bytes[cursor.at] ?? 0xff) & 0xff;
  if (bits > 40) return damaged('xz', 'a dictionary of impossible size');
  const dictionary = bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >>> 1) + 11);
  if (dictionary <= DICTIONARY) return Math.max(4096, dictionary);
  const detail = `packed with a dictionary of ${amount(dictionary)}, and ${amount(DICTIONARY)} are the limit: unpack it (\`xz -dk FILE\`) and lint the result`;
  return { reason: 'capped', detail };
}

/** Behind the blocks: their sizes once more, and the footer. Both repeat what was read already. */
async function skipIndex(input: Input, blocks: number): Promise<Trouble | undefined> {
  const start = input.offset();
  await input.skip(1);
  const next = async (): Promise<number | undefined> => {
    const cursor: Cursor = { bytes: await input.peek(9), at: 0 };
    const value = number(cursor);
    await input.skip(Math.min(cursor.at, cursor.bytes.length));
    return value;
  };
  if ((await next()) !== blocks) return ended(input);
  for (let i = 0; i < 2 * blocks; i++) if ((await next()) === undefined) return ended(input);
  const left = ((4 - ((input.offset() - start) % 4)) % 4) + 4;
  if ((await input.skip(left)) < left) return ended(input);
  const footer = new Uint8Array(HEADER);
  if ((await input.fill(footer)) < HEADER) return ended(input);
  return footer[10] === 0x59 && footer[11] === 0x5a ? undefined : damaged('xz', 'the end of a stream is none');
}

async function ended(input: Input): Promise<Trouble> {
  if ((await input.peek(1)).length > 0) return damaged('xz', 'the index has false sizes');
  return input.trouble() ?? brokeOff('xz');
}
