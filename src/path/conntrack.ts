import type { Machine } from './machine.js';
import type { Ip, Packet, Role } from './types.js';

/** Of an open TCP connection. */
export const isOpen = (role: Role): boolean => role === 'ack' || role === 'data';

/** Both ways of a flow. For ICMP the id of the echo is both ports. */
export interface Tuple {
  readonly proto: string;
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  /** Zone of that direction; 0 unless a rule says another. */
  readonly zone?: number;
}

/** Zones of a packet for either direction that its flow may have: flows of different zones know nothing of each other. */
export interface Zones {
  readonly original: number;
  readonly reply: number;
}

/** One flow as a stack tracks it (struct nf_conn). */
export interface Entry {
  readonly original: Tuple;
  /** What an answer to the packet, as it leaves this stack, looks like. */
  reply: Tuple;
  /** Which sides of the original packet are translated (IPS_SRC_NAT, IPS_DST_NAT). */
  srcNat: boolean;
  dstNat: boolean;
  /** The translation was decided, if only to leave the packet as it is (IPS_SRC_NAT_DONE, IPS_DST_NAT_DONE). */
  srcDone: boolean;
  dstDone: boolean;
  /** An answer was seen: the flow is established. */
  answered: boolean;
  mark: number;
  labels?: ReadonlySet<string>;
}

export const tupleOf = (p: Packet): Tuple => ({
  proto: p.proto,
  src: p.src.text,
  dst: p.dst.text,
  sport: p.sport,
  dport: p.dport,
});

export const inverse = (t: Tuple): Tuple => ({
  proto: t.proto,
  src: t.dst,
  dst: t.src,
  sport: t.dport,
  dport: t.sport,
});

const same = (a: Tuple, b: Tuple): boolean =>
  a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport && a.proto === b.proto;

/** The flows of all stacks in one walk. */
export interface Connections {
  find(
    machine: Machine,
    tuple: Tuple,
    zones?: Zones,
  ): { readonly entry: Entry; readonly direction: 'original' | 'reply' } | undefined;
  create(machine: Machine, tuple: Tuple, zones?: Zones): Entry;
  /** A flow that the stack had before the walk. */
  hold(machine: Machine, entry: Entry): void;
  /** Another source port for a flow whose answers would be taken for another one's (nf_nat_used_tuple, nf_nat_l4proto_unique_tuple). */
  makeUnique(machine: Machine, entry: Entry): void;
}

export function makeConnections(): Connections {
  const byMachine = new Map<string, Entry[]>();
  const hold = (machine: Machine, entry: Entry): void => {
    const list = byMachine.get(machine.id);
    if (list) list.push(entry);
    else byMachine.set(machine.id, [entry]);
  };
  return {
    hold,
    find(machine, tuple, zones) {
      const isIn = (own: Tuple, zone = 0): boolean => same(own, tuple) && (own.zone ?? 0) === zone;
      for (const entry of byMachine.get(machine.id) ?? []) {
        if (isIn(entry.original, zones?.original)) return { entry, direction: 'original' };
        if (isIn(entry.reply, zones?.reply)) return { entry, direction: 'reply' };
      }
      return undefined;
    },
    create(machine, tuple, zones) {
      const entry: Entry = {
        original: zones ? { ...tuple, zone: zones.original } : tuple,
        reply: zones ? { ...inverse(tuple), zone: zones.reply } : inverse(tuple),
        srcNat: false,
        dstNat: false,
        srcDone: false,
        dstDone: false,
        answered: false,
        mark: 0,
      };
      hold(machine, entry);
      return entry;
    },
    makeUnique(machine, entry) {
      const others = (byMachine.get(machine.id) ?? []).filter((e) => e !== entry);
      const isTaken = (): boolean =>
        others.some((e) => same(e.reply, entry.reply) && (e.reply.zone ?? 0) === (entry.reply.zone ?? 0));
      for (let port = 1024; isTaken() && port < 65536; port++) setNat(entry, 'src', { port });
    },
  };
}

/**
 * May the first packet that a stack sees of a flow begin one? A SYN and ACK or a reset cannot (tcp_new), nor an echo reply (icmp_new); an ACK
 * can while `nf_conntrack_tcp_loose` is on, which it is.
 */
export function mayBegin(p: Packet, loose: boolean): boolean {
  if (p.proto === 'icmp') return p.icmp === 'echo-request';
  if (p.proto === 'tcp') return p.role === 'request' || (isOpen(p.role) && loose);
  return true;
}

/** Changes a packet as its flow's translation says (nf_nat_packet). `ip` makes an address of a text. */
export function translate(
  p: Packet,
  entry: Entry,
  direction: 'original' | 'reply',
  side: 'src' | 'dst',
  ip: (text: string) => Ip,
): boolean {
  // The answer is translated on its other side: what DNAT did to the destination is undone at the source.
  const applies =
    direction === 'original'
      ? side === 'src'
        ? entry.srcNat
        : entry.dstNat
      : side === 'src'
        ? entry.dstNat
        : entry.srcNat;
  if (!applies) return false;
  if (p.about) translateInside(p.about, entry, direction, side, ip);
  const target = direction === 'original' ? inverse(entry.reply) : inverse(entry.original);
  if (side === 'src') {
    p.src = ip(target.src);
    p.sport = target.sport;
    if (p.proto === 'icmp') p.dport = target.sport;
  } else {
    p.dst = ip(target.dst);
    p.dport = target.dport;
    if (p.proto === 'icmp') p.sport = target.dport;
  }
  return true;
}

/** What an ICMP error quotes is the packet as the flow's other side knows it (nf_nat_icmp_reply_translation). */
function translateInside(
  p: Packet,
  entry: Entry,
  direction: 'original' | 'reply',
  side: 'src' | 'dst',
  ip: (text: string) => Ip,
): void {
  const quoted = direction === 'reply' ? entry.original : entry.reply;
  if (side === 'src') {
    p.dst = ip(quoted.dst);
    p.dport = quoted.dport;
  } else {
    p.src = ip(quoted.src);
    p.sport = quoted.sport;
  }
}

/** A first packet's new address, noted in its flow; what the packet itself looks like follows at the end of the hook. */
export function setNat(entry: Entry, side: 'src' | 'dst', to: { readonly ip?: Ip; readonly port?: number }): void {
  const { reply } = entry;
  if (side === 'dst') {
    entry.reply = { ...reply, src: to.ip?.text ?? reply.src, sport: to.port ?? reply.sport };
    entry.dstDone = true;
    entry.dstNat = entry.reply.src !== entry.original.dst || entry.reply.sport !== entry.original.dport;
  } else {
    const dport = to.port ?? reply.dport;
    entry.reply = { ...reply, dst: to.ip?.text ?? reply.dst, dport, ...(reply.proto === 'icmp' && { sport: dport }) };
    entry.srcDone = true;
    entry.srcNat = entry.reply.dst !== entry.original.src || entry.reply.dport !== entry.original.sport;
  }
}
