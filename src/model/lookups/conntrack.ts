import type { ConntrackTableFact, ConntrackTuple } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';

/** One flow of the connection tracker's table. */
export interface ConntrackFlow {
  readonly family: 4 | 6;
  /** `tcp`, `udp` …; of a protocol without a name its number. */
  readonly protocol: string;
  readonly state?: string;
  /** Seconds that are left. */
  readonly timeout?: number;
  readonly original: ConntrackTuple;
  /** What a reply looks like: where it differs from the mirrored original, there is NAT. */
  readonly reply: ConntrackTuple;
  /** Has no packet come back yet? */
  readonly unreplied: boolean;
  readonly assured: boolean;
  readonly offload?: 'software' | 'hardware';
  readonly mark?: number;
  readonly zone?: number;
  readonly zoneOriginal?: number;
  readonly zoneReply?: number;
  readonly helper?: string;
  readonly at: At;
}

/** Line of the flow with that index. */
function lineOf({ flows: { runs } }: ConntrackTableFact, i: number): number {
  let low = 0;
  let high = runs.flow.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((runs.flow[middle] ?? 0) <= i) low = middle;
    else high = middle;
  }
  return (runs.line[low] ?? 0) + i - (runs.flow[low] ?? 0);
}

/** Ports, or what stands in their place in the kernel's tuple (see the columns). */
function tuple(protocol: string, source: string, destination: string, from: number, to: number): ConntrackTuple {
  if (protocol.startsWith('icmp'))
    return {
      source,
      destination,
      ...(from !== -1 && { icmpId: from }),
      ...(to !== -1 && { icmpType: to >> 8, icmpCode: to & 255 }),
    };
  return {
    source,
    destination,
    ...(from !== -1 && { sourcePort: from }),
    ...(to !== -1 && { destinationPort: to }),
  };
}

/** The flow with that index. */
export function flowAt(fact: ConntrackTableFact, i: number): ConntrackFlow {
  const { flows: c } = fact;
  const protocol = c.protocol[i] ?? '';
  const source = c.source[i] ?? '';
  const flags = c.flags[i] ?? 0;
  const timeout = c.timeout[i] ?? -1;
  return {
    family: source.includes(':') ? 6 : 4,
    protocol,
    ...(c.state[i] !== '' && { state: c.state[i] }),
    ...(timeout !== -1 && { timeout }),
    original: tuple(protocol, source, c.destination[i] ?? '', c.sourcePort[i] ?? -1, c.destinationPort[i] ?? -1),
    reply: tuple(
      protocol,
      c.replySource[i] ?? '',
      c.replyDestination[i] ?? '',
      c.replySourcePort[i] ?? -1,
      c.replyDestinationPort[i] ?? -1,
    ),
    unreplied: (flags & 1) !== 0,
    assured: (flags & 2) !== 0,
    ...((flags & 4) !== 0 && { offload: (flags & 8) !== 0 ? 'hardware' : 'software' }),
    ...(c.mark[i] !== undefined && { mark: c.mark[i] }),
    ...(c.zone[i] !== undefined && { zone: c.zone[i] }),
    ...(c.zoneOriginal[i] !== undefined && { zoneOriginal: c.zoneOriginal[i] }),
    ...(c.zoneReply[i] !== undefined && { zoneReply: c.zoneReply[i] }),
    ...(c.helper[i] !== undefined && { helper: c.helper[i] }),
    at: at(fileOf(fact.at), lineOf(fact, i)),
  };
}

/**
 * The flows of several tables. A busy node has a million of them: `wanted`, which sees the columns and an index, should sort most of them out
 * before they are built.
 */
export function* eachFlow(
  facts: readonly ConntrackTableFact[],
  wanted: (flows: ConntrackTableFact['flows'], i: number) => boolean = () => true,
): Generator<ConntrackFlow> {
  for (const fact of facts)
    for (let i = 0; i < fact.flows.protocol.length; i++) if (wanted(fact.flows, i)) yield flowAt(fact, i);
}

/** Was the destination translated (a Service's address, a hostPort)? */
export const isDnat = ({ original, reply }: ConntrackFlow): boolean =>
  original.destination !== reply.source || original.destinationPort !== reply.sourcePort;

/** Was the source translated (MASQUERADE, SNAT)? */
export const isSnat = ({ original, reply }: ConntrackFlow): boolean =>
  original.source !== reply.destination || original.sourcePort !== reply.destinationPort;
