import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lint, load } from '../../src/index.js';

/**
 * Real collectors on the nodes of a lab cluster: `dumplint collect` with the tools of this machine and with busybox alone, and Debian's sos. What
 * broke the cluster must come to light from each, at its node, with the line that proves it. Needs root.
 */
const runner = join(import.meta.dirname, '../../lab/run-collect.mjs');
const FAULT = 'cni0-forwarding-off';

interface Run {
  readonly mode: string;
  readonly folder: string;
  readonly errors: readonly { readonly rule: string; readonly node: string; readonly device: string }[];
  readonly pods: Readonly<Record<string, readonly string[]>>;
}

const runs = new Map<string, Run>();
let into = '';

beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), 'dumplint-collect-'));
  const made = spawnSync(process.execPath, [runner, '--into', into, FAULT, 'collect', 'busybox', 'sos'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (made.status !== 0) throw new Error(made.stderr);
  for (const line of made.stdout.trim().split('\n')) {
    const run = JSON.parse(line) as Run;
    runs.set(run.mode, run);
  }
}, 600_000);
afterAll(() => rmSync(into, { recursive: true, force: true }));

function runOf(mode: string): Run {
  const run = runs.get(mode);
  if (!run) throw new Error(`${mode} did not run`);
  return run;
}

describe.each([
  ['collect', 'dumplint collect'],
  ['busybox', 'dumplint collect'],
  ['sos', 'sos report'],
])('%s', (mode, title) => {
  test('tells its nodes apart and finds the fault, and nothing else that is loud', async () => {
    const { folder, errors, pods } = runOf(mode);
    const report = await lint([folder]);
    expect(report.bundle.layout).toBe(title);
    expect(report.bundle.nodes.map((n) => n.name)).toEqual(Object.keys(pods));
    // What follows from the fault stands below it.
    const loud = report.findings.filter((f) => f.severity !== 'info' && f.causedBy.length === 0);
    expect(loud.map((f) => [f.severity, f.rule, f.nodes, f.subject])).toEqual(
      errors.map((e) => ['error', e.rule, [e.node], e.device]),
    );
    expect(report.summary.crashed).toBe(0);
  });

  test('has what every diagnosis of a node stands on', async () => {
    const { model } = await load([runOf(mode).folder]);
    for (const { host } of model.nodes) {
      expect(host.facts('address').length).toBeGreaterThan(3);
      for (const kind of ['address', 'link', 'route', 'policy-rule'] as const)
        expect({ node: host.node, kind, known: host.absence(kind, { family: '4' }).known }).toMatchObject({
          known: true,
        });
      expect(host.facts('netconf').length).toBeGreaterThan(10);
    }
  });
});

test('the script finds the network namespaces of pods, each a stack of its own', async () => {
  const { folder, pods } = runOf('collect');
  const { model } = await load([folder]);
  for (const node of model.nodes) {
    const found = node.others.map((s) =>
      s
        .facts('address')
        .filter((a) => a.family === 4 && a.dev !== 'lo')
        .map((a) => a.address)
        .join(),
    );
    expect(found.sort()).toEqual([...(pods[node.name] ?? [])].sort());
  }
});

test('the script says nothing on standard error, and leaves nothing behind', () => {
  const { folder } = runOf('busybox');
  expect(readFileSync(join(into, 'busybox.stderr.txt'), 'utf8')).toBe('');
  expect(readFileSync(join(into, 'collect.stderr.txt'), 'utf8')).toBe('');
  expect(readdirSync(folder).sort()).toEqual(['node-1.tar.gz', 'node-2.tar.gz', 'node-3.tar.gz']);
  expect(readdirSync(tmpdir()).filter((f) => /^dumplint\.\w+$/.test(f))).toEqual([]);
});
