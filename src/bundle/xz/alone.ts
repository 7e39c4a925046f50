import { another, brokeOff, damaged, type Fail } from '../packed.js';
import { amount, type Run } from '../run.js';
import type { Input } from '../source.js';
import { slidingWindow } from '../window.js';
import { lzma, MATCH_MAX } from './lzma.js';

/** Properties, size of the dictionary, size of the content; then the range coder's first five bytes. */
const HEADER = 13;
const CODER = 5;
/** `lzma -9` has 64 MiB. */
const DICTIONARY = 256 * 2 ** 20;
/** Unpacked bytes that are handed on at once. */
const STEP = 2 ** 18;

/**
 * Unpacks what xz's predecessor made (`lzma`, `xz --format=lzma`; "LZMA_Alone", `doc/lzma-file-format.txt` of XZ Utils): one run of LZMA, whose
 * size is in the header or which ends with a mark, without a checksum.
 */
export async function* unlzma(input: Input, _run: Run, fail: Fail): AsyncGenerator<Uint8Array, unknown> {
  const header = new Uint8Array(HEADER + CODER);
  if ((await input.fill(header)) < header.length) return fail(input.trouble() ?? brokeOff('lzma'));
  const view = new DataView(header.buffer);
  const dictionary = Math.max(4096, view.getUint32(1, true));
  const size = view.getBigUint64(5, true);
  if (dictionary > DICTIONARY) {
    const detail = `packed with a dictionary of ${amount(dictionary)}, and ${amount(DICTIONARY)} are the limit: unpack it (\`xz -dk FILE\`) and lint the result`;
    return fail({ reason: 'capped', detail });
  }
  const decoder = lzma();
  if (!decoder.reset(view.getUint8(0)) || !decoder.begin(header.subarray(HEADER)))
    return fail(damaged('lzma', 'impossible properties'));
  const { window, makeRoom } = slidingWindow(dictionary, STEP + MATCH_MAX);
  const known = size < 2n ** 64n - 1n;
  let left = known ? Number(size) : Number.POSITIVE_INFINITY;
  for (let last = false; left > 0 || !decoder.ended(); ) {
    makeRoom(STEP + MATCH_MAX);
    const from = window.at;
    // Behind the last byte only the mark may stand.
    const stop = decoder.run(window, Math.min(STEP, left || 1), Math.min(STEP + MATCH_MAX, left), dictionary, last);
    if (window.at > from + left || stop === 'wrong') return fail(damaged('lzma', 'bytes that can not be decoded'));
    if (window.at > from) yield window.bytes.slice(from, window.at);
    left -= window.at - from;
    if (stop === 'over') return fail(input.trouble() ?? brokeOff('lzma'));
    if (stop === 'mark') {
      if (known && left > 0) return fail(damaged('lzma', 'it ends before its size'));
      break;
    }
    if (stop !== 'starved') continue;
    const piece = await input.next();
    if (piece) decoder.feed(piece);
    else last = true;
  }
  input.back(decoder.rest());
  return another(input, 'lzma', () => false, fail);
}
