import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { reread } from '../../src/bundle/index.js';
import { textOf } from '../../src/kit/index.js';
import { lzmaAlone } from './lzma-writer.js';
import { contents, inFolder, pieces, put, readAll, readStdin, reasons, type Seen, stringOf } from './reading.js';
import { tar } from './tar-writer.js';
import { zip } from './zip-writer.js';

/** What tools wrote; the README beside the files says how. */
const folder = join(import.meta.dirname, 'packed');
const sample = (name: string): Buffer => readFileSync(join(folder, name));

const numbers = Array.from({ length: 39 }, (_, i) => i + 1);
const hex = (n: number): string => (n % 256).toString(16).padStart(2, '0');
const ROUTES = numbers.map((i) => `10.244.${i}.0/24 via 10.244.${i}.0 dev flannel.1 onlink \n`).join('');
const NEIGHBOURS = numbers
  .map((i) => `10.244.${i}.0 dev flannel.1 lladdr 3e:5c:${hex(i)}:7a:${hex(i * 7)}:01 PERMANENT\n`)
  .join('');
const LOG =
  `${'I0312 09:14:02 first line\n'.repeat(400).padEnd(40_000, '\0')}${'I0312 09:14:02 last line\n'.repeat(3)}`.padEnd(
    60_000,
    '\0',
  );
const NODE_1 = { 'case/node-1/ip-neigh.txt': NEIGHBOURS, 'case/node-1/ip-route.txt': ROUTES };
const ALL = { ...NODE_1, 'case/node-2/empty': '', 'case/node-2/hostname': 'node-2' };
const TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'blocks-sha256.tar.xz': ALL,
  'bzip2.zip': NODE_1,
  'default.tar.bz2': ALL,
  'default.tar.lzma': ALL,
  'default.tar.xz': ALL,
  'default.tar.zst': ALL,
  'default.zip': ALL,
  'frames.tar.zst': ALL,
  'piped-19.tar.zst': ALL,
  'pixz.tar.xz': ALL,
  'sparse-gnu.tar.xz': { 'kubelet.log': LOG },
  'sparse-posix.tar.xz': { 'kubelet.log': LOG },
  'streamed.zip': { ...ALL, 'case/node-2/route': ROUTES },
  'streams.tar.bz2': ALL,
  'streams.tar.xz': ALL,
  'xz.zip': NODE_1,
  'zip64.zip': ALL,
};
const REFUSED = ['case.7z', 'case.tar.lz4', 'deflate64.zip', 'encrypted.zip'];

const textsOf = (seen: Seen): Readonly<Record<string, string>> =>
  Object.fromEntries(seen.files.map((f) => [f.path.replace('-!/', ''), stringOf(f)]));

test('each sample is asked for', () => {
  const there = readdirSync(folder).filter((f) => !/^(?:bundle|one|zeros)\.|\.md$/.test(f));
  expect([...Object.keys(TEXTS), ...REFUSED].sort()).toEqual(there.sort());
});

describe.each(Object.entries(TEXTS))('%s', (name, texts) => {
  const bytes = sample(name);

  test('is read whole, in pieces of any size', async () => {
    for (const step of [1, 700, 100_000]) {
      const seen = await readStdin(bytes, {}, step);
      expect(textsOf(seen)).toEqual(texts);
      expect(seen.unread).toEqual([]);
      expect(seen.files.filter((f) => f.cut !== undefined)).toEqual([]);
      if ('case/node-2/empty' in texts && !('case/node-2/route' in texts))
        expect(seen.links).toEqual(['-!/case/node-2/route -> -!/case/node-1/ip-route.txt']);
    }
  });

  test('cut anywhere it gives a beginning, and says so', async () => {
    let most = 0;
    // A frame that is to be skipped is a whole file without content.
    for (let end = name === 'frames.tar.zst' ? 13 : 6; end < bytes.length; end++) {
      const seen = await readStdin(bytes.subarray(0, end), {}, 4096);
      expect(seen.unread.length).toBeGreaterThan(0);
      for (const file of seen.files) {
        const text = texts[file.path.replace('-!/', '')];
        // A tar or a link of which too little came to tell what it is.
        if (text === undefined) expect(file.path === '-' ? file.cut : file.path).toMatch(/breaks off|route$/);
        else if (file.cut === undefined) expect(stringOf(file)).toBe(text);
        else expect(text.startsWith(stringOf(file))).toBe(true);
      }
      most = Math.max(most, seen.files.length);
    }
    // One block and nothing behind it: all or nothing.
    expect(most).toBeGreaterThanOrEqual(name === 'piped-19.tar.zst' ? 0 : Object.keys(texts).length);
  }, 60_000);

  test('spoilt anywhere it ends in a report', async () => {
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const spoilt = Uint8Array.from(bytes);
        for (const [at, value] of changes) spoilt[at] = value;
        const seen = await readStdin(spoilt);
        expect(seen.files.length + seen.unread.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  test('a line of it is read again', async () => {
    const [first = '', text = ''] = Object.entries(texts).find(([, t]) => t.includes('\n')) ?? [];
    const wanted = new Map([[`-!/${first}`, new Set([3])]]);
    const found = await reread(['-'], wanted, { stdin: pieces(bytes), decode: textOf });
    expect(found.get(`-!/${first}`)?.get(3)).toBe(text.split('\n')[2]);
  });
});

test.each([
  ['case.7z', ['- unsupported']],
  ['case.tar.lz4', ['- unsupported']],
  ['deflate64.zip', ['-!/case/node-1/ip-neigh.txt unsupported', '-!/case/node-1/ip-route.txt unsupported']],
  ['encrypted.zip', ['-!/case/node-1/ip-route.txt unsupported', '-!/case/node-1/ip-neigh.txt unsupported']],
])('%s is named', async (name, expected) => {
  expect(reasons(await readStdin(sample(name)))).toEqual(expected);
});

test.each(['default.tar.xz', 'default.tar.zst', 'default.tar.bz2'])('%s: streams, padding, junk', async (name) => {
  const bytes = sample(name);
  const again = await readStdin(Buffer.concat([bytes, bytes, Buffer.alloc(4096)]));
  expect(again.unread).toEqual([]);
  expect(again.files).toHaveLength(8);
  expect(again.replaced).toHaveLength(5);
  const junk = await readStdin(Buffer.concat([bytes, Buffer.from('no such data')]));
  expect(textsOf(junk)).toEqual(ALL);
  expect(junk.unread.map((u) => u.detail)).toEqual([expect.stringMatching(/no (xz|zstd|bzip2) data follow its end/)]);
});

test('magic bytes win over names, and any depth is read in any mix', async () => {
  const packed = ['default.tar.xz', 'default.tar.zst', 'default.tar.bz2', 'default.zip'].map(sample);
  await inFolder(async (at) => {
    const names = ['a.zip', 'b.tar.gz', 'c.txt', 'd.tar.xz'];
    for (const [i, name] of names.entries()) put(at, name, packed[i] ?? '');
    const seen = await readAll([at]);
    expect(seen.unread).toEqual([]);
    for (const name of names)
      expect(seen.files.map((f) => f.path)).toContain(`${at}/${name}!/case/node-1/ip-route.txt`);
    expect(seen.files).toHaveLength(16);
  });
  const [xz, zst, bz2] = packed;
  const mixed = zip({
    name: 'n1.zip',
    body: zip(
      { name: 'x.txz', body: xz ?? '' },
      { name: 't.tar', body: tar({ name: 'z.tzst', body: zst ?? '' }, { name: 'b.gz', body: gzipSync(bz2 ?? '') }) },
    ),
    method: 0,
  });
  const seen = await readStdin(mixed);
  expect(seen.unread).toEqual([]);
  for (const path of ['x.txz', 't.tar!/z.tzst', 't.tar!/b.gz'])
    expect(contents(seen)).toContain(`-!/n1.zip!/${path}!/case/node-1/ip-route.txt=${ROUTES}`);
});

/** Streams that need no packing: chunks, blocks and frames of text as it is. */
const lzma2Raw = (text: Buffer): Buffer => {
  const chunks: Buffer[] = [];
  for (let i = 0; i < text.length; i += 65_536) {
    const part = text.subarray(i, i + 65_536);
    chunks.push(Buffer.from([i === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 255]), part);
  }
  return Buffer.concat([...chunks, Buffer.from([0])]);
};
/** The header of a stream and of a block without check, as `xz --check=none` writes them. */
const xzWith = (body: Buffer, dictionary: number): Buffer => {
  const head = Buffer.from('fd377a585a000000ff12d941', 'hex');
  const block = Buffer.from([2, 0, 0x21, 1, dictionary, 0, 0, 0]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crcOf(block));
  return Buffer.concat([head, block, crc, body]);
};
const crcOf = (bytes: Uint8Array): number => {
  let crc = -1;
  for (const b of bytes) {
    crc ^= b;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
};

describe('xz', () => {
  test('raw chunks, and a file that breaks off inside one', async () => {
    const text = Buffer.from(randomBytes(100_000).toString('hex'));
    const seen = await readStdin(xzWith(lzma2Raw(text), 22));
    expect(seen.files[0]?.bytes.length).toBe(text.length);
    expect(seen.files[0]?.cut).toContain('breaks off');
    const cut = await readStdin(xzWith(lzma2Raw(text).subarray(0, 150_000), 22));
    expect(
      text.toString().startsWith(stringOf(cut.files[0] ?? { path: '', inner: '', bytes: new Uint8Array(0) })),
    ).toBe(true);
    expect(cut.files[0]?.bytes.length).toBe(150_000 - 9);
  });

  test('a dictionary that is too large, and one that is only announced', async () => {
    const large = await readStdin(xzWith(lzma2Raw(Buffer.from('x\n')), 38));
    expect(large.unread).toMatchObject([{ reason: 'capped' }]);
    expect(large.unread[0]?.detail).toContain('dictionary of 2048 MiB');
    const before = process.memoryUsage().rss;
    const announced = await readStdin(xzWith(lzma2Raw(Buffer.from('text\n'.repeat(20))), 32));
    expect(announced.files).toHaveLength(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  test.each([
    ['a chunk that needs what is not there', [2, 0, 0, 0x41, 0]],
    ['an unknown chunk', [9, 0, 0, 0]],
    ['properties that can not be', [0xe0, 0, 9, 0, 9, 225, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['no properties', [1, 0, 0, 0x41, 0x80, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0]],
    ['a match before the beginning', [0xe0, 0, 9, 0, 9, 0x5d, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s is damage', async (_, body) => {
    const seen = await readStdin(xzWith(Buffer.from(body), 22));
    expect(seen.unread.at(-1)).toMatchObject({ reason: 'unreadable', detail: expect.stringContaining('damaged') });
  });

  test('a wrong check is reported, the text is read', async () => {
    for (const name of ['default.tar.xz', 'blocks-sha256.tar.xz']) {
      const bytes = Buffer.from(sample(name));
      const index = name === 'default.tar.xz' ? bytes.length - 12 - 8 - 9 : 300;
      let seen = await readStdin(bytes);
      // Finds a byte of a check: all texts stay the same when it is changed.
      for (let at = index; at < bytes.length && !seen.unread.some((u) => u.detail.includes('checksum')); at++) {
        const spoilt = Buffer.from(bytes);
        spoilt[at] = (spoilt[at] ?? 0) ^ 1;
        seen = await readStdin(spoilt);
      }
      expect(textsOf(seen)).toEqual(ALL);
      expect(seen.unread.map((u) => u.reason)).toEqual(['unreadable']);
    }
  });
});

describe('lzma', () => {
  /** The size of the content in the header, where `lzma` writes that it is unknown. */
  const sized = (bytes: Buffer, size: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeBigUInt64LE(BigInt(size), 5);
    return copy;
  };

  test('the sizes at which the coder needs more', async () => {
    for (const length of [0, 1, 255, 256, 70_000]) {
      const text = 'line\n'.repeat(length / 5).padEnd(length, 'x');
      const seen = await readStdin(lzmaAlone(Buffer.from(text)), {}, 97);
      expect(contents(seen)).toEqual([`-=${text}`]);
      expect(seen.unread).toEqual([]);
    }
  });

  test('a size in the header, with the mark that tools write without one', async () => {
    expect(contents(await readStdin(sample('one.lzma')))).toEqual(['-=line\n']);
    const told = await readStdin(sized(sample('one.lzma'), 5));
    expect(contents(told)).toEqual(['-=line\n']);
    expect(told.unread).toEqual([]);
  });

  test('a size that is wrong, and bytes behind the end, are reported', async () => {
    for (const size of [3, 7]) {
      const seen = await readStdin(sized(sample('one.lzma'), size));
      expect(contents(seen)).toEqual([`-=${'line\n'.slice(0, size)}`]);
      expect(seen.unread).toMatchObject([{ reason: 'unreadable', detail: expect.stringContaining('damaged') }]);
    }
    const junk = await readStdin(Buffer.concat([sample('default.tar.lzma'), Buffer.from('no such data')]));
    expect(textsOf(junk)).toEqual(ALL);
    expect(junk.unread.map((u) => u.detail)).toEqual([expect.stringMatching(/no lzma data follow its end/)]);
  });

  test('a dictionary that is too large', async () => {
    const bytes = Buffer.from(sample('one.lzma'));
    bytes.writeUInt32LE(2 ** 31, 1);
    const seen = await readStdin(bytes);
    expect(seen.unread).toMatchObject([{ reason: 'capped', detail: expect.stringContaining('of 2048 MiB') }]);
  });
});

const zstdFrame = (header: readonly number[], ...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), ...blocks]);
/** A block: 0 raw, 1 one byte often. */
const zstdBlock = (last: boolean, kind: 0 | 1, size: number, body: Buffer): Buffer => {
  const head = size * 8 + kind * 2 + (last ? 1 : 0);
  return Buffer.concat([Buffer.from([head & 255, (head >> 8) & 255, head >> 16]), body]);
};

describe('zstd', () => {
  test('raw and repeated blocks, and a beginning of a raw one', async () => {
    const text = Buffer.from('text\n'.repeat(200));
    const frame = zstdFrame([0, 0x50], zstdBlock(false, 0, 1000, text), zstdBlock(true, 1, 5, Buffer.from('x')));
    expect(contents(await readStdin(frame))).toEqual([`-=${text}xxxxx`]);
    const cut = await readStdin(frame.subarray(0, 500));
    expect(contents(cut)).toEqual([`-=${text.subarray(0, 500 - 9)}`]);
    expect(reasons(cut)).toEqual(['- truncated']);
  });

  test.each([
    ['a window that is too large', [0, 0xf8], 'capped', 'a window of'],
    ['a dictionary', [1, 0x50, 7], 'unsupported', 'a dictionary of its own'],
    ['a reserved bit', [8, 0x50], 'unreadable', 'reserved'],
  ])('%s', async (_, header, reason, detail) => {
    const seen = await readStdin(zstdFrame(header, zstdBlock(true, 0, 5, Buffer.from('text\n'))));
    expect(seen.unread).toMatchObject([{ reason, detail: expect.stringContaining(detail) }]);
  });

  test('a size or checksum that is wrong is reported, the text is read', async () => {
    const block = zstdBlock(true, 0, 5, Buffer.from('text\n'));
    const size = await readStdin(zstdFrame([0x20, 6], block));
    expect(contents(size)).toEqual(['-=text\n']);
    expect(size.unread[0]?.detail).toContain('not the size that it announces');
    const sum = await readStdin(zstdFrame([0x24, 5], block, Buffer.from([1, 2, 3, 4])));
    expect(contents(sum)).toEqual(['-=text\n']);
    expect(sum.unread[0]?.detail).toContain('checksum');
  });

  test('frames that are to be skipped only', async () => {
    const skipped = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect(contents(await readStdin(skipped))).toEqual(['-=']);
    expect(reasons(await readStdin(skipped.subarray(0, 10)))).toEqual(['- truncated']);
  });
});

describe('decompression bombs are left early', () => {
  test.each([
    [
      'zstd',
      zstdFrame([0, 0x58], ...Array.from({ length: 400 }, () => zstdBlock(false, 1, 131_072, Buffer.from('a')))),
    ],
    ['bzip2', Buffer.from(sample('zeros.bz2'))],
    ['xz', Buffer.from(sample('zeros.xz'))],
    ['lzma', Buffer.from(sample('zeros.lzma'))],
  ])('%s', async (_, bomb) => {
    const alone = await readStdin(bomb);
    expect(reasons(alone)).toEqual(['- capped']);
    expect(alone.unread[0]?.detail).toContain('1000 times its size');
    const inside = await readStdin(tar({ name: 'bomb', body: bomb }, { name: 'after', body: 'after\n' }));
    expect(contents(inside).at(-1)).toBe('-!/after=after\n');
    expect(reasons(inside)).toEqual(['-!/bomb capped']);
  });
});

test('the parts of a file count as members', async () => {
  const limits = { members: 20 };
  for (const name of ['one.xz', 'one.zst', 'one.bz2']) {
    const one = sample(name);
    const seen = await readStdin(Buffer.concat(Array.from({ length: 50 }, () => one)), { limits });
    expect(contents(seen)).toEqual([`-=${'line\n'.repeat(21)}`]);
    expect(reasons(seen)).toEqual(['- capped']);
  }
});
