import { own } from './own.js';

/** A value out of YAML or JSON that knows its lines: what `JSON.parse` loses and evidence needs. */
export type Located = LocatedMap | LocatedList | LocatedText;

interface LocatedMap {
  readonly kind: 'map';
  readonly line: number;
  readonly entries: ReadonlyMap<string, { readonly line: number; readonly value: Located }>;
}

interface LocatedList {
  readonly kind: 'list';
  readonly line: number;
  readonly items: readonly Located[];
}

/** Any scalar. `plain` ones were written without quotes: numbers, booleans, null and YAML's bare words. */
export interface LocatedText {
  readonly kind: 'text';
  readonly line: number;
  readonly text: string;
  readonly plain: boolean;
  /** A literal block (`key: |`): line `i` of the text is line `line + i` of the file. */
  readonly block: boolean;
}

/** What a reader of YAML or JSON returns: the value, or why it could not go on and where. */
export type Reading = { readonly value: Located } | { readonly error: string; readonly line: number };

/** The value at a path of keys. */
export function valueAt(node: Located | undefined, ...path: readonly string[]): Located | undefined {
  for (const key of path) {
    if (node?.kind !== 'map') return undefined;
    node = node.entries.get(key)?.value;
  }
  return node;
}

/** Line of a key (the last of the path). */
export function lineAt(node: Located | undefined, ...path: readonly string[]): number | undefined {
  const parent = valueAt(node, ...path.slice(0, -1));
  return parent?.kind === 'map' ? parent.entries.get(path.at(-1) ?? '')?.line : undefined;
}

const isNull = (node: LocatedText): boolean =>
  node.plain && (node.text === '' || node.text === 'null' || node.text === '~');

const textOfNode = (node: Located | undefined): string | undefined =>
  node?.kind === 'text' && !isNull(node) ? own(node.text) : undefined;

/** A scalar as text; undefined when it is absent or null. */
export const textAt = (node: Located | undefined, ...path: readonly string[]): string | undefined =>
  textOfNode(valueAt(node, ...path));

export function numberAt(node: Located | undefined, ...path: readonly string[]): number | undefined {
  const text = textAt(node, ...path);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function flagAt(node: Located | undefined, ...path: readonly string[]): boolean | undefined {
  const text = textAt(node, ...path);
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Items of a list; none when it is absent. */
export function itemsAt(node: Located | undefined, ...path: readonly string[]): readonly Located[] {
  const list = valueAt(node, ...path);
  return list?.kind === 'list' ? list.items : [];
}

/** Scalars of a list. */
export const textsAt = (node: Located | undefined, ...path: readonly string[]): string[] =>
  itemsAt(node, ...path).flatMap((item) => textOfNode(item) ?? []);

/** A map of scalars (labels, annotations, selectors); undefined when it is absent. */
export function wordsAt(node: Located | undefined, ...path: readonly string[]): Record<string, string> | undefined {
  const map = valueAt(node, ...path);
  if (map?.kind !== 'map') return undefined;
  const pairs: [string, string][] = [];
  for (const [key, { value }] of map.entries) {
    if (value.kind === 'text') pairs.push([own(key), own(value.text)]);
  }
  // fromEntries defines own properties: a hostile `__proto__` key stays a key.
  return Object.fromEntries(pairs);
}
