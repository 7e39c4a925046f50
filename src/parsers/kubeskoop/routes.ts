import type { PolicyRuleFact, RouteFact, RouteType } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { type Located, numberAt, textAt } from '../text/located.js';
import { addressAt, bitsOf, netOf } from './values.js';

/*
 * {"f":2,"o":"flannel.1","i":"","sc":0,"d":{"IP":"10.244.2.0","Mask":"////AA=="},"s":"","g":"10.244.2.0","p":3,"pr":0,"tb":254,"t":1,"tos":0,"fl":4}
 * {"p":32766,"f":2,"tb":254,"m":0,"ma":null,"tos":0,"ti":0,"gt":-1,"s":null,"d":null,"fl":-1,"i":"","o":""}
 *
 * Routes of all tables that a rule looks up, and the rules; IPv4 only (pkg/skoop/netstack/route.go). The collector keeps no next hops of
 * multipath routes, and of rules neither `not` nor the action.
 */
const TYPES: readonly RouteType[] = [
  'unicast',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
];
/** /etc/iproute2/rt_protos. */
const PROTOS: Readonly<Record<number, string>> = {
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};
const SCOPES: Readonly<Record<number, string>> = { 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };
const TABLES: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' };
/** linux/rtnetlink.h RTNH_F_*. */
const HOP_FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'dead'],
  [0x04, 'onlink'],
  [0x02, 'pervasive'],
  [0x08, 'offload'],
  [0x10, 'linkdown'],
];

const tableOf = (n: number): string => TABLES[n] ?? String(n);

/** A route; a string says why it is unread, undefined that the collector lost its next hops. */
export function routeOf(route: Located): Draft<RouteFact> | string | undefined {
  const net = netOf(route.kind === 'map' ? route.entries.get('d')?.value : undefined);
  if (!net) return 'the destination is masked or unreadable';
  const via = addressAt(route, 'g');
  if (via === undefined && (textAt(route, 'g') ?? '') !== '') return 'the gateway is masked or unreadable';
  const dev = textAt(route, 'o') || undefined;
  const type = TYPES[numberAt(route, 't') ?? 1] ?? 'unicast';
  if (type === 'unicast' && dev === undefined && via === undefined) return undefined;
  const [proto, scope] = [PROTOS[numberAt(route, 'p') ?? 0], SCOPES[numberAt(route, 'sc') ?? 0]];
  const [src, metric, tos] = [addressAt(route, 's'), numberAt(route, 'pr') ?? 0, numberAt(route, 'tos') ?? 0];
  const code = numberAt(route, 'p') ?? 0;
  return {
    kind: 'route',
    family: net.family,
    type,
    prefix: `${net.address}/${net.length}`,
    table: tableOf(numberAt(route, 'tb') ?? 254),
    nexthops:
      dev === undefined && via === undefined
        ? []
        : [
            {
              ...(via !== undefined && { via }),
              ...(dev !== undefined && { dev }),
              flags: bitsOf(numberAt(route, 'fl') ?? 0, HOP_FLAGS),
            },
          ],
    ...(code !== 0 && { proto: proto ?? String(code) }),
    ...(scope !== undefined && { scope }),
    ...(src !== undefined && { src }),
    ...(metric !== 0 && { metric }),
    ...(tos !== 0 && { tos: `0x${tos.toString(16).padStart(2, '0')}` }),
  };
}

const prefixAt = (rule: Located, key: string): string | undefined => {
  const net = netOf(rule.kind === 'map' ? rule.entries.get(key)?.value : undefined);
  return net && `${net.address}/${net.length}`;
};

/**
 * A policy rule; undefined where what the collector dropped decides. A mark is what `not` is used with (Calico's and flannel's WireGuard), and
 * a rule without a table is one of the actions that it does not name.
 */
export function ruleOf(rule: Located): Draft<PolicyRuleFact> | undefined {
  const [table, mark, target] = [numberAt(rule, 'tb') ?? 0, numberAt(rule, 'm') ?? 0, numberAt(rule, 'gt') ?? -1];
  if (mark > 0 || (table <= 0 && target <= 0)) return undefined;
  const [from, to] = [prefixAt(rule, 's'), prefixAt(rule, 'd')];
  const [iif, oif] = [textAt(rule, 'i') || undefined, textAt(rule, 'o') || undefined];
  const tos = numberAt(rule, 'tos') ?? 0;
  return {
    kind: 'policy-rule',
    family: 4,
    // The kernel does not send priority 0 (net/core/fib_rules.c), and the library then leaves its -1.
    priority: Math.max(0, numberAt(rule, 'p') ?? 0),
    not: false,
    from: from ?? 'all',
    ...(to !== undefined && { to }),
    ...(iif !== undefined && { iif }),
    ...(oif !== undefined && { oif }),
    ...(tos !== 0 && { tos: `0x${tos.toString(16).padStart(2, '0')}` }),
    action: target > 0 ? { kind: 'goto', priority: target } : { kind: 'lookup', table: tableOf(table) },
  };
}
