import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The cases of the judge (lab/judge/cases/): what each changes is taken back wholly, or the next case on its cluster would be judged by
 * what is left. Needs root; `node lab/run-cases.mjs` does the same for any of them on any topology.
 */
const lab = join(import.meta.dirname, '..', '..', 'lab');

interface Case {
  readonly id: string;
  readonly category: string;
  readonly kind: 'fault' | 'oddity';
  readonly kernel: string;
  readonly fits: (topology: unknown) => boolean;
}
interface Line {
  readonly id: string;
  readonly kind: string;
  readonly error?: string;
  readonly lost?: Readonly<Record<string, string>>;
  readonly left?: readonly string[];
  readonly notWhole?: number;
}

const load = async <T>(...path: readonly string[]): Promise<T> =>
  (await import(pathToFileURL(join(lab, ...path)).href)) as T;

test('every case has a name of its own, says what the kernel did, and fits some cluster', async () => {
  const { CASES } = await load<{ CASES: readonly Case[] }>('judge', 'cases', 'index.mjs');
  const { TOPOLOGIES, MACHINE_TOPOLOGIES } = await load<{
    TOPOLOGIES: readonly unknown[];
    MACHINE_TOPOLOGIES: readonly unknown[];
  }>('judge', 'topologies.mjs');
  const all = [...TOPOLOGIES, ...MACHINE_TOPOLOGIES];
  expect(new Set(CASES.map((c) => c.id)).size).toBe(CASES.length);
  expect(CASES.filter((c) => c.kernel === '').map((c) => c.id)).toEqual([]);
  const nowhere = CASES.filter((c) => !all.some((t) => c.fits(t))).map((c) => c.id);
  // Kernels without VLAN filtering can't have these.
  expect(nowhere.filter((id) => !/vlan/.test(id))).toEqual([]);
  expect(CASES.filter((c) => c.kind === 'fault').length).toBeGreaterThan(60);
  expect(CASES.filter((c) => c.kind === 'oddity').length).toBeGreaterThan(15);
});

test('what links, tunnels, rules and pods suffer is taken back, and oddities break nothing', () => {
  const chosen = ['forwarding', 'links', 'vxlan', 'policy-rules', 'pods', 'oddities'];
  const made = spawnSync(process.execPath, [join(lab, 'run-cases.mjs'), ...chosen], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(made.stderr).toBe('');
  const lines = made.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.filter((l) => l.error !== undefined || l.left !== undefined || l.notWhole !== undefined)).toEqual([]);
  const loud = lines.filter((l) => l.kind === 'oddity' && Object.keys(l.lost ?? {}).length > 0);
  expect(loud.map((l) => l.id)).toEqual([]);
}, 900_000);
