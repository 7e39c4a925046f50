import type { At } from '../../kit/index.js';
import { type ConntrackFlow, eachFlow, isDnat, isSnat } from '../../model/lookups/conntrack.js';
import { type Entry, type Tuple, tupleOf } from '../conntrack.js';
import type { Machine } from '../machine.js';
import type { Packet } from '../types.js';
import type { HookContext } from './types.js';

/*
 * Tunnels whose ends send alike (IPIP and GRE, which have no ports, WireGuard with one port at both ends) have one flow for both directions. It lives
 * as long as anything goes through, and whoever began it is its original side.
 */

/** As conntrack lists them; of other protocols the number. */
const LISTED: Readonly<Record<string, string>> = { ipip: '4', gre: 'gre', udp: 'udp' };

const goesBothWays = ({ inner, sport, dport }: Packet): boolean => inner !== undefined && sport === dport;

const keyOf = (protocol: string, source: string, destination: string, port: number): string =>
  `${protocol} ${source} ${destination} ${port}`;

const held = new WeakMap<Machine, ReadonlyMap<string, ConntrackFlow>>();

/** Such flows of the stack's captured table, by the addresses of their first packet. */
function heldFlows(machine: Machine): ReadonlyMap<string, ConntrackFlow> {
  const known = held.get(machine);
  if (known) return known;
  const wanted = Object.values(LISTED);
  const flows = new Map<string, ConntrackFlow>();
  for (const flow of eachFlow(machine.facts('conntrack-table'), (f, i) => {
    const protocol = f.protocol[i] ?? '';
    return wanted.includes(protocol) && (protocol !== 'udp' || f.sourcePort[i] === f.destinationPort[i]);
  })) {
    const { source, destination, sourcePort = 0 } = flow.original;
    flows.set(keyOf(flow.protocol, source, destination, flow.protocol === 'udp' ? sourcePort : 0), flow);
  }
  held.set(machine, flows);
  return flows;
}

/** The captured flow that such a packet belongs to, as an entry. */
export function heldEntry(machine: Machine, packet: Packet): Entry | undefined {
  const protocol = LISTED[packet.proto];
  if (!goesBothWays(packet) || protocol === undefined) return undefined;
  const [src, dst, port] = [packet.src.text, packet.dst.text, packet.proto === 'udp' ? packet.sport : 0];
  const flows = heldFlows(machine);
  const flow = flows.get(keyOf(protocol, src, dst, port)) ?? flows.get(keyOf(protocol, dst, src, port));
  if (!flow) return undefined;
  const tuple = ({ source, destination, sourcePort = 0, destinationPort = 0 }: ConntrackFlow['original']): Tuple => ({
    ...tupleOf(packet),
    src: source,
    dst: destination,
    ...(packet.proto === 'udp' && { sport: sourcePort, dport: destinationPort }),
  });
  return {
    original: tuple(flow.original),
    reply: tuple(flow.reply),
    srcNat: isSnat(flow),
    dstNat: isDnat(flow),
    srcDone: true,
    dstDone: true,
    answered: !flow.unreplied,
    mark: flow.mark ?? 0,
  };
}

/**
 * Does a rule's translation not concern the packet, because it counts as an answer? No capture tells who began the flow: whoever sent something first
 * since it was last forgotten.
 */
export function isSpared({ walk, machine, packet }: HookContext, text: string, at: At): boolean {
  if (!goesBothWays(packet)) return false;
  const { proto, src, dst } = packet;
  const missing = {
    node: machine.node,
    input: `which of ${src.text} and ${dst.text} began their flow of ${proto}: only then does it go by ${text}`,
    reason: 'not-captured' as const,
    supply: 'conntrack-table' as const,
    at,
  };
  return !walk.choose.either(`${machine.id} began ${proto} ${src.text} ${dst.text}`, missing, true);
}
