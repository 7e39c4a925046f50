import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reread } from '../../src/bundle/index.js';
import { textOf } from '../../src/kit/index.js';
import { contents, pieces, readStdin, reasons } from './reading.js';

const packed = readFileSync(join(import.meta.dirname, 'packed', 'one.lzma'));
/** `base64 -w`, between the marks of `dind-cluster.sh dump64`. */
const enveloped = (bytes: Uint8Array, width = 100): string =>
  [
    '%%% start-base64 %%%',
    ...(Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? []),
    '%%% end-base64 %%%',
    '',
  ].join('\n');

test('what is packed between the marks is read', async () => {
  for (const text of [enveloped(packed), enveloped(packed, 8), enveloped(packed).replaceAll('\n', '\r\n')])
    expect(contents(await readStdin(Buffer.from(text)))).toEqual(['-!/dump=line\n']);
});

test('inside a log: its lines keep their numbers, and each envelope is one', async () => {
  const log = `make test\n${enveloped(packed, 10)}failed\n${enveloped(packed)}`;
  const seen = await readStdin(Buffer.from(log));
  const [text, ...inside] = contents(seen);
  expect(
    text
      ?.slice(2)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(log.split('\n').map((line) => (/^(?:make test|failed)$/.test(line) ? line : '')));
  expect(inside).toEqual(['-!/dump=line\n', '-!/dump-2=line\n']);
  const wanted = new Map([['-!/dump-2', new Set([1])]]);
  const found = await reread(['-'], wanted, { stdin: pieces(Buffer.from(log)), decode: textOf });
  expect(found.get('-!/dump-2')?.get(1)).toBe('line');
});

test('one that breaks off is told', async () => {
  const seen = await readStdin(Buffer.from(enveloped(packed).slice(0, 50)));
  expect(reasons(seen)).toEqual(['-!/dump truncated']);
  const plain = await readStdin(Buffer.from('%%% start-base64 %%%\nQUJD\n'));
  expect(contents(plain)).toEqual(['-!/dump=ABC']);
  expect(plain.unread).toMatchObject([{ reason: 'truncated', detail: expect.stringContaining('Base64') }]);
});

test('a script that prints the marks, and marks around something else, are text', async () => {
  for (const text of [
    '  echo "%%% start-base64 %%%"\n  lzma\n',
    '%%% start-base64 %%%\nno base64 here, but words\n%%% end-base64 %%%\n',
    '%%% start-base64 %%%\n'.repeat(3),
  ])
    expect(contents(await readStdin(Buffer.from(text)))).toEqual([`-=${text}`]);
});

test('many marks cost no more than their length', async () => {
  const text = `${'%%% start-base64 %%%\nQUJD\n'.repeat(100_000)}% \n`;
  const start = performance.now();
  expect(contents(await readStdin(Buffer.from(text), {}, 2 ** 16))).toEqual([`-=${text}`]);
  expect(performance.now() - start).toBeLessThan(5000);
});
