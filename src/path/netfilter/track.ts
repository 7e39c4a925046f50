import { inverse, mayBegin, type Tuple, tupleOf, type Zones } from '../conntrack.js';
import { note, type Walk } from '../context.js';
import type { Machine } from '../machine.js';
import type { Packet } from '../types.js';
import { heldEntry } from './both-ways.js';
import type { Connection } from './types.js';

/** SYN_SENT takes no ACK from the client: the answer went another way (tcp_conntracks, sSS). */
const isOutOfWindow = (packet: Packet, answered: boolean): boolean =>
  packet.proto === 'tcp' && packet.role === 'ack' && !answered;

/** Timeout that a flow has when a packet comes, by the packet before it (nf_conntrack_proto_*.c). */
const TIMEOUT: Readonly<Record<string, Readonly<Partial<Record<Packet['role'], string>>>>> = {
  tcp: { reply: 'tcp_timeout_syn_sent', ack: 'tcp_timeout_syn_recv', data: 'tcp_timeout_established' },
  udp: { reply: 'udp_timeout' },
  icmp: { reply: 'icmp_timeout' },
};

/** With a timeout of 0 the flow is over before anything else of it comes (nf_ct_is_expired). */
function isOver(w: Walk, machine: Machine, { proto, role, src }: Packet): boolean {
  const name = TIMEOUT[proto]?.[role];
  if (name === undefined) return false;
  const key = `net.netfilter.nf_conntrack_${name.replace(/^icmp/, src.family === 6 ? 'icmpv6' : 'icmp')}`;
  const timeout = machine.sysctl(key);
  if (timeout?.value !== '0') return false;
  note(w, 'netfilter', machine, `conntrack forgets the flow at once: ${key} is 0`, [timeout.at]);
  return true;
}

const INVALID: Connection = { state: 'invalid', direction: 'original', entry: undefined };

/** Finds or begins the packet's flow, in the zones that a rule before gave it (nf_conntrack_in). */
export function track(w: Walk, machine: Machine, packet: Packet, zones?: Zones): Connection {
  // Discovery of neighbours is no flow, and never invalid (nf_conntrack_icmpv6_error).
  if (packet.icmp?.startsWith('nd-')) return { state: 'untracked', direction: 'original', entry: undefined };
  const find = (tuple: Tuple): ReturnType<typeof w.connections.find> => w.connections.find(machine, tuple, zones);
  if (packet.role === 'error' && packet.about) {
    // The error belongs to the other way of the flow than the packet that it quotes (nf_conntrack_inet_error).
    const about = find(inverse(tupleOf(packet.about)));
    return about ? { state: 'related', direction: about.direction, entry: about.entry } : { ...INVALID };
  }
  const held = find(tupleOf(packet)) ? undefined : heldEntry(machine, packet);
  if (held) w.connections.hold(machine, held);
  const known = isOver(w, machine, packet) ? undefined : find(tupleOf(packet));
  if (known?.direction === 'reply') {
    known.entry.answered = true;
    return { state: 'established', direction: 'reply', entry: known.entry };
  }
  if (known) {
    if (isOutOfWindow(packet, known.entry.answered)) return { ...INVALID };
    return { state: known.entry.answered ? 'established' : 'new', direction: 'original', entry: known.entry };
  }
  const loose = machine.sysctl('net.netfilter.nf_conntrack_tcp_loose')?.value !== '0';
  if (!mayBegin(packet, loose)) {
    if (packet.proto === 'tcp' && packet.role === 'reply') w.unknownFlow = true;
    return { ...INVALID };
  }
  return { state: 'new', direction: 'original', entry: w.connections.create(machine, tupleOf(packet), zones) };
}
