import { protocolNumber } from '../../kit/index.js';
import type { Walk } from '../context.js';
import type { Packet } from '../types.js';

/** Number of what the packet carries. */
export function protocolOf({ proto, src }: Packet): number | undefined {
  // The registry calls protocol 94 by the name that all others have for 4.
  if (proto === 'ipip') return 4;
  return proto === 'icmp' && src.family === 6 ? 58 : protocolNumber(proto);
}

/** The walk's words for ICMP, and their types. */
const ICMP: Readonly<Record<string, number>> = {
  'echo-request': 8,
  'echo-reply': 0,
  'destination-unreachable': 3,
  'time-exceeded': 11,
};
const ICMPV6: Readonly<Record<string, number>> = {
  'echo-request': 128,
  'echo-reply': 129,
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
};

export const icmpNumber = ({ icmp, src }: Packet): number | undefined =>
  (src.family === 4 ? ICMP : ICMPV6)[(icmp ?? '').split('/')[0] ?? ''];

/** `destination-unreachable/4` tells its code; echoes have none. */
export function icmpCode({ icmp = '' }: Packet): number | undefined {
  const code = /\/(\d+)$/.exec(icmp)?.[1];
  return code !== undefined ? Number(code) : /^(?:echo|nd)-/.test(icmp) ? 0 : undefined;
}

/** TCP flags of a handshake's packets; the third carries data. Who asks for those of the answer is asked again about the data behind it. */
export function flagNames({ role, reset }: Packet, w?: Walk): readonly string[] {
  if (reset) return ['RST', 'ACK'];
  if (w && role === 'reply') w.asksData = true;
  return role === 'request' ? ['SYN'] : role === 'reply' ? ['SYN', 'ACK'] : ['ACK', 'PSH'];
}

const BITS: Readonly<Record<string, number>> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 };
export const flagBits = (packet: Packet, w?: Walk): number =>
  flagNames(packet, w).reduce((all, name) => all | (BITS[name] ?? 0), 0);
