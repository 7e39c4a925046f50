import { rules } from '../../rules/index.js';
import type { Report } from '../../src/engine/report.js';
import { lint } from '../../src/index.js';
import { bundleOf, withFiles } from '../folder.js';

/** Each way in which node-3 of the healthy bundle can lose its masquerading: that node and that line are told, as an error, and nobody else. */
async function broken(
  edit: (text: string) => string,
  sample = 'bundles/healthy',
  path = 'node-3/iptables-save.txt',
): Promise<Report> {
  const files = bundleOf(sample);
  const text = edit(files[path] ?? '');
  expect(text).not.toBe(files[path]);
  return withFiles({ ...files, [path]: text }, (folder) => lint([folder], { rules }));
}

const rootsOf = ({ findings }: Report) =>
  findings
    .filter((f) => f.causedBy.length === 0 && f.severity !== 'info')
    .map((f) => `${f.severity} ${f.rule} ${f.nodes.join()}: ${f.evidence[0].text.trim()}`);

const before = (chain: string, rule: string) => (t: string) =>
  t.replace(new RegExp(`^-A ${chain} `, 'm'), `-A ${chain} ${rule}\n$&`);

test.each([
  [
    'a RETURN at the head of KUBE-POSTROUTING',
    before('KUBE-POSTROUTING', '-j RETURN'),
    '-A KUBE-POSTROUTING -j RETURN',
  ],
  [
    'an ACCEPT at the head of KUBE-POSTROUTING',
    before('KUBE-POSTROUTING', '-j ACCEPT'),
    '-A KUBE-POSTROUTING -j ACCEPT',
  ],
  ['an ACCEPT before the jump', before('POSTROUTING', '-j ACCEPT'), '-A POSTROUTING -j ACCEPT'],
  [
    'an ACCEPT for pods before the jump',
    before('POSTROUTING', '-d 10.244.0.0/16 -j ACCEPT'),
    '-A POSTROUTING -d 10.244.0.0/16 -j ACCEPT',
  ],
  ['no jump', (t: string) => t.replace(/^-A POSTROUTING .*-j KUBE-POSTROUTING\n/m, ''), ':POSTROUTING ACCEPT [0:0]'],
  ['an empty KUBE-MARK-MASQ', (t: string) => t.replace(/^-A KUBE-MARK-MASQ .*\n/m, ''), ':KUBE-MARK-MASQ - [0:0]'],
  ['a RETURN at the head of KUBE-MARK-MASQ', before('KUBE-MARK-MASQ', '-j RETURN'), '-A KUBE-MARK-MASQ -j RETURN'],
  [
    'another bit',
    (t: string) => t.replace(/^(-A KUBE-MARK-MASQ .*)0x4000\/0x4000$/m, '$10x8000/0x8000'),
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  ],
])('%s', async (_, edit, line) => {
  expect(rootsOf(await broken(edit))).toEqual([`error kube-proxy/masquerade-broken node-3: ${line}`]);
});

test('a chain of somebody else that accepts for all before the jump', async () => {
  const report = await broken((t) =>
    before(
      'POSTROUTING',
      '-j SITE-NAT',
    )(
      t.replace(/^:KUBE-POSTROUTING /m, ':SITE-NAT - [0:0]\n$&').replace(/^-A KUBE-EXT-/m, '-A SITE-NAT -j ACCEPT\n$&'),
    ),
  );
  expect(rootsOf(report)).toEqual(['error kube-proxy/masquerade-broken node-3: -A SITE-NAT -j ACCEPT']);
});

test('a chain of somebody else that returns is no matter', async () => {
  const report = await broken((t) =>
    before(
      'POSTROUTING',
      '-j SITE-NAT',
    )(
      t.replace(/^:KUBE-POSTROUTING /m, ':SITE-NAT - [0:0]\n$&').replace(/^-A KUBE-EXT-/m, '-A SITE-NAT -j RETURN\n$&'),
    ),
  );
  expect(rootsOf(report)).toEqual([]);
});

test('a return at the head of the chain that masquerades in the nftables mode', async () => {
  const head = (t: string): string => t.replace(/^(\s*chain masquerading \{\n)/m, '$1\t\treturn\n');
  const report = await broken(head, 'walked/copies-routed-on/bundle', 'node-3/nft.txt');
  expect(rootsOf(report)).toEqual(['error kube-proxy/masquerade-broken node-3: return']);
});
