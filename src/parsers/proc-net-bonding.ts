import type { LinkFact } from '../facts/index.js';
import { type CaptureContext, defineParser, isLladdr } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { filesRead, readsFile } from './text/reads-file.js';

/*
 * Ethernet Channel Bonding Driver: v5.15.0-91-generic
 * Bonding Mode: fault-tolerance (active-backup)
 * Currently Active Slave: eth0
 * Slave Interface: eth0
 * MII Status: up
 *
 * drivers/net/bonding/bond_procfs.c. Attributes under the names that `ip -d link` has for them. The bond's own name is the file's.
 */
const FIRST = /^Ethernet Channel Bonding Driver: /;
const MODES: Readonly<Record<string, string>> = {
  'load balancing (round-robin)': 'balance-rr',
  'fault-tolerance (active-backup)': 'active-backup',
  'load balancing (xor)': 'balance-xor',
  'fault-tolerance (broadcast)': 'broadcast',
  'IEEE 802.3ad Dynamic link aggregation': '802.3ad',
  'transmit load balancing': 'balance-tlb',
  'adaptive load balancing': 'balance-alb',
};
const OF_BOND: Readonly<Record<string, string>> = {
  'Transmit Hash Policy': 'xmit_hash_policy',
  'Currently Active Slave': 'active_slave',
  'Primary Slave': 'primary',
  'MII Status': 'mii_status',
  'MII Polling Interval (ms)': 'miimon',
  'Up Delay (ms)': 'updelay',
  'Down Delay (ms)': 'downdelay',
  'LACP rate': 'lacp_rate',
  'LACP active': 'lacp_active',
  'ARP Polling Interval (ms)': 'arp_interval',
  'Aggregator ID': 'ad_aggregator',
  'Number of ports': 'ad_num_ports',
  'Partner Mac Address': 'ad_partner_mac',
};
const OF_SLAVE: Readonly<Record<string, string>> = {
  'MII Status': 'mii_status',
  Speed: 'speed',
  Duplex: 'duplex',
  'Link Failure Count': 'link_failure_count',
  'Permanent HW addr': 'perm_hwaddr',
  'Slave queue ID': 'queue_id',
  'Aggregator ID': 'ad_aggregator_id',
  'Actor Churn State': 'ad_actor_churn_state',
  'Partner Churn State': 'ad_partner_churn_state',
};

interface Part {
  readonly line: number;
  readonly name: string | undefined;
  readonly attributes: Record<string, string>;
}

function bondName({ argv, path, fileName }: CaptureContext): string | undefined {
  const read = filesRead(argv).find((w) => w.includes('/bonding/')) ?? path ?? fileName;
  const name = read
    .slice(read.lastIndexOf('/') + 1)
    .replace(/^.*bonding[._-]/, '')
    .replace(/\.(?:txt|log|out)$/, '');
  return /^[A-Za-z][\w.-]{0,14}$/.test(name) ? name : undefined;
}

const printed = (key: string, value: string): string =>
  key === 'Bonding Mode'
    ? (MODES[value.replace(/ \(fail_over_mac .*\)$/, '')] ?? value)
    : key === 'MII Status'
      ? value.toUpperCase()
      : value;

/** `/proc/net/bonding/BOND`: the bond and its ports. */
export const procNetBonding = defineParser<LinkFact>({
  command: 'proc-net-bonding',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/bonding\/[^/*?]+$/),
    file: /(?:^|-)bonding-/,
    sniff: (head) => (head.slice(0, 5).some((line) => FIRST.test(line)) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const parts: Part[] = [];
    const bondsName = bondName(context);
    // Without its name a bond's settings are nobody's; its ports are known all the same.
    const take = (i: number): void => (parts.length === 1 && bondsName === undefined ? out.noise(i) : out.part(i));
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const colon = line.length < 300 ? line.indexOf(':') : -1;
      const key = colon === -1 ? '' : line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      const now = parts.at(-1);
      if (line === '') continue;
      if (FIRST.test(line)) {
        parts.push({ line: i, name: bondsName, attributes: {} });
        take(i);
      } else if (key === 'Slave Interface' && now && /^\S{1,15}$/.test(value)) {
        parts.push({ line: i, name: value, attributes: {} });
        out.part(i);
      } else if (now && (colon !== -1 || line === '802.3ad info')) {
        const names = parts.length === 1 ? { ...OF_BOND, 'Bonding Mode': 'mode' } : OF_SLAVE;
        const attribute = Object.hasOwn(names, key) ? (names as Readonly<Record<string, string>>)[key] : undefined;
        if (attribute !== undefined && value !== 'None') now.attributes[attribute] ??= printed(key, value);
        take(i);
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of a bond');
    }
    const [bond, ...slaves] = parts;
    if (bond?.name !== undefined)
      out.fact(bond.line, { kind: 'link', name: bond.name, info: { kind: 'bond', attributes: bond.attributes } });
    for (const { line, name = '', attributes } of slaves) {
      if (attributes['perm_hwaddr'] !== undefined && !isLladdr(attributes['perm_hwaddr']))
        delete attributes['perm_hwaddr'];
      out.fact(line, {
        kind: 'link',
        name,
        ...(bond?.name !== undefined && { master: bond.name }),
        slave: { kind: 'bond_slave', attributes },
      });
    }
    failures.close(parts.length > 0);
    const named = bond === undefined || bond.name !== undefined;
    out.incomplete('filtered', named ? 'one bond only' : "the bond's name is the file's, which is not known");
  },
});
