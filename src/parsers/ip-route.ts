/*
 * 10.244.24.0/24 via 10.244.24.0 dev flannel.1 onlink
 * unicast default via 10.0.2.2 dev enp0s3 proto dhcp scope global src 10.0.2.15 metric 100
 * blackhole 192.168.5.0/26 proto bird
 * default proto static metric 1024
 * 	nexthop via 10.0.0.1 dev eth0 weight 1
 */
import type { NextHop, RouteFact, RouteType } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { iproute2Command, shown } from './text/iproute2.js';

const TYPES: ReadonlySet<string> = new Set<RouteType>([
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
]);
/** Attributes with one value (ip/iproute.c print_route); the ones that facts keep are picked below. */
const VALUED = new Set([
  'dev',
  'proto',
  'protocol',
  'scope',
  'src',
  'metric',
  'table',
  'mtu',
  'tos',
  'dsfield',
  'pref',
  'error',
  'hoplimit',
  'advmss',
  'window',
  'rtt',
  'rttvar',
  'reordering',
  'initcwnd',
  'initrwnd',
  'cwnd',
  'ssthresh',
  'rto_min',
  'quickack',
  'realm',
  'realms',
  'nhid',
  'weight',
  'expires',
  'iif',
  'oif',
  'from',
  'uid',
  'mark',
  'congctl',
  'features',
  'ttl-propagate',
  'age',
  'used',
  'users',
  'fastopen_no_cookie',
  'id',
  'priority',
  'as',
  'encap-flags',
  'realmto',
]);
const HOP_FLAGS = new Set([
  'onlink',
  'linkdown',
  'dead',
  'pervasive',
  'offload',
  'unresolved',
  'trap',
  'rt_offload',
  'rt_trap',
  'rt_offload_failed',
  'offload_failed',
  'notify',
]);
const FLAGS = new Set([
  'cache',
  'redirected',
  'redirect',
  'equalize',
  'cloned',
  'lock',
  'local',
  'stale',
  'src-rt',
  'is_gateway',
  '<local>',
  '<redirected>',
  '<local,brd>',
]);

interface Words {
  readonly values: Readonly<Record<string, string>>;
  readonly via?: string;
  readonly flags: readonly string[];
  /** A word that nothing explains. */
  readonly odd?: string;
}

/** Key-value words from `from` on; `encap …` runs up to the next word that an ordinary route has. */
function readWords(words: readonly string[], from: number): Words {
  const values: Record<string, string> = {};
  const flags: string[] = [];
  let via: string | undefined;
  let odd: string | undefined;
  for (let i = from; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'via') {
      const next = words[i + 1];
      const family = next === 'inet6' || next === 'inet';
      via = canonicalAddress(words[i + (family ? 2 : 1)] ?? '');
      if (via === undefined) odd ??= `via ${words[i + 1] ?? ''}`;
      i += family ? 2 : 1;
    } else if (word === 'encap') {
      while (i + 1 < words.length && !['via', 'dev', 'proto', 'scope', 'metric'].includes(words[i + 1] ?? '')) i++;
    } else if (word === 'lock') values['lock'] = '';
    else if (VALUED.has(word)) values[word] = words[++i] ?? '';
    else if (HOP_FLAGS.has(word)) flags.push(word);
    else if (!FLAGS.has(word) && !/^\d+sec$/.test(word)) odd ??= word;
  }
  return { values, flags, ...(via !== undefined && { via }), ...(odd !== undefined && { odd }) };
}

function hopOf(w: Words): NextHop {
  const weight = Number(w.values['weight']);
  const dev = w.values['dev'];
  return {
    ...(w.via !== undefined && { via: w.via }),
    ...(dev !== undefined && { dev }),
    ...(Number.isInteger(weight) && { weight }),
    flags: w.flags,
  };
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

/** A route that its continuation lines may still add next hops to. */
interface Open {
  readonly line: number;
  readonly route: Draft<RouteFact>;
  readonly hops: NextHop[];
}

interface Defaults {
  readonly table: string;
  readonly family: 4 | 6;
  readonly lookup: boolean;
}

type Result = { readonly route: Draft<RouteFact>; readonly multipath: string } | { readonly gap: string };

/** One line of a listing (or the first of a multipath route). */
function readRoute(line: string, defaults: Defaults): Result {
  // `-o` puts next hops behind a backslash on the same line.
  const [head = '', ...rest] = line.split('\\');
  const words = head.trim().split(/\s+/);
  let i = 0;
  const typed = TYPES.has(words[0] ?? '');
  if (typed) i++;
  const destination = words[i++] ?? '';
  const w = readWords(words, i);
  const family = familyOf(destination, w, defaults);
  const prefix =
    destination === 'default' || destination === 'any' || destination === 'all'
      ? family === 6
        ? '::/0'
        : '0.0.0.0/0'
      : canonicalPrefix(destination);
  if (prefix === undefined)
    return { gap: `not a route: no destination in ${JSON.stringify(destination.slice(0, 40))}` };
  if (w.odd !== undefined) return { gap: `unknown word ${JSON.stringify(w.odd.slice(0, 40))}` };
  const hop = hopOf(w);
  const type = (typed ? words[0] : 'unicast') as RouteType;
  const proto = w.values['proto'] ?? w.values['protocol'];
  const metric = integer(w.values['metric'] ?? w.values['priority']);
  const mtu = integer(w.values['mtu']);
  const { scope, src, tos } = w.values;
  return {
    multipath: rest.join('\\'),
    route: {
      kind: 'route',
      family,
      type,
      prefix,
      table: w.values['table'] ?? defaults.table,
      nexthops: hop.dev !== undefined || hop.via !== undefined ? [hop] : [],
      ...(proto !== undefined && { proto }),
      ...(scope !== undefined && { scope }),
      ...(src !== undefined && { src: canonicalAddress(src) ?? src }),
      ...(metric !== undefined && { metric }),
      ...(mtu !== undefined && { mtu }),
      ...(tos !== undefined && { tos }),
      ...(defaults.lookup && { lookup: true as const }),
    },
  };
}

function familyOf(destination: string, w: Words, defaults: Defaults): 4 | 6 {
  if (destination.includes(':')) return 6;
  if (/^\d/.test(destination)) return 4;
  if (w.via?.includes(':')) return 6;
  if (w.via !== undefined) return 4;
  // Only IPv6 prints a router preference and error numbers, and its default metric is 1024.
  return w.values['pref'] !== undefined ? 6 : defaults.family;
}

const NEXTHOP = /^\s*nexthop\b/;

/** Attributes of the route before (`cache expires 100sec`), printed on a line of their own. */
const CONTINUATION = /^\s+(cache\b|mtu\b|advmss\b|expires\b|RTAX_|iif\b)/;

function parseRoutes(text: Text, out: Sink<RouteFact>, defaults: Defaults): void {
  const failures = collectFailures(out);
  let open: Open | undefined;
  let some = false;
  let family = defaults.family;
  const close = () => {
    if (open) out.fact(open.line, { ...open.route, nexthops: open.hops });
    open = undefined;
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.trim() === '') {
      out.noise(i);
      continue;
    }
    if (NEXTHOP.test(line)) {
      if (!open) {
        out.gap(i, 'a next hop without its route');
        continue;
      }
      open.hops.push(...hopsOf(line));
      out.part(i);
      continue;
    }
    if (open && CONTINUATION.test(line)) {
      out.part(i);
      continue;
    }
    if (failures.take(i, line)) continue;
    close();
    const read = readRoute(line, { ...defaults, family });
    if ('gap' in read) {
      out.gap(i, read.gap);
      continue;
    }
    some = true;
    // `table all` prints all of IPv4 and then all of IPv6.
    if (read.route.prefix !== '0.0.0.0/0') family = read.route.family;
    open = {
      line: i,
      route: read.route,
      hops: [...read.route.nexthops, ...(read.multipath === '' ? [] : hopsOf(read.multipath))],
    };
    out.part(i);
  }
  close();
  failures.close(some);
}

/** `nexthop via A dev B weight 1 nexthop …`, one or several in a line. */
function hopsOf(line: string): NextHop[] {
  return line
    .split(/\bnexthop\b/)
    .slice(1)
    .map((part) => hopOf(readWords(part.replaceAll('\\', ' ').trim().split(/\s+/), 0)));
}

const ROUTE_LINE =
  /^\s*(?:(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat)\s+)?(?:default|(?:\d{1,3}\.){1,3}\d{1,3}(?:\/\d{1,2})?|[0-9a-f]{0,4}:[0-9a-f:.]*(?:\/\d{1,3})?)\s+(?:(?:from \S+ )?(?:via|dev|proto|scope|nhid|metric|table|src|tos|encap|error)\b)/i;
const BARE_TYPE = /^\s*(?:blackhole|unreachable|prohibit|throw)\s+[0-9a-f.:/]+\s*$/i;

const isRouteLine = (line: string): boolean =>
  (ROUTE_LINE.test(line) && !/\blladdr\b|\b(REACHABLE|STALE|FAILED|PERMANENT|NOARP|DELAY|INCOMPLETE)\s*$/.test(line)) ||
  BARE_TYPE.test(line);

/** Words of `ip route show` that select: what they leave out is not known to be absent. */
function scopeOf(words: readonly string[], family: '4' | '6' | undefined): Record<string, string> {
  const scope: Record<string, string> = family === undefined ? {} : { family };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const key = {
      table: 'table',
      t: 'table',
      dev: 'dev',
      oif: 'dev',
      proto: 'proto',
      protocol: 'proto',
      type: 'type',
      via: 'via',
      src: 'src',
      scope: 'scope',
      vrf: 'table',
    }[word];
    if (key !== undefined) scope[key] = words[++i] ?? '';
    else if (word === 'cache' || word === 'cached' || word === 'cloned') scope['cache'] = '';
    else if (['root', 'match', 'exact', 'to'].includes(word)) scope['prefix'] = words[++i] ?? '';
    else if (/^[0-9a-f:.]+(\/\d+)?$|^default$/.test(word)) scope['prefix'] = word;
  }
  // 254 is main, 255 local (rt_tables).
  const table = { '254': 'main', '255': 'local', '253': 'default', '0': 'all', unspec: 'all', any: 'all' }[
    scope['table'] ?? ''
  ];
  return table === undefined ? scope : { ...scope, table };
}

/** `ip route` of iproute2 and busybox: main table, `table all`, `-d`, `-o`, and the answer of `ip route get`. */
export const ipRoute = defineParser<RouteFact>({
  command: 'ip-route',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (command?.object !== 'route' || !command.plain) return undefined;
      if (command.args[0] === 'get') return { scope: { get: command.args.slice(1).join(' ') } };
      const words =
        shown(command.args) ??
        (/^[0-9]|^default$|^table$|^dev$/.test(command.args[0] ?? '') ? command.args : undefined);
      return words && { scope: scopeOf(words, command.family) };
    },
    file: /(^|-)(ip-?(4|6|v4|v6|d)?-?(r|ro|route|routes)|iproute|ipv[46]-?route|ip-route-(table|show).*|route-?table-?all)($|-)/,
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '' && !NEXTHOP.test(l) && !CONTINUATION.test(l));
      const hits = lines.filter(isRouteLine).length;
      if (hits === 0) return 0;
      const part = hits / lines.length;
      return part >= 0.7 ? 2 : part >= 0.4 ? 1 : 0;
    },
  },
  parse(text, out, context) {
    const lookup = context.scope['get'] !== undefined;
    const table = context.scope['table'];
    parseRoutes(text, out, {
      table: table === undefined || table === 'all' ? 'main' : table,
      family: context.scope['family'] === '6' || /v6|ip6|-6/.test(context.fileName) ? 6 : 4,
      lookup,
    });
  },
});
