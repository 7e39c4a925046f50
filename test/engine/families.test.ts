import { type LoadedBundle, lint, load } from '../../src/index.js';
import { makeWorld, type Pair, reachAll } from '../../src/path/index.js';
import { reachText } from '../../src/report/path/reach.js';
import { reachAllBundle } from '../../src/walk.js';
import { withFiles } from '../folder.js';
import { bundleOf } from '../path/judged-cases.js';

const TOPOLOGY = 'flannel-dual-stack';

const loaded = <T>(
  files: Readonly<Record<string, string>>,
  use: (bundle: LoadedBundle) => T | Promise<T>,
): Promise<T> => withFiles(files, async (folder) => use(await load([folder])));

const pairsOf = (files: Readonly<Record<string, string>>): Promise<readonly Pair[]> =>
  loaded(files, ({ model }) => reachAll(makeWorld(model)).pairs);

const named = ({ src, dst }: Pair): string => `${src.name} > ${dst.name}`;

test('all pairs are asked over each family that the cluster has', async () => {
  const pairs = await pairsOf(bundleOf(TOPOLOGY, 'healthy'));
  const [v4, v6] = [pairs.filter((p) => p.src.family === 4), pairs.filter((p) => p.src.family === 6)];
  const betweenEnds = (all: readonly Pair[]): readonly string[] =>
    all.filter((p) => /^(?:pods|node)$/.test(p.src.kind) && /^(?:pods|node)$/.test(p.dst.kind)).map(named);
  expect(betweenEnds(v6)).toEqual(betweenEnds(v4));
  expect(v6.length).toBeGreaterThan(30);
  expect(v6.filter((p) => p.trace.verdict !== 'delivered').map(named)).toEqual([]);
  expect(pairs.filter((p) => p.src.family !== p.dst.family)).toEqual([]);
});

test('over IPv4 alone where no pod, service or node is told an address of IPv6', async () => {
  const pairs = await pairsOf(bundleOf('kubeadm-flannel', 'healthy'));
  expect([...new Set(pairs.map((p) => p.src.family))]).toEqual([4]);
});

test('what is broken for IPv6 alone is found, and names its line', async () => {
  const files = bundleOf(TOPOLOGY, 'ipv6.forwarding-off');
  const lost = (await pairsOf(files)).filter((p) => p.trace.verdict === 'dropped' && p.src.kind === 'pods');
  const toOthers = lost.filter((p) => p.dst.kind === 'pods' && p.dst.port === undefined);
  expect([...new Set(toOthers.map((p) => p.src.family))]).toEqual([6]);
  expect(toOthers.map(named)).toEqual([
    'pods of node-1 > pods of node-2',
    'pods of node-1 > pods of node-3',
    'pods of node-2 > pods of node-1',
    'pods of node-3 > pods of node-1',
  ]);
  const report = await withFiles(files, (folder) => lint([folder]));
  const [first] = report.findings;
  expect([first?.rule, first?.evidence[0]?.text]).toEqual([
    'kernel/ipv6-forwarding-off',
    'net.ipv6.conf.all.forwarding = 0',
  ]);
  // It stands for what the walk loses there.
  expect(report.findings.filter((f) => f.severity !== 'info' && f.causedBy.length === 0).map((f) => f.rule)).toEqual([
    'kernel/ipv6-forwarding-off',
  ]);
});

test('the page has a grid for each family, and says over which one a cause loses packets', async () => {
  await loaded(bundleOf(TOPOLOGY, 'ipv6.forwarding-off'), async (bundle) => {
    const reach = await reachAllBundle(bundle);
    const names = (reach.destinations ?? []).map((c) => c.name);
    expect(new Set(names).size).toBe(names.length);
    const page = reachText(reach, { paths: ['bundle'], width: 100, color: false });
    expect(page).toContain('\nOVER IPV4\n');
    expect(page).toContain('\nOVER IPV6\n');
    expect(page).toMatch(/pods of node-1 to node-2, node-3 and\s+their pods, over IPv6/);
  });
});

/** The pods' own addresses are in their namespaces and in the list of pods alone. */
const hidesPods = ([path]: readonly [string, string]): boolean => !/\/netns-|kubectl|neigh/.test(path);

test('pods of which no address of IPv6 is known are an open question', async () => {
  const files = Object.fromEntries(Object.entries(bundleOf(TOPOLOGY, 'healthy')).filter(hidesPods));
  const report = await withFiles(files, (folder) => lint([folder]));
  const missing = report.rules.find((r) => r.id === 'trace/path-lost')?.missing ?? [];
  expect(missing.map((m) => m.input)).toContain('IPv6 between pods');
});
