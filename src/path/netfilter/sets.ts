import type { IpsetFact } from '../../facts/index.js';
import { type SetPacket, type SetSide, setMatches } from '../../kit/index.js';
import type { Walk } from '../context.js';
import type { Machine } from '../machine.js';
import { icmpCode, icmpNumber, protocolOf } from './packet.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** What rules of this very walk did to sets (xt_set_target): a packet may be the first that a rule behind them then knows. */
const changed = new WeakMap<Walk, Map<string, 'add' | 'del'>>();

const keyOf = ({ machine }: HookContext, name: string): string => `${machine.id} ${name}`;

/** A rule puts the packet into a set, or takes it out. */
export function changeSet(c: HookContext, name: string, how: 'add' | 'del'): void {
  const own = changed.get(c.walk) ?? new Map<string, 'add' | 'del'>();
  own.set(keyOf(c, name), how);
  changed.set(c.walk, own);
}

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
  if (answer.kind !== 'unknown') {
    const how = changed.get(c.walk)?.get(keyOf(c, name));
    const isIn = answer.kind === 'in';
    return how === (isIn ? 'del' : 'add') ? unsupported(`${input}, which a rule changes`) : isIn;
  }
  return { node: machine.node, input, supply: 'ipset', reason: 'truncated', detail: answer.because, at: set.at };
}
