import { crc32, deflateRawSync } from 'node:zlib';

/** Writes zip archives by hand, wrong ones too: what no zip program would write has to be read as well. */
export interface ZipPart {
  readonly name: string | Uint8Array;
  readonly body?: string | Uint8Array;
  /** 0 stored, 8 deflated (which is done here); other methods take the body as it is. */
  readonly method?: number;
  readonly flags?: number;
  /** Sizes and checksum behind the body: with or without the signature, or with sizes of 8 bytes. */
  readonly streamed?: 'signed' | 'bare' | 'wide';
  /** Sizes in an extra field of zip64. */
  readonly wide?: true;
  readonly extra?: Uint8Array;
  readonly mtime?: number;
  /** Upper half of the external attributes: the mode of Unix. */
  readonly mode?: number;
  readonly badCrc?: true;
  /** Size in the headers, when it is not the body's. */
  readonly size?: number;
  /** In front of its header. */
  readonly junk?: Uint8Array;
  readonly unlisted?: true;
}

const bytesOf = (value: string | Uint8Array | undefined): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : Buffer.from(value ?? []);

/** Fields as [bytes, value]. */
const fields = (...list: readonly (readonly [1 | 2 | 4 | 8, number])[]): Buffer =>
  Buffer.concat(
    list.map(([size, value]) => {
      const field = Buffer.alloc(size);
      if (size === 8) field.writeBigUInt64LE(BigInt(value));
      else field.writeUIntLE(value, 0, size);
      return field;
    }),
  );

const WIDE = 0xffffffff;

function extraOf(part: ZipPart, size: number, packed: number): Buffer {
  const wide = part.wide ? fields([2, 1], [2, 16], [8, size], [8, packed]) : Buffer.alloc(0);
  const time = part.mtime === undefined ? Buffer.alloc(0) : fields([2, 0x5455], [2, 5], [1, 1], [4, part.mtime]);
  return Buffer.concat([wide, time, bytesOf(part.extra)]);
}

interface Written {
  readonly local: Buffer;
  readonly central: (offset: number) => Buffer;
}

function write(part: ZipPart): Written {
  const body = bytesOf(part.body);
  const method = part.method ?? 8;
  const packed = method === 8 ? deflateRawSync(body) : body;
  const crc = (crc32(body) ^ (part.badCrc ? 1 : 0)) >>> 0;
  const size = part.size ?? body.length;
  const flags = (part.flags ?? 0) | (part.streamed ? 8 : 0);
  const name = bytesOf(part.name);
  const extra = extraOf(part, size, packed.length);
  const now = part.streamed ? [0, 0, 0] : part.wide ? [crc, WIDE, WIDE] : [crc, packed.length, size];
  const local = fields(
    [4, 0x04034b50],
    [2, 20],
    [2, flags],
    [2, method],
    [4, 0],
    [4, now[0] ?? 0],
    [4, now[1] ?? 0],
    [4, now[2] ?? 0],
    [2, name.length],
    [2, extra.length],
  );
  const width = part.streamed === 'wide' ? 8 : 4;
  const descriptor = part.streamed
    ? Buffer.concat([
        part.streamed === 'bare' ? Buffer.alloc(0) : fields([4, 0x08074b50]),
        fields([4, crc], [width, packed.length], [width, size]),
      ])
    : Buffer.alloc(0);
  return {
    local: Buffer.concat([local, name, extra, packed, descriptor]),
    central: (offset) =>
      Buffer.concat([
        fields(
          [4, 0x02014b50],
          [1, 20],
          [1, 3],
          [2, 20],
          [2, flags],
          [2, method],
          [4, 0],
          [4, crc],
          [4, packed.length],
          [4, Math.min(size, WIDE)],
          [2, name.length],
          [2, extra.length],
          [2, 0],
          [2, 0],
          [2, 0],
          [2, 0],
          [2, part.mode ?? 0o100644],
          [4, offset],
        ),
        name,
        extra,
      ]),
  };
}

export function zip(...parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { local, central } = write(part);
    const junk = bytesOf(part.junk);
    offset += junk.length;
    if (!part.unlisted) centrals.push(central(offset));
    locals.push(junk, local);
    offset += local.length;
  }
  const list = Buffer.concat(centrals);
  const count = centrals.length;
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, list.length], [4, offset], [2, 0]);
  return Buffer.concat([...locals, list, end]);
}

/** A symbolic link as Info-ZIP stores it. */
export const zipLink = (name: string, target: string, more: Partial<ZipPart> = {}): ZipPart => ({
  name,
  body: target,
  method: 0,
  mode: 0o120777,
  ...more,
});
