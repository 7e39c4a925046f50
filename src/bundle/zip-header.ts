import { nameOf } from './names.js';

/** Headers of zip archives: APPNOTE.TXT of PKWARE, sections 4.3 and 4.5; Info-ZIP's extra fields: proginfo/extrafld.txt of zip 3.0. */
export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END64 = 0x06064b50;
export const LOCATOR64 = 0x07064b50;
export const DESCRIPTOR = 0x08074b50;
export const SIGNATURE = 0x05054b50;
export const EXTRA_DATA = 0x08064b50;
/** What stands before the first member of an archive that might have got several volumes. */
export const ONE_VOLUME = 0x30304b50;

export const LOCAL_SIZE = 30;
export const CENTRAL_SIZE = 46;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A header in front of a member. */
export interface Local {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  /** Checksum and sizes stand behind the content. */
  readonly streamed: boolean;
  readonly crc: number;
  /** Packed bytes, and unpacked ones; `undefined` while they are not known. */
  readonly packed: number | undefined;
  readonly size: number | undefined;
  readonly mtime: number;
}

/** A record of the list at the end. */
export interface Central {
  readonly offset: number;
  readonly isLink: boolean;
}

/** Fields behind a name: id and content. */
function* extras(bytes: Uint8Array): Generator<readonly [number, DataView]> {
  const view = viewOf(bytes);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = view.getUint16(at + 2, true);
    if (at + 4 + size > bytes.length) return;
    yield [view.getUint16(at, true), viewOf(bytes.subarray(at + 4, at + 4 + size))];
    at += 4 + size;
  }
}

const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 if flagged, or if it is some (Linux tools forget the flag); else the code page of the first PCs. */
function zipName(bytes: Uint8Array, flagged: boolean): string {
  if (flagged) return nameOf(bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (b) => (b < 0x80 ? String.fromCharCode(b) : CP437[b - 0x80])).join('');
  }
}

const WIDE = 0xffffffff;
const wide = (view: DataView, at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;

/** `fixed` are the first 30 bytes, `name` and `extra` what stands behind them. */
export function readLocal(fixed: Uint8Array, name: Uint8Array, extra: Uint8Array): Local {
  const view = viewOf(fixed);
  const flags = view.getUint16(6, true);
  let packed = view.getUint32(18, true);
  let size = view.getUint32(22, true);
  let mtime = 0;
  let unicode: string | undefined;
  for (const [id, field] of extras(extra)) {
    if (id === 1 && field.byteLength >= 16 && (packed === WIDE || size === WIDE)) {
      size = wide(field, 0);
      packed = wide(field, 8);
    } else if (id === 0x5455 && field.byteLength >= 5 && field.getUint8(0) & 1) mtime = field.getInt32(1, true);
    // Unicode Path: the checksum of the name that it stands for is not held against that one, which nobody would edit alone.
    else if (id === 0x7075 && field.byteLength > 5)
      unicode = nameOf(new Uint8Array(field.buffer, field.byteOffset + 5, field.byteLength - 5));
  }
  const streamed = (flags & 8) !== 0;
  const known = !streamed || packed > 0;
  return {
    name: unicode ?? zipName(name, (flags & 0x800) !== 0),
    method: view.getUint16(8, true),
    encrypted: (flags & 1) !== 0 || (flags & 0x2000) !== 0,
    streamed,
    crc: view.getUint32(14, true),
    packed: known ? packed : undefined,
    size: known ? size : undefined,
    mtime,
  };
}

const UNIX = [3, 19];

export function readCentral(fixed: Uint8Array, extra: Uint8Array): Central {
  const view = viewOf(fixed);
  let offset = view.getUint32(42, true);
  if (offset === WIDE)
    for (const [id, field] of extras(extra)) {
      if (id !== 1) continue;
      // Only what does not fit is here, in the order size, packed size, offset.
      const at = (view.getUint32(24, true) === WIDE ? 8 : 0) + (view.getUint32(20, true) === WIDE ? 8 : 0);
      if (field.byteLength >= at + 8) offset = wide(field, at);
    }
  const mode = UNIX.includes(fixed[5] as number) ? view.getUint16(40, true) : 0;
  return { offset, isLink: (mode & 0xf000) === 0xa000 };
}

/** What stands behind a member that was written as a stream: its length, and the checksum; `undefined` if it is none. */
export function readDescriptor(
  head: Uint8Array,
  packed: number,
  size: number,
): { readonly length: number; readonly crc: number } | undefined {
  if (head.length < 12) return undefined;
  const view = viewOf(head);
  // The signature is a habit that the standard allows to leave out.
  const at = view.getUint32(0, true) === DESCRIPTOR ? 4 : 0;
  const crc = view.getUint32(at, true);
  const narrow =
    head.length >= at + 12 && view.getUint32(at + 4, true) === packed && view.getUint32(at + 8, true) === size;
  const isWide = head.length >= at + 20 && wide(view, at + 4) === packed && wide(view, at + 12) === size;
  // Both can be of an empty member only: then there are as many zeros as the wide one has, or another header.
  if (isWide) return { length: at + 20, crc };
  return narrow ? { length: at + 12, crc } : undefined;
}

const HIGHEST_VERSION = 63;
const METHODS = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 20, 93, 94, 95, 96, 97, 98, 99]);

/** Can a header begin here? Asked where bytes are searched that are no header, so it looks at more than the signature. */
export function looksLikeHeader(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b || at + LOCAL_SIZE > bytes.length) return false;
  const view = viewOf(bytes);
  const signature = view.getUint32(at, true);
  if (signature === END) return view.getUint16(at + 4, true) === 0 && view.getUint16(at + 6, true) === 0;
  if (signature === END64) return true;
  if (signature !== LOCAL && signature !== CENTRAL) return false;
  const shift = signature === CENTRAL ? 2 : 0;
  return (
    (bytes[at + 4 + shift] as number) <= HIGHEST_VERSION &&
    METHODS.has(view.getUint16(at + 8 + shift, true)) &&
    view.getUint16(at + 26 + shift, true) > 0
  );
}
