import { type Address, formatAddress, isLladdr, type Prefix, parsePrefix } from '../ip.js';
import { protocolNumber } from '../protocols.js';
import { icmpNumber } from './icmp.js';
import type { SetElement } from './types.js';

type Mutable = { -readonly [K in keyof SetElement]: SetElement[K] };

const ICMP = 1;
const ICMPV6 = 58;

/** Parts of an element by the set's type (ipset(8), SET TYPES). */
export type Part = 'ip' | 'net' | 'port' | 'iface' | 'mark' | 'mac' | 'set';
const PARTS: ReadonlySet<string> = new Set<Part>(['ip', 'net', 'port', 'iface', 'mark', 'mac', 'set']);

const known = new Map<string, readonly Part[] | undefined>();

/** `hash:ip,port` → ip, port; undefined for types that nothing here knows. */
export function partsOf(type: string): readonly Part[] | undefined {
  if (known.has(type)) return known.get(type);
  const [, words = ''] = /^(?:hash|bitmap|list):([a-z,]+)$/.exec(type) ?? [];
  const parts = words.split(',').filter((word): word is Part => PARTS.has(word));
  const read = parts.length > 0 && parts.length === words.split(',').length ? parts : undefined;
  // Types come from the bundle: no more of them than there can be.
  if (known.size < 100) known.set(type, read);
  return read;
}

/** Is it a type whose elements are known here? */
export const isSetType = (type: string): boolean => partsOf(type) !== undefined;

/** Family of a set: hashes with addresses say it; `bitmap:ip` has IPv4 alone, and prints nothing of it. */
export function familyOfSet(type: string | undefined, word: string | undefined): 4 | 6 | undefined {
  if (type?.startsWith('bitmap:ip')) return 4;
  return word === 'inet' ? 4 : word === 'inet6' ? 6 : undefined;
}

function readPort(word: string, into: Mutable): boolean {
  const colon = word.indexOf(':');
  const protocol = colon === -1 ? undefined : protocolNumber(word.slice(0, colon));
  if (colon !== -1 && protocol === undefined) return false;
  const rest = word.slice(colon + 1);
  const port =
    protocol === ICMP || protocol === ICMPV6
      ? icmpNumber(rest, protocol === ICMP ? 4 : 6)
      : /^\d{1,5}$/.test(rest) && Number(rest) <= 65535
        ? Number(rest)
        : undefined;
  if (port === undefined) return false;
  into.port = port;
  if (protocol !== undefined) into.protocol = protocol;
  return true;
}

function readAddress(word: string, family: 4 | 6 | undefined, into: Mutable): boolean {
  const prefix = parsePrefix(word);
  if (!prefix || (family !== undefined && prefix.family !== family)) return false;
  if (into.ip) into.ip2 = prefix;
  else into.ip = prefix;
  return true;
}

function readPart(part: Part, word: string, family: 4 | 6 | undefined, into: Mutable): boolean {
  switch (part) {
    case 'ip':
    case 'net':
      return readAddress(word, family, into);
    case 'port':
      return readPort(word, into);
    case 'iface':
      into.physdev = word.startsWith('physdev:');
      into.iface = into.physdev ? word.slice('physdev:'.length) : word;
      return into.iface !== '';
    case 'mark':
      if (!/^0x[\da-fA-F]{1,8}$/.test(word)) return false;
      into.mark = Number.parseInt(word, 16);
      return true;
    case 'mac':
      if (!isLladdr(word)) return false;
      into.mac = word.toLowerCase();
      return true;
    case 'set':
      into.set = word;
      return word !== '';
    default:
      return part satisfies never;
  }
}

/** An element as ipset prints it (lib/print.c, ipset_print_elem); undefined for what is none of this type: names (`-r`), masked addresses. */
export function readElement(type: string, family: 4 | 6 | undefined, text: string): SetElement | undefined {
  const parts = partsOf(type);
  if (!parts || text.length > 300) return undefined;
  const words = text.split(',');
  // `bitmap:ip,mac` prints an address alone while it does not know the MAC.
  const optional = type === 'bitmap:ip,mac' && words.length === 1;
  if (words.length !== parts.length && !optional) return undefined;
  const element: Mutable = {};
  for (const [i, word] of words.entries()) {
    const part = parts[i];
    if (part === undefined || !readPart(part, word, family, element)) return undefined;
  }
  return element;
}

/** ipset leaves the length of a single address away. */
const prefixText = (p: Prefix | Address): string => {
  const address = formatAddress(p);
  return 'length' in p && p.length < (p.family === 4 ? 32 : 128) ? `${address}/${p.length}` : address;
};

function portText(word: string, { protocol, port = 0 }: SetElement): string {
  if (protocol === undefined) return String(port);
  const name = word.slice(0, word.indexOf(':')).toLowerCase();
  return protocol === ICMP || protocol === ICMPV6 ? `${name}:${port >> 8}/${port & 255}` : `${name}:${port}`;
}

/** The element in canonical form; undefined for what is none of this type. */
export function elementText(type: string, family: 4 | 6 | undefined, text: string): string | undefined {
  const element = readElement(type, family, text);
  if (!element) return undefined;
  let addresses = 0;
  const words = text.split(',').map((word, i) => {
    switch (partsOf(type)?.[i]) {
      case 'ip':
      case 'net': {
        const prefix = addresses++ === 0 ? element.ip : element.ip2;
        return prefix ? prefixText(prefix) : word;
      }
      case 'port':
        return portText(word, element);
      case 'mac':
        return element.mac ?? word;
      default:
        return word;
    }
  });
  return words.join(',');
}
