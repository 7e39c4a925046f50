/** CRC-64 of ECMA-182, the lowest bit first, as .xz has it; in two halves, because numbers hold 53 bits. */
const LOW = new Uint32Array(256);
const HIGH = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let low = i;
  let high = 0;
  for (let k = 0; k < 8; k++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= 0xd7870f42;
      high ^= 0xc96c5795;
    }
  }
  LOW[i] = low >>> 0;
  HIGH[i] = high >>> 0;
}

/** A check over what a block unpacks to: its bytes as the file has them behind the block. */
export interface Check {
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: () => Uint8Array;
}

function crc64(): Check {
  let low = 0xffffffff;
  let high = 0xffffffff;
  return {
    update(bytes) {
      let l = low;
      let h = high;
      for (let i = 0; i < bytes.length; i++) {
        const at = (l ^ (bytes[i] as number)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (LOW[at] as number);
        h = (h >>> 8) ^ (HIGH[at] as number);
      }
      low = l;
      high = h;
    },
    digest() {
      const out = new DataView(new ArrayBuffer(8));
      out.setUint32(0, ~low >>> 0, true);
      out.setUint32(4, ~high >>> 0, true);
      return new Uint8Array(out.buffer);
    },
  };
}

async function crc32(): Promise<Check> {
  const zlib = await import('node:zlib');
  let crc = 0;
  return {
    update(bytes) {
      crc = zlib.crc32(bytes, crc);
    },
    digest() {
      const out = new DataView(new ArrayBuffer(4));
      out.setUint32(0, crc, true);
      return new Uint8Array(out.buffer);
    },
  };
}

async function sha256(): Promise<Check> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}

/** Bytes of the check by its id (.xz file format 1.2, section 2.1.1.2). */
export const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

/** `undefined` for none, and for ids that no tool writes. */
export async function checkOf(id: number): Promise<Check | undefined> {
  if (id === 1) return crc32();
  if (id === 4) return crc64();
  return id === 10 ? sha256() : undefined;
}
