import { nameOf } from './names.js';

/**
 * Tar headers: POSIX 1003.1 "ustar Interchange Format" and "pax Interchange Format", and what GNU tar adds
 * (https://www.gnu.org/software/tar/manual/html_node/Standard.html).
 */
export const BLOCK = 512;

/** Where the stored parts of a sparse file belong: offset and length by turns; without `map` it stands before the content. */
export interface Sparse {
  readonly size: number;
  readonly map?: readonly number[];
}

export interface Header {
  readonly name: string;
  readonly link: string;
  /** Type flag as a character; `0` for the NUL of old archives. */
  readonly type: string;
  readonly size: number;
  readonly mtime: number;
  /** Old GNU sparse file; its map may go on in blocks of its own, before the body. */
  readonly sparse?: { readonly size: number; readonly map: readonly number[]; readonly continues: boolean };
}

/** Text up to the first NUL. */
export function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return nameOf(end === -1 ? field : field.subarray(0, end));
}

/** Pairs of offset and length in an old GNU header or in a block behind it; the first pair that is empty ends them. */
export function sparsePairs(field: Uint8Array): readonly number[] {
  const pairs: number[] = [];
  for (let at = 0; at + 24 <= field.length && field[at] !== 0; at += 24) {
    const offset = number(field.subarray(at, at + 12));
    const length = number(field.subarray(at + 12, at + 24));
    if (offset === undefined || length === undefined) break;
    pairs.push(offset, length);
  }
  return pairs;
}

/** Octal digits between blanks or NULs, or GNU's base-256 for numbers that do not fit. `undefined` for all else. */
function number(field: Uint8Array): number | undefined {
  const first = field[0] as number;
  if (first & 0x80) {
    // 0xff begins a negative number: a time before 1970, never a size.
    let value = first & 0x7f;
    for (let i = 1; i < field.length; i++) value = value * 256 + (field[i] as number);
    return first === 0x80 && Number.isSafeInteger(value) ? value : undefined;
  }
  let value = 0;
  let digits = 0;
  for (const c of field) {
    if (c >= 0x30 && c <= 0x37) {
      value = value * 8 + (c - 0x30);
      digits++;
    } else if (c !== 0x20 && c !== 0) return undefined;
    else if (digits > 0) break;
  }
  return value;
}

/** The sum of all bytes with the checksum field as blanks; some old tars summed signed characters. */
function checksumHolds(block: Uint8Array): boolean {
  const stored = number(block.subarray(148, 156));
  if (stored === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const c = i >= 148 && i < 156 ? 0x20 : (block[i] as number);
    unsigned += c;
    signed += c > 127 ? c - 256 : c;
  }
  return stored === unsigned || stored === signed;
}

const isUstar = (block: Uint8Array): boolean =>
  block[257] === 0x75 && block[258] === 0x73 && block[259] === 0x74 && block[260] === 0x61 && block[261] === 0x72;

export const isZero = (block: Uint8Array): boolean => block.every((b) => b === 0);

/** Does a tar header begin here? One with the magic counts even if its checksum is wrong: the archive's other members can be read. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK) return block.length > 262 && isUstar(block);
  return isUstar(block) || (block[0] !== 0 && checksumHolds(block.subarray(0, BLOCK)));
}

/** `undefined` when the block is no valid header. */
export function readHeader(block: Uint8Array): Header | undefined {
  if (block.length < BLOCK || !checksumHolds(block)) return undefined;
  const size = number(block.subarray(124, 136));
  if (size === undefined) return undefined;
  // GNU's own magic is `ustar` with blanks, and has times where POSIX has the prefix; star has them behind a shorter one.
  const isStar = block[508] === 0x74 && block[509] === 0x61 && block[510] === 0x72 && block[511] === 0;
  const prefix = isUstar(block) && block[262] === 0 ? text(block.subarray(345, isStar ? 476 : 500)) : '';
  const name = text(block.subarray(0, 100));
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] as number);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: text(block.subarray(157, 257)),
    type,
    size,
    mtime: number(block.subarray(136, 148)) ?? 0,
    ...(type === 'S' && {
      sparse: {
        size: number(block.subarray(483, 495)) ?? 0,
        map: sparsePairs(block.subarray(386, 482)),
        continues: block[482] === 1,
      },
    }),
  };
}

/** The records of a pax header, `LENGTH KEY=VALUE\n` each; `undefined` when their lengths are false. */
export function readPax(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    let length = 0;
    let k = at;
    for (; k < at + 8 && (body[k] as number) >= 0x30 && (body[k] as number) <= 0x39; k++)
      length = length * 10 + (body[k] as number) - 0x30;
    const end = at + length;
    if (body[k] !== 0x20 || end > body.length || end <= k + 1 || body[end - 1] !== 10) return undefined;
    const record = body.subarray(k + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return undefined;
    records.set(nameOf(record.subarray(0, equals)), nameOf(record.subarray(equals + 1)));
    at = end;
  }
  return records;
}
