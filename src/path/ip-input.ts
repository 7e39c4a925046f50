import type { NextHop } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { type Found, routeText } from './fib.js';
import { isInPieces } from './fragments.js';
import { afterRouting } from './ip-output.js';
import { byPolicy } from './ipsec.js';
import { askedOfAll, receiveLocal } from './local.js';
import { confMax, type Machine, type Setting } from './machine.js';
import { atDevice } from './netfilter/frames.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import { refusedSource } from './source-check.js';
import { scopeOf6 } from './source6.js';
import type { Ip, Packet } from './types.js';

/** A setting that changes the way: unknown ones fork the walk. `presumed` is what a kernel starts with. */
function asks(
  w: Walk,
  machine: Machine,
  key: string,
  dev: string,
  setting: Setting | undefined,
  presumed: boolean,
): boolean {
  if (setting) return setting.value > 0;
  const missing = {
    ...(machine.missing('netconf') ?? { node: machine.node, reason: 'not-captured' as const }),
    input: `${key} of ${dev}`,
    supply: 'netconf' as const,
  };
  return w.choose.either(`${machine.id} ${key} ${dev}`, missing, presumed);
}

const isLoopback = (ip: Ip): boolean => (ip.family === 4 ? (ip.words[0] ?? 0) >>> 24 === 127 : ip.text === '::1');
const isMulticast = (ip: Ip): boolean =>
  ip.family === 4 ? (ip.words[0] ?? 0) >>> 28 === 14 : (ip.words[0] ?? 0) >>> 24 === 255;

function martian(w: Walk, machine: Machine, dev: Device, packet: Packet): string | undefined {
  const { src, dst } = packet;
  if (isMulticast(src) || src.text === '255.255.255.255') return `${src.text} as source`;
  if (src.family === 6) {
    if (src.text === '::') return undefined;
    return (isLoopback(src) || isLoopback(dst)) && dev.kind !== 'loopback'
      ? `${isLoopback(src) ? src.text : dst.text} outside of lo`
      : undefined;
  }
  if (src.family === 4 && (isLoopback(src) || isLoopback(dst)) && dev.kind !== 'loopback') {
    const setting = confMax(machine, 4, 'route_localnet', dev.name);
    if (!asks(w, machine, 'route_localnet', dev.name, setting, false))
      return `${isLoopback(src) ? src.text : dst.text} outside of lo`;
  }
  return undefined;
}

/** The global switch of IPv6 (ip6_forward), the input device's of IPv4 (ip_route_input_slow). */
export function forwards(
  w: Walk,
  machine: Machine,
  dev: Device,
  family: 4 | 6,
): { readonly on: boolean; readonly at: readonly At[] } {
  // Since 6.17 a single device may be told to forward (force_forwarding).
  const forced = family === 6 ? machine.conf(6, 'force_forwarding', dev.name) : undefined;
  if (forced && forced.value > 0) return { on: true, at: [forced.at] };
  const setting = family === 6 ? machine.confAll(6, 'forwarding') : machine.conf(4, 'forwarding', dev.name);
  const on = asks(w, machine, 'forwarding', family === 6 ? 'all' : dev.name, setting, true);
  return { on, at: setting ? [setting.at] : [] };
}

/** A device that takes and sends no IPv6 (disable_ipv6), whatever addresses it has; the switch for all is written to each. */
export function isOff6(machine: Machine, dev: string): Setting | undefined {
  const own = machine.conf(6, 'disable_ipv6', dev);
  return own && own.value > 0 ? own : undefined;
}

/** A packet comes in from a device (ip_rcv). */
export function receive(
  w: Walk,
  dev: Device,
  packet: Packet,
  passage: Passage = {},
  done: { readonly prerouting?: boolean } = {},
): Arrival {
  const { machine } = dev;
  if (++w.hops > 256)
    return drop(w, 'receive', machine, 'the packet goes in a circle until its TTL ends', [], { dev: dev.name });
  note(w, 'receive', machine, `${packet.src.text} → ${packet.dst.text}`, [dev.at], dev.name);
  if (machine === w.world.outside) return { kind: 'arrived', machine, packet, dev };
  const stopped = atDevice(w, dev, 'ingress', packet);
  if (stopped) return stopped;
  const off = packet.dst.family === 6 ? isOff6(machine, dev.name) : undefined;
  if (off) return drop(w, 'receive', machine, `IPv6 is off on ${dev.name}`, [off.at], { dev: dev.name });
  if (done.prerouting) forgetPieces(packet);
  else {
    const ended = runHook(w, machine, 'prerouting', packet, { iif: dev.name }, passage);
    if (ended) return ended;
  }
  return routeInput(w, dev, packet, passage);
}

/** What br_netfilter's PREROUTING joined comes to the stack as if it had never been in pieces (ip_rcv_core clears IPCB, and with it frag_max_size). */
function forgetPieces(packet: Packet): void {
  if (packet.piece === undefined) return;
  delete packet.piece;
  packet.joined = true;
}

const isOfLink = (ip: Ip): boolean => ip.family === 6 && scopeOf6(ip) === 2;

/** Input routing, in the kernel's order: martians, lookup, local, forwarding, type, source (ip_route_input_slow). */
function routeInput(w: Walk, dev: Device, packet: Packet, passage: Passage): Arrival {
  const { machine } = dev;
  const strange = martian(w, machine, dev, packet);
  if (strange !== undefined) return drop(w, 'route', machine, `martian: ${strange}`, [], { dev: dev.name });
  const doubts: Parameters<typeof doubt>[1][] = [];
  const found = machine.fib.lookup(
    {
      dst: packet.dst,
      src: packet.src,
      iif: dev.name,
      mark: packet.mark,
      ...(packet.tos !== undefined && { tos: packet.tos }),
      proto: packet.proto,
      // Of a piece no ports are known (__skb_flow_dissect), until somebody puts them together.
      ...(!isInPieces(packet) && { sport: packet.sport, dport: packet.dport }),
    },
    (m) => doubts.push(m),
  );
  if (found.kind === 'local' || found.kind === 'broadcast') {
    for (const m of doubts) doubt(w, m);
    // An address of the link is looked up by the device that the packet came in by (rt6_need_strict).
    if (found.kind === 'local' && isOfLink(packet.dst) && !carrierOf([dev], packet.dst))
      return drop(w, 'route', machine, `${packet.dst.text} is an address of the link of ${found.dev}`, found.at, {
        dev: dev.name,
      });
    const refused = dev.kind === 'loopback' ? undefined : refusedSource(w, machine, dev, packet, '');
    if (refused) return drop(w, 'route', machine, refused.says, refused.at, { dev: dev.name, by: refused.by });
    const unanswered = found.kind === 'broadcast' ? askedOfAll(w, dev, packet, found.at) : undefined;
    if (unanswered) return unanswered;
    note(w, 'route', machine, `${packet.dst.text} is local`, found.at, dev.name);
    const aloud = packet.group
      ? confMax(machine, packet.dst.family, 'drop_unicast_in_l2_multicast', dev.name)
      : undefined;
    if (aloud && aloud.value > 0)
      return drop(w, 'route', machine, 'it came as a frame for all', [aloud.at], { dev: dev.name });
    return receiveLocal(w, machine, dev.name, packet, passage);
  }
  if (packet.dst.family === 6 && found.kind !== 'unicast') {
    // A route that refuses is asked before the switch of forwarding (ip6_pkt_discard is the route's own input).
    for (const m of doubts) doubt(w, m);
    return forward(w, dev, packet, passage, found);
  }
  // The packet may be for an address that no capture shows. An answer is for whoever asked, and nobody else takes questions from an own address;
  // a pod takes what comes to it.
  const [asker] = w.legs[0]?.steps ?? [];
  const isAsker = asker?.node === machine.node && asker.netns === machine.netns;
  const mayTake = packet.role === 'request' || machine.netns !== '' || isAsker;
  const unseen = mayTake ? machine.addressesMissing() : undefined;
  if (unseen) doubt(w, unseen, 'rewritten');
  // Whatever the tables hold that were not captured: a device that does not forward drops what is not for this host.
  const forwarding = forwards(w, machine, dev, packet.src.family);
  if (!forwarding.on && machine.netns === '')
    return drop(w, 'forward', machine, `${dev.name} does not forward`, forwarding.at, {
      dev: dev.name,
      by: 'forwarding',
      anyway: true,
    });
  // A pod is no router: that the packet came to it says that somebody takes the address for its own.
  if (!forwarding.on) {
    const says = `${packet.dst.text} is no address of this stack, and it routes nothing`;
    return drop(w, 'forward', machine, says, [dev.at, ...forwarding.at], { dev: dev.name, anyway: true });
  }
  for (const m of doubts) doubt(w, m);
  return forward(w, dev, packet, passage, found);
}

const ERRORS: Readonly<Record<string, string>> = {
  unreachable: 'icmp host-unreachable',
  prohibit: 'icmp packet filtered',
};

function forward(w: Walk, dev: Device, packet: Packet, passage: Passage, found: Found): Arrival {
  const { machine } = dev;
  // Only what was for this very host is forwarded (ip_forward: PACKET_HOST).
  if (packet.group)
    return drop(w, 'forward', machine, 'it came as a frame for all, and such are not forwarded', [], { dev: dev.name });
  if (found.kind === 'none')
    return drop(w, 'route', machine, `no route to ${packet.dst.text}`, [], {
      dev: dev.name,
      answer: 'icmp net-unreachable',
    });
  if (found.kind === 'refused') {
    const answer = ERRORS[found.by];
    return drop(w, 'route', machine, found.says, found.at, { dev: dev.name, ...(answer !== undefined && { answer }) });
  }
  if (found.kind !== 'unicast')
    return drop(w, 'route', machine, 'not a unicast destination', found.at, { dev: dev.name });
  const hop = pickHop(w, machine, found, packet);
  const out = hop.dev ?? dev.name;
  const refused = refusedSource(w, machine, dev, packet, out);
  if (refused) return drop(w, 'route', machine, refused.says, refused.at, { dev: dev.name, by: refused.by });
  note(w, 'route', machine, routeText(found.route), found.at, dev.name);
  const asked = { iif: dev.name, oif: out, conn: passage.conn };
  const blocked = byPolicy(w, machine, 'fwd', packet, asked);
  if (blocked) return blocked;
  // Out by the device that it came in by, sources are not looked at (ip6_forward).
  const bound = packet.src.family === 6 && scopeOf6(packet.src) <= 2 && out !== dev.name;
  if (bound || (packet.src.text === '::' && out !== dev.name))
    return drop(w, 'forward', machine, `${packet.src.text} is no source beyond its link`, [], {
      dev: dev.name,
      ...(bound && { answer: 'icmp beyond-scope' }),
    });
  if (packet.ttl <= 1)
    return drop(w, 'forward', machine, 'TTL exceeded', [packet.ttlSetBy], {
      dev: dev.name,
      answer: 'icmp time-exceeded',
    });
  packet.ttl--;
  const kept = byPolicy(w, machine, 'out', packet, asked);
  if (kept) return kept;
  return afterRouting(w, machine, packet, passage, { iif: dev.name, hop, found, forwarded: true });
}

/** One next hop of several: each is an outcome (fib_select_multipath). */
export function pickHop(
  w: Walk,
  machine: Machine,
  found: Extract<Found, { kind: 'unicast' }>,
  packet: Packet,
): NextHop {
  const flow = `${packet.src.text} ${packet.dst.text} ${packet.proto}`;
  const i = w.choose.balance(`${machine.id} hop ${found.route.prefix} ${flow}`, hopShares(found));
  return found.nexthops[i] ?? { flags: [] };
}

/** The share of flows that each next hop gets. */
export function hopShares({ nexthops }: Extract<Found, { kind: 'unicast' }>): readonly number[] {
  const weights = nexthops.map((n) => n.weight ?? 1);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((x) => x / sum);
}
