import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { natureOf } from '../../src/engine/losses.js';
import { lint } from '../../src/index.js';
import { withFiles } from '../folder.js';
import { bundleOf } from '../path/judged-cases.js';

const root = join(import.meta.dirname, '..', '..', 'samples');
const TRACE = {
  src: 'a',
  dst: 'b',
  proto: 'tcp',
  verdict: 'dropped',
  outcomes: [],
  assumptions: [],
  missing: [],
  observed: [],
} as const;
const hook = { by: 'rule', hook: 'forward', table: 'iptables filter' } as const;

test.each([
  ['closed', { by: 'closed-port' }],
  ['fault', { by: 'forwarding' }],
  ['fault', { ...hook, chain: 'FORWARD' }],
  ['fault', { ...hook, chain: 'KUBE-FORWARD' }],
  ['fault', { ...hook, chain: 'KUBE-FIREWALL' }],
  ['fault', { ...hook, chain: 'cali-INPUT' }],
  ['no-endpoints', { ...hook, chain: 'KUBE-SERVICES' }],
  ['no-endpoints', { ...hook, chain: 'KUBE-SVL-CDGGSHYLG3RE2FKL' }],
  ['no-endpoints', { ...hook, table: 'nft ip kube-proxy', chain: 'reject-chain' }],
  ['policy', { ...hook, chain: 'cali-tw-calif795075bf9d' }],
  ['policy', { ...hook, chain: 'KUBE-POD-FW-RMPZKKXFKZHTMQ4H' }],
  ['policy', { ...hook, table: 'nft inet kube-network-policies', chain: 'postrouting' }],
] as const)('%s is what %j is', (nature, loss) => {
  expect(natureOf(loss)).toBe(nature);
});

test.each([
  ['unserved', 'service', { ...hook, by: 'reject', chain: 'KUBE-SERVICES' }],
  ['unserved', 'dns', { by: 'closed-port' }],
  ['unserved', 'api', { ...hook, table: 'nft ip kube-proxy', chain: 'cluster-ips-check' }],
  // Traffic policies and source ranges drop, and which addresses take NodePorts can be chosen.
  ['no-endpoints', 'service', { ...hook, chain: 'KUBE-SVL-CDGGSHYLG3RE2FKL' }],
  ['closed', 'node-port', { by: 'closed-port' }],
] as const)('%s is what stops packets for a %s with endpoints by %j', (nature, kind, loss) => {
  const dst = { kind, name: 'n', family: 4, end: 'e', size: 1, proto: 'tcp' } as const;
  const paths = [{ unserved: true, pair: { src: dst, dst, trace: TRACE } }] as const;
  expect(natureOf({ ...loss, paths })).toBe(nature);
  expect(natureOf({ ...loss, paths: [{ pair: paths[0].pair }] })).not.toBe('unserved');
});

test('a cause counts the paths of its effects, and what breaks none counts none', async () => {
  const report = await lint([join(root, 'bundles/cni0-forwarding-off')]);
  const of = (rule: string) => report.findings.find((f) => f.rule === rule);
  expect(report.summary.pathsWalked).toBe(72);
  expect(of('kernel/forwarding-disabled')?.explains).toMatchObject({ pathsBroken: 34, pathsRestored: 34 });
  expect(of('trace/path-lost')).toMatchObject({
    causedBy: [of('kernel/forwarding-disabled')?.fingerprint],
    explains: { pathsBroken: 34, pathsRestored: null },
  });
  expect(of('trace/reply-lost-in-node')?.explains.pathsBroken).toBe(0);
});

test('without a rule that asks for it no way is walked', async () => {
  const report = await lint([join(root, 'bundles/healthy')], { rules: [] });
  expect(report.summary.pathsWalked).toBeNull();
});

const filesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => [
        join(e.parentPath, e.name).slice(folder.length + 1),
        readFileSync(join(e.parentPath, e.name), 'utf8'),
      ]),
  );

test.each([
  ['firewalls.ebtables-policy-drop', ':FORWARD DROP'],
  ['firewalls.ebtables-input-drops-source', '-A INPUT -s 8e:e4:1c:d8:37:f0 -j DROP'],
])('%s: frames and questions for neighbours that one line loses are one finding', async (name, line) => {
  const bundle = (one: string): string => join(root, 'judged', 'kubeadm-flannel', one, 'bundle');
  await withFiles({ ...filesOf(bundle('healthy')), ...filesOf(bundle(name)) }, async (folder) => {
    const report = await lint([folder]);
    const lost = report.findings.filter((f) => f.rule === 'trace/path-lost');
    expect(lost.map((f) => f.evidence[0].text.trim())).toEqual([line]);
  });
});

test('a closed port of a node that took for its own what is for a pod elsewhere is a fault', async () => {
  await withFiles(bundleOf('kubeadm-flannel', 'addresses.node-holds-peer-pod'), async (folder) => {
    const { findings } = await lint([folder]);
    const lost = findings.filter((f) => f.rule === 'trace/path-lost' && f.severity === 'error');
    // What the pod itself sends is lost there too, as from an own address.
    expect(lost.map((f) => f.nodes)).toEqual([['node-1'], ['node-1']]);
    const [closed, own] = ['closed-port', 'martian-source'].map((by) => lost.find((f) => f.subject.startsWith(by)));
    expect(closed?.message).toMatch(/it is for pod \S+, whose address 10\.244\.\d+\.\d+ node-1 takes for its own/);
    expect(own?.message).toMatch(/10\.244\.\d+\.\d+ is an own address \(of \S+\): martian source/);
    expect(closed?.evidence[0].text).toMatch(/^local 10\.244\./);
    expect(own?.evidence[0].text).toMatch(/inet 10\.244\.\S+ scope global lo/);
  });
});
