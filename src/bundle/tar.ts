import { amount, type Limits, type Trouble } from './run.js';
import type { Input } from './source.js';
import { BLOCK, type Header, isZero, readHeader, readPax, type Sparse, sparsePairs, text } from './tar-header.js';

export interface Entry {
  readonly kind: 'entry';
  readonly name: string;
  readonly type: 'file' | 'directory' | 'hard link' | 'symbolic link' | 'other';
  /** What an `other` is and why it is not read. */
  readonly what: string;
  readonly link: string;
  readonly size: number;
  /** Set when the body lacks the holes of the file. */
  readonly sparse?: Sparse;
  readonly mtime: number;
}

type Item = Entry | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly name?: string };

/** Bytes of a pax or long-name header: a thousand times what tools write. */
const META = 2 ** 20;

const TYPES: Readonly<Record<string, Entry['type']>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hard link',
  '2': 'symbolic link',
  '5': 'directory',
};
const SPARSE = 'a sparse file in the form of tar 1.14 is not read: pack it with a newer tar, or without -S';
/** Pairs of an old GNU sparse map: what is longer is no file but an attack. */
const PAIRS = 2 ** 19;
const OTHERS: Readonly<Record<string, string>> = {
  '3': 'a character device has no text to read',
  '4': 'a block device has no text to read',
  '6': 'a FIFO has no text to read',
  M: 'the continuation of a file of another volume is not read: unpack all volumes together',
  D: 'the list of a folder in an incremental backup has no text to read',
  V: 'a volume label has no text to read',
};

/** What extension headers say about the entry behind them. */
interface Extra {
  name?: string;
  link?: string;
  pax?: ReadonlyMap<string, string>;
}

/**
 * The entries of a tar archive. The body of an entry is the next `size` bytes of `input`; what the caller leaves of it is skipped. An
 * invalid header is reported and reading goes on at the next valid one.
 */
export async function* entries(input: Input, limits: Limits): AsyncGenerator<Item> {
  let global: ReadonlyMap<string, string> = new Map();
  let extra: Extra = {};
  let ended = false;
  let bad = -1;
  const block = new Uint8Array(BLOCK);
  for (;;) {
    const start = input.offset();
    const got = await input.fill(block);
    const header = got === BLOCK ? readHeader(block) : undefined;
    if (bad !== -1 && (header || got < BLOCK)) {
      yield trouble(
        'unreadable',
        `${amount(start - bad)} at offset ${bad} are no valid tar header and were skipped: a member may be missing, copy or collect the archive again`,
      );
      bad = -1;
    }
    if (got < BLOCK) {
      const fine = ended && (isZero(block.subarray(0, got)) || isPixzIndex(block));
      const why = input.trouble() ?? (fine ? undefined : ended ? behindEnd(got) : cutAt(input.offset()));
      if (why) yield { kind: 'trouble', trouble: why };
      return;
    }
    if (!header) {
      // Zero blocks end an archive; another may follow them (`cat a.tar b.tar`).
      if (isZero(block)) ended = true;
      else if (ended && isPixzIndex(block)) {
        while ((await input.next()) !== undefined);
        continue;
      } else if (bad === -1) bad = start;
      continue;
    }
    ended = false;
    if ('xgXLKN'.includes(header.type)) {
      const read = await readExtra(input, header);
      if (read === 'over')
        yield trouble(
          'capped',
          `an extension header of ${amount(header.size)} at offset ${start} was skipped (the limit is ${amount(META)}); the next member may lack its long name`,
        );
      else if (read === 'bad')
        yield trouble(
          'unreadable',
          `the extension header at offset ${start} has false lengths and was ignored; the next member may lack its long name`,
        );
      else if (header.type === 'g') global = read.pax ?? global;
      else extra = { ...extra, ...read };
      continue;
    }
    const entry = entryOf(header, extra, global);
    extra = {};
    const sparse = header.sparse ? await readSparseMap(input, header.sparse) : entry.sparse;
    const size = await bodySize(input, header, entry);
    const body = input.offset();
    if (entry.name.length > limits.pathLength) {
      yield trouble(
        'capped',
        `the name is longer than ${limits.pathLength} characters, so the member was not read: rename it`,
        entry.name.slice(0, 200),
      );
    } else yield { ...entry, size, ...(sparse && { sparse }) };
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    await input.skip(body + padded - input.offset());
  }
}

const trouble = (reason: Trouble['reason'], detail: string, name?: string): Item => ({
  kind: 'trouble',
  trouble: { reason, detail },
  ...(name !== undefined && { name }),
});

const cutAt = (offset: number): Trouble => ({
  reason: 'truncated',
  detail: `the archive breaks off after ${amount(offset)}, without its end mark: members may be missing, copy or collect it again`,
});

const behindEnd = (bytes: number): Trouble => ({
  reason: 'unreadable',
  detail: `${amount(bytes)} behind the end of the archive are no tar data and were not read`,
});

/** pixz puts a list of members behind the archive that it packs (PIXZ_INDEX_MAGIC of its pixz.h). */
const isPixzIndex = (block: Uint8Array): boolean => PIXZ.every((b, i) => block[i] === b);
const PIXZ = [0xa6, 0x4c, 0x32, 0x2e, 0xd6, 0x14, 0xae, 0xdb];

async function readExtra(input: Input, header: Header): Promise<Extra | 'over' | 'bad'> {
  const padded = Math.ceil(header.size / BLOCK) * BLOCK;
  if (header.size > META) {
    await input.skip(padded);
    return 'over';
  }
  const body = new Uint8Array(header.size);
  const got = await input.fill(body);
  await input.skip(padded - header.size);
  if (header.type === 'L') return { name: text(body) };
  if (header.type === 'K') return { link: text(body) };
  if (header.type === 'N') return {};
  const pax = got === body.length ? readPax(body) : new Map<string, string>();
  return pax ? { pax } : 'bad';
}

function entryOf(header: Header, extra: Extra, global: ReadonlyMap<string, string>): Entry {
  const said = (key: string): string | undefined => extra.pax?.get(key) ?? global.get(key);
  const name = said('path') ?? extra.name ?? header.name;
  const time = Number(said('mtime') ?? header.mtime);
  const size = /^\d{1,15}$/.test(said('size') ?? '') ? Number(said('size')) : header.size;
  const sparse = paxSparse(extra.pax);
  const type = sparse === 'old' ? 'other' : (TYPES[header.type] ?? (header.type in OTHERS ? 'other' : 'file'));
  return {
    kind: 'entry',
    name: (sparse ? said('GNU.sparse.name') : undefined) ?? name,
    // Before ustar, a directory was a file whose name ends in a slash.
    type: type === 'file' && name.endsWith('/') ? 'directory' : type,
    what: sparse === 'old' ? SPARSE : (OTHERS[header.type] ?? ''),
    link: said('linkpath') ?? extra.link ?? header.link,
    size,
    ...(sparse && sparse !== 'old' && { sparse }),
    mtime: Number.isFinite(time) ? Math.floor(time) : 0,
  };
}

/** What pax headers say of a sparse file: version 1.0 has its map before the body, 0.1 in the header, 0.0 in a key that comes often. */
function paxSparse(pax: ReadonlyMap<string, string> | undefined): Sparse | 'old' | undefined {
  if (!pax || ![...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) return undefined;
  const size = Number(pax.get('GNU.sparse.realsize') ?? pax.get('GNU.sparse.size') ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 0) return 'old';
  if (pax.get('GNU.sparse.major') === '1') return { size };
  const map = pax.get('GNU.sparse.map')?.split(',').map(Number);
  return map?.every((n) => Number.isSafeInteger(n) && n >= 0) ? { size, map } : 'old';
}

async function readSparseMap(input: Input, { size, map, continues }: NonNullable<Header['sparse']>): Promise<Sparse> {
  const block = new Uint8Array(BLOCK);
  const pairs = [...map];
  for (let more = continues; more && (await input.fill(block)) === BLOCK; more = block[504] === 1)
    if (pairs.length < PAIRS) pairs.push(...sparsePairs(block.subarray(0, 504)));
  return { size, map: pairs };
}

/** Bytes behind the header. A link has none, although some tars note the size of its target; pax allows its content to follow. */
async function bodySize(input: Input, header: Header, entry: Entry): Promise<number> {
  if (header.type === '2' || header.type === '3' || header.type === '4' || header.type === '6') return 0;
  if ((header.type === '1' || header.type === '5') && entry.size > 0) {
    const next = await input.peek(BLOCK);
    return readHeader(next) || isZero(next) ? 0 : entry.size;
  }
  return entry.size;
}
