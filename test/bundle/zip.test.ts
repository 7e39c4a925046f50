import { gzipSync } from 'node:zlib';
import { contents, readStdin, reasons, stringOf } from './reading.js';
import { tar } from './tar-writer.js';
import { zip, zipLink } from './zip-writer.js';

const ROUTE = 'default via 192.168.1.1 dev eth0\n';
const LOG = 'I0312 09:14:02 line of text\n'.repeat(9000);

test('members deflated and stored, with sizes before, behind and wide', async () => {
  const seen = await readStdin(
    zip(
      { name: 'case/', body: '', method: 0 },
      { name: 'case/deflated', body: ROUTE, mtime: 1_573_000_000 },
      { name: 'case/stored', body: ROUTE, method: 0 },
      { name: 'case/empty', body: '', method: 0 },
      { name: 'case/nothing', body: '' },
      { name: 'case/wide', body: ROUTE, wide: true },
      { name: 'case/signed', body: ROUTE, streamed: 'signed' },
      { name: 'case/bare', body: ROUTE, streamed: 'bare' },
      { name: 'case/long', body: LOG, streamed: 'wide' },
    ),
  );
  expect(seen.unread).toEqual([]);
  expect(contents(seen)).toEqual([
    `-!/case/deflated=${ROUTE}`,
    `-!/case/stored=${ROUTE}`,
    '-!/case/empty=',
    '-!/case/nothing=',
    `-!/case/wide=${ROUTE}`,
    `-!/case/signed=${ROUTE}`,
    `-!/case/bare=${ROUTE}`,
    `-!/case/long=${LOG}`,
  ]);
  expect(seen.files[0]).toMatchObject({ inner: 'case/deflated', mtime: 1_573_000_000 });
  expect(seen.files[1]).not.toHaveProperty('mtime');
});

test('stored members of unknown size end where their descriptor says, archives inside them too', async () => {
  const inner = zip(
    { name: 'deep', body: ROUTE, method: 0, streamed: 'signed' },
    { name: 'log', body: LOG, method: 0, streamed: 'wide' },
  );
  for (const streamed of ['signed', 'wide'] as const) {
    const seen = await readStdin(
      zip(
        { name: 'node-1.zip', body: inner, method: 0, streamed },
        { name: 'false', body: 'PK\x07\x08 is a signature\n', method: 0, streamed },
        { name: 'none', method: 0, streamed },
      ),
    );
    expect(seen.unread).toEqual([]);
    expect(contents(seen)).toEqual([
      `-!/node-1.zip!/deep=${ROUTE}`,
      `-!/node-1.zip!/log=${LOG}`,
      '-!/false=PK\x07\x08 is a signature\n',
      '-!/none=',
    ]);
  }
});

test('names: flagged, as UTF-8, as code page 437, in an extra field, with backslashes, and hostile ones', async () => {
  const field = Buffer.concat([Buffer.from([0x75, 0x70, 9, 0, 1, 0, 0, 0, 0]), Buffer.from('ötz')]);
  const seen = await readStdin(
    zip(
      { name: 'größe', flags: 0x800, body: '1' },
      { name: 'maß', body: '2' },
      { name: Buffer.from([0x81, 0x62]), body: '3' },
      { name: '?tz', extra: field, body: '4' },
      { name: 'node-1\\net\\ip-route', body: '5' },
      { name: 'node-1/dev-disk\\x2dby', body: '6' },
      { name: '/etc/hosts', body: '7' },
      { name: '..\\..\\windows\\win.ini', body: '8' },
      { name: 'C:\\Users\\x', body: '9' },
      { name: 'nul\0\x1b[2J', body: '10' },
    ),
  );
  expect(
    seen.files
      .map((f) => [f.inner, stringOf(f)])
      .sort((a, b) => Number(a[1]) - Number(b[1]))
      .map(([n]) => n),
  ).toEqual([
    'größe',
    'maß',
    'üb',
    'ötz',
    'node-1/net/ip-route',
    'node-1/dev-disk\\x2dby',
    'etc/hosts',
    'windows/win.ini',
    'Users/x',
    'nul\0\x1b[2J',
  ]);
  expect(reasons(seen)).toEqual(['- unsupported']);
  expect(seen.unread[0]?.detail).toContain('3 member names begin with / or a drive, or lead upwards');
});

test('what is encrypted or packed in another way is named, and what follows is read', async () => {
  const seen = await readStdin(
    zip(
      { name: 'secret', body: 'x'.repeat(100), flags: 1 },
      { name: 'secret stream', body: 'x'.repeat(100), flags: 1, streamed: 'signed' },
      { name: 'large', body: 'x'.repeat(100), method: 9 },
      { name: 'odd', body: 'x'.repeat(100), method: 18, streamed: 'bare' },
      { name: 'last', body: 'last\n' },
    ),
  );
  expect(contents(seen)).toEqual(['-!/last=last\n']);
  expect(seen.unread.map((u) => [u.path, u.reason, u.detail.split(':')[0]])).toEqual([
    ['-!/secret', 'unsupported', 'encrypted'],
    ['-!/secret stream', 'unsupported', 'encrypted'],
    ['-!/large', 'unsupported', 'packed with deflate64, which is not read'],
    ['-!/odd', 'unsupported', 'packed with method 18, which is not read'],
  ]);
});

test('links are names of other members, whatever way they are stored in', async () => {
  const seen = await readStdin(
    zip(
      zipLink('sos/ip_route', 'sos_commands/route'),
      zipLink('sos/packed', 'sos_commands/route', { method: 8 }),
      zipLink('sos/streamed', './sos_commands/route', { method: 0, streamed: 'signed' }),
      zipLink('sos/gone', '../../x'),
      zipLink('sos/two', 'a\nb'),
      { name: 'sos/sos_commands/route', body: ROUTE },
      { name: 'sos/hostname', body: 'node-1', method: 0 },
    ),
  );
  expect([...contents(seen)].sort()).toEqual([
    '-!/sos/hostname=node-1',
    `-!/sos/sos_commands/route=${ROUTE}`,
    // Nothing that a link says has a line end.
    '-!/sos/two=a\nb',
  ]);
  expect(seen.links.map((l) => l.replaceAll('-!/sos/', ''))).toEqual([
    'ip_route -> sos_commands/route',
    'packed -> sos_commands/route',
    'streamed -> sos_commands/route',
  ]);
  expect(reasons(seen)).toEqual(['-!/sos/gone unsupported']);
});

test('one name twice: the later member replaces the earlier', async () => {
  const seen = await readStdin(zip({ name: 'a', body: '1\n' }, { name: 'a', body: '2\n' }));
  expect(contents(seen)).toEqual(['-!/a=1\n', '-!/a#2=2\n']);
  expect(seen.replaced).toEqual(['-!/a by -!/a#2']);
});

test('a wrong checksum or size is reported with the member, which is read', async () => {
  const seen = await readStdin(
    zip(
      { name: 'crc', body: ROUTE, badCrc: true },
      { name: 'streamed', body: ROUTE, badCrc: true, streamed: 'signed' },
      { name: 'size', body: ROUTE, size: 5 },
      { name: 'large', body: LOG, size: 5 },
      { name: 'last', body: 'last\n' },
    ),
  );
  expect(contents(seen)).toEqual([
    `-!/crc=${ROUTE}`,
    `-!/streamed=${ROUTE}`,
    `-!/size=${ROUTE}`,
    `-!/large=${LOG}`,
    '-!/last=last\n',
  ]);
  expect(seen.files.map((f) => f.cut !== undefined)).toEqual([true, true, true, true, false]);
  expect(reasons(seen)).toEqual(['crc', 'streamed', 'size', 'large'].map((n) => `-!/${n} unreadable`));
});

test('junk between and behind members is reported once each, and skipped', async () => {
  const between = await readStdin(
    zip({ name: 'a', body: 'a\n' }, { name: 'b', body: 'b\n', junk: Buffer.alloc(100_000, 'PK\x03 ') }),
  );
  expect(contents(between)).toEqual(['-!/a=a\n', '-!/b=b\n']);
  expect(between.unread.map((u) => u.detail)).toEqual([expect.stringContaining('100000 bytes at offset')]);
  const whole = zip({ name: 'a', body: 'a\n' });
  const behind = await readStdin(Buffer.concat([whole, Buffer.from('junk')]));
  expect(behind.unread.map((u) => u.detail)).toEqual([expect.stringContaining('no zip data follow its end')]);
  const padded = await readStdin(Buffer.concat([whole, Buffer.alloc(10_000)]));
  expect(padded.unread).toEqual([]);
  const two = await readStdin(Buffer.concat([whole, zip({ name: 'b', body: 'b\n' })]));
  expect(contents(two)).toEqual(['-!/a=a\n', '-!/b=b\n']);
  expect(two.unread).toEqual([]);
});

test('a list that names what is not there, and one that lacks what is', async () => {
  const whole = zip({ name: 'a', body: 'a\n' }, { name: 'b', body: 'b\n' });
  const second = whole.indexOf('PK\x03\x04', 4, 'latin1');
  const list = whole.indexOf('PK\x01\x02', 0, 'latin1');
  const seen = await readStdin(Buffer.concat([whole.subarray(0, second), whole.subarray(list)]));
  expect(contents(seen)).toEqual(['-!/a=a\n']);
  expect(seen.unread.map((u) => u.detail)).toEqual([expect.stringContaining('1 members that the archive lists')]);
  const unlisted = await readStdin(zip({ name: 'a', body: 'a\n' }, { name: 'b', body: 'b\n', unlisted: true }));
  expect(contents(unlisted)).toEqual(['-!/a=a\n', '-!/b=b\n']);
});

test('an archive without members, and one of several volumes', async () => {
  const none = await readStdin(zip());
  expect(reasons(none)).toEqual(['- empty']);
  const marked = await readStdin(Buffer.concat([Buffer.from('PK00'), zip({ name: 'a', body: 'a\n' })]));
  expect(contents(marked)).toEqual(['-!/a=a\n']);
  const first = Buffer.concat([Buffer.from('PK\x07\x08'), zip({ name: 'a', body: 'a\n' })]).subarray(0, 60);
  expect(contents(await readStdin(first))).toEqual(['-!/a=a\n']);
});

test('archives of all kinds in each other', async () => {
  const seen = await readStdin(
    zip(
      { name: 'n1.zip', body: zip({ name: 'n1.tgz', body: gzipSync(tar({ name: 'a', body: 'a\n' })) }), method: 0 },
      { name: 'n2.tar', body: tar({ name: 'n2.zip', body: zip({ name: 'b.gz', body: gzipSync('b\n') }) }) },
      { name: 'wrong.tar.gz', body: zip({ name: 'c', body: 'c\n' }) },
    ),
  );
  expect(seen.unread).toEqual([]);
  expect(contents(seen)).toEqual(['-!/n1.zip!/n1.tgz!/a=a\n', '-!/n2.tar!/n2.zip!/b.gz=b\n', '-!/wrong.tar.gz!/c=c\n']);
});

test('limits: bytes, members, depth, ratio and names', async () => {
  const MIB = 2 ** 20;
  const bomb = { name: 'bomb', body: Buffer.alloc(40 * MIB, 'a') };
  const left = await readStdin(zip(bomb, { ...bomb, streamed: 'signed' }, { name: 'last', body: 'last\n' }));
  expect(contents(left).at(-1)).toBe('-!/last=last\n');
  expect(reasons(left)).toEqual(['-!/bomb capped', '-!/bomb#2 capped']);
  const capped = await readStdin(zip({ name: 'a', body: ROUTE, streamed: 'signed' }, { name: 'b', body: 'b\n' }), {
    limits: { memberBytes: 10 },
  });
  expect(contents(capped)).toEqual([`-!/a=${ROUTE.slice(0, 10)}`, '-!/b=b\n']);
  expect(reasons(capped)).toEqual(['-!/a capped']);
  const few = await readStdin(zip(...['a', 'b', 'c'].map((name) => ({ name, body: `${name}\n` }))), {
    limits: { members: 2 },
  });
  expect(contents(few)).toEqual(['-!/a=a\n', '-!/b=b\n']);
  expect(reasons(few)).toEqual(['- capped']);
  let nested = zip({ name: 'deep', body: 'deep\n' });
  for (let i = 1; i < 8; i++) nested = zip({ name: 'a.zip', body: nested });
  expect(contents(await readStdin(nested))).toEqual([`-!/${'a.zip!/'.repeat(7)}deep=deep\n`]);
  expect(reasons(await readStdin(zip({ name: 'a.zip', body: nested })))).toEqual([
    `-!/${'a.zip!/'.repeat(8).slice(0, -2)} capped`,
  ]);
  const long = await readStdin(zip({ name: 'n'.repeat(2000), body: 'x\n' }, { name: 'b', body: 'b\n' }));
  expect(contents(long)).toEqual(['-!/b=b\n']);
  expect(reasons(long)).toEqual([`-!/${'n'.repeat(1024)} capped`]);
});

test('what a hostile header says costs no memory', async () => {
  const before = process.memoryUsage().rss;
  const whole = zip({ name: 'a', body: 'a\n', wide: true, size: 2 ** 40 }, { name: 'b', body: 'b\n' });
  expect(contents(await readStdin(whole))).toEqual(['-!/a=a\n', '-!/b=b\n']);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
});
