import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { BundleError, openBundle, replayable, reread } from '../../src/bundle/index.js';
import { textOf } from '../../src/kit/index.js';
import { contents, inFolder, pieces, put, readAll, readStdin, reasons } from './reading.js';
import { tar } from './tar-writer.js';

/** Runs without the right to read everything, also when the tests run as root. */
async function asNobody(run: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await run();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

const decode = textOf;

test('a folder is read in the order of bytes, archives in it too', async () => {
  await inFolder(async (folder) => {
    for (const name of ['b', 'a', 'Z', 'ä', 'a.d']) mkdirSync(join(folder, name));
    put(folder, 'b/ip-route', 'r\n');
    put(folder, 'a/x', '');
    put(folder, 'a.d/y', 'y\n');
    put(folder, 'Z/n.tgz', gzipSync(tar({ name: 'm', body: 'm\n' })));
    put(folder, 'ä/z', 'z\n');
    utimesSync(join(folder, 'b/ip-route'), 1_573_000_000, 1_573_000_000);
    const seen = await readAll([`${folder}/`]);
    expect(contents(seen)).toEqual([
      `${folder}/Z/n.tgz!/m=m\n`,
      `${folder}/a/x=`,
      `${folder}/a.d/y=y\n`,
      `${folder}/b/ip-route=r\n`,
      `${folder}/ä/z=z\n`,
    ]);
    expect(seen.files.map((f) => f.inner)).toEqual(['Z/n.tgz!/m', 'a/x', 'a.d/y', 'b/ip-route', 'ä/z']);
    expect(seen.files[3]?.mtime).toBe(1_573_000_000);
    expect(seen.inputs).toEqual([`directory ${folder}/`]);
    expect(seen.unread).toEqual([]);
  });
});

test('names that are not UTF-8 are opened all the same', async () => {
  await inFolder(async (folder) => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9, 0x74])]), 'latin\n');
    put(folder, 'ctrl\x1b[2J\n', 'c\n');
    expect(contents(await readAll([folder]))).toEqual([`${folder}/ctrl\x1b[2J\n=c\n`, `${folder}/ét=latin\n`]);
  });
});

test('links inside the input are names of what is read once; others are refused', async () => {
  await inFolder(async (outer) => {
    const folder = join(outer, 'in');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    put(outer, 'secret', 'secret\n');
    mkdirSync(join(outer, 'in2'));
    put(folder, 'sub/f', 'f\n');
    const link = (target: string, name: string): void => symlinkSync(target, join(folder, name));
    link('sub/f', 'file');
    link('file', 'chain');
    link('sub', 'folder');
    link('folder/f', 'through');
    link('/sub/f', 'absolute');
    link('/etc/passwd', 'passwd');
    link('../secret', 'out');
    link('../in2', 'prefix');
    link('..', 'sub/up');
    link('.', 'self');
    link('loop', 'loop');
    link('nothing', 'dangling');
    const seen = await readAll([folder]);
    expect(seen.files.map((f) => f.inner)).toEqual(['sub/f']);
    expect(seen.links.map((l) => l.replaceAll(`${folder}/`, ''))).toEqual([
      'absolute -> sub/f',
      'chain -> sub/f',
      'file -> sub/f',
      'folder -> sub',
      'through -> sub/f',
    ]);
    expect(seen.unread.map((u) => [u.path.slice(folder.length + 1), u.detail])).toEqual([
      ['dangling', 'symbolic link to nothing, which is not in the bundle'],
      ['loop', 'symbolic link to loop, which leads in a circle'],
      ['out', 'symbolic link to ../secret, which leads out of the input: give its target as an input of its own'],
      ['passwd', 'symbolic link to /etc/passwd, which is not in the bundle'],
      ['prefix', 'symbolic link to ../in2, which leads out of the input: give its target as an input of its own'],
      ['self', 'symbolic link to ., which is a folder that it lies in'],
      ['sub/up', 'symbolic link to .., which is a folder that it lies in'],
    ]);
  });
});

test('a file with two names is one file in one folder, and two in two', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'n2'));
    const path = put(folder, 'a', 'a\n');
    linkSync(path, join(folder, 'b'));
    linkSync(path, join(folder, 'n2/a'));
    const seen = await readAll([folder]);
    expect(seen.files.map((f) => f.inner)).toEqual(['a', 'n2/a']);
    expect(seen.links).toEqual([`${folder}/b -> ${folder}/a`]);
  });
});

test('an input that another one holds is not read twice', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'n1/.git'), { recursive: true });
    const file = put(folder, 'n1/f', 'f\n');
    const config = put(folder, 'n1/.git/config', 'c\n');
    symlinkSync('n1', join(folder, 'link'));
    const seen = await readAll([folder, `${folder}/n1`, `${folder}/link/f`, file, config]);
    expect(contents(seen)).toEqual([`${file}=f\n`, `${config}=c\n`]);
    expect(seen.links).toEqual([`${folder}/link -> ${folder}/n1`, `${folder}/link/f -> ${file}`]);
    const same = await readAll([`${folder}/n1/f`, `${folder}/./n1/f`]);
    expect(contents(same)).toEqual([`${folder}/./n1/f=f\n`]);
    expect(same.links).toEqual([`${folder}/n1/f -> ${folder}/./n1/f`]);
  });
});

test('.git, FIFOs and binary files are named, not read', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, '.git/objects'), { recursive: true });
    put(folder, '.git/HEAD', 'ref\n');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    put(folder, 'prog', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]));
    put(folder, 'text', 'a\n');
    const seen = await readAll([folder]);
    expect(reasons(seen)).toEqual(['.git', 'pipe', 'prog'].map((n) => `${folder}/${n} unsupported`));
    expect(seen.unread.at(-1)?.detail).toBe('binary file');
    expect(seen.files.map((f) => f.inner)).toEqual(['text']);
    expect(reasons(await readAll([join(folder, '.git/objects')]))).toEqual([`${folder}/.git/objects empty`]);
  });
});

test('what may not be read is named', async () => {
  await inFolder(async (folder) => {
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'closed'));
    put(folder, 'closed/f', 'x');
    put(folder, 'denied', 'x');
    put(folder, 'open', 'x');
    chmodSync(join(folder, 'closed'), 0);
    chmodSync(join(folder, 'denied'), 0);
    await asNobody(async () => {
      const seen = await readAll([folder]);
      expect(seen.files.map((f) => f.inner)).toEqual(['open']);
      expect(reasons(seen)).toEqual([`${folder}/closed unreadable`, `${folder}/denied unreadable`]);
      for (const name of ['closed', 'denied'])
        await expect(readAll([join(folder, name)])).rejects.toThrow(/no permission to read it: change its mode/);
    });
    chmodSync(join(folder, 'closed'), 0o755);
  });
});

test('an input that is missing does not keep the others from being read', async () => {
  await inFolder(async (folder) => {
    const good = put(folder, 'good', 'g\n');
    const bad = join(folder, 'bad\x1b[2J');
    const seen = await readAll([good, bad, good, '']);
    expect(contents(seen)).toEqual([`${good}=g\n`]);
    expect(reasons(seen)).toEqual([' unreadable', `${bad} unreadable`]);
    expect(seen.unread[1]?.detail).toBe(
      `There is no file or folder ${folder}/bad\\x1b[2J: check its spelling and the working directory.`,
    );
    await expect(readAll([bad, ''])).rejects.toThrow(BundleError);
    await expect(readAll([])).rejects.toThrow('No input was given');
    await expect(readAll(['/dev/null'])).rejects.toThrow('/dev/null is a device, socket or pipe');
    await expect(readAll([`${good}/x`])).rejects.toThrow('There is no file or folder');
    await expect(readAll(['nul\0'])).rejects.toThrow("can't be read");
  });
});

test('standard input that fails gives what came before', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a\n');
    throw Object.assign(new Error('read failed'), { code: 'EIO' });
  }
  const seen = await readAll(['-'], { stdin: failing() });
  expect(seen.files).toMatchObject([{ path: '-', cut: 'reading it failed with EIO: copy or collect it again' }]);
  expect(reasons(seen)).toEqual(['- unreadable']);
});

test('the order of inputs does not matter', async () => {
  await inFolder(async (folder) => {
    const paths = ['c', 'a', 'b'].map((name) => put(folder, name, name));
    expect(await readAll(paths)).toEqual(await readAll([...paths].reverse()));
  });
});

test.each([
  ['lz4', [4, 0x22, 0x4d, 0x18], 'lz4 -d FILE'],
  ['lz4', [2, 0x21, 0x4c, 0x18], 'lz4 -d FILE'],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], '7z x FILE'],
  ['rar', [0x52, 0x61, 0x72, 0x21, 0x1a, 7, 1, 0], 'unrar x FILE'],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50, 1, 0x14], 'lzip -dk FILE'],
  ['compress', [0x1f, 0x9d, 0x90], 'uncompress FILE'],
  ['lzop', [0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a], 'lzop -d FILE'],
])('%s is named with the tool that unpacks it', async (form, magic, tool) => {
  await inFolder(async (folder) => {
    const path = put(folder, 'case', Buffer.concat([Buffer.from(magic), Buffer.alloc(600)]));
    const seen = await readAll([path]);
    expect(seen.inputs).toEqual([`archive ${path}`]);
    expect(seen.unread).toMatchObject([{ path, reason: 'unsupported', bytes: 600 + magic.length }]);
    expect(seen.unread[0]?.detail).toBe(`${form} is not read: unpack it (\`${tool}\`) and lint the result`);
  });
});

test('text is told from binary data', async () => {
  const text = [
    'BZhello\n',
    'PK\n',
    'a',
    'log with one \0 in a long line of text\n',
    '\u001b[31mred\u001b[0m\n',
    'größer\n',
    'l\n\ufeff',
  ];
  for (const t of text) expect((await readStdin(Buffer.from(t))).files).toHaveLength(1);
  expect((await readStdin(Buffer.from('route\n', 'utf16le'))).files).toHaveLength(1);
  expect((await readStdin(Buffer.from('gr\xf6\xdfer ist l\xe4nger\n', 'latin1'))).files).toHaveLength(1);
  const binary = [
    Buffer.from('a\0b'),
    Buffer.alloc(5000),
    Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 8) * 31) & 255)),
  ];
  for (const b of binary) expect(reasons(await readStdin(b))).toEqual(['- unsupported']);
});

test('empty files say something, empty archives and folders are reported', async () => {
  await inFolder(async (folder) => {
    const empty = put(folder, 'bridge-fdb', '');
    expect(contents(await readAll([empty]))).toEqual([`${empty}=`]);
    expect(contents(await readStdin(tar({ name: 'e' }, { name: 'e.gz', body: gzipSync('') })))).toEqual([
      '-!/e=',
      '-!/e.gz=',
    ]);
    const none = put(folder, 'none.tar', Buffer.alloc(10_240));
    const zero = put(folder, 'zero.tgz', '');
    expect(reasons(await readAll([none, zero]))).toEqual([`${none} empty`, `${zero} empty`]);
    expect((await readStdin(new Uint8Array(0))).files).toHaveLength(1);
  });
});

test('reading stops when the reader does', async () => {
  await inFolder(async (folder) => {
    const path = put(
      folder,
      'a.tgz',
      gzipSync(tar(...Array.from({ length: 50 }, (_, i) => ({ name: `m${i}`, body: 'x'.repeat(50_000) })))),
    );
    let files = 0;
    for await (const event of openBundle([path])) if (event.kind === 'file' && ++files === 2) break;
    expect(files).toBe(2);
  });
});

describe('lines are read again', () => {
  const archive = gzipSync(
    tar(
      {
        name: 'n1.tar',
        body: tar({ name: 'ip-route', body: 'a\nb\nc\n' }, { name: 'link', type: '2', link: 'ip-route' }),
      },
      { name: 'dup', body: '1\n' },
      { name: 'dup', body: '2\n' },
      { name: 'bomb.gz', body: gzipSync('x'.repeat(100_000)) },
    ),
  );
  const wanted = new Map([
    ['n1.tar!/ip-route', new Set([1, 3, 4, 0])],
    ['n1.tar!/link', new Set([2])],
    ['dup#2', new Set([1])],
    ['gone', new Set([1])],
  ]);
  const expected = [
    [
      'n1.tar!/ip-route',
      [
        [1, 'a'],
        [3, 'c'],
      ],
    ],
    ['dup#2', [[1, '2']]],
  ];
  const under = (top: string): Map<string, Set<number>> =>
    new Map([...wanted].map(([path, lines]) => [`${top}${path}`, lines]));
  const plain = (top: string, found: Map<string, Map<number, string>>): unknown =>
    [...found]
      .map(([path, lines]) => [path.slice(top.length), [...lines]])
      .sort((a, b) => String(b[0]).localeCompare(String(a[0])));
  const sorted = [...expected].sort((a, b) => String(b[0]).localeCompare(String(a[0])));

  test('from an archive, a folder and both', async () => {
    await inFolder(async (folder) => {
      const path = put(folder, 'case.tgz', archive);
      expect(plain(`${path}!/`, await reread([path], under(`${path}!/`), { decode }))).toEqual(sorted);
      expect(
        plain(`${folder}/case.tgz!/`, await reread([`${folder}//`], under(`${folder}/case.tgz!/`), { decode })),
      ).toEqual(sorted);
      expect(await reread([path], new Map([['other', new Set([1])]]), { decode })).toEqual(new Map());
      expect(await reread([`${path}.gone`], under(`${path}.gone!/`), { decode })).toEqual(new Map());
    });
  });

  test('from standard input, which comes once', async () => {
    const stdin = replayable(pieces(archive));
    const first = await readAll(['-'], { stdin });
    expect(first.files.map((f) => f.path)).toContain('-!/dup#2');
    expect(plain('-!/', await reread(['-'], under('-!/'), { decode, stdin }))).toEqual(sorted);
    expect(plain('-!/', await reread(['-'], under('-!/'), { decode, stdin }))).toEqual(sorted);
  });
});

test('any bytes are survived, and nothing is dropped without a word', async () => {
  const base = gzipSync(
    tar({ name: 'a', body: 'a\n'.repeat(200) }, { name: 'b.gz', body: gzipSync('b\n'.repeat(500)) }),
  );
  const plainTar = tar({ name: 'a', body: 'a\n'.repeat(200) }, { name: 'b.gz', body: gzipSync('b\n'.repeat(500)) });
  const damage = fc.record({
    bytes: fc.constantFrom(base, plainTar),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
    end: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(damage, fc.uint8Array({ maxLength: 3000 })), async (input) => {
      let bytes: Uint8Array;
      if ('edits' in input) {
        bytes = Uint8Array.from(input.bytes.subarray(0, 1 + (input.end % input.bytes.length)));
        for (const [at, value] of input.edits) bytes[at % bytes.length] = value;
      } else bytes = input;
      const seen = await readStdin(bytes);
      expect(seen.files.length + seen.unread.length).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});
