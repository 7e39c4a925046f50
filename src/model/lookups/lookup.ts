import type { PolicyRuleFact, RouteFact } from '../../facts/index.js';
import { type Address, contains, parseAddress, parsePrefix } from '../../kit/index.js';
import type { Absence, Node, Scope } from '../types.js';
import { longestPrefix } from './routes.js';

/** What decides where a destination goes: the route, or the rule that refuses it, or what is missing to say. */
export type Lookup =
  | { readonly kind: 'route'; readonly route: RouteFact; readonly rule?: PolicyRuleFact }
  | { readonly kind: 'refused'; readonly rule: PolicyRuleFact }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly missing: string };

export interface RoutingFacts {
  readonly route: readonly RouteFact[];
  readonly 'policy-rule': readonly PolicyRuleFact[];
}

/** What a packet shows to policy rules beside its destination; a selector on anything else leaves the answer unknown. */
export interface Selector {
  readonly source?: string;
  readonly inputDevice?: string;
  readonly mark?: number;
}

const NUMBERED: Readonly<Record<string, string>> = { '255': 'local', '254': 'main', '253': 'default' };
const tableName = (table: string): string => NUMBERED[table] ?? table;

/** The three rules of every namespace, for captures without `ip rule` (fib_default_rules_init). */
const DEFAULT_TABLES = ['local', 'main', 'default'];

const inPrefix = (prefix: string, address: string): boolean => {
  const p = parsePrefix(prefix);
  const a = parseAddress(address);
  return p !== undefined && a !== undefined && contains(p, a);
};

/** Does the rule select the packet? Undefined: it asks for something that is not known of it. */
function selects(rule: PolicyRuleFact, destination: string, packet: Selector): boolean | undefined {
  const answers: (boolean | undefined)[] = [];
  if (rule.from !== 'all') answers.push(packet.source === undefined ? undefined : inPrefix(rule.from, packet.source));
  if (rule.to !== undefined && rule.to !== 'all') answers.push(inPrefix(rule.to, destination));
  if (rule.iif !== undefined)
    answers.push(packet.inputDevice === undefined ? undefined : rule.iif === packet.inputDevice);
  if (rule.fwmark)
    answers.push(packet.mark === undefined ? undefined : (packet.mark & rule.fwmark.mask) === rule.fwmark.mark);
  // What is forwarded counts as root's (sock_net_uid), and no packet of these came out of a tunnel with a key.
  if (rule.uidrange !== undefined) answers.push(/^0-/.test(rule.uidrange));
  if (rule.tunId !== undefined) answers.push(false);
  // Packets are of TOS 0 unless somebody asks for another.
  if (rule.tos !== undefined) answers.push(false);
  if (rule.oif ?? rule.ipproto ?? rule.sport ?? rule.dport ?? rule.l3mdev) answers.push(undefined);
  const all = answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
  return all === undefined ? undefined : all !== rule.not;
}

/** Best route of one table for packets of TOS 0 (fib_table_lookup); `throw` means: ask the next rule. */
function inTable(routes: readonly RouteFact[], table: string, destination: Address): RouteFact | undefined {
  const found = longestPrefix(
    routes.filter((r) => tableName(r.table) === table && r.tos === undefined),
    destination,
  );
  return found?.type === 'throw' ? undefined : found;
}

/**
 * Longest prefix over rules and tables, as fib_lookup does it: rules by priority, in each rule's table the longest prefix, then the lowest
 * metric; `throw` and an empty table go on to the next rule, `goto` to that of its priority. A table that a rule names and nobody dumped leaves the answer unknown,
 * unless a rule before it decided. `absence` tells whether a table is known to be complete.
 */
export function lookUp(
  facts: RoutingFacts,
  destination: string,
  absence: (scope: Scope) => Absence,
  packet: Selector = {},
): Lookup {
  const address = parseAddress(destination);
  if (!address) return { kind: 'unknown', missing: `${destination} is no address` };
  const family = String(address.family);
  const rules = facts['policy-rule'].filter((r) => r.family === address.family).sort((a, b) => a.priority - b.priority);
  const steps: readonly { readonly table?: string; readonly rule?: PolicyRuleFact }[] =
    rules.length > 0
      ? rules.map((rule) => (rule.action.kind === 'lookup' ? { table: tableName(rule.action.table), rule } : { rule }))
      : DEFAULT_TABLES.map((table) => ({ table }));
  /** Rules before this priority were jumped over. */
  let next = 0;
  for (const { table, rule } of steps) {
    if (rule && rule.priority < next) continue;
    const chosen = rule === undefined ? true : selects(rule, destination, packet);
    if (chosen === false || rule?.action.kind === 'nop') continue;
    if (table === undefined) {
      if (chosen === undefined)
        return { kind: 'unknown', missing: `whether rule ${rule?.priority} selects the packet` };
      if (rule?.action.kind === 'goto') next = rule.action.priority;
      else if (rule) return { kind: 'refused', rule };
      continue;
    }
    const route = inTable(facts.route, table, address);
    if (route === undefined) {
      // The local table is derived from the addresses and its absence is usual; `default` is empty everywhere.
      if (table !== 'local' && table !== 'default' && !absence({ table, family }).known)
        return { kind: 'unknown', missing: `table ${table}` };
      continue;
    }
    if (chosen === undefined) return { kind: 'unknown', missing: `whether rule ${rule?.priority} selects the packet` };
    const suppressed =
      rule?.suppressPrefixLength !== undefined && (parsePrefix(route.prefix)?.length ?? 0) <= rule.suppressPrefixLength;
    if (!suppressed) return { kind: 'route', route, ...(rule && { rule }) };
  }
  return { kind: 'none' };
}

/** Is the route's type one that drops the packet (`blackhole`, `unreachable`, `prohibit`)? */
export const refuses = (route: RouteFact): boolean =>
  route.type === 'blackhole' || route.type === 'unreachable' || route.type === 'prohibit';

/** Which captured nodes have that address configured (a VIP or a clone gives several)? */
export const ownersOfAddress = (nodes: readonly Node[], address: string): readonly Node[] =>
  nodes.filter(
    (n) =>
      n.host.facts('address').some((a) => a.address === address) ||
      n.others.some((s) => s.facts('address').some((a) => a.address === address)),
  );

/** The node and line that hold the VTEP of a pod subnet: flannel gives its device the first address (`10.244.1.0/24` → `10.244.1.0`). */
export function vtepOfSubnet(
  nodes: readonly Node[],
  subnet: string,
): { readonly node: Node; readonly dev: string; readonly lladdr?: string } | undefined {
  const first = subnet.replace(/\/\d+$/, '');
  for (const node of nodes) {
    const address = node.host
      .facts('address')
      .find((a) => a.address === first && /^(flannel\.\d+|vxlan\.calico)$/.test(a.dev));
    if (!address) continue;
    const lladdr = node.host.facts('link').find((l) => l.name === address.dev)?.lladdr;
    return { node, dev: address.dev, ...(lladdr !== undefined && { lladdr }) };
  }
  return undefined;
}
