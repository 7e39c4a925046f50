import type { LinkInfo, VxlanInfo } from '../../../facts/index.js';
import { canonicalAddress } from '../../../kit/index.js';

/*
 *     vxlan id 1 local 10.0.2.15 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum addrgenmode eui64 numtxqueues 1
 *     bridge_slave state forwarding priority 32 cost 2 hairpin on guard off … hold_timer    0.00 …
 *
 * `ip -d` prints the kind and its settings on a line of their own (iproute2 ip/ipaddress.c print_linktype, ip/iplink_*.c); what all
 * devices have follows on the same line.
 */

/** Kinds that iproute2 prints; others are believed only where a kind must stand. */
const KINDS: ReadonlySet<string> = new Set([
  'amt',
  'bareudp',
  'batadv',
  'bond',
  'bridge',
  'can',
  'dsa',
  'dummy',
  'erspan',
  'geneve',
  'gre',
  'gretap',
  'gtp',
  'hsr',
  'ifb',
  'ip6erspan',
  'ip6gre',
  'ip6gretap',
  'ip6tnl',
  'ipip',
  'ipoib',
  'ipvlan',
  'ipvtap',
  'macsec',
  'macvlan',
  'macvtap',
  'netkit',
  'netdevsim',
  'nlmon',
  'openvswitch',
  'ovpn',
  'ppp',
  'rmnet',
  'sit',
  'team',
  'tun',
  'vcan',
  'veth',
  'virt_wifi',
  'vlan',
  'vrf',
  'vti',
  'vti6',
  'vxlan',
  'wireguard',
  'xfrm',
]);

/** Settings of every device, printed behind those of the kind. */
const COMMON: ReadonlySet<string> = new Set([
  'promiscuity',
  'allmulti',
  'minmtu',
  'maxmtu',
  'addrgenmode',
  'numtxqueues',
  'numrxqueues',
  'gso_max_size',
  'gso_max_segs',
  'tso_max_size',
  'tso_max_segs',
  'gro_max_size',
  'gso_ipv4_max_size',
  'gro_ipv4_max_size',
  'portname',
  'portid',
  'switchid',
  'parentbus',
  'parentdev',
]);

/** Kinds of which every word has a value; `learning on` is a bridge port's, `learning` alone VXLAN's. */
const isPaired = (kind: string): boolean => kind === 'bridge' || kind === 'bond' || kind.endsWith('_slave');

/** Words that take no value. */
const ALONE: ReadonlySet<string> = new Set([
  'learning',
  'nolearning',
  'proxy',
  'rsc',
  'l2miss',
  'l3miss',
  'udpcsum',
  'noudpcsum',
  'udp6zerocsumtx',
  'noudp6zerocsumtx',
  'udp6zerocsumrx',
  'noudp6zerocsumrx',
  'remcsumtx',
  'noremcsumtx',
  'remcsumrx',
  'noremcsumrx',
  'gbp',
  'gpe',
  'external',
  'localbypass',
  'nolocalbypass',
  'vnifilter',
  'novnifilter',
  'innerprotoinherit',
  'pmtudisc',
  'nopmtudisc',
  'isatap',
  'any',
  'ipip',
  'ip4ip6',
  'ip6ip6',
  'ip6ip',
  'mplsip',
  'ignore-df',
  'noignore-df',
  'iseq',
  'oseq',
  'icsum',
  'ocsum',
  'seq',
  'csum',
  'key-any',
  'private',
  'vepa',
  'bridge',
  'nopromisc',
  'autojoin',
  'flags',
]);

/** Is this the first word of a kind's line? `certain` when the line above ended the settings of `link/ether …`. */
export const isKind = (word: string, certain: boolean): boolean =>
  KINDS.has(word) || word.endsWith('_slave') || (certain && /^[a-z][a-z0-9_]{1,14}$/.test(word));

/** Is this the name of a kind's setting? Names of kinds have no underscore, but for those of ports. */
export const isSetting = (word: string): boolean =>
  /^[a-z0-9]+(?:_[a-z0-9]+)+$/.test(word) && !word.endsWith('_slave') && !KINDS.has(word);

/** Reads the words of a kind's line. */
export function kindOf(words: readonly string[]): LinkInfo {
  const [kind = '', ...rest] = words;
  return { kind, attributes: Object.fromEntries(pairsOf(rest, isPaired(kind))) };
}

function pairsOf(words: readonly string[], paired: boolean): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i++) {
    const key = words[i] ?? '';
    if (COMMON.has(key)) break;
    if (!paired && ALONE.has(key)) pairs.push([key, '']);
    else if (key.startsWith('<')) pairs.push(['flags', key]);
    else if (key === 'srcport' || key === 'port') pairs.push([key, `${words[++i] ?? ''} ${words[++i] ?? ''}`]);
    else pairs.push([key, words[++i] ?? '']);
  }
  return pairs;
}

const MAX_PORT = 65535;

function numberIn(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,8}$/.test(text)) return undefined;
  const n = Number(text);
  return n <= most ? n : undefined;
}

/** VXLAN's settings as values; undefined when one of them is masked or unreadable, so that its absence is not taken for a setting. */
export function vxlanOf(info: LinkInfo): VxlanInfo | undefined {
  const a = info.attributes;
  const vni = numberIn(a['id'], 0xffffff);
  const dstport = numberIn(a['dstport'], MAX_PORT);
  const addresses: Record<string, string> = {};
  for (const key of ['local', 'remote', 'group']) {
    const text = a[key] ?? a[`${key}6`];
    if (text === undefined) continue;
    const address = canonicalAddress(text);
    if (address === undefined) return undefined;
    addresses[key] = address;
  }
  if ((vni === undefined && a['id'] !== undefined) || (dstport === undefined && a['dstport'] !== undefined))
    return undefined;
  return {
    ...(vni !== undefined && { vni }),
    ...addresses,
    ...(a['dev'] !== undefined && { dev: a['dev'] }),
    ...(dstport !== undefined && { dstport }),
    learning: !('nolearning' in a),
    gbp: 'gbp' in a,
  };
}
