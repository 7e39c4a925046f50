import type { Walk } from './context.js';
import type { Found } from './fib.js';
import type { Machine } from './machine.js';
import { doubtSetting } from './withheld.js';

/** What a stack's own packets begin with; 64 unless somebody set it. Of IPv6 each device has its own, once it is known. */
export const defaultTtl = (machine: Machine, family: 4 | 6 = 4): number =>
  Number((family === 4 ? machine.sysctl('net.ipv4.ip_default_ttl') : machine.confAll(6, 'hop_limit'))?.value ?? 64);

/** TTL that a route gives what is sent by it: its own (RTAX_HOPLIMIT, where 0 says nothing), and of IPv6 the device's. */
export function ttlBy(w: Walk, machine: Machine, found: Found): number | undefined {
  if (found.kind !== 'unicast') return undefined;
  if (found.route.hopLimit) return found.route.hopLimit;
  if (found.route.family === 4) {
    doubtSetting(w, machine, 'net.ipv4.ip_default_ttl');
    return undefined;
  }
  const dev = found.nexthops[0]?.dev ?? '';
  doubtSetting(w, machine, `net.ipv6.conf.${dev}.hop_limit`);
  return machine.conf(6, 'hop_limit', dev)?.value ?? defaultTtl(machine, 6);
}
