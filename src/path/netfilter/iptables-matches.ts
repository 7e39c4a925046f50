import {
  contains,
  type IptablesMatch,
  type IptablesOption,
  type Prefix,
  parsePrefix,
  portOf,
} from '../../kit/index.js';
import { doubt } from '../context.js';
import { addressType } from './address-type.js';
import { inSet } from './sets.js';
import { type Answer, invert, isKnown, unsupported } from './tri.js';
import type { HookContext } from './types.js';

export type Match = (c: HookContext) => Answer;

const number = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^(0x[0-9a-fA-F]+|\d+)$/.test(text)) return undefined;
  return Number(text);
};

/** `0x4000/0x4000`, `5`. */
export function markOf(text: string | undefined): { readonly value: number; readonly mask: number } | undefined {
  const [value, mask] = (text ?? '').split('/');
  const v = number(value);
  const m = mask === undefined ? 0xffffffff : number(mask);
  return v === undefined || m === undefined ? undefined : { value: v >>> 0, mask: m >>> 0 };
}

/** `53`, `1024:65535`, `:1023`, `domain`. */
function portRange(text: string, _proto: string): readonly [number, number] | undefined {
  const colon = text.indexOf(':');
  const one = (word: string, open: number): number | undefined => (word === '' ? open : (number(word) ?? portOf(word)));
  const low = one(colon === -1 ? text : text.slice(0, colon), 0);
  const high = colon === -1 ? low : one(text.slice(colon + 1), 65535);
  return low === undefined || high === undefined ? undefined : [low, high];
}

const within = (ranges: readonly (readonly [number, number])[], port: number): boolean =>
  ranges.some(([low, high]) => port >= low && port <= high);

/** Ports are those of the packet; a fragment behind the first has none, and is not modelled. */
function ports(option: IptablesOption, which: readonly ('sport' | 'dport')[]): Match {
  const words = option.values.flatMap((v) => v.split(','));
  return (c) => {
    const ranges = words.map((word) => portRange(word, c.packet.proto));
    if (ranges.some((r) => r === undefined)) return unsupported(`port ${words.join(',')}`);
    const held = ranges.filter((r) => r !== undefined);
    return which.some((side) => within(held, c.packet[side])) !== option.negated;
  };
}

const STATES: Readonly<Record<string, (c: HookContext) => boolean>> = {
  NEW: (c) => c.conn.state === 'new',
  ESTABLISHED: (c) => c.conn.state === 'established',
  RELATED: (c) => c.conn.state === 'related',
  INVALID: (c) => c.conn.state === 'invalid',
  UNTRACKED: (c) => c.conn.state === 'untracked',
  SNAT: (c) => c.conn.entry?.srcNat === true,
  DNAT: (c) => c.conn.entry?.dstNat === true,
};

const STATUSES: Readonly<Record<string, (c: HookContext) => boolean>> = {
  NONE: (c) => c.conn.entry === undefined,
  EXPECTED: () => false,
  SEEN_REPLY: (c) => c.conn.entry?.answered === true,
  ASSURED: (c) => c.conn.entry?.answered === true && c.packet.role === 'ack',
  CONFIRMED: (c) => c.conn.state === 'established',
};

const anyOf = (option: IptablesOption, table: Readonly<Record<string, (c: HookContext) => boolean>>): Match => {
  const words = option.values.flatMap((v) => v.split(',')).map((w) => w.toUpperCase());
  if (words.some((w) => !table[w])) return () => unsupported(`${option.name} ${words.join(',')}`);
  return (c) => words.some((w) => table[w]?.(c) === true) !== option.negated;
};

function conntrackOption(option: IptablesOption): Match {
  switch (option.name) {
    case '--ctstate':
    case '--state':
      return anyOf(option, STATES);
    case '--ctstatus':
      return anyOf(option, STATUSES);
    case '--ctdir':
      return (c) =>
        (c.conn.direction === option.values[0]?.toLowerCase()) !== option.negated && c.conn.entry !== undefined;
    case '--ctorigdst':
    case '--ctorigsrc':
    case '--ctrepldst':
    case '--ctreplsrc':
      return tupleAddress(option);
    case '--ctorigdstport':
    case '--ctorigsrcport':
      return tuplePort(option);
    case '--ctproto':
      return (c) => (c.packet.proto === protoName(option.values[0] ?? '')) !== option.negated;
    default:
      return () => unsupported(option.name);
  }
}

function tupleAddress(option: IptablesOption): Match {
  const prefix = parsePrefix(option.values[0] ?? '');
  const ofReply = option.name.includes('repl');
  const side = option.name.endsWith('dst') ? 'dst' : 'src';
  return (c) => {
    const tuple = ofReply ? c.conn.entry?.reply : c.conn.entry?.original;
    const address = tuple && parsePrefix(tuple[side]);
    if (!prefix) return unsupported(option.name);
    return tuple !== undefined && (address !== undefined && contains(prefix, address)) !== option.negated;
  };
}

function tuplePort(option: IptablesOption): Match {
  const side = option.name.includes('dst') ? 'dport' : 'sport';
  return (c) => {
    const range = portRange(option.values[0] ?? '', c.packet.proto);
    const tuple = c.conn.entry?.original;
    return range === undefined
      ? unsupported(option.name)
      : tuple !== undefined && within([range], tuple[side]) !== option.negated;
  };
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '4': 'ipip',
  '6': 'tcp',
  '17': 'udp',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'icmp',
  '89': 'ospf',
  '132': 'sctp',
  ipencap: 'ipip',
  ipv4: 'ipip',
  'ipv6-icmp': 'icmp',
  icmpv6: 'icmp',
  'ipv6-crypt': 'esp',
};

/** The walk's name of a protocol: numbers and the names of /etc/protocols. */
export const protoName = (word: string): string => PROTOCOLS[word.toLowerCase()] ?? word.toLowerCase();

/** `eth+` matches every device that begins with `eth`. */
export const deviceMatches = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

function tcpFlags(option: IptablesOption): Match {
  const [mask = '', comp = ''] = option.values;
  const set = (words: string): ReadonlySet<string> =>
    new Set(words === 'ALL' ? ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] : words === 'NONE' ? [] : words.split(','));
  const masked = set(mask);
  const wanted = set(comp);
  return (c) => {
    const flags = flagsOf(c);
    return [...masked].every((f) => flags.has(f) === wanted.has(f)) !== option.negated;
  };
}

/** Flags of a handshake's packets. */
export const flagsOf = (c: HookContext): ReadonlySet<string> =>
  c.packet.role === 'request' ? SYN : c.packet.role === 'reply' ? SYN_ACK : ACK;
const SYN = new Set(['SYN']);
const SYN_ACK = new Set(['SYN', 'ACK']);
const ACK = new Set(['ACK', 'PSH']);

const ICMP_TYPES: Readonly<Record<string, readonly string[]>> = {
  '8': ['echo-request'],
  '0': ['echo-reply'],
  'echo-request': ['echo-request'],
  ping: ['echo-request'],
  'echo-reply': ['echo-reply'],
  pong: ['echo-reply'],
  '128': ['echo-request'],
  '129': ['echo-reply'],
  '3': ['destination-unreachable'],
  'destination-unreachable': ['destination-unreachable'],
  '3/4': ['destination-unreachable/4'],
  'fragmentation-needed': ['destination-unreachable/4'],
  '11': ['time-exceeded'],
  'time-exceeded': ['time-exceeded'],
};

function icmpType(option: IptablesOption): Match {
  const word = option.values[0] ?? '';
  if (word === 'any' || word === '255') return () => !option.negated;
  const types = ICMP_TYPES[word.replace(/^(\d+)\/0$/, '$1')];
  return (c) => {
    const own = c.packet.icmp ?? '';
    return (types?.some((t) => own === t || own.startsWith(`${t}/`)) ?? false) !== option.negated;
  };
}

/** `-m tcp`, `-m udp`, `-m icmp` and those that share their options. */
function headerOption(option: IptablesOption): Match {
  switch (option.name) {
    case '--dport':
    case '--destination-port':
      return ports(option, ['dport']);
    case '--sport':
    case '--source-port':
      return ports(option, ['sport']);
    case '--dports':
    case '--destination-ports':
      return ports(option, ['dport']);
    case '--sports':
    case '--source-ports':
      return ports(option, ['sport']);
    case '--ports':
      return ports(option, ['sport', 'dport']);
    case '--tcp-flags':
      return tcpFlags(option);
    case '--syn':
      return (c) => (c.packet.role === 'request') !== option.negated;
    case '--icmp-type':
    case '--icmpv6-type':
      return icmpType(option);
    default:
      return () => unsupported(option.name);
  }
}

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

const length = (option: IptablesOption): Match => {
  const range = portRange((option.values[0] ?? '').replace('-', ':'), 'tcp');
  return (c) => (range ? within([range], c.packet.size) !== option.negated : unsupported(option.name));
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

/** Session affinity: a new client is in no list yet; where an old one goes is among the outcomes of the choice that follows. */
function recentMatch(match: IptablesMatch): Match {
  const has = (name: string): IptablesOption | undefined => match.options.find((o) => o.name === name);
  if (has('--set')) return () => true;
  const asks = has('--rcheck') ?? has('--update') ?? has('--remove');
  return asks ? () => asks.negated : () => unsupported('-m recent');
}

export const isLimit = (name: string): boolean => LIMITS.has(name);
