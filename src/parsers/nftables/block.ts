import type { NftObjectFact, NftSetFact } from '../../facts/index.js';
import {
  type Draft,
  namedNftElement,
  nftSeconds,
  nftShape,
  printNftElement,
  readNftElements,
} from '../../kit/index.js';
import { devicesOf, typeOf } from './head.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A set or object as far as it is read. */
export type Block =
  | {
      readonly kind: 'set';
      readonly line: number;
      readonly fact: Mutable<Draft<NftSetFact>>;
      readonly elements: { readonly text: string[]; readonly line: number[] };
    }
  | { readonly kind: 'object'; readonly line: number; readonly fact: Mutable<Draft<NftObjectFact>> };

/** The block that `set NAME {` or `ct helper NAME {` opens. */
export function newBlock(line: number, word: string, name: string, family: string, table: string): Block {
  if (/^(?:set|map|meter)$/.test(word))
    return {
      kind: 'set',
      line,
      fact: { kind: 'nft-set', family, table, set: name, type: '', flags: [] },
      elements: { text: [], line: [] },
    };
  return { kind: 'object', line, fact: { kind: 'nft-object', family, table, type: word, name } };
}

const NUMBERS = /^(?:size|timeout|gc-interval) (\S+?);?$/;

/** One line of a set beside its elements: what is not told here is how the kernel holds it. False for what belongs to no set. */
export function setLine(fact: Mutable<Draft<NftSetFact>>, line: string): boolean {
  const [, how, types] = /^(type|typeof) (\S.*?);?$/.exec(line) ?? [];
  if (how !== undefined && types !== undefined) {
    const [key = '', data] = types.split(' : ');
    fact.type = how === 'typeof' ? typeOf(key) : key;
    if (data !== undefined) fact.data = typeOf(data);
    return true;
  }
  const value = NUMBERS.exec(line)?.[1];
  if (value !== undefined) {
    if (line.startsWith('size')) fact.size = Number(value);
    else if (line.startsWith('timeout')) fact.timeout = nftSeconds(value);
    return true;
  }
  const flags = /^flags ([a-z, -]+?);?$/.exec(line)?.[1];
  if (flags !== undefined) {
    fact.flags = flags.split(/[, ]+/).sort();
    return true;
  }
  const comment = commentOf(line);
  if (comment !== undefined) fact.comment = comment;
  // `counter`, `limit rate 10/second`: done for each element.
  return comment !== undefined || /^(?:auto-merge|policy \w+|counter|quota|limit|ct count|last)\b/.test(line);
}

/** `comment "…"` of a table, chain, set or object. */
export const commentOf = (line: string): string | undefined => /^comment "([^"]*)";?$/.exec(line)?.[1];

/** Elements of one line of `elements = { … }`, in their normal form; undefined when they can't be read. */
export function elementsOf(
  line: string,
  { type, data }: { type: string; data?: string },
): readonly string[] | undefined {
  const [key, value] = [nftShape(type), data === undefined ? undefined : nftShape(data)];
  return readNftElements(line)?.map((e) => printNftElement(namedNftElement(e, key, value)));
}

const OBJECT =
  /^(?:packets|over|rate|until|\d|type|protocol|l3proto|policy|mss|wscale|timestamp|sack-perm|dport|timeout|size|flags|hook|counter|name|id|ip6?|sport|ttl|tos|vxlan|erspan|geneve|"|\w+:)/;

/** One line of a named object or flowtable. */
export function objectLine(fact: Mutable<Draft<NftObjectFact>>, line: string): boolean {
  const devices = /^devices = (\{[^}]*\})/.exec(line)?.[1];
  if (devices !== undefined) {
    fact.devices = devicesOf(devices);
    return true;
  }
  const [, packets, bytes] = /^packets (\d{1,16}) bytes (\d{1,16})$/.exec(line) ?? [];
  if (packets !== undefined && fact.type === 'counter') {
    fact.packets = Number(packets);
    fact.bytes = Number(bytes);
    return true;
  }
  return commentOf(line) !== undefined || OBJECT.test(line);
}
