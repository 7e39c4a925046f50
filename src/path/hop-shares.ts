import type { Missing } from '../model/types.js';
import type { FibMachine, Found } from './fib.js';

/**
 * The share of flows that each of several next hops gets is counted when the route or a link changes, without those that have no carrier where that is to
 * be heeded (fib_rebalance; of IPv6 rt6_multipath_rebalance). Whoever turns `ignore_routes_with_linkdown` on later changes no share: the hop is shown
 * as dead, and flows go on being sent there. Which came first no listing tells.
 */
export function lingeringHop(machine: FibMachine, found: Found): Missing | undefined {
  if (found.kind !== 'unicast' || found.route.nexthops.length < 2) return undefined;
  const { route, nexthops } = found;
  const hop = route.nexthops.find((n) => !nexthops.includes(n) && machine.linkless(n));
  return (
    hop && {
      input: `whether next hop ${hop.via ?? hop.dev} of ${route.prefix}, which has no carrier, still gets its share`,
      reason: 'not-comparable',
      detail:
        'shares are counted anew when the route or the link changes, and not when ignore_routes_with_linkdown does',
      ...(route.at !== 0 && { at: route.at }),
    }
  );
}
