import type { PacketFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { type Front, frontOf } from './front.js';
import { type Header, headerOf } from './header.js';
import { arpOf, bodyOf, type Layer } from './packet.js';

/** The packet whose lines are being read. */
export interface Open {
  /** Line that shows the addresses: with -v the second one. */
  line: number;
  readonly front: Front;
  layer: Layer | undefined;
  /** Header whose body is on the next line, and where that belongs: to the packet itself, inside of a tunnel, or quoted by ICMP. */
  waiting:
    | { readonly header: Header; readonly place: 'packet' | 'inner' | 'quoted'; readonly of: Layer | undefined }
    | undefined;
  /** The tunnel whose packet is still to come. */
  tunnel: Layer | undefined;
  /** The ICMP error whose quoted header is still to come. */
  quoter: Layer | undefined;
  trouble: string | undefined;
  depth: number;
}

/** Tunnels in tunnels in tunnels are no network but an attack. */
const MOST_TUNNELS = 3;
const TUNNELS: ReadonlySet<string> = new Set(['vxlan', 'geneve', 'gre']);

/** Puts a layer where it belongs, and sees what it promises of further ones. */
function place(open: Open, layer: Layer, where: 'packet' | 'inner' | 'quoted', of: Layer | undefined): void {
  if (where === 'packet') open.layer = layer;
  else if (where === 'inner' && of) {
    if (of.vni !== undefined && of.protocol !== 'gre') layer.vni = of.vni;
    of.inner = layer;
  } else if (where === 'quoted' && of?.icmp) of.icmp.quoted = layer;
  const { nested } = layer;
  delete layer.nested;
  if (layer.icmp?.error !== undefined && where !== 'quoted') open.quoter = layer;
  if (where === 'quoted' || open.depth >= MOST_TUNNELS) return;
  if (nested !== undefined) {
    open.depth++;
    enter(open, nested, layer);
  } else if (TUNNELS.has(layer.protocol ?? '')) open.tunnel = layer;
}

/** Reads the packet inside of a tunnel: a frame or an IP packet, of which the body may be on the next line. */
function enter(open: Open, text: string, of: Layer): boolean {
  const front = frontOf(text, 'inner');
  if (!front && !/^(?:\(|\S+ > )/.test(text)) return false;
  const rest = front?.rest ?? text;
  const layer = read(open, front?.network ?? 'ip', rest, 'inner', of);
  if (layer && front) {
    const { sourceMac, destinationMac, vlan } = front.link;
    Object.assign(layer, {
      ...(sourceMac && { sourceMac }),
      ...(destinationMac && { destinationMac }),
      ...(vlan !== undefined && { vlan }),
    });
  }
  return true;
}

/** ` [|ip]`, `[|sctp]`: the snapshot ends before the addresses. */
const CUT = /^\s*\[\|[\w -]+\]/;

function cutOf({ ttl, ipId, protocol, length }: Header): Layer {
  return {
    ...(protocol !== undefined && { protocol }),
    ...(ttl !== undefined && { ttl }),
    ...(ipId !== undefined && { ipId }),
    ...(length !== undefined && { length }),
    cut: true,
  };
}

/** Reads a network header and body; what is waiting for its body is an empty layer until then. */
function read(
  open: Open,
  network: string,
  rest: string,
  where: 'packet' | 'inner' | 'quoted',
  of: Layer | undefined,
): Layer | undefined {
  if (network === 'arp') {
    const arp = arpOf(rest);
    if (arp === 'masked') open.trouble = 'the address is masked';
    else if (arp) {
      place(open, arp, where, of);
      return arp;
    } else if (where === 'packet') open.layer = { protocol: 'arp', info: rest.slice(0, 200) };
    return undefined;
  }
  const header = headerOf(rest);
  const layer = CUT.test(header.body) ? cutOf(header) : bodyOf(header);
  if (layer === 'masked') open.trouble = 'the address is masked';
  else if (layer) {
    place(open, layer, where, of);
    return layer;
  } else if (header.body === '') {
    open.waiting = { header, place: where, of };
    if (where === 'inner' && of) {
      of.inner = {};
      return of.inner;
    }
  } else if (where === 'packet') open.trouble = 'a packet without two addresses';
  return undefined;
}

export function openPacket(line: number, front: Front): Open {
  const open: Open = {
    line,
    front,
    layer: undefined,
    waiting: undefined,
    tunnel: undefined,
    quoter: undefined,
    trouble: undefined,
    depth: 0,
  };
  const addressed = front.network === 'ip' || front.network === 'ip6' || front.network === 'arp';
  if (addressed) read(open, front.network, front.rest, 'packet', undefined);
  else
    open.layer = {
      protocol: front.network,
      ...(CUT.test(front.rest) ? { cut: true } : { info: front.rest.slice(0, 200) }),
    };
  return open;
}

/** Is the packet's inside still to come, on a line that looks like any packet's? */
export const awaitsInner = (open: Open | undefined): boolean => open?.tunnel !== undefined;

/** The body that a header of the line before promised. */
function fill(open: Open, line: string, i: number): void {
  const waiting = open.waiting;
  if (!waiting) return;
  open.waiting = undefined;
  const body = line.trimStart();
  const layer = CUT.test(body) ? cutOf(waiting.header) : bodyOf({ ...waiting.header, body });
  if (layer === 'masked') open.trouble = 'the address is masked';
  else if (layer) {
    if (waiting.place === 'packet') open.line = i;
    const before = waiting.place === 'inner' ? waiting.of?.inner : undefined;
    place(open, layer, waiting.place, waiting.of);
    if (before) Object.assign(layer, { ...before, ...layer });
  } else if (waiting.place === 'packet') {
    open.line = i;
    open.trouble = 'a packet without two addresses';
  }
}

const BGP = /^\s+(Open|Update|Notification|Keepalive|Route Refresh) Message \(\d+\), length: \d+/;
const MOST_MESSAGES = 8;

/** `\tKeepalive Message (4), length: 19` below a segment of port 179. */
function addBgp(open: Open, line: string): void {
  const message = BGP.exec(line)?.[1];
  let layer = open.layer;
  while (layer?.inner) layer = layer.inner;
  if (message === undefined || !layer) return;
  const before = layer.bgp ?? [];
  if (before.length < MOST_MESSAGES) layer.bgp = [...before, message.toLowerCase()];
}

const BODY = /^ ?\S+ > \S+: /;

/** The rest of a line that was broken at the edge of a page. */
const WRAPPED = /^(?:options \[[^\]]{1,200}\]|(?:seq|ack|win) \d+(?::\d+)?,|length \d+)/;

/** A line without a stamp: does it go on with the open packet? */
export function goesOn(open: Open, line: string, i: number): boolean {
  const indented = line.startsWith(' ') || line.startsWith('\t');
  const spaced = line.startsWith('    ') && !line.startsWith('    \t');
  // A web page may have taken the indentation away.
  if (open.waiting && (spaced || BODY.test(line.slice(0, 300)))) {
    fill(open, line, i);
    return true;
  }
  const bare = line.trimStart();
  if (open.tunnel && !/^0x[\da-f]{4}:/.test(bare)) {
    const { tunnel } = open;
    open.tunnel = undefined;
    open.depth++;
    if (/^\[\|/.test(bare)) {
      tunnel.inner = { ...(tunnel.vni !== undefined && { vni: tunnel.vni }), cut: true };
      return true;
    }
    if (enter(open, bare, tunnel)) return true;
  }
  if (open.quoter && line.startsWith('\t')) {
    const quoted = /^(?:IP6? )?(\((?:tos|class|flowlabel|hlim).*|\S+ > \S+:.*)$/.exec(bare)?.[1];
    const { quoter } = open;
    open.quoter = undefined;
    if (quoted !== undefined) read(open, 'ip', quoted, 'quoted', quoter);
    return true;
  }
  if (indented) addBgp(open, line);
  // Options, DNS and HTTP text, messages of BGP, hex: they belong to the packet.
  return indented || CUT.test(line) || WRAPPED.test(line);
}

function cleaned(layer: Layer): Layer {
  delete layer.nested;
  if (layer.inner) {
    delete layer.inner.info;
    cleaned(layer.inner);
  }
  if (layer.icmp?.quoted) {
    const quoted: Layer = { ...layer.icmp.quoted };
    delete quoted.info;
    delete quoted.nested;
    layer.icmp.quoted = quoted;
  }
  return layer;
}

/** The fact of a packet, or why there is none. `dev` is the device of the capture. */
export function packetOf(open: Open, dev: string | undefined): Draft<PacketFact> | string {
  const { front, layer } = open;
  if (open.trouble !== undefined) return open.trouble;
  const where = front.link.dev ?? (dev === 'any' ? undefined : dev);
  // A header whose body was cut off still says that a packet was there.
  if (!layer) return open.waiting ? 'a packet that breaks off behind its header' : 'a packet without two addresses';
  const { vni: _, ...fields } = cleaned(layer);
  return { kind: 'packet', ...front.link, ...(where !== undefined && { dev: where }), ...fields };
}
