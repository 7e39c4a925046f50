import type { RouteFact } from '../facts/index.js';
import { contains, hostOf, type Prefix, parsePrefix } from '../kit/index.js';
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
    .filter(
      (r) =>
        r.type === 'local' &&
        !r.lookup &&
        /^(?:local|main)$/.test(tableName(r.table)) &&
        hostOf(r.prefix) === undefined,
    )
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

const own = new WeakMap<Machine, boolean>();

/** Has somebody added rules of policy routing, or local routes that no address brings (fib_has_custom_rules, fib_has_custom_local_routes)? */
export function hasOwnRules(machine: Machine): boolean {
  const known = own.get(machine);
  if (known !== undefined) return known;
  const held = new Set([...machine.devices.values()].flatMap((d) => d.addresses.map((a) => a.ip.text)));
  const isOwn = (r: RouteFact): boolean =>
    r.family === 4 &&
    r.type === 'local' &&
    r.proto !== 'kernel' &&
    !r.lookup &&
    !r.prefix.startsWith('127.') &&
    !held.has(r.prefix.replace(/\/32$/, ''));
  const made =
    machine.facts('policy-rule').some((r) => r.family === 4 && r.priority !== 0 && r.priority < 32766) ||
    machine.facts('route').some(isOwn);
  own.set(machine, made);
  return made;
}
