import { setContains } from './contains.js';
import { type Part, partsOf } from './element.js';
import type { SetAnswer, SetContent, SetPacket, SetSide, SetTuple } from './types.js';

const ICMP = 1;
const ICMPV6 = 58;
/** TCP, UDP, SCTP, UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132, 136]);

type Mutable = { -readonly [K in keyof SetTuple]: SetTuple[K] };

/**
 * The packet's port as sets see it (ip_set_getport.c): of ICMP type and code, of protocols without ports 0. 'none' where the packet shows none
 * and no set matches, undefined where it is not known.
 */
function portOf(packet: SetPacket, side: SetSide): number | 'none' | undefined {
  const { protocol, fragment } = packet;
  const shows = WITH_PORTS.has(protocol) || protocol === ICMP || protocol === ICMPV6;
  if (!shows) return 0;
  if (fragment) return 'none';
  if (!WITH_PORTS.has(protocol)) return packet.icmp;
  return side === 'src' ? packet.sourcePort : packet.destinationPort;
}

/** Puts one part of the packet into the tuple; false where the kernel gives up and nothing matches. */
function put(part: Part, side: SetSide, packet: SetPacket, type: string, tuple: Mutable): boolean {
  switch (part) {
    case 'ip':
    case 'net': {
      const address = side === 'src' ? packet.source : packet.destination;
      if (tuple.ip) tuple.ip2 = address;
      else tuple.ip = address;
      return true;
    }
    case 'port': {
      const port = portOf(packet, side);
      if (port === 'none') return false;
      // ip_set_get_ip_port: bitmaps of ports hold those of TCP and UDP.
      if (type === 'bitmap:port' && packet.protocol !== 6 && packet.protocol !== 17) return false;
      tuple.protocol = packet.protocol;
      if (port !== undefined) tuple.port = port;
      return true;
    }
    case 'iface': {
      const dev = side === 'src' ? packet.inDev : packet.outDev;
      if (dev !== undefined) tuple.iface = dev;
      return dev !== '';
    }
    case 'mark':
      if (packet.mark !== undefined) tuple.mark = packet.mark;
      return true;
    case 'mac': {
      const mac = side === 'src' ? packet.sourceMac : packet.destinationMac;
      if (mac !== undefined) tuple.mac = mac.toLowerCase();
      return mac !== '';
    }
    case 'set':
      return false;
    default:
      return part satisfies never;
  }
}

/** Does any set of a `list:set` match? */
function listMatches(
  list: SetContent,
  sides: readonly SetSide[],
  packet: SetPacket,
  find: (name: string) => SetContent | undefined,
): SetAnswer {
  if (!list.members) return { kind: 'unknown', because: `the elements of ${list.name} were not captured` };
  let unknown: SetAnswer | undefined;
  for (const [member, name] of list.members.text.entries()) {
    const set = find(name);
    // A list can't hold lists; one that says so is no reason to go round.
    if (set?.type?.startsWith('list:')) continue;
    const answer: SetAnswer = set
      ? setMatches(set, sides, packet, find)
      : { kind: 'unknown', because: `set ${name} was not captured` };
    if (answer.kind === 'in') return { kind: 'in', member };
    if (answer.kind === 'unknown') unknown ??= answer;
  }
  if (unknown) return unknown;
  const { unread = 0 } = list;
  return unread > 0
    ? { kind: 'unknown', because: `${unread} elements of ${list.name} could not be read` }
    : { kind: 'out' };
}

/**
 * What `-m set --match-set SET src,dst` says of a packet (ip_set_core.c ip_set_test). `sides` says for each part of an element from which
 * side of the packet it is taken; a rule with fewer than the set has parts matches nothing, what it has beyond them is not looked at.
 */
export function setMatches(
  set: SetContent,
  sides: readonly SetSide[],
  packet: SetPacket,
  find: (name: string) => SetContent | undefined,
): SetAnswer {
  const parts = set.type === undefined ? undefined : partsOf(set.type);
  if (set.type === undefined || !parts) return { kind: 'unknown', because: `the type of ${set.name} is not known` };
  if (sides.length < parts.length) return { kind: 'out' };
  if (set.family !== undefined && set.family !== packet.source.family) return { kind: 'out' };
  if (parts[0] === 'set') return listMatches(set, sides, packet, find);
  const tuple: Mutable = {};
  for (const [i, part] of parts.entries())
    if (!put(part, sides[i] ?? 'src', packet, set.type, tuple)) return { kind: 'out' };
  return setContains(set, tuple);
}
