import { contains } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import { localPrefixes } from '../any-ip.js';
import type { Machine } from '../machine.js';
import type { Ip } from '../types.js';
import type { Answer } from './tri.js';

/** Type of an address as the table `local` has it (inet_addr_type): anything it does not hold is unicast. `dev`: on this device only. */
export function addressType(machine: Machine, ip: Ip, dev?: string): string | Missing {
  if (ip.family === 4) {
    const first = (ip.words[0] ?? 0) >>> 24;
    if (first >= 224 && first < 240) return 'multicast';
    if (ip.text === '255.255.255.255') return 'broadcast';
    if (first === 127) return dev === undefined || dev === 'lo' ? 'local' : 'unicast';
  } else if ((ip.words[0] ?? 0) >>> 24 === 255) return 'multicast';
  const own = machine.local.get(ip.text);
  if (own) return dev === undefined || own.dev === dev ? 'local' : 'unicast';
  const wide = localPrefixes(machine).find((r) => contains(r.prefix, ip));
  if (wide) return dev === undefined || wide.dev === dev ? 'local' : 'unicast';
  for (const device of machine.devices.values())
    for (const a of device.addresses)
      if (a.prefix.family === 4 && a.prefix.length < 31 && isBroadcast(a.prefix, ip)) return 'broadcast';
  return machine.missing('address') ?? 'unicast';
}

const isBroadcast = (prefix: { readonly words: readonly number[]; readonly length: number }, ip: Ip): boolean =>
  ip.family === 4 && (ip.words[0] ?? 0) === ((prefix.words[0] ?? 0) | (0xffffffff >>> prefix.length)) >>> 0;

/** Has an address of IPv6 all the types (match_type6)? Own ones are unicast as well, and `dev` is asked for own addresses only. */
export function isType6(machine: Machine, ip: Ip, words: readonly string[], dev?: string): Answer {
  const multicast = (ip.words[0] ?? 0) >>> 24 === 255;
  if (words.includes('multicast') && !multicast) return false;
  const unspecified = ip.words.every((w) => w === 0);
  if (words.includes('unicast') && (multicast || unspecified)) return false;
  if (words.includes('unspec') && !unspecified) return false;
  if (!words.some((w) => ['local', 'anycast', 'prohibit', 'unreachable'].includes(w))) return true;
  const type = addressType(machine, ip, dev);
  return typeof type === 'string' ? words.includes(type) : type;
}
