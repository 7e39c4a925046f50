import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dumplint } from './built.js';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The one block of the README that holds these words. */
function block(words: string): string {
  const all = [...readme.matchAll(/^```\w+\n(.*?)^```$/gms)].map((m) => m[1] ?? '').filter((b) => b.includes(words));
  expect(all).toHaveLength(1);
  return all[0] ?? '';
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dumplint-readme-'));
  cpSync(join(root, 'samples/bundles/cni0-forwarding-off'), join(folder, 'cases/4711'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

test('the configuration and the rule of the README, as they stand there', () => {
  put('.dumplintrc.yaml', block('bundles: [cases/4711]'));
  put('rules/site.ts', block('defineRule({'));
  const { status, stdout, stderr } = dumplint([], { cwd: folder });
  expect(stderr).toBe('');
  expect(stdout).toContain('ERROR    kernel/forwarding-disabled');
  expect(stdout).toMatch(/^WARNING {2}site\/loose-rp-filter .* cni0$/m);
  expect(status).toBe(1);
});

test('the library by the lines of the README', () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/dumplint'));
  put('library.mjs', block("from 'dumplint';").replace('case.tgz', 'cases/4711'));
  const { stdout, stderr } = spawnSync(process.execPath, ['library.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^error kernel\/forwarding-disabled \[ 'node-1' \] /);
});

test('each command is in the table, and each command of the table is there', () => {
  const help = dumplint(['--help']).stdout;
  const commands = [...help.slice(help.indexOf('COMMANDS')).matchAll(/^ {2}(\w+) /gm)].map((m) => m[1]);
  const table = [...readme.matchAll(/^\| (`dumplint .*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`dumplint (\w+)/g)].map((m) => m[1]),
  );
  // `new` is for who works on dumplint: docs/guide.md has it.
  expect([...table.filter((c) => c !== 'PATH'), 'new'].sort()).toEqual(commands.sort());
});
