import { type Archive, archiveOf, endOf, memberOf, nameOfMember, pathIn } from './archive.js';
import { readBytes, readMember } from './member.js';
import { nameOf, relativeTo, withSlashes } from './names.js';
import { type BundleEvent, countMember, type Member, type Run, type Trouble, unreadEvent } from './run.js';
import { type Input, inputOf } from './source.js';
import { type Item, zipItems } from './zip.js';

/** Longest target of a link (PATH_MAX of Linux), and how much is held of members that may be one. */
const TARGET = 4096;
const HELD = 8 * 2 ** 20;

/** Only the list at the end says that a member is a link. Until then those wait that can be one: they are short and have no line end. */
interface Waiting {
  readonly name: string;
  readonly member: Member;
  readonly bytes: Uint8Array;
}

interface Reading {
  readonly run: Run;
  readonly archive: Archive;
  readonly waiting: Map<number, Waiting>;
  held: number;
  /** Where members lie, to tell which of the list are missing. */
  readonly offsets: Set<number>;
  missing: number;
}

/** The members of a zip archive. Links come last, when all that they can mean has been seen. */
export async function* readZip(run: Run, member: Member, input: Input, depth: number): AsyncGenerator<BundleEvent> {
  const archive = archiveOf(member, depth);
  const reading: Reading = { run, archive, waiting: new Map(), held: 0, offsets: new Set(), missing: 0 };
  let stop: Trouble | undefined;
  for await (const item of zipItems(input, run)) {
    if (item.kind === 'trouble') {
      archive.empty = false;
      yield unreadEvent(member.path, item.trouble);
    } else if (item.kind === 'listed') yield* readListed(reading, item.central.offset, item.central.isLink);
    else {
      archive.empty = false;
      stop = countMember(run);
      if (stop) break;
      reading.offsets.add(item.offset);
      yield* readEntry(reading, item);
    }
  }
  for (const held of reading.waiting.values())
    if (isLikelyLink(reading, held)) addLink(reading, held);
    else yield* release(reading, held);
  if (reading.missing > 0 && !stop) {
    const detail = `${reading.missing} members that the archive lists were not found in it: copy or collect it again`;
    yield unreadEvent(member.path, { reason: 'unreadable', detail });
  }
  yield* endOf(run, archive, stop);
}

async function* readListed(reading: Reading, offset: number, isLink: boolean): AsyncGenerator<BundleEvent> {
  if (!reading.offsets.has(offset)) reading.missing++;
  const held = reading.waiting.get(offset);
  if (!held) return;
  reading.waiting.delete(offset);
  reading.held -= held.bytes.length;
  if (isLink) addLink(reading, held);
  else yield* release(reading, held);
}

const addLink = ({ archive }: Reading, { name, bytes }: Waiting): void => {
  archive.links.push({ name, target: nameOf(bytes), what: 'symbolic link' });
};

/** Without the list: a member whose whole text is the way to another one. */
const isLikelyLink = ({ archive }: Reading, { name, bytes }: Waiting): boolean =>
  archive.names.has(relativeTo(name, nameOf(bytes)) ?? '');

async function* release({ run, archive }: Reading, { member, bytes }: Waiting): AsyncGenerator<BundleEvent> {
  if (!run.wants || run.wants(member.path)) yield* readBytes(run, member, bytes, archive.depth);
}

async function* readEntry(reading: Reading, item: Item & { kind: 'entry' }): AsyncGenerator<BundleEvent> {
  const { run, archive } = reading;
  const { local, body } = item;
  const stored = withSlashes(local.name);
  const named = yield* nameOfMember(archive, stored, stored.endsWith('/'));
  if (!named) return;
  const { name } = named;
  // Its size is what a header says: the content is read until it ends, where it is held against size and checksum.
  const member = memberOf(archive, named, local.mtime);
  if ('reason' in body) {
    yield unreadEvent(pathIn(archive, name), body, local.packed);
    return;
  }
  const wanted = run.wants === undefined || run.wants(member.path);
  const content = inputOf(body.source);
  const head = await content.peek(TARGET + 1);
  if (head.length > TARGET) {
    if (wanted) yield* readMember(run, member, content, archive.depth);
    return;
  }
  const trouble = body.source.trouble();
  if (!trouble && canBeTarget(head) && reading.held + head.length <= HELD) {
    reading.held += head.length;
    reading.waiting.set(item.offset, { name, member, bytes: head });
  } else if (wanted) yield* readBytes(run, member, head, archive.depth, trouble);
}

const canBeTarget = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && bytes.indexOf(0) === -1 && bytes.indexOf(10) === -1;
