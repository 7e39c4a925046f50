import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROKEN, bin, dumplint, HEALTHY, root } from './built.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dumplint-cli-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

describe('lint', () => {
  test('the broken sample: exit 1, the error and its proof', () => {
    const { status, stdout, stderr } = dumplint(['lint', BROKEN]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ERROR +kernel\/forwarding-disabled +node-1 cni0$/m);
    expect(stdout).not.toContain('\x1b');
    expect(stderr).toBe('');
  });
  test('without its name', () => expect(dumplint([BROKEN])).toEqual(dumplint(['lint', BROKEN])));
  test('the healthy sample: exit 0', () => expect(dumplint(['lint', HEALTHY, '--fail-on', 'warning']).status).toBe(0));
  test('--fail-on never', () => expect(dumplint([BROKEN, '--fail-on', 'never']).status).toBe(0));
  test('--rule runs that rule only', () => {
    const { status, stdout } = dumplint([BROKEN, '--rule', 'kernel/ip-forward-off', '-f', 'json']);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { rules: { id: string }[] }).rules.map((r) => r.id)).toEqual([
      'kernel/ip-forward-off',
    ]);
  });
  test('same bytes out for any order of arguments', () => {
    const nodes = ['node-1', 'node-2', 'node-3'].map((n) => `${BROKEN}/${n}`);
    const findings = (paths: readonly string[]) =>
      (JSON.parse(dumplint([...paths, '-f', 'json']).stdout) as { findings: unknown }).findings;
    expect(findings(nodes.toReversed())).toEqual(findings(nodes));
  });
  test('several formats, one to a file', () => {
    const file = join(folder, 'out.json');
    const { stdout } = dumplint([BROKEN, '-f', 'text', '-f', `json=${file}`]);
    expect(stdout).toContain('ERROR');
    expect((JSON.parse(readFileSync(file, 'utf8')) as { schema: string }).schema).toBe('dumplint/report@1');
  });
  test('standard input', () => {
    const input = readFileSync(join(root, BROKEN, 'node-1/ip-netconf.txt'));
    const { status, stdout } = dumplint(['-'], { input });
    expect(status).toBe(1);
    expect(stdout).toContain('    -:4  inet cni0 forwarding off');
  });
  test('colour on demand only', () => {
    expect(dumplint([BROKEN, '--color']).stdout).toContain('\x1b[1;31mERROR');
    expect(dumplint([BROKEN], { env: { FORCE_COLOR: '1' } }).stdout).toContain('\x1b[1;31mERROR');
    expect(dumplint([BROKEN], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).stdout).not.toContain('\x1b');
    expect(dumplint([BROKEN, '--no-color'], { env: { FORCE_COLOR: '1' } }).stdout).not.toContain('\x1b');
  });
});

describe('exit 2, with a sentence', () => {
  test.each<[string, readonly string[], string]>([
    ['no path', [], 'No input was given: name a folder, an archive or a file'],
    ['a misspelt command', ['triag', BROKEN], 'Did you mean `dumplint triage`?'],
    ['a misspelt format', [BROKEN, '-f', 'jsn'], 'There is no format jsn. Did you mean json?'],
    ['a format without its file', [BROKEN, '-f', 'json='], 'names no file'],
    ['two formats on one output', [BROKEN, '-f', 'json', '-f', 'text'], 'Only one format can go to standard output'],
    ['an unknown flag', [BROKEN, '--levl', 'x'], 'Nonexistent flag: --levl'],
    ['a wrong level', [BROKEN, '--level', 'fatal'], '--level'],
    ['an unknown rule', [BROKEN, '--rule', 'kernel/forwarding-disable'], 'Did you mean kernel/forwarding-disabled?'],
    ['explain of an unknown rule', ['explain', 'forwarding-disabled'], 'Did you mean kernel/forwarding-disabled?'],
    ['a configuration that is not there', [BROKEN, '-c', 'no.json'], 'There is no configuration file'],
    ['a node that is not there', ['model', BROKEN, '--node', 'node-9'], 'No single node is called node-9'],
    ['a report file that cannot be written', [BROKEN, '-f', 'json=/no/such/folder/x'], "can't be written"],
  ])('%s', (_, args, says) => {
    const { status, stderr, stdout } = dumplint(args);
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^dumplint: /);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('exit 3', () => {
  test('an input that is not there', () => {
    const { status, stdout } = dumplint(['no/such/case.tgz']);
    expect(status).toBe(3);
    expect(stdout).toContain('There is no file or folder no/such/case.tgz');
  });
  test('nothing recognised, unless allowed', () => {
    const file = join(folder, 'x.txt');
    writeFileSync(file, 'hello\n');
    expect(dumplint([file]).status).toBe(3);
    expect(dumplint([file, '--allow-empty']).status).toBe(0);
  });
});

test('a reader that stops early is no error', async () => {
  const child = spawn(process.execPath, [bin, 'model', HEALTHY], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (d) => {
    stderr += String(d);
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  expect(code).not.toBe(2);
});

describe('configuration', () => {
  test('settings and suppressions are in effect, with their origin', () => {
    const file = join(folder, 'c.yaml');
    writeFileSync(file, 'rules: { kernel/forwarding-disabled: warning }\nfailOn: warning\n');
    expect(dumplint([BROKEN, '-c', file]).stdout).toContain('WARNING  kernel/forwarding-disabled');
    const { stdout, status } = dumplint(['--print-config', '-c', file]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      origin: file,
      failOn: 'warning',
      rules: { 'kernel/forwarding-disabled': { severity: 'warning' } },
    });
  });
  test('bundles are linted when no path is given', () => {
    writeFileSync(join(folder, '.dumplintrc'), JSON.stringify({ bundles: [join(root, BROKEN)] }));
    expect(dumplint(['lint'], { cwd: folder }).status).toBe(1);
  });
  test('a suppression is shown with its reason; one that matches nothing is noted', () => {
    const file = join(folder, 'c.json');
    writeFileSync(
      file,
      JSON.stringify({
        suppress: [
          { rule: 'kernel/forwarding-disabled', reason: 'known, ticket 7' },
          { fingerprint: '0123456789abcdef', reason: 'x' },
        ],
      }),
    );
    const { status, stdout } = dumplint([BROKEN, '-c', file]);
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('because: known, ticket 7');
    expect(stdout).toContain('suppression matches nothing: 0123456789abcdef');
  });
});

describe('other commands', () => {
  test('triage is Markdown', () => {
    const { status, stdout } = dumplint(['triage', BROKEN]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^## IPv4 forwarding is off on cni0 of node-1\n/);
  });
  test('coverage does not fail on findings', () => {
    const { status, stdout } = dumplint(['coverage', BROKEN]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}ip-netconf +node-1\/ip-netconf\.txt:1 /m);
    expect(JSON.parse(dumplint(['coverage', BROKEN, '--json']).stdout)).toMatchObject({
      schema: 'dumplint/coverage@1',
    });
  });
  test('model: each fact with its place, filtered', () => {
    const { stdout } = dumplint(['model', BROKEN, '--kind', 'netconf', '--node', 'node-1']);
    const { facts } = JSON.parse(stdout) as {
      facts: { kind: string; node: string; file: string; line: number; dev?: string; key: string; value: unknown }[];
    };
    expect(new Set(facts.map((f) => `${f.node} ${f.kind}`))).toEqual(new Set(['node-1 netconf']));
    expect(facts).toContainEqual(
      expect.objectContaining({
        dev: 'cni0',
        key: 'forwarding',
        value: 0,
        file: `${BROKEN}/node-1/ip-netconf.txt`,
        line: 4,
      }),
    );
  });
  test('rules and explain', () => {
    const rules = JSON.parse(dumplint(['rules', '--json']).stdout) as { id: string }[];
    expect(rules.length).toBeGreaterThan(10);
    for (const { id } of rules.slice(0, 3)) expect(dumplint(['explain', id]).stdout).toContain(`${id}  `);
  });
  test('--version, fast and slow, say the same', () => {
    const { stdout } = dumplint(['--version']);
    expect(stdout).toMatch(new RegExp(`^dumplint/${version.replace(/\./g, '\\.')} `));
  });
  test('help lists every command that is built, and each has an example', () => {
    const commands = readdirSync(join(root, 'src/cli/commands')).map((f) => f.replace(/\.ts$/, ''));
    const { stdout } = dumplint(['--help']);
    for (const c of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${c} `, 'm'));
      expect(dumplint(['help', c]).stdout).toContain('EXAMPLES');
    }
  });
});

/** What a run without configuration must not load: each costs more than the lint itself. */
test('a lint without configuration loads neither zod, cosmiconfig nor YAML', () => {
  const chunks = readdirSync(join(root, 'dist/bin'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.js'),
  );
  const heavy = chunks.filter((f) =>
    /ZodError|cosmiconfig|YAMLException/.test(readFileSync(join(root, 'dist/bin', f), 'utf8')),
  );
  expect(heavy.length).toBeGreaterThan(0);
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `export async function load(url, c, n) { if (url.includes('/dist/bin/')) process._rawDebug('LOADED ' + url.split('/dist/bin/')[1]); return n(url, c); }`,
  );
  const register = `data:text/javascript,${encodeURIComponent(`import{register}from'node:module';register('file://${hook}')`)}`;
  const { stderr } = dumplint(['--no-config', `${HEALTHY}/node-1`], { env: { NODE_OPTIONS: `--import=${register}` } });
  const loaded = [...stderr.matchAll(/LOADED (.*)/g)].map((m) => m[1] ?? '');
  expect(loaded).toContain('bin.js');
  expect(loaded.filter((f) => heavy.includes(f))).toEqual([]);
  expect(readFileSync(join(root, 'dist/bin/quick.cjs'), 'utf8')).not.toMatch(/ZodError|cosmiconfigSync/);
});
