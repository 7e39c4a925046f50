import { type Address, type Prefix, parseAddress, prefixOf } from '../ip.js';
import { type Part, partsOf, readElement } from './element.js';
import type { SetAnswer, SetContent, SetElement, SetMembers, SetTuple } from './types.js';

/*
 * As the kernel tests a set (net/netfilter/ipset/ip_set_hash_gen.h, mtype_test and mtype_test_cidrs): the tuple, cut to each length of
 * prefix that the set has, the longest first, is looked up whole. So is it here, with a map in place of the hash.
 */

/** How many addresses of a type's elements may be nets, and which: those of `ip` parts are always whole. */
interface Shape {
  readonly parts: readonly Part[];
  readonly netFirst: boolean;
  readonly netSecond: boolean;
}

interface Index {
  /** Elements by what is looked up; several where only the interface tells them apart. */
  readonly members: ReadonlyMap<string, readonly number[]>;
  readonly elements: ReadonlyMap<number, SetElement>;
  /** Lengths of the first and of the second address, the longest first. */
  readonly first: readonly number[];
  readonly second: readonly number[];
}

const indexes = new WeakMap<SetMembers, Index>();

const fullLength = (a: Address): number => (a.family === 4 ? 32 : 128);

function shapeOf(type: string): Shape | undefined {
  const parts = partsOf(type);
  if (!parts || parts[0] === 'set') return undefined;
  const addresses = parts.filter((part) => part === 'ip' || part === 'net');
  return { parts, netFirst: addresses[0] === 'net', netSecond: addresses[1] === 'net' };
}

const prefixKey = (p: Prefix | undefined): string => (p ? `${p.words.join('.')}/${p.length}` : '');

/** What is looked up. The interface is compared behind the look-up, an unknown MAC matches any. */
const keyOf = (e: Omit<SetElement, 'iface' | 'mac' | 'set'>, mac: string | undefined): string =>
  `${prefixKey(e.ip)} ${prefixKey(e.ip2)} ${e.protocol ?? ''}:${e.port ?? ''} ${e.mark ?? ''} ${e.physdev ? 'physdev' : ''} ${mac ?? ''}`;

const longestFirst = (lengths: ReadonlySet<number>): number[] => [...lengths].sort((a, b) => b - a);

function indexOf(members: SetMembers, type: string, family: 4 | 6 | undefined): Index {
  const made = indexes.get(members);
  if (made) return made;
  const byKey = new Map<string, number[]>();
  const elements = new Map<number, SetElement>();
  const first = new Set<number>();
  const second = new Set<number>();
  for (const [i, text] of members.text.entries()) {
    const element = readElement(type, family, text);
    if (!element) continue;
    if (element.ip) first.add(element.ip.length);
    if (element.ip2) second.add(element.ip2.length);
    if (element.iface !== undefined) elements.set(i, element);
    const key = keyOf(element, element.mac);
    const held = byKey.get(key);
    if (held) held.push(i);
    else byKey.set(key, [i]);
  }
  const index = { members: byKey, elements, first: longestFirst(first), second: longestFirst(second) };
  indexes.set(members, index);
  return index;
}

/** The address under the set's `netmask` or `bitmask`. */
function underMask(address: Address, options: SetContent['options']): Address {
  const { netmask, bitmask } = options;
  if (netmask !== undefined) return prefixOf(address, Number(netmask));
  const bits = bitmask === undefined ? undefined : parseAddress(bitmask);
  if (!bits) return address;
  return { family: address.family, words: address.words.map((w, i) => (w & (bits.words[i] ?? 0)) >>> 0) };
}

/** What the tuple lacks, in words; undefined when it is whole. */
function lacking(parts: readonly Part[], tuple: SetTuple): string | undefined {
  let addresses = 0;
  for (const part of parts) {
    if (part === 'ip' || part === 'net') {
      if ((addresses++ === 0 ? tuple.ip : tuple.ip2) === undefined) return 'an address';
    } else if (part === 'port') {
      if (tuple.port === undefined) return 'the port';
    } else if (part === 'iface' && tuple.iface === undefined) return 'the interface';
    else if (part === 'mark' && tuple.mark === undefined) return 'the mark';
    else if (part === 'mac' && tuple.mac === undefined) return 'the MAC address';
  }
  return undefined;
}

/** Only a part that the type has is looked up: a bitmap of ports knows no protocol. */
function relevant(set: SetContent, { parts }: Shape, tuple: SetTuple): SetTuple {
  const markmask = Number.parseInt(set.options['markmask'] ?? 'ffffffff', 16);
  const netnet = set.type === 'hash:net,net';
  return {
    ...(tuple.ip && (parts.includes('ip') || parts.includes('net')) && { ip: underMask(tuple.ip, set.options) }),
    ...(tuple.ip2 && { ip2: netnet ? underMask(tuple.ip2, set.options) : tuple.ip2 }),
    ...(parts.includes('port') && set.type !== 'bitmap:port' && { protocol: tuple.protocol }),
    ...(parts.includes('port') && { port: tuple.port }),
    ...(parts.includes('iface') && { iface: tuple.iface, physdev: tuple.physdev === true }),
    ...(parts.includes('mark') && tuple.mark !== undefined && { mark: (tuple.mark & markmask) >>> 0 }),
    ...(parts.includes('mac') && { mac: tuple.mac }),
  } as SetTuple;
}

/** Index of the element that holds the tuple: the kernel's walk over the lengths. */
function search(index: Index, members: SetMembers, shape: Shape, tuple: SetTuple): number | undefined {
  const { ip, ip2, iface, mac, ...rest } = tuple;
  const firsts = ip ? (shape.netFirst ? index.first : [fullLength(ip)]) : [0];
  const seconds = ip2 ? (shape.netSecond ? index.second : [fullLength(ip2)]) : [0];
  for (const a of firsts)
    for (const b of seconds) {
      const cut = { ...rest, ...(ip && { ip: prefixOf(ip, a) }), ...(ip2 && { ip2: prefixOf(ip2, b) }) };
      const held =
        index.members.get(keyOf(cut, mac)) ?? (mac === undefined ? [] : index.members.get(keyOf(cut, undefined)));
      if (!held || held.length === 0) continue;
      if (iface === undefined) return held[0];
      // Where the net is there under other interfaces only, shorter prefixes are not looked at (`multi` in mtype_test_cidrs).
      return held.find((i) => {
        const name = index.elements.get(i)?.iface ?? '';
        return members.flags?.[i]?.includes('wildcard') ? iface.startsWith(name) : iface === name;
      });
    }
  return undefined;
}

/**
 * Does the set hold the tuple? The answer of `ipset test` and of the kernel's match; a `list:set` is asked with `setMatches`, for each of its
 * sets takes other parts of the packet.
 */
export function setContains(set: SetContent, tuple: SetTuple): SetAnswer {
  const { type, family, members, unread = 0 } = set;
  const shape = type === undefined ? undefined : shapeOf(type);
  if (type === undefined) return { kind: 'unknown', because: `the type of ${set.name} was not captured` };
  if (!shape) return { kind: 'unknown', because: `${set.name} is a ${type}` };
  const mismatch = (a: Address | undefined): boolean => a !== undefined && family !== undefined && a.family !== family;
  if (mismatch(tuple.ip) || mismatch(tuple.ip2)) return { kind: 'out' };
  const lack = lacking(shape.parts, tuple);
  if (lack !== undefined) return { kind: 'unknown', because: `${lack} of the packet is not known` };
  if (!members) return { kind: 'unknown', because: `the elements of ${set.name} were not captured` };
  const index = indexOf(members, type, family);
  const member = search(index, members, shape, relevant(set, shape, tuple));
  if (member !== undefined) return { kind: members.flags?.[member]?.includes('nomatch') ? 'out' : 'in', member };
  return unread > 0
    ? { kind: 'unknown', because: `${unread} elements of ${set.name} could not be read` }
    : { kind: 'out' };
}
