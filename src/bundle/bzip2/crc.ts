/** CRC-32 with the highest bit first, as bzip2 has it (zlib's has the lowest first). */
const TABLE = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i << 24;
  for (let k = 0; k < 8; k++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  TABLE[i] = c >>> 0;
}

/** Goes on with `crc` over `bytes`; begins with all ones. */
export function crcOf(bytes: Uint8Array, crc: number): number {
  let c = crc | 0;
  for (let i = 0; i < bytes.length; i++) c = (c << 8) ^ (TABLE[(c >>> 24) ^ (bytes[i] as number)] as number);
  return c >>> 0;
}
