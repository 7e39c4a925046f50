import type { Missing } from '../../model/types.js';
import { groupOf } from './iptables-frame.js';
import { ctKey } from './nft-ct.js';
import { fibKey } from './nft-fib.js';
import { addressValue, type Part } from './nft-value.js';
import { ANY_TTL, load } from './octets.js';
import { flagBits, icmpCode, icmpNumber, protocolOf } from './packet.js';
import { senderOf } from './sockets.js';
import { hasTcpOption, OPTION_NUMBERS } from './tcp-options.js';
import { isKnown, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** What a selector has for a packet; undefined: the packet has no such thing, and the rule ends. */
export type Getter = (c: HookContext) => Part | undefined;

const PORTED: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite']);

const not = (name: string): Missing => unsupported(name);

function ipKey(name: string, field: string, family: 4 | 6): Getter {
  const of =
    (get: (c: HookContext) => Part | undefined): Getter =>
    (c) =>
      c.packet.src.family === family ? get(c) : undefined;
  switch (field) {
    case 'saddr':
      return of((c) => addressValue(c.packet.src));
    case 'daddr':
      return of((c) => addressValue(c.packet.dst));
    case 'protocol':
    case 'nexthdr':
      return of(protocol);
    case 'ttl':
    case 'hoplimit':
      return of((c) => (c.packet.anyTtl ? not(ANY_TTL) : BigInt(c.packet.ttl)));
    case 'length':
      return of((c) => BigInt(c.packet.size - (family === 6 ? 40 : 0)));
    case 'version':
      return of(() => BigInt(family));
    case 'dscp':
      return of((c) => BigInt((c.packet.tos ?? 0) >>> 2));
    case 'ecn':
      return of((c) => BigInt((c.packet.tos ?? 0) & 3));
    case 'hdrlength':
      return of(() => 5n);
    // Fragments are put together before any chain sees them, as conntrack is there.
    case 'frag-off':
      return of((c) => (c.packet.df ? 0x4000n : 0n));
    default:
      return of(() => not(name));
  }
}

function transportKey(name: string, header: string, field: string): Getter {
  const own = (c: HookContext): boolean => header === 'th' || c.packet.proto === header;
  switch (field) {
    case 'sport':
    case 'dport':
      return (c) => {
        if (!own(c)) return undefined;
        return PORTED.has(c.packet.proto) ? BigInt(c.packet[field]) : not(`${name} of ${c.packet.proto}`);
      };
    case 'flags':
      return (c) => (own(c) ? BigInt(flagBits(c.packet, c.walk)) : undefined);
    case 'length':
      return (c) => (own(c) ? BigInt(c.packet.size - (c.packet.src.family === 4 ? 20 : 40)) : undefined);
    case 'tcp option maxseg size':
      // Only a SYN and its answer ask for a length; without the option nothing matches (nft_exthdr_tcp_eval).
      return ({ packet }) => {
        if (packet.proto !== 'tcp' || (packet.role !== 'request' && packet.role !== 'reply')) return undefined;
        return packet.mss === undefined ? not(name) : BigInt(packet.mss);
      };
    default:
      return name.startsWith('tcp option ') ? (c) => optionOf(c, name) : (c) => (own(c) ? not(name) : undefined);
  }
}

/** `tcp option timestamp`, as `exists` and `missing` ask for it: other packets lack it too (nft_exthdr_tcp_eval with NFT_EXTHDR_F_PRESENT). */
function optionOf(c: HookContext, name: string): Part | undefined {
  const number = OPTION_NUMBERS[name.replace(/^tcp option /, '')];
  if (c.packet.proto !== 'tcp') return number === undefined ? undefined : 0n;
  const has = number === undefined ? not(name) : hasTcpOption(c, number);
  return isKnown(has) ? BigInt(has ? 1 : 0) : has;
}

function icmpKey(name: string, field: string, family: 4 | 6): Getter {
  return (c) => {
    if (c.packet.proto !== 'icmp' || c.packet.src.family !== family) return undefined;
    const number = field === 'type' ? icmpNumber(c.packet) : field === 'code' ? icmpCode(c.packet) : undefined;
    return number === undefined ? not(name) : BigInt(number);
  };
}

function protocol(c: HookContext): Part {
  const number = protocolOf(c.packet);
  return number === undefined ? not(`protocol ${c.packet.proto}`) : BigInt(number);
}

/** User or group of the socket's file: what is forwarded has none, nor has what the kernel sends (nft_meta_get_eval_skugid). */
const owner =
  (name: string): Getter =>
  (c) => {
    if (c.hook === 'prerouting' || c.hook === 'forward') return undefined;
    const sender = senderOf(c, name);
    if (!('kind' in sender)) return sender;
    return sender.kind === 'user' ? BigInt(sender.id) : undefined;
  };

const group =
  (of: 'iif' | 'oif'): Getter =>
  (c) => {
    if (c[of] === '') return undefined;
    const number = groupOf(c, c[of]);
    return number === undefined ? not(`${of}group`) : BigInt(number);
  };

/** `@nh,72,8`, `@th,16,16`: bits of the packet from its IP header or what IP carries (nft_payload_eval). */
function rawKey(name: string): Getter {
  const [, base, from, count] = /^@(nh|th),(\d+),(\d+)$/.exec(name) ?? [];
  const [first, length] = [Number(from), Number(count)];
  if (base === undefined || length > 128) return () => not(name);
  return (c) => {
    const at = first + (base === 'nh' ? 0 : c.packet.src.family === 4 ? 160 : 320);
    const end = Math.ceil((at + length) / 8);
    let value = 0n;
    let unknown = 0n;
    for (let i = Math.floor(at / 8); i < end; i++) {
      const octet = load(c.packet, i, 1);
      if (!octet) return undefined;
      value = (value << 8n) | BigInt(octet.value);
      unknown = (unknown << 8n) | BigInt(octet.open);
    }
    const shift = BigInt(end * 8 - at - length);
    const mask = (1n << BigInt(length)) - 1n;
    return ((unknown >> shift) & mask) === 0n ? (value >> shift) & mask : not(name);
  };
}

/** A socket of this stack that takes the packet; without one the rule ends (nft_socket_eval). */
const socket =
  (name: string): Getter =>
  (c) => {
    if (c.packet.proto !== 'tcp' && c.packet.proto !== 'udp') return undefined;
    return c.machine.local.has(c.packet.dst.text) ? not(name) : undefined;
  };

function etherKey(name: string, field: string): Getter {
  return (c) => {
    const own = field === 'saddr' ? c.srcMac : field === 'daddr' ? c.dstMac : undefined;
    if (own === undefined) return c.iif === '' && c.bridge === undefined ? undefined : not(name);
    return BigInt(`0x${own.replaceAll(':', '')}`);
  };
}

function etherType({ packet }: HookContext): Part {
  if (packet.proto === 'arp') return 0x806n;
  return packet.src.family === 4 ? 0x800n : 0x86ddn;
}

const META: Readonly<Record<string, Getter>> = {
  iif: (c) => c.iif,
  oif: (c) => c.oif,
  iifgroup: group('iif'),
  oifgroup: group('oif'),
  iifname: (c) => c.iif,
  oifname: (c) => c.oif,
  'meta mark': (c) => BigInt(c.packet.mark),
  'meta l4proto': protocol,
  'meta nfproto': (c) => (c.packet.src.family === 4 ? 2n : 10n),
  'meta protocol': etherType,
  'meta length': (c) => BigInt(c.packet.size),
  // Only packets for this host come so far; what it sends to others alone is seen with the type of its frame.
  'meta pkttype': () => 0n,
  'meta skuid': owner('meta skuid'),
  'meta skgid': owner('meta skgid'),
  'meta ipsec': () => 0n,
  'meta secpath': () => 0n,
  'meta sdif': () => '',
  'meta sdifname': () => '',
  'meta ibrname': (c) => (c.physIn === undefined ? c.bridge : not('meta ibrname')),
  'meta obrname': (c) => (c.physOut === undefined ? c.bridge : not('meta obrname')),
  'ether type': etherType,
};

function rtKey(name: string): Getter {
  const nexthop = /^rt (?:(ip6?) )?nexthop$/.exec(name);
  if (!nexthop) return name === 'rt ipsec' ? () => 0n : () => not(name);
  return (c) => {
    const family = c.packet.src.family;
    if (nexthop[1] !== undefined && nexthop[1] !== (family === 4 ? 'ip' : 'ip6')) return undefined;
    return c.nexthop ? addressValue(c.nexthop) : not(name);
  };
}

/** Fields of ARP: of Ethernet and IPv4 always (nft_payload over struct arphdr). */
const ARP: Readonly<Record<string, (c: HookContext) => Part | undefined>> = {
  'arp htype': () => 1n,
  'arp ptype': () => 0x800n,
  'arp hlen': () => 6n,
  'arp plen': () => 4n,
  'arp operation': (c) => (c.packet.role === 'request' ? 1n : 2n),
  'arp saddr ip': (c) => addressValue(c.packet.src),
  'arp daddr ip': (c) => addressValue(c.packet.dst),
  'arp saddr ether': (c) =>
    c.srcMac === undefined ? not('arp saddr ether') : BigInt(`0x${c.srcMac.replaceAll(':', '')}`),
};
/** What frames have whatever they carry. */
const FRAME = /^(?:meta (?:i|o)br|[io]if|meta mark|ether |meta protocol|arp |vlan )/;

/** The getter of a selector; of one that is not modelled it says so. */
export function keyOf(name: string): Getter {
  const get = getterOf(name);
  if (name.startsWith('arp ')) return (c) => (c.packet.proto === 'arp' ? (ARP[name] ?? get)(c) : undefined);
  return (c) => (c.packet.proto === 'arp' && !FRAME.test(name) ? undefined : get(c));
}

function getterOf(name: string): Getter {
  const meta = META[name];
  if (meta) return meta;
  const [first = '', second = '', third] = name.split(' ');
  switch (first) {
    case 'ip':
    case 'ip6':
      return third === undefined ? ipKey(name, second, first === 'ip' ? 4 : 6) : () => not(name);
    case 'tcp':
    case 'udp':
    case 'th':
    case 'sctp':
    case 'dccp':
    case 'udplite':
      return transportKey(name, first, third === undefined ? second : name);
    case 'icmp':
      return icmpKey(name, second, 4);
    case 'icmpv6':
      return icmpKey(name, second, 6);
    case 'ct':
      return ctKey(name);
    case 'fib':
      return fibKey(name);
    case 'rt':
      return rtKey(name);
    case 'socket':
      return socket(name);
    case 'ether':
      return etherKey(name, second);
    case 'igmp':
    case 'ah':
    case 'esp':
    case 'comp':
    case 'gre':
      return (c) => (c.packet.proto === first ? not(name) : undefined);
    // No packet of the walk has extension headers.
    case 'exthdr':
    case 'hbh':
    case 'frag':
    case 'srh':
    case 'mh':
    case 'dst':
      return first === 'exthdr' ? (c) => (c.packet.src.family === 6 ? 0n : undefined) : () => undefined;
    default:
      return first.startsWith('@') ? rawKey(first) : () => not(name);
  }
}
