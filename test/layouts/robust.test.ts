import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load } from '../../src/index.js';
import type { ClusterModel } from '../../src/model/types.js';
import { zip } from '../bundle/zip-writer.js';
import { withFiles } from '../folder.js';
import { type Store, stores } from './store.js';
import { writers } from './writers.js';

/** Every collector's bundle as it reaches the reader: renamed, packed again, unpacked, below a ticket's folders, a single node's part. */

type Files = Readonly<Record<string, string | Uint8Array>>;

const [lab] = stores;
if (!lab) throw new Error('no lab cluster');
/** Two nodes, and of their long listings the beginning. */
const store: Store = {
  ...lab,
  nodes: lab.nodes.slice(0, 2),
  answer: (node, command) =>
    command === 'sysctl -a'
      ? lab.answer(node, command)?.replace(/^(?!net\.ipv4\.(?:ip_forward|conf\.(?:all|eth0)\.)).*\n/gm, '')
      : lab.answer(node, command),
};

const PACKED = /\.(?:tar\.gz|tgz)$/;

/** Members of a tar by name. */
function membersOf(bytes: Uint8Array): Record<string, Uint8Array> {
  const tar = gunzipSync(bytes);
  const out: Record<string, Uint8Array> = {};
  for (let at = 0; tar[at]; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    out[name.replace(/^\.\//, '')] = tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return out;
}

/** As a file manager unpacks it: each archive becomes a folder of its name. */
const unpacked = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).flatMap(([path, body]) =>
      PACKED.test(path) && body instanceof Uint8Array
        ? Object.entries(unpacked(membersOf(body))).map(([p, b]) => [`${path.replace(PACKED, '')}/${p}`, b] as const)
        : [[path, body] as const],
    ),
  );

/** `tar --strip-components=1` into a folder of the archive's name: the one folder at its top is gone. */
const stripped = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).flatMap(([path, body]) => {
      if (!PACKED.test(path) || !(body instanceof Uint8Array)) return [[path, body] as const];
      const members = Object.entries(membersOf(body));
      const tops = new Set(members.map(([name]) => name.split('/')[0]));
      const drop = tops.size === 1 && members.every(([name]) => name.includes('/')) ? /^[^/]+\// : /^$/;
      return members.map(([name, b]) => [`${path.replace(PACKED, '')}/${name.replace(drop, '')}`, b] as const);
    }),
  );

const below = (folder: string, files: Files, change = (path: string): string => path): Files =>
  Object.fromEntries(Object.entries(files).map(([path, body]) => [folder + change(path), body]));

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
const MAIL =
  'Hello,\n\nas asked for the bundle of our cluster. Since this morning pods on the second node are not reached.\n';
const packed = (files: Files): Buffer =>
  zip(...Object.entries(files).map(([name, body]) => ({ name, body, method: 8 as const })));

/** What holds the files of one node and of no other: its folder, or its archive. */
function partOf(files: Files, node: string): { readonly files: Files; readonly path: string } | undefined {
  const tree = Object.keys(files).length === 1 ? unpacked(files) : files;
  const mine = Object.keys(tree).filter((path) => path.includes(node));
  if (mine.length === 1) return { files: tree, path: mine[0] ?? '' };
  const names = mine.map((path) => path.split('/').slice(0, -1));
  const [first = []] = names;
  const shared = first.slice(0, first.findIndex((name, i) => names.some((other) => other[i] !== name)) >>> 0);
  const folder = shared.slice(0, shared.findIndex((name) => name.includes(node)) + 1);
  return folder.length > 1 ? { files: tree, path: folder.join('/') } : undefined;
}

const ticket = (files: Files): Files => ({ ...files, 'mail.txt': MAIL, 'Screenshot (3).png': PNG });

/** What the bundle becomes, and whether names of files that are the only ones to name a node are lost. */
const WAYS: Readonly<Record<string, { readonly make: (files: Files) => Files; readonly unnamed?: true }>> = {
  'below the folders of a ticket': { make: (files) => below('Ticket 4711/Anhänge (2)/', ticket(files)) },
  'in the zip of a ticket': { make: (files) => ({ 'ticket.zip': packed(ticket(files)) }) },
  'in a zip in a zip': { make: (files) => ({ 'A.zip': packed({ 'B.zip': packed(below('case/', files)) }) }) },
  unpacked: { make: unpacked },
  'unpacked one level up': { make: stripped },
  'unpacked on Windows': { make: (files) => below('', unpacked(files), (path) => path.replace(/[:*?"<>|]/g, '_')) },
  'packed on Windows': {
    make: (files) => ({
      'TICKET 4711.ZIP': packed(
        below('', unpacked(files), (path) => path.replace(/[:*?"<>|]/g, '_').replaceAll('/', '\\')),
      ),
    }),
  },
  'with upper-case endings and numbers of downloads': {
    make: (files) =>
      below('', files, (path) => path.replace(/\.(tar\.gz|tgz|zip)$/, (end) => ` (1)${end.toUpperCase()}`)),
    unnamed: true,
  },
  'with another name at its top': {
    make: (files) => {
      const tops = [...new Set(Object.keys(unpacked(files)).map((path) => path.split('/')[0] ?? ''))];
      if (tops.length > 1) return below('Case 08-15/', unpacked(files));
      return below('', unpacked(files), (path) => path.replace(/^[^/]+\//, 'Case 08-15/'));
    },
  },
};

const PLACES = new Set(['at', 'line', 'lines', 'runs']);
const factsOf = (model: ClusterModel, named: boolean) => {
  const kinds = [...new Set(model.captures.flatMap((c) => c.facts.map((f) => f.kind)))].sort();
  return model.nodes
    .map((node) => ({
      node: named ? node.name : '',
      facts: kinds.flatMap((kind) =>
        node.host
          .facts(kind as Parameters<typeof node.host.facts>[0])
          .map((f) => JSON.stringify(f, (key, v: unknown) => (PLACES.has(key) ? undefined : v))),
      ),
    }))
    .sort((a, b) => (a.facts.join() < b.facts.join() ? -1 : 1));
};

const read = (files: Files, path = '') => withFiles(files, async (folder) => await load([join(folder, path)]));

describe.each(writers.map((w) => [`${w.layout}: ${w.title}`, w] as const))('%s', (_, writer) => {
  test('is read in whatever form it comes', async () => {
    const { files } = await writer.write(store);
    const original = await read(files);
    for (const [way, { make, unnamed = false }] of Object.entries(WAYS)) {
      const { model, layout } = await read(make(files));
      expect({ way, layout, nodes: factsOf(model, !unnamed) }).toEqual({
        way,
        layout: original.layout,
        nodes: factsOf(original.model, !unnamed),
      });
    }
  }, 120_000);

  test('is read where only the part of one node is given', async () => {
    const { files, nameOf = (node: string) => node } = await writer.write(store);
    const node = nameOf(store.nodes[1] ?? '');
    const part = partOf(files, node) ?? partOf(files, node.replaceAll('.', '_'));
    if (!part) return;
    const { model: whole } = await read(files);
    const { model } = await read(part.files, part.path);
    expect(factsOf(model, true)).toEqual(factsOf(whole, true).filter((n) => n.node === node));
  }, 120_000);
});
