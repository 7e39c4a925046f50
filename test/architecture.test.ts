import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { rules } from '../rules/index.js';

/**
 * Who may import whom, with the reason. Types of `kit` and `facts` may be imported everywhere; nothing else is allowed.
 * `bare`: packages that this layer may use.
 */
interface Layer {
  readonly may: readonly string[];
  /** Folders of which only types may be imported. */
  readonly types?: readonly string[];
  readonly node?: true;
  readonly bare?: readonly string[];
  readonly because: string;
}

const LAYERS: Readonly<Record<string, Layer>> = {
  kit: { may: [], because: 'the contract reads alone' },
  facts: { may: [], types: ['kit'], because: 'the shapes of facts are types that everybody shares' },
  bundle: { may: ['kit'], node: true, bare: ['xxhash-wasm'], because: 'bytes and names only' },
  capture: { may: ['kit', 'bundle'], because: 'is handed the parser list' },
  parsers: { may: ['kit'], bare: ['js-yaml'], because: 'a parser knows text, not networks' },
  model: { may: ['kit', 'facts'], because: 'facts are what parsers emit' },
  path: { may: ['kit', 'facts', 'model'], because: 'simulation judges nothing' },
  engine: {
    may: ['kit', 'facts', 'model', 'path'],
    types: ['zod'],
    because: "is handed the rule list: a user's rule is an equal citizen",
  },
  report: { may: ['kit'], types: ['engine', 'path'], bare: ['zod'], because: 'a format knows no networks' },
  config: {
    may: ['kit', 'engine'],
    node: true,
    bare: ['zod', 'cosmiconfig', 'ip-cidr'],
    because: 'option schemas come from the rules',
  },
  rules: { may: [], because: 'shipped rules use the public rule API (#rule) and nothing else: proof that it suffices' },
};

/** Files at the top of src are wiring, as cli is: they may import all. */
const WIRING = ['aliases.ts', 'cli', 'index.ts', 'load.ts', 'reading.ts', 'rule.ts', 'walk.ts'];

const root = join(import.meta.dirname, '..');
const LONGEST = 300;
/** Long because they are one list: splitting would hide what belongs together. */
const TABLES: readonly string[] = [];

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

function problemOf({ from, to, typeOnly }: Import): string | undefined {
  const layer = layerOf(from);
  if (WIRING.includes(layer)) return undefined;
  const law = LAYERS[layer];
  if (!law) return `${from}: there is no layer ${layer}; add it to the table with its reason`;
  const wrong = `${from} imports ${to}: ${layer} may not, because ${law.because}`;
  if (layer === 'rules')
    return to === '#rule' || (from === 'rules/index.ts' && to.startsWith('./')) ? undefined : wrong;
  if (to.startsWith('node:'))
    return law.node
      ? undefined
      : `${from} imports ${to}: only bundle, config and cli touch the platform, so that the core can run in a browser`;
  if (!to.startsWith('.')) return law.bare?.includes(to) || (typeOnly && law.types?.includes(to)) ? undefined : wrong;
  const target = layerOf(
    relative(root, join(root, dirname(from), to))
      .split(sep)
      .join('/'),
  );
  if (target === layer || law.may.includes(target)) return undefined;
  return typeOnly && ['kit', 'facts', ...(law.types ?? [])].includes(target) ? undefined : wrong;
}

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
    'proof that it suffices',
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
  const long = files.map((f) => [f, lengthOf(f)] as const).filter(([f, n]) => n > LONGEST && !TABLES.includes(f));
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
