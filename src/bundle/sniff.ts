import { HEAD, utf8Length, utf16Of } from '../kit/index.js';
import { isTarHeader } from './tar-header.js';

/** What the first bytes say; names are not asked, since collectors call gzip files `.tar` and plain text `.gz`. */
export type Form = 'text' | 'binary' | 'gzip' | 'tar' | Packed;
type Packed = 'zip' | 'xz' | 'zstd' | 'bzip2' | 'lz4' | '7z';

const MAGIC: readonly (readonly [Form, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 3, 4]],
  ['zip', [0x50, 0x4b, 5, 6]],
  ['zip', [0x50, 0x4b, 7, 8]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['lz4', [4, 0x22, 0x4d, 0x18]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
];

/** What to type for a form that is not read. */
export const UNPACK: Readonly<Record<Packed, string>> = {
  zip: 'unzip FILE',
  xz: 'xz -dk FILE',
  zstd: 'zstd -d FILE',
  bzip2: 'bunzip2 -k FILE',
  lz4: 'lz4 -d FILE',
  '7z': '7z x FILE',
};

export const isPacked = (form: Form): form is Packed => form in UNPACK;

/** `head` holds the first 8 KiB, or all there is; `name` tells an archive without members from a file of NULs. */
export function sniff(head: Uint8Array, name: string): Form {
  const first = head[0];
  if (first === undefined) return 'text';
  for (const [form, magic] of MAGIC) if (first === magic[0] && magic.every((b, i) => head[i] === b)) return form;
  // `BZh`, the level, and the BCD digits of pi that begin a block.
  if (first === 0x42 && head[1] === 0x5a && head[2] === 0x68 && head[4] === 0x31 && head[5] === 0x41) return 'bzip2';
  if (isTarHeader(head)) return 'tar';
  if (first === 0 && head.length >= 512 && /\.(tar|tgz)(\.|$)/i.test(name) && head.every((b) => b === 0)) return 'tar';
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
