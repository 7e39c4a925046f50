import type { Kind, NeighbourFact, RouteFact } from '../facts/index.js';
import type { Fact, PlacedCapture } from '../kit/index.js';
import { joined } from './joined.js';
import { KEYS, LISTED } from './keys.js';
import { coversRules, toldOnce } from './rule-tables.js';
import type { Absence, Scope } from './types.js';

const property = (fact: Fact, key: string): string | undefined => {
  const value = (fact as unknown as Record<string, unknown>)[key === 'dev' && fact.kind === 'link' ? 'name' : key];
  return value === undefined ? undefined : String(value);
};

/** Tables that an `ip route` prints without being asked: main only. */
function coversTable(capture: PlacedCapture, table: string): boolean {
  const asked = capture.scope['table'];
  if (asked === 'all' || asked === table) return true;
  if (asked !== undefined) return false;
  const { tables } = shownBy(capture);
  // Only `show table all` names a table and leaves that of others out (iproute2 ip/iproute.c print_route).
  const isAll = capture.commandLine === undefined && tables.has('main') && tables.has('local');
  return table === 'main' || tables.has(table) || isAll;
}

interface Shown {
  readonly tables: ReadonlySet<string>;
  /** Families of its routes and rules. */
  readonly families: ReadonlySet<string>;
}

const shown = new WeakMap<PlacedCapture, Shown>();

/** Which tables and families a capture's routes show; computed once per capture. */
function shownBy(capture: PlacedCapture): Shown {
  let known = shown.get(capture);
  if (!known) {
    const routes = capture.facts.filter((f) => f.kind === 'route');
    known = {
      tables: new Set(routes.map((f) => property(f, 'table') ?? 'main')),
      families: new Set(
        capture.facts.flatMap((f) =>
          f.kind === 'route' || f.kind === 'policy-rule' ? (property(f, 'family') ?? []) : [],
        ),
      ),
    };
    shown.set(capture, known);
  }
  return known;
}

const isOnly6 = (capture: PlacedCapture): boolean => {
  const { families } = shownBy(capture);
  return families.has('6') && families.size === 1;
};

/** Commands that list neighbours of IPv4 alone. */
const ONLY_IPV4 = new Set(['arp', 'kubeskoop']);

/** `ip neigh` shows all but NOARP entries, `nud STATE` those alone, `nud all` everything (iproute2 ip/ipneigh.c). */
function coversState(asked: string | undefined, state: string | undefined): boolean {
  if (asked === undefined) return state !== 'NOARP';
  return asked === 'all' || asked === state?.toLowerCase();
}

/** A selection may name several values (`ss -tu`, `sysctl KEY KEY`): their words. */
const selects = (selected: string, value: string | undefined): boolean =>
  value !== undefined && (selected === value || selected.split(' ').includes(value));

/** Would the capture have listed an entry with these properties? */
export function covers(capture: PlacedCapture, kind: string, scope: Scope): boolean {
  for (const [key, value] of Object.entries(capture.scope)) {
    if ((kind === 'route' && key === 'table') || (kind === 'neigh' && key === 'nud')) continue;
    if (!selects(value, scope[key])) return false;
  }
  if (kind === 'route') {
    if (!coversTable(capture, scope['table'] ?? 'main')) return false;
    if (scope['family'] === '6' && capture.scope['family'] !== '6') return shownBy(capture).families.has('6');
  }
  // A listing of IPv6 alone, whose command line nobody captured, says nothing of IPv4.
  if ((kind === 'route' || kind === 'policy-rule') && scope['family'] !== '6' && isOnly6(capture)) return false;
  // `ip rule` without a family is of IPv4 (iproute2 ip/iprule.c).
  if (kind === 'policy-rule' && scope['family'] === '6') return capture.scope['family'] === '6';
  // ARP is IPv4's; a listing of it says nothing of the other family.
  if (kind === 'neigh' && ONLY_IPV4.has(capture.command) && scope['family'] === '6') return false;
  // conntrack before 1.4.7 lists IPv4 unless it is asked for the other family.
  if (kind === 'conntrack-table' && scope['family'] !== undefined)
    return capture.facts.every(
      (f) => f.kind !== kind || (property(f, 'family') ?? scope['family']) === scope['family'],
    );
  if (kind === 'neigh') {
    // `ip neigh` lists proxy entries when it is asked for them, and then nothing else.
    if ((scope['proxy'] === undefined) !== (capture.scope['proxy'] === undefined)) return false;
    return scope['proxy'] !== undefined || coversState(capture.scope['nud'], scope['state']);
  }
  if (kind === 'iptables-table') return coversRules(capture, scope);
  return true;
}

const scopeOf = (fact: Fact, capture: PlacedCapture): Scope => {
  const out: Record<string, string> = {};
  for (const key of [...Object.keys(capture.scope), 'table', 'family', 'backend', 'state']) {
    const value = property(fact, key);
    if (value !== undefined) out[key] = value;
  }
  if (fact.kind === 'neigh' && (fact as NeighbourFact).flags.includes('proxy')) out['proxy'] = '';
  // Rules of a backend that is not known are those of no other dump.
  if (fact.kind === 'iptables-table') out['backend'] ??= '';
  return out;
};

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
      const selected = capture.scope[selector] ?? '';
      const words = selected.includes(' ') ? [selected, ...selected.split(' ')] : [selected];
      return words.flatMap((word) => [...(buckets.get(bucketOf(capture.command, selector, word)) ?? [])]);
    },
  };
}

/** Listings whose row has room for one next hop: of a route of several they print the first, or a row of each. */
const ONE_HOP_A_ROW: ReadonlySet<string> = new Set([
  'proc-net-route',
  'proc-net-ipv6-route',
  'route-n',
  'talos-resource',
]);

const placeOf = (r: RouteFact): string => `${r.family} ${r.table} ${r.prefix} ${r.metric ?? ''}`;

/** A row that tells one hop, or nothing of the TOS, of a route which `ip route` tells wholly is that route, and no second one. */
function routesOnce(held: readonly Held[]): readonly Held[] {
  const whole = new Map<string, RouteFact[]>();
  for (const { fact, capture } of held as readonly (Held & { fact: RouteFact })[])
    if (
      !ONE_HOP_A_ROW.has(capture.command) &&
      fact.lookup !== true &&
      (fact.nexthops.length > 1 || fact.tos !== undefined)
    )
      whole.set(placeOf(fact), [...(whole.get(placeOf(fact)) ?? []), fact]);
  if (whole.size === 0) return held;
  return held.filter(({ fact, capture }) => {
    if (!ONE_HOP_A_ROW.has(capture.command)) return true;
    const row = fact as RouteFact;
    const [hop] = row.nexthops;
    const known = (r: RouteFact) =>
      hop
        ? r.nexthops.some((n) => n.dev === hop.dev && n.via === hop.via)
        : r.nexthops.length === 0 && r.type === row.type;
    return row.nexthops.length > 1 || !whole.get(placeOf(row))?.some(known);
  });
}

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
    const times = new Map<string, number>();
    for (const fact of capture.facts) {
      if (fact.kind !== kind) continue;
      const plain = keyOf ? keyOf(fact) : `#${serial++}`;
      // Two equal keys within one capture are two entries (multipath, duplicates): both stay, and another capture tells them in the same order.
      const nth = times.get(plain) ?? 0;
      times.set(plain, nth + 1);
      const key = nth === 0 ? plain : `${plain}#${nth}`;
      const held = kept.get(key);
      kept.delete(key);
      const before = held?.fact ?? replaced.get(key);
      put(key, { fact: before ? joined(before, fact) : fact, capture });
    }
  }
  const held = [...kept.values()];
  const once = kind === 'iptables-table' ? toldOnce(held) : kind === 'route' ? routesOnce(held) : held;
  return once.map((k) => k.fact);
}

/** May absence be concluded for `scope`? The latest full capture that covers it decides; else the best reason why not. */
export function absenceOf(kind: Kind, captures: readonly PlacedCapture[], scope: Scope): Absence {
  let reason: Absence = { known: false, reason: 'not-captured' };
  for (let i = captures.length - 1; i >= 0; i--) {
    const capture = captures[i] as PlacedCapture;
    const covering = covers(capture, kind, scope);
    if (capture.failure && (covering || capture.failure.reason !== 'empty')) {
      if (!reason.known && reason.reason === 'not-captured')
        reason = { known: false, reason: capture.failure.reason, detail: capture.failure.detail };
    } else if (!covering) {
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
        reason: capture.obfuscated && capture.gaps.length > 0 ? 'obfuscated' : capture.completeness,
        ...(capture.incompleteBecause !== undefined && { detail: capture.incompleteBecause }),
      };
  }
  return reason;
}

/** By time when all captures say one, else by collections in their order, else in the order of the input. */
export function oldestFirst(captures: readonly PlacedCapture[]): readonly PlacedCapture[] {
  const timed = captures.every((c) => c.time !== undefined);
  return [...captures].sort(
    (a, b) =>
      (timed ? (a.time ?? 0) - (b.time ?? 0) : 0) || (a.round?.order ?? 0) - (b.round?.order ?? 0) || a.id - b.id,
  );
}
