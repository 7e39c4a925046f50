import { HEAD, utf8Length, utf16Of } from '../kit/index.js';
import { isTarHeader } from './tar-header.js';

/** What the first bytes say; names are not asked, since collectors call gzip files `.tar` and plain text `.gz`. */
export type Form = 'text' | 'binary' | 'tar' | 'zip' | Stream | Named;
/** One packed stream: below it is a file, or an archive. */
export type Stream = 'gzip' | 'xz' | 'lzma' | 'zstd' | 'bzip2';
/** Named as not read: no package reads them that is looked after, bounded in memory and able to salvage. */
type Named = 'lz4' | '7z' | 'rar' | 'lzip' | 'compress' | 'lzop';

const MAGIC: readonly (readonly [Form, readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 3, 4]],
  ['zip', [0x50, 0x4b, 5, 6]],
  ['zip', [0x50, 0x4b, 7, 8, 0x50, 0x4b, 3, 4]],
  ['zip', [0x50, 0x4b, 0x30, 0x30, 0x50, 0x4b, 3, 4]],
  ['lz4', [4, 0x22, 0x4d, 0x18]],
  ['lz4', [2, 0x21, 0x4c, 0x18]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['rar', [0x52, 0x61, 0x72, 0x21, 0x1a, 7]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50, 1]],
  ['compress', [0x1f, 0x9d]],
  ['lzop', [0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a]],
];

/** What to type for a form that is not read. */
export const UNPACK: Readonly<Record<Named, string>> = {
  lz4: 'lz4 -d FILE',
  '7z': '7z x FILE',
  rar: 'unrar x FILE',
  lzip: 'lzip -dk FILE',
  compress: 'uncompress FILE',
  lzop: 'lzop -d FILE',
};

export const isNamed = (form: Form): form is Named => form in UNPACK;
export const isStream = (form: Form): form is Stream =>
  form === 'gzip' || form === 'xz' || form === 'lzma' || form === 'zstd' || form === 'bzip2';

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;
export const isXz = (head: Uint8Array): boolean => XZ.every((b, i) => head[i] === b);
const XZ = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];

/** RFC 8878. A frame that is to be skipped has one of sixteen magics; `pzstd` and the seekable format begin with one. */
export const isZstd = (head: Uint8Array): boolean =>
  (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) || isSkippable(head);
export const isSkippable = (head: Uint8Array): boolean =>
  ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;

export const isBzip2 = (head: Uint8Array): boolean =>
  head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68 && (head[3] ?? 0) >= 0x31 && (head[3] ?? 0) <= 0x39;

/** xz's predecessor has no magic: its usual properties, a dictionary of a power of two, and a size that is unknown or below 1 TiB. */
const isLzma = (head: Uint8Array): boolean =>
  head.length > 13 &&
  head[0] === 0x5d &&
  head[1] === 0 &&
  head[2] === 0 &&
  (head.subarray(5, 13).every((b) => b === 0xff) || head.subarray(10, 13).every((b) => b === 0)) &&
  head[13] === 0;

/** `BZh`, the level, and the digits of pi that begin a block, or of its square root that end a file without any. */
const isBzip2Data = (head: Uint8Array): boolean =>
  isBzip2(head) && ((head[4] === 0x31 && head[5] === 0x41) || (head[4] === 0x17 && head[5] === 0x72));

/** `head` holds the first 8 KiB, or all there is; `name` tells an archive without members from a file of NULs. */
export function sniff(head: Uint8Array, name: string): Form {
  const first = head[0];
  if (first === undefined) return 'text';
  for (const [form, magic] of MAGIC) if (first === magic[0] && magic.every((b, i) => head[i] === b)) return form;
  if (isGzip(head)) return 'gzip';
  if (isXz(head)) return 'xz';
  if (isZstd(head)) return 'zstd';
  if (isBzip2Data(head)) return 'bzip2';
  if (isLzma(head)) return 'lzma';
  if (isTarHeader(head)) return 'tar';
  if (first === 0 && head.length >= 512 && /\.(tar|t[gbx]z2?|tzst)(\.|$)/i.test(name) && head.every((b) => b === 0))
    return 'tar';
  return isText(head) ? 'text' : 'binary';
}

/** Text may hold a stray NUL or escape (a log after a power cut), so one such byte does not make a file binary: one in ten does. */
function isText(head: Uint8Array): boolean {
  if (utf16Of(head)) return true;
  const end = Math.min(head.length, HEAD);
  let odd = 0;
  let latin = 0;
  for (let i = 0; i < end; i++) {
    const c = head[i] as number;
    if (c < 32) {
      // BEL to CR, and ESC
      if ((c < 7 || c > 13) && c !== 27) odd++;
    } else if (c >= 127) {
      const length = utf8Length(head, i);
      if (length > 1) i += length - 1;
      else if (c < 0xa0) odd += length === -1 ? 0 : 1;
      else latin++;
    }
  }
  return odd * 10 <= end && latin * 4 <= end;
}
