/**
 * Words that recur from line to line and from node to node (devices, states, the addresses of all peers on each node) are held once. A
 * word cut from a line also keeps that line alive in V8, twenty times its size; the copies made here do not.
 */

/** Longer texts are messages and seldom recur. */
const LONGEST = 64;
/** When so many came, those that were not asked for in that time go. A cluster of 5,000 nodes has 20,000 addresses. */
const MOST = 2 ** 16;
/** Longer lists seldom recur. */
const LIST = 4;
const LONGEST_KEY = 200;
/** Still longer ones are columns, which a parser keeps compact itself. */
const COLUMN = 64;

interface Held<T> {
  fresh: Map<string, T>;
  stale: Map<string, T>;
}

const words: Held<string> = { fresh: new Map(), stale: new Map() };
const lists: Held<readonly unknown[]> = { fresh: new Map(), stale: new Map() };
const NOTHING: readonly never[] = [];

function hold<T>(store: Held<T>, key: string, value: T): T {
  if (store.fresh.size >= MOST) {
    store.stale = store.fresh;
    store.fresh = new Map();
  }
  store.fresh.set(key, value);
  return value;
}

function word(text: string): string {
  const known = words.fresh.get(text);
  if (known !== undefined) return known;
  const own = words.stale.get(text) ?? copyOf(text);
  return hold(words, own, own);
}

/** Flags, next hops: lists are held as a whole, by what they say. */
function list(values: unknown[]): readonly unknown[] {
  if (values.length === 0) return NOTHING;
  if (values.length > COLUMN) return values;
  const key = values.length <= LIST ? JSON.stringify(values) : '';
  if (key === '' || key.length > LONGEST_KEY) return each(values);
  const known = lists.fresh.get(key);
  if (known !== undefined) return known;
  return hold(lists, key, lists.stale.get(key) ?? each(values));
}

function each(values: unknown[]): readonly unknown[] {
  for (let i = 0; i < values.length; i++) values[i] = compacted(values[i]);
  return values;
}

/** The same text with memory of its own: a slice of a line would keep the line. */
function copyOf(text: string): string {
  const codes: number[] = new Array(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return String.fromCharCode.apply(null, codes);
}

/** Makes a value that nobody else holds compact, in place; returns what to hold instead of it. */
function compacted(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= LONGEST ? word(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? list(value) : compact(value);
}

/** Makes a fact compact, in place. */
export function compact<T extends object>(fact: T): T {
  const record = fact as Record<string, unknown>;
  for (const key in record) {
    // A word of ours and none of the bundle's.
    if (key === 'kind') continue;
    const value = record[key];
    if (typeof value === 'string' || typeof value === 'object') record[key] = compacted(value);
  }
  return fact;
}
