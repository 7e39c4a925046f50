import type { NeighbourFact, NextHop, PolicyRuleFact, RouteFact } from '../facts/index.js';
import { type Address, type At, contains, type Prefix, parsePrefix } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { otherDefault } from './equal-defaults.js';
import { candidates, type Table, tableOf } from './fib-table.js';
import { lingeringHop } from './hop-shares.js';
import { hasTos } from './tos.js';
import type { Ip } from './types.js';

/** What a lookup is made with (`struct flowi4`). */
export interface FlowKey {
  readonly dst: Address;
  readonly src?: Address;
  /** Input device; `lo` for what the host sends itself. */
  readonly iif: string;
  /** A nexthop on this device only. */
  readonly oif?: string;
  readonly mark: number;
  readonly proto?: string;
  /** 0 unless a rule of netfilter set another. */
  readonly tos?: number;
  readonly sport?: number;
  readonly dport?: number;
}

/** What the lookup found, and the lines that decided: the rule, when it is none of the three usual ones, and the route. */
export type Found =
  | {
      readonly kind: 'unicast';
      readonly route: RouteFact;
      readonly nexthops: readonly NextHop[];
      readonly at: readonly At[];
    }
  | { readonly kind: 'local'; readonly route: RouteFact; readonly dev: string; readonly at: readonly At[] }
  | { readonly kind: 'broadcast'; readonly route: RouteFact; readonly at: readonly At[] }
  | {
      readonly kind: 'refused';
      readonly by: 'blackhole' | 'unreachable' | 'prohibit';
      readonly says: string;
      readonly at: readonly At[];
    }
  | { readonly kind: 'none'; readonly at: readonly At[] };

/** What the tables need to know of the machine that has them. */
export interface FibMachine {
  readonly routes: readonly RouteFact[];
  readonly rules: readonly PolicyRuleFact[];
  /** Nothing was captured of a family's rules: the usual ones are presumed. */
  readonly rulesPresumed: (family: 4 | 6) => boolean;
  /** Undefined: the rules are known. */
  readonly rulesMissing: (family: 4 | 6) => Missing | undefined;
  /** Undefined: all of the table was captured. */
  readonly tableMissing: (table: string, family: 4 | 6) => Missing | undefined;
  /** Is the nexthop dead, by the state of its device? Carrier loss counts only when the device says so. */
  readonly dead: (nexthop: NextHop, family: 4 | 6) => boolean;
  /** Has it no carrier, on a device that is up? */
  readonly linkless: (nexthop: NextHop) => boolean;
  /** Entry of a next hop that did not answer when it was asked last. */
  readonly silent: (nexthop: NextHop) => NeighbourFact | undefined;
  /** Are such next hops of the route passed over? */
  readonly heedsSilence: (route: RouteFact) => boolean;
  /** Group of a device, as printed; `default` is none. */
  readonly groupOf: (dev: string) => string;
}

/** Doubts that a lookup may raise: what it presumed, because the lines that would tell were not captured. */
export type Doubt = (missing: Missing) => void;

export interface Fib {
  lookup(key: FlowKey, doubt: Doubt): Found;
}

const NUMBERED: Readonly<Record<string, string>> = { '255': 'local', '254': 'main', '253': 'default' };
export const tableName = (table: string): string => NUMBERED[table] ?? table;

const prefixes = new Map<string, Prefix | undefined>();
/** Prefixes of rules are few and asked for each packet. */
function prefixOf(text: string): Prefix | undefined {
  if (!prefixes.has(text)) {
    if (prefixes.size > 10_000) prefixes.clear();
    prefixes.set(text, parsePrefix(text));
  }
  return prefixes.get(text);
}

const inside = (prefix: string, address: Address | undefined): boolean => {
  if (prefix === 'all') return true;
  const p = prefixOf(prefix);
  // Without a source the kernel compares with 0.0.0.0.
  return p !== undefined && (address ? contains(p, address) : p.length === 0);
};

const inRange = (range: string, port: number | undefined): boolean => {
  const [low, high = low] = range.split('-').map(Number);
  return port !== undefined && low !== undefined && high !== undefined && port >= low && port <= high;
};

/** Does a rule select the flow (fib_rule_match, fib4_rule_match)? Undefined: it asks what is not modelled. */
function selects(rule: PolicyRuleFact, key: FlowKey): boolean | undefined {
  const tos = rule.tos === undefined || hasTos(rule.tos, key.tos);
  const no =
    tos === false ||
    (rule.iif !== undefined && rule.iif !== key.iif) ||
    (rule.oif !== undefined && rule.oif !== key.oif) ||
    (rule.fwmark !== undefined && ((key.mark ^ rule.fwmark.mark) & rule.fwmark.mask) !== 0) ||
    !inside(rule.from, key.src) ||
    (rule.to !== undefined && !inside(rule.to, key.dst)) ||
    (rule.ipproto !== undefined && rule.ipproto !== key.proto) ||
    (rule.sport !== undefined && !inRange(rule.sport, key.sport)) ||
    (rule.dport !== undefined && !inRange(rule.dport, key.dport)) ||
    // What is forwarded has no socket and counts as root's (sock_net_uid); so do probes.
    (rule.uidrange !== undefined && !inRange(rule.uidrange, 0)) ||
    // Only what a tunnel with metadata took out has such a key.
    rule.tunId !== undefined;
  if (!no && (tos === undefined || rule.l3mdev)) return rule.l3mdev && !rule.not ? false : undefined;
  return no === rule.not;
}

const REFUSING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

/** The rules of a namespace that nobody touched (fib_default_rules_init). */
const usualRules = (family: 4 | 6): readonly PolicyRuleFact[] =>
  ([[0, 'local'], [32766, 'main'], ...(family === 4 ? [[32767, 'default'] as const] : [])] as const).map(
    ([priority, table]) => ({
      kind: 'policy-rule',
      at: 0 as At,
      family,
      priority,
      not: false,
      from: 'all',
      action: { kind: 'lookup', table },
    }),
  );

const isUsual = (rule: PolicyRuleFact): boolean =>
  rule.at === (0 as At) || rule.priority === 0 || rule.priority >= 32766;

/** A route as `ip route` prints it, without what nobody asks for. */
export const routeText = (r: RouteFact): string => {
  const hop = r.nexthops[0];
  const way = [hop?.via && `via ${hop.via}`, hop?.dev && `dev ${hop.dev}`].filter(Boolean).join(' ');
  const more = r.nexthops.length > 1 ? ` and ${r.nexthops.length - 1} more` : '';
  return `${r.type === 'unicast' ? '' : `${r.type} `}${r.prefix.replace(/^(0\.0\.0\.0|::)\/0$/, 'default')}${way && ` ${way}`}${more}`;
};

/** What a look-up of the way back to a source found, for a filter that does not like it. */
export const wayBackText = (src: Ip, found: Found): string =>
  found.kind === 'unicast'
    ? `the way back to ${src.text} is ${routeText(found.route)}`
    : `there is no route back to ${src.text}`;

interface Tables {
  readonly rules: ReadonlyMap<4 | 6, readonly PolicyRuleFact[]>;
  table(name: string, family: 4 | 6): Table | undefined;
}

function arrange(machine: FibMachine): Tables {
  const groups = new Map<string, RouteFact[]>();
  for (const route of machine.routes) {
    if (route.lookup) continue;
    const id = `${route.family} ${tableName(route.table)}`;
    const list = groups.get(id);
    if (list) list.push(route);
    else groups.set(id, [route]);
  }
  const made = new Map<string, Table | undefined>();
  const rulesOf = (family: 4 | 6): readonly PolicyRuleFact[] => {
    const own = machine.rules.filter((r) => r.family === family);
    const known = own.length > 0 || (!machine.rulesPresumed(family) && machine.rulesMissing(family) === undefined);
    return known ? [...own].sort((a, b) => a.priority - b.priority) : usualRules(family);
  };
  return {
    rules: new Map([
      [4, rulesOf(4)],
      [6, rulesOf(6)],
    ]),
    table: (name, family) => {
      const id = `${family} ${name}`;
      if (!made.has(id)) {
        const routes = groups.get(id);
        made.set(id, routes && tableOf(routes));
      }
      return made.get(id);
    },
  };
}

/** One table's answer (fib_table_lookup): undefined goes on with the next rule. */
function inTable(machine: FibMachine, table: Table, key: FlowKey, rule: PolicyRuleFact): Found | undefined {
  const ruleAt = isUsual(rule) ? [] : [rule.at];
  for (const route of candidates(table, key.dst)) {
    const at = [...ruleAt, ...(route.at === 0 ? [] : [route.at])];
    if (route.tos !== undefined && hasTos(route.tos, key.tos) !== true) continue;
    if (route.type === 'throw') return undefined;
    if (REFUSING.has(route.type)) return { kind: 'refused', by: route.type as 'blackhole', says: routeText(route), at };
    if (route.type === 'broadcast' || route.type === 'multicast' || (route.type === 'anycast' && route.family === 4))
      return { kind: 'broadcast', route, at };
    // An anycast address of IPv6 is the stack's own as well (RTF_ANYCAST | RTF_LOCAL).
    if (route.type === 'local' || route.type === 'anycast') {
      const dev = route.nexthops[0]?.dev ?? 'lo';
      if (key.oif !== undefined && key.oif !== dev) continue;
      return { kind: 'local', route, dev, at };
    }
    const usable = route.nexthops.filter(
      (n) => !machine.dead(n, route.family) && (key.oif === undefined || n.dev === key.oif),
    );
    if (usable.length === 0) continue;
    const heard = machine.heedsSilence(route) ? usable.filter((n) => machine.silent(n) === undefined) : usable;
    const alive = heard.length > 0 ? heard : usable;
    const length = prefixOf(route.prefix)?.length ?? 0;
    if (rule.suppressPrefixLength !== undefined && length <= rule.suppressPrefixLength) return undefined;
    if (rule.suppressGroup !== undefined && machine.groupOf(alive[0]?.dev ?? '') === rule.suppressGroup)
      return undefined;
    return { kind: 'unicast', route, nexthops: alive, at };
  }
  return undefined;
}

const memo = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key) as V;
  };
};

/** Until the first rule is added `local` and `main` of IPv4 are one tree (fib_trie_table, fib_unmerge). One that came and went leaves no trace. */
const isOneTree = (tables: Tables): boolean => !(tables.rules.get(4) ?? []).some((r) => !isUsual(r));

/** In that tree a longer prefix of `main` hides what `local` has, and a `throw` of `local` ends the lookup. */
function inLocal(machine: FibMachine, tables: Tables, key: FlowKey, rule: PolicyRuleFact): Found | undefined {
  const table = tables.table('local', key.dst.family);
  const first = table && firstOf(machine, table, key);
  if (!table || !first || key.dst.family === 6 || !isOneTree(tables))
    return table && inTable(machine, table, key, rule);
  const main = tables.table('main', 4);
  const other = main && firstOf(machine, main, key);
  const length = (route: RouteFact): number => prefixOf(route.prefix)?.length ?? 0;
  if (other && length(other) > length(first)) return undefined;
  return first.type === 'throw' ? { kind: 'none', at: [first.at] } : inTable(machine, table, key, rule);
}

/** The route of one table by which a flow is looked up there. */
function firstOf(machine: FibMachine, table: Table, key: FlowKey): RouteFact | undefined {
  const isUsable = (route: RouteFact): boolean =>
    route.type !== 'unicast' ||
    route.nexthops.some((n) => !machine.dead(n, route.family) && (key.oif === undefined || n.dev === key.oif));
  for (const route of candidates(table, key.dst))
    if ((route.tos === undefined || hasTos(route.tos, key.tos) === true) && isUsable(route)) return route;
  return undefined;
}

/**
 * Rules by priority, in each table the longest prefix, then the lowest metric (net/ipv4/fib_trie.c, fib_rules.c). What was not captured is
 * presumed to be as in a namespace that nobody touched, and the doubt is told.
 */
export function makeFib(machine: FibMachine): Fib {
  const tables = arrange(machine);
  const rulesMissing = memo((family: 4 | 6) => machine.rulesMissing(family));
  const missingOf = memo((id: string) => machine.tableMissing(id.slice(2), id.startsWith('6') ? 6 : 4));
  return {
    lookup(key, doubt) {
      const { family } = key.dst;
      const noRules = rulesMissing(family);
      const rules = tables.rules.get(family) ?? [];
      for (let i = 0; i < rules.length; i++) {
        const rule = rules[i] as PolicyRuleFact;
        const chosen = selects(rule, key);
        if (chosen === false) continue;
        if (chosen === undefined)
          doubt({
            input: `policy rule ${rule.priority}`,
            reason: 'unsupported',
            detail: 'a selector that is not modelled',
            at: rule.at,
          });
        const { action } = rule;
        if (action.kind === 'nop') continue;
        if (action.kind === 'goto') {
          const target = rules.findIndex((r) => r.priority >= action.priority);
          if (target <= i) break;
          i = target - 1;
          continue;
        }
        if (action.kind !== 'lookup')
          return { kind: 'refused', by: action.kind, says: `rule ${rule.priority}: ${action.kind}`, at: [rule.at] };
        const name = tableName(action.table);
        // Whatever rules there are, the local table comes first, unless somebody took its rule away.
        if (noRules && name !== 'local') doubt(noRules);
        const missing = name === 'local' || name === 'default' ? undefined : missingOf(`${family} ${name}`);
        if (missing) doubt(missing);
        const table = tables.table(name, family);
        const found =
          name === 'local' ? inLocal(machine, tables, key, rule) : table && inTable(machine, table, key, rule);
        const other = found && table && otherDefault(machine, table, key, found);
        if (other) doubt(other);
        const lingering = found && lingeringHop(machine, found);
        if (lingering) doubt(lingering);
        if (found) return found;
      }
      return { kind: 'none', at: [] };
    },
  };
}
