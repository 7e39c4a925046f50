import type { RouteFact } from '../facts/index.js';
import { type Address, parsePrefix } from '../kit/index.js';

/* A routing table by prefix lengths. */

export interface Table {
  /** Prefix lengths that occur, longest first. */
  readonly lengths: readonly number[];
  readonly byLength: ReadonlyMap<number, ReadonlyMap<string | number, readonly RouteFact[]>>;
}

const metricOf = (route: RouteFact): number => route.metric ?? (route.family === 6 ? 1024 : 0);

/** The first `length` bits of an address, as a key: of IPv4 a number. */
function keyOf(words: readonly number[], length: number): string | number {
  if (words.length === 1) return length === 0 ? 0 : ((words[0] ?? 0) & (-1 << (32 - length))) >>> 0;
  let key = '';
  for (let i = 0; i < words.length; i++) {
    const bits = Math.min(32, Math.max(0, length - i * 32));
    if (bits === 0) break;
    key += `${((words[i] ?? 0) & (bits === 32 ? 0xffffffff : ~(0xffffffff >>> bits))) >>> 0}.`;
  }
  return key;
}

/** Routes of one table as `candidates` looks them up; of equal prefixes the least metric first. */
export function tableOf(routes: readonly RouteFact[]): Table {
  const byLength = new Map<number, Map<string | number, RouteFact[]>>();
  for (const route of routes) {
    const prefix = parsePrefix(route.prefix);
    if (!prefix) continue;
    const ofLength = byLength.get(prefix.length) ?? new Map<string | number, RouteFact[]>();
    const key = keyOf(prefix.words, prefix.length);
    const list = ofLength.get(key);
    if (list) list.push(route);
    else ofLength.set(key, [route]);
    byLength.set(prefix.length, ofLength);
  }
  for (const ofLength of byLength.values())
    for (const list of ofLength.values()) if (list.length > 1) list.sort((a, b) => metricOf(a) - metricOf(b));
  return { lengths: [...byLength.keys()].sort((a, b) => b - a), byLength };
}

/** Routes that hold the address, longest prefix first (fib_table_lookup). */
export function* candidates(table: Table, dst: Address): Generator<RouteFact> {
  for (const length of table.lengths) {
    const routes = table.byLength.get(length)?.get(keyOf(dst.words, length));
    if (routes) yield* routes;
  }
}
