import { decode } from '../../kit/index.js';

/** Byte range of one object. */
export interface JsonRange {
  readonly start: number;
  readonly end: number;
  readonly kind: string | undefined;
}

/** What the braces of one JSON value tell. */
interface JsonScan {
  readonly end: number;
  readonly kind: string | undefined;
  readonly isList: boolean;
  readonly items: readonly JsonRange[];
  readonly broken?: string;
}

/** Walks the bytes of one JSON value by its braces: its end, its `kind`, and the ranges of its `items`. */
export function scanJson(bytes: Uint8Array, start: number, limit: number): JsonScan {
  const array = bytes.subarray(start, limit).find((c) => c === 91 || c === 123) === 91;
  const level = array ? 1 : 2;
  const items: JsonRange[] = [];
  const kinds: (string | undefined)[] = [];
  let isList = array;
  let inItems = array;
  let itemStart = -1;
  let depth = 0;
  let key = '';
  const done = (end: number, broken?: string): JsonScan => ({
    end,
    kind: kinds[1],
    isList,
    items,
    ...(broken !== undefined && { broken }),
  });
  for (let i = start; i < limit; i++) {
    const c = bytes[i];
    if (c === 34) {
      const end = endOfString(bytes, i, limit);
      if (end < 0) return done(endOfLine(bytes, i, limit), 'breaks off inside a string');
      if (depth === 1 || (inItems && depth === level + 1)) {
        const word = end - i < 64 ? decode(bytes, i + 1, end) : '';
        if (isKey(bytes, end + 1, limit)) key = word;
        else if (key === 'kind') kinds[depth] = word;
      }
      i = end;
    } else if (c === 123 || c === 91) {
      if (c === 91 && depth === 1 && !array && key === 'items') isList = inItems = true;
      if (c === 123 && inItems && depth === level) {
        itemStart = i;
        kinds[depth + 1] = undefined;
      }
      depth++;
    } else if (c === 125 || c === 93) {
      depth--;
      if (c === 125 && inItems && depth === level && itemStart >= 0) {
        items.push({ start: itemStart, end: i + 1, kind: kinds[depth + 1] });
        itemStart = -1;
      }
      if (depth < level) inItems = false;
      if (depth <= 0) return done(i + 1);
    } else if (c === 10 && bytes[i + 1] === 123 && !array && i > start) return done(i, 'breaks off');
  }
  return done(limit, 'breaks off');
}

/** Offset of the closing quote; -1 when the line ends first. */
function endOfString(bytes: Uint8Array, open: number, limit: number): number {
  for (let i = open + 1; i < limit; i++) {
    const c = bytes[i];
    if (c === 34) return i;
    if (c === 10) return -1;
    if (c === 92) i++;
  }
  return -1;
}

function endOfLine(bytes: Uint8Array, from: number, limit: number): number {
  const end = bytes.indexOf(10, from);
  return end < 0 || end > limit ? limit : end + 1;
}

function isKey(bytes: Uint8Array, from: number, limit: number): boolean {
  let i = from;
  while (i < limit && (bytes[i] === 32 || bytes[i] === 9 || bytes[i] === 10)) i++;
  return bytes[i] === 58;
}
