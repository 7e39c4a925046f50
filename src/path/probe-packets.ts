import type { Walk } from './context.js';
import { reflectedMark } from './ip-output.js';
import type { Machine } from './machine.js';
import type { Ip, Packet, Probe } from './types.js';

/** Ports that a client has: one of the ephemeral ones (ip_local_port_range), and each trace says which; ICMP's id stands in both. */
const CLIENT_PORT = 40000;
export const FROM_PORT = `the packet is sent from port ${CLIENT_PORT}: rules may treat other source ports in other ways`;
const ICMP_ID = 4242;

/** Default lengths in IPv4: `ping`'s 56 octets of data, a SYN with options, a small question. The header of IPv6 is 20 longer. */
const SIZES = { icmp: 84, tcp: 60, udp: 60 } as const;

/** What a probe's sender sends. */
export function requestOf(probe: Probe, src: Ip, dst: Ip): Packet {
  const icmp = probe.proto === 'icmp';
  return {
    src,
    dst,
    proto: probe.proto,
    sport: icmp ? ICMP_ID : CLIENT_PORT,
    dport: icmp ? ICMP_ID : (probe.port ?? 0),
    role: 'request',
    ...(icmp && { icmp: 'echo-request' }),
    size: probe.size ?? SIZES[probe.proto] + (src.family === 6 ? 20 : 0),
    df: probe.df ?? probe.proto === 'tcp',
    ttl: 64,
    mark: 0,
  };
}

/** The answer to a packet as its receiver sees it. Of TCP as long as the question, of a `size` too. */
export const replyTo = (w: Walk, p: Packet, machine: Machine): Packet => ({
  src: p.dst,
  dst: p.src,
  proto: p.proto,
  sport: p.dport,
  dport: p.sport,
  role: 'reply',
  ...(p.icmp !== undefined && { icmp: 'echo-reply', sender: 'kernel' as const }),
  // An echo is answered with its own TOS (icmp_reply); sockets have one of their own.
  ...(p.icmp !== undefined && p.tos !== undefined && { tos: p.tos }),
  size: p.size,
  // An echo reply is sent without DF unless the stack's own setting has it; ip_no_pmtu_disc 0 sets it for TCP.
  df: p.proto === 'tcp',
  ttl: 64,
  mark: reflectedMark(w, machine, p),
});
