import type { IpvsDestination, IpvsServiceFact } from '../../facts/index.js';
import { destinationAt, ipvsServiceOf, ipvsTakers } from '../../model/lookups/ipvs.js';
import { type Arrival, drop, note, type Walk } from '../context.js';
import { ipOf } from '../ip.js';
import { sendBalanced } from '../ip-output.js';
import type { Machine } from '../machine.js';
import type { Ip, Packet } from '../types.js';
import type { Passage } from './hooks.js';

/** One connection that IPVS gave to a destination (struct ip_vs_conn). */
interface Balanced {
  readonly machine: Machine;
  readonly proto: string;
  readonly client: Ip;
  readonly clientPort: number;
  readonly virtual: Ip;
  readonly virtualPort: number;
  readonly real: Ip;
  readonly realPort: number;
}

const connections = new WeakMap<Walk, Balanced[]>();

/** The device on which kube-proxy has the addresses of all services, so that packets for them are for the node itself. */
const KUBE_IPVS = 'kube-ipvs0';

const UNTRACKED = { state: 'untracked', direction: 'original', entry: undefined } as const;
/** Both ways of its flows are taken out of connection tracking (ip_vs_notrack). */
const isUntracked = (machine: Machine): boolean => machine.sysctl('net.ipv4.vs.conntrack')?.value === '0';

const users = new WeakMap<Machine, boolean>();
function isUser(machine: Machine): boolean {
  const known = users.get(machine);
  if (known !== undefined) return known;
  const made = machine.captured && (machine.facts('ipvs-service').length > 0 || machine.devices.has(KUBE_IPVS));
  users.set(machine, made);
  return made;
}

/** An answer of a destination gets the service's address as its source again (ip_vs_out). */
export function fromDestination(w: Walk, machine: Machine, packet: Packet, passage: Passage): void {
  if (!isUser(machine)) return;
  const hit = (connections.get(w) ?? []).find(
    (b) =>
      b.machine === machine &&
      b.proto === packet.proto &&
      b.real.text === packet.src.text &&
      b.realPort === packet.sport &&
      b.client.text === packet.dst.text &&
      b.clientPort === packet.dport,
  );
  if (!hit) return;
  packet.src = hit.virtual;
  packet.sport = hit.virtualPort;
  if (isUntracked(machine)) passage.conn = { ...UNTRACKED };
  note(w, 'netfilter', machine, `IPVS: the answer of ${hit.real.text} is from ${hit.virtual.text}`);
}

const known = (w: Walk, machine: Machine, packet: Packet): Balanced | undefined =>
  (connections.get(w) ?? []).find(
    (b) =>
      b.machine === machine &&
      b.proto === packet.proto &&
      b.client.text === packet.src.text &&
      b.clientPort === packet.sport &&
      b.virtual.text === packet.dst.text &&
      b.virtualPort === packet.dport,
  );

const nameOf = (s: IpvsServiceFact): string =>
  s.fwmark === undefined ? `${s.protocol} ${s.address}:${s.port}` : `mark ${s.fwmark}`;

/** Shares of the destinations: by weight where the scheduler asks for it, else alike. */
function sharesOf(service: IpvsServiceFact, takers: readonly IpvsDestination[]): readonly number[] {
  const isWeighted = /^(?:w|sed|mh|sh)/.test(service.scheduler ?? 'wlc');
  const weights = takers.map((d) => (isWeighted ? (d.weight ?? 1) : 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** A new connection's destination (ip_vs_schedule). */
function schedule(w: Walk, machine: Machine, packet: Packet, service: IpvsServiceFact): Arrival | Balanced {
  const name = nameOf(service);
  const missing = { node: machine.node, supply: 'ipvs-service' as const, at: service.at };
  if (service.unread)
    return {
      kind: 'unknown',
      missing: { ...missing, input: `destinations of the IPVS service ${name}`, reason: 'truncated' },
    };
  const takers = ipvsTakers(service);
  if (takers.length === 0)
    return drop(w, 'netfilter', machine, `the IPVS service ${name} has no destination`, [service.at], {
      answer: 'icmp port-unreachable',
    });
  const flow = `${packet.src.text} ${packet.dst.text} ${packet.proto} ${packet.dport}`;
  const pick = takers[w.choose.balance(`${machine.id} ipvs ${name} ${flow}`, sharesOf(service, takers))];
  const real = pick?.address === undefined ? undefined : ipOf(pick.address);
  if (!pick || !real || (pick.forward !== undefined && pick.forward !== 'masq' && pick.forward !== 'local'))
    return {
      kind: 'unknown',
      missing: { ...missing, input: `IPVS ${pick?.forward ?? 'destination'} of ${name}`, reason: 'unsupported' },
    };
  // A destination behind a service by mark or for all ports has the packet's own.
  const realPort = pick.port === 0 || pick.port === undefined ? packet.dport : pick.port;
  const lines = [service.at, destinationAt(service, pick)];
  note(w, 'netfilter', machine, `IPVS ${name}: to ${real.text}:${realPort}`, lines, undefined, {
    translates: { side: 'dst', address: real.text, port: realPort, table: 'IPVS' },
  });
  return {
    machine,
    proto: packet.proto,
    client: packet.src,
    clientPort: packet.sport,
    virtual: packet.dst,
    virtualPort: packet.dport,
    real,
    realPort,
  };
}

/**
 * A packet for a virtual service leaves the hook for its destination (ip_vs_in, ip_vs_nat_xmit): with another destination it goes through
 * LOCAL_OUT and POSTROUTING. Undefined: it is for nobody but this stack.
 */
export function toDestination(w: Walk, machine: Machine, packet: Packet, passage: Passage): Arrival | undefined {
  if (passage.balanced || !isUser(machine) || packet.proto === 'icmp') return undefined;
  let hit = known(w, machine, packet);
  if (!hit) {
    if (packet.role === 'reply' || packet.role === 'data') return undefined;
    const service = ipvsServiceOf(machine.facts('ipvs-service'), {
      protocol: packet.proto,
      family: packet.dst.family,
      destination: packet.dst.text,
      port: packet.dport,
      ...(packet.mark !== 0 && { mark: packet.mark }),
    });
    if (!service) return unlisted(machine, packet);
    const made = schedule(w, machine, packet, service);
    if ('kind' in made) return made;
    hit = made;
    connections.set(w, [...(connections.get(w) ?? []), made]);
    track(machine, made, passage);
  }
  packet.dst = hit.real;
  packet.dport = hit.realPort;
  passage.balanced = true;
  return machine.local.has(hit.real.text) ? undefined : sendBalanced(w, machine, packet, passage);
}

/** The services were not captured, and the address is one of theirs. */
function unlisted(machine: Machine, packet: Packet): Arrival | undefined {
  if (machine.local.get(packet.dst.text)?.dev !== KUBE_IPVS) return undefined;
  const missing = machine.missing('ipvs-service', `IPVS service ${packet.dst.text}:${packet.dport}`);
  return missing && { kind: 'unknown', missing };
}

/** With net.ipv4.vs.conntrack, which kube-proxy sets, the flow is told whose answers it is to expect; without it is not tracked. */
function track(machine: Machine, made: Balanced, passage: Passage): void {
  const entry = passage.conn?.entry;
  if (isUntracked(machine)) passage.conn = { ...UNTRACKED };
  else if (entry) entry.reply = { ...entry.reply, src: made.real.text, sport: made.realPort };
}
