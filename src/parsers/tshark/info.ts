import type { PacketLayer } from '../../facts/index.js';
import { canonicalAddress, isLladdr } from '../../kit/index.js';
import { probeErrorOf } from '../text/probe-error.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type TsharkLayer = Mutable<PacketLayer>;

/* Info column of wireshark's dissectors: packet-icmp.c, packet-icmpv6.c, packet-tcp.c, packet-udp.c, packet-dns.c, packet-arp.c, packet-ip.c. */
const ECHO = /^Echo \(ping\) (request|reply) +id=(0x[\da-f]+), seq=(\d+)(?:\/\d+)?(?:, (?:ttl|hop limit)=(\d+))?/;
const PORTS = /^(?:\[[^\]]*\] ?)*(\d{1,5}) (?:→|->|>) (\d{1,5})(?: |$)/;
const FLAGS =
  /\[((?:SYN|ACK|FIN|RST|PSH|URG|ECE|ECN|CWR|AE|NS|Reserved|<None>)(?:, ?(?:SYN|ACK|FIN|RST|PSH|URG|ECE|ECN|CWR|AE|NS|Reserved))*)\]/;
const DNS =
  /^(?:Unknown operation \(\d+\)|Standard query|Inverse query)( response)? (0x[\da-f]{4})(?: (No such name|Server failure|Refused|Format error|Not implemented|Name exists))?(?: (.*))?$/;
const FRAGMENT = /^Fragmented IP protocol \(proto=(\w+)\D*(\d+), off=(\d+), ID=([\da-f]+)\)/;
const WHO_HAS =
  /^(?:Gratuitous ARP for (\S+)|ARP Announcement for (\S+)|Who has (\S+?)\?(?: Tell (\S+)| \(ARP Probe\)| Gratuitous)?)/;
const IS_AT = /^(?:Gratuitous ARP for )?(\S+) is at ([\da-f:]{17})/;

/** In the order in which tcpdump prints them. */
const LETTERS: readonly (readonly [string, string])[] = [
  ['FIN', 'F'],
  ['SYN', 'S'],
  ['RST', 'R'],
  ['PSH', 'P'],
  ['ACK', '.'],
  ['URG', 'U'],
  ['ECE', 'E'],
  ['ECN', 'E'],
  ['CWR', 'W'],
];
const STATUS: Readonly<Record<string, string>> = {
  'No such name': 'NXDOMAIN',
  'Server failure': 'SERVFAIL',
  Refused: 'REFUSED',
  'Format error': 'FORMERR',
  'Not implemented': 'NOTIMP',
  'Name exists': 'YXDOMAIN',
};

/** `SYN, ACK` as tcpdump has it: `S.`. */
export const flagLetters = (names: readonly string[]): string =>
  LETTERS.filter(([name], i) => names.includes(name) && LETTERS.findIndex(([, l]) => l === LETTERS[i]?.[1]) <= i)
    .map(([, letter]) => letter)
    .join('') || 'none';

function dnsIn(layer: TsharkLayer, info: string): void {
  const m = DNS.exec(info.slice(0, 600));
  if (!m) return;
  const [type, name] = (m[4] ?? '').split(' ');
  layer.dns = {
    id: Number(m[2]),
    ...(type !== undefined && /^[A-Z][A-Z0-9]*$/.test(type) && name !== undefined && { type, name }),
    ...(m[1] !== undefined && { status: STATUS[m[3] ?? ''] ?? 'NOERROR' }),
  };
}

function arpIn(layer: TsharkLayer, info: string): void {
  const ask = WHO_HAS.exec(info);
  const answer = IS_AT.exec(info);
  const source = canonicalAddress(answer?.[1] ?? ask?.[4] ?? ask?.[1] ?? ask?.[2] ?? '');
  const destination = canonicalAddress(ask?.[3] ?? ask?.[2] ?? ask?.[1] ?? '');
  if (answer && source !== undefined) {
    layer.source = source;
    layer.arp = { operation: 'reply', ...(isLladdr(answer[2] ?? '') && { lladdr: answer[2] ?? '' }) };
  } else if (ask && destination !== undefined) {
    layer.source = source ?? '0.0.0.0';
    layer.destination = destination;
    layer.arp = { operation: 'request' };
  }
}

function icmpIn(layer: TsharkLayer, info: string): void {
  const echo = ECHO.exec(info);
  if (echo) {
    layer.icmp = { type: `echo ${echo[1]}`, id: Number(echo[2]), sequence: Number(echo[3]) };
    if (echo[4] !== undefined) layer.ttl = Number(echo[4]);
    return;
  }
  const about = canonicalAddress(/(?:\bfor|Advertisement) ([\da-fA-F:.]+)/.exec(info)?.[1] ?? '');
  const code = /\(([^()]+)\)/.exec(info)?.[1];
  const type = info
    .replace(/ +\(.*$/, '')
    .replace(/^(neighbor \w+|router \w+).*$/i, '$1')
    .replace(/ for .*$/, '')
    .trim()
    .toLowerCase()
    .slice(0, 80);
  const failed = /unreachable|exceeded|too big|redirect|quench|parameter/i.test(info);
  const error = failed
    ? probeErrorOf(
        code !== undefined && !/redirect/i.test(info) ? `${code} ${/too big/i.test(info) ? info : ''}`.trim() : info,
      )
    : undefined;
  layer.icmp = {
    type: code === undefined || !failed ? type : `${type} (${code.toLowerCase()})`,
    ...(error && { error: error === 'other' ? probeErrorOf(info) : error }),
    ...(about !== undefined && { about }),
  };
}

/** What the columns Protocol and Info tell; `layer` has the addresses already. */
export function addInfo(layer: TsharkLayer, protocol: string, info: string): void {
  const name = protocol.toLowerCase();
  layer.protocol = name === 'icmpv6' ? 'icmp6' : name === 'dns' || name === 'mdns' ? 'udp' : name;
  const text = info.slice(0, 1000);
  const ports = PORTS.exec(text);
  const flags = FLAGS.exec(text);
  if (ports) {
    layer.sourcePort = Number(ports[1]);
    layer.destinationPort = Number(ports[2]);
  }
  if (flags) {
    layer.protocol = 'tcp';
    layer.tcpFlags = flagLetters((flags[1] ?? '').split(/, ?/));
    const sequence = /\bSeq=(\d+)/.exec(text)?.[1];
    if (sequence !== undefined) layer.sequence = Number(sequence);
  }
  const length = /\bLen=(\d+)/.exec(text)?.[1];
  if (length !== undefined) layer.length = Number(length);
  if (name === 'dns' || name === 'mdns') dnsIn(layer, text);
  else if (name === 'arp') arpIn(layer, text);
  else if (name === 'icmp' || name === 'icmpv6') icmpIn(layer, text);
  else if (name === 'bgp')
    layer.bgp = [
      ...new Set(text.toLowerCase().match(/\b(?:open|update|notification|keepalive|route-refresh)(?= message)/g) ?? []),
    ];
  const fragment = FRAGMENT.exec(text);
  if (fragment) {
    layer.protocol = (fragment[1] ?? '').toLowerCase();
    layer.ipId = Number.parseInt(fragment[4] ?? '', 16);
    layer.fragment = { offset: Number(fragment[3]), more: true };
  }
}
