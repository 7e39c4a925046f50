import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lint, load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/**
 * Bundles whose addresses a tool replaced: what would be misled by that is not assessed, and says so; what reads no address still is. The
 * tools are rebuilt here by what their sources do to a text.
 */
const bundles = join(import.meta.dirname, '../../samples/bundles');

const ADDRESS = /\b(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(\/\d{1,2})?\b/g;
const MAC = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g;

/** sos/cleaner/mappings/ip_map.py: each CIDR as written becomes the next N.0.0.0 with the same mask, hosts count up in it. */
function sosClean(): (text: string) => string {
  const networks = new Map<string, string>();
  const hosts = new Map<string, string>();
  const macs = new Map<string, string>();
  return (text) =>
    text
      .replace(ADDRESS, (whole, ip: string, mask: string | undefined) => {
        if (/^(?:127|0|255)\./.test(ip)) return whole;
        if (mask !== undefined) {
          if (!networks.has(whole)) networks.set(whole, `${100 + networks.size}.0.0.0${mask}`);
          return networks.get(whole) ?? whole;
        }
        if (!hosts.has(ip)) hosts.set(ip, `100.0.0.${hosts.size + 1}`);
        return hosts.get(ip) ?? whole;
      })
      .replace(MAC, (mac) => {
        if (/^(?:00:){5}00$|^(?:ff:){5}ff$/.test(mac)) return mac;
        if (!macs.has(mac)) macs.set(mac, `53:4f:53:00:00:${macs.size.toString(16).padStart(2, '0')}`);
        return macs.get(mac) ?? mac;
      });
}

const WORDS = ['amber', 'basin', 'cedar', 'delta', 'ember', 'fjord', 'grove'];
/** rancherlabs/support-tools: the first octet stays. */
const rancher = () => (text: string) =>
  text.replace(ADDRESS, (_, ip: string, mask = '') => {
    const [first, ...rest] = ip.split('.');
    return `${first}.${rest.map((octet) => WORDS[Number(octet) % WORDS.length]).join('.')}${mask}`;
  });

/** openshift/must-gather-clean, consistent. */
function mustGatherClean(): (text: string) => string {
  const seen = new Map<string, string>();
  return (text) =>
    text.replace(ADDRESS, (whole, ip: string, mask = '') => {
      if (/^(?:127|0)\./.test(ip)) return whole;
      if (!seen.has(ip)) seen.set(ip, `x-ipv4-${String(seen.size + 1).padStart(10, '0')}-x`);
      return `${seen.get(ip)}${mask}`;
    });
}

/** troubleshoot before 0.49. */
const troubleshoot = () => (text: string) => text.replace(ADDRESS, '***HIDDEN***');

function replaced(name: string, replace: (text: string) => string): Record<string, string> {
  const folder = join(bundles, name);
  const files: Record<string, string> = {};
  for (const path of (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[]).sort()) {
    const file = join(folder, path);
    if (statSync(file).isFile()) files[path] = replace(readFileSync(file, 'utf8'));
  }
  return files;
}

const TOOLS: readonly (readonly [string, () => (text: string) => string])[] = [
  ['sos clean', sosClean],
  ["Rancher's obfuscation", rancher],
  ['must-gather-clean', mustGatherClean],
  ['troubleshoot', troubleshoot],
];

describe.each(TOOLS)('%s', (by, tool) => {
  test.each(['healthy', 'overlapping-subnets', 'missing-route', 'wrong-interface'])(
    '%s: nothing is said that rests on addresses, and that is told',
    async (name) => {
      const report = await withFiles(replaced(name, tool()), (folder) => lint([folder]));
      // Equal addresses are still equal after sos: that all three nodes registered one is true, whichever it was.
      const still = by === 'sos clean' && name === 'wrong-interface' ? ['flannel/duplicate-public-ip'] : [];
      expect(report.findings.filter((f) => f.severity === 'error').map((f) => f.rule)).toEqual(still);
      const overlap = report.rules.find((r) => r.id === 'route/subnet-overlap');
      expect(overlap?.outcome).toBe('not-assessed');
      expect(overlap?.missing).toContainEqual(
        expect.objectContaining({ reason: 'obfuscated', detail: expect.stringContaining(by) }),
      );
      expect(report.rules.filter((r) => r.outcome === 'crashed')).toEqual([]);
    },
  );

  test('what reads no address is still found', async () => {
    const report = await withFiles(replaced('cni0-forwarding-off', tool()), (folder) => lint([folder]));
    expect(report.findings.filter((f) => f.severity === 'error').map((f) => [f.rule, f.nodes, f.subject])).toEqual([
      ['kernel/forwarding-disabled', ['node-1'], 'cni0'],
    ]);
  });
});

test('true addresses are taken for true', async () => {
  for (const name of ['healthy', 'bird-stopped']) {
    const { rules } = await lint([join(bundles, name)]);
    expect(rules.flatMap((r) => r.missing).filter((m) => m.reason === 'obfuscated')).toEqual([]);
  }
});

test('loopback is no address that sos put there', async () => {
  const routes = [
    'local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1',
    'local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1',
    'broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1',
  ];
  await withFiles({ 'node-1/ip-route.txt': `${routes.join('\n')}\n` }, async (folder) => {
    const { model } = await load([folder]);
    expect(model.captures.map((c) => c.obfuscated)).toEqual([undefined]);
  });
});
