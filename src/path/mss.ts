import type { Found } from './fib.js';
import type { Machine } from './machine.js';
import type { Packet } from './types.js';

/** IP's header with TCP's, and the least that each family asks for (net.ipv4.route.min_adv_mss, net.ipv6.route.min_adv_mss). */
const HEADERS = { 4: 40, 6: 60 } as const;
const LEAST = { 4: 256, 6: 1220 } as const;
const MOST = { 4: 65_535 - 40, 6: 65_535 } as const;

/** The longest segment that a SYN or its answer asks for: what fits the route to the other end (ipv4_default_advmss, ip6_default_advmss). */
export function mssOf(machine: Machine, found: Found, { proto, role, src: { family } }: Packet): number | undefined {
  if (proto !== 'tcp' || (role !== 'request' && role !== 'reply')) return undefined;
  if (found.kind !== 'unicast' && found.kind !== 'local') return undefined;
  const dev = found.kind === 'local' ? 'lo' : found.nexthops[0]?.dev;
  const mtu = found.route.mtu ?? machine.devices.get(dev ?? '')?.mtu;
  return mtu === undefined ? undefined : Math.min(MOST[family], Math.max(LEAST[family], mtu - HEADERS[family]));
}
