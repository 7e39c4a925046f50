import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { contents, inFolder, put, readAll, readStdin, reasons } from './reading.js';
import { tar } from './tar-writer.js';

const MIB = 2 ** 20;

test('bytes of one member: the beginning is read', async () => {
  const limits = { memberBytes: 10 };
  const archive = tar(
    { name: 'a', body: '0123456789' },
    { name: 'b', body: '0123456789x' },
    { name: 'c', body: gzipSync('0123456789x') },
  );
  const seen = await readStdin(archive, { limits });
  expect(contents(seen)).toEqual(['-!/a=0123456789', '-!/b=0123456789', '-!/c=0123456789']);
  expect(seen.files.map((f) => f.cut === undefined)).toEqual([true, false, false]);
  expect(reasons(seen)).toEqual(['-!/b capped', '-!/c capped']);
  await inFolder(async (folder) => {
    const path = put(folder, 'big', 'x'.repeat(11));
    const one = await readAll([path], { limits });
    expect(one.files[0]?.bytes.length).toBe(10);
    expect(one.unread).toMatchObject([{ path, reason: 'capped', bytes: 11 }]);
  });
});

test('a member of unknown size beyond the buffers is read whole, or up to its limit', async () => {
  const text = Buffer.alloc(9 * MIB, 'line of text\n');
  const gz = gzipSync(text);
  const whole = await readStdin(gz);
  expect(whole.files[0]?.bytes.length).toBe(text.length);
  expect(Buffer.compare(whole.files[0]?.bytes ?? new Uint8Array(0), text)).toBe(0);
  const part = await readStdin(gz, { limits: { memberBytes: 8 * MIB } });
  expect(part.files[0]?.bytes.length).toBe(8 * MIB);
  expect(reasons(part)).toEqual(['- capped']);
});

test('bytes in all', async () => {
  const limits = { totalBytes: 300_000 };
  const members = Array.from({ length: 8 }, (_, i) => ({ name: `m${i}`, body: randomBytes(50_000).toString('hex') }));
  const packed = await readStdin(gzipSync(tar(...members)), { limits });
  expect(packed.files.length).toBeGreaterThan(1);
  expect(packed.files.length).toBeLessThan(8);
  expect(packed.unread.at(-1)).toMatchObject({ path: '-', reason: 'capped' });
  await inFolder(async (folder) => {
    for (const { name, body } of members) put(folder, name, body);
    const seen = await readAll([folder, put(folder, '../zz', 'other input')], { limits });
    expect(seen.files).toHaveLength(4);
    expect(seen.unread.map((u) => u.reason)).toEqual(['capped', 'capped']);
  });
});

test('number of members, nested ones counted', async () => {
  const three = (n: string) => ['a', 'b', 'c'].map((m) => ({ name: n + m, body: 'x' }));
  const archive = tar({ name: 'one.tar', body: tar(...three('1')) }, ...three('2'));
  const seen = await readStdin(archive, { limits: { members: 5 } });
  expect(seen.files.map((f) => f.inner)).toEqual(['one.tar!/1a', 'one.tar!/1b', 'one.tar!/1c', '2a']);
  expect(reasons(seen)).toEqual(['- capped']);
  await inFolder(async (folder) => {
    for (const { name, body } of three('f')) put(folder, name, body);
    expect(reasons(await readAll([folder], { limits: { members: 2 } }))).toEqual([`${folder} capped`]);
  });
});

test('the parts of a gzip file count as members', async () => {
  const seen = await readStdin(Buffer.concat(Array.from({ length: 50 }, () => gzipSync('x'))), {
    limits: { members: 20 },
  });
  expect(contents(seen)).toEqual([`-=${'x'.repeat(21)}`]);
  expect(reasons(seen)).toEqual(['- capped']);
});

test('a decompression bomb is left early, alone and in an archive', async () => {
  const zeros = gzipSync(Buffer.alloc(40 * MIB, 'a'), { level: 9 });
  const alone = await readStdin(zeros);
  expect(reasons(alone)).toEqual(['- capped']);
  expect(alone.unread[0]?.detail).toContain('1000 times its size');
  expect(alone.files[0]?.bytes.length).toBeLessThan(20 * MIB);
  const inside = await readStdin(tar({ name: 'bomb.gz', body: zeros }, { name: 'after', body: 'after\n' }));
  expect(contents(inside).at(-1)).toBe('-!/after=after\n');
  expect(reasons(inside)).toEqual(['-!/bomb.gz capped']);
});

test('an announced size costs no memory', async () => {
  const before = process.memoryUsage().rss;
  const seen = await readStdin(
    tar(...Array.from({ length: 3 }, (_, i) => ({ name: `m${i}`, size: 250 * MIB, body: 'x\n'.repeat(8192) }))),
  );
  expect(seen.files).toHaveLength(1);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
});
