import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { rules } from '../rules/index.js';

/** A row of the table in docs/architecture.md. Types of `kit` and `facts` may be imported everywhere; nothing else is allowed. */
interface Layer {
  readonly may: readonly string[];
  /** Layers and packages of which only types may be imported. */
  readonly types: readonly string[];
  readonly packages: readonly string[];
  readonly because: string;
}

const root = join(import.meta.dirname, '..');
const ANY_NODE = 'node:*';

const ROW = /^\| (?:src\/(?=\w)|(?=rules ))(\w+) \|(.*?)\|(.*?)\|(.*?)\| (.+) \|$/gm;
const words = (cell: string): readonly string[] => cell.match(/[\w:*#-]+/g) ?? [];
const LAYERS: Readonly<Record<string, Layer>> = Object.fromEntries(
  [...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(ROW)].map(
    ([, name = '', may = '', types = '', packages = '', because = '']) => [
      name,
      { may: words(may), types: words(types), packages: words(packages), because },
    ],
  ),
);

/** Wiring may import all: cli, and the files at the top of src. */
const isWiring = (layer: string): boolean => layer === 'cli' || layer.endsWith('.ts');

const LONGEST = 300;

const files = ['src', 'rules'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => `${top}/${f.split(sep).join('/')}`),
);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const NO_NODE = 'only bundle, config and cli touch the platform, so that the core can run in a browser';

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** `import { type A, type B }` is of types only, as `import type { A, B }` is. */
const namesOnlyTypes = (statement: string): boolean => {
  const names = /\{([^}]*)\}/.exec(statement)?.[1];
  return (
    names !== undefined &&
    !/^import\s+\w+\s*,/.test(statement) &&
    names.split(',').every((n) => n.trim() === '' || n.trim().startsWith('type '))
  );
};

const importsOf = (file: string): Import[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].map(([statement, type, fixed, lazy]) => ({
    from: file,
    to: fixed ?? lazy ?? '',
    typeOnly: type !== undefined || (fixed !== undefined && namesOnlyTypes(statement)),
  }));

/** `src/parsers/text/x.ts` → `parsers`; a file at the top of src → its name; `rules/…` → `rules`. */
const layerOf = (path: string): string => (path.startsWith('rules/') ? 'rules' : (path.split('/')[1] ?? ''));

/** What an import leads to: a layer, a package, or the platform. */
const targetOf = ({ from, to }: Import): string => {
  if (to.startsWith('node:')) return ANY_NODE;
  if (!to.startsWith('.')) return to;
  return layerOf(
    relative(root, join(root, dirname(from), to))
      .split(sep)
      .join('/'),
  );
};

function problemOf(found: Import): string | undefined {
  const { from, to, typeOnly } = found;
  const layer = layerOf(from);
  const target = targetOf(found);
  const onPlatform = `${from} imports ${to}: ${NO_NODE}`;
  if (layer.endsWith('.ts') && target === ANY_NODE) return onPlatform;
  if (isWiring(layer)) return undefined;
  const law = LAYERS[layer];
  if (!law) return `${from}: there is no layer ${layer}; add it to the table with its reason`;
  const allowed = [
    ...law.may,
    ...law.packages,
    ...(typeOnly && layer !== 'rules' ? [...law.types, 'kit', 'facts'] : []),
  ];
  if (allowed.includes(target) || (target === layer && (layer !== 'rules' || from === 'rules/index.ts')))
    return undefined;
  return target === ANY_NODE ? onPlatform : `${from} imports ${to}: ${layer} may not, because ${law.because}`;
}

test('docs/architecture.md has a row for each folder', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((e) => e.isDirectory());
  const layers = [...folders.map((e) => e.name).filter((name) => !isWiring(name)), 'rules'];
  expect(Object.keys(LAYERS).sort()).toEqual(layers.sort());
});

test('the table allows nothing that no file imports', () => {
  const used = new Map<string, Set<string>>();
  for (const found of files.flatMap(importsOf)) {
    const layer = layerOf(found.from);
    const seen = used.get(layer) ?? new Set();
    used.set(layer, seen.add(targetOf(found)).add(found.typeOnly ? '' : `code of ${targetOf(found)}`));
  }
  const idle = Object.entries(LAYERS).flatMap(([layer, law]) => [
    ...[...law.may, ...law.packages]
      .filter((to) => !used.get(layer)?.has(`code of ${to}`))
      .map((to) => `${layer}: ${to}`),
    ...law.types.filter((to) => !used.get(layer)?.has(to)).map((to) => `${layer}: types of ${to}`),
  ]);
  expect(idle).toEqual([]);
});

test('each import keeps to the layers', () => {
  const imports = files.flatMap(importsOf);
  expect(imports.length).toBeGreaterThan(200);
  expect(imports.map(problemOf).filter((p) => p !== undefined)).toEqual([]);
});

test('the check itself sees a forbidden import', () => {
  const from = 'src/parsers/x.ts';
  expect(problemOf({ from, to: '../model/build.js', typeOnly: false })).toContain('a parser knows text, not networks');
  expect(problemOf({ from, to: 'node:fs', typeOnly: false })).toContain('browser');
  expect(problemOf({ from: 'rules/kernel/x.ts', to: '../../src/kit/index.js', typeOnly: true })).toContain(
    'must suffice',
  );
  expect(problemOf({ from: 'src/report/x.ts', to: '../engine/run.js', typeOnly: false })).toContain(
    'a format knows no networks',
  );
});

test('src/facts holds types only', () => {
  const code = files
    .filter((f) => f.startsWith('src/facts/'))
    .flatMap((f) => importsOf(f).filter((i) => !i.typeOnly && !i.to.startsWith('./')));
  expect(code).toEqual([]);
});

/** Imports are not counted: the formatter gives each name its line. */
const lengthOf = (file: string): number =>
  readFileSync(join(root, file), 'utf8')
    .replace(/^import\b[^;]*;\n/gm, '')
    .split('\n').length - 1;

test(`no file is longer than ${LONGEST} lines: past that a second idea has moved in`, () => {
  const long = files.map((f) => [f, lengthOf(f)] as const).filter(([, n]) => n > LONGEST);
  expect(long).toEqual([]);
});

test('a rule lies where its id says, and is listed, sorted', () => {
  const there = files
    .filter((f) => f.startsWith('rules/') && f !== 'rules/index.ts' && !f.includes('/_'))
    .map((f) => f.slice('rules/'.length, -'.ts'.length));
  expect(rules.map((r) => r.id)).toEqual([...there].sort());
});

test.each(rules.map((r) => r.id))('%s has samples that fire, stay quiet and cannot know', (id) => {
  const folder = join(root, 'samples/rules', id);
  const samples = existsSync(folder) ? readdirSync(folder) : [];
  for (const kind of ['fires-', 'quiet-', 'unknown-'])
    expect(samples.filter((s) => s.startsWith(kind))).not.toHaveLength(0);
});
