/** How much of a file tells what it is. */
export const HEAD = 8192;

/**
 * Byte order of UTF-16 text: by its mark, or by the NULs that ASCII leaves in every other byte (Windows tools redirect without
 * a mark). `undefined` for all else.
 */
export function utf16Of(bytes: Uint8Array): 'le' | 'be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'be';
  const end = Math.min(bytes.length, HEAD) & ~1;
  // Most files hold no NUL at all.
  if (end < 4 || bytes.subarray(0, end).indexOf(0) === -1) return undefined;
  const nul = [0, 0];
  const plain = [0, 0];
  for (let i = 0; i < end; i++) {
    const c = bytes[i] as number;
    const side = i & 1;
    if (c === 0) nul[side] = (nul[side] as number) + 1;
    else if ((c >= 32 && c < 127) || c === 9 || c === 10 || c === 13) plain[side] = (plain[side] as number) + 1;
  }
  const half = end / 2;
  // Nine in ten: a dash or a box-drawing character in between is no NUL.
  const is = (textSide: 0 | 1): boolean =>
    nul[textSide] === 0 &&
    (nul[1 - textSide] as number) * 10 >= half * 9 &&
    (plain[textSide] as number) * 10 >= half * 9;
  if (is(0)) return 'le';
  return is(1) ? 'be' : undefined;
}

/**
 * Length of the UTF-8 sequence at `i`: 1 to 4, 0 if there is none, -1 if the bytes end in the middle of one. Overlong forms and
 * surrogates are none (RFC 3629, section 4).
 */
export function utf8Length(bytes: Uint8Array, i: number): number {
  const c = bytes[i] as number;
  if (c < 0x80) return 1;
  const length = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  if (length === 0) return 0;
  const second = bytes[i + 1];
  if (second === undefined) return -1;
  const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
  const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) {
    const next = bytes[i + k];
    if (next === undefined) return -1;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}
