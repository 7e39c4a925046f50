import { readFileSync } from 'node:fs';
import { decodeText } from '../../src/capture/decode.js';
import { judge, load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const NUL = '\0';
const LOG = Array.from(
  { length: 40 },
  (_, i) =>
    `Nov 25 19:${String(10 + i).padStart(2, '0')}:01 worker-1 kernel: [ ${100 + i}.000000] br_netfilter: line ${i}`,
).join('\n');

const read = (text: string | Uint8Array, name = 'node-1/var/log/messages') =>
  withFiles({ [name]: text }, async (folder) => {
    const loaded = await load([folder]);
    const report = await judge(loaded, { rules: [] });
    return { loaded, report };
  });

describe('NULs that a power failure left in a log', () => {
  test.each([
    ['at its start', `${NUL.repeat(800)}${LOG}\n`],
    ['more than the head of the file', `${NUL.repeat(20_000)}${LOG}\n`],
    ['amid its lines', `${LOG}\n${NUL.repeat(4096)}${LOG}\n`],
    ['at its end', `${LOG}\n${NUL.repeat(3000)}`],
  ])('%s: it is text, every line is read, and the loss is told', async (_, text) => {
    const { loaded, report } = await read(text);
    expect(report.coverage.unread).toEqual([]);
    expect(loaded.model.captures.map((c) => [c.command, c.completeness, c.gaps.length])).toEqual([
      ['journal', 'truncated', 0],
    ]);
    expect(loaded.model.captures[0]?.incompleteBecause).toMatch(/NUL bytes left out in line \d+: lines were lost/);
    expect(report.notes.join('\n')).toMatch(/messages: (?:800|20000|4096|3000) NUL bytes left out in line (?:1|41):/);
    const { facts, noise, gaps, unread, total } = report.coverage.bytes;
    expect(facts + noise + gaps + unread).toBe(total);
  });

  test('several losses in one file', () => {
    const { text, lost } = decodeText(Buffer.from(`a\n${NUL.repeat(20)}b\n${NUL.repeat(30)}c\n`));
    expect([0, 1, 2].map((i) => text.line(i))).toEqual(['a', 'b', 'c']);
    expect(lost).toBe(
      '50 NUL bytes left out in 2 places, the first in line 2: lines were lost there, as by a power failure',
    );
  });

  test('a stray NUL is no loss', () => {
    const { text, notes, lost } = decodeText(Buffer.from(`a${NUL}b\n`));
    expect([text.line(0), notes, lost]).toEqual([`a${NUL}b`, [], undefined]);
  });

  test.each([
    ['NULs and nothing else', Buffer.alloc(100_000)],
    [
      'a program',
      Buffer.concat([
        Buffer.from('7f454c4602010100', 'hex'),
        Buffer.alloc(900),
        readFileSync(process.execPath).subarray(5000, 20_000),
      ]),
    ],
    [
      'records with padded fields',
      Buffer.concat(
        Array.from({ length: 40 }, (_, i) =>
          Buffer.concat([
            Buffer.from([7, 0, 0, 0, i, 3, 0, 0]),
            Buffer.from(`pts/${i}\n`.padEnd(32, NUL)),
            Buffer.from('root'.padEnd(344, NUL)),
          ]),
        ),
      ),
    ],
    [
      'an image that has text behind its empty start',
      Buffer.concat([Buffer.alloc(32_768), Buffer.from('\x01CD001\x01\0LINUX'.padEnd(72)), Buffer.alloc(400, 1)]),
    ],
  ])('%s stays binary', async (_, bytes) => {
    const { report } = await read(bytes, 'node-1/blob');
    expect(report.coverage.unread.map((u) => u.detail)).toEqual(['binary file']);
  });
});
