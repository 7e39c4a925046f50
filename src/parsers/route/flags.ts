import type { NextHop, RouteFact, RouteType } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';

/** What net-tools and /proc/net say of a route: its flags as the letters of `route -n`, and no type, protocol or scope. */
export interface FlaggedRoute {
  readonly family: 4 | 6;
  /** Canonical. */
  readonly prefix: string;
  readonly via?: string;
  /** `*` and `-` stand for none. */
  readonly dev: string;
  readonly flags: string;
  readonly metric?: number;
}

/** `via inet6 …` of a route of IPv4: these listings have room for an address of IPv4, and print none. */
export const HIDDEN_GATEWAY = 'its gateway is of IPv6, which this listing does not name';
export const hidesGateway = ({ family, via, flags }: Pick<FlaggedRoute, 'family' | 'via' | 'flags'>): boolean =>
  family === 4 && flags.includes('G') && (via === undefined || via === '0.0.0.0');

const HOP_FLAGS: readonly (readonly [string, string])[] = [
  ['D', 'redirected'],
  ['M', 'modified'],
];

/** `!` is unreachable or prohibit (fib_flag_trans in fib_trie.c tells no more); a blackhole has no device and no flag. */
function typeOf4(flags: string, dev: string): RouteType {
  if (flags.includes('!')) return 'unreachable';
  return dev === '*' || dev === '-' ? 'blackhole' : 'unicast';
}

/** `Un` is RTF_LOCAL; ff00::/8 stands once a device in the table of local addresses. */
function typeOf6(flags: string, prefix: string): RouteType {
  if (flags.startsWith('!')) return 'unreachable';
  if (flags.startsWith('Un')) return 'local';
  return prefix === 'ff00::/8' ? 'multicast' : 'unicast';
}

/** The fact, or nothing for ip6_null_entry (metric -1), which every kernel shows and no table holds. */
export function flaggedRoute({ family, prefix, via, dev, flags, metric }: FlaggedRoute): Draft<RouteFact> | undefined {
  if (family === 6 && metric === 0xffffffff) return undefined;
  const type = family === 6 ? typeOf6(flags, prefix) : typeOf4(flags, dev);
  const hop: NextHop = {
    ...(via !== undefined && { via }),
    ...(dev !== '-' && dev !== '*' && { dev }),
    flags: HOP_FLAGS.filter(([letter]) => flags.includes(letter)).map(([, name]) => name),
  };
  return {
    kind: 'route',
    family,
    type,
    prefix,
    table: type === 'local' || type === 'multicast' ? 'local' : 'main',
    nexthops: type === 'unreachable' || type === 'blackhole' ? [] : [hop],
    ...(metric !== undefined && metric > 0 && { metric }),
  };
}
