import { portOf } from '../services.js';
import type { NftElement, NftExpression } from './types.js';

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

/** Of old versions of /etc/protocols `ipv6-icmp` is the name, of some `icmpv6`; `ipencap` is what others call `ipip`. */
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
      '103': 'pim',
      '112': 'vrrp',
      '132': 'sctp',
      '136': 'udplite',
      '108': 'comp',
    },
  },
  { icmpv6: 'ipv6-icmp', ospfigp: 'ospf', ipip: 'ipencap', ipcomp: 'comp' },
);

/** `ssh`, `1024-http`: ports. */
export const portNumber: Names = (text) => (/^[a-z]/i.test(text) ? String(portOf(text) ?? text) : text);

const TYPES = {
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
  oif: table({ '0': 'missing' }),
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
  arp: table(inOrder('request reply rrequest rreply', 1)),
  dscp: table({
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [String(i * 8), `cs${i}`])),
    ...Object.fromEntries([1, 2, 3, 4].flatMap((c) => [1, 2, 3].map((d) => [String(c * 8 + d * 2), `af${c}${d}`]))),
    '46': 'ef',
  }),
};
type TypeName = keyof typeof TYPES;

const KEYS: Readonly<Record<string, TypeName>> = {
  'meta l4proto': 'protocol',
  'ip protocol': 'protocol',
  'ip6 nexthdr': 'protocol',
  'ct protocol': 'protocol',
  'ct state': 'ct state',
  'ct status': 'ct status',
  'ct direction': 'ct direction',
  'tcp flags': 'tcp flags',
  'meta nfproto': 'nfproto',
  'ct l3proto': 'nfproto',
  'meta pkttype': 'pkttype',
  'meta protocol': 'ethertype',
  'ether type': 'ethertype',
  'vlan type': 'ethertype',
  'icmp type': 'icmp',
  'icmpv6 type': 'icmpv6',
  'arp operation': 'arp',
  'ip dscp': 'dscp',
  'ip6 dscp': 'dscp',
};

/** Types of a set (`type ipv4_addr . inet_proto . inet_service`). */
const SET_TYPES: Readonly<Record<string, TypeName>> = {
  inet_proto: 'protocol',
  inet_service: 'service',
  ct_state: 'ct state',
  ct_status: 'ct status',
  tcp_flag: 'tcp flags',
  nf_proto: 'nfproto',
  pkt_type: 'pkttype',
  ether_type: 'ethertype',
  fib_addrtype: 'fib',
  icmp_type: 'icmp',
  icmpv6_type: 'icmpv6',
  dscp: 'dscp',
};

function typeOfKey(name: string): TypeName | undefined {
  if (Object.hasOwn(KEYS, name)) return KEYS[name];
  if (/^(?:tcp|udp|udplite|sctp|dccp|th) [sd]port$/.test(name) || /^ct .*proto-(?:src|dst)$/.test(name))
    return 'service';
  if (/^(?:exthdr|(?:tcp|ip|dccp) option) [^ ]+$/.test(name)) return 'exists';
  if (name.startsWith('fib ')) return name.endsWith(' type') ? 'fib' : name.endsWith(' oif') ? 'oif' : undefined;
  return undefined;
}

type Shape = readonly (TypeName | undefined)[];

/** Types of what an expression asks for, one for each part of a concatenation. */
function shapeOf(e: NftExpression): Shape {
  switch (e.kind) {
    case 'key':
      return [typeOfKey(e.name)];
    case 'concat':
      return e.parts.flatMap(shapeOf);
    case 'binary':
      return shapeOf(e.left);
    default:
      return [undefined];
  }
}

export const shapeOfType = (type: string): Shape =>
  type.split(' . ').map((part) => (Object.hasOwn(SET_TYPES, part) ? SET_TYPES[part] : undefined));

/** The values that `left` is compared with, under the names that nft prints unasked. */
export const namedFor = (left: NftExpression, right: NftExpression): NftExpression => named(right, shapeOf(left));

export function named(e: NftExpression, shape: Shape): NftExpression {
  if (shape.every((s) => s === undefined)) return e;
  switch (e.kind) {
    case 'value': {
      const type = shape[0];
      return type === undefined ? e : { kind: 'value', text: TYPES[type](e.text) };
    }
    case 'list':
      return { ...e, values: e.values.map((v) => named(v, shape)) };
    case 'set':
      return { ...e, elements: e.elements.map((x) => namedElement(x, shape, undefined)) };
    case 'concat':
      return { ...e, parts: e.parts.map((p, i) => named(p, [shape[i]])) };
    case 'binary': {
      const [left, right] = [named(e.left, shape), named(e.right, shape)];
      return bits(e.op, left, right) ?? { ...e, left, right };
    }
    default:
      return e;
  }
}

/** `0x2 | 0x4` of the bits of a word is their list. */
function bits(op: string, left: NftExpression, right: NftExpression): NftExpression | undefined {
  const of = (e: NftExpression): readonly NftExpression[] | undefined =>
    e.kind === 'list' ? e.values : e.kind === 'value' && /^[a-z]/.test(e.text) ? [e] : undefined;
  const [a, b] = [of(left), of(right)];
  return op === '|' && a && b ? { kind: 'list', values: [...a, ...b] } : undefined;
}

export function namedElement(e: NftElement, key: Shape, data: Shape | undefined): NftElement {
  const named1 = named(e.key, key);
  if (!e.data || !data || e.data.kind === 'verdict' || e.data.kind === 'jump') return { ...e, key: named1 };
  return { key: named1, data: named(e.data, data) };
}

/** Ports that a packet is sent to. */
export function namedPorts(e: NftExpression): NftExpression {
  if (e.kind !== 'map' || e.map.kind !== 'set') return named(e, ['service']);
  const elements = e.map.elements.map((x) => namedElement(x, [], ['service']));
  return { ...e, map: { ...e.map, elements } };
}

/** Left of a match: a mask of flags holds values too. */
export const namedLeft = (left: NftExpression): NftExpression =>
  left.kind === 'binary' ? { ...left, right: named(left.right, shapeOf(left.left)) } : left;
