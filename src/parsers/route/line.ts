import type { NextHop, RouteFact, RouteType } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';
import { clip, familyOfAddress, hopOf, hopsOf, integer, readWords, splitWords, type Words } from './words.js';

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

/** Types that send nothing anywhere: their `dev lo` is no next hop. */
const REFUSING: ReadonlySet<RouteType> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** What the command line or the lines before say. */
export interface Defaults {
  readonly table: string;
  /** Undefined while nothing has told it. */
  readonly family: 4 | 6 | undefined;
  /** Selections of the command line, which iproute2 leaves out of the lines (iproute.c, print_route): `dev`, `proto`, `via` … */
  readonly selected: Readonly<Record<string, string>>;
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
  const told = w.told ?? familyOfAddress(w.via ?? w.values.get('src'));
  if (told !== undefined) return told;
  if (w.values.has('pref') || w.values.has('expires') || w.values.has('error')) return 6;
  const scope = w.values.get('scope');
  return scope === undefined || scope === 'global' ? undefined : 4;
}

/** One route; a string says why the line is none. `-o` puts next hops behind a backslash. */
export function readRoute(line: string, defaults: Defaults): Line | string {
  const split = line.search(/\snexthop\s/);
  const words = splitWords(split === -1 ? line : line.slice(0, split));
  const typed = TYPES.get(words[0] ?? '');
  const destination = words[typed ? 1 : 0] ?? '';
  const w = selectedWords(readWords(words, typed ? 2 : 1), defaults.selected);
  if (typeof w === 'string') return w;
  const more = hopsOf(split === -1 ? '' : line.slice(split));
  if (typeof more === 'string') return more;
  const told = familyOf(destination, w) ?? more.told;
  const family = told ?? defaults.family ?? 4;
  const prefix = destinationOf(destination, family);
  if (prefix === undefined) return `no destination: ${clip(destination)}`;
  const src = w.values.get('src');
  if (src !== undefined && canonicalAddress(src) === undefined) return `the source is no address: ${clip(src)}`;
  const type = typed ?? TYPES.get(defaults.selected['type'] ?? '') ?? 'unicast';
  return {
    certain: told !== undefined,
    route: {
      kind: 'route',
      family,
      type,
      prefix,
      table: w.values.get('table') ?? defaults.table,
      nexthops: REFUSING.has(type) ? [] : ownHop(w, more.hops),
      ...attributesOf(w),
      ...((defaults.lookup || w.values.has('uid')) && { lookup: true as const }),
    },
  };
}

/** Adds what the command line selected. A multipath route has no device or gateway of its own, so such a selection never shows one. */
function selectedWords(w: Words | string, selected: Defaults['selected']): Words | string {
  if (typeof w === 'string') return w;
  const { via } = selected;
  const own: [string, string][] = [];
  for (const key of ['proto', 'scope', 'src', 'dev'])
    if (selected[key] !== undefined && !w.values.has(key)) own.push([key, selected[key]]);
  const gateway = w.via ?? (via === undefined ? undefined : canonicalAddress(via));
  if (own.length === 0 && gateway === w.via) return w;
  return { ...w, values: new Map([...own, ...w.values]), ...(gateway !== undefined && { via: gateway }) };
}

const ownHop = (w: Words, more: readonly NextHop[]): readonly NextHop[] => {
  const hop = hopOf(w);
  return hop.dev !== undefined || hop.via !== undefined ? [hop, ...more] : more;
};

function destinationOf(text: string, family: 4 | 6): string | undefined {
  if (text === 'default' || text === 'any' || text === 'all') return family === 6 ? '::/0' : '0.0.0.0/0';
  return canonicalPrefix(text);
}

function attributesOf(w: Words) {
  const { values } = w;
  const proto = values.get('proto') ?? values.get('protocol');
  const scope = values.get('scope');
  const src = canonicalAddress(values.get('src') ?? '');
  const metric = integer(values.get('metric') ?? values.get('priority'));
  const mtu = integer(values.get('mtu'));
  const nhid = integer(values.get('nhid'));
  const tos = values.get('tos') ?? values.get('dsfield');
  const from = values.get('from');
  return {
    ...(proto !== undefined && { proto }),
    ...(scope !== undefined && { scope }),
    ...(src !== undefined && { src }),
    ...(metric !== undefined && { metric }),
    ...(mtu !== undefined && { mtu }),
    ...(tos !== undefined && { tos }),
    // `from ::` is what IPv6 lookups without a source print.
    ...(from !== undefined && from !== 'default' && from !== '::' && { from: canonicalPrefix(from) ?? from }),
    ...(nhid !== undefined && { nhid }),
  };
}
