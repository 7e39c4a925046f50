import { type Arrival, drop, type Walk } from './context.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { Ruleset } from './netfilter/types.js';
import type { Packet } from './types.js';

/** Conntrack, which NAT asks for, puts pieces together before any chain sees them (nf_defrag_ipv4, nf_defrag_ipv6). */
export const isTracking = ({ hooks }: Ruleset): boolean =>
  Object.values(hooks).some((bases) => bases.some((b) => b.type === 'nat'));

/** Was it cut on its way, and not put together since? */
export const isInPieces = ({ piece, size }: Packet): boolean => piece !== undefined && piece < size;

/**
 * A packet in pieces that a stack cannot put together: without any room for what waits there is no queue for its pieces (inet_frag_alloc). In IPv6
 * conntrack has a room of its own.
 */
export function unjoined(
  w: Walk,
  machine: Machine,
  dev: string,
  packet: Packet,
  by: 'conntrack' | 'stack',
): Arrival | undefined {
  if (!isInPieces(packet)) return undefined;
  const { src } = packet;
  const six = by === 'conntrack' ? 'net.netfilter.nf_conntrack_frag6_high_thresh' : 'net.ipv6.ip6frag_high_thresh';
  const key = src.family === 4 ? 'net.ipv4.ipfrag_high_thresh' : six;
  const room = machine.sysctl(key);
  return room?.value === '0'
    ? drop(w, 'receive', machine, `there is no room to put its pieces together: ${key} is 0`, [room.at], { dev })
    : undefined;
}

/**
 * What netfilter put together on a bridge is cut again by the MTU of the bridge, whatever its ports take; pieces that were longer are lost, and nobody is
 * told (br_nf_ip_fragment, ip6_fragment: frag_max_size).
 */
export function uncut(w: Walk, bridge: Device, packet: Packet): Arrival | undefined {
  const { machine, mtu } = bridge;
  const { piece = 0, src } = packet;
  if (!isInPieces(packet) || mtu === undefined || piece <= mtu) return undefined;
  return isTracking(machine.ruleset(src.family))
    ? drop(
        w,
        'mtu',
        machine,
        `its pieces of ${piece} octets were put together, and ${bridge.name} cuts none that were longer than its MTU ${mtu}`,
        [bridge.at],
        { dev: bridge.name },
      )
    : undefined;
}
