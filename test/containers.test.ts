import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openBundle } from '../src/bundle/index.js';
import type { Report } from '../src/engine/report.js';
import { lint, load } from '../src/index.js';
import { type Part, tar } from './bundle/tar-writer.js';
import { zip } from './bundle/zip-writer.js';
import { withFiles } from './folder.js';

/** samples/bundles/cni0-forwarding-off as tools packed it (see test/bundle/packed/README.md). */
const packed = (ending: string): string => join(import.meta.dirname, 'bundle', 'packed', `bundle.${ending}`);
const TIME = Date.UTC(2026, 2, 12, 9, 14) / 1000;

async function membersOf(path: string): Promise<Readonly<Record<string, Uint8Array>>> {
  const members: Record<string, Uint8Array> = {};
  for await (const event of openBundle([path]))
    if (event.kind === 'file') members[event.file.inner] = event.file.bytes.slice();
  return members;
}

/** What a report says of the captures, without what is different between one container and another: where they lie. */
function judgement(report: Report, top: string): unknown {
  const { findings, rules, summary, coverage, topology } = report;
  const nodes = report.bundle.nodes.map((n) => n.name);
  const captures = coverage.captures.map(({ command, node, file, lines, completeness }) => [
    command,
    node,
    file,
    lines,
    completeness,
  ]);
  return JSON.parse(JSON.stringify({ findings, rules, summary, nodes, topology, captures }).replaceAll(top, ''));
}

test('a bundle is judged alike in each container', async () => {
  const members = await membersOf(packed('tar.xz'));
  const names = Object.keys(members);
  expect(names.length).toBeGreaterThan(40);
  const plain = tar(...names.map((name): Part => ({ name, body: members[name] ?? '', mtime: TIME })));
  const files = {
    'case.tar': plain,
    'case.tgz': gzipSync(plain),
    'case.zip': zip(...names.map((name) => ({ name, body: members[name] ?? '', mtime: TIME }))),
    'stored.zip': zip(
      ...names.map((name) => ({
        name,
        body: members[name] ?? '',
        mtime: TIME,
        method: 0,
        streamed: 'signed' as const,
      })),
    ),
    'nested.zip': zip({ name: 'case.tar', body: plain, method: 0 }),
  };
  const expected = judgement(await lint([packed('tar.xz')]), `${packed('tar.xz')}!/`);
  expect(expected).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ rule: 'kernel/forwarding-disabled', severity: 'error' }),
    ]),
    nodes: ['node-1', 'node-2', 'node-3'],
  });
  for (const ending of ['tar.zst', 'tar.bz2', 'zip'])
    expect(judgement(await lint([packed(ending)]), `${packed(ending)}!/`)).toEqual(expected);
  await withFiles(files, async (at) => {
    for (const name of Object.keys(files)) {
      const path = join(at, name);
      const top = name === 'nested.zip' ? `${path}!/case.tar!/` : `${path}!/`;
      expect(judgement(await lint([path]), top)).toEqual(expected);
      async function* stdin(): AsyncGenerator<Uint8Array> {
        yield await readFile(path);
      }
      const again = { [Symbol.asyncIterator]: stdin };
      const piped = top.replace(path, '-');
      expect((judgement(await lint(['-'], { stdin: again }), piped) as Report).findings).toEqual(
        (expected as Report).findings,
      );
    }
  });
  await withFiles(members, async (at) => {
    expect(judgement(await lint([at]), `${at}/`)).toEqual(expected);
  });
}, 60_000);

const FORWARDING = 'net.ipv4.conf.cni0.forwarding = 0\nnet.ipv4.ip_forward = 1\n';
/** The same members as an archive, and as the folder that it unpacks to. */
const both = async (parts: readonly Part[], check: (report: Report, top: string) => void): Promise<void> => {
  await withFiles({ 'case.tar': tar(...parts) }, async (at) => {
    check(await lint([join(at, 'case.tar')]), `${join(at, 'case.tar')}!/`);
    const folder = join(at, 'case');
    for (const { name, type, link = '', body = '' } of parts) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      if (type === '2') symlinkSync(link, path);
      else if (type === '1') linkSync(join(folder, link), path);
      else writeFileSync(path, body);
    }
    check(await lint([folder]), `${folder}/`);
  });
};

test('a link is no second capture, and its name may say what a file is', () =>
  both(
    [
      { name: 'node-1/commands/hostname', type: '2', link: '../output/7' },
      { name: 'node-1/output/7', body: 'node-7.example.org\n' },
      { name: 'node-1/output/8', body: FORWARDING },
      { name: 'node-1/sysctl', type: '2', link: 'output/8' },
      { name: 'node-1/all', type: '2', link: 'output' },
      { name: 'node-1/gone', type: '2', link: '/run/gone' },
    ],
    (report, top) => {
      expect(report.coverage.captures.map((c) => [c.command, c.file.replace(top, '')])).toEqual([
        ['hostname', 'node-1/output/7'],
        ['sysctl', 'node-1/output/8'],
      ]);
      expect(report.coverage.unread.map((u) => [u.file.replace(top, ''), u.detail])).toEqual([
        ['node-1/gone', 'symbolic link to /run/gone, which is not in the bundle'],
      ]);
    },
  ));

test('a hard link in another folder is a file of that folder, and its lines are quoted', async () => {
  // Longer than what is kept for quoting.
  const long = `${FORWARDING}${'net.ipv4.conf.eth0.forwarding = 1\n'.repeat(40_000)}`;
  await both(
    [
      { name: 'node-1/sysctl.txt', body: long },
      { name: 'node-1/again.txt', type: '1', link: 'node-1/sysctl.txt' },
      { name: 'node-2/sysctl.txt', type: '1', link: 'node-1/sysctl.txt' },
    ],
    (report, top) => {
      const files = ['node-1/again.txt', 'node-1/sysctl.txt'];
      const [first, second, ...more] = report.coverage.captures.map((c) => c.file.replace(top, ''));
      expect(files).toContain(first);
      expect([second, more]).toEqual(['node-2/sysctl.txt', []]);
      expect(report.coverage.captures.map((c) => c.node)).toEqual(['node-1', 'node-2']);
    },
  );
});

test('of two members of one name the later counts', async () => {
  const parts = [
    { name: 'node-1/sysctl.txt', body: 'net.ipv4.ip_forward = 0\n' },
    { name: 'node-1/logs.tar', body: tar({ name: 'sysctl-a.txt', body: 'net.ipv4.ip_forward = 0\n' }) },
    { name: 'node-1/sysctl.txt', body: 'net.ipv4.ip_forward = 1\n' },
    { name: 'node-1/logs.tar', body: tar({ name: 'sysctl-a.txt', body: 'net.ipv4.ip_forward = 1\n' }) },
  ];
  for (const archive of [tar(...parts), zip(...parts)])
    await withFiles({ case: archive }, async (at) => {
      const report = await lint([join(at, 'case')]);
      expect(report.coverage.captures.map((c) => c.file.split('!/')[1])).toEqual([
        'node-1/logs.tar#2',
        'node-1/sysctl.txt#2',
      ]);
      expect(report.coverage.unread.map((u) => [u.file.split('!/')[1], u.detail.split(':')[0]])).toEqual([
        ['node-1/logs.tar', 'a later member of the same name counts instead'],
        ['node-1/sysctl.txt', 'a later member of the same name counts instead'],
      ]);
      const { model } = await load([join(at, 'case')]);
      expect(model.captures.flatMap((c) => c.facts)).toHaveLength(2);
    });
});

test('a hard link to an archive in another folder is named', async () => {
  const inner = tar({ name: 'sysctl.txt', body: FORWARDING });
  const outer = tar({ name: 'node-1/a.tar', body: inner }, { name: 'node-2/a.tar', type: '1', link: 'node-1/a.tar' });
  await withFiles({ case: outer }, async (at) => {
    const report = await lint([join(at, 'case')]);
    expect(report.coverage.captures).toHaveLength(1);
    expect(report.coverage.unread.map((u) => u.detail)).toEqual([
      expect.stringContaining('was read under that name only'),
    ]);
  });
});

test('the samples that tools packed are the same bundle', async () => {
  const sums = await Promise.all(
    ['tar.xz', 'tar.zst', 'tar.bz2', 'zip'].map(async (ending) => {
      const hash = createHash('sha256');
      for (const [name, bytes] of Object.entries(await membersOf(packed(ending))).sort())
        hash.update(name).update(bytes);
      return hash.digest('hex');
    }),
  );
  expect(new Set(sums).size).toBe(1);
});
