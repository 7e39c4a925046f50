import type { IpsetFact } from '../../facts/index.js';
import { type SetPacket, type SetSide, setMatches } from '../../kit/index.js';
import type { Machine } from '../machine.js';
import { icmpCode, icmpNumber, protocolOf } from './packet.js';
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

function packetOf({ packet, iif, oif }: HookContext, protocol: number): SetPacket {
  const [type, code] = [icmpNumber(packet), icmpCode(packet)];
  const icmp = type === undefined || code === undefined ? undefined : (type << 8) | code;
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
