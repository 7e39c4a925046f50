/**
 * IPv4 and IPv6 addresses and prefixes as numbers. Written here because the prescribed library is two orders of magnitude
 * slower and compares across families; see docs/decisions. IPv4 is one unsigned 32-bit number, IPv6 is four.
 */
export interface Address {
  readonly family: 4 | 6;
  /** One word for IPv4, four for IPv6, unsigned. */
  readonly words: readonly number[];
}

export interface Prefix extends Address {
  /** Network address: host bits are zero. */
  readonly length: number;
}

/** Dotted quad to a number; undefined for anything else (leading zeros, masks of X, ports). */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
    } else if (c >= 48 && c <= 57) {
      if (octet === 0) return undefined;
      octet = (octet < 0 ? 0 : octet * 10) + c - 48;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

export const formatIpv4 = (n: number): string => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      out.push(v4 >>> 16, v4 & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return out;
}

function parseIpv6(text: string): number[] | undefined {
  if (!text.includes(':')) return undefined;
  const bare = text.replace(/%.*$/, '');
  const halves = bare.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const words: number[] = [];
  for (let i = 0; i < 8; i += 2) words.push((((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0);
  return words;
}

/** An address of either family; undefined when the text is none. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return { family: 4, words: [v4] };
  const v6 = parseIpv6(text);
  return v6 && { family: 6, words: v6 };
}

function mask(words: readonly number[], length: number): number[] {
  return words.map((w, i) => {
    const bits = Math.min(32, Math.max(0, length - i * 32));
    return bits === 0 ? 0 : (w & (0xffffffff << (32 - bits))) >>> 0;
  });
}

/** `A/N` or a bare address (then /32 or /128). Host bits are cleared. `default`, `any` and `0/0` are not prefixes here. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (!address) return undefined;
  const max = address.family === 4 ? 32 : 128;
  const digits = text.slice(slash + 1);
  const length = slash === -1 ? max : /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(length <= max)) return undefined;
  return { family: address.family, words: mask(address.words, length), length };
}

/** The prefix of that length which holds the address. */
export const prefixOf = (a: Address, length: number): Prefix => ({
  family: a.family,
  words: mask(a.words, length),
  length,
});

const sameWords = (a: readonly number[], b: readonly number[]): boolean => a.every((w, i) => w === b[i]);

/** Is `inner` (an address or a prefix) inside `outer`? False across families. */
export function contains(outer: Prefix, inner: Address | Prefix): boolean {
  if (outer.family !== inner.family) return false;
  if ('length' in inner && inner.length < outer.length) return false;
  return sameWords(mask(inner.words, outer.length), outer.words);
}

export const overlaps = (a: Prefix, b: Prefix): boolean => contains(a, b) || contains(b, a);

function formatIpv6(words: readonly number[]): string {
  const groups = words.flatMap((w) => [w >>> 16, w & 0xffff]);
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > best.length) best = { start: i, length: n };
    i += n;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':');
  return best.start < 0 ? hex(0, 8) : `${hex(0, best.start)}::${hex(best.start + best.length, 8)}`;
}

export const formatAddress = (a: Address): string =>
  a.family === 4 ? formatIpv4(a.words[0] ?? 0) : formatIpv6(a.words);
export const formatPrefix = (p: Prefix): string => `${formatAddress(p)}/${p.length}`;

/** The address of a prefix that is one host's: `10.1.7.9/32`, `fd00::1/128`. `fd00:244::/32` is a network. */
export function hostOf(prefix: string): string | undefined {
  const [, address = '', length] = /^(.*)\/(32|128)$/.exec(prefix) ?? [];
  return length !== undefined && (length === '128') === address.includes(':') ? address : undefined;
}

/** Canonical text of an address, or undefined: `FE80::1` → `fe80::1`. */
export const canonicalAddress = (text: string): string | undefined => {
  const a = parseAddress(text);
  return a && formatAddress(a);
};

/** Canonical text of a prefix with its length: `10.1.7.0` → `10.1.7.0/32`. */
export const canonicalPrefix = (text: string): string | undefined => {
  const p = parsePrefix(text);
  return p && formatPrefix(p);
};

/** First address of a prefix as text (`10.244.1.0/24` → `10.244.1.0`): flannel's VTEP address of a subnet. */
export const networkAddress = (p: Prefix): string => formatAddress({ family: p.family, words: p.words });

/** Is the text a MAC address? */
export const isLladdr = (text: string): boolean => /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text);
