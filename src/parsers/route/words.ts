import type { NextHop } from '../../facts/index.js';
import { canonicalAddress } from '../../kit/index.js';
import { wordsOf } from '../text/words.js';

/** Attributes with one value (ip/iproute.c print_route and print_rta_*). */
const VALUED: ReadonlySet<string> = new Set([
  'dev',
  'proto',
  'protocol',
  'scope',
  'src',
  'metric',
  'priority',
  'preference',
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
  'ssthresh',
  'cwnd',
  'reordering',
  'initcwnd',
  'initrwnd',
  'rto_min',
  'quickack',
  'fastopen_no_cookie',
  'features',
  'congctl',
  'cc',
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
  'ttl-propagate',
  'age',
  'used',
  'users',
  'ipid',
  'ts',
  'tsage',
]);

/** State of a next hop (print_rt_flags). */
const HOP_FLAGS: ReadonlySet<string> = new Set([
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
]);

/** Words that neither facts nor rules need: state of the old routing cache, and marks of clones. */
const IDLE: ReadonlySet<string> = new Set([
  'cache',
  'redirect',
  'redirected',
  'equalize',
  'cloned',
  'notify',
  'lock',
  'stale',
]);

/** Where the words of an encapsulation end. */
const AFTER_ENCAP: ReadonlySet<string> = new Set([
  'via',
  'dev',
  'proto',
  'scope',
  'metric',
  'table',
  'nexthop',
  'mtu',
  'pref',
  'onlink',
  'weight',
]);

/** What one route or next hop says. Attributes are few, so that a search through a list is cheaper than a map for each line. */
export interface Words {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly via: string | undefined;
  readonly encap: string | undefined;
  /** `via inet6` is printed where the route is of the other family. */
  readonly told: 4 | 6 | undefined;
  readonly flags: readonly string[];
}

const NONE: readonly string[] = [];

/** Value of an attribute; the first one counts. */
export function attribute(w: Words, key: string): string | undefined {
  const i = w.keys.indexOf(key);
  return i === -1 ? undefined : w.values[i];
}

/** Key-value words from `from` on; a string says which one nothing explains. */
export function readWords(words: readonly string[], from: number): Words | string {
  const keys: string[] = [];
  const values: string[] = [];
  let flags = NONE;
  let via: string | undefined;
  let encap: string | undefined;
  let told: 4 | 6 | undefined;
  for (let i = from; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'via') {
      const family = words[i + 1];
      // A next hop of the other family (RFC 5549).
      if (family === 'inet6' || family === 'inet') i++;
      told = family === 'inet6' ? 4 : family === 'inet' ? 6 : told;
      via = canonicalAddress(words[++i] ?? '');
      if (via === undefined) return `the gateway is no address: ${clip(words[i])}`;
    } else if (word === 'encap') {
      const start = ++i;
      // `encap ip id 100 src A dst B ttl 64 …`: its own src stands before the route's.
      const local = words[start] === 'seg6local';
      while (i < words.length && (!AFTER_ENCAP.has(words[i] ?? '') || (local && words[i] === 'table' && i < start + 5)))
        i++;
      encap = words.slice(start, i--).join(' ');
    } else if (VALUED.has(word)) {
      // `mtu lock 1400`: path MTU discovery leaves it alone.
      if (words[i + 1] === 'lock') i++;
      const value = words[++i];
      if (value === undefined) return `the line is cut behind ${word}`;
      // `features ecn tcp_usec_ts` (iproute2 6.11): one word each.
      if (word === 'features') while (/^(?:ecn|tcp_usec_ts|0x[\da-f]+)$/.test(words[i + 1] ?? '')) i++;
      keys.push(word);
      values.push(value);
    } else if (HOP_FLAGS.has(word)) flags = flags.includes(word) ? flags : [...flags, word];
    else if (!IDLE.has(word) && !word.startsWith('<')) return `unknown word ${clip(word)}`;
  }
  return { keys, values, flags, via, encap, told };
}

export const clip = (word: string | undefined): string => JSON.stringify((word ?? '').slice(0, 40));

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The next hop that the words make. */
export function hopOf(w: Words): NextHop {
  const hop: Mutable<NextHop> = { flags: w.flags };
  const dev = attribute(w, 'dev');
  const weight = integer(attribute(w, 'weight'));
  if (w.via !== undefined) hop.via = w.via;
  if (dev !== undefined) hop.dev = dev;
  if (weight !== undefined) hop.weight = weight;
  if (w.encap !== undefined) hop.encap = w.encap;
  return hop;
}

export interface Hops {
  readonly hops: readonly NextHop[];
  /** Family of the route, where a gateway tells it. */
  readonly told: 4 | 6 | undefined;
}

/** `nexthop via A dev B weight 1`, one or several in a line; a string says what is wrong. */
export function hopsOf(line: string): Hops | string {
  const hops: NextHop[] = [];
  let told: 4 | 6 | undefined;
  for (const part of ` ${line}`.split(/\snexthop(?=\s|$)/).slice(1)) {
    const w = readWords(splitWords(part), 0);
    if (typeof w === 'string') return w;
    told ??= w.told ?? familyOfAddress(w.via);
    hops.push(hopOf(w));
  }
  return { hops, told };
}

export const familyOfAddress = (address: string | undefined): 4 | 6 | undefined =>
  address === undefined ? undefined : address.includes(':') ? 6 : 4;

/** Words of a line; `-o` puts a backslash where a line would end. */
export const splitWords = (line: string): string[] => wordsOf(line.includes('\\') ? line.replaceAll('\\', ' ') : line);

export const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
