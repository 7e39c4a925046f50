import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { contents, inFolder, put, readAll, readStdin, reasons, stringOf } from './reading.js';
import { tar } from './tar-writer.js';

const LOG = Array.from(
  { length: 5000 },
  (_, i) => `Nov 05 10:00:00 node-1 flanneld[${i}]: subnet added: 10.244.${i % 256}.0/24\n`,
).join('');
/** Text that hardly packs, so that little of it makes many bytes of gzip. */
const noise = (bytes: number): string => `${randomBytes(bytes).toString('hex')}\n`;

test('a packed file keeps its name', async () => {
  await inFolder(async (folder) => {
    const path = put(folder, 'flanneld.log.gz', gzipSync(LOG));
    const seen = await readAll([path]);
    expect(contents(seen)).toEqual([`${path}=${LOG}`]);
    expect(seen.files[0]?.inner).toBe('flanneld.log.gz');
    expect(seen.inputs).toEqual([`file ${path}`]);
    expect(seen.unread).toEqual([]);
  });
});

test('several gzip members, padding, junk behind them', async () => {
  const two = Buffer.concat([gzipSync('a\n'), gzipSync(''), gzipSync(LOG)]);
  expect(contents(await readStdin(two))).toEqual([`-=a\n${LOG}`]);
  const padded = await readStdin(Buffer.concat([two, Buffer.alloc(10_000)]));
  expect(contents(padded)).toEqual([`-=a\n${LOG}`]);
  expect(padded.unread).toEqual([]);
  const junk = await readStdin(Buffer.concat([two, Buffer.from('junk')]));
  expect(contents(junk)).toEqual([`-=a\n${LOG}`]);
  expect(junk.files[0]?.cut).toContain('no gzip data follow');
  expect(reasons(junk)).toEqual(['- unreadable']);
});

test('all header fields of RFC 1952', async () => {
  const body = deflateRawSync(Buffer.from('a\n'));
  const plain = gzipSync('a\n');
  const head = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]);
  const fields = Buffer.concat([
    Buffer.from([3, 0]),
    Buffer.from('abc'),
    Buffer.from('name\0comment\0'),
    Buffer.from([1, 2]),
  ]);
  const seen = await readStdin(Buffer.concat([head, fields, body, plain.subarray(-8)]));
  expect(contents(seen)).toEqual(['-=a\n']);
  expect(seen.unread).toEqual([]);
  for (let end = 2; end < head.length + fields.length; end++) {
    expect(reasons(await readStdin(Buffer.concat([head, fields]).subarray(0, end)))).toEqual(['- truncated']);
  }
});

test.each([
  ['small', 400],
  ['in a stream', 100_000],
])('a cut file gives its beginning: %s', async (_, size) => {
  const text = noise(size);
  const gz = gzipSync(text);
  for (const part of [0.3, 0.6, 0.95]) {
    const seen = await readStdin(gz.subarray(0, Math.floor(gz.length * part)));
    const [file] = seen.files;
    expect(file?.cut).toContain('breaks off');
    expect(file && text.startsWith(stringOf(file))).toBe(true);
    expect(file?.bytes.length).toBeGreaterThan(text.length * part * 0.5);
    expect(reasons(seen)).toEqual(['- truncated']);
  }
});

test.each([
  ['small', 400, 1],
  ['in a stream', 400_000, 1],
  ['longer than what is kept for salvage', 2_500_000, 0.8],
])('a damaged file gives what stands before the damage: %s', async (_, size, least) => {
  const text = noise(size);
  // A flushed block ends on a byte; 0xff begins one of a type that does not exist.
  const good = deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
  const seen = await readStdin(
    Buffer.concat([gzipSync('').subarray(0, 10), good, Buffer.alloc(2000, 0xff)]),
    {},
    65_536,
  );
  const [file] = seen.files;
  expect(file?.cut).toContain('damaged (invalid block type)');
  expect(file && text.startsWith(stringOf(file))).toBe(true);
  expect(file?.bytes.length).toBeGreaterThanOrEqual(text.length * least);
  expect(reasons(seen)).toEqual(['- unreadable']);
});

test('a wrong checksum or length is reported, the text is read', async () => {
  for (const at of [-8, -4]) {
    const gz = gzipSync(LOG);
    gz[gz.length + at] = (gz.at(at) ?? 0) ^ 1;
    const seen = await readStdin(gz);
    expect(contents(seen)).toEqual([`-=${LOG}`]);
    expect(seen.files[0]?.cut).toContain('checksum');
    expect(reasons(seen)).toEqual(['- unreadable']);
  }
  const archive = gzipSync(tar({ name: 'a', body: 'a\n' }));
  archive[archive.length - 8] = (archive.at(-8) ?? 0) ^ 1;
  const seen = await readStdin(archive);
  expect(contents(seen)).toEqual(['-!/a=a\n']);
  expect(reasons(seen)).toEqual(['- unreadable']);
});

test('magic bytes win over names', async () => {
  await inFolder(async (folder) => {
    put(folder, 'a.tar', gzipSync(tar({ name: 'm', body: 'm\n' })));
    put(folder, 'b.gz', 'plain\n');
    put(folder, 'c.log', tar({ name: 'm', body: 'm\n' }));
    put(folder, 'd.tgz', gzipSync('only text\n'));
    const seen = await readAll([folder]);
    expect(seen.files.map((f) => `${f.inner}=${stringOf(f)}`)).toEqual([
      'a.tar!/m=m\n',
      'b.gz=plain\n',
      'c.log!/m=m\n',
      'd.tgz=only text\n',
    ]);
    expect(seen.unread).toEqual([]);
  });
});

test('archives in archives, to the depth limit', async () => {
  const nest = (levels: number): Buffer => {
    let bytes = tar({ name: 'deep', body: 'deep\n' });
    for (let i = 1; i < levels; i++)
      bytes = tar({ name: 'a.tgz', body: gzipSync(bytes) }, { name: 'after', body: `${i}\n` });
    return bytes;
  };
  const eight = await readStdin(nest(8));
  expect(contents(eight)[0]).toBe(`-!/${'a.tgz!/'.repeat(7)}deep=deep\n`);
  expect(eight.files[0]?.inner).toBe(`${'a.tgz!/'.repeat(7)}deep`);
  expect(eight.files).toHaveLength(8);
  expect(eight.unread).toEqual([]);
  const nine = await readStdin(nest(9));
  expect(nine.files).toHaveLength(8);
  expect(reasons(nine)).toEqual([`-!/${'a.tgz!/'.repeat(7)}a.tgz capped`]);
});

test('gzip in gzip ends at the depth limit', async () => {
  let bytes: Buffer = Buffer.from('core\n');
  for (let i = 0; i < 8; i++) bytes = gzipSync(bytes);
  expect(contents(await readStdin(bytes))).toEqual(['-=core\n']);
  const seen = await readStdin(gzipSync(bytes));
  expect(seen.files).toEqual([]);
  expect(reasons(seen)).toEqual(['- capped']);
});

test('an inner archive that is cut spares the outer one', async () => {
  const inner = gzipSync(tar({ name: 'x', body: noise(5000) }));
  const seen = await readStdin(
    gzipSync(tar({ name: 'n1.tgz', body: inner.subarray(0, 3000) }, { name: 'n2', body: 'n2\n' })),
  );
  expect(seen.files.map((f) => [f.path, f.cut !== undefined])).toEqual([
    ['-!/n1.tgz!/x', true],
    ['-!/n2', false],
  ]);
  expect(reasons(seen)).toEqual(['-!/n1.tgz!/x truncated', '-!/n1.tgz truncated']);
});

test('many tiny gzip members cost no stream each', async () => {
  const one = gzipSync('line\n');
  const seen = await readStdin(Buffer.concat(Array.from({ length: 20_000 }, () => one)), {}, 100_000);
  expect(seen.files[0]?.bytes.length).toBe(100_000);
});
