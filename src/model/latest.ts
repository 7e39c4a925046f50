import type { AddressFact, AnyFact, BridgePortFact, Kind, LinkFact, RouteFact } from '../facts/index.js';
import type { Fact, PlacedCapture } from '../kit/index.js';
import type { Absence, Scope } from './types.js';

/**
 * "Latest wins": of several captures of one thing the later counts. Two facts are of one thing when their keys are equal; kinds without a key
 * (logs, packets, rules in a chain) never replace each other.
 */
const KEYS: { readonly [K in Kind]?: (f: Extract<AnyFact, { kind: K }>) => string } = {
  link: (f) => f.name,
  address: (f) => `${f.dev} ${f.address}/${f.prefixLength}`,
  route: (f) =>
    `${f.family} ${f.lookup ? 'get' : f.table} ${f.prefix} ${f.metric ?? ''} ${f.tos ?? ''} ${f.type === 'unicast' ? f.nexthops.map((n) => n.dev).join() : f.type}`,
  'policy-rule': (f) => `${f.family} ${f.priority} ${f.from} ${f.to ?? ''} ${f.iif ?? ''} ${JSON.stringify(f.action)}`,
  neigh: (f) => `${f.dev} ${f.address}`,
  fdb: (f) => `${f.dev} ${f.lladdr} ${f.dst ?? ''} ${f.vlan ?? ''} ${f.master ?? ''}`,
  netconf: (f) => `${f.family} ${f.scope} ${f.dev} ${f.key}`,
  sysctl: (f) => f.key,
  bridge: (f) => f.name,
  'bridge-port': (f) => f.dev,
  'bridge-vlan': (f) => `${f.dev} ${f.vid}`,
  'bridge-vni': (f) => `${f.dev} ${f.vni}`,
  mdb: (f) => `${f.bridge} ${f.port} ${f.group} ${f.source ?? ''} ${f.vid ?? ''}`,
  'managed-device': (f) => `${f.manager} ${f.dev}`,
  nexthop: (f) => String(f.id),
  netns: (f) => f.name ?? `nsid ${f.id}`,
  'neigh-table': (f) => `${f.family} ${f.name}`,
  'ethtool-feature': (f) => `${f.dev} ${f.name}`,
  'ethtool-driver': (f) => f.dev ?? '',
  'ethtool-link': (f) => f.dev ?? '',
  'ethtool-setting': (f) => `${f.dev} ${f.group} ${f.name}`,
  'ethtool-stat': (f) => `${f.dev ?? ''} ${f.name}`,
  'wireguard-interface': (f) => f.dev,
  'wireguard-peer': (f) => `${f.dev} ${f.publicKey}`,
  qdisc: (f) => `${f.dev} ${f.parent} ${f.type}`,
  'xfrm-state': (f) => `${f.source} ${f.destination} ${f.proto} ${f.spi ?? ''}`,
  'xfrm-policy': (f) => `${f.source} ${f.destination} ${f.direction} ${f.priority ?? ''}`,
  'subnet-env': () => '',
  'kernel-release': () => '',
  node: (f) => f.name,
  pod: (f) => `${f.namespace}/${f.name}`,
  service: (f) => `${f.namespace}/${f.name}`,
  'flannel-config': () => '',
  'calico-status': () => '',
  // A node holds one lease per family; a lease of nobody known is its subnet's. Each log tells of its own.
  'flannel-lease': (f) =>
    f.source === 'log' ? String(f.at) : `${f.source} ${f.subnet.includes(':') ? 6 : 4} ${f.node ?? f.subnet}`,
  'bird-protocol': (f) => f.name,
  'bgp-peer': (f) => `${f.address} ${f.type}`,
};

/** Kinds of which a later full listing replaces an earlier one as a whole. */
const LISTED: ReadonlySet<string> = new Set<Kind>([
  'link',
  'address',
  'route',
  'policy-rule',
  'neigh',
  'fdb',
  'netconf',
  'sysctl',
  'bridge',
  'bridge-mac',
  'bridge-port',
  'bridge-vlan',
  'bridge-vni',
  'managed-device',
  'mdb',
  'netns',
  'nexthop',
  'qdisc',
  'wireguard-interface',
  'wireguard-peer',
  'xfrm-policy',
  'xfrm-state',
  'iptables-table',
  'bird-protocol',
  'bird-route',
  'bgp-peer',
  'node',
  'pod',
  'service',
  'endpoints',
  'calico-status',
]);

const property = (fact: Fact, key: string): string | undefined => {
  const value = (fact as unknown as Record<string, unknown>)[key === 'dev' && fact.kind === 'link' ? 'name' : key];
  return value === undefined ? undefined : String(value);
};

/** Tables that an `ip route` prints without being asked: main only. */
function coversTable(capture: PlacedCapture, table: string): boolean {
  const asked = capture.scope['table'];
  if (asked === 'all' || asked === table) return true;
  if (asked !== undefined) return false;
  return table === 'main' || shownBy(capture).tables.has(table);
}

interface Shown {
  readonly tables: ReadonlySet<string>;
  readonly routesOf6: boolean;
}

const shown = new WeakMap<PlacedCapture, Shown>();

/** Which tables and families a capture's routes show; computed once per capture. */
function shownBy(capture: PlacedCapture): Shown {
  let known = shown.get(capture);
  if (!known) {
    const routes = capture.facts.filter((f) => f.kind === 'route');
    known = {
      tables: new Set(routes.map((f) => property(f, 'table') ?? 'main')),
      routesOf6: routes.some((f) => property(f, 'family') === '6'),
    };
    shown.set(capture, known);
  }
  return known;
}

/** Each family and backend has a command of its own, whose name the file often does not tell: its tables do. */
const coversRules = (capture: PlacedCapture, scope: Scope): boolean =>
  scope['family'] === undefined ||
  capture.facts.some(
    (f) =>
      f.kind === 'iptables-table' &&
      property(f, 'family') === scope['family'] &&
      property(f, 'backend') === scope['backend'],
  );

/** Would the capture have listed an entry with these properties? */
export function covers(capture: PlacedCapture, kind: string, scope: Scope): boolean {
  for (const [key, value] of Object.entries(capture.scope)) {
    if (kind === 'route' && key === 'table') continue;
    if (scope[key] !== value) return false;
  }
  if (kind === 'route') {
    if (!coversTable(capture, scope['table'] ?? 'main')) return false;
    if (scope['family'] === '6' && capture.scope['family'] !== '6') return shownBy(capture).routesOf6;
  }
  // ARP is IPv4's; a listing of it says nothing of the other family.
  if (kind === 'neigh' && capture.command === 'arp' && scope['family'] === '6') return false;
  if (kind === 'iptables-table') return coversRules(capture, scope);
  return true;
}

const scopeOf = (fact: Fact, capture: PlacedCapture): Scope => {
  const out: Record<string, string> = {};
  for (const key of [...Object.keys(capture.scope), 'table', 'family', 'backend']) {
    const value = property(fact, key);
    if (value !== undefined) out[key] = value;
  }
  return out;
};

/**
 * `ip -d link` and a later plain `ip addr` speak of one device, and only the first says what it is: the later line counts, what it
 * does not print stays. A device made anew (other index or MAC) starts from nothing. Evidence is the line that tells more.
 */
function joined(before: Fact, after: Fact): Fact {
  if (before.kind === 'route' && after.kind === 'route') return sameRoute(before as RouteFact, after as RouteFact);
  if (before.kind === 'bridge-port' && after.kind === 'bridge-port')
    return samePort(before as BridgePortFact, after as BridgePortFact);
  if (before.kind === 'address' && after.kind === 'address')
    return sameAddress(before as AddressFact, after as AddressFact);
  if (before.kind !== 'link' || after.kind !== 'link') return after;
  const [old, now] = [before as LinkFact, after as LinkFact];
  const same = (a: unknown, b: unknown) => a === undefined || b === undefined || a === b;
  if (!same(old.index, now.index) || !same(old.lladdr, now.lladdr)) return after;
  const tells = old.vxlan !== undefined && now.vxlan === undefined;
  return { ...old, ...now, ...(tells && { at: old.at }) } as Fact;
}

interface Held {
  readonly fact: Fact;
  readonly capture: PlacedCapture;
}

/** Key by which the capture selects; undefined when it lists everything. */
const selectorOf = (kind: Kind, capture: PlacedCapture): string | undefined =>
  Object.keys(capture.scope).find((key) => kind !== 'route' || key !== 'table');

const bucketOf = (command: string, selector: string, value: string): string =>
  `${command}\u0000${selector}\u0000${value}`;

/**
 * What is held, and of that what a capture's selection may speak of: of thousands of `ip neigh show ADDRESS` none looks at all others.
 */
function heldIndex(kind: Kind, captures: readonly PlacedCapture[]) {
  const kept = new Map<string, Held>();
  const buckets = new Map<string, Set<string>>();
  const selectors = new Set(captures.flatMap((c) => selectorOf(kind, c) ?? []));
  return {
    kept,
    put(key: string, held: Held): void {
      kept.set(key, held);
      for (const selector of selectors) {
        const value = property(held.fact, selector);
        if (value === undefined) continue;
        const bucket = bucketOf(held.capture.command, selector, value);
        buckets.set(bucket, (buckets.get(bucket) ?? new Set<string>()).add(key));
      }
    },
    candidates(capture: PlacedCapture): Iterable<string> {
      const selector = selectorOf(kind, capture);
      if (selector === undefined) return kept.keys();
      return buckets.get(bucketOf(capture.command, selector, capture.scope[selector] ?? '')) ?? [];
    },
  };
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

/** All facts of one kind that count, in the order of their captures. `captures` are sorted oldest first. */
export function latestFacts(kind: Kind, captures: readonly PlacedCapture[]): readonly Fact[] {
  const keyOf = KEYS[kind] as ((f: Fact) => string) | undefined;
  const { kept, put, candidates } = heldIndex(kind, captures);
  let serial = 0;
  for (const capture of captures) {
    if (capture.failure) continue;
    const replaced = new Map<string, Fact>();
    if (LISTED.has(kind) && capture.completeness === 'full' && kind !== 'netconf' && kind !== 'sysctl')
      for (const key of candidates(capture)) {
        const held = kept.get(key);
        if (held?.capture.command === capture.command && covers(capture, kind, scopeOf(held.fact, capture))) {
          replaced.set(key, held.fact);
          kept.delete(key);
        }
      }
    for (const fact of capture.facts) {
      if (fact.kind !== kind) continue;
      const key = keyOf ? keyOf(fact) : `#${serial++}`;
      // Two equal keys within one capture are two entries (multipath, duplicates): both stay.
      const held = kept.get(key);
      if (held && held.capture === capture) put(`${key}#${serial++}`, { fact, capture });
      else {
        kept.delete(key);
        const before = held?.fact ?? replaced.get(key);
        put(key, { fact: before ? joined(before, fact) : fact, capture });
      }
    }
  }
  return [...kept.values()].map((k) => k.fact);
}

/** May absence be concluded for `scope`? The latest full capture that covers it decides; else the best reason why not. */
export function absenceOf(kind: Kind, captures: readonly PlacedCapture[], scope: Scope): Absence {
  let reason: Absence = { known: false, reason: 'not-captured' };
  for (let i = captures.length - 1; i >= 0; i--) {
    const capture = captures[i] as PlacedCapture;
    if (capture.failure) {
      if (!reason.known && reason.reason === 'not-captured')
        reason = { known: false, reason: capture.failure.reason, detail: capture.failure.detail };
    } else if (!covers(capture, kind, scope)) {
      if (!reason.known && reason.reason === 'not-captured')
        reason = {
          known: false,
          reason: 'filtered',
          detail: `only ${
            Object.entries(capture.scope)
              .map(([k, v]) => `${k} ${v}`)
              .join(', ') || 'part of it'
          } was captured`,
        };
    } else if (capture.completeness === 'full') return { known: true, capture };
    else
      reason = {
        known: false,
        reason: capture.completeness,
        ...(capture.incompleteBecause !== undefined && { detail: capture.incompleteBecause }),
      };
  }
  return reason;
}

/** By time when all captures say one, else in the order of the input. */
export function oldestFirst(captures: readonly PlacedCapture[]): readonly PlacedCapture[] {
  const timed = captures.every((c) => c.time !== undefined);
  return [...captures].sort((a, b) => (timed ? (a.time ?? 0) - (b.time ?? 0) : 0) || a.id - b.id);
}
