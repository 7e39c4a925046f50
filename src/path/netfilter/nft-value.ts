import {
  type NftExpression,
  type NftStatement,
  type NftTypeName,
  nftNumber,
  nftShape,
  nftTypeOf,
  parseAddress,
} from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import type { Ip } from '../types.js';

/** What a register of nft holds, as this walk has it: numbers and addresses are one, names of devices are texts. */
export type Value = bigint | string;

/** Values from `low` to `high`; a text that is a whole name or the beginning of names. */
export type Span =
  | { readonly kind: 'numbers'; readonly low: bigint; readonly high: bigint }
  | { readonly kind: 'name'; readonly text: string; readonly open: boolean }
  /** Any name at all: `fib saddr . iif oif exists`. */
  | { readonly kind: 'named' };

/** A part of a register: what it is, or why that is not known. */
export type Part = Value | Missing;
/** What an expression gives; undefined: the rule ends here (NFT_BREAK). */
export type Register = readonly Part[] | undefined;

export type DataType = NftTypeName | 'address' | 'lladdr' | 'number' | 'name' | 'device';

export const isValue = (part: Part): part is Value => typeof part !== 'object';

/** First part that is not known. */
export const openPart = (parts: readonly Part[]): Missing | undefined =>
  parts.find((part): part is Missing => !isValue(part));

const numbers = new WeakMap<Ip, bigint>();
export function addressValue(ip: Ip): bigint {
  const known = numbers.get(ip);
  if (known !== undefined) return known;
  const value = wordsValue(ip.words);
  numbers.set(ip, value);
  return value;
}

const wordsValue = (words: readonly number[]): bigint => words.reduce((all, w) => (all << 32n) | BigInt(w), 0n);

/** Words of an address of that family. */
export function wordsOf(value: bigint, family: 4 | 6): readonly number[] {
  const count = family === 4 ? 1 : 4;
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(32 * (count - 1 - i))) & 0xffffffffn));
}

/** `meta l4proto`, `ct original ip saddr`: what values of that selector are. */
export function typeOfKey(name: string): DataType {
  const named = nftTypeOf(name);
  if (named !== undefined && named !== 'oif') return named;
  if (/(?:^| )[sd]addr$/.test(name) && /^(?:ip6? |ct )/.test(name)) return 'address';
  if (/^ether [sd]addr$|^arp [sd]addr ether$/.test(name)) return 'lladdr';
  if (/^arp [sd]addr ip$/.test(name)) return 'address';
  if (/^rt ip6? nexthop$/.test(name)) return 'address';
  if (/^[io]ifname$|^meta [io]brname$|^fib .* oifname$|^meta [io]ifkind$|^meta sdifname$/.test(name)) return 'name';
  if (/^[io]if$|^fib .* oif$|^meta sdif$/.test(name)) return 'device';
  return 'number';
}

const OWN: Readonly<Record<string, DataType>> = {
  ipv4_addr: 'address',
  ipv6_addr: 'address',
  ether_addr: 'lladdr',
  ifname: 'name',
  iface_index: 'device',
};

/** Of `ipv4_addr . inet_service`, or of what `typeof` says: `ip saddr . meta mark`. */
export const typesOf = (type: string): readonly DataType[] =>
  type
    .split(' . ')
    .map((part) => OWN[part] ?? (/[ ]/.test(part) ? typeOfKey(part) : (nftShape(part)[0] ?? bare(part))));

const bare = (part: string): DataType => (/^[io]if(?:name)?$/.test(part) ? typeOfKey(part) : 'number');

const single = (value: bigint): Span => ({ kind: 'numbers', low: value, high: value });
const isDigits = (text: string): boolean => /^(?:\d{1,40}|0x[0-9a-fA-F]{1,32})$/.test(text);

function numberOf(text: string, type: DataType): bigint | undefined {
  if (isDigits(text)) return BigInt(text);
  if (type === 'number' && (text === 'exists' || text === 'missing')) return text === 'exists' ? 1n : 0n;
  if (type === 'address') {
    const address = parseAddress(text);
    return address && wordsValue(address.words);
  }
  if (type === 'lladdr')
    return /^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(text) ? BigInt(`0x${text.replaceAll(':', '')}`) : undefined;
  if (type === 'number' || type === 'name' || type === 'device') return undefined;
  const number = nftNumber(type, text);
  return number === undefined ? undefined : BigInt(number);
}

/** `10.0.0.0/8`, `80-90`, `tcp`, `cali*`; undefined for a text that is none of that type. */
export function spanOf(text: string, type: DataType): Span | undefined {
  if (type === 'name') {
    const open = text.endsWith('*') && !text.endsWith('\\*');
    return { kind: 'name', text: open ? text.slice(0, -1) : text.replaceAll('\\*', '*'), open };
  }
  if (type === 'device') {
    if (text === 'exists') return { kind: 'named' };
    return { kind: 'name', text: text === 'missing' || text === '0' ? '' : text, open: false };
  }
  const slash = text.indexOf('/');
  if (slash !== -1) return prefixSpan(text.slice(0, slash), Number(text.slice(slash + 1)), type);
  const exact = numberOf(text, type);
  if (exact !== undefined) return single(exact);
  const dash = text.indexOf('-');
  if (dash === -1) return undefined;
  const [low, high] = [numberOf(text.slice(0, dash), type), numberOf(text.slice(dash + 1), type)];
  return low === undefined || high === undefined ? undefined : { kind: 'numbers', low, high };
}

function prefixSpan(text: string, length: number, type: DataType): Span | undefined {
  const value = numberOf(text, type);
  const bits = text.includes(':') ? 128 : 32;
  if (value === undefined || !(length >= 0 && length <= bits)) return undefined;
  const hosts = (1n << BigInt(bits - length)) - 1n;
  return { kind: 'numbers', low: value & ~hosts, high: value | hosts };
}

/** Each bit of the list, or the one value. */
export function constant(e: NftExpression, type: DataType): Span | undefined {
  switch (e.kind) {
    case 'value':
      return spanOf(e.text, type);
    case 'list': {
      let all = 0n;
      for (const value of e.values) {
        const span = constant(value, type);
        if (span?.kind !== 'numbers' || span.low !== span.high) return undefined;
        all |= span.low;
      }
      return single(all);
    }
    case 'binary': {
      const [left, right] = [constant(e.left, type), constant(e.right, type)];
      if (left?.kind !== 'numbers' || right?.kind !== 'numbers') return undefined;
      return single(operate(e.op, left.low, right.low));
    }
    default:
      return undefined;
  }
}

type Op = Extract<NftExpression, { kind: 'binary' }>['op'];

export function operate(op: Op, a: bigint, b: bigint): bigint {
  switch (op) {
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return (a << (b & 127n)) & 0xffffffffn;
    case '>>':
      return a >> (b & 127n);
  }
}

export function spanHolds(span: Span, value: Value): boolean {
  switch (span.kind) {
    case 'numbers':
      return typeof value === 'bigint' && value >= span.low && value <= span.high;
    case 'name':
      return typeof value === 'string' && (span.open ? value.startsWith(span.text) : value === span.text);
    case 'named':
      return value !== '';
  }
}

/** Does a value answer a match's operator? (nft_cmp_eval, nft_range_eval; `in` and `!`: bits of a mask.) */
export function compare(op: Extract<NftStatement, { kind: 'match' }>['op'], value: Value, span: Span): boolean {
  switch (op) {
    case '==':
      return spanHolds(span, value);
    case '!=':
      return !spanHolds(span, value);
    case 'in':
      return typeof value === 'bigint' && span.kind === 'numbers' && (value & span.low) !== 0n;
    case '!':
      return typeof value === 'bigint' && span.kind === 'numbers' && (value & span.low) === 0n;
    case '<':
      return typeof value === 'bigint' && span.kind === 'numbers' && value < span.low;
    case '<=':
      return typeof value === 'bigint' && span.kind === 'numbers' && value <= span.high;
    case '>':
      return typeof value === 'bigint' && span.kind === 'numbers' && value > span.high;
    case '>=':
      return typeof value === 'bigint' && span.kind === 'numbers' && value >= span.low;
  }
}
