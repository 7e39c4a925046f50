import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { scaffold, type Thing } from '../../src/cli/scaffold.js';

const root = join(import.meta.dirname, '..', '..');
const LISTS = ['src/parsers/index.ts', 'src/capture/layouts/index.ts', 'test/layouts/writers.ts'];

let checkout = '';
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'dumplint-new-'));
  for (const file of LISTS) cpSync(join(root, file), join(checkout, file), { recursive: true });
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const read = (file: string): string => readFileSync(join(checkout, file), 'utf8');
const entries = (text: string): string[] => [...text.matchAll(/^ {2}(?:\.\.\.)?(\w+),$/gm)].map((m) => m[1] ?? '');

test.each<[Thing, string, string]>([
  ['parser', 'ip-token', 'ipToken'],
  ['parser', 'aa', 'aa'],
  ['parser', 'zz-9', 'zz9'],
  // Before hostname, as its folder of samples is.
  ['parser', 'host-a', 'hostA'],
  ['layout', 'my-collector', 'myCollector'],
])('a %s called %s: its files, and one line in each list, in its place', (thing, name, variable) => {
  const before = LISTS.map(read);
  const { files, next } = scaffold(checkout, thing, name);
  expect(next.at(-1)).toBe('npm test');
  for (const [i, list] of LISTS.entries()) {
    const text = read(list);
    if (!files.includes(list)) {
      expect(text).toBe(before[i]);
      continue;
    }
    expect(text.split('\n').length - (before[i]?.split('\n').length ?? 0)).toBe(2);
    expect(text).toContain(`import { ${variable} } from './${name}.js';`);
    const all = entries(text);
    expect(all.filter((e) => e === variable)).toHaveLength(1);
    const at = all.indexOf(variable);
    const nameOf = (entry = ''): string => entry.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
    expect(nameOf(all[at - 1]) < nameOf(variable)).toBe(true);
    expect(at === all.length - 1 || nameOf(all[at + 1]) > nameOf(variable)).toBe(true);
  }
  for (const file of files.filter((f) => f.endsWith(`/${name}.ts`))) {
    expect(read(file)).toContain(`export const ${variable}`);
    expect(read(file)).not.toContain('\\`');
    expect(dirname(file)).not.toBe('.');
  }
});

test.each<[Thing, string, RegExp]>([
  ['parser', 'Ip_Token', /small letters, digits and dashes/],
  ['parser', '../../etc/x', /small letters, digits and dashes/],
  ['layout', '', /small letters, digits and dashes/],
])('a %s cannot be called %j', (thing, name, reason) => expect(() => scaffold(checkout, thing, name)).toThrow(reason));

test('a name that is taken, and a folder that is no checkout, are refused and nothing is written', () => {
  scaffold(checkout, 'parser', 'twice');
  const after = LISTS.map(read);
  expect(() => scaffold(checkout, 'parser', 'twice')).toThrow('src/parsers/twice.ts is there already');
  expect(LISTS.map(read)).toEqual(after);
  expect(() => scaffold(tmpdir(), 'layout', 'mine')).toThrow('run this at the top of a checkout of dumplint');
});
