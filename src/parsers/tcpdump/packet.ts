import type { PacketFact } from '../../facts/index.js';
import { canonicalAddress, isLladdr } from '../../kit/index.js';
import { clockOf } from '../log/stamp.js';

/** What the front of a packet's line says: when, on which device, between which MACs. */
export interface Front {
  readonly link: Pick<PacketFact, 'clock' | 'dated' | 'time' | 'dev' | 'direction' | 'sourceMac' | 'destinationMac'>;
  /** `ip`, `ip6`, `arp` or the name of another protocol. */
  readonly network: string;
  readonly rest: string;
}

/** Addresses and what they carry: the packet without its link. */
export interface Network {
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly protocol?: string;
  readonly tcpFlags?: string;
  readonly icmp?: { readonly type: string; readonly id?: number; readonly sequence?: number };
  readonly ttl?: number;
  readonly length?: number;
  readonly info?: string;
  readonly inner?: NonNullable<PacketFact['inner']>;
}

const STAMP = /^(?:(\d{4}-\d\d-\d\d) )?(?:(\d\d:\d\d:\d\d\.\d{3,9})|(\d{9,10}\.\d+)) +/;
/** `eth0  In  ` of tcpdump 4.99 with `-i any`; older ones print `In ` alone, and only with -e. */
const ANY = /^(?:([\w.@:-]+) +)?(In|Out|B|M|P|bcast|mcast) +(?:ifindex \d+ )?/;
const ETHER =
  /^([\da-f:]{17})(?: \([^)]*\))?(?: > ([\da-f:]{17})(?: \([^)]*\))?,)? ethertype ([^,(]+?)(?: \(0x[\da-f]{4}\))?, length \d+: /i;
const VLAN = /^vlan \d+, p \d+,(?: DEI,)? ethertype ([^,(]+?)(?: \(0x[\da-f]{4}\))?, /;

const NETWORKS: Readonly<Record<string, string>> = {
  IPv4: 'ip',
  IPv6: 'ip6',
  ARP: 'arp',
  IP: 'ip',
  IP6: 'ip6',
  arp: 'arp',
};

/** Protocols below or beside IP whose lines carry nothing that is looked for. */
const OTHERS = /^(?:LLDP|STP|CDPv|LACPv|802\.1|EAPOL|PPPoE|MPLS|IS-IS|AoE|Loopback|MPCP|unknown|ethertype)/;

/** Reads a line that begins a packet; undefined when it does not. Inner packets of VXLAN have no stamp. */
export function frontOf(line: string, stamped: boolean): Front | undefined {
  const stamp = STAMP.exec(line);
  if (stamped && !stamp) return undefined;
  let rest = line.slice(stamp?.[0].length ?? 0);
  const clock = clockOf(stamp?.[2] ?? '');
  const any = stamp ? ANY.exec(rest) : null;
  if (any) rest = rest.slice(any[0].length);
  const ether = ETHER.exec(rest);
  const [sourceMac, destinationMac] = [ether?.[1]?.toLowerCase(), ether?.[2]?.toLowerCase()];
  let type = ether?.[3];
  if (ether) rest = rest.slice(ether[0].length);
  const vlan = type?.startsWith('802.1') ? VLAN.exec(rest) : null;
  if (vlan) {
    type = vlan[1];
    rest = rest.slice(vlan[0].length);
  }
  const word = /^(IP6?|ARP,|arp) /.exec(rest);
  if (word) {
    type ??= (word[1] ?? '').replace(',', '');
    rest = rest.slice(word[0].length);
  }
  if (type === undefined && (!stamp || !OTHERS.test(rest))) return undefined;
  const link = {
    ...(clock !== undefined && { clock }),
    ...(stamp?.[1] && { dated: stamp[1] }),
    ...(stamp?.[3] && { time: Number(stamp[3]) }),
    ...(any?.[1] && { dev: any[1] }),
    ...(any?.[2] && { direction: any[2] }),
    ...(sourceMac && isLladdr(sourceMac) && { sourceMac }),
    ...(destinationMac && isLladdr(destinationMac) && { destinationMac }),
  };
  return { link, network: type === undefined ? 'other' : (NETWORKS[type] ?? type), rest };
}

/** Service names that tcpdump prints for ports without `-n` (the few of /etc/services that matter on a node). */
const SERVICES: Readonly<Record<string, number>> = {
  domain: 53,
  http: 80,
  https: 443,
  ssh: 22,
  bgp: 179,
  ntp: 123,
  bootps: 67,
  bootpc: 68,
  otv: 8472,
  mdns: 5353,
};

/** A capture names few addresses many times over; reading IPv6 afresh each time took a third of the parser's time. */
const MOST_KNOWN = 4096;
const known = new Map<string, string | undefined>();

function canonical(text: string): string | undefined {
  if (known.has(text)) return known.get(text);
  const address = canonicalAddress(text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, address);
  return address;
}

/** `10.244.19.19.46676`, `fd00::6.53`, `node09.domain`, `10.244.6.0`. */
function endpoint(text: string, ports: boolean): { host: string; port?: number } {
  const whole = canonical(text);
  if (whole !== undefined) return { host: whole };
  const dot = text.lastIndexOf('.');
  const tail = text.slice(dot + 1);
  const port = /^\d{1,5}$/.test(tail) ? Number(tail) : SERVICES[tail];
  if (dot <= 0 || !ports || port === undefined) return { host: text };
  const host = text.slice(0, dot);
  return { host: canonical(host) ?? host, port };
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** `ICMP echo request, id 5874, seq 1, length 64`, `ICMP 10.0.0.1 udp port 53 unreachable, length 122`, `ICMP6, echo reply, id …`. */
function icmpOf(info: string): NonNullable<Network['icmp']> | undefined {
  const m = /^ICMP6?,? (.*)$/.exec(info);
  if (!m) return undefined;
  const echo = /^(echo (?:request|reply)), id (\d+), seq (\d+)/.exec(m[1] ?? '');
  if (echo) return { type: echo[1] ?? '', id: Number(echo[2]), sequence: Number(echo[3]) };
  const type = (m[1] ?? '')
    .replace(/,.*$/, '')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b ?|\b[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}\b ?/gi, '')
    .trim();
  return { type: type === '' ? 'unknown' : type.slice(0, 80) };
}

const PROTOCOLS: readonly (readonly [RegExp, string])[] = [
  [/^ICMP6/, 'icmp6'],
  [/^ICMP /, 'icmp'],
  [/^(?:Flags \[|tcp )/, 'tcp'],
  [/^(?:OTV|VXLAN), /, 'vxlan'],
  [/^UDP, /, 'udp'],
  [/^IP6? (?:\(|\S+ > )/, 'ipip'],
  [/^ESP\(/, 'esp'],
  [/^GRE/, 'gre'],
  [/^(?:SCTP|sctp)/, 'sctp'],
];

const HEADER4 =
  /^\(tos 0x[\da-f]+,?.*?\bttl (\d+), id \d+.*?\bproto ([\w-]+) \(\d+\), length (\d+)(?:, options \([^)]*\))?(?:, bad cksum [^)]*)?\) ?/;
const HEADER6 =
  /^\((?:class 0x[\da-f]+, )?(?:flowlabel 0x[\da-f]+, )?hlim (\d+), next-header ([\w-]+) \(\d+\) payload length: (\d+)\) ?/;

interface Header {
  readonly ttl?: number;
  readonly protocol?: string;
  readonly length?: number;
  readonly body: string;
}

/** Takes the `-v` header off; without one all of it is body. */
export function headerOf(text: string): Header {
  const m = HEADER4.exec(text) ?? HEADER6.exec(text);
  if (!m) return { body: text };
  const protocol = (m[2] ?? '').toLowerCase().replace('icmpv6', 'icmp6');
  return { ttl: Number(m[1]), protocol, length: Number(m[3]), body: text.slice(m[0].length) };
}

const CHECKSUM = /^\[[^\]]*(?:cksum|sum)[^\]]*\] /;
const MOST_OF_INFO = 200;
/** Tunnels in tunnels in tunnels are no network but an attack. */
const MOST_TUNNELS = 3;

function infoOf(info: string, header: Header, depth: number): Network {
  const text = info.replace(CHECKSUM, '').replace(/^HBH /, '');
  const protocol = PROTOCOLS.find(([re]) => re.test(text))?.[1] ?? header.protocol;
  const icmp = icmpOf(text);
  const length = number(/\blength (\d+)/.exec(text)?.[1]) ?? header.length;
  const tcpFlags = /^Flags \[([^\]]*)\]/.exec(text)?.[1];
  const vni = /^(?:OTV|VXLAN), .*\b(?:instance|vni) (\d+)/.exec(text)?.[1];
  const tunnelled =
    protocol === 'ipip' && depth < MOST_TUNNELS ? bodyOf(headerOf(text.replace(/^IP6? /, '')), depth + 1) : undefined;
  return {
    ...(protocol && { protocol }),
    ...(tcpFlags !== undefined && { tcpFlags }),
    ...(icmp && { icmp }),
    ...(header.ttl !== undefined && { ttl: header.ttl }),
    ...(length !== undefined && { length }),
    ...(vni !== undefined && { inner: { vni: Number(vni) } }),
    ...(tunnelled && { inner: innerOf(tunnelled) }),
    info: info.slice(0, MOST_OF_INFO),
  };
}

/** `10.xx.x6.112.53`: somebody hid the address. */
const MASKED = /^(?=[^x*]*[x*])[\dx*]+(?:\.[\dx*]+){3,4}$/i;

/** `A.port > B.port: info`; undefined when the body is not there (it stands on the next line with -v). */
export function bodyOf(header: Header, depth = 0): Network | undefined {
  const m = /^(\S+) > (\S+):(?: (.*))?$/.exec(header.body);
  if (!m || MASKED.test(m[1] ?? '') || MASKED.test(m[2] ?? '')) return undefined;
  const info = infoOf(m[3] ?? '', header, depth);
  const ports = !['icmp', 'icmp6', 'ipip', 'esp', 'gre'].includes(info.protocol ?? '');
  const source = endpoint(m[1] ?? '', ports);
  const destination = endpoint(m[2] ?? '', ports);
  const protocol = info.protocol ?? (source.port !== undefined && destination.port !== undefined ? 'udp' : undefined);
  return {
    ...info,
    ...(protocol && { protocol }),
    source: source.host,
    destination: destination.host,
    ...(source.port !== undefined && { sourcePort: source.port }),
    ...(destination.port !== undefined && { destinationPort: destination.port }),
  };
}

/** `Request who-has 10.162.0.7 tell 10.162.0.6`, `Reply 10.162.0.7 is-at 9e:fd:…`; lower case and without a verb before tcpdump 4. */
export function arpOf(text: string): Network | undefined {
  const body = text.replace(/^Ethernet \(len 6\), IPv4 \(len 4\), /, '');
  const ask = /^(?:Request )?who-has (\S+)(?: \([^)]*\))? tell ([^\s,]+)/.exec(body);
  const answer = /^(?:[Rr]eply )?(\S+) is-at ([\da-f:]{17})/i.exec(body);
  const info = body.slice(0, MOST_OF_INFO);
  if (ask) return { protocol: 'arp', source: ask[2] ?? '', destination: ask[1] ?? '', info };
  return answer ? { protocol: 'arp', source: answer[1] ?? '', info } : undefined;
}

/** What is kept of a packet inside another one. */
export function innerOf(n: Network, vni?: number): NonNullable<PacketFact['inner']> {
  return {
    ...(vni !== undefined && { vni }),
    ...(n.source !== undefined && { source: n.source }),
    ...(n.destination !== undefined && { destination: n.destination }),
    ...(n.protocol !== undefined && { protocol: n.protocol }),
    ...(n.sourcePort !== undefined && { sourcePort: n.sourcePort }),
    ...(n.destinationPort !== undefined && { destinationPort: n.destinationPort }),
    ...(n.icmp && { icmp: n.icmp }),
  };
}
