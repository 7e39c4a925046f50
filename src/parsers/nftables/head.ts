import type { NftHook } from '../../facts/index.js';

/** Priorities by their names (nftables src/rule.c, std_prios); of bridges they are others. */
const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
};
const BRIDGE: Readonly<Record<string, number>> = { dstnat: -300, filter: -200, out: 100, srcnat: 300 };

/** `filter`, `srcnat + 10`, `-100`. */
export function priorityOf(text: string, family: string): number | undefined {
  const m = /^(?:([a-z]+)|(-?\d{1,10}))(?: ?([+-]) ?(\d{1,10}))?$/.exec(text);
  if (!m) return undefined;
  const [, name, number, sign, offset] = m;
  const base = name === undefined ? Number(number) : (family === 'bridge' ? BRIDGE : PRIORITIES)[name];
  return base === undefined ? undefined : base + (sign === '-' ? -1 : 1) * Number(offset ?? 0);
}

const HOOK =
  /^type (\w+) hook (\w+)(?: devices? (?:= )?(\{[^}]{0,4000}\}|"?[^" ]+"?))? priority ((?:[a-z]+|-?\d+)(?: ?[+-] ?\d+)?); ?(?:policy (\w+);)?$/;

/** `type filter hook input priority filter; policy accept;` */
export function hookOf(line: string, family: string): NftHook | undefined {
  const m = HOOK.exec(line);
  const priority = m && priorityOf(m[4] ?? '', family);
  if (!m || priority === undefined || priority === null) return undefined;
  const devices = m[3] === undefined ? undefined : devicesOf(m[3]);
  return {
    type: m[1] ?? '',
    hook: m[2] ?? '',
    priority,
    policy: m[5] ?? 'accept',
    ...(devices && devices.length > 0 && { devices }),
  };
}

/** `{ "eth0", "eth1" }`, `eth0` */
export const devicesOf = (text: string): string[] =>
  text
    .replace(/[{}"]/g, ' ')
    .split(/[ ,]+/)
    .filter((w) => w !== '');

/** Types of the selectors of `typeof`, under which `nft -j` has the same set. */
const TYPES: Readonly<Record<string, string>> = {
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip protocol': 'inet_proto',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'ip6 nexthdr': 'inet_proto',
  'meta l4proto': 'inet_proto',
  'meta mark': 'mark',
  'meta nfproto': 'nf_proto',
  'ct mark': 'mark',
  'ct state': 'ct_state',
  'ether saddr': 'ether_addr',
  'ether daddr': 'ether_addr',
  'vlan id': 'integer',
  iifname: 'ifname',
  oifname: 'ifname',
  iif: 'iface_index',
  oif: 'iface_index',
  ...Object.fromEntries(
    ['tcp', 'udp', 'th', 'sctp'].flatMap((p) => [
      [`${p} sport`, 'inet_service'],
      [`${p} dport`, 'inet_service'],
    ]),
  ),
};

/** `ip saddr . tcp dport` → `ipv4_addr . inet_service`; what has no name of a type stays a selector. */
export const typeOf = (text: string): string =>
  text
    // Data of a map that holds ranges; a flag of it says so as well.
    .replace(/^interval /, '')
    .split(' . ')
    .map((part) => (Object.hasOwn(TYPES, part) ? (TYPES[part] ?? part) : part))
    .join(' . ');
