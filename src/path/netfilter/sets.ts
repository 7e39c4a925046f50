import type { IpsetFact } from '../../facts/index.js';
import { protocolNumber, type SetPacket, type SetSide, setMatches } from '../../kit/index.js';
import type { Machine } from '../machine.js';
import type { Packet } from '../types.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

const sets = new WeakMap<Machine, ReadonlyMap<string, IpsetFact>>();

/** The sets of a stack by their names. */
function setsOf(machine: Machine): ReadonlyMap<string, IpsetFact> {
  const known = sets.get(machine);
  if (known) return known;
  const made = new Map(machine.facts('ipset').map((set) => [set.name, set]));
  sets.set(machine, made);
  return made;
}

/** `type << 8 | code` of the walk's words; undefined for errors whose number the words don't tell. */
const ICMP: Readonly<Record<string, number>> = {
  'echo-request': 0x800,
  'echo-reply': 0,
  'destination-unreachable/4': 0x304,
  'time-exceeded': 0xb00,
};
const ICMPV6: Readonly<Record<string, number>> = { 'echo-request': 0x8000, 'echo-reply': 0x8100 };

function protocolOf({ proto, src }: Packet): number | undefined {
  // The registry calls protocol 94 by the name that all others have for 4.
  if (proto === 'ipip') return 4;
  return proto === 'icmp' && src.family === 6 ? 58 : protocolNumber(proto);
}

function packetOf({ packet, iif, oif }: HookContext, protocol: number): SetPacket {
  const icmp = (packet.src.family === 4 ? ICMP : ICMPV6)[packet.icmp ?? ''];
  return {
    source: packet.src,
    destination: packet.dst,
    protocol,
    sourcePort: packet.sport,
    destinationPort: packet.dport,
    ...(icmp !== undefined && { icmp }),
    inDev: iif,
    outDev: oif,
    mark: packet.mark,
  };
}

/** Is the packet in a set? `fields` are `src` and `dst` in the order of the set's dimensions. */
export function inSet(c: HookContext, name: string, fields: readonly string[]): Answer {
  const { machine } = c;
  const input = `ipset ${name}`;
  const known = setsOf(machine);
  const set = known.get(name);
  const protocol = protocolOf(c.packet);
  const sides = fields.filter((field): field is SetSide => field === 'src' || field === 'dst');
  // A rule can't name a set that does not exist: a listing without it is of another moment.
  if (!set) return machine.missing('ipset', input, { name }) ?? { node: machine.node, input, reason: 'not-captured' };
  if (protocol === undefined || sides.length < fields.length) return unsupported(`${input} ${fields.join(',')}`);
  const answer = setMatches(set, sides, packetOf(c, protocol), (other) => known.get(other));
  if (answer.kind !== 'unknown') return answer.kind === 'in';
  return { node: machine.node, input, supply: 'ipset', reason: 'truncated', detail: answer.because, at: set.at };
}
