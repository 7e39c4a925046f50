import type { InnerPacket, PacketLayer } from '../../facts/index.js';
import { isLladdr } from '../../kit/index.js';
import { isMasked } from '../text/masked.js';
import { endpoint, portOf } from './address.js';
import { dnsOf } from './dns.js';
import type { Header } from './header.js';
import { icmpOf } from './icmp.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A layer while it is built: what is inside and what an ICMP error quotes comes on later lines. */
export interface Layer extends Mutable<Omit<InnerPacket, 'inner' | 'icmp'>> {
  icmp?: Mutable<NonNullable<PacketLayer['icmp']>>;
  inner?: Layer;
  info?: string;
  /** Text of a packet inside that stands on the same line. */
  nested?: string;
}

const MOST_OF_INFO = 200;

const PROTOCOLS: readonly (readonly [RegExp, string])[] = [
  [/^ICMP6/, 'icmp6'],
  [/^ICMP /, 'icmp'],
  [/^(?:Flags \[|tcp \d)/, 'tcp'],
  [/^(?:OTV|VXLAN(?:-GPE)?), /, 'vxlan'],
  [/^Geneve, /, 'geneve'],
  [/^UDP, /, 'udp'],
  [/^IP6? (?:\(|\S+ > )/, 'ipip'],
  [/^ESP\(/, 'esp'],
  [/^AH\(/, 'ah'],
  [/^(?:gre |GRE)/, 'gre'],
  [/^(?:SCTP|sctp)/, 'sctp'],
  [/^igmp /, 'igmp'],
  [/^VRRPv/, 'vrrp'],
  [/^OSPFv/, 'ospf'],
  [/^PIMv/, 'pim'],
];
/** `ip-proto-17`: a fragment that is not the first, or a protocol that tcpdump does not print. */
const NUMBERS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmp6',
  '132': 'sctp',
};
const PORTLESS: ReadonlySet<string> = new Set([
  'icmp',
  'icmp6',
  'ipip',
  'esp',
  'ah',
  'gre',
  'igmp',
  'vrrp',
  'ospf',
  'pim',
]);

/** `[bad udp cksum 0xcd77 -> 0x112f!] `, `[udp sum ok] `, `[no cksum] `; print-udp.c and print-tcp.c before 4.0 the same for TCP. */
const CHECKSUM = /^\[([^\]]*(?:cksum|sum)[^\]]*)\] /;
/** Extension headers of IPv6, and the ports that then stand behind them. */
const EXTENSIONS = /^(?:(?:HBH|DSTOPT|srcrt|mobility|rtalert|frag) ?(?:\([^)]*\) ?)*)+/;
const LATE_PORTS = /^(\d{1,5}|[a-z][\w-]*) > (\d{1,5}|[a-z][\w-]*): /;
/** Before 4.0: `S 123:123(0) ack 1 win 5840 <mss 1460>`. */
const OLD_TCP =
  /^([SFRPWEU.]+),? (?:cksum 0x[\da-f]+ \([^)]*\),? ?)?(?:\[[^\]]*\] )?(?:(\d+):(\d+)\((\d+)\) )?(?=ack |win |urg |<|$)/;

function checksums(layer: Layer, info: string, header: Header): void {
  const bad: ('ip' | 'udp' | 'tcp' | 'icmp')[] = header.badChecksum ? ['ip'] : [];
  const said = CHECKSUM.exec(info)?.[1] ?? '';
  if (/^bad udp/.test(said)) bad.push('udp');
  else if (/^bad tcp/.test(said) || /^(?:Flags [^,]*|[SFRPWEU.]+), cksum 0x[\da-f]+ \(incorrect/.test(info))
    bad.push('tcp');
  else if (/^bad icmp6/.test(said) || info.includes('(wrong icmp cksum')) bad.push('icmp');
  if (bad.length > 0) layer.badChecksums = bad;
  if (said === 'no cksum') layer.noChecksum = true;
}

function tcp(layer: Layer, text: string): void {
  const flags = /^Flags \[([^\]]*)\]/.exec(text)?.[1];
  if (flags !== undefined) {
    layer.tcpFlags = flags;
    const sequence = /, seq (\d+)/.exec(text)?.[1];
    if (sequence !== undefined) layer.sequence = Number(sequence);
    return;
  }
  const quiet = /^tcp (\d+)/.exec(text)?.[1];
  if (quiet !== undefined) layer.length = Number(quiet);
  const old = OLD_TCP.exec(text);
  if (!old) return;
  const word = old[1] ?? '';
  layer.protocol = 'tcp';
  layer.tcpFlags = / ack \d/.test(text) && !word.includes('.') ? `${word}.` : word;
  if (old[2] !== undefined) layer.sequence = Number(old[2]);
  layer.length = Number(old[4] ?? 0);
}

/** VNI, GRE key, and where a packet inside begins on this line. */
function tunnel(layer: Layer, text: string): void {
  if (layer.protocol === 'vxlan') {
    const vni = /\b(?:instance|vni) (\d+)/.exec(text)?.[1];
    if (vni !== undefined) layer.vni = Number(vni);
  } else if (layer.protocol === 'geneve') {
    const vni = /\bvni (0x[\da-f]+|\d+)/.exec(text)?.[1];
    if (vni !== undefined) layer.vni = Number(vni);
    const at =
      /^Geneve, Flags \[[^\]]*\], vni \w+(?:, proto [^,:]*?\(0x[\da-f]+\))?(?:, options \[[^\]]*(?:\][^\]]*)?\])?: /.exec(
        text,
      );
    if (at) layer.nested = text.slice(at[0].length);
  } else if (layer.protocol === 'gre') {
    const key = /\bkey=(0x[\da-f]+|\d+)/.exec(text)?.[1];
    if (key !== undefined) layer.greKey = Number(key);
    const at = /^(?:GREv\d|gre)[^:]*?, length \d+: /.exec(text);
    if (at) layer.nested = text.slice(at[0].length);
  } else if (layer.protocol === 'ipip' && /^(?:IP6? )?(?:\(|\S+ > )/.test(text)) layer.nested = text;
}

function addInfo(layer: Layer, info: string, header: Header): void {
  checksums(layer, info, header);
  const text = info.replace(CHECKSUM, '').replace(EXTENSIONS, '').trimStart();
  const { protocol } = header;
  const named = PROTOCOLS.find(([re]) => re.test(text))?.[1];
  const byNumber = NUMBERS[/^ip-proto-(\d+)/.exec(text)?.[1] ?? ''];
  const chosen = byNumber ?? (named === 'ipip' || named === undefined ? (protocol ?? named) : named);
  if (chosen !== undefined) layer.protocol = chosen;
  const icmp = icmpOf(text);
  if (icmp) layer.icmp = icmp;
  const lengths = /\blength (\d+)/.exec(text)?.[1];
  if (lengths !== undefined) layer.length = Number(lengths);
  else if (header.length !== undefined) layer.length = header.length;
  if (layer.protocol === undefined || layer.protocol === 'tcp') tcp(layer, text);
  tunnel(layer, text);
  if (/\[\|[\w-]+\]/.test(text)) layer.cut = true;
  layer.info = info.slice(0, MOST_OF_INFO);
}

/** DNS stands behind ports only; over TCP behind the length. */
function addDns(layer: Layer, info: string): void {
  if (layer.sourcePort === undefined || layer.protocol === 'vxlan' || layer.protocol === 'geneve') return;
  const text = info.replace(CHECKSUM, '').replace(/^Flags \[.*?, length \d+:? (?:\[[^\]]*\] )?/, '');
  const dns = dnsOf(text);
  if (!dns) return;
  layer.dns = dns;
  layer.protocol ??= 'udp';
}

/** Masked, or a word that somebody put in an address' place: `[NODE_1].38851`, `<pod-ip>.80`. */
const isHidden = (text: string): boolean => isMasked(text) || !/^[\w.:%-]+$/.test(text);

/** `A.port > B.port: info`, which some align by hand; undefined when the body is not there (it stands on the next line with -v), a reason when it is masked. */
export function bodyOf(header: Header): Layer | 'masked' | undefined {
  const m = /^(\S+) {1,40}> {1,40}(\S+):(?: (.*))?$/.exec(header.body);
  if (!m) return undefined;
  if (isHidden(m[1] ?? '') || isHidden(m[2] ?? '')) return 'masked';
  const info = (m[3] ?? '').trimStart();
  const layer: Layer = {};
  addInfo(layer, info, header);
  const ports = !PORTLESS.has(layer.protocol ?? '');
  const source = endpoint(m[1] ?? '', ports);
  const destination = endpoint(m[2] ?? '', ports);
  layer.source = source.host;
  layer.destination = destination.host;
  if (source.port !== undefined) layer.sourcePort = source.port;
  if (destination.port !== undefined) layer.destinationPort = destination.port;
  const late = EXTENSIONS.test(info) ? LATE_PORTS.exec(info.replace(EXTENSIONS, '')) : null;
  if (late) latePorts(layer, info.replace(EXTENSIONS, ''), late);
  const fragment = /^frag \((?:0x[\da-f]+:)?(\d+)\|\d+\)/.exec(info)?.[1];
  if (header.fragment) layer.fragment = header.fragment;
  else if (fragment !== undefined) layer.fragment = { offset: Number(fragment), more: fragment === '0' };
  if (header.ttl !== undefined) layer.ttl = header.ttl;
  if (header.ipId !== undefined) layer.ipId = header.ipId;
  if (header.dontFragment) layer.dontFragment = true;
  addDns(layer, info);
  if (layer.sourcePort !== undefined && layer.destinationPort !== undefined) layer.protocol ??= 'udp';
  return layer;
}

/** `HBH 1 > 9: UDP, length 1`: ports behind extension headers. */
function latePorts(layer: Layer, text: string, m: RegExpExecArray): void {
  const [from, to] = [portOf(m[1] ?? ''), portOf(m[2] ?? '')];
  if (from !== undefined) layer.sourcePort = from;
  if (to !== undefined) layer.destinationPort = to;
  const rest = text.slice(m[0].length).replace(CHECKSUM, '');
  const named = PROTOCOLS.find(([re]) => re.test(rest))?.[1];
  if (named !== undefined) layer.protocol = named;
  else if (layer.protocol !== undefined && /^(?:options|fragment)$/.test(layer.protocol)) delete layer.protocol;
}

/** `Request who-has 10.162.0.7 tell 10.162.0.6`, `Reply 10.162.0.7 is-at 9e:fd:…`; lower case and without a verb before tcpdump 4. */
export function arpOf(text: string): Layer | 'masked' | undefined {
  const body = text.replace(/^Ethernet \(len 6\), IPv4 \(len 4\), /, '');
  const info = body.slice(0, MOST_OF_INFO);
  const ask = /^(?:Request |request )?who-has (\S+)(?: \(([^)]*)\))? (?:\(([^)]*)\) )?tell ([^\s,]+)/.exec(body);
  const answer = /^(?:[Rr]eply )?(\S+)(?: \([^)]*\))? is-at ([\da-f:]{17}|[\w.-]+)/i.exec(body);
  const probe = /^(?:Announcement|Probe) ([^\s,]+)/.exec(body);
  const [source, destination] = ask ? [ask[4], ask[1]] : [(answer ?? probe)?.[1], probe?.[1]];
  if (isHidden(source ?? '0') || isHidden(destination ?? '0')) return 'masked';
  if (ask || probe)
    return {
      protocol: 'arp',
      source: source ?? '',
      destination: destination ?? '',
      arp: { operation: 'request' },
      info,
    };
  if (!answer) return undefined;
  const lladdr = (answer[2] ?? '').toLowerCase();
  return {
    protocol: 'arp',
    source: source ?? '',
    arp: { operation: 'reply', ...(isLladdr(lladdr) && { lladdr }) },
    info,
  };
}
