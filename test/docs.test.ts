import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const namesIn = (folder: string): readonly string[] => readdirSync(join(root, folder));

/** Pages that people write; docs/rules is generated. */
const PAGES = [
  'README.md',
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    namesIn(folder).flatMap((f) => (f.endsWith('.md') ? [`${folder}/${f}`] : [])),
  ),
  'bench/README.md',
  'lab/README.md',
  'lab/judge/README.md',
  'lab/judge/cases/README.md',
  'samples/bundles/README.md',
  'test/bundle/packed/README.md',
  'test/corpus/README.md',
];

const FOLDERS = ['src', 'test', 'lab', 'rules', 'tools', 'bench', 'samples', 'docs', 'schema'];
const files = new Set(
  FOLDERS.flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((f) => `${top}/${f}`),
  ),
);
const baseNames = new Set([...files].map((f) => f.slice(f.lastIndexOf('/') + 1)));

/** `net/{core,ipv4}` → both. */
const spelt = (word: string): readonly string[] => {
  const [, front = '', middle, back = ''] = /^(.*?)\{(.*)\}(.*)$/.exec(word) ?? [];
  return middle === undefined ? [word] : middle.split(',').map((m) => `${front}${m}${back}`);
};

/** Words in backticks that name something of this repository: a path below one of its folders, or a source file. */
const namedFiles = (page: string): readonly string[] =>
  [...read(page).matchAll(/`([\w./{},-]+)`/g)]
    .flatMap(([, word = '']) => spelt(word))
    .filter((w) => /\w\.(?:m?ts|mjs)$/.test(w) || new RegExp(`^(?:${FOLDERS.join('|')})/`).test(w));

const isThere = (page: string, name: string): boolean => {
  const path = name.replace(/\/$/, '');
  return path.includes('/')
    ? [path, join(dirname(page), path), join('lab', path)].some((p) => files.has(p) || FOLDERS.includes(p))
    : baseNames.has(path);
};

describe.each(PAGES)('%s', (page) => {
  test('files and folders that it names are there', () =>
    expect(namedFiles(page).filter((name) => !isThere(page, name))).toEqual([]));

  test('its links lead somewhere', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((m) => m[1] ?? '');
    expect(links.filter((to) => !existsSync(join(root, dirname(page), to)))).toEqual([]);
  });

  test('scripts of npm that it names are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(page).matchAll(/npm run (?:--silent )?([\w:]+)/g)].map((m) => m[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** Lists that must be whole: what lies in a folder, and the page that has a word on each. */
const scriptsOf = (folder: string): readonly string[] => namesIn(folder).filter((f) => f.endsWith('.mjs'));
test.each<[string, readonly string[]]>([
  [
    'bench/README.md',
    [
      ...scriptsOf('bench')
        .filter((f) => f !== 'run.mjs')
        .map((f) => `node bench/${f}`),
      'npm run bench',
    ],
  ],
  ['lab/README.md', [...scriptsOf('lab'), ...scriptsOf('lab/flavours').map((f) => f.replace('.mjs', ''))]],
  [
    'lab/judge/cases/README.md',
    [...read('lab/judge/cases/index.mjs').matchAll(/from '\.\/(.*?)'/g)].map((m) => m[1] ?? ''),
  ],
  ['samples/bundles/README.md', namesIn('samples/bundles').filter((f) => !f.includes('.'))],
  [
    'docs/guide.md',
    Object.keys(JSON.parse(read('package.json')).scripts).flatMap((s) =>
      // npm calls the one by itself and the other without `run`.
      s === 'prepare' || s === 'test' ? [] : [`npm run ${s}`],
    ),
  ],
])('%s names all of them', (page, all) => {
  expect(all.length).toBeGreaterThan(0);
  const text = read(page);
  expect(all.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});

test('the lab asks for the packages that its page names', () => {
  const packages = [...read('lab/needs.mjs').matchAll(/^ {2}\['[\w-]+', '([\w-]+)'\],$/gm)].map((m) => m[1] ?? '');
  expect(packages.length).toBeGreaterThan(10);
  const install = /apt-get install ([^`]+)`/.exec(read('lab/README.md'))?.[1]?.split(/\s+/);
  expect([...new Set(packages)].sort()).toEqual(install?.sort());
  const ci = /--no-install-recommends \\\n(.*?) > /s.exec(read('.ci/run'))?.[1]?.trim().split(/\s+/);
  expect(packages.filter((p) => !ci?.includes(p))).toEqual([]);
});
