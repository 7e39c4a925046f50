import type { At, NftElement, NftExpression } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import { keyOf } from './nft-key.js';
import { isEntry, type Lookup } from './nft-set.js';
import { anonymousSet, type NftTable, namedSet } from './nft-tables.js';
import {
  constant,
  type DataType,
  isValue,
  openPart,
  operate,
  type Part,
  type Register,
  type Span,
  typeOfKey,
  type Value,
} from './nft-value.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** What a rule is compiled in. */
export interface Place {
  readonly table: NftTable;
  readonly at: At;
  readonly text: string;
  /** What the rule's counter shows, for a limit behind which nothing is asked. */
  readonly packets?: number;
}

export type Reader = (c: HookContext) => Register;

/** The key under which a choice of this rule is one in a leg. */
export const choiceKey = (c: HookContext, place: Place): string =>
  `${c.machine.id} ${place.at} ${place.text} ${c.hook} ${c.walk.legs.length} ${c.packet.src.text}`;

/** `numgen random mod 4 offset 2`: values from 2 to 5, none of which anything in a dump foretells. */
export interface Generator {
  readonly count: number;
  readonly first: number;
}

const MOST = 65_536;

export function generatorOf(e: NftExpression): Generator | undefined {
  if (e.kind !== 'key' || !/^(?:numgen|jhash|symhash) /.test(e.name)) return undefined;
  const count = Number(/ mod (\d+)/.exec(e.name)?.[1]);
  const first = Number(/ offset (\d+)/.exec(e.name)?.[1] ?? 0);
  return count >= 1 && count <= MOST ? { count, first } : undefined;
}

/** One of a generator's values: those that `classOf` takes for the same are one choice, with their share. */
export function choose(c: HookContext, place: Place, g: Generator, classOf: (value: bigint) => unknown): bigint {
  const shares = new Map<unknown, { readonly value: bigint; count: number }>();
  for (let i = 0; i < g.count; i++) {
    const value = BigInt(g.first + i);
    const of = classOf(value);
    const held = shares.get(of);
    if (held) held.count++;
    else shares.set(of, { value, count: 1 });
  }
  const all = [...shares.values()];
  const pick = c.walk.choose.balance(
    choiceKey(c, place),
    all.map((s) => s.count / g.count),
  );
  return all[pick]?.value ?? BigInt(g.first);
}

export function typesOf(e: NftExpression): readonly DataType[] {
  switch (e.kind) {
    case 'key':
      return [typeOfKey(e.name)];
    case 'concat':
      return e.parts.flatMap(typesOf);
    case 'binary':
      return typesOf(e.left);
    default:
      return ['number'];
  }
}

/** A value as a register holds it: of an interval its beginning. */
export const startOf = (span: Span): Value =>
  span.kind === 'numbers' ? span.low : span.kind === 'name' ? span.text : '';

function binaryReader(e: Extract<NftExpression, { kind: 'binary' }>, place: Place, types: readonly DataType[]): Reader {
  const left = reader(e.left, place, types);
  const right = reader(e.right, place, typesOf(e.left)[0] === 'number' ? types : typesOf(e.left));
  return (c) => {
    const [a] = left(c) ?? [];
    const [b] = right(c) ?? [];
    if (a === undefined || b === undefined) return undefined;
    if (!isValue(a)) return [a];
    if (!isValue(b)) return [b];
    if (typeof a !== 'bigint' || typeof b !== 'bigint') return [unsupported(place.text)];
    return [operate(e.op, a, b)];
  };
}

/** Whatever an expression gives; `types` are those of constants in it. */
export function reader(e: NftExpression, place: Place, types: readonly DataType[]): Reader {
  switch (e.kind) {
    case 'key': {
      const generator = generatorOf(e);
      if (generator)
        return (c) => (generator.count > 64 ? [unsupported(e.name)] : [choose(c, place, generator, (v) => v)]);
      const get = keyOf(e.name);
      return (c) => {
        const part = get(c);
        return part === undefined ? undefined : [part];
      };
    }
    case 'concat': {
      const parts = e.parts.map((p, i) => reader(p, place, types.slice(i, i + 1)));
      return (c) => together(parts, c);
    }
    case 'binary':
      return binaryReader(e, place, types);
    case 'map': {
      const find = finder(e.key, e.map, place);
      return (c) => {
        const found = find(c);
        if (found === undefined) return undefined;
        if (!('element' in found)) return [found];
        return dataOf(found.element, found.data ?? types, place);
      };
    }
    default: {
      const span = constant(e, types[0] ?? 'number');
      const parts: readonly Part[] = [span ? startOf(span) : unsupported(place.text)];
      return () => parts;
    }
  }
}

/** All parts of a concatenation; the rule ends where one is not there. */
function together(readers: readonly Reader[], c: HookContext): Register {
  const parts: Part[] = [];
  for (const read of readers) {
    const register = read(c);
    if (!register) return undefined;
    parts.push(...register);
  }
  return parts;
}

/** Data of an element as parts. */
export function dataParts(element: NftElement): readonly NftExpression[] {
  const { data } = element;
  if (!data || data.kind === 'verdict' || data.kind === 'jump') return [];
  return data.kind === 'concat' ? data.parts : [data];
}

function dataOf(element: NftElement, types: readonly DataType[], place: Place): Register {
  return dataParts(element).map((part, i) => {
    const span = constant(part, types[i] ?? 'number');
    return span ? startOf(span) : unsupported(place.text);
  });
}

/** The element that a map has for the packet. */
export type Found =
  | { readonly element: NftElement; readonly data: readonly DataType[] | undefined }
  | Missing
  | undefined;

/** Looks a key up in a set or map, named or of the rule itself. A generator is a choice between its elements. */
export function finder(key: NftExpression, map: NftExpression, place: Place): (c: HookContext) => Found {
  const read = reader(key, place, typesOf(key));
  const generator = generatorOf(key);
  const resolve = lookupOf(key, map, place);
  return (c) => {
    const set = resolve();
    if (!('lookup' in set)) return set;
    const { lookup, data } = set;
    const parts = generator ? [choose(c, place, generator, (v) => lookup.find([v]))] : read(c);
    if (!parts) return undefined;
    const found = lookup.find(parts);
    return isEntry(found) ? { element: found.element, data } : found;
  };
}

interface Resolved {
  readonly lookup: Lookup;
  readonly data: readonly DataType[] | undefined;
}

function lookupOf(key: NftExpression, map: NftExpression, place: Place): () => Resolved | Missing {
  if (map.kind === 'set') {
    const lookup = anonymousSet(map, typesOf(key), place.at);
    return () => ({ lookup, data: undefined });
  }
  if (map.kind === 'named-set') return () => namedSet(place.table, map.name, place.at);
  return () => unsupported(place.text);
}

/** Is the key in the set? */
export function membership(
  key: NftExpression,
  set: NftExpression,
  place: Place,
): (c: HookContext) => boolean | Missing | undefined {
  const read = reader(key, place, typesOf(key));
  const generator = generatorOf(key);
  const resolve = lookupOf(key, set, place);
  return (c) => {
    const resolved = resolve();
    // A selector that the packet does not have ends the rule, whatever the set holds.
    const parts = generator ? [] : read(c);
    if (!parts) return undefined;
    if (!('lookup' in resolved)) return openPart(parts) ?? resolved;
    const { lookup } = resolved;
    const found = lookup.find(generator ? [choose(c, place, generator, (v) => lookup.find([v]) !== undefined)] : parts);
    return found === undefined ? false : isEntry(found) ? true : found;
  };
}
