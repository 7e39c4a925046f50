import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { rules as shipped } from '../../rules/index.js';
import { type ConfigRequest, configure } from '../../src/config/index.js';
import { configJsonSchema } from '../../src/config/schema.js';
import { defineRule } from '../../src/rule.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dumplint-config-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: unknown): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
const run = (over: Partial<ConfigRequest> = {}) => configure({ cwd: root, inputs: [], shipped, ...over });

const ranged = defineRule({
  id: 'test/ranged',
  title: 't',
  why: 'w',
  fix: 'f',
  severity: 'error',
  since: '0.1.0',
  needs: ['route'],
  options: {
    defaults: { networks: ['10.0.0.0/8'], percent: 80 },
    schema: (z) =>
      z.strictObject({ networks: z.array(z.cidrv4()).optional(), percent: z.number().min(1).max(100).optional() }),
    describe: { networks: 'n', percent: 'p' },
  },
  *check() {},
});

test('without a file nothing changes', async () => {
  const { origin, rules, settings, failOn, level } = await run();
  expect({ origin, settings, failOn, level }).toEqual({ origin: null, settings: {}, failOn: 'error', level: 'info' });
  expect(rules).toBe(shipped);
});

test.each([
  '.dumplintrc',
  '.dumplintrc.json',
  '.dumplintrc.yaml',
  '.dumplintrc.yml',
  'dumplint.config.json',
  'dumplint.config.yaml',
  'dumplint.config.yml',
])('%s is found, from below too', async (name) => {
  const file = put(name, '{"failOn": "warning"}');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  const { origin, failOn } = await run({ cwd: join(root, 'a/b') });
  expect({ origin, failOn }).toEqual({ origin: file, failOn: 'warning' });
});

test('package.json counts only with a dumplint key', async () => {
  put('package.json', { name: 'dumplint', dumplint: { level: 'error' } });
  put('below/package.json', { name: 'dumplint' });
  const { origin, level } = await run({ cwd: join(root, 'below') });
  expect({ origin, level }).toEqual({ origin: join(root, 'package.json'), level: 'error' });
});

test.each(['js', 'mjs', 'cjs', 'ts'])('dumplint.config.%s is never run', async (extension) => {
  const mark = join(root, 'ran');
  const file = put(
    `dumplint.config.${extension}`,
    `require('fs').writeFileSync(${JSON.stringify(mark)}, ''); module.exports = {}`,
  );
  expect((await run()).origin).toBeNull();
  await expect(run({ file })).rejects.toThrow('is a program: a configuration is JSON or YAML');
  expect(() => readFileSync(mark)).toThrow('ENOENT');
});

describe('a configuration in an input', () => {
  test('is not used, and a note says so; one above is', async () => {
    const above = put('.dumplintrc', 'failOn: info');
    put('bundle/node-1/.dumplintrc', 'failOn: never');
    const { origin, failOn, notes } = await run({ cwd: join(root, 'bundle/node-1'), inputs: [join(root, 'bundle')] });
    expect({ origin, failOn }).toEqual({ origin: above, failOn: 'info' });
    expect(notes).toEqual([
      expect.stringMatching(/bundle\/node-1\/\.dumplintrc is not used because it lies in the input .*--config/),
    ]);
  });
  test('is seen through a link', async () => {
    put('bundle/.dumplintrc', 'failOn: never');
    symlinkSync(join(root, 'bundle'), join(root, 'link'));
    expect((await run({ cwd: join(root, 'bundle'), inputs: [join(root, 'link')] })).origin).toBeNull();
  });
  test('is used when named', async () => {
    const file = put('bundle/.dumplintrc', 'failOn: never');
    expect((await run({ file, inputs: ['bundle'] })).failOn).toBe('never');
  });
  test('a neighbour whose name begins alike is no input', async () => {
    put('bundle-config/.dumplintrc', 'failOn: never');
    expect((await run({ cwd: join(root, 'bundle-config'), inputs: [join(root, 'bundle')] })).failOn).toBe('never');
  });
  test('a stranger in a folder for everybody is not listened to', async () => {
    const file = put('.dumplintrc', 'failOn: never');
    chmodSync(root, 0o777);
    expect((await run()).failOn).toBe('never');
    // Only root can give a file away; for others the first half is the test.
    if (process.getuid?.() !== 0) return;
    chownSync(file, 12345, 12345);
    const { origin, notes } = await run();
    expect(origin).toBeNull();
    expect(notes).toEqual([expect.stringContaining('another user put it')]);
  });
  test('cannot hold its own bundles', async () => {
    put('.dumplintrc', 'bundles: ["."]');
    await expect(run()).rejects.toThrow('the configuration lies in its own input');
  });
});

test('bundles are told from the working directory', async () => {
  put('.dumplintrc', 'bundles: [cases/a.tgz]');
  mkdirSync(join(root, 'cases'));
  expect((await run({ cwd: join(root, 'cases') })).bundles).toEqual(['a.tgz']);
});

describe('each mistake is a sentence with its place', () => {
  test.each([
    ['failOn: errors', 'failOn: expected one of'],
    ['failon: error', 'there is no setting failon here. Did you mean failOn?'],
    [
      'rules: { kernel/forwarding-disable: off }',
      'there is no rule kernel/forwarding-disable. Did you mean kernel/forwarding-disabled?',
    ],
    ['rules: { kernel/forwarding-disabled: fatal }', 'rules.kernel/forwarding-disabled: '],
    ['rules: { kernel/forwarding-disabled: { sev: off } }', 'there is no setting sev here'],
    ['rules: { kernel/forwarding-disabled: { options: { x: 1 } } }', 'kernel/forwarding-disabled has no options'],
    ['rules: { test/ranged: { options: { percent: 300 } } }', 'rules.test/ranged.options.percent: too big'],
    ['rules: { test/ranged: { options: { percnt: 30 } } }', 'there is no setting percnt here. Did you mean percent?'],
    ['rules: { test/ranged: { options: { networks: [10.0.0.5/24] } } }', 'did you mean 10.0.0.0/24?'],
    ['rules: { test/ranged: { options: { networks: [fd00::/8] } } }', 'rules.test/ranged.options.networks'],
    ['suppress: [{ rule: kernel/forwarding-disabled }]', 'suppress[0].reason: '],
    ['suppress: [{ rule: kernel/forwarding-off, reason: x }]', 'there is no rule kernel/forwarding-off'],
    ['suppress: [{ fingerprint: xyz, reason: x }]', 'suppress[0].fingerprint: must be the 16 hex digits'],
    ['rules: [', "can't be read as YAML or JSON"],
  ])('%s', async (content, says) => {
    const file = put('.dumplintrc', content);
    const failure = run({ shipped: [...shipped, ranged] });
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toThrow(file);
    await expect(failure).rejects.toMatchObject({ usage: true });
  });
  test('a file that is not there', () =>
    expect(run({ file: 'no.json' })).rejects.toThrow(`There is no configuration file ${join(root, 'no.json')}`));
});

test('options and severities arrive', async () => {
  put(
    '.dumplintrc',
    'rules: { test/ranged: { severity: info, options: { networks: [10.0.0.0/24] } }, kernel/forwarding-disabled: off }',
  );
  const { settings } = await run({ shipped: [...shipped, ranged] });
  expect(settings).toEqual({
    'test/ranged': { severity: 'info', options: { networks: ['10.0.0.0/24'] } },
    'kernel/forwarding-disabled': { severity: 'off' },
  });
});

test('--no-config looks for nothing', async () => {
  put('.dumplintrc', 'rules: [');
  expect((await run({ none: true })).origin).toBeNull();
});

describe('schema/config-1.json', () => {
  const file = join(import.meta.dirname, '..', '..', 'schema/config-1.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
  test('is what the rules and types say', () =>
    expect(schema).toEqual(JSON.parse(JSON.stringify(configJsonSchema(shipped)))));
  test('accepts and refuses as the loader does', () => {
    const validate = new Ajv2020({ strictTypes: false, validateFormats: false }).compile(schema);
    expect(
      validate({
        $schema: 'x',
        rules: { 'kernel/forwarding-disabled': 'off' },
        suppress: [{ rule: 'a/b', reason: 'r' }],
        failOn: 'never',
      }),
    ).toBe(true);
    expect(validate({ failon: 'never' })).toBe(false);
    expect(validate({ rules: { 'kernel/forwarding-disabled': 'fatal' } })).toBe(false);
    expect(validate({ suppress: [{ rule: 'a/b' }] })).toBe(false);
  });
});
