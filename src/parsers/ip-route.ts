/*
 * 10.244.24.0/24 via 10.244.24.0 dev flannel.1 onlink
 * unicast default via 10.0.2.2 dev enp0s3 proto dhcp scope global src 10.0.2.15 metric 100
 * blackhole 192.168.5.0/26 proto bird
 * default proto static metric 1024
 * 	nexthop via 10.0.0.1 dev eth0 weight 1
 */
import type { NextHop, RouteFact } from '../facts/index.js';
import { type CaptureContext, defineParser, type Sink, type Text } from '../kit/index.js';
import { claimRoutes } from './route/command.js';
import { type Defaults, type Line, readRoute } from './route/line.js';
import { hopsOf } from './route/words.js';
import { collectFailures } from './text/failure.js';
import { namedFamily } from './text/iproute2.js';

const NEXTHOP = /^\s*nexthop\s/;

/** Second line of `ip route get` (`    cache expires 571sec mtu 1400`), and what `-d` says of a next hop object (`nh_info id 7 …`). */
const CONTINUATION = /^\s+(?:cache\b|nh_info\b|mtu \d|advmss \d|RTAX_|iif \S+$)/;

/** A route that the lines behind it may still add next hops to. */
interface Open extends Line {
  readonly line: number;
  /** Next hops on lines of their own. */
  readonly more: NextHop[];
  lookup: boolean;
  mtu: number | undefined;
  told: 4 | 6 | undefined;
}

/** Which routes name their device, over the whole listing. */
interface Devices {
  named: number;
  /** Of a gateway alone. */
  unnamed: number;
  /** Lines of routes that name neither. */
  readonly connected: number[];
}

/** Says what was read of one route once its last line is known. */
function close(open: Open, out: Sink<RouteFact>, devices: Devices): void {
  const { route, more } = open;
  const nexthops = more.length === 0 ? route.nexthops : [...route.nexthops, ...more];
  if (route.type === 'unicast' && route.nhid === undefined) {
    if (nexthops.length === 0) {
      devices.connected.push(open.line);
      return;
    }
    if (nexthops.some((hop) => hop.dev !== undefined)) devices.named++;
    else devices.unnamed++;
  }
  if (more.length === 0 && !open.lookup && open.mtu === undefined) {
    out.fact(open.line, route);
    return;
  }
  const six = !open.certain && open.told === 6;
  out.fact(open.line, {
    ...route,
    ...(six && { family: 6 as const, prefix: '::/0' }),
    nexthops,
    ...(open.mtu !== undefined && { mtu: open.mtu }),
    ...(open.lookup && { lookup: true as const }),
  });
}

/**
 * iproute2 leaves the device out where it was asked for (iproute.c, print_route): of a listing without any, the command line is lost, and what
 * it shows is that of one device.
 */
function admitDevice(
  out: Sink<RouteFact>,
  { named, unnamed, connected }: Devices,
  { selects, lookup }: Defaults,
): void {
  if (selects || lookup || named > 0 || unnamed + connected.length === 0) {
    for (const line of connected) out.gap(line, 'neither gateway nor device');
    return;
  }
  for (const line of connected) out.noise(line);
  out.incomplete('filtered', 'no route names its device: the routes of one');
}

/** Adds a line that continues the route before; a string says why it can't be taken. */
function continued(open: Open | undefined, line: string): string | undefined {
  if (!open) return 'a next hop without its route';
  if (!NEXTHOP.test(line)) {
    if (line.trimStart().startsWith('nh_info')) return undefined;
    if (/^\s*cache\b/.test(line)) open.lookup = true;
    const mtu = /\smtu (?:lock )?(\d{1,6})\b/.exec(line)?.[1];
    if (mtu !== undefined) open.mtu = Number(mtu);
    return undefined;
  }
  const more = hopsOf(line);
  if (typeof more === 'string') return more;
  for (const hop of more.hops) open.more.push(hop);
  open.told ??= more.told;
  return undefined;
}

function parseRoutes(text: Text, out: Sink<RouteFact>, given: Defaults, family: 4 | 6 | undefined): void {
  const failures = collectFailures(out);
  const devices: Devices = { named: 0, unnamed: 0, connected: [] };
  let open: Open | undefined;
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const indented = line.charCodeAt(0) <= 32 || line.startsWith('nexthop') || line.startsWith('cache');
    if (indented && (NEXTHOP.test(line) || (open && CONTINUATION.test(` ${line}`)))) {
      const reason = continued(open, line);
      if (reason === undefined) out.part(i);
      else out.gap(i, reason);
      continue;
    }
    // Some pastes have a blank line behind each.
    if (line.trim() === '') {
      out.noise(i);
      continue;
    }
    if (open) close(open, out, devices);
    open = undefined;
    const read = readRoute(line, given, family);
    if (typeof read === 'string') {
      if (!failures.take(i, line)) out.gap(i, read);
      continue;
    }
    some = true;
    // `table all` prints all of IPv4 and then all of IPv6: what tells nothing is of the family before.
    if (read.certain) family = read.route.family;
    const { route, certain } = read;
    open = { line: i, route, certain, more: [], lookup: false, mtu: undefined, told: undefined };
    out.part(i);
  }
  if (open) close(open, out, devices);
  admitDevice(out, devices, given);
  failures.close(some);
}

const AHEAD = 50;
const LOCAL = /^\s*(?:local|broadcast|anycast|multicast)\s/;

/** The table that the capture is of: the command line's, else the file name's, else what the routes are alike. */
function tableOf(text: Text, { argv, scope, fileName }: CaptureContext): string {
  const asked = scope['table'];
  if (asked !== undefined) return asked === 'all' ? 'main' : asked;
  const named = /table[-_ ]?(\d+|local|default)(?!\d)/.exec(fileName)?.[1];
  if (named !== undefined) return named;
  if (argv.length > 0) return 'main';
  // Only `table local` holds nothing but these; `table all` would name it in each line.
  for (let i = 0; i < Math.min(AHEAD, text.count); i++) {
    const line = text.line(i);
    if (line.trim() !== '' && (!LOCAL.test(line) || line.includes(' table '))) return 'main';
  }
  return text.count === 0 ? 'main' : 'local';
}

/** What the command line leaves out of each route. */
export const defaultsOf = ({ scope }: CaptureContext, table: string): Defaults => ({
  table,
  selected: scope,
  selects: Object.keys(scope).length > 0,
  lookup: scope['get'] !== undefined,
});

/** The family that command line or file name tell. */
export const familyAsked = ({ scope }: CaptureContext): 4 | 6 | undefined =>
  scope['family'] === '6' ? 6 : scope['family'] === '4' ? 4 : undefined;

const ROUTE_LINE =
  /^\s*(?:(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat)\s+)?(?:default|(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?|[0-9a-f]{0,4}:[0-9a-f:.]*(?:\/\d{1,3})?)\s+(?:from \S+ )?(?:via|dev|proto|scope|nhid|metric|table|src|tos|encap|error|nexthop)\s/i;
const BARE_TYPE = /^\s*(?:blackhole|unreachable|prohibit|throw)\s+(?:default|[0-9a-f.:/]+)\s*$/i;
/** A neighbour's line starts as a route does; its MAC or state tells it. A keepalived route ends in `no_track`. */
const NO_ROUTE = /\slladdr\s|\s(?:REACHABLE|STALE|FAILED|PERMANENT|NOARP|DELAY|PROBE|INCOMPLETE)\s*$|\sno_track\b/;

const isRouteLine = (line: string): boolean =>
  line.length < 2000 && ((ROUTE_LINE.test(`${line} `) && !NO_ROUTE.test(line)) || BARE_TYPE.test(line));

/** `ip route` of iproute2 and busybox: main table, `table all`, `-d`, `-o`, and the answer of `ip route get`. */
export const ipRoute = defineParser<RouteFact>({
  command: 'ip-route',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command: claimRoutes,
    file: /(^|-)(ip-?(4|6|v4|v6|d)?-?(r|ro|route|routes)|iproute|ip6route|ipv[46]-?route|ip-route-(table|show).*|route-?table-?all)($|-)/,
    named: namedFamily('r(?!u)'),
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '' && !NEXTHOP.test(l) && !CONTINUATION.test(l));
      const hits = lines.filter(isRouteLine).length;
      if (hits === 0) return 0;
      const part = hits / lines.length;
      return part >= 0.7 ? 2 : part >= 0.4 ? 1 : 0;
    },
  },
  parse(text, out, context) {
    parseRoutes(text, out, defaultsOf(context, tableOf(text, context)), familyAsked(context));
  },
});
