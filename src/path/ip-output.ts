import type { NextHop, RouteFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { holdsPrefix } from './any-ip.js';
import { type Arrival, doubt, drop, lineOfStack, note, type Walk } from './context.js';
import { carrierOf } from './device.js';
import { type Found, routeText } from './fib.js';
import { ipOf } from './ip.js';
import { hopShares, isOff6, pickHop } from './ip-input.js';
import { byPolicy } from './ipsec.js';
import { transmit } from './link.js';
import { overLoopback } from './loopback.js';
import type { Machine } from './machine.js';
import { mssOf } from './mss.js';
import { neighbour } from './neighbour.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import { doubtOrder, selectAddress, sourceTowards } from './source.js';
import { startWith, ttlBy } from './ttl.js';
import type { Ip, Packet } from './types.js';
import { presumeOf } from './unplaced.js';
import { doubtSetting } from './withheld.js';

interface Routed {
  /** '' for what the stack sends itself. */
  readonly iif: string;
  readonly hop: NextHop;
  readonly found: Extract<Found, { kind: 'unicast' }>;
  readonly forwarded: boolean;
}

/** The mark of what a stack answers by itself: none, unless it is told to take the question's (fwmark_reflect, tcp_fwmark_accept). */
export function reflectedMark(
  w: Walk,
  machine: Machine,
  { proto, src, mark }: Pick<Packet, 'proto' | 'src' | 'mark'>,
): number {
  const key =
    proto === 'icmp'
      ? `net.ipv${src.family}.fwmark_reflect`
      : proto === 'tcp'
        ? 'net.ipv4.tcp_fwmark_accept'
        : undefined;
  if (key === undefined || mark === 0) return 0;
  doubtSetting(w, machine, key);
  return machine.sysctl(key)?.value === '1' ? mark : 0;
}

/** Device whose MTU counts, or the route's own. */
const mtuOf = (machine: Machine, routed: Routed): number | undefined =>
  routed.found.route.mtu ?? machine.devices.get(routed.hop.dev ?? '')?.mtu;

/** Behind the routing decision: MTU, FORWARD or OUTPUT is done, POSTROUTING, neighbour, device (ip_forward, ip_output). */
export function afterRouting(w: Walk, machine: Machine, packet: Packet, passage: Passage, routed: Routed): Arrival {
  const dev = routed.hop.dev ?? '';
  const nexthop = (routed.hop.via === undefined ? undefined : ipOf(routed.hop.via)) ?? packet.dst;
  if (routed.forwarded) {
    const small = tooBig(w, machine, packet, routed);
    if (small) return small;
    const ended = runHook(w, machine, 'forward', packet, { iif: routed.iif, oif: dev, nexthop }, passage);
    if (ended) return ended;
  }
  const source = sourceText(packet);
  const ended = runHook(w, machine, 'postrouting', packet, { iif: routed.iif, oif: dev, nexthop }, passage);
  if (ended) return ended;
  // nf_xfrm_me_harder
  const changed = sourceText(packet) !== source;
  const kept = changed ? byPolicy(w, machine, 'out', packet, { iif: routed.iif, oif: dev, again: true }) : undefined;
  if (kept) return kept;
  if (!routed.forwarded) {
    const small = tooBig(w, machine, packet, routed);
    if (small) return small;
  }
  const device = machine.devices.get(dev);
  if (!device) {
    const missing = machine.missing('link') ?? {
      node: machine.node,
      input: `device ${dev}`,
      supply: 'link' as const,
      reason: 'not-captured' as const,
    };
    return { kind: 'unknown', missing: { ...missing, input: `device ${dev}` } };
  }
  if (device.up === false) return drop(w, 'transmit', machine, `${dev} is down`, [device.at], { dev });
  const off = packet.dst.family === 6 ? isOff6(machine, dev) : undefined;
  if (off) return drop(w, 'transmit', machine, `IPv6 is off on ${dev}`, [off.at], { dev });
  if (device.up === undefined && machine.captured) {
    const missing = machine.missing('link', `state of ${dev}`);
    if (missing) doubt(w, missing, 'lost');
  }
  const frame = neighbour(w, device, nexthop, packet);
  if (frame.kind !== 'frame') return frame;
  const mtu = mtuOf(machine, routed);
  if (mtu !== undefined && (packet.piece ?? packet.size) > mtu) packet.piece = mtu;
  delete packet.joined;
  return transmit(w, device, frame.frame, frame.towards);
}

const sourceText = ({ src, sport }: Packet): string => `${src.text} ${sport}`;

/** Any network of today takes packets of this length (RFC 8200). */
const LEAST_MTU = 1280;

/** A packet that does not fit and must not be cut (ip_exceeds_mtu). Fragments fare as the whole packet does. */
function tooBig(w: Walk, machine: Machine, packet: Packet, routed: Routed): Arrival | undefined {
  const mtu = mtuOf(machine, routed);
  if (mtu === undefined && packet.size > LEAST_MTU) {
    const missing = machine.missing('link', `MTU of ${routed.hop.dev}`);
    // Cut there, its pieces may fit where the whole does not.
    if (missing) doubt(w, missing, isCut(packet, routed) ? 'rewritten' : 'lost');
  }
  if (mtu === undefined || (packet.piece ?? packet.size) <= mtu || isCut(packet, routed)) return undefined;
  const device = machine.devices.get(routed.hop.dev ?? '');
  const isOfRoute = routed.found.route.mtu === mtu && device?.mtu !== mtu;
  return drop(
    w,
    'mtu',
    machine,
    `${packet.size} octets do not fit the MTU ${mtu} of ${isOfRoute ? 'the route by ' : ''}${routed.hop.dev}`,
    [(isOfRoute ? undefined : device?.at) ?? routed.found.route.at],
    {
      dev: routed.hop.dev ?? '',
      answer: `icmp fragmentation-needed ${mtu}`,
    },
  );
}

/** Of IPv6 only the sender cuts, and not what a tunnel sends (ip6_fragment without ignore_df). */
const isCut = ({ df, src, inner, joined }: Packet, { forwarded }: Routed): boolean =>
  !df && (src.family === 4 || joined === true || (!forwarded && inner === undefined));

/** How a packet is sent: `mark` is the one that its route is looked up by, where that is not the packet's own. */
interface Via {
  readonly oif?: string;
  readonly mark?: number;
  readonly says?: string;
  /** From a socket that is bound to no address. */
  readonly unbound?: boolean;
  /** Its hop limit is set already. */
  readonly ttl?: boolean;
  /** Its source may be anybody's (FLOWI_FLAG_ANYSRC). */
  readonly anySource?: boolean;
}

/** What the stack sends itself: routing first, then OUTPUT, then routing again if a chain changed where it goes (ip_local_out). */
export function send(w: Walk, machine: Machine, packet: Packet, via: Via = {}): Arrival {
  const passage: Passage = {};
  presumeOf(w, machine);
  note(
    w,
    'send',
    machine,
    via.says ??
      `${packet.src.text} → ${packet.dst.text} ${packet.proto}${packet.proto !== 'icmp' && packet.dport ? ` port ${packet.dport}` : ''}`,
    [lineOfStack(machine, packet.src)],
  );
  // A socket that is bound to no address and asks no second time is routed before it has a source (raw_sendmsg, ip6_dst_lookup_tail).
  let found = lookup(w, machine, packet, via);
  if (via.unbound && packet.src.family === 6 && found.kind !== 'unicast' && found.kind !== 'local')
    found = lookup(w, machine, packet, { ...via, unbound: false });
  const failed = unsendable(w, machine, found, packet, via.anySource);
  if (failed) return failed;
  const blocked = byPolicy(w, machine, 'out', packet, { oif: deviceOf(found) });
  if (blocked) return blocked;
  // The route as it is before any rule may change the destination gives the TTL (ip_select_ttl, ip6_dst_hoplimit).
  if (!via.ttl) startWith(packet, ttlBy(w, machine, found));
  const mss = mssOf(machine, found, packet);
  if (mss !== undefined) packet.mss = mss;
  const to = packet.dst.text;
  const ended = runHook(w, machine, 'output', packet, { oif: deviceOf(found) }, passage);
  if (ended) return ended;
  const { rerouted } = passage;
  if (rerouted) {
    found = lookup(w, machine, rerouted, rerouted.dst.text === to && via.oif !== undefined ? { oif: via.oif } : {});
    const lost =
      unsendable(w, machine, found, rerouted) ??
      byPolicy(w, machine, 'out', rerouted, { oif: deviceOf(found), again: true });
    if (lost) return lost;
  }
  if (found.kind === 'local') {
    note(w, 'route', machine, `${packet.dst.text} is local`, found.at, 'lo');
    return overLoopback(w, machine, packet, passage);
  }
  if (found.kind !== 'unicast') return drop(w, 'route', machine, 'not a unicast destination', found.at);
  const hop = pickHop(w, machine, found, packet);
  note(w, 'route', machine, routeText(found.route), found.at);
  return afterRouting(w, machine, packet, passage, { iif: '', hop, found, forwarded: false });
}

/** What IPVS has given another destination goes out as if this stack had sent it (ip_vs_nat_send_or_cont). */
export function sendBalanced(w: Walk, machine: Machine, packet: Packet, passage: Passage): Arrival {
  const found = lookup(w, machine, packet, {});
  if (found.kind !== 'unicast')
    return drop(w, 'route', machine, `no route to ${packet.dst.text} for IPVS`, found.at, {
      answer: 'icmp host-unreachable',
    });
  const hop = pickHop(w, machine, found, packet);
  const ended = runHook(w, machine, 'output', packet, { oif: hop.dev ?? '' }, passage);
  if (ended) return ended;
  note(w, 'route', machine, routeText(found.route), found.at);
  return afterRouting(w, machine, packet, passage, { iif: '', hop, found, forwarded: false });
}

/** Device of a route before one of several next hops is chosen. */
const deviceOf = (found: Found): string =>
  found.kind === 'local' ? 'lo' : found.kind === 'unicast' ? (found.nexthops[0]?.dev ?? '') : '';

function lookup(w: Walk, machine: Machine, packet: Packet, { oif, mark = packet.mark, unbound = false }: Via): Found {
  const found = machine.fib.lookup(
    {
      dst: packet.dst,
      ...(!unbound && { src: packet.src }),
      iif: 'lo',
      mark,
      ...(packet.tos !== undefined && { tos: packet.tos }),
      proto: packet.proto,
      sport: packet.sport,
      dport: packet.dport,
      ...(oif !== undefined && { oif }),
    },
    (m) => doubt(w, m),
  );
  const isKnown = found.kind !== 'none' && found.kind !== 'refused';
  if (isKnown || oif === undefined || packet.dst.family === 6 || !machine.devices.has(oif)) return found;
  // "Apparently, routing tables are wrong. Assume, that the destination is on link" (ip_route_output_key_hash_rcu).
  const { text } = packet.dst;
  const route: RouteFact = {
    kind: 'route',
    at: 0 as At,
    family: 4,
    type: 'unicast',
    prefix: `${text}/32`,
    table: 'main',
    nexthops: [{ dev: oif, flags: [] }],
  };
  return { kind: 'unicast', route, nexthops: route.nexthops, at: [] };
}

const ERRNO: Readonly<Record<string, string>> = {
  blackhole: 'EINVAL',
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
};

/** What a stack itself is told at once for which it has a route that refuses, before it chooses a source (ip_route_output_key_hash_rcu). */
export function refusedByRoute(
  w: Walk,
  machine: Machine,
  packet: Packet,
): (Arrival & { kind: 'dropped' | 'unknown' }) | undefined {
  const found = lookup(w, machine, packet, { unbound: true });
  if (found.kind !== 'refused') return undefined;
  const refused = unsendable(w, machine, found, packet, true);
  return refused?.kind === 'arrived' ? undefined : refused;
}

function unsendable(w: Walk, machine: Machine, found: Found, packet: Packet, anySource = false): Arrival | undefined {
  if (found.kind === 'none')
    return drop(w, 'route', machine, `no route to ${packet.dst.text}`, [], { answer: 'ENETUNREACH' });
  if (found.kind === 'refused')
    return drop(w, 'route', machine, found.says, found.at, { answer: ERRNO[found.by] ?? 'EINVAL' });
  if (
    !anySource &&
    packet.src.text !== '0.0.0.0' &&
    packet.src.family === 4 &&
    machine.captured &&
    !machine.local.has(packet.src.text) &&
    !carrierOf(machine.devices.values(), packet.src) &&
    !holdsPrefix(machine, packet.src) &&
    machine.missing('address') === undefined
  )
    return drop(w, 'source', machine, `${packet.src.text} is no address of this stack`, [], { answer: 'EINVAL' });
  return undefined;
}

/** The source that the kernel gives a packet whose sender names none (fib_result_prefsrc, ip_route_output_key_hash). */
export function sourceFor(
  w: Walk,
  machine: Machine,
  dst: Ip,
  packet: { readonly proto: string; readonly dport: number },
): Ip | undefined {
  const found = machine.fib.lookup({ dst, iif: 'lo', mark: 0, proto: packet.proto, dport: packet.dport }, (m) =>
    doubt(w, m),
  );
  if (found.kind === 'local') return ipOf(found.route.src ?? '') ?? dst;
  if (found.kind !== 'unicast') return dst.family === 6 ? selectAddress(machine, '', dst)?.ip : undefined;
  const preferred = found.route.src === undefined ? undefined : ipOf(found.route.src);
  if (preferred) return preferred;
  doubtOrder(w, machine);
  const sources = found.nexthops.map(({ dev, via }) =>
    dev === undefined ? undefined : sourceTowards(machine, dev, dst, via === undefined ? undefined : ipOf(via)),
  );
  if (new Set(sources.map((ip) => ip?.text)).size < 2) return sources[0];
  // The hop that gives the source is chosen before there is one to choose by; which hop then takes the packet is another choice (fib_select_path).
  const i = w.choose.balance(`${machine.id} source ${found.route.prefix} ${dst.text}`, hopShares(found));
  return sources[i];
}
