import type { Kind, LinkFact, RouteFact } from '../facts/index.js';
import type { Fact } from '../kit/index.js';

/**
 * `ip -d link` and a later plain `ip addr` speak of one device, and only the first says what it is: the later line counts, what it
 * does not print stays. A device made anew (other index or MAC) starts from nothing. Evidence is the line that tells more.
 */
export function joined(before: Fact, after: Fact): Fact {
  if (before.kind === 'route' && after.kind === 'route') return sameRoute(before as RouteFact, after as RouteFact);
  if (before.kind === after.kind && isObject(before)) return richer(before, after);
  if (before.kind !== 'link' || after.kind !== 'link') return after;
  const [old, now] = [before as LinkFact, after as LinkFact];
  const same = (a: unknown, b: unknown) => a === undefined || b === undefined || a === b;
  if (!same(old.index, now.index) || !same(old.lladdr, now.lladdr)) return after;
  const tells = old.vxlan !== undefined && now.vxlan === undefined;
  return { ...old, ...now, ...(tells && { at: old.at }) } as Fact;
}

const OBJECTS: ReadonlySet<string> = new Set<Kind>([
  'node',
  'pod',
  'service',
  'workload',
  'network-policy',
  'crd',
  'cilium-node',
]);
const isObject = (fact: Fact): boolean => OBJECTS.has(fact.kind);

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/**
 * A narrow table after the objects themselves tells less of the same thing: what it does not print stays. A pod that got another address is
 * another pod. Evidence is the line that tells more.
 */
function richer(before: Fact, after: Fact): Fact {
  const [old, now] = [before, after] as unknown as Record<string, unknown>[];
  if (
    before.kind === 'pod' &&
    !isEmpty(old?.['ips']) &&
    !isEmpty(now?.['ips']) &&
    String(old?.['ips']) !== String(now?.['ips'])
  )
    return after;
  const kept = Object.entries(old ?? {}).filter(([key, value]) => !isEmpty(value) && isEmpty(now?.[key]));
  if (kept.length === 0) return after;
  const gained = Object.entries(now ?? {}).filter(([key, value]) => !isEmpty(value) && isEmpty(old?.[key]));
  return { ...after, ...Object.fromEntries(kept), ...(gained.length === 0 && { at: before.at }) } as Fact;
}

/** `route -n` tells a route without its protocol and scope: where the way is the same, the line of `ip route` tells more. */
function sameRoute(before: RouteFact, after: RouteFact): RouteFact {
  const poorer = after.proto === undefined && after.scope === undefined;
  const sameWay =
    before.nexthops[0]?.via === after.nexthops[0]?.via && before.nexthops.length === after.nexthops.length;
  return poorer && sameWay ? before : after;
}
