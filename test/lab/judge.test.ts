import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reach } from '../../src/index.js';

/**
 * The packet walk and the kernel on real clusters: one of each kind of network, and a fault. What the walk calls delivered was
 * answered, and what it calls dropped was not. Needs root; `npm run judge` does the same for hundreds of cases.
 */
const lab = join(import.meta.dirname, '..', '..', 'lab');
const CASES = ['flannel-rich+healthy', 'calico-vxlan+healthy', 'kindnet+healthy', 'kubeadm-flannel+missing-route'];

interface Row {
  readonly probe: { readonly src: string; readonly dst: string; readonly proto: string; readonly class: string };
  readonly answer: { readonly ok: boolean; readonly died?: { readonly node: string; readonly after?: string } };
  readonly said: { readonly verdict: string; readonly because?: { readonly node: string; readonly reason: string } };
  readonly judgement: { readonly outcome: string; readonly why?: string };
}
type JudgeCase = (by: typeof reach, folder: string, name: string) => Promise<{ readonly rows: readonly Row[] }>;

let into = '';
let judgeCase: JudgeCase;

beforeAll(async () => {
  into = mkdtempSync(join(tmpdir(), 'dumplint-judge-'));
  const made = spawnSync(process.execPath, [join(lab, 'judge.mjs'), '--into', into, ...CASES], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (made.status !== 0 || made.stdout.includes('"error"')) throw new Error(made.stderr + made.stdout);
  ({ judgeCase } = (await import(pathToFileURL(join(lab, 'judge', 'replay.mjs')).href)) as { judgeCase: JudgeCase });
}, 900_000);
afterAll(() => rmSync(into, { recursive: true, force: true }));

test.each(CASES)('%s: the walk says nothing that the kernel denies', async (name) => {
  const { rows } = await judgeCase(reach, into, name);
  const wrong = rows.filter((r) => r.judgement.outcome === 'contradiction');
  expect(
    wrong
      .slice(0, 10)
      .map(({ probe, said, judgement }) => [probe.src, probe.dst, probe.proto, said.verdict, judgement.why]),
  ).toEqual([]);
  expect(rows.filter((r) => r.judgement.outcome === 'agreed').length).toBeGreaterThan(rows.length * 0.95);
});

test('what a lost route takes with it was seen last on its way to the gateway', () => {
  const kernel = JSON.parse(readFileSync(join(into, 'kubeadm-flannel+missing-route', 'kernel.json'), 'utf8')) as {
    readonly probes: readonly Row['answer'][];
  };
  const lost = kernel.probes.filter((p) => !p.ok && p.died?.node === 'lan');
  expect(lost.length).toBeGreaterThan(20);
  expect(new Set(lost.map((p) => p.died?.after))).toEqual(new Set(['node-1']));
});
