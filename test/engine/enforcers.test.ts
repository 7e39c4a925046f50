import { rules } from '../../rules/index.js';
import type { Report } from '../../src/engine/report.js';
import { lint } from '../../src/index.js';
import { bundleOf, withFiles } from '../folder.js';

/** An enforcer of NetworkPolicies on one node of a healthy bundle: what it drops is policy, unless it lacks what it has to hold. */
type Files = Readonly<Record<string, string>>;

const lintWith = (files: Files): Promise<Report> => withFiles(files, (folder) => lint([folder], { rules }));

const said = ({ findings }: Report) =>
  findings.filter((f) => f.causedBy.length === 0).map((f) => `${f.severity} ${f.rule} ${f.nodes.join()}`);

const POD = '10.244.0.3/32';
const DROPS = '-m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable';
const POLICY_CHAIN = 'KUBE-NWPLCY-DEFAULT';

/** kube-router before one pod of node-1 (pkg/controllers/netpol). */
function kubeRouter({
  chain = POLICY_CHAIN,
  rules: held = [] as string[],
  remark = 'run through default ingress network policy chain',
}): Files {
  const files = bundleOf('bundles/healthy');
  const path = 'node-1/iptables-save.txt';
  const lines = [
    '-A FORWARD -j KUBE-ROUTER-FORWARD',
    `-A KUBE-ROUTER-FORWARD -d ${POD} -j KUBE-POD-FW-PXBLK4H3722RIDYQ`,
    '-A KUBE-POD-FW-PXBLK4H3722RIDYQ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    `-A KUBE-POD-FW-PXBLK4H3722RIDYQ -d ${POD} -m comment --comment "${remark}" -j ${chain}`,
    `-A KUBE-POD-FW-PXBLK4H3722RIDYQ ${DROPS}`,
    ...held.map((r) => `-A ${chain} ${r}`),
  ];
  const heads = ['KUBE-ROUTER-FORWARD', 'KUBE-POD-FW-PXBLK4H3722RIDYQ', chain].map((c) => `:${c} - [0:0]\n`).join('');
  const text = (files[path] ?? '')
    .replace(/^:KUBE-FORWARD /m, `${heads}$&`)
    .replace(/^-A FORWARD /m, `${lines.join('\n')}\n$&`);
  return { ...files, [path]: text };
}

describe('KUBE-NWPLCY-DEFAULT, by which kube-router lets through what no policy forbids', () => {
  test('does so', async () => {
    const report = await lintWith(kubeRouter({ rules: ['-j MARK --set-xmark 0x10000/0x10000'] }));
    expect(said(report)).toEqual([]);
  });

  test('is a fault where it is empty, and shown first', async () => {
    const report = await lintWith(kubeRouter({}));
    expect(said(report)).toEqual(['error trace/path-lost node-1']);
    expect(report.findings[0]?.evidence[0].text).toBe(`:${POLICY_CHAIN} - [0:0]`);
    expect(report.findings[0]?.message).toContain(`the chain ${POLICY_CHAIN}, which has to let it through, is empty`);
  });
});

describe('the chain of one policy', () => {
  const own = { chain: 'KUBE-NWPLCY-4CYA3K2YIVAGXPPD', remark: 'run through nw policy web' };

  test('without rules denies all, for all that is known', async () => {
    expect(said(await lintWith(kubeRouter(own)))).toEqual(['info iptables/networkpolicy-isolation node-1']);
  });

  test('without rules is a fault where the policy has some', async () => {
    const files = { ...kubeRouter(own), 'cluster/networkpolicies.yaml': policies('app: client') };
    const report = await lintWith(files);
    expect(said(report)).toEqual(['error trace/path-lost node-1']);
    expect(report.findings[0]?.evidence[0].text).toBe(`:${own.chain} - [0:0]`);
  });

  const sets = (members: readonly string[]): string =>
    [
      'create KUBE-SRC-SPMJ2BSP2OKDOZRT hash:ip family inet hashsize 1024 maxelem 65536 timeout 0 bucketsize 12 initval 0x5f0e1c1b',
    ]
      .concat(members.map((m) => `add KUBE-SRC-SPMJ2BSP2OKDOZRT ${m} timeout 0`))
      .concat(
        'create KUBE-DST-IAIOPH6JFKXXNQAW hash:ip family inet hashsize 1024 maxelem 65536 timeout 0 bucketsize 12 initval 0x2d1c3a44',
      )
      .concat('add KUBE-DST-IAIOPH6JFKXXNQAW 10.244.0.3 timeout 0', '')
      .join('\n');
  const bySets = (peer: string): Files => ({
    ...labelled(
      kubeRouter({
        ...own,
        rules: [
          '-m set --match-set KUBE-SRC-SPMJ2BSP2OKDOZRT src -m set --match-set KUBE-DST-IAIOPH6JFKXXNQAW dst -j MARK --set-xmark 0x10000/0x10000',
        ],
      }),
    ),
    'cluster/networkpolicies.yaml': policies(peer),
    'node-1/ipset-save.txt': sets(['10.244.0.9']),
  });

  test('whose set lacks a pod that the policy lets in is a fault, and the set and the pod are named', async () => {
    const report = await lintWith(bySets('app: client'));
    const [first] = report.findings;
    expect(said(report)[0]).toBe('error trace/path-lost node-1');
    expect(first?.message).toMatch(
      /the set KUBE-SRC-SPMJ2BSP2OKDOZRT lacks 10\.244\.\d\.\d+, and NetworkPolicy default\/web allows it/,
    );
    expect(first?.evidence[0].text).toMatch(/^create KUBE-SRC-SPMJ2BSP2OKDOZRT /);
  });

  test('whose set lacks pods that no policy lets in is policy', async () => {
    expect(said(await lintWith(bySets('app: other')))).toEqual(['info iptables/networkpolicy-isolation node-1']);
  });
});

describe("Calico's profile of a namespace", () => {
  const path = 'node-1/iptables-save.txt';
  const files = bundleOf('bundles/bird-stopped');
  const ofProfile = ({ findings }: Report) => findings.filter((f) => f.message.includes('cali-pri-kns.default'));

  test('allows all, and is a fault where it is empty', async () => {
    const text = (files[path] ?? '').replace(/^-A cali-pri-kns\.default .*\n/gm, '');
    expect(text).not.toBe(files[path]);
    const [first] = ofProfile(await lintWith({ ...files, [path]: text }));
    expect(first).toMatchObject({ rule: 'trace/path-lost', severity: 'error', nodes: ['node-1'] });
    expect(first?.evidence[0].text).toMatch(/^:cali-pri-kns\.default /);
    expect(first?.fix.summary).toMatch(/calico-node/);
  });

  test('is not told where it has its rules', async () => {
    expect(ofProfile(await lintWith(files))).toEqual([]);
  });
});

/** The listing of pods with their labels. */
function labelled(files: Files): Files {
  const path = 'cluster/kubectl-get-pods-A-o-wide.txt';
  const rows = (files[path] ?? '').trimEnd().split('\n');
  const text = rows.map(
    (row, i) => `${row.padEnd(170)}${i === 0 ? 'LABELS' : / web-/.test(row) ? 'app=web' : 'app=client'}`,
  );
  return { ...files, [path]: `${text.join('\n')}\n` };
}

function policies(peer: string): string {
  return `apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata:
    name: web
    namespace: default
  spec:
    ingress:
    - from:
      - namespaceSelector: {}
        podSelector:
          matchLabels:
            ${peer}
    podSelector:
      matchLabels:
        app: web
    policyTypes:
    - Ingress
`;
}
