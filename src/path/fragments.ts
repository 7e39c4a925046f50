import { type Arrival, drop, type Walk } from './context.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { Ruleset } from './netfilter/types.js';
import type { Packet } from './types.js';

/** Rules that have conntrack run (nf_ct_netns_get of their matches, targets and expressions). */
const ASKS_CONNTRACK =
  /(?:^| )-m (?:conntrack|state|connmark|connbytes|connlimit|connlabel|helper|cluster)\b|(?:^| )-j (?:CT|CONNMARK|CONNSECMARK|SYNPROXY)\b|(?:^| )ct [a-z]/;
const JUMP = /(?:^| )(?:-[jg]|jump|goto) (\S+)/g;

const tracking = new WeakMap<Ruleset, boolean>();

/** Does any rule that a hook leads to ask conntrack? */
function asksConntrack({ hooks }: Ruleset): boolean {
  for (const base of Object.values(hooks).flat()) {
    const seen = new Set([base.chain]);
    for (const chain of seen)
      for (const { text } of chain.rules()) {
        if (ASKS_CONNTRACK.test(text)) return true;
        for (const [, name = ''] of text.matchAll(JUMP)) {
          const next = base.find(name);
          if (next) seen.add(next);
        }
      }
  }
  return false;
}

/** Conntrack puts pieces together before any chain sees them (nf_defrag_ipv4, nf_defrag_ipv6), where NAT or a rule asks for it. */
export function isTracking(ruleset: Ruleset): boolean {
  const known = tracking.get(ruleset);
  if (known !== undefined) return known;
  const { hooks } = ruleset;
  const made = Object.values(hooks).some((bases) => bases.some((b) => b.type === 'nat')) || asksConntrack(ruleset);
  tracking.set(ruleset, made);
  return made;
}

/** Was it cut on its way, and not put together since? */
export const isInPieces = ({ piece, size }: Packet): boolean => piece !== undefined && piece < size;

/** Do chains see a packet's pieces one by one, because no conntrack has put them together? */
export const seesPieces = ({ machine, packet }: { readonly machine: Machine; readonly packet: Packet }): boolean =>
  isInPieces(packet) && !isTracking(machine.ruleset(packet.src.family));

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
 * What netfilter saw on a bridge must fit the port that it leaves by, or be cut by the MTU of the bridge, whatever its ports take. What must not be cut,
 * or came in pieces that were longer, is lost, and nobody is told (br_nf_dev_queue_xmit, br_nf_ip_fragment, ip6_fragment).
 */
export function uncut(w: Walk, bridge: Device, port: Device, packet: Packet): Arrival | undefined {
  const { machine, mtu } = bridge;
  const { piece = 0, size, src } = packet;
  const lost = (says: string, { at }: Device): Arrival => drop(w, 'mtu', machine, says, [at], { dev: bridge.name });
  if (!isInPieces(packet)) {
    if (port.mtu === undefined || size <= port.mtu) return undefined;
    if (packet.df || src.family === 6)
      return lost(
        `${size} octets do not fit the MTU ${port.mtu} of ${port.name}, and br_netfilter must not cut them`,
        port,
      );
    if (mtu !== undefined && size > mtu) packet.piece = mtu;
    return undefined;
  }
  if (mtu === undefined || piece <= mtu || !isTracking(machine.ruleset(src.family))) return undefined;
  return lost(
    `its pieces of ${piece} octets were put together, and ${bridge.name} cuts none that were longer than its MTU ${mtu}`,
    bridge,
  );
}
