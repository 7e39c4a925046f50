import { decode, type Text } from '../../kit/index.js';
import { digit, letter, startsAt } from './bytes.js';
import { keysOf, readMembers } from './json.js';
import { microseconds } from './stamp.js';

/**
 * Entries of journald that are no lines of text: `journalctl -o export|verbose|json|json-pretty|json-sse|json-seq`
 * (systemd, shared/logs-show.c). All forms give the same as `-o short` gives of the entry.
 */
export interface Entry {
  /** Line that holds the message (the first one where there is none), and the line behind the entry. */
  readonly line: number;
  readonly next: number;
  /** Ranges of the text's bytes; empty when the entry has no such field. */
  readonly host: Range;
  readonly tag: Range;
  readonly time?: number;
  /** The message's first line: bytes, and whether they are the inside of a JSON string. */
  readonly message: {
    readonly bytes: Uint8Array;
    readonly from: number;
    readonly to: number;
    readonly escaped: boolean;
  };
}

export type Range = readonly [from: number, to: number];

const NOTHING: Range = [0, 0];
const FIELDS = [
  'MESSAGE',
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  '_SOURCE_REALTIME_TIMESTAMP',
  '__REALTIME_TIMESTAMP',
  '__CURSOR',
] as const;
type Field = (typeof FIELDS)[number];
type Fields = { [F in Field]?: Range };
const KEYS = keysOf(FIELDS);
const found = new Int32Array(2 * FIELDS.length);

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

function timeOf(bytes: Uint8Array, fields: Fields): number | undefined {
  for (const field of ['_SOURCE_REALTIME_TIMESTAMP', '__REALTIME_TIMESTAMP'] as const) {
    const range = fields[field];
    const time = range && microseconds(decode(bytes, range[0], Math.min(range[1], range[0] + 20)));
    if (time !== undefined) return time;
  }
  // `verbose` prints no times but in the cursor: `…;t=5f855157e4ae6;x=…`, microseconds in hex.
  const cursor = fields.__CURSOR;
  const hex =
    cursor && /;t=([\da-f]{10,14});/.exec(decode(bytes, cursor[0], Math.min(cursor[1], cursor[0] + 300)))?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16) / 1e6;
}

/** The line (from `i` on) that the offset lies in. */
function lineAt(text: Text, i: number, offset: number): number {
  while (i + 1 < text.count && text.start(i + 1) <= offset) i++;
  return i;
}

const firstLine = (bytes: Uint8Array, [from, to]: Range): Range => {
  const end = bytes.subarray(from, to).indexOf(10);
  return [from, end === -1 ? to : from + end];
};

/** `[73,48,49]`, the message whose bytes are no printable text: colours, more than one line in old versions. */
function fromArray(bytes: Uint8Array, [from, to]: Range): Uint8Array {
  const out = new Uint8Array(Math.ceil((to - from) / 2));
  let o = 0;
  let value = -1;
  for (let i = from; i < to; i++) {
    const c = bytes[i] as number;
    if (digit(c)) value = Math.max(0, value) * 10 + c - 48;
    else if (value >= 0) {
      out[o++] = value;
      value = -1;
    }
  }
  return out.subarray(0, o);
}

function entryOf(text: Text, fields: Fields, lines: Range, json: boolean): Entry {
  const { bytes } = text;
  const range = fields.MESSAGE ?? NOTHING;
  const array = json && bytes[range[0]] === 91 && bytes[range[0] - 1] !== 34;
  const own = array ? fromArray(bytes, range) : bytes;
  const [from, to] = json && !array ? range : firstLine(own, array ? [0, own.length] : range);
  const time = timeOf(bytes, fields);
  const escaped = json && !array;
  return {
    line: fields.MESSAGE ? lineAt(text, lines[0], range[0]) : lines[0],
    next: lines[1],
    host: fields._HOSTNAME ?? NOTHING,
    tag: fields.SYSLOG_IDENTIFIER ?? fields._COMM ?? NOTHING,
    ...(time !== undefined && { time }),
    message: { bytes: own, from, to, escaped },
  };
}

/** The message as text; what a JSON string escapes is undone, of more than one line the first is kept. */
export function messageOf({ message: { bytes, from, to, escaped } }: Entry, most: number): string {
  const stop = Math.min(to, from + most);
  const raw = decode(bytes, from, stop);
  if (!escaped) return raw;
  try {
    const said: unknown = JSON.parse(`"${raw.replace(/\\u?[\da-fA-F]{0,3}$/, '')}"`);
    return typeof said === 'string' ? (said.split('\n', 1)[0] ?? '') : raw;
  } catch {
    return raw;
  }
}

/** Where the JSON object of a line begins: behind `data: ` (server-sent events) or a record separator (RFC 7464); -1 when none does. */
export function objectAt(b: Uint8Array, start: number): number {
  if (b[start] === 123) return start;
  if (b[start] === 0x1e && b[start + 1] === 123) return start + 1;
  return startsAt(b, start, 'data: {') ? start + 6 : -1;
}

/** Index behind the lines of an object that opens alone on its line (`-o json-pretty`), be it cut off by the end; 0 when another one opens first. */
function prettyEnd(text: Text, i: number): number {
  const { bytes } = text;
  for (let j = i + 1; j < text.count; j++) {
    const c = bytes[text.start(j)];
    if (c === 125) return j + 1;
    // A nested object never begins a line of its own at the margin: each line is looked at once.
    if (c === 123) return 0;
  }
  return text.count;
}

/** A journal entry in JSON whose object opens at `at` in line `i`; undefined when the object is none of journald's. */
export function jsonEntry(text: Text, i: number, at: number): Entry | undefined {
  const { bytes } = text;
  const end = text.start(i + 1);
  const alone = bytes[at + 1] === 10 || at + 1 >= end;
  const next = alone ? prettyEnd(text, i) : i + 1;
  if (next === 0) return undefined;
  readMembers(bytes, at, text.start(next), KEYS, found);
  const fields: Fields = {};
  for (const [k, name] of FIELDS.entries()) {
    const from = found[2 * k] as number;
    if (from >= 0) fields[name] = [from, found[2 * k + 1] as number];
  }
  if (!fields.__REALTIME_TIMESTAMP && !fields.__CURSOR && !(fields.MESSAGE && fields._HOSTNAME)) return undefined;
  return entryOf(text, fields, [i, next], true);
}

const upper = (c: number): boolean => (c >= 65 && c <= 90) || digit(c) || c === 95;

/** Offset of the `=` behind a field's name at `start`; minus the end of the line when the name stands alone (binary); 0 for anything else. */
function fieldAt(b: Uint8Array, start: number, end: number): number {
  let i = start;
  if (digit(b[i])) return 0;
  while (i < end && upper(b[i] as number)) i++;
  if (i === start || i - start > 64) return 0;
  return b[i] === 61 ? i : i === end ? -i : 0;
}

const endOf = (text: Text, i: number): number => {
  const end = text.start(i + 1);
  return end > text.start(i) && text.bytes[end - 1] === 10 ? end - 1 : end;
};

/** `__CURSOR=…`, or any trusted field where the front of the file was cut off. */
export const isExport = (b: Uint8Array, start: number, end: number): boolean =>
  b[start] === 95 && fieldAt(b, start, end) > 0;

/**
 * A binary field: its name alone in the line, then eight bytes of length (little endian) and the value. What made text of the file may have
 * changed bytes of it; the next line that begins a field ends the value then.
 */
function binary(text: Text, i: number): { readonly value: Range; readonly next: number } {
  const { bytes } = text;
  const at = text.start(i + 1);
  let length = 0;
  for (let k = 5; k >= 0; k--) length = length * 256 + (bytes[at + k] ?? 0);
  const end = at + 8 + length;
  if (
    bytes[at + 6] === 0 &&
    bytes[at + 7] === 0 &&
    end <= bytes.length &&
    (bytes[end] === 10 || end === bytes.length)
  ) {
    const next = lineAt(text, i, end) + 1;
    if (next >= text.count || text.start(next) === end + 1) return { value: [at + 8, end], next };
  }
  let next = i + 2;
  while (
    next < text.count &&
    endOf(text, next) > text.start(next) &&
    fieldAt(bytes, text.start(next), endOf(text, next)) === 0
  )
    next++;
  let from = at;
  for (let k = 0; k < 10 && from < text.start(next); k++) if (bytes[at + k] === 0) from = at + k + 1;
  return { value: [from, Math.max(from, endOf(text, next - 1))], next };
}

/** The block of fields that begins in line `i` of an export; a blank line ends it. */
export function exportEntry(text: Text, i: number): Entry {
  const { bytes } = text;
  const fields: Fields = {};
  let next = i;
  while (next < text.count) {
    const [start, end] = [text.start(next), endOf(text, next)];
    const equals = fieldAt(bytes, start, end);
    if (start === end || equals === 0) break;
    const name = decode(bytes, start, Math.abs(equals));
    if (name === '__CURSOR' && next > i) break;
    const { value, next: after } =
      equals > 0 ? { value: [equals + 1, end] as const, next: next + 1 } : binary(text, next);
    if (isField(name)) fields[name] ??= value;
    next = after;
  }
  return entryOf(text, fields, [i, Math.max(next, i + 1)], false);
}

/** `Sun 2023-04-02 07:06:40.061777 UTC [s=e992…;i=82a;…]`: the first line of an entry of `-o verbose`. */
const VERBOSE = /^(?:(?:\S{1,20} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S{1,12}|\(no timestamp\)) \[s=[\da-f]+;/;

export function isVerbose(b: Uint8Array, start: number, end: number): boolean {
  const c = b[start] ?? 0;
  return (
    (letter(c) || digit(c) || c > 127 || c === 40) &&
    b[end - 1] === 93 &&
    VERBOSE.test(decode(b, start, Math.min(end, start + 90)))
  );
}

/** The entry of `-o verbose` that begins in line `i`; its fields are indented, further lines of a value deeper. */
export function verboseEntry(text: Text, i: number): Entry {
  const { bytes } = text;
  const first = text.start(i);
  const fields: Fields = { __CURSOR: [bytes.indexOf(91, first) + 1, endOf(text, i)] };
  let next = i + 1;
  for (; next < text.count; next++) {
    const [start, end] = [text.start(next), endOf(text, next)];
    if (!startsAt(bytes, start, '    ')) break;
    const equals = fieldAt(bytes, start + 4, end);
    if (equals <= 0) continue;
    const name = decode(bytes, start + 4, equals);
    if (isField(name)) fields[name] ??= [equals + 1, end];
  }
  return entryOf(text, fields, [i, next], false);
}
