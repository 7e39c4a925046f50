import { amount, type Run, type Trouble } from './run.js';
import { CHUNK, type Input } from './source.js';
import { type Body, bodyOf, refusedMember } from './zip-body.js';
import {
  CENTRAL,
  CENTRAL_SIZE,
  type Central,
  DESCRIPTOR,
  END,
  END64,
  EXTRA_DATA,
  LOCAL,
  LOCAL_SIZE,
  LOCATOR64,
  type Local,
  looksLikeHeader,
  ONE_VOLUME,
  readCentral,
  readLocal,
  SIGNATURE,
  viewOf,
} from './zip-header.js';

export type Item =
  | {
      readonly kind: 'entry';
      readonly local: Local;
      /** Of its header, from where the archive begins: the list at the end means it so. */
      readonly offset: number;
      /** The content, or why there is none. */
      readonly body: Body | Trouble;
    }
  | { readonly kind: 'listed'; readonly central: Central }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

const trouble = (reason: Trouble['reason'], detail: string): Item => ({ kind: 'trouble', trouble: { reason, detail } });

/**
 * The members of a zip archive in the order in which they are stored, each by the header in front of it: so an archive is read from a
 * stream, in whatever it lies, and up to where it breaks off. The list at its end, which other readers begin with, comes last.
 */
export async function* zipItems(input: Input, run: Run): AsyncGenerator<Item> {
  let base = input.offset();
  let ended = false;
  for (;;) {
    const start = input.offset();
    const head = await input.peek(4);
    const signature = head.length < 4 ? undefined : viewOf(head).getUint32(0, true);
    if (signature === LOCAL) {
      if (ended) base = start;
      ended = false;
      const item = yield* readMember(input, run, start - base);
      if (item) yield item;
      if (item?.kind === 'trouble') return;
    } else if (signature === CENTRAL) {
      const fixed = await take(input, CENTRAL_SIZE);
      const sizes = viewOf(fixed);
      const rest =
        fixed.length < CENTRAL_SIZE
          ? 0
          : sizes.getUint16(28, true) + sizes.getUint16(30, true) + sizes.getUint16(32, true);
      const behind = await take(input, rest);
      if (fixed.length === CENTRAL_SIZE && behind.length === rest)
        yield { kind: 'listed', central: readCentral(fixed, behind.subarray(sizes.getUint16(28, true))) };
    } else if (signature !== undefined && (await skipOther(input, signature))) {
      if (signature === END) ended = true;
    } else {
      const skipped = await seekHeader(input);
      // A header that breaks off is no junk.
      const junk = skipped.count > 0 && !(skipped.last && (signature === undefined || HEADERS.has(signature)));
      if (junk && !(ended && skipped.zeros))
        yield trouble('unreadable', junkDetail(ended, skipped.count, start - base));
      if (!skipped.last) continue;
      const why = input.trouble() ?? (ended ? undefined : cutAt(input.offset() - base));
      if (why) yield { kind: 'trouble', trouble: why };
      return;
    }
  }
}

const HEADERS = new Set([END, END64, LOCATOR64, SIGNATURE, EXTRA_DATA]);

const junkDetail = (ended: boolean, count: number, offset: number): string =>
  ended
    ? 'bytes that are no zip data follow its end and were not read: they may be the rest of a damaged file'
    : `${amount(count)} at offset ${offset} are no valid zip header and were skipped: a member may be missing, copy or collect the archive again`;

const cutAt = (offset: number): Trouble => ({
  reason: 'truncated',
  detail: `the archive breaks off after ${amount(offset)}, without the list at its end: members may be missing, copy or collect it again`,
});

async function take(input: Input, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, await input.fill(bytes));
}

/** Yields a member and goes behind it. What is returned is to be yielded still. */
async function* readMember(input: Input, run: Run, offset: number): AsyncGenerator<Item, Item | undefined> {
  const fixed = await take(input, LOCAL_SIZE);
  const view = viewOf(fixed);
  const nameSize = fixed.length < LOCAL_SIZE ? 0 : view.getUint16(26, true);
  const extraSize = fixed.length < LOCAL_SIZE ? 0 : view.getUint16(28, true);
  const name = await take(input, nameSize);
  const extra = await take(input, extraSize);
  if (fixed.length < LOCAL_SIZE || name.length < nameSize || extra.length < extraSize)
    return { kind: 'trouble', trouble: input.trouble() ?? cutAt(input.offset()) };
  const local = readLocal(fixed, name, extra);
  const refused = local.name.length > run.limits.pathLength ? tooLong(run) : refusedMember(local);
  if (refused) {
    yield {
      kind: 'entry',
      local: { ...local, name: local.name.slice(0, run.limits.pathLength) },
      offset,
      body: refused,
    };
    await skipMember(input, local);
    return undefined;
  }
  const body = bodyOf(input, run, local);
  yield { kind: 'entry', local, offset, body };
  if (!(await body.finish())) await seekHeader(input);
  return undefined;
}

const tooLong = ({ limits }: Run): Trouble => ({
  reason: 'capped',
  detail: `the name is longer than ${limits.pathLength} characters, so the member was not read: rename it`,
});

/** Goes to the next header when it is not known how long a member is: what is between is content. */
async function skipMember(input: Input, local: Local): Promise<void> {
  if (local.packed !== undefined) await input.skip(local.packed);
  if (local.packed === undefined || local.streamed) await seekHeader(input);
}

/** What is neither member nor list; false if it is nothing of a zip archive. */
async function skipOther(input: Input, signature: number): Promise<boolean> {
  const head = viewOf(await input.peek(CENTRAL_SIZE));
  const has = (size: number): boolean => head.byteLength >= size;
  let size: number | undefined;
  if (signature === DESCRIPTOR || signature === ONE_VOLUME) size = 4;
  else if (signature === LOCATOR64) size = 20;
  else if (signature === END && has(22)) size = 22 + head.getUint16(20, true);
  else if (signature === END64 && has(12)) size = 12 + head.getUint32(4, true);
  else if (signature === SIGNATURE && has(6)) size = 6 + head.getUint16(4, true);
  else if (signature === EXTRA_DATA && has(8)) size = 8 + head.getUint32(4, true);
  if (size === undefined) return false;
  await input.skip(size);
  return true;
}

/** Goes to the next place where a header can begin. Says how far that was, and whether it is the end of the bytes. */
async function seekHeader(input: Input): Promise<{ count: number; zeros: boolean; last: boolean }> {
  let count = 0;
  let zeros = true;
  for (;;) {
    const next = await input.peek(CHUNK / 4);
    const last = next.length < CHUNK / 4;
    let at = next.indexOf(0x50);
    while (at !== -1 && !looksLikeHeader(next, at) && !isEnd(next, at)) at = next.indexOf(0x50, at + 1);
    const found = at !== -1;
    // A header may lie across the end of what is seen.
    const skip = found ? at : last ? next.length : next.length - LOCAL_SIZE;
    zeros &&= next.subarray(0, skip).every((b) => b === 0);
    count += await input.skip(skip);
    if (found || last) return { count, zeros, last: !found };
  }
}

/** The end is shorter than other headers. */
const isEnd = (bytes: Uint8Array, at: number): boolean =>
  at + 22 <= bytes.length && viewOf(bytes).getUint32(at, true) === END && viewOf(bytes).getUint32(at + 4, true) === 0;
