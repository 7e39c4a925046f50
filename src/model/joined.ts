import type {
  AddressFact,
  BridgePortFact,
  IpsetFact,
  IpvsServiceFact,
  Kind,
  LinkFact,
  LinkInfo,
  RouteFact,
} from '../facts/index.js';
import type { Fact } from '../kit/index.js';

/**
 * `ip -d link` and a later plain `ip addr` speak of one device, and only the first says what it is: the later line counts, what it
 * does not print stays. A device made anew (other index or MAC) starts from nothing. Evidence is the line that tells more.
 */
export function joined(before: Fact, after: Fact): Fact {
  if (before.kind === 'route' && after.kind === 'route') return sameRoute(before as RouteFact, after as RouteFact);
  if (before.kind === 'bridge-port' && after.kind === 'bridge-port')
    return samePort(before as BridgePortFact, after as BridgePortFact);
  if (before.kind === 'address' && after.kind === 'address')
    return sameAddress(before as AddressFact, after as AddressFact);
  // The plain form has no defaults.
  if (before.kind === 'ufw' && after.kind === 'ufw') return { ...before, ...after };
  // `list-unit-files` tells what is enabled, `list-units` what runs.
  if (before.kind === 'unit' && after.kind === 'unit') return { ...before, ...after };
  if (before.kind === 'ipset' && after.kind === 'ipset') return sameSet(before as IpsetFact, after as IpsetFact);
  if (before.kind === 'ipvs-service' && after.kind === 'ipvs-service')
    return sameService(before as IpvsServiceFact, after as IpvsServiceFact);
  // Sizes and timeouts come from different commands.
  if (before.kind === 'ipvs-settings' && after.kind === 'ipvs-settings') return { ...before, ...after };
  if (before.kind === after.kind && isObject(before)) return richer(before, after);
  if (before.kind !== 'link' || after.kind !== 'link') return after;
  const [old, now] = [before as LinkFact, after as LinkFact];
  const same = (a: unknown, b: unknown) => a === undefined || b === undefined || a === b;
  if (!same(old.index, now.index) || !same(old.lladdr, now.lladdr)) return after;
  const tells =
    (old.vxlan !== undefined && now.vxlan === undefined) || (old.index !== undefined && now.index === undefined);
  const info = joinedInfo(old.info, now.info);
  const slave = joinedInfo(old.slave, now.slave);
  return { ...old, ...now, ...(info && { info }), ...(slave && { slave }), ...(tells && { at: old.at }) } as Fact;
}

/** /proc/net/bonding and `ip -d link` each tell attributes that the other does not. Of other kinds the later one is whole. */
const joinedInfo = (old: LinkInfo | undefined, now: LinkInfo | undefined): LinkInfo | undefined =>
  old && now && old.kind === now.kind && /^bond(?:_slave)?$/.test(now.kind)
    ? { kind: now.kind, attributes: { ...old.attributes, ...now.attributes } }
    : (now ?? old);

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

/** `ifconfig` and the managers of networks tell an address without its scope and flags: the line of `ip addr` tells more. */
const sameAddress = (before: AddressFact, after: AddressFact): AddressFact =>
  after.scope === undefined && before.scope !== undefined ? before : after;

/** Switches are printed by `-d` only. A port of another bridge now starts from nothing. */
const samePort = (before: BridgePortFact, after: BridgePortFact): BridgePortFact =>
  before.bridge === undefined || after.bridge === undefined || before.bridge === after.bridge
    ? { ...before, ...after }
    : after;

/**
 * Headers (`ipset list -t`) and names tell less than a listing, a dump (`ipset save`) nothing of references. Lines of elements are those of
 * the file that the fact stands in, so evidence is where the elements are. A set made anew with another type starts from nothing.
 */
function sameSet(before: IpsetFact, after: IpsetFact): IpsetFact {
  if (before.type !== undefined && after.type !== undefined && before.type !== after.type) return after;
  if (after.members) {
    const { unread: _, ...known } = before;
    return { ...known, ...after };
  }
  const options = Object.keys(after.options).length > 0 ? after.options : before.options;
  return { ...before, ...after, options, ...(before.members && { at: before.at }) };
}

/** Listings of counters (`ipvsadm -L --stats`) tell no scheduler and no weights: those of the last listing that does stay. */
function sameService(before: IpvsServiceFact, after: IpvsServiceFact): IpvsServiceFact {
  const known = new Map(before.destinations.map((d) => [`${d.address ?? d.name} ${d.port}`, d]));
  const destinations = after.destinations.map((d) => ({ ...known.get(`${d.address ?? d.name} ${d.port}`), ...d }));
  return { ...before, ...after, destinations };
}
