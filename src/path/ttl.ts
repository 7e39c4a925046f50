import type { At } from '../kit/index.js';
import type { Walk } from './context.js';
import type { Found } from './fib.js';
import type { Machine } from './machine.js';
import type { Packet } from './types.js';
import { doubtSetting } from './withheld.js';

/** A packet's first TTL, and the line that sets it where that is not as every stack has it. */
export interface Ttl {
  readonly value: number;
  readonly at?: At | undefined;
}
const USUAL = 64;

/** What a stack's own packets begin with; 64 unless somebody set it. Of IPv6 each device has its own, once it is known. */
export function defaultTtl(machine: Machine, family: 4 | 6 = 4): Ttl {
  const set = family === 4 ? machine.sysctl('net.ipv4.ip_default_ttl') : machine.confAll(6, 'hop_limit');
  return { value: Number(set?.value ?? USUAL), at: set?.at };
}

/** TTL that a route gives what is sent by it: its own (RTAX_HOPLIMIT, where 0 says nothing), and of IPv6 the device's. */
export function ttlBy(w: Walk, machine: Machine, found: Found): Ttl | undefined {
  if (found.kind !== 'unicast') return undefined;
  if (found.route.hopLimit) return { value: found.route.hopLimit, at: found.route.at };
  if (found.route.family === 4) {
    doubtSetting(w, machine, 'net.ipv4.ip_default_ttl');
    return undefined;
  }
  const dev = found.nexthops[0]?.dev ?? '';
  doubtSetting(w, machine, `net.ipv6.conf.${dev}.hop_limit`);
  return machine.conf(6, 'hop_limit', dev) ?? defaultTtl(machine, 6);
}

/** Gives a packet its TTL. A line that makes it shorter than usual is told of where it runs out. */
export function startWith(packet: Packet, ttl: Ttl | undefined): void {
  if (!ttl) return;
  packet.ttl = ttl.value;
  if (ttl.at !== undefined && ttl.value < USUAL) packet.ttlSetBy = ttl.at;
  else delete packet.ttlSetBy;
}
