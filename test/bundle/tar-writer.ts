/** Writes tar archives by hand, wrong ones too: what no tar program would write has to be read as well. */
export interface Part {
  readonly name: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly prefix?: string;
  readonly mtime?: number;
  /** Size field, when it is not the body's length. */
  readonly size?: number | 'base256';
  /** Raw bytes of the size field. */
  readonly rawSize?: Uint8Array;
  readonly magic?: 'ustar' | 'gnu' | 'none';
  readonly badChecksum?: boolean;
}

const encode = (s: string): Buffer => Buffer.from(s, 'utf8');
const bytesOf = (body: string | Uint8Array | undefined): Uint8Array =>
  typeof body === 'string' ? encode(body) : (body ?? new Uint8Array(0));

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function header(part: Part, length: number): Buffer {
  const block = Buffer.alloc(512);
  encode(part.name).copy(block, 0, 0, 100);
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  const size = typeof part.size === 'number' ? part.size : length;
  if (part.size === 'base256') {
    block[124] = 0x80;
    block.writeUInt32BE(length, 132);
  } else block.write(octal(size, 12), 124, 'latin1');
  if (part.rawSize) block.set(part.rawSize, 124);
  block.write(octal(part.mtime ?? 0, 12), 136, 'latin1');
  block.write(part.type ?? '0', 156, 'latin1');
  encode(part.link ?? '').copy(block, 157, 0, 100);
  if (part.magic === 'gnu') block.write('ustar  \0', 257, 'latin1');
  else if (part.magic !== 'none') block.write('ustar\u000000', 257, 'latin1');
  encode(part.prefix ?? '').copy(block, 345, 0, 155);
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const b of block) sum += b;
  block.write(`${(sum + (part.badChecksum ? 1 : 0)).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Header, body and padding of one entry. */
export function entry(part: Part): Buffer {
  const body = bytesOf(part.body);
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
  return Buffer.concat([header(part, body.length), body, padding]);
}

export const END = Buffer.alloc(1024);

export const tar = (...parts: readonly Part[]): Buffer => Buffer.concat([...parts.map(entry), END]);

/** A pax record with its true length. */
export function record(key: string, value: string): string {
  const rest = encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

export const pax = (records: Readonly<Record<string, string>>, type = 'x'): Part => ({
  name: 'PaxHeaders/x',
  type,
  body: Object.entries(records)
    .map(([key, value]) => record(key, value))
    .join(''),
});
