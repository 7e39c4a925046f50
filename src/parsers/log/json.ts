/**
 * The top-level members of a JSON object, found in its bytes: a journal in JSON carries some thirty fields per entry, of which three or four
 * count. Tolerant of what printers make of JSON (util-linux prints bare dates as values); nothing is decoded.
 */

/** Keys to look for; a member's place in the result is its place in the list. */
export interface Keys {
  readonly names: readonly string[];
  readonly byHash: ReadonlyMap<number, number>;
}

const hash = (h: number, c: number): number => (Math.imul(h, 31) + c) | 0;

export function keysOf(names: readonly string[]): Keys {
  const byHash = new Map<number, number>();
  for (const [i, name] of names.entries()) {
    let h = name.length;
    for (let k = 0; k < name.length; k++) h = hash(h, name.charCodeAt(k));
    byHash.set(h, i);
  }
  return { names, byHash };
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Offset of the quote that closes the string whose first letter is at `i`; `to` when none does. */
function stringEnd(b: Uint8Array, i: number, to: number): number {
  for (; i < to; i++) {
    const c = b[i];
    if (c === QUOTE) return i;
    if (c === BACKSLASH) i++;
  }
  return to;
}

/** Offset behind the array or object that opens at `i`. */
function nestedEnd(b: Uint8Array, i: number, to: number): number {
  let depth = 0;
  for (; i < to; i++) {
    const c = b[i];
    if (c === QUOTE) i = stringEnd(b, i + 1, to);
    else if (c === 91 || c === 123) depth++;
    else if ((c === 93 || c === 125) && --depth === 0) return i + 1;
  }
  return to;
}

const gap = (c: number | undefined): boolean => c === 32 || c === 9 || c === 10 || c === 13;

/**
 * Reads the object that opens at `from`. `found[2k]` and `found[2k+1]` become the range of the value of key `k` (a string without its
 * quotes), or -1. Returns the offset behind the object, or -1 when it is none or does not close.
 */
export function readMembers(b: Uint8Array, from: number, to: number, keys: Keys, found: Int32Array): number {
  found.fill(-1);
  if (b[from] !== 123) return -1;
  let i = from + 1;
  for (;;) {
    while (i < to && b[i] !== QUOTE && b[i] !== 125) i++;
    if (i >= to) return -1;
    if (b[i] === 125) return i + 1;
    const name = i + 1;
    const end = stringEnd(b, name, to);
    let h = end - name;
    for (let k = name; k < end; k++) h = hash(h, b[k] as number);
    i = end + 1;
    while (gap(b[i])) i++;
    if (b[i] !== 58) return -1;
    i++;
    while (gap(b[i])) i++;
    const key = keys.byHash.get(h) ?? -1;
    const opener = b[i];
    let [first, last] = [i, i];
    if (opener === QUOTE) {
      first = i + 1;
      last = stringEnd(b, first, to);
      i = last + 1;
    } else if (opener === 91 || opener === 123) {
      last = nestedEnd(b, i, to);
      i = last;
    } else {
      while (i < to && b[i] !== 44 && b[i] !== 125 && b[i] !== 10) i++;
      last = i;
    }
    if (key >= 0 && keys.names[key]?.length === end - name) {
      found[2 * key] = first;
      found[2 * key + 1] = Math.min(last, to);
    }
  }
}
