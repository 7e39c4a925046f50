import type { NftElement } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import { constant, type DataType, isValue, openPart, type Part, type Span, spanHolds } from './nft-value.js';

/** An element as packets are compared with it. */
export interface Entry {
  readonly element: NftElement;
  /** One for each part of the key; undefined: what it holds can't be read. `*` has none. */
  readonly spans: readonly (Span | undefined)[];
}

export interface Lookup {
  /** The element that holds the parts, or why that is not known; undefined: none does. */
  find(parts: readonly Part[]): Entry | Missing | undefined;
  readonly entries: readonly Entry[];
}

export const isEntry = (found: Entry | Missing | undefined): found is Entry => found !== undefined && 'spans' in found;

function entryOf(element: NftElement, types: readonly DataType[]): Entry {
  const { key } = element;
  if (key.kind === 'value' && key.text === '*') return { element, spans: [] };
  const parts = key.kind === 'concat' ? key.parts : [key];
  return { element, spans: parts.map((part, i) => constant(part, types[i] ?? 'number')) };
}

const isCatchAll = (entry: Entry): boolean => entry.spans.length === 0;

/** The key under which an element without intervals is found at once. */
function exactKey({ spans }: Entry): string | undefined {
  const parts: string[] = [];
  for (const span of spans) {
    if (span?.kind === 'numbers' && span.low === span.high) parts.push(String(span.low));
    else if (span?.kind === 'name' && !span.open) parts.push(span.text);
    else return undefined;
  }
  return parts.join(' . ');
}

/** Could the element hold the parts, as far as they are known? */
const mayHold = (entry: Entry, parts: readonly Part[]): boolean =>
  parts.every((part, i) => {
    const span = entry.spans[i];
    return span === undefined || !isValue(part) || spanHolds(span, part);
  });

/** The elements of a set or map, indexed. `missing`: elements whose key can't be read. */
export function makeLookup(elements: readonly NftElement[], types: readonly DataType[], missing: Missing): Lookup {
  const entries = elements.map((e) => entryOf(e, types));
  const exact = new Map<string, Entry>();
  const others: Entry[] = [];
  for (const entry of entries) {
    if (isCatchAll(entry)) continue;
    const key = exactKey(entry);
    if (key === undefined) others.push(entry);
    else exact.set(key, entry);
  }
  const rest = entries.find(isCatchAll);
  const certain = (entry: Entry): Entry | Missing => (entry.spans.includes(undefined) ? missing : entry);
  return {
    entries,
    find(parts) {
      const open = openPart(parts);
      if (open) return entries.some((e) => mayHold(e, parts)) ? open : undefined;
      const hit = exact.get(parts.join(' . '));
      if (hit) return hit;
      const ranged = others.find((e) => mayHold(e, parts));
      return ranged ? certain(ranged) : rest;
    },
  };
}
