import { protocolNumber } from '../protocols.js';
import { portOf } from '../services.js';
import { seconds } from './time.js';

/*
 * `nft -n` prints numbers where it has names, `-S` and nft before 0.9.1 names of services where others print numbers. What follows brings both
 * into the form that nft prints unasked. Numbers are the kernel's (uapi headers in.h, nf_conntrack_common.h, rtnetlink.h, icmp.h, icmpv6.h).
 */

type Names = (text: string) => string;

const table = (numbers: Readonly<Record<string, string>>, other: Readonly<Record<string, string>> = {}): Names => {
  const map = new Map([...Object.entries(numbers), ...Object.entries(other)]);
  return (text) => map.get(text) ?? text;
};
const inOrder = (names: string, first = 0): Readonly<Record<string, string>> =>
  Object.fromEntries(names.split(' ').map((name, i) => [String(first + i), name]));

/** Names are those of the machine's /etc/protocols: Debian has `ipencap` where RHEL has `ipv4`, and `ipip` is another number. */
const protocol = table(
  {
    ...{
      '1': 'icmp',
      '2': 'igmp',
      '4': 'ipencap',
      '6': 'tcp',
      '17': 'udp',
      '33': 'dccp',
      '41': 'ipv6',
      '47': 'gre',
      '50': 'esp',
    },
    ...{
      '51': 'ah',
      '58': 'ipv6-icmp',
      '89': 'ospf',
      '94': 'ipip',
      '103': 'pim',
      '112': 'vrrp',
      '132': 'sctp',
      '136': 'udplite',
      '108': 'comp',
    },
  },
  { icmpv6: 'ipv6-icmp', ospfigp: 'ospf', ipv4: 'ipencap', ipcomp: 'comp' },
);

/** `ssh`, `1024-http`: ports. */
export const portNumber: Names = (text) => (/^[a-z]/i.test(text) ? String(portOf(text) ?? text) : text);

export const TYPES = {
  protocol,
  service: portNumber,
  'ct state': table({ '1': 'invalid', '2': 'established', '4': 'related', '8': 'new', '64': 'untracked' }),
  'ct status': table({
    ...{
      '1': 'expected',
      '2': 'seen-reply',
      '4': 'assured',
      '8': 'confirmed',
      '16': 'snat',
      '32': 'dnat',
      '512': 'dying',
    },
  }),
  'ct direction': table({ '0': 'original', '1': 'reply' }),
  'tcp flags': table({
    '1': 'fin',
    '2': 'syn',
    '4': 'rst',
    '8': 'psh',
    '16': 'ack',
    '32': 'urg',
    '64': 'ecn',
    '128': 'cwr',
  }),
  nfproto: table({ '2': 'ipv4', '10': 'ipv6' }),
  pkttype: table({ '0': 'host', '1': 'broadcast', '2': 'multicast', '3': 'other' }, { unicast: 'host' }),
  ethertype: table({
    '2048': 'ip',
    '2054': 'arp',
    '34525': 'ip6',
    '33024': 'vlan',
    '0x0800': 'ip',
    '0x0806': 'arp',
    '0x86dd': 'ip6',
  }),
  fib: table(inOrder('unspec unicast local broadcast anycast multicast blackhole unreachable prohibit')),
  exists: table({ '0': 'missing', '1': 'exists' }),
  /** No route is no device. */
  oif: table({ '0': 'missing', '1': 'exists' }),
  icmp: table({
    ...{
      '0': 'echo-reply',
      '3': 'destination-unreachable',
      '4': 'source-quench',
      '5': 'redirect',
      '8': 'echo-request',
    },
    ...inOrder(
      'router-advertisement router-solicitation time-exceeded parameter-problem timestamp-request timestamp-reply',
      9,
    ),
    ...inOrder('info-request info-reply address-mask-request address-mask-reply', 15),
  }),
  icmpv6: table({
    ...inOrder('destination-unreachable packet-too-big time-exceeded parameter-problem', 1),
    ...inOrder('echo-request echo-reply mld-listener-query mld-listener-report mld-listener-done', 128),
    ...inOrder(
      'nd-router-solicit nd-router-advert nd-neighbor-solicit nd-neighbor-advert nd-redirect router-renumbering',
      133,
    ),
    ...{ '141': 'ind-neighbor-solicit', '142': 'ind-neighbor-advert', '143': 'mld2-listener-report' },
  }),
  'icmp code': table({
    ...inOrder('net-unreachable host-unreachable prot-unreachable port-unreachable frag-needed'),
    ...{ '9': 'net-prohibited', '10': 'host-prohibited', '13': 'admin-prohibited' },
  }),
  'icmpv6 code': table({
    ...{ '0': 'no-route', '1': 'admin-prohibited' },
    ...inOrder('addr-unreachable port-unreachable policy-fail reject-route', 3),
  }),
  igmp: table({
    ...{ '17': 'membership-query', '18': 'membership-report-v1', '22': 'membership-report-v2' },
    ...{ '23': 'leave-group', '34': 'membership-report-v3' },
  }),
  arp: table(inOrder('request reply rrequest rreply', 1)),
  ecn: table(inOrder('not-ect ect1 ect0 ce')),
  hardware: table({ '1': 'ether', '768': 'ipip', '769': 'ipip6', '772': 'loopback', '776': 'sit', '778': 'ipgre' }),
  group: table({ '0': 'default' }),
  day: table(inOrder('Sunday Monday Tuesday Wednesday Thursday Friday Saturday')),
  'ct event': table(
    Object.fromEntries(
      'new related destroy reply assured protoinfo helper mark seqadj secmark label'
        .split(' ')
        .map((name, bit) => [String(2 ** bit), name]),
    ),
  ),
  /** Seconds, which the text has with units. */
  time: (text: string) => (/^(?:\d+(?:d|h|ms|m|s))+$/.test(text) ? String(seconds(text)) : text),
  dscp: table({
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [String(i * 8), `cs${i}`])),
    ...Object.fromEntries([1, 2, 3, 4].flatMap((c) => [1, 2, 3].map((d) => [String(c * 8 + d * 2), `af${c}${d}`]))),
    '46': 'ef',
  }),
};
export type TypeName = keyof typeof TYPES;

const reversed = new Map<TypeName, ReadonlyMap<string, number>>();

/** Number of a name of that type (`established`, `echo-request`), or of the number itself; undefined for words that are neither. */
export function numberOf(type: TypeName, word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  if (type === 'protocol') return protocolNumber(word);
  let names = reversed.get(type);
  if (!names) {
    const numbers = [...Array(256).keys(), 512, 1024, 2048, 2054, 33024, 34525];
    names = new Map(numbers.map((n) => [TYPES[type](String(n)), n] as const).filter(([name]) => !/^\d/.test(name)));
    reversed.set(type, names);
  }
  return names.get(word);
}
