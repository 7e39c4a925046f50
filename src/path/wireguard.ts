import type { WireguardInterfaceFact, WireguardPeerFact } from '../facts/index.js';
import { contains, parsePrefix } from '../kit/index.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import { receive } from './ip-input.js';
import { send } from './ip-output.js';
import type { Machine } from './machine.js';
import { outer, routeSource } from './tunnel.js';
import type { Frame, Ip, Packet } from './types.js';

/** Outer IPv4 20, UDP 8, WireGuard's header and tag 32. */
const OVERHEAD = 60;

/** The peer whose allowed addresses hold the destination longest (wg_allowedips_lookup_dst). */
function peerFor(device: Device, ip: Ip): { readonly peer: WireguardPeerFact; readonly length: number } | undefined {
  let best: { readonly peer: WireguardPeerFact; readonly length: number } | undefined;
  for (const peer of device.machine.facts('wireguard-peer')) {
    if (peer.dev !== device.name) continue;
    for (const text of peer.allowedIps) {
      const prefix = parsePrefix(text);
      if (prefix && contains(prefix, ip) && (!best || prefix.length > best.length))
        best = { peer, length: prefix.length };
    }
  }
  return best;
}

/** Where a peer was heard from in this walk: WireGuard answers to there (wg_socket_set_peer_endpoint). */
interface Heard {
  readonly machine: Machine;
  readonly dev: string;
  readonly key: string;
  readonly ip: Ip;
  readonly port: number;
}

/** What tells a peer from the others of its device; a masked key does not. */
const nameOf = (peer: WireguardPeerFact): string => peer.publicKey ?? peer.allowedIps.join();

const heard = new WeakMap<Walk, Heard[]>();

const interfaceOf = (device: Device): WireguardInterfaceFact | undefined =>
  device.machine.facts('wireguard-interface').find((i) => i.dev === device.name);

function endOf(
  w: Walk,
  device: Device,
  peer: WireguardPeerFact,
): { readonly ip: Ip; readonly port: number } | undefined {
  const last = (heard.get(w) ?? []).findLast(
    (h) => h.machine === device.machine && h.dev === device.name && h.key === nameOf(peer),
  );
  if (last) return last;
  const ip = peer.endpoint && ipOf(peer.endpoint.address);
  return peer.endpoint && ip ? { ip, port: peer.endpoint.port } : undefined;
}

/** A WireGuard device sends: the peer by its allowed addresses, the outer packet to its endpoint (wg_xmit). */
export function wireguardEncapsulate(w: Walk, device: Device, frame: Frame): Arrival {
  const { machine } = device;
  const dev = device.name;
  const refused = { dev, answer: 'icmp host-unreachable' };
  const found = peerFor(device, frame.packet.dst);
  if (!found) {
    const missing = machine.missing('wireguard-peer', `peers of ${dev}`);
    if (missing) return { kind: 'unknown', missing };
    return drop(
      w,
      'encapsulate',
      machine,
      `no peer of ${dev} is allowed ${frame.packet.dst.text}`,
      [device.at],
      refused,
    );
  }
  const { peer } = found;
  const end = endOf(w, device, peer);
  // An endpoint that was masked is none that lacks.
  const missing = end
    ? undefined
    : machine.missing('wireguard-peer', `endpoint of the peer for ${frame.packet.dst.text}`);
  if (missing) return { kind: 'unknown', missing };
  if (!end)
    return drop(w, 'encapsulate', machine, `the peer for ${frame.packet.dst.text} has no endpoint`, [peer.at], refused);
  note(w, 'encapsulate', machine, `WireGuard to ${end.ip.text} port ${end.port}`, [peer.at], dev);
  const own = interfaceOf(device);
  const mark = own?.fwmark ?? 0;
  const route = machine.fib.lookup({ dst: end.ip, iif: 'lo', mark }, (m) => doubt(w, m));
  if (route.kind === 'unicast' && route.nexthops[0]?.dev === dev)
    return drop(w, 'encapsulate', machine, `the way to ${end.ip.text} leads into ${dev} itself`, route.at, { dev });
  const src = routeSource(w, machine, end.ip, undefined, mark);
  if (!src) return drop(w, 'encapsulate', machine, `no route to the endpoint ${end.ip.text}`, [peer.at], { dev });
  const sealed = { by: own?.publicKey, to: peer.publicKey };
  const packet = outer(
    { src, dst: end.ip, proto: 'udp', port: end.port },
    { packet: frame.packet, sealed },
    OVERHEAD,
    false,
  );
  packet.sport = own?.listenPort ?? packet.sport;
  packet.mark = mark;
  return send(w, machine, packet, { says: `${src.text} → ${end.ip.text} WireGuard, UDP port ${end.port}` });
}

/** Why no session comes about between the sender and this device; the handshake needs both ends to know each other's key (noise.c). */
function strangers(
  device: Device,
  own: WireguardInterfaceFact,
  { by, to }: NonNullable<Frame['sealed']>,
): string | undefined {
  if (own.publicKey !== undefined && to !== undefined && own.publicKey !== to)
    return `${device.name} has another key than the sender's peer`;
  const isKnown = device.machine
    .facts('wireguard-peer')
    .some((p) => p.dev === device.name && (p.publicKey === undefined || p.publicKey === by));
  return by === undefined || isKnown ? undefined : `${device.name} has no peer with the sender's key`;
}

/** The receiver's device is the one that listens there; the sender must be allowed its inner source (wg_packet_consume_data_done). */
export function wireguardReceive(w: Walk, machine: Machine, packet: Packet, inner: Frame): Arrival {
  const { sealed = { by: undefined, to: '' } } = inner;
  const own = machine.facts('wireguard-interface').find((i) => i.listenPort === packet.dport);
  const device = own && machine.devices.get(own.dev);
  if (!own || !device) {
    const missing = machine.missing('wireguard-interface', 'WireGuard devices');
    if (missing) return { kind: 'unknown', missing };
    return drop(w, 'decapsulate', machine, `no WireGuard device listens on UDP port ${packet.dport}`, []);
  }
  const dev = device.name;
  if (device.up === false) return drop(w, 'decapsulate', machine, `${dev} is down`, [device.at], { dev });
  const strange = strangers(device, own, sealed);
  if (strange !== undefined) {
    const missing = machine.missing('wireguard-peer', `peers of ${dev}`);
    if (missing) return { kind: 'unknown', missing };
    return drop(w, 'decapsulate', machine, `${strange}: no session comes about`, [own.at], { dev });
  }
  const allowed = peerFor(device, inner.packet.src);
  if (!allowed || (sealed.by !== undefined && (allowed.peer.publicKey ?? sealed.by) !== sealed.by))
    return drop(
      w,
      'decapsulate',
      machine,
      allowed
        ? `another peer of ${dev} is allowed the source ${inner.packet.src.text}`
        : `no peer of ${dev} is allowed the source ${inner.packet.src.text}`,
      [allowed?.peer.at ?? own.at],
      { dev },
    );
  heard.set(w, [
    ...(heard.get(w) ?? []),
    { machine, dev, key: nameOf(allowed.peer), ip: packet.src, port: packet.sport },
  ]);
  note(w, 'decapsulate', machine, `WireGuard from ${packet.src.text}`, [own.at], dev);
  inner.packet.mark = 0;
  return receive(w, device, inner.packet);
}
