import { type IptablesMatch, type IptablesOption, type Prefix, parsePrefix } from '../../kit/index.js';
import { type Match, portRange, within } from './iptables-values.js';
import { ANY_TTL, isAnyLength } from './octets.js';
import { type Answer, unsupported } from './tri.js';

/** Matches on fields of the IP header. */

/** TTL of IPv4, hop limit of IPv6 (xt_hl.c). */
export function ttlOption(option: IptablesOption): Match {
  const wanted = Number(option.values[0]);
  const how = /^--(?:ttl|hl)-(eq|lt|gt)$/.exec(option.name)?.[1];
  return (c) => {
    if (how === undefined || Number.isNaN(wanted)) return unsupported(option.name);
    const { ttl, anyTtl } = c.packet;
    if (anyTtl) return unsupported(ANY_TTL);
    return (how === 'eq' ? ttl === wanted : how === 'lt' ? ttl < wanted : ttl > wanted) !== option.negated;
  };
}

/** Names of /etc/iproute2/rt_dsfield are no numbers here; iptables-save prints numbers. */
const CLASSES: Readonly<Record<string, number>> = { EF: 46, BE: 0 };
function classOf(word: string): number | undefined {
  const cs = /^CS([0-7])$/i.exec(word);
  if (cs) return Number(cs[1]) << 3;
  const af = /^AF([1-4])([1-3])$/i.exec(word);
  if (af) return (Number(af[1]) << 3) | (Number(af[2]) << 1);
  return CLASSES[word.toUpperCase()];
}

/** The value of a DSCP option, of a match or of the target. */
export function dscpOf({ name, values }: IptablesOption): number | undefined {
  const word = values[0] ?? '';
  if (name.endsWith('-class')) return classOf(word);
  const value = Number(word);
  return word === '' || Number.isNaN(value) ? undefined : value;
}

export function dscpOption(option: IptablesOption): Match {
  const wanted = dscpOf(option);
  return (c) =>
    wanted === undefined ? unsupported(option.name) : ((c.packet.tos ?? 0) >>> 2 === wanted) !== option.negated;
}

const TOS_NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 16,
  'maximize-throughput': 8,
  'maximize-reliability': 4,
  'minimize-cost': 2,
  'normal-service': 0,
};

/** `0x10/0x3f`, `Minimize-Delay`: names are of the bits that they may have. */
export function tosOf(word: string): { readonly value: number; readonly mask: number } | undefined {
  const named = TOS_NAMES[word.toLowerCase()];
  if (named !== undefined) return { value: named, mask: 0x3f };
  const [value, mask] = word.split('/').map(Number);
  if (value === undefined || Number.isNaN(value) || (mask !== undefined && Number.isNaN(mask))) return undefined;
  return { value, mask: mask ?? 0xff };
}

export function tosOption(option: IptablesOption): Match {
  const wanted = tosOf(option.values[0] ?? '');
  return (c) =>
    wanted === undefined
      ? unsupported(option.name)
      : (((c.packet.tos ?? 0) & wanted.mask) === wanted.value) !== option.negated;
}

/** Senders ask for ECN where somebody turned it on; by default they only take it (net.ipv4.tcp_ecn 2). */
export function ecnOption(option: IptablesOption): Match {
  return (c) => {
    if (option.name === '--ecn-ip-ect')
      return (((c.packet.tos ?? 0) & 3) === Number(option.values[0])) !== option.negated;
    if (c.packet.proto !== 'tcp') return false;
    const setting = c.machine.sysctl('net.ipv4.tcp_ecn')?.value ?? '2';
    return setting === '2' || setting === '0' ? option.negated : unsupported(option.name);
  };
}

/** Octets of a packet that a probe names no length of: no program sends less, and a first one is no longer than a card takes. */
export const LEAST = 29;
export const MOST = 1500;

/** What a probe without a length sends is short: any host takes so much at once (RFC 791). How long packets fare is asked with their length. */
const SHORT = 576;

/** Octets of the whole packet (xt_length.c). */
export function lengthOption(option: IptablesOption): Match {
  const range = portRange((option.values[0] ?? '').replace('-', ':'));
  return (c) => {
    if (!range) return unsupported(option.name);
    if (isAnyLength(c.packet)) {
      if (range[0] > SHORT || range[1] < LEAST) return option.negated;
      return range[0] <= LEAST && range[1] >= SHORT ? !option.negated : unsupported('-m length of a packet with data');
    }
    return within([range], c.packet.size) !== option.negated;
  };
}

/** Words of an address as numbers in order. */
function compare(a: Prefix, b: { readonly words: readonly number[] }): number {
  for (const [i, w] of a.words.entries()) if (w !== b.words[i]) return w < (b.words[i] ?? 0) ? -1 : 1;
  return 0;
}

export function iprangeOption(option: IptablesOption): Match {
  const [low, high] = (option.values[0] ?? '').split('-').map((t) => parsePrefix(t));
  if (!low || !high) return () => unsupported(option.name);
  return (c) => {
    const ip = option.name === '--src-range' ? c.packet.src : c.packet.dst;
    return (compare(low, ip) <= 0 && compare(high, ip) >= 0) !== option.negated;
  };
}

/** Headers of IPv6 in between: no packet of the walk has any (ip6t_ipv6header.c). */
export function ipv6headerMatch({ options }: IptablesMatch): Match {
  const header = options.find((o) => o.name === '--header');
  const soft = options.some((o) => o.name === '--soft');
  const asked = new Set((header?.values ?? []).flatMap((v) => v.split(',')));
  const isData = (word: string): boolean => word === 'prot' || word === 'proto';
  return (): Answer => {
    if (!header || header.negated) return unsupported('-m ipv6header');
    return soft ? [...asked].every(isData) : asked.size === 1 && [...asked].every(isData);
  };
}
