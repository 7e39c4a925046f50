import { TYPES, type TypeName } from './numbers.js';
import type { NftElement, NftExpression } from './types.js';

const KEYS: Readonly<Record<string, TypeName>> = {
  'meta l4proto': 'protocol',
  'ip protocol': 'protocol',
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
  'ct event': 'ct event',
  'ct expiration': 'time',
  'icmp type': 'icmp',
  'icmp code': 'icmp code',
  'icmpv6 code': 'icmpv6 code',
  'igmp type': 'igmp',
  'icmpv6 type': 'icmpv6',
  'arp operation': 'arp',
  'ip ecn': 'ecn',
  'ip6 ecn': 'ecn',
  'meta iiftype': 'hardware',
  'meta oiftype': 'hardware',
  iifgroup: 'group',
  oifgroup: 'group',
  'meta day': 'day',
  'meta ipsec': 'exists',
  'rt ipsec': 'exists',
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
  icmp_code: 'icmp code',
  icmpv6_type: 'icmpv6',
  icmpv6_code: 'icmpv6 code',
  day: 'day',
  devgroup: 'group',
  dscp: 'dscp',
};

/** What a selector's values are, where they have names. */
export function typeOfKey(name: string): TypeName | undefined {
  if (Object.hasOwn(KEYS, name)) return KEYS[name];
  if (/^(?:tcp|udp|udplite|sctp|dccp|th) [sd]port$/.test(name) || /^ct .*proto-(?:src|dst)$/.test(name))
    return 'service';
  if (/^(?:exthdr|(?:tcp|ip|dccp) option|sctp chunk) [^ ]+$/.test(name)) return 'exists';
  if (name.endsWith(' nexthdr')) return 'protocol';
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
