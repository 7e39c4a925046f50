import { gzipSync } from 'node:zlib';
import { contents, readStdin, reasons, stringOf } from './reading.js';
import { END, entry, pax, tar } from './tar-writer.js';

const ROUTE = 'default via 192.168.1.1 dev eth0\n';

test('plain members, with prefix, time and without magic', async () => {
  const seen = await readStdin(
    tar(
      { name: 'ip-route', prefix: 'case/node-1', body: ROUTE, mtime: 1_573_000_000 },
      { name: 'case/dir/', type: '5' },
      { name: 'old', magic: 'none', body: 'v7\n' },
      { name: 'gnu', magic: 'gnu', prefix: 'times, not a prefix', body: 'x\n' },
      { name: 'empty' },
    ),
  );
  expect(contents(seen)).toEqual([`-!/case/node-1/ip-route=${ROUTE}`, '-!/old=v7\n', '-!/gnu=x\n', '-!/empty=']);
  expect(seen.files[0]).toMatchObject({ inner: 'case/node-1/ip-route', mtime: 1_573_000_000 });
  expect(seen.files[1]).not.toHaveProperty('mtime');
  expect(seen.unread).toEqual([]);
  expect(seen.inputs).toEqual(['archive -']);
});

test('GNU long names, pax names and sizes, base-256 sizes', async () => {
  const long = `${'d'.repeat(120)}/ip-route`;
  const seen = await readStdin(
    Buffer.concat([
      entry({ name: '././@LongLink', type: 'L', body: `${long}\0` }),
      entry({ name: 'cut', body: 'long\n' }),
      entry(pax({ path: 'päx/ip-rule', mtime: '1573000000.5' })),
      entry({ name: 'cut', body: 'pax\n' }),
      // The header's own size is 0; pax says 5.
      entry(pax({ size: '5' })),
      entry({ name: 'sized', size: 0, body: 'size\n' }),
      entry({ name: 'base', size: 'base256', body: 'base\n' }),
      entry(pax({ comment: 'for all that follow' }, 'g')),
      entry({ name: 'last', body: 'last\n' }),
      END,
    ]),
  );
  expect(contents(seen)).toEqual([
    `-!/${long}=long\n`,
    '-!/päx/ip-rule=pax\n',
    '-!/sized=size\n',
    '-!/base=base\n',
    '-!/last=last\n',
  ]);
  expect(seen.files[1]?.mtime).toBe(1_573_000_000);
  expect(seen.unread).toEqual([]);
});

test('names that are absolute or lead upwards stay inside, and are reported once', async () => {
  const seen = await readStdin(
    tar(
      { name: '/etc/hosts', body: 'a\n' },
      { name: '../../etc/passwd', body: 'b\n' },
      { name: './x//y/./z', body: 'c\n' },
      { name: '..', body: 'd\n' },
      { name: 'C:/Users/x', body: 'e\n' },
    ),
  );
  expect(contents(seen)).toEqual([
    '-!/etc/hosts=a\n',
    '-!/etc/passwd=b\n',
    '-!/x/y/z=c\n',
    '-!/(no name)=d\n',
    '-!/Users/x=e\n',
  ]);
  expect(seen.unread).toHaveLength(1);
  expect(seen.unread[0]?.detail).toContain('4 member names');
});

test('one name twice gives two paths, and the later one replaces the earlier', async () => {
  const seen = await readStdin(
    tar({ name: 'a', body: '1' }, { name: './a', body: '2' }, { name: 'a#2', body: '3' }, { name: 'a', body: '4' }),
  );
  expect(new Set(seen.files.map((f) => f.path)).size).toBe(4);
  expect(contents(seen)).toEqual(['-!/a=1', '-!/a#2=2', '-!/a#2#2=3', '-!/a#3=4']);
  expect(seen.replaced).toEqual(['-!/a by -!/a#2', '-!/a#2 by -!/a#2#2', '-!/a#2 by -!/a#3']);
});

test('links mean what was in the archive, and nothing else', async () => {
  const seen = await readStdin(
    tar(
      { name: 'sos/hostname', type: '2', link: 'sos_commands/host/hostname' },
      { name: 'sos/sos_commands/host/hostname', body: 'node-1\n' },
      { name: 'sos/sos_commands/host/hard', type: '1', link: 'sos/sos_commands/host/hostname' },
      { name: 'n2/hard', type: '1', link: 'sos/sos_commands/host/hostname' },
      { name: 'sos/two', type: '2', link: 'hostname' },
      { name: 'sos/proc/4711/net/route', body: 'Iface\n' },
      { name: 'sos/proc/self', type: '2', link: '4711' },
      { name: 'sos/proc/net', type: '2', link: 'self/net' },
      { name: 'sos/table', type: '2', link: './proc/net//route' },
      { name: 'sos/absolute', type: '2', link: '/proc/self/net/route' },
      { name: 'sos/up', type: '2', link: '../../etc/shadow' },
      { name: 'sos/gone', type: '2', link: '/run/gone' },
      { name: 'sos/a', type: '2', link: 'b' },
      { name: 'sos/b', type: '2', link: 'a/x' },
      { name: 'sos/top', type: '2', link: '..' },
      { name: 'sos/self', type: '1', link: './sos/self' },
    ),
  );
  expect(contents(seen)).toEqual(['-!/sos/sos_commands/host/hostname=node-1\n', '-!/sos/proc/4711/net/route=Iface\n']);
  expect(seen.links.map((l) => l.replaceAll('-!/', ''))).toEqual([
    'sos/hostname -> sos/sos_commands/host/hostname',
    'sos/sos_commands/host/hard -> sos/sos_commands/host/hostname',
    'n2/hard ->> sos/sos_commands/host/hostname',
    'sos/two -> sos/sos_commands/host/hostname',
    'sos/proc/self -> sos/proc/4711',
    'sos/proc/net -> sos/proc/4711/net',
    'sos/table -> sos/proc/4711/net/route',
    'sos/absolute -> sos/proc/4711/net/route',
  ]);
  expect(seen.unread.map((u) => [u.path, u.reason, u.detail])).toEqual([
    ['-!/sos/up', 'unsupported', 'symbolic link to ../../etc/shadow, which leads out of the archive'],
    ['-!/sos/gone', 'unsupported', 'symbolic link to /run/gone, which is not in the bundle'],
    ['-!/sos/a', 'unsupported', 'symbolic link to b, which leads in a circle, or out of the archive'],
    ['-!/sos/b', 'unsupported', 'symbolic link to a/x, which leads in a circle, or out of the archive'],
    ['-!/sos/top', 'unsupported', 'symbolic link to .., which is a folder that it lies in'],
  ]);
});

test('hostile links take no time: endless targets, deep folders, long chains', async () => {
  const deep = 'd/'.repeat(45);
  const parts = Array.from({ length: 4000 }, (_, i) => [
    { name: `${deep}l${i}`, type: '2', link: i % 2 === 0 ? `l${i + 1}/${'x/'.repeat(30)}` : `/l${i + 1}/y` },
    { name: `${deep}${i}/f`, body: '' },
  ]).flat();
  const started = performance.now();
  const seen = await readStdin(
    Buffer.concat([
      entry({ name: 'K', type: 'K', body: '../'.repeat(300_000) }),
      entry({ name: 'long', type: '2', link: 'x' }),
      tar(...parts),
    ]),
    {},
    100_000,
  );
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(seen.unread).toHaveLength(4001);
  expect(seen.unread[0]?.detail).toContain('which is longer than a path may be');
});

test('devices, FIFOs, sparse files that are none and .git are named', async () => {
  const seen = await readStdin(
    tar(
      { name: 'dev/null', type: '3', size: 700 },
      { name: 'pipe', type: '6' },
      { name: 'no-map', type: 'S', body: 'x'.repeat(600) },
      pax({ 'GNU.sparse.numblocks': '1', 'GNU.sparse.size': 'x' }),
      { name: 'tar-1.14', body: '1\n' },
      { name: 'r/.git/config', body: 'x' },
      { name: 'r/.git/HEAD', body: 'x' },
      { name: 'last', body: 'last\n' },
    ),
  );
  expect(reasons(seen)).toEqual([
    '-!/dev/null unsupported',
    '-!/pipe unsupported',
    '-!/no-map unreadable',
    '-!/tar-1.14 unsupported',
    '-!/r/.git unsupported',
  ]);
  expect(contents(seen)).toEqual(['-!/last=last\n']);
});

describe('sparse files', () => {
  const posix = (map: string, data: string, realsize: string): Buffer =>
    Buffer.concat([
      entry(
        pax({
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 'log',
          'GNU.sparse.realsize': realsize,
        }),
      ),
      entry({ name: 'GNUSparseFile.1/log', body: `${map.padEnd(512, '\0')}${data}` }),
      entry({ name: 'next', body: 'next\n' }),
      END,
    ]);

  const log = 'I0312 09:14:02 line of text\n'.repeat(10);
  const data = `${log}end\n`;
  const holes = '\0\0\0';

  test('have their holes again', async () => {
    const seen = await readStdin(posix('2\n0\n280\n283\n4\n', data, '290'));
    expect(contents(seen)).toEqual([`-!/log=${log}${holes}end\n${holes}`, '-!/next=next\n']);
    expect(seen.unread).toEqual([]);
    const named = await readStdin(
      Buffer.concat([
        entry(pax({ 'GNU.sparse.map': '0,280,283,4', 'GNU.sparse.size': '287', 'GNU.sparse.name': 'log' })),
        entry({ name: 'x', body: data }),
        END,
      ]),
    );
    expect(contents(named)).toEqual([`-!/log=${log}${holes}end\n`]);
  });

  test.each([
    ['', 'no map'],
    ['1\n', 'a short map'],
    ['x\n', 'letters'],
    ['99999999\n', 'too many parts'],
    ['1\n5\n0000000000000000001\n', 'an endless number'],
    ['2\n0\n280\n8\n4\n', 'parts that overlap'],
    ['2\n0\n280\n283\n99\n', 'a part beyond the end'],
    ['1\n0\n280\n', 'a part that is missing'],
  ])('map %j (%s) is reported, and the next member read', async (map) => {
    const seen = await readStdin(posix(map, data, '290'));
    expect(reasons(seen)).toEqual(['-!/log unreadable']);
    expect(contents(seen).at(-1)).toBe('-!/next=next\n');
  });

  test('a hole of a terabyte costs nothing', async () => {
    const text = log.repeat(40);
    const seen = await readStdin(posix(`1\n0\n${text.length}\n`, text, '1000000000000'));
    expect(reasons(seen)).toEqual(['-!/log capped']);
    expect(contents(seen).at(-1)).toBe('-!/next=next\n');
  });
});

test('names that are no UTF-8 are Latin-1, and a full prefix of star ends where its times begin', async () => {
  const latin = entry({ name: 'xx', body: 'l\n' });
  const fixed = (block: Buffer): Buffer => {
    block.fill(' ', 148, 156);
    const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return block;
  };
  latin[1] = 0xe9;
  const star = entry({ name: 'n', prefix: 'p'.repeat(131), body: 's\n' });
  star.write('15162520000 15162520000 ', 476, 'latin1');
  star.write('tar\0', 508, 'latin1');
  const seen = await readStdin(Buffer.concat([fixed(latin), fixed(star), END]));
  expect(contents(seen)).toEqual(['-!/xé=l\n', `-!/${'p'.repeat(131)}/n=s\n`]);
});

test('after a bad header reading goes on at the next good one', async () => {
  const body = 'lost\n'.repeat(300);
  const seen = await readStdin(
    Buffer.concat([
      entry({ name: 'a', body: 'a\n' }),
      entry({ name: 'bad', body, badChecksum: true }),
      entry({ name: 'c', body: 'c\n' }),
      END,
    ]),
  );
  expect(contents(seen)).toEqual(['-!/a=a\n', '-!/c=c\n']);
  expect(reasons(seen)).toEqual(['- unreadable']);
  expect(seen.unread[0]?.detail).toContain('2048 bytes at offset 1024');
});

test('an archive whose first header is bad, and one that is garbage', async () => {
  const first = await readStdin(tar({ name: 'bad', badChecksum: true }, { name: 'b', body: 'b\n' }));
  expect(contents(first)).toEqual(['-!/b=b\n']);
  expect(reasons(first)).toEqual(['- unreadable']);
  const garbage = await readStdin(Buffer.concat([entry({ name: 'a', body: 'a\n' }), Buffer.alloc(4096, 0x5a)]));
  expect(contents(garbage)).toEqual(['-!/a=a\n']);
  expect(reasons(garbage)).toEqual(['- unreadable', '- truncated']);
});

test('impossible sizes are bad headers, and a size beyond the end is a cut', async () => {
  const huge = Buffer.from([0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]);
  const negative = Buffer.alloc(12, 0xff);
  for (const rawSize of [huge, negative, Buffer.from('99999999999\0')]) {
    const seen = await readStdin(tar({ name: 'a', rawSize }, { name: 'b', body: 'b\n' }));
    expect(contents(seen)).toEqual(['-!/b=b\n']);
    expect(reasons(seen)).toEqual(['- unreadable']);
  }
  const seen = await readStdin(Buffer.concat([entry({ name: 'a', body: 'abc\n'.repeat(128), size: 8 ** 11 - 1 })]));
  expect(seen.files[0]?.cut).toContain('ends inside this member');
  expect(reasons(seen)).toEqual(['-!/a truncated', '- truncated']);
});

test('pax bombs: too long, false lengths, NUL and endless names', async () => {
  const seen = await readStdin(
    Buffer.concat([
      entry({ name: 'x', type: 'x', body: Buffer.alloc(2_000_000, 0x31) }),
      entry({ name: 'a', body: 'a\n' }),
      entry({ name: 'x', type: 'x', body: '99 path=other\n' }),
      entry({ name: 'b', body: 'b\n' }),
      entry({ name: 'x', type: 'x', body: '0 path=other\n' }),
      entry({ name: 'c', body: 'c\n' }),
      entry(pax({ path: 'nul\0name\x1b[2J\u202e' })),
      entry({ name: 'd', body: 'd\n' }),
      entry(pax({ path: `${'p/'.repeat(3000)}end` })),
      entry({ name: 'e', body: 'e\n' }),
      entry({ name: 'f', body: 'f\n' }),
      END,
    ]),
  );
  expect(contents(seen)).toEqual(['-!/a=a\n', '-!/b=b\n', '-!/c=c\n', '-!/nul\0name\x1b[2J\u202e=d\n', '-!/f=f\n']);
  expect(seen.unread.map((u) => u.reason)).toEqual(['capped', 'unreadable', 'unreadable', 'capped']);
});

test('a hard link may carry its content, or note a size that is not there', async () => {
  const seen = await readStdin(
    tar(
      { name: 'a', body: 'a\n' },
      { name: 'b', type: '1', link: 'a', body: 'a\n' },
      { name: 'c', type: '1', link: 'a', size: 2 },
      { name: 'd', body: 'd\n' },
    ),
  );
  expect(contents(seen)).toEqual(['-!/a=a\n', '-!/b=a\n', '-!/d=d\n']);
  expect(seen.links).toEqual(['-!/c -> -!/a']);
  expect(seen.unread).toEqual([]);
});

test('archives one after the other, and one without members', async () => {
  const both = await readStdin(
    Buffer.concat([tar({ name: 'a', body: 'a' }), Buffer.alloc(8192), tar({ name: 'b', body: 'b' })]),
  );
  expect(contents(both)).toEqual(['-!/a=a', '-!/b=b']);
  expect(both.unread).toEqual([]);
});

describe('cut anywhere, an archive yields a beginning and a report', () => {
  const bodies = [ROUTE.repeat(3), 'x'.repeat(700), '10.244.1.0/24 dev cni0\n'.repeat(40)];
  const whole = tar(...bodies.map((body, i) => ({ name: `m${i}`, body })), pax({ path: 'p'.repeat(200) }), {
    name: 'm3',
    body: 'end\n',
  });
  const beginnings = new Map(
    [...bodies, 'end\n'].map((body, i) => [i === 3 ? `-!/${'p'.repeat(200)}` : `-!/m${i}`, body]),
  );

  const check = async (bytes: Uint8Array): Promise<void> => {
    const seen = await readStdin(bytes, {}, 4096);
    expect(seen.unread.length).toBeGreaterThan(0);
    for (const file of seen.files) {
      const body = beginnings.get(file.path) ?? beginnings.get(`-!/${file.inner}`);
      const text = stringOf(file);
      // Less than a header came: no tar to be seen yet.
      if (file.path === '-') expect(file.cut).toBeDefined();
      // Its long name is lost with the pax header.
      else if (body === undefined) expect(file.inner).toBe('m3');
      else expect(file.cut === undefined ? text === body : body.startsWith(text)).toBe(true);
    }
  };

  test('tar', async () => {
    for (let end = 98; end < whole.length - 1024; end += 97) await check(whole.subarray(0, end));
  });

  test('tar.gz', async () => {
    const gz = gzipSync(whole);
    for (let end = 1; end < gz.length; end++) await check(gz.subarray(0, end));
  });
});
