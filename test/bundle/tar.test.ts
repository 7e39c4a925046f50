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
  expect(seen.inputs).toEqual(['stdin -']);
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
    ),
  );
  expect(contents(seen)).toEqual(['-!/etc/hosts=a\n', '-!/etc/passwd=b\n', '-!/x/y/z=c\n', '-!/(no name)=d\n']);
  expect(seen.unread).toHaveLength(1);
  expect(seen.unread[0]?.detail).toContain('3 member names');
});

test('one name twice gives two paths', async () => {
  const seen = await readStdin(
    tar({ name: 'a', body: '1' }, { name: './a', body: '2' }, { name: 'a#2', body: '3' }, { name: 'a', body: '4' }),
  );
  expect(new Set(seen.files.map((f) => f.path)).size).toBe(4);
  expect(contents(seen).slice(0, 2)).toEqual(['-!/a=1', '-!/a#2=2']);
});

test('links mean what was in the archive, and nothing else', async () => {
  const seen = await readStdin(
    tar(
      { name: 'root/hostname', type: '2', link: 'sos_commands/host/hostname' },
      { name: 'root/sos_commands/host/hostname', body: 'node-1\n' },
      { name: 'root/hard', type: '1', link: 'root/sos_commands/host/hostname' },
      { name: 'root/two', type: '2', link: 'hostname' },
      { name: 'root/up', type: '2', link: '../../../etc/shadow' },
      { name: 'root/a', type: '2', link: 'b' },
      { name: 'root/b', type: '2', link: 'a' },
      { name: 'root/big', body: 'x'.repeat(70_000) },
      { name: 'root/to-big', type: '2', link: 'big' },
    ),
  );
  const byPath = new Map(seen.files.map((f) => [f.path, stringOf(f)]));
  for (const name of ['hostname', 'sos_commands/host/hostname', 'hard', 'two'])
    expect(byPath.get(`-!/root/${name}`)).toBe('node-1\n');
  expect(seen.unread.map((u) => [u.path, u.reason, u.detail])).toEqual([
    ['-!/root/up', 'unsupported', 'symbolic link to ../../../etc/shadow, which is no file of this archive'],
    ['-!/root/a', 'unsupported', 'symbolic link to b, which leads in a circle'],
    ['-!/root/b', 'unsupported', 'symbolic link to a, which leads in a circle'],
    ['-!/root/to-big', 'unsupported', 'symbolic link to big, which was read under its own name'],
  ]);
});

test('devices, FIFOs, sparse files and .git are named', async () => {
  const seen = await readStdin(
    tar(
      { name: 'dev/null', type: '3', size: 700 },
      { name: 'pipe', type: '6' },
      { name: 'old-sparse', type: 'S', body: 'x'.repeat(600) },
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'new-sparse' }),
      { name: 'GNUSparseFile.0/new-sparse', body: '1\n' },
      { name: 'r/.git/config', body: 'x' },
      { name: 'r/.git/HEAD', body: 'x' },
      { name: 'last', body: 'last\n' },
    ),
  );
  expect(reasons(seen)).toEqual(
    ['dev/null', 'pipe', 'old-sparse', 'new-sparse', 'r/.git'].map((n) => `-!/${n} unsupported`),
  );
  expect(contents(seen)).toEqual(['-!/last=last\n']);
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
  expect(contents(seen)).toEqual(['-!/a=a\n', '-!/b=a\n', '-!/d=d\n', '-!/c=a\n']);
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
