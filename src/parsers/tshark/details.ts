import type { PacketFact } from '../../facts/index.js';
import { canonicalAddress, type Draft, isLladdr } from '../../kit/index.js';
import { flagLetters, type TsharkLayer } from './info.js';

/*
 * tshark -V: a tree per frame, of which the lines at the margin begin protocols.
 *
 *     Frame 1: 118 bytes on wire (944 bits), 118 bytes captured (944 bits)
 *     Ethernet II, Src: 02:00:00:00:01:02, Dst: 02:00:00:00:01:01
 *     Internet Protocol Version 4, Src: 10.71.1.2, Dst: 10.71.2.2
 */
const FRAME = /^Frame (\d+): \d+ bytes on wire/;
const ETHERNET = /^Ethernet II, Src: (?:\S+ \()?([\da-f:]{17})\)?, Dst: (?:\S+ \()?([\da-f:]{17})\)?/;
const IP = /^Internet Protocol Version [46], Src: (?:\S+ \()?([\da-fA-F.:]+)\)?, Dst: (?:\S+ \()?([\da-fA-F.:]+)\)?/;
const PORTS =
  /^(User Datagram|Transmission Control) Protocol, Src Port: (?:[\w-]+ \()?(\d+)\)?, Dst Port: (?:[\w-]+ \()?(\d+)\)?(?:, Seq: (\d+))?(?:.*?, Len: (\d+))?/;
const NAMES: Readonly<Record<string, string>> = {
  'Internet Control Message Protocol': 'icmp',
  'Internet Control Message Protocol v6': 'icmp6',
  'Virtual eXtensible Local Area Network': 'vxlan',
  'Generic Routing Encapsulation': 'gre',
  'Generic Network Virtualization Encapsulation': 'geneve',
  'Address Resolution Protocol': 'arp',
};

type Builder = TsharkLayer & { sourceMac?: string; destinationMac?: string; inner?: Builder };

export interface Frame {
  line: number;
  time?: number;
  readonly layers: Builder[];
  macs: readonly string[];
  /** Are the next headers those that an ICMP error quotes? */
  quoting: boolean;
  section: string;
}

export const frameOf = (line: string, i: number): Frame | undefined =>
  FRAME.test(line) ? { line: i, layers: [], macs: [], quoting: false, section: '' } : undefined;

function margin(frame: Frame, line: string, i: number): void {
  frame.section = line.replace(/,.*$/, '');
  const ethernet = ETHERNET.exec(line);
  if (ethernet) frame.macs = ethernet.slice(1, 3);
  const ip = IP.exec(line);
  if (ip && !frame.quoting) {
    const [source, destination] = [canonicalAddress(ip[1] ?? ''), canonicalAddress(ip[2] ?? '')];
    const layer: Builder = {};
    if (source !== undefined) layer.source = source;
    if (destination !== undefined) layer.destination = destination;
    if (frame.layers.length === 0) frame.line = i;
    macs(frame, layer);
    frame.layers.push(layer);
  }
  const layer = frame.layers.at(-1);
  const ports = PORTS.exec(line);
  if (ports && layer && !frame.quoting) {
    layer.protocol = ports[1] === 'User Datagram' ? 'udp' : 'tcp';
    layer.sourcePort = Number(ports[2]);
    layer.destinationPort = Number(ports[3]);
    if (ports[4] !== undefined) layer.sequence = Number(ports[4]);
    if (ports[5] !== undefined) layer.length = Number(ports[5]);
  }
  const name = NAMES[frame.section.replace(/ \(.*$/, '')];
  if (name === 'arp') {
    const arp: Builder = { protocol: 'arp' };
    macs(frame, arp);
    frame.layers.push(arp);
  } else if (name !== undefined && layer && !frame.quoting) layer.protocol = name;
}

function macs(frame: Frame, layer: Builder): void {
  const [source, destination] = frame.macs;
  if (source !== undefined && isLladdr(source)) layer.sourceMac = source;
  if (destination !== undefined && isLladdr(destination)) layer.destinationMac = destination;
  frame.macs = [];
}

const BITS = /^\s+[.01]{4} .* = (Syn|Acknowledgment|Fin|Reset|Push|Urgent): Set$/;
const BIT_NAMES: Readonly<Record<string, string>> = {
  Syn: 'SYN',
  Acknowledgment: 'ACK',
  Fin: 'FIN',
  Reset: 'RST',
  Push: 'PSH',
  Urgent: 'URG',
};

/** Fields below a protocol that say something of the packet. */
function field(frame: Frame, line: string): void {
  const text = line.trim();
  const layer = frame.layers.at(-1);
  const epoch = /^Epoch (?:Arrival )?Time: ([\d.]+)/.exec(text)?.[1];
  if (epoch !== undefined) frame.time = Number(epoch);
  if (!layer || frame.quoting) return;
  const ttl = /^(?:Time to Live|Hop Limit): (\d+)/.exec(text)?.[1];
  if (ttl !== undefined) layer.ttl = Number(ttl);
  const id = /^Identification: 0x[\da-f]+ \((\d+)\)/.exec(text)?.[1];
  if (id !== undefined) layer.ipId = Number(id);
  const vni = /^(?:VXLAN|Virtual) Network Identifier \(VNI\): (?:0x[\da-f]+ \()?(\d+)/.exec(text)?.[1];
  if (vni !== undefined) layer.vni = Number(vni);
  if (/= Don't fragment: Set$/.test(text)) layer.dontFragment = true;
  const bit = BIT_NAMES[BITS.exec(line)?.[1] ?? ''];
  if (bit !== undefined) {
    const names = (layer.tcpFlags ?? '').split(',').filter((n) => n !== '');
    layer.tcpFlags = [...names, bit].join(',');
  }
  if (/^Checksum: 0x[\da-f]+ incorrect/.test(text) || /^\[Checksum Status: Bad\]/.test(text))
    layer.badChecksums ??= [layer.protocol === 'tcp' ? 'tcp' : layer.protocol?.startsWith('icmp') ? 'icmp' : 'udp'];
  if (frame.section.startsWith('Internet Control')) icmp(frame, layer, text);
  if (frame.section.startsWith('Address Resolution')) arp(layer, text);
}

function icmp(frame: Frame, layer: Builder, text: string): void {
  const type = /^Type: \d+ \((.*)\)$/.exec(text)?.[1] ?? /^Type: ([A-Z].*?) \(\d+\)$/.exec(text)?.[1];
  if (type !== undefined) {
    layer.icmp = {
      type: type
        .replace(/\(ping\) /, '')
        .toLowerCase()
        .slice(0, 80),
    };
    // Behind an error comes the header that caused it.
    frame.quoting = !/echo|neighbor|router|solicitation|advertisement/i.test(type);
  }
  const id = /^Identifier(?: \(BE\))?: (?:0x[\da-f]+|(\d+))/.exec(text);
  const sequence = /^Sequence(?: Number)?(?: \(BE\))?: (\d+)/.exec(text)?.[1];
  if (layer.icmp && id?.[1] !== undefined) layer.icmp = { ...layer.icmp, id: Number(id[1]) };
  if (layer.icmp && sequence !== undefined) layer.icmp = { ...layer.icmp, sequence: Number(sequence) };
}

function arp(layer: Builder, text: string): void {
  const opcode = /^Opcode: (request|reply)/.exec(text)?.[1];
  if (opcode !== undefined) layer.arp = { operation: opcode === 'request' ? 'request' : 'reply' };
  const [, who, what] = /^(Sender|Target) (?:IP|MAC) address: (?:\S+ \()?([\da-f.:]+)\)?/i.exec(text) ?? [];
  const address = canonicalAddress(what ?? '');
  if (address !== undefined && who === 'Sender') layer.source = address;
  else if (address !== undefined && layer.arp?.operation !== 'reply') layer.destination = address;
  else if (who === 'Sender' && isLladdr(what ?? '') && layer.arp?.operation === 'reply')
    layer.arp = { ...layer.arp, lladdr: what ?? '' };
}

/** One line of a frame; the codes below an ICMP error are still of it. */
export function readDetail(frame: Frame, line: string, i: number): void {
  if (frame.quoting) {
    const code = /^\s+Code: \d+ \((.*)\)$/.exec(line)?.[1];
    const layer = frame.layers.at(-1);
    if (code !== undefined && layer?.icmp && !layer.icmp.type.includes('('))
      layer.icmp = { ...layer.icmp, type: `${layer.icmp.type} (${code.toLowerCase()})` };
    return;
  }
  if (/^\S/.test(line)) margin(frame, line, i);
  else field(frame, line);
}

/** The fact of a frame; undefined when it has no addresses. */
export function packetOf(
  frame: Frame,
  errorOf: (type: string) => NonNullable<PacketFact['icmp']>['error'],
): Draft<PacketFact> | undefined {
  for (const layer of frame.layers) {
    if (layer.tcpFlags !== undefined) layer.tcpFlags = flagLetters(layer.tcpFlags.split(','));
    const error =
      layer.icmp && /unreachable|exceeded|too big|redirect|quench|parameter/.test(layer.icmp.type)
        ? errorOf(layer.icmp.type)
        : undefined;
    if (layer.icmp && error) layer.icmp = { ...layer.icmp, error };
  }
  const [outer, ...inside] = frame.layers;
  if (!outer) return undefined;
  let above = outer;
  for (const layer of inside.slice(0, 3)) {
    above.protocol ??= 'ipip';
    if (above.vni !== undefined) {
      layer.vni = above.vni;
      delete above.vni;
    }
    above.inner = layer;
    above = layer;
  }
  return { kind: 'packet', ...(frame.time !== undefined && { time: frame.time }), ...outer };
}
