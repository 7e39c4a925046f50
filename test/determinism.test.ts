import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { lint } from '../src/index.js';
import { tar } from './bundle/tar-writer.js';
import { withFiles } from './folder.js';

const root = join(import.meta.dirname, '..', 'samples', 'bundles');
const bundles = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());
const folders = bundles.filter((name) => readdirSync(join(root, name)).includes('node-1'));

function filesOf(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    return statSync(join(folder, path)).isDirectory() ? filesOf(folder, path) : [path];
  });
}

const json = async (paths: readonly string[]): Promise<string> => JSON.stringify(await lint(paths));

const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

test('the same inputs in any order, named twice or once, give the same report', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...folders).chain((name) => fc.tuple(fc.constant(name), shuffled(readdirSync(join(root, name))))),
      async ([name, parts]) => {
        const paths = parts.map((part) => join(root, name, part));
        expect(await json(paths)).toBe(await json([...paths].sort()));
        expect(await json([...paths, ...paths])).toBe(await json(paths));
      },
    ),
    { numRuns: 8 },
  );
});

test('files named one by one, in any order', async () => {
  const name = 'cni0-forwarding-off';
  const files = filesOf(join(root, name)).map((f) => join(root, name, f));
  const expected = await json(files);
  expect(JSON.parse(expected)).toMatchObject({
    summary: { errors: 3, causes: 1 },
    bundle: { nodes: [{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3' }] },
  });
  await fc.assert(
    fc.asyncProperty(shuffled(files), async (paths) => expect(await json(paths)).toBe(expected)),
    { numRuns: 4 },
  );
});

test('the members of an archive in any order', async () => {
  const folder = join(root, 'wrong-interface');
  const files = filesOf(folder);
  const packed = (names: readonly string[]) =>
    tar(...names.map((name) => ({ name, body: readFileSync(join(folder, name)) })));
  const reportOf = (names: readonly string[]) =>
    withFiles({ 'case.tar': packed(names) }, async (at) => (await json([join(at, 'case.tar')])).replaceAll(at, ''));
  const expected = await reportOf(files);
  expect(JSON.parse(expected).findings[0]).toMatchObject({ rule: 'flannel/wrong-interface', severity: 'error' });
  await fc.assert(
    fc.asyncProperty(shuffled(files), async (names) => expect(await reportOf(names)).toBe(expected)),
    { numRuns: 6 },
  );
});

const samples = folders
  .slice(0, 3)
  .flatMap((name) => filesOf(join(root, name)).map((f) => readFileSync(join(root, name, f))));

test('cut, spoilt and glued captures end in a report', async () => {
  const piece = fc
    .tuple(
      fc.constantFrom(...samples),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([bytes, part, changes]) => {
      const cut = Buffer.from(bytes.subarray(0, Math.min(20_000, Math.floor(bytes.length * part))));
      for (const [at, value] of changes) if (cut.length > 0) cut[at % cut.length] = value;
      return cut;
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      async (files) => {
        const named = Object.fromEntries(files.map((pieces, i) => [`node-${i % 2}/${i}.txt`, Buffer.concat(pieces)]));
        const { coverage, notes, rules } = await withFiles(named, (folder) => lint([folder]));
        expect(rules.filter((r) => r.outcome === 'crashed')).toEqual([]);
        expect(notes.filter((n) => n.includes('crashed'))).toEqual([]);
        // Read or not, each file is accounted for.
        expect(new Set([...coverage.captures, ...coverage.unread].map((c) => c.file)).size).toBe(files.length);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);
