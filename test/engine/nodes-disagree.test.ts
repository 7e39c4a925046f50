import { rules } from '../../rules/index.js';
import type { Report } from '../../src/engine/report.js';
import { lint } from '../../src/index.js';
import { bundleOf, withFiles } from '../folder.js';

/** The rules of kube-proxy on one node, made unlike those of the others: what stands on top, and what is known to come of it. */
async function broken(
  sample: string,
  path: string,
  edit: (text: string) => string,
  dropped: (path: string) => boolean = () => false,
): Promise<Report> {
  const files = bundleOf(sample);
  const text = edit(files[path] ?? '');
  expect(text).not.toBe(files[path]);
  const kept = Object.fromEntries(Object.entries({ ...files, [path]: text }).filter(([p]) => !dropped(p)));
  return withFiles(kept, (folder) => lint([folder], { rules }));
}

const said = ({ findings }: Report) =>
  findings
    .filter((f) => f.severity !== 'info')
    .map((f) => `${f.causedBy.length > 0 ? 'effect ' : ''}${f.severity} ${f.rule} ${f.nodes.join()}`);

const IPTABLES = ['bundles/healthy', 'node-3/iptables-save.txt'] as const;
const NFTABLES = ['walked/copies-routed-on/bundle', 'node-3/nft.txt'] as const;

test('a service that one node lacks is one fault, and what the walk loses comes of it', async () => {
  const report = await broken(...IPTABLES, (t) => t.replace(/^-A KUBE-SERVICES -d 10\.96\.0\.80\/32 .*\n/m, ''));
  expect(said(report)).toEqual([
    'error kube-proxy/nodes-disagree node-3',
    'effect error kube-proxy/not-programmed node-3',
    'effect error trace/path-lost node-3',
  ]);
  expect(report.findings[0]?.explains.pathsBroken).toBe(2);
});

test('an endpoint that only one node has is one fault', async () => {
  const report = await broken(...IPTABLES, (t) =>
    t.replace('--to-destination 10.244.1.3:', '--to-destination 10.244.1.77:'),
  );
  expect(said(report).filter((s) => !s.startsWith('effect'))).toEqual(['error kube-proxy/nodes-disagree node-3']);
  expect(said(report)).toContain('effect error kube-proxy/stale-endpoint node-3');
});

test('a NodePort that one node lacks is told with the line of another node', async () => {
  const report = await broken(...IPTABLES, (t) => t.replace(/^-A KUBE-NODEPORTS .*\n/m, ''));
  const [first] = report.findings;
  expect(said(report)).toEqual(['warning kube-proxy/nodes-disagree node-3']);
  expect(first?.message).toContain('lacks NodePort 30080/tcp of default/web:http');
  expect(first?.evidence[1]?.text).toMatch(/^-A KUBE-NODEPORTS .*--dport 30080 /);
});

test('without the objects of the API server the majority is right, and nothing is certain', async () => {
  const report = await broken(
    ...IPTABLES,
    (t) => t.replace('--to-destination 10.244.1.3:', '--to-destination 10.244.1.77:'),
    (path) => path.startsWith('cluster/'),
  );
  expect(report.findings.find((f) => f.rule === 'kube-proxy/nodes-disagree')).toMatchObject({
    severity: 'warning',
    confidence: 'likely',
    nodes: ['node-3'],
  });
});

test.each([
  ['a service', /^\s*10\.43\.0\.80 \. tcp \. 80 : goto .*\n/m, '', 'lacks default/web:http (10.43.0.80 port 80/tcp)'],
  ['a NodePort', /^\s*tcp \. 30080 : goto .*\n/m, '', 'lacks NodePort 30080/tcp of default/web:http'],
  [
    'an endpoint',
    /dnat to 10\.42\.2\.2:8080/,
    'dnat to 10.42.2.99:8080',
    'sends to 10.42.2.99:8080 for default/web:http',
  ],
])('the nftables mode is compared likewise: %s', async (_, line, other, message) => {
  const report = await broken(...NFTABLES, (t) => t.replace(line, other));
  expect(report.findings[0]).toMatchObject({ rule: 'kube-proxy/nodes-disagree', nodes: ['node-3'] });
  expect(report.findings[0]?.message).toContain(message);
});

test('what nothing asks on a node is not compared', async () => {
  const report = await broken(...IPTABLES, (t) =>
    t
      .replace(/^-A (?:PREROUTING|OUTPUT) .*-j KUBE-SERVICES\n/gm, '')
      .replace(/^-A KUBE-SERVICES -d 10\.96\.0\.80\/32 .*\n/m, ''),
  );
  expect(said(report).filter((s) => s.includes('nodes-disagree'))).toEqual([]);
});
