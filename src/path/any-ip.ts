import { contains, type Prefix, parsePrefix } from '../kit/index.js';
import { tableName } from './fib.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';

interface LocalPrefix {
  readonly prefix: Prefix;
  readonly dev: string;
}
const prefixes = new WeakMap<Machine, readonly LocalPrefix[]>();

/** `local 10.0.0.0/24 dev lo`: whole networks that are this host's (AnyIP). */
export function localPrefixes(machine: Machine): readonly LocalPrefix[] {
  const known = prefixes.get(machine);
  if (known) return known;
  const made = machine
    .facts('route')
    .filter((r) => r.type === 'local' && tableName(r.table) === 'local' && !/\/(?:32|128)$/.test(r.prefix))
    .flatMap((r) => {
      const prefix = parsePrefix(r.prefix);
      return prefix ? [{ prefix, dev: r.nexthops[0]?.dev ?? 'lo' }] : [];
    });
  prefixes.set(machine, made);
  return made;
}

/** Is the address one of a network that is this host's as a whole, as 127.0.0.0/8 is (__ip_dev_find)? */
export const holdsPrefix = (machine: Machine, ip: Ip): boolean =>
  (ip.family === 4 && (ip.words[0] ?? 0) >>> 24 === 127) || localPrefixes(machine).some((p) => contains(p.prefix, ip));
