import type { RouteFact } from '../../facts/index.js';
import { type Address, contains, type Prefix, parseAddress, parsePrefix } from '../../kit/index.js';

const parsed = new WeakMap<RouteFact, Prefix>();

/** The route's prefix as numbers, parsed once. */
export function prefixOf(route: RouteFact): Prefix | undefined {
  const known = parsed.get(route);
  if (known) return known;
  const prefix = parsePrefix(route.prefix);
  if (prefix) parsed.set(route, prefix);
  return prefix;
}

const metricOf = (route: RouteFact): number => route.metric ?? (route.family === 6 ? 1024 : 0);

/**
 * Longest prefix, then lowest metric (fib_table_lookup; absent metric = 0 for IPv4, 1024 for IPv6). Policy rules, `throw`
 * and link state are the packet walk's business. `routes` are of one table.
 */
export function longestPrefix(routes: readonly RouteFact[], destination: Address | string): RouteFact | undefined {
  const address = typeof destination === 'string' ? parseAddress(destination) : destination;
  if (!address) return undefined;
  let best: { route: RouteFact; length: number } | undefined;
  for (const route of routes) {
    const prefix = route.family === address.family && !route.lookup ? prefixOf(route) : undefined;
    if (!prefix || !contains(prefix, address)) continue;
    if (
      !best ||
      prefix.length > best.length ||
      (prefix.length === best.length && metricOf(route) < metricOf(best.route))
    )
      best = { route, length: prefix.length };
  }
  return best?.route;
}

/** Routes of the table that a packet meets without policy rules. */
export const mainTable = (routes: readonly RouteFact[]): readonly RouteFact[] =>
  routes.filter((r) => r.table === 'main' && !r.lookup);

/** Local delivery: `table local` entries and addresses are the packet walk's; here: is the route directly connected? */
export const isConnected = (route: RouteFact): boolean =>
  route.type === 'unicast' && route.nexthops.some((n) => n.dev !== undefined && n.via === undefined);
