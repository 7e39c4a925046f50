import type { NextHop, RouteFact, RouteType } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';
import {
  attribute,
  clip,
  familyOfAddress,
  type Hops,
  hopOf,
  hopsOf,
  integer,
  readWords,
  splitWords,
  type Words,
} from './words.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TYPES: ReadonlyMap<string, RouteType> = new Map(
  (
    [
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
    ] as const
  ).map((type) => [type, type]),
);

/** `ip -N`: rtnetlink.h's numbers in place of the names, RTN_UNICAST to RTN_NAT. */
const typeByNumber = (word: string): RouteType | undefined =>
  /^\d{1,2}$/.test(word) ? [...TYPES.values()][Number(word) - 1] : undefined;

/** What `-N` prints of table, scope and protocol, by the names that no file of names could change. */
const NUMBERS: Readonly<Record<'table' | 'scope' | 'proto', Readonly<Record<string, string>>>> = {
  table: { '253': 'default', '254': 'main', '255': 'local' },
  scope: { '0': 'global', '200': 'site', '253': 'link', '254': 'host', '255': 'nowhere' },
  proto: { '2': 'kernel', '3': 'boot', '4': 'static' },
};

const nameIn = (of: keyof typeof NUMBERS, text: string): string =>
  Object.hasOwn(NUMBERS[of], text) ? (NUMBERS[of][text] ?? text) : text;

/** Types that send nothing anywhere: their `dev lo` is no next hop. */
const REFUSING: ReadonlySet<RouteType> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** What the command line or the lines before say. */
export interface Defaults {
  readonly table: string;
  /** Selections of the command line, which iproute2 leaves out of the lines (iproute.c, print_route): `dev`, `proto`, `via` … */
  readonly selected: Readonly<Record<string, string>>;
  readonly selects: boolean;
  readonly lookup: boolean;
}

export interface Line {
  readonly route: Draft<RouteFact>;
  /** The line itself told the family. */
  readonly certain: boolean;
}

/** Does the line tell its family? A preference, an error or an expiry is IPv6's; IPv6 knows no scope but `global`. */
function familyOf(destination: string, w: Words): 4 | 6 | undefined {
  if (destination.includes(':')) return 6;
  if (/^\d/.test(destination)) return 4;
  const told = w.told ?? familyOfAddress(w.via ?? attribute(w, 'src'));
  if (told !== undefined) return told;
  if (w.keys.includes('pref') || w.keys.includes('expires') || w.keys.includes('error')) return 6;
  const scope = attribute(w, 'scope');
  return scope === undefined || scope === 'global' ? undefined : 4;
}

const NO_HOPS: readonly NextHop[] = [];

/** One route; a string says why the line is none. `-o` puts next hops behind a backslash. */
export function readRoute(line: string, defaults: Defaults, before: 4 | 6 | undefined): Line | string {
  const split = line.includes('nexthop') ? line.search(/\snexthop\s/) : -1;
  const words = splitWords(split === -1 ? line : line.slice(0, split));
  const named = TYPES.get(words[0] ?? '');
  const typed =
    named ?? (/^(?:default|[\da-f]*[.:].*)$/.test(words[1] ?? '') ? typeByNumber(words[0] ?? '') : undefined);
  const destination = words[typed ? 1 : 0] ?? '';
  const w = readWords(words, typed ? 2 : 1);
  if (typeof w === 'string') return w;
  const more = split === -1 ? undefined : hopsOf(line.slice(split));
  if (typeof more === 'string') return more;
  return routeOf({ typed, destination, words: w, more }, defaults, before);
}

/** The type of route that a word names. */
export const typeOf = (word: string): RouteType | undefined => TYPES.get(word);

/** One route taken apart, out of a line or out of JSON. */
export interface RouteParts {
  readonly typed: RouteType | undefined;
  readonly destination: string;
  readonly words: Words;
  readonly more: Hops | undefined;
}

/** Puts a route together; a string says why it is none. */
export function routeOf(
  { typed, destination, words, more }: RouteParts,
  defaults: Defaults,
  before: 4 | 6 | undefined,
): Line | string {
  const w = selectedWords(words, defaults);
  const told = familyOf(destination, w) ?? more?.told;
  const family = told ?? before ?? 4;
  const prefix = destinationOf(destination, family);
  if (prefix === undefined) return `no destination: ${clip(destination)}`;
  const src = attribute(w, 'src');
  if (src !== undefined && canonicalAddress(src) === undefined) return `the source is no address: ${clip(src)}`;
  const type = typed ?? TYPES.get(defaults.selected['type'] ?? '') ?? 'unicast';
  const route: Mutable<Draft<RouteFact>> = {
    kind: 'route',
    family,
    type,
    prefix,
    table: nameIn('table', attribute(w, 'table') ?? defaults.table),
    nexthops: REFUSING.has(type) ? NO_HOPS : ownHop(w, more?.hops ?? NO_HOPS),
  };
  addAttributes(route, w);
  if (defaults.lookup || w.keys.includes('uid')) route.lookup = true;
  return { route, certain: told !== undefined };
}

/** Adds what the command line selected. A multipath route has no device or gateway of its own, so such a selection never shows one. */
function selectedWords(w: Words, { selects, selected }: Defaults): Words {
  if (!selects) return w;
  const keys = [...w.keys];
  const values = [...w.values];
  for (const key of ['proto', 'scope', 'src', 'dev']) {
    const value = selected[key];
    if (value === undefined || keys.includes(key)) continue;
    keys.push(key);
    values.push(value);
  }
  return { ...w, keys, values, via: w.via ?? canonicalAddress(selected['via'] ?? '') };
}

const ownHop = (w: Words, more: readonly NextHop[]): readonly NextHop[] =>
  w.via !== undefined || w.keys.includes('dev') ? [hopOf(w), ...more] : more;

function destinationOf(text: string, family: 4 | 6): string | undefined {
  if (text === 'default' || text === 'any' || text === 'all') return family === 6 ? '::/0' : '0.0.0.0/0';
  return canonicalPrefix(text);
}

function addAttributes(route: Mutable<Draft<RouteFact>>, w: Words): void {
  const proto = attribute(w, 'proto') ?? attribute(w, 'protocol');
  const scope = attribute(w, 'scope');
  const src = canonicalAddress(attribute(w, 'src') ?? '');
  const metric = integer(attribute(w, 'metric') ?? attribute(w, 'priority'));
  const mtu = integer(attribute(w, 'mtu'));
  const hopLimit = integer(attribute(w, 'hoplimit'));
  const realms = attribute(w, 'realms') ?? attribute(w, 'realm');
  const tos = attribute(w, 'tos') ?? attribute(w, 'dsfield');
  const from = attribute(w, 'from');
  const nhid = integer(attribute(w, 'nhid'));
  if (proto !== undefined) route.proto = nameIn('proto', proto);
  if (scope !== undefined) route.scope = nameIn('scope', scope);
  if (src !== undefined) route.src = src;
  if (metric !== undefined) route.metric = metric;
  if (mtu !== undefined) route.mtu = mtu;
  // Old kernels print what stands for none as 4294967295.
  if (hopLimit !== undefined && hopLimit < 256) route.hopLimit = hopLimit;
  if (realms !== undefined) route.realms = realms;
  if (tos !== undefined) route.tos = tos;
  // `from ::` is what IPv6 lookups without a source print.
  if (from !== undefined && from !== 'default' && from !== '::') route.from = canonicalPrefix(from) ?? from;
  if (nhid !== undefined) route.nhid = nhid;
}
