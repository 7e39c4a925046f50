import { isOpen } from '../conntrack.js';
import { ipOf } from '../ip.js';
import { addressValue, type Part } from './nft-value.js';
import { protocolOf } from './packet.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** Bits as nft has them (NF_CT_STATE_BIT, and those of what is not tracked). */
const STATES = { invalid: 1n, established: 2n, related: 4n, new: 8n, untracked: 64n } as const;

/** IPS_*: expected 1, seen-reply 2, assured 4, confirmed 8, snat 16, dnat 32. */
function status(c: HookContext): Part | undefined {
  const { entry, state } = c.conn;
  if (!entry) return undefined;
  let bits = 0n;
  if (entry.answered) bits |= 2n;
  if (entry.answered && isOpen(c.packet.role)) bits |= 4n;
  if (state === 'established') bits |= 8n;
  if (entry.srcNat) bits |= 16n;
  if (entry.dstNat) bits |= 32n;
  return bits;
}

const TUPLE = /^ct (original|reply) (?:(ip6?) )?(saddr|daddr|proto-src|proto-dst|protocol|l3proto)$/;
const FIELDS = { saddr: 'src', daddr: 'dst', 'proto-src': 'sport', 'proto-dst': 'dport' } as const;

function tuplePart(
  c: HookContext,
  ofReply: boolean,
  field: 'saddr' | 'daddr' | 'proto-src' | 'proto-dst',
  name: string,
): Part | undefined {
  const { entry } = c.conn;
  if (!entry) return undefined;
  const value = (ofReply ? entry.reply : entry.original)[FIELDS[field]];
  // Of ICMP the ports are type, code and id.
  if (typeof value === 'number')
    return entry.original.proto === 'icmp' ? unsupported(`${name} of icmp`) : BigInt(value);
  const ip = ipOf(value);
  return ip ? addressValue(ip) : unsupported(name);
}

/** What conntrack knows of the packet (nft_ct_get_eval). Of a packet without a flow only the state can be asked. */
export function ctKey(name: string): (c: HookContext) => Part | undefined {
  const tuple = TUPLE.exec(name);
  if (tuple) {
    const [, direction, family, field = ''] = tuple;
    if (field === 'protocol' || field === 'l3proto') return ctKey(`ct ${field}`);
    return (c) => {
      if (family !== undefined && (family === 'ip') !== (c.packet.src.family === 4)) return undefined;
      return tuplePart(c, direction === 'reply', field as keyof typeof FIELDS, name);
    };
  }
  const tracked =
    (get: (c: HookContext) => Part | undefined) =>
    (c: HookContext): Part | undefined =>
      c.conn.entry ? get(c) : undefined;
  switch (name) {
    case 'ct state':
      return (c) => STATES[c.conn.state];
    case 'ct status':
      return status;
    case 'ct direction':
      return tracked((c) => (c.conn.direction === 'original' ? 0n : 1n));
    case 'ct mark':
      return tracked((c) => BigInt(c.conn.entry?.mark ?? 0));
    // Of the flow that this one was expected by: the walk has none (nft_ct_get_eval).
    case 'ct helper':
      return (c) => (c.conn.state === 'related' ? unsupported(name) : undefined);
    case 'ct protocol':
      return tracked((c) => {
        const number = protocolOf(c.packet);
        return number === undefined ? unsupported(name) : BigInt(number);
      });
    case 'ct l3proto':
      return tracked((c) => (c.packet.src.family === 4 ? 2n : 10n));
    case 'ct zone':
      return tracked((c) => BigInt(c.conn.entry?.original.zone || c.conn.entry?.reply.zone || 0));
    case 'ct original zone':
      return tracked((c) => BigInt(c.conn.entry?.original.zone ?? 0));
    case 'ct reply zone':
      return tracked((c) => BigInt(c.conn.entry?.reply.zone ?? 0));
    default:
      return tracked(() => unsupported(name));
  }
}
