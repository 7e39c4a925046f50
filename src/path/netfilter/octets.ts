import { isOpen } from '../conntrack.js';
import type { Packet } from '../types.js';
import { flagBits, icmpCode, icmpNumber, protocolOf } from './packet.js';

/** A number of which not all bits are known: those of `open` may be anything. */
export interface Bits {
  readonly value: number;
  readonly open: number;
}

const OPEN: Bits = { value: 0, open: 0xff };
const exactly = (value: number): Bits => ({ value: value & 0xff, open: 0 });
const two = (value: number): readonly Bits[] => [exactly(value >>> 8), exactly(value)];
const open = (count: number): readonly Bits[] => Array.from({ length: count }, () => OPEN);
const words = (list: readonly number[]): readonly Bits[] =>
  list.flatMap((w) => [exactly(w >>> 24), exactly(w >>> 16), exactly(w >>> 8), exactly(w)]);

/** A UDP packet, or TCP's first data, without a size that was asked for: as long as their program makes them. */
export const isAnyLength = ({ src, proto, role, size }: Packet): boolean =>
  size === (src.family === 4 ? 60 : 80) && (proto === 'udp' || (proto === 'tcp' && isOpen(role)));

function transport(p: Packet): readonly Bits[] {
  const length = isAnyLength(p) ? open(2) : two(p.size - (p.src.family === 4 ? 20 : 40));
  switch (p.proto) {
    case 'icmp': {
      const [type, code] = [icmpNumber(p), icmpCode(p)];
      return [type === undefined ? OPEN : exactly(type), code === undefined ? OPEN : exactly(code), ...open(6)];
    }
    case 'udp':
      return [...two(p.sport), ...two(p.dport), ...length, ...open(2)];
    case 'tcp':
      // Which options a SYN has, and with them the length of its header, is the sender's matter.
      return [...two(p.sport), ...two(p.dport), ...open(8), { value: 0, open: 0xf0 }, exactly(flagBits(p)), ...open(6)];
    default:
      return [];
  }
}

/** What leaves a match on the TTL open. */
export const ANY_TTL = 'TTL of what comes from outside';

const hops = ({ ttl, anyTtl }: Packet): Bits => (anyTtl ? OPEN : exactly(ttl));

/** The packet from its IP header on, as far as the walk knows it. Undefined octets are data. */
export function octets(p: Packet): readonly Bits[] {
  const protocol = protocolOf(p);
  const next = protocol === undefined ? OPEN : exactly(protocol);
  const tos = p.tos ?? 0;
  const size = isAnyLength(p);
  if (p.src.family === 4)
    return [
      ...[exactly(0x45), exactly(tos), ...(size ? open(2) : two(p.size)), ...open(2)],
      ...[exactly(p.df ? 0x40 : 0), exactly(0), hops(p), next, ...open(2)],
      ...words(p.src.words),
      ...words(p.dst.words),
      ...transport(p),
    ];
  return [
    ...[exactly(0x60 | (tos >>> 4)), { value: (tos << 4) & 0xf0, open: 0x0f }, ...open(2)],
    ...(size ? open(2) : two(p.size - 40)),
    ...[next, hops(p)],
    ...words(p.src.words),
    ...words(p.dst.words),
    ...transport(p),
  ];
}

/** A number of `count` octets; undefined: the packet ends before. */
export function load(p: Packet, at: number, count: number): Bits | undefined {
  const known = octets(p);
  if (at < 0 || (at + count > p.size && !isAnyLength(p))) return undefined;
  let value = 0;
  let unknown = 0;
  for (let i = 0; i < count; i++) {
    const octet = known[at + i] ?? OPEN;
    value = ((value << 8) | octet.value) >>> 0;
    unknown = ((unknown << 8) | octet.open) >>> 0;
  }
  return { value, open: unknown };
}

/** Is it between the two? Undefined: its open bits decide. */
export function isWithin({ value, open: unknown }: Bits, low: number, high: number): boolean | undefined {
  if (low === high && ((value ^ low) & ~unknown) !== 0) return false;
  const least = (value & ~unknown) >>> 0;
  const most = (value | unknown) >>> 0;
  if (most < low || least > high) return false;
  return least >= low && most <= high ? true : undefined;
}
