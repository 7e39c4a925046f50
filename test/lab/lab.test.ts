import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/**
 * Needs root and a kernel with namespaces, vxlan, iptables; without them it fails and says what is missing.
 * The lab runs as its own process, as `npm run samples` does: its clean-up on a signal is part of what is tested.
 */
const root = join(import.meta.dirname, '../..');
const maker = join(root, 'lab/make-samples.mjs');
const committed = join(root, 'samples/bundles');

interface Expectation {
  readonly exit: number;
  readonly errors: readonly {
    readonly rule: string;
    readonly node: string;
    readonly file: string;
    readonly line: string;
  }[];
  readonly story: string;
}
interface Answer {
  readonly src: string;
  readonly dst: string;
  readonly proto: string;
  readonly ok: boolean;
}

const NAMES = [
  'healthy',
  'healthy-gravity',
  'cni0-forwarding-off',
  'cni0-forwarding-off-gravity',
  'wrong-interface',
  'stale-vtep-mac',
  'missing-route',
  'overlapping-subnets',
  'bird-stopped',
];
const otherLayout = (name: string): string => (name.endsWith('-gravity') ? `${name}.generic` : `${name}.gravity`);

let into = '';
const readJson = <T>(folder: string, file: string): T => JSON.parse(readFileSync(`${folder}.${file}`, 'utf8')) as T;
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
/** What `ip` says of namespaces that are just going is no concern. */
const namespaces = (): string =>
  spawnSync('ip', ['netns', 'list'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  }).stdout;

beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), 'dumplint-lab-'));
});
afterAll(() => rmSync(into, { recursive: true, force: true }));

describe.each(NAMES)('%s', (name) => {
  test('the kernel does what the sample says, and both layouts are written', () => {
    const made = spawnSync(process.execPath, [maker, '--both', '--into', into, name], { encoding: 'utf8' });
    expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: '' });
    const folders = name === 'bird-stopped' ? [name] : [name, otherLayout(name)];
    for (const folder of folders) {
      const expectation = readJson<Expectation>(join(into, folder), 'expect.json');
      expect(expectation.exit).toBe(name.startsWith('healthy') ? 0 : 1);
      expect(expectation.errors.length > 0).toBe(!name.startsWith('healthy'));
      expect(filesOf(join(into, folder)).length).toBeGreaterThanOrEqual(1);
    }
  });

  test('the committed bundle is what the lab makes', () => {
    expect(filesOf(join(into, name))).toEqual(filesOf(join(committed, name)));
    for (const file of ['expect.json', 'kernel.json']) {
      expect(readFileSync(join(into, `${name}.${file}`), 'utf8')).toBe(
        readFileSync(join(committed, `${name}.${file}`), 'utf8'),
      );
    }
  });
});

test('forwarding off on cni0: overlay and bridge address answer, the pod does not', () => {
  const answers = readJson<Answer[]>(join(committed, 'cni0-forwarding-off'), 'kernel.json');
  const ping = (src: string, dst: string): boolean | undefined =>
    answers.find((a) => a.src === src && a.proto === 'icmp' && a.dst === dst)?.ok;
  const pod = answers.find((a) => a.dst.startsWith('pod:kube-system/coredns'))?.dst ?? '';
  expect([ping('node:node-2', '10.244.0.0'), ping('node:node-2', '10.244.0.1'), ping('node:node-2', pod)]).toEqual([
    true,
    true,
    false,
  ]);
});

test('an unknown name is refused with the names there are', () => {
  const made = spawnSync(process.execPath, [maker, '--into', into, 'nonsense'], { encoding: 'utf8' });
  expect(made.status).toBe(1);
  for (const name of NAMES) expect(made.stderr).toContain(name);
});

test('an interrupted lab leaves nothing behind', async () => {
  const child = spawn(process.execPath, [maker, '--into', into, 'healthy'], { stdio: 'ignore' });
  const prefix = `dl${child.pid?.toString(36)}`;
  while (!namespaces().includes(`${prefix}0-pod-`)) await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  child.kill('SIGINT');
  expect(await ended).toBe('SIGINT');
  expect(namespaces()).not.toContain(prefix);
  expect(
    readdirSync(tmpdir())
      .filter((f) => f.startsWith(prefix))
      .map((f) => relative(tmpdir(), f)),
  ).toEqual([]);
});
