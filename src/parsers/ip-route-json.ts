import type { NextHop, RouteFact } from '../facts/index.js';
import { type CaptureContext, canonicalAddress, defineParser, type Text } from '../kit/index.js';
import { defaultsOf, familyAsked, ipRoute } from './ip-route.js';
import { type Defaults, routeOf, typeOf } from './route/line.js';
import { clip, familyOfAddress, type Hops, hopOf, type Words } from './route/words.js';
import { namedFamily } from './text/iproute2.js';
import { claimJson, hasFlag, lineOfKey, type ObjectOut, parseObjects, startsWith } from './text/iproute2-json.js';
import { itemsAt, type Located, textAt, textsAt, valueAt } from './text/located.js';

/*
 * [{"dst":"default","gateway":"192.168.50.12","dev":"eth0","protocol":"dhcp","metric":100,"flags":[]},
 *  {"dst":"10.9.0.0/16","flags":[],"nexthops":[{"gateway":"192.168.50.12","dev":"eth0","weight":2,"flags":[]}]},
 *  {"type":"blackhole","dst":"10.8.0.0/24","protocol":"bird","flags":[]}]
 *
 * iproute2 ip/iproute.c print_route.
 */

/** Members to the words that the plain form has for them. */
const MEMBERS: readonly (readonly [string, string])[] = [
  ['dev', 'dev'],
  ['protocol', 'proto'],
  ['scope', 'scope'],
  ['prefsrc', 'src'],
  ['metric', 'metric'],
  ['table', 'table'],
  ['tos', 'tos'],
  ['from', 'from'],
  ['nhid', 'nhid'],
  ['pref', 'pref'],
  ['expires', 'expires'],
  ['error', 'error'],
  ['uid', 'uid'],
  ['weight', 'weight'],
];

/** One route or next hop as the words of the plain form; a string says what is wrong. */
function wordsOf(object: Located): Words | string {
  // The encapsulation's members lie among the route's own and have their names: `dst` would be the tunnel's.
  if (hasFlag(object, 'encap')) return "the encapsulation's addresses can't be told from the route's";
  const keys: string[] = [];
  const values: string[] = [];
  for (const [member, word] of MEMBERS) {
    const value = textAt(object, member);
    if (value === undefined) continue;
    keys.push(word);
    values.push(value);
  }
  for (const metric of ['mtu', 'hoplimit']) {
    const value = itemsAt(object, 'metrics').flatMap((m) => textAt(m, metric) ?? [])[0];
    if (value === undefined) continue;
    keys.push(metric);
    values.push(value);
  }
  const family = textAt(object, 'via', 'family');
  const gateway = textAt(object, 'gateway') ?? textAt(object, 'via', 'host');
  const via = gateway === undefined ? undefined : canonicalAddress(gateway);
  if (gateway !== undefined && via === undefined) return `the gateway is no address: ${clip(gateway)}`;
  // A next hop of the other family (RFC 5549).
  const told = family === 'inet6' ? 4 : family === 'inet' ? 6 : undefined;
  return { keys, values, via, encap: undefined, told, flags: textsAt(object, 'flags') };
}

function hopsOf(object: Located): Hops | string | undefined {
  const hops: NextHop[] = [];
  let told: 4 | 6 | undefined;
  for (const item of itemsAt(object, 'nexthops')) {
    const w = wordsOf(item);
    if (typeof w === 'string') return w;
    told ??= w.told ?? familyOfAddress(w.via);
    hops.push(hopOf(w));
  }
  return hops.length === 0 ? undefined : { hops, told };
}

/** Reads one route; returns the family that it told, for those behind it that tell none. */
function readRoute(
  object: Located,
  out: ObjectOut<RouteFact>,
  defaults: Defaults,
  before: 4 | 6 | undefined,
): 4 | 6 | undefined {
  const line = lineOfKey(object, 'dst');
  const said = textAt(object, 'type');
  const typed = said === undefined ? undefined : typeOf(said);
  const words = wordsOf(object);
  const more = hopsOf(object);
  if (said !== undefined && typed === undefined) out.gap(line, `unknown type ${clip(said)}`);
  else if (typeof words === 'string') out.gap(line, words);
  else if (typeof more === 'string') out.gap(line, more);
  else {
    const read = routeOf({ typed, destination: textAt(object, 'dst') ?? '', words, more }, defaults, before);
    if (typeof read === 'string') out.gap(line, read);
    else if (read.route.type === 'unicast' && read.route.nexthops.length === 0 && read.route.nhid === undefined)
      out.gap(line, 'neither gateway nor device');
    else {
      out.fact(line, valueAt(object, 'cache') ? { ...read.route, lookup: true } : read.route);
      return read.certain ? read.route.family : before;
    }
  }
  return before;
}

const AHEAD = 200;
const OWN = /"type": ?"(?:local|broadcast|anycast|multicast)"/g;

/** The table that the capture is of, as for the plain form: only `table local` holds nothing but such types and names no table. */
function tableOf(text: Text, { argv, scope, fileName }: CaptureContext): string {
  const asked = scope['table'];
  if (asked !== undefined) return asked === 'all' ? 'main' : asked;
  const named = /table[-_ ]?(\d+|local|default)(?!\d)/.exec(fileName)?.[1];
  if (named !== undefined) return named;
  if (argv.length > 0) return 'main';
  let own = 0;
  let all = 0;
  for (let i = 0; i < Math.min(AHEAD, text.count); i++) {
    const line = text.line(i);
    if (line.includes('"table":')) return 'main';
    own += line.match(OWN)?.length ?? 0;
    all += line.split('"dst":').length - 1;
  }
  return own > 0 && own >= all ? 'local' : 'main';
}

/** `ip -j route`, and the answer of `ip -j route get`. */
export const ipRouteJson = defineParser<RouteFact>({
  command: 'ip-route-json',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command: claimJson(ipRoute),
    named: namedFamily('r(?!u)'),
    sniff(head) {
      const plain = startsWith(head, ['dst', 'flags'], 'state');
      return plain === 0 ? startsWith(head, ['type', 'dst', 'flags'], 'state') : plain;
    },
  },
  parse(text, out, context) {
    const defaults = defaultsOf(context, tableOf(text, context));
    let family = familyAsked(context);
    parseObjects(text, out, context, (object, sink) => {
      family = readRoute(object, sink, defaults, family);
    });
  },
});
