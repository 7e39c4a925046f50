import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROKEN, dumplint, root } from '../cli/built.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dumplint-modules-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A user's rule in TypeScript, as the guide shows it. */
const RULE = `import { defineRule, finding, shows } from 'dumplint/rule';
import type { NetconfFact } from 'dumplint/rule';
import { REASON } from './reason.mjs';

interface Off { readonly fact: NetconfFact }

export default defineRule({
  id: 'site/loose-rp-filter',
  title: 'rp_filter is loose',
  why: REASON,
  fix: 'Set it.',
  severity: 'warning',
  since: '1.0.0',
  needs: ['netconf'],
  *check(view) {
    for (const host of view.hosts)
      for (const off of host.facts.netconf.flatMap((fact): Off[] => (fact.scope === 'device' && fact.key === 'rp_filter' && fact.value === 2 ? [{ fact }] : [])))
        yield finding({ nodes: [host.node], subject: String((off.fact as { dev?: string }).dev), message: 'rp_filter is loose.', evidence: [shows(off.fact)] });
  },
});
`;

function put(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
const lint = (config: object, args: readonly string[] = []) =>
  dumplint([join(root, BROKEN), '-c', put('c.json', JSON.stringify(config)), ...args], { cwd: folder });

test.each(['.ts', '.mts'])('a rule in TypeScript anywhere on the disk (%s)', (extension) => {
  put(`loose${extension}`, RULE);
  put('reason.mjs', 'export const REASON = "because";');
  const { stdout, stderr } = lint({ ruleModules: [`./loose${extension}`] }, ['--rule', 'site/loose-rp-filter']);
  expect(stderr).toBe('');
  expect(stdout).toContain('WARNING  site/loose-rp-filter');
});

test('explain sends nobody to a page that a rule of their own does not have', () => {
  put('loose.ts', RULE);
  put('reason.mjs', 'export const REASON = "because";');
  const config = put('c.json', JSON.stringify({ ruleModules: ['./loose.ts'] }));
  const page = (id: string): string => dumplint(['explain', id, '-c', config]).stdout;
  expect(page('site/loose-rp-filter')).toMatch(/^site\/loose-rp-filter/);
  expect(page('site/loose-rp-filter')).not.toContain('docs/rules');
  expect(page('kernel/forwarding-disabled')).toContain('docs/rules/kernel/forwarding-disabled.md');
});

test('a rule in JavaScript that takes all from `dumplint`, and a list of rules', () => {
  put(
    'all.mjs',
    `import { defineRule, rules } from 'dumplint'; const own = (id) => defineRule({ ...rules[0], id, technology: undefined }); export default [own('site/a'), own('site/b')];`,
  );
  const { stdout } = dumplint(['rules', '-c', put('c.json', JSON.stringify({ ruleModules: ['./all.mjs'] }))]);
  expect(stdout).toMatch(/^site\/a [\s\S]*^site\/b /m);
});

test('a package beside the configuration', () => {
  mkdirSync(join(folder, 'node_modules/site-rules'), { recursive: true });
  put(
    'node_modules/site-rules/package.json',
    JSON.stringify({ name: 'site-rules', type: 'module', exports: './index.js' }),
  );
  put(
    'node_modules/site-rules/index.js',
    `import { rules } from 'dumplint'; export default { ...rules[0], id: 'site/packed' };`,
  );
  expect(dumplint(['rules', '-c', put('c.json', JSON.stringify({ ruleModules: ['site-rules'] }))]).stdout).toContain(
    'site/packed',
  );
});

describe('exit 2, with a sentence', () => {
  test.each<[string, string, string]>([
    ['not a rule', 'export default 7;', 'its default export must be a rule or a list of rules'],
    ['no id', 'export default { title: "x" };', 'needs an id of the form area/bad-state'],
    [
      'no check',
      "export default { id: 'a/b', title: 't', why: 'w', fix: 'f', since: '1', severity: 'error', needs: [] };",
      'rule a/b needs a function `check`',
    ],
    [
      'an unknown fact',
      "export default { id: 'a/b', title: 't', why: 'w', fix: 'f', since: '1', severity: 'error', needs: ['rout'], check() {} };",
      'Did you mean route?',
    ],
    ['an id that is taken', "import { rules } from 'dumplint'; export default rules[0];", 'give yours another id'],
    ['a mistake in the file', 'export default {;', "can't be loaded"],
  ])('%s', (_, source, says) => {
    put('r.mjs', source);
    const { status, stderr } = lint({ ruleModules: ['./r.mjs'] });
    expect(stderr).toContain(says);
    expect(status).toBe(2);
  });
  test('a file that is not there', () =>
    expect(lint({ ruleModules: ['./no.ts'] }).stderr).toContain('there is no file'));
  test('a package that is not there', () =>
    expect(lint({ ruleModules: ['no-such-package'] }).stderr).toContain(
      'neither a file beside the configuration nor a package',
    ));
});

test('nothing from an input is run, whoever asks for it', () => {
  const mark = join(folder, 'ran');
  mkdirSync(join(folder, 'bundle'));
  put(
    'bundle/rule.mjs',
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, ''); export default [];`,
  );
  const { status, stderr } = dumplint(
    ['bundle', '-c', put('c.json', JSON.stringify({ ruleModules: ['./bundle/rule.mjs'] }))],
    { cwd: folder },
  );
  expect(stderr).toContain('nothing from an input is run');
  expect(status).toBe(2);
  expect(() => realpathSync(mark)).toThrow('ENOENT');
});

test('a crash of a rule leaves the others their say, and ends with 2', () => {
  put(
    'r.mjs',
    "export default { id: 'site/crash', title: 't', why: 'w', fix: 'f', since: '1', severity: 'error', needs: [], check() { throw new Error('boom'); } };",
  );
  const { status, stdout } = lint({ ruleModules: ['./r.mjs'] });
  expect(status).toBe(2);
  expect(stdout).toContain('ERROR    kernel/forwarding-disabled');
  expect(stdout).toContain('Rule site/crash crashed (Error: boom)');
});
