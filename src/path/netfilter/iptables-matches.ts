import { type IptablesMatch, type IptablesOption, type Prefix, parsePrefix } from '../../kit/index.js';
import { doubt } from '../context.js';
import type { Packet } from '../types.js';
import { addressType } from './address-type.js';
import { conntrackOption } from './iptables-conntrack.js';
import { headerOption } from './iptables-header.js';
import { deviceMatches, type Match, markOf, portRange, within } from './iptables-values.js';
import { inSet } from './sets.js';
import { type Answer, invert, isKnown, unsupported } from './tri.js';
import type { HookContext } from './types.js';

function markOption(option: IptablesOption, read: (c: HookContext) => number): Match {
  const mark = markOf(option.values[0]);
  if (!mark || option.name !== '--mark') return () => unsupported(option.name);
  return (c) => ((read(c) & mark.mask) >>> 0 === mark.value) !== option.negated;
}

function addrtypeMatch(match: IptablesMatch): Match {
  const limitIn = match.options.some((o) => o.name === '--limit-iface-in');
  const limitOut = match.options.some((o) => o.name === '--limit-iface-out');
  const asked = match.options.filter((o) => o.name === '--src-type' || o.name === '--dst-type');
  return (c) => {
    const dev = limitIn ? c.iif : limitOut ? c.oif : undefined;
    for (const option of asked) {
      const type = addressType(c.machine, option.name === '--src-type' ? c.packet.src : c.packet.dst, dev);
      if (!isKnown(type as Answer) && typeof type !== 'string') return type;
      const words = option.values.flatMap((v) => v.split(',')).map((w) => w.toLowerCase());
      if (words.includes(type as string) === option.negated) return false;
    }
    return true;
  };
}

function physdevOption(option: IptablesOption): Match {
  const pattern = option.values[0] ?? '';
  switch (option.name) {
    case '--physdev-in':
      return (c) => (c.physIn !== undefined && deviceMatches(pattern, c.physIn)) !== option.negated;
    case '--physdev-out':
      return (c) => (c.physOut !== undefined && deviceMatches(pattern, c.physOut)) !== option.negated;
    case '--physdev-is-bridged':
      return (c) => (c.physIn !== undefined && c.physOut !== undefined) !== option.negated;
    case '--physdev-is-in':
      return (c) => (c.physIn !== undefined) !== option.negated;
    case '--physdev-is-out':
      return (c) => (c.physOut !== undefined) !== option.negated;
    default:
      return () => unsupported(option.name);
  }
}

/** `--mode random --probability P`, `--mode nth --every N --packet P`. Each choice is one outcome of the walk. */
function statisticMatch(match: IptablesMatch, key: string): Match {
  const value = (name: string): string | undefined => match.options.find((o) => o.name === name)?.values[0];
  const negated = match.options.some((o) => o.negated);
  const every = Number(value('--every'));
  const p = value('--mode') === 'nth' ? 1 / every : Number(value('--probability'));
  if (!(p >= 0 && p <= 1)) return () => unsupported('statistic');
  return (c) => {
    if (p === 1) return !negated;
    // A flow is balanced once, at its first packet; what matches each packet is as good as luck.
    const pick = c.walk.choose.balance(`${c.machine.id} ${key} ${c.walk.legs.length}`, [p, 1 - p]);
    return (pick === 0) !== negated;
  };
}

function iprangeOption(option: IptablesOption): Match {
  const [low, high] = (option.values[0] ?? '').split('-').map((t) => parsePrefix(t));
  if (!low || !high) return () => unsupported(option.name);
  const compare = (a: Prefix, b: { readonly words: readonly number[] }): number => {
    for (const [i, w] of a.words.entries()) if (w !== b.words[i]) return w < (b.words[i] ?? 0) ? -1 : 1;
    return 0;
  };
  return (c) => {
    const ip = option.name === '--src-range' ? c.packet.src : c.packet.dst;
    return (compare(low, ip) <= 0 && compare(high, ip) >= 0) !== option.negated;
  };
}

/** The `rpfilter` match (net/ipv4/netfilter/ipt_rpfilter.c). */
function rpfilterMatch(match: IptablesMatch): Match {
  const has = (name: string): boolean => match.options.some((o) => o.name === name);
  return (c) => {
    const { packet, machine, walk } = c;
    let inverted = has('--invert');
    if (c.iif === 'lo') return !inverted;
    const found = machine.fib.lookup(
      { dst: packet.src, src: packet.dst, iif: 'lo', mark: has('--validmark') ? packet.mark : 0 },
      (m) => doubt(walk, m),
    );
    const local = found.kind === 'local' && has('--accept-local');
    if (found.kind !== 'unicast' && !local) return inverted;
    const uses =
      found.kind === 'unicast'
        ? found.nexthops.some((n) => n.dev === c.iif)
        : found.kind === 'local' && found.dev === c.iif;
    inverted = inverted === true;
    return (uses || has('--loose')) !== inverted;
  };
}

/** A UDP packet without a size that was asked for is as long as its program makes it. */
const isAnyLength = ({ proto, size }: Packet): boolean => proto === 'udp' && size === 60;
const LEAST = 29;
const MOST = 1500;

/** Octets of the whole packet (xt_length). */
const length = (option: IptablesOption): Match => {
  const range = portRange((option.values[0] ?? '').replace('-', ':'));
  return (c) => {
    if (!range) return unsupported(option.name);
    if (isAnyLength(c.packet) && !(range[0] <= LEAST && range[1] >= MOST))
      return unsupported('-m length of a UDP packet');
    return within([range], c.packet.size) !== option.negated;
  };
};

/** Each option's own match, for matches whose options stand alone. */
const BY_OPTION: Readonly<Record<string, (option: IptablesOption) => Match>> = {
  tcp: headerOption,
  udp: headerOption,
  udplite: headerOption,
  sctp: headerOption,
  dccp: headerOption,
  multiport: headerOption,
  icmp: headerOption,
  icmp6: headerOption,
  conntrack: conntrackOption,
  state: conntrackOption,
  mark: (o) => markOption(o, (c) => c.packet.mark),
  connmark: (o) => markOption(o, (c) => c.conn.entry?.mark ?? 0),
  physdev: physdevOption,
  iprange: iprangeOption,
  length,
  set: (o) =>
    o.name === '--match-set'
      ? (c) => invert(inSet(c, o.values[0] ?? '', (o.values[1] ?? '').split(',')), o.negated)
      : () => unsupported(o.name),
  pkttype: (o) => () => (o.values[0] === 'unicast' || o.values[0] === 'host') !== o.negated,
  policy: (o) => (o.name === '--pol' ? () => (o.values[0] === 'none') !== o.negated : () => true),
};

/** Protocols that a match needs by itself. */
const NEEDS: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  dccp: 'dccp',
  udplite: 'udplite',
  icmp: 'icmp',
  icmp6: 'icmp',
};

/** `limit` and its like let a single packet through; what they do under load is not known from a dump. */
const LIMITS: ReadonlySet<string> = new Set(['limit', 'hashlimit', 'connlimit', 'connbytes', 'quota', 'rateest']);
const ALWAYS: ReadonlySet<string> = new Set(['comment', 'nfacct']);

/**
 * One `-m` of a rule compiled. `key` names the rule, for choices. A match that this walk does not know answers that it does not.
 */
export function compileMatch(match: IptablesMatch, key: string): Match {
  const { name } = match;
  if (ALWAYS.has(name)) return () => true;
  if (name === 'addrtype') return addrtypeMatch(match);
  if (name === 'statistic') return statisticMatch(match, key);
  if (name === 'rpfilter') return rpfilterMatch(match);
  if (name === 'recent') return recentMatch(match);
  if (LIMITS.has(name)) return () => unsupported(`-m ${name}`);
  const each = BY_OPTION[name];
  if (!each) return () => unsupported(`-m ${name}`);
  const parts = match.options.map(each);
  const proto = NEEDS[name];
  return (c) => {
    if (proto !== undefined && c.packet.proto !== proto) return false;
    let open: Answer = true;
    for (const part of parts) {
      const answer = part(c);
      if (answer === false) return false;
      if (!isKnown(answer)) open = answer;
    }
    return open;
  };
}

/**
 * kube-proxy's session affinity: a new client is in no list yet; where an old one goes is among the outcomes of the choice that follows.
 * Whom other lists hold no dump tells.
 */
function recentMatch(match: IptablesMatch): Match {
  const option = (name: string): IptablesOption | undefined => match.options.find((o) => o.name === name);
  if (option('--set')) return () => true;
  const asks = option('--rcheck') ?? option('--update') ?? option('--remove');
  const name = option('--name')?.values[0] ?? 'DEFAULT';
  return asks && /^KUBE-SEP-/.test(name) ? () => asks.negated : () => unsupported(`-m recent --name ${name}`);
}

export const isLimit = (name: string): boolean => LIMITS.has(name);
