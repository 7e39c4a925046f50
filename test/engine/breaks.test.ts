import { rules } from '../../rules/index.js';
import type { Report } from '../../src/engine/report.js';
import { lint } from '../../src/index.js';
import { bundleOf, withFiles } from '../folder.js';

/** The lab's healthy bundle with one line of one node changed, as a person would break it: which finding stands on top, and where it points. */
const files = bundleOf('bundles/healthy');

async function broken(
  path: string,
  edit: (text: string) => string,
  settings: Parameters<typeof lint>[1] = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Report> {
  const text = edit(files[path] ?? '');
  expect(text).not.toBe(files[path]);
  return withFiles({ ...files, ...more, [path]: text }, (folder) => lint([folder], { rules, ...settings }));
}

const rootsOf = ({ findings }: Report) =>
  findings
    .filter((f) => f.causedBy.length === 0 && f.severity !== 'info')
    .map((f) => ({ rule: f.rule, severity: f.severity, nodes: f.nodes, line: f.evidence[0].text.trim() }));

const JUMP = /^-A POSTROUTING .*-j KUBE-POSTROUTING$/m;

test('an answer that a foreign source led astray is the fault of the line that gave it', async () => {
  const snat = '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j SNAT --to-source 198.51.100.9';
  const report = await broken('node-1/iptables-save.txt', (t) => t.replace(JUMP, (jump) => `${snat}\n${jump}`));
  expect(rootsOf(report)).toEqual([{ rule: 'trace/path-lost', severity: 'error', nodes: ['node-1'], line: snat }]);
});

test('the CNI that lost its own masquerading is no effect of what kube-proxy lost', async () => {
  const spared = '-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN';
  const report = await broken('node-1/iptables-save.txt', (t) =>
    t.replace(JUMP, '').replace(/^-A POSTROUTING .*-j FLANNEL-POSTRTG$/m, spared),
  );
  expect(rootsOf(report).map((f) => [f.rule, f.severity])).toEqual([
    ['kube-proxy/masquerade-broken', 'error'],
    ['iptables/missing-egress-masquerade', 'warning'],
  ]);
});

const shadowed = (t: string): string =>
  t.replace(/^10\.244\.0\.0\/24 .*$/m, (line) => `${line}\n10.244.0.0/25 via 192.168.50.13 dev eth0 `);

test('a cause is as grave as what it is proven to bring about', async () => {
  const report = await broken('node-2/ip-route.txt', shadowed);
  const [first, ...others] = rootsOf(report);
  expect(first).toMatchObject({ rule: 'route/shadowed-or-duplicate', severity: 'error', nodes: ['node-2'] });
  expect(others).toEqual([]);
});

test('a severity that somebody configured stays', async () => {
  const report = await broken('node-2/ip-route.txt', shadowed, {
    settings: { 'route/shadowed-or-duplicate': { severity: 'warning' } },
  });
  expect(report.findings.find((f) => f.rule === 'route/shadowed-or-duplicate')?.severity).toBe('warning');
});

test('a proxy that does not run is the fault of the rule that sends to its port', async () => {
  const redirect = '-A PREROUTING -i flannel.1 -p tcp -j REDIRECT --to-ports 3128';
  const sockets = [
    'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port',
    'udp   UNCONN 0      0            0.0.0.0:8472       0.0.0.0:*',
    'tcp   LISTEN 0      4096               *:10250            *:*',
  ];
  const report = await broken(
    'node-2/iptables-save.txt',
    (t) => t.replace(/^(-A PREROUTING .*-j KUBE-SERVICES)$/m, (jump) => `${redirect}\n${jump}`),
    {},
    { 'node-2/ss-tulnp.txt': `${sockets.join('\n')}\n` },
  );
  expect(rootsOf(report)).toEqual([{ rule: 'trace/path-lost', severity: 'error', nodes: ['node-2'], line: redirect }]);
});

test('a source that nobody has any more is the fault of the line that gives it', async () => {
  const snat = '-A POSTROUTING -s 10.244.0.0/24 -d 192.168.50.0/24 -j SNAT --to-source 192.168.50.99';
  const report = await broken('node-1/iptables-save.txt', (t) => t.replace(JUMP, (jump) => `${snat}\n${jump}`));
  expect(rootsOf(report)).toEqual([{ rule: 'trace/path-lost', severity: 'error', nodes: ['node-1'], line: snat }]);
});

test('all that is lost because a rule keeps conntrack away is one finding, and shows that rule', async () => {
  const rule = '-A PREROUTING -i cni0 -j CT --notrack';
  const raw = `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`;
  const report = await broken('node-1/iptables-save.txt', (t) => `${raw}${t}`);
  expect(rootsOf(report)).toEqual([{ rule: 'trace/path-lost', severity: 'error', nodes: ['node-1'], line: rule }]);
  expect(report.findings[0]?.message).toContain(`by ${rule}`);
});

test('NodePorts to which nothing in KUBE-SERVICES jumps are not served, and that line lacks', async () => {
  const listening =
    'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\ntcp   LISTEN 0      4096               *:10250            *:*\n';
  const report = await broken(
    'node-2/iptables-save.txt',
    (t) => t.replace(/^-A KUBE-SERVICES .*-j KUBE-NODEPORTS\n/m, ''),
    {},
    { 'node-2/ss-lntu.txt': listening },
  );
  const found = report.findings.find((f) => f.rule === 'kube-proxy/not-programmed');
  expect(found?.nodes).toEqual(['node-2']);
  expect(found?.message).toMatch(/nothing in KUBE-SERVICES jumps to KUBE-NODEPORTS/);
});

test('a chain of an endpoint that gives its address to nothing is named, and not the network that does not know the service', async () => {
  const report = await broken('node-1/iptables-save.txt', (t) => t.replace(/^-A KUBE-SEP-\S+ .*-j DNAT .*\n/gm, ''));
  expect(rootsOf(report)[0]).toMatchObject({ rule: 'kube-proxy/not-programmed', nodes: ['node-1'] });
});

describe("a rule behind an enforcer's chain that drops for the same device", () => {
  const behind = (rules: string): Promise<Report> =>
    broken('node-1/iptables-save.txt', (t) =>
      t
        .replace(/^:KUBE-FORWARD /m, ':WEAVE-NPC - [0:0]\n:KUBE-FORWARD ')
        .replace(/^-A FORWARD /m, '-A FORWARD -o cni0 -j WEAVE-NPC\n-A FORWARD -o cni0 -j DROP\n-A FORWARD ')
        .replace(/^-A KUBE-FORWARD /m, `${rules}-A KUBE-FORWARD `),
    );

  test('is policy, as the chain did not accept the packet', async () => {
    const report = await behind('-A WEAVE-NPC -m state --state RELATED,ESTABLISHED -j ACCEPT\n');
    const said = report.findings.map((f) => `${f.severity} ${f.rule}`);
    expect(said).toContain('info iptables/networkpolicy-isolation');
    expect(said.filter((s) => s.startsWith('error'))).toEqual([]);
  });

  test('is a fault where the chain has no rules', async () => {
    const report = await behind('');
    expect(report.findings[0]).toMatchObject({ severity: 'error', nodes: ['node-1'] });
  });
});

test('a route of one address that takes a running pod to the device of another is a fault, and that route is shown', async () => {
  const sample = bundleOf('walked/asked-on-another-network/bundle');
  const moved = (path: string, from: string, to: string): Record<string, string> => {
    const text = (sample[path] ?? '').replaceAll(from, to);
    expect(text).not.toBe(sample[path]);
    return { [path]: text };
  };
  const stale = {
    ...sample,
    ...moved('node-2/ip-route.txt', '10.42.2.2 dev cali7d393114', '10.42.2.2 dev calicab1d0bc'),
    ...moved('node-2/iptables-legacy-save.txt', '-o cali7d393114', '-o calicab1d0bc'),
  };
  const report = await withFiles(stale, (folder) => lint([folder], { rules }));
  expect(rootsOf(report)).toContainEqual({
    rule: 'trace/path-lost',
    severity: 'error',
    nodes: ['node-2'],
    line: '10.42.2.2 dev calicab1d0bc scope link',
  });
});

describe('a NodePort with externalTrafficPolicy Local on a node without an endpoint', () => {
  const path = 'node-3/iptables-save.txt';
  const listening =
    'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\ntcp   LISTEN 0      4096               *:10250            *:*\n';
  const localOnly = (edit: (text: string) => string): Promise<Report> =>
    broken(path, edit, {}, { 'node-3/ss-lntu.txt': listening });
  const warned = ({ findings }: Report) =>
    findings.filter((f) => f.severity !== 'info').map((f) => `${f.severity} ${f.rule} ${f.nodes.join()}`);
  const conditions = (chain: string): string =>
    [
      `-A ${chain} -s 10.244.0.0/16 -m comment --comment "pod traffic for default/web:http external destinations" -j KUBE-SVC-CDGGSHYLG3RE2FKL`,
      `-A ${chain} -m comment --comment "masquerade LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
      `-A ${chain} -m comment --comment "route LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL`,
    ].join('\n');

  test('is silent where kube-proxy drops it', async () => {
    const report = await localOnly((t) =>
      t
        .replace(/^-A KUBE-EXT-.*\n-A KUBE-EXT-.*$/m, conditions('KUBE-EXT-CDGGSHYLG3RE2FKL'))
        .replace(
          /^-A KUBE-FIREWALL /m,
          '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP\n$&',
        ),
    );
    expect(warned(report)).toEqual([]);
  });

  test('is silent where something accepts it before kube-proxy drops it', async () => {
    const report = await localOnly((t) =>
      t
        .replace(/^-A KUBE-EXT-.*\n-A KUBE-EXT-.*$/m, conditions('KUBE-EXT-CDGGSHYLG3RE2FKL'))
        .replace(/^-A INPUT /m, '-A INPUT -p tcp -m tcp --dport 30000:32767 -j ACCEPT\n$&')
        .replace(
          /^-A KUBE-FIREWALL /m,
          '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP\n$&',
        ),
    );
    expect(warned(report)).toEqual([]);
  });

  test('is silent where an older kube-proxy marks it to be dropped', async () => {
    const report = await localOnly((t) =>
      t
        .replace(
          /^-A KUBE-EXT-.*\n-A KUBE-EXT-.*$/m,
          `${conditions('KUBE-XLB-CDGGSHYLG3RE2FKL')}\n-A KUBE-XLB-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http has no local endpoints" -j KUBE-MARK-DROP\n-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000`,
        )
        .replace(/^(-A KUBE-NODEPORTS .*)-j KUBE-EXT-\S+$/m, '$1-j KUBE-XLB-CDGGSHYLG3RE2FKL')
        .replace(/^:KUBE-EXT-\S+ (.*)$/m, ':KUBE-MARK-DROP $1\n:KUBE-XLB-CDGGSHYLG3RE2FKL $1')
        .replace(
          /^-A KUBE-FIREWALL /m,
          '-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP\n$&',
        ),
    );
    expect(warned(report)).toEqual([]);
  });
});
