import type { WireguardPeerFact } from '../facts/index.js';
import { contains, parsePrefix } from '../kit/index.js';
import { type Arrival, drop, note, type Walk } from './context.js';
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

/** A WireGuard device sends: the peer by its allowed addresses, the outer packet to its endpoint. */
export function wireguardEncapsulate(w: Walk, device: Device, frame: Frame): Arrival {
  const { machine } = device;
  const found = peerFor(device, frame.packet.dst);
  if (!found) {
    const missing = machine.missing('wireguard-peer', `peers of ${device.name}`);
    if (missing) return { kind: 'unknown', missing };
    return drop(
      w,
      'encapsulate',
      machine,
      `no peer of ${device.name} is allowed ${frame.packet.dst.text}`,
      [device.at],
      { dev: device.name, answer: 'icmp host-unreachable' },
    );
  }
  const { peer } = found;
  const end = peer.endpoint && ipOf(peer.endpoint.address);
  if (!peer.endpoint || !end)
    return drop(w, 'encapsulate', machine, `the peer for ${frame.packet.dst.text} has no endpoint`, [peer.at], {
      dev: device.name,
    });
  note(w, 'encapsulate', machine, `WireGuard to ${end.text} port ${peer.endpoint.port}`, [peer.at], device.name);
  const own = machine.facts('wireguard-interface').find((i) => i.dev === device.name);
  const src = routeSource(w, machine, end, undefined);
  if (!src)
    return drop(w, 'encapsulate', machine, `no route to the endpoint ${end.text}`, [peer.at], { dev: device.name });
  const packet = outer(
    { src, dst: end, proto: 'udp', port: peer.endpoint.port },
    { packet: frame.packet },
    OVERHEAD,
    false,
  );
  packet.sport = own?.listenPort ?? packet.sport;
  packet.mark = own?.fwmark ?? 0;
  return send(w, machine, packet, { says: `${src.text} → ${end.text} WireGuard, UDP port ${peer.endpoint.port}` });
}

/** The receiver's device is the one that listens there; the sender must be allowed its inner source (wg_packet_receive). */
export function wireguardReceive(w: Walk, machine: Machine, packet: Packet, inner: Frame): Arrival {
  const own = machine.facts('wireguard-interface').find((i) => i.listenPort === packet.dport);
  const device = own && machine.devices.get(own.dev);
  if (!own || !device) {
    const missing = machine.missing('wireguard-interface', 'WireGuard devices');
    if (missing) return { kind: 'unknown', missing };
    return drop(w, 'decapsulate', machine, `no WireGuard device listens on UDP port ${packet.dport}`, []);
  }
  if (device.up === false)
    return drop(w, 'decapsulate', machine, `${device.name} is down`, [device.at], { dev: device.name });
  const allowed = peerFor(device, inner.packet.src);
  if (!allowed)
    return drop(
      w,
      'decapsulate',
      machine,
      `no peer of ${device.name} is allowed the source ${inner.packet.src.text}`,
      [own.at],
      { dev: device.name },
    );
  note(w, 'decapsulate', machine, `WireGuard from ${packet.src.text}`, [own.at], device.name);
  inner.packet.mark = 0;
  return receive(w, device, inner.packet);
}
