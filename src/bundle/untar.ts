import { printable } from '../kit/index.js';
import { readBytes, readMember } from './member.js';
import { linkTarget, safeName, VCS_DETAIL, vcsFolder } from './names.js';
import {
  type BundleEvent,
  countMember,
  fileEvent,
  type Member,
  type Run,
  SMALL,
  type Trouble,
  totalReached,
  unreadEvent,
} from './run.js';
import { brokenOff, type Input, inputOf, limited } from './source.js';
import { type Entry, entries } from './tar.js';

/** Members up to this size are kept for links to them, up to LINK_STORE in one archive. */
const LINKABLE = 64 * 1024;
const LINK_STORE = 8 * 2 ** 20;

interface Link {
  readonly name: string;
  readonly target: string;
  /** The target as it is stored. */
  readonly said: string;
  readonly what: string;
  readonly mtime: number;
}

/** What is remembered of one archive while it streams by. */
interface Archive {
  readonly member: Member;
  readonly depth: number;
  /** How often each name came. */
  readonly names: Map<string, number>;
  readonly store: Map<string, Uint8Array>;
  stored: number;
  readonly links: Link[];
  readonly vcs: Set<string>;
  unsafe: { count: number; first: string };
  empty: boolean;
}

/** The members of a tar archive. Links come last, when all that they can mean has been seen. */
export async function* readTar(run: Run, member: Member, input: Input, depth: number): AsyncGenerator<BundleEvent> {
  const archive: Archive = {
    member,
    depth,
    names: new Map(),
    store: new Map(),
    stored: 0,
    links: [],
    vcs: new Set(),
    unsafe: { count: 0, first: '' },
    empty: true,
  };
  let stop: Trouble | undefined;
  for await (const item of entries(input, run.limits)) {
    if (item.kind === 'trouble') {
      archive.empty = false;
      yield unreadEvent(item.name === undefined ? member.path : `${member.path}!/${item.name}`, item.trouble);
      continue;
    }
    archive.empty = false;
    stop = countMember(run);
    if (!stop) yield* readEntry(run, archive, item, input);
    // The source reports when it was stopped itself.
    if (stop) break;
  }
  yield* resolveLinks(run, archive);
  if (stop) yield unreadEvent(member.path, stop);
  if (archive.empty) yield unreadEvent(member.path, { reason: 'empty', detail: 'the archive has no members' });
  if (archive.unsafe.count > 0) {
    const detail = `${archive.unsafe.count} member names begin with / or lead upwards (the first is ${archive.unsafe.first}): they were read as names inside the archive`;
    yield unreadEvent(member.path, { reason: 'unsupported', detail });
  }
}

async function* readEntry(run: Run, archive: Archive, entry: Entry, input: Input): AsyncGenerator<BundleEvent> {
  const safe = safeName(entry.name);
  if (safe.changed && archive.unsafe.count++ === 0) archive.unsafe.first = printable(entry.name).slice(0, 200);
  if (entry.type === 'directory') return;
  const folder = vcsFolder(safe.name);
  if (folder !== undefined) {
    if (!archive.vcs.has(folder))
      yield unreadEvent(`${archive.member.path}!/${folder}`, { reason: 'unsupported', detail: VCS_DETAIL });
    archive.vcs.add(folder);
    return;
  }
  const name = unique(archive, safe.name === '' ? '(no name)' : safe.name);
  if (entry.type === 'file' || (entry.type === 'hard link' && entry.size > 0)) {
    yield* readFile(run, archive, name, entry, input);
  } else if (entry.type === 'other') {
    yield unreadEvent(`${archive.member.path}!/${name}`, {
      reason: 'unsupported',
      detail: entry.what,
    });
  } else {
    archive.links.push({
      name,
      target: linkTarget(safe.name, entry.link, entry.type),
      said: entry.link,
      what: entry.type,
      mtime: entry.mtime,
    });
  }
}

/** Later members of the same name (`tar -r`) are kept apart by a number, so that a path means one text. */
function unique(archive: Archive, name: string): string {
  const count = (archive.names.get(name) ?? 0) + 1;
  archive.names.set(name, count);
  return count === 1 ? name : unique(archive, `${name}#${count}`);
}

const memberOf = (archive: Archive, name: string, mtime: number, size: number): Member => ({
  path: `${archive.member.path}!/${name}`,
  inner: archive.member.inner === '' ? name : `${archive.member.inner}!/${name}`,
  size,
  ...(mtime > 0 && { mtime }),
});

async function* readFile(
  run: Run,
  archive: Archive,
  name: string,
  entry: Entry,
  input: Input,
): AsyncGenerator<BundleEvent> {
  const member = memberOf(archive, name, entry.mtime, entry.size);
  const wanted = run.wants === undefined || run.wants(member.path);
  // A link that is wanted may mean a member that is not.
  if (!wanted && entry.size > LINKABLE) return;
  if (entry.size > SMALL || entry.size > run.limits.memberBytes) {
    const body = inputOf(limited(input, entry.size));
    yield* readMember(run, member, body, archive.depth);
    return;
  }
  const bytes = new Uint8Array(entry.size);
  const got = await input.fill(bytes);
  const trouble = got === entry.size ? undefined : (input.trouble() ?? brokenOff(entry.size - got));
  for await (const event of readBytes(run, member, trouble ? bytes.slice(0, got) : bytes, archive.depth, trouble)) {
    // Only text is kept for links: a link to an archive would hand its members out twice.
    if (
      event.kind === 'file' &&
      event.file.bytes === bytes &&
      bytes.length <= LINKABLE &&
      archive.stored + bytes.length <= LINK_STORE
    ) {
      archive.store.set(name, bytes);
      archive.stored += bytes.length;
    }
    if (wanted) yield event;
  }
}

async function* resolveLinks(run: Run, archive: Archive): AsyncGenerator<BundleEvent> {
  const links = new Map(archive.links.map((link) => [link.name, link]));
  for (const link of archive.links) {
    if (totalReached(run)) return;
    const member = memberOf(archive, link.name, link.mtime, 0);
    if (run.wants && !run.wants(member.path)) continue;
    let target = link.target;
    // As many steps as Linux takes (MAXSYMLINKS is 40); circles end here too.
    for (let steps = 0; steps < 40 && links.has(target); steps++) target = links.get(target)?.target ?? target;
    const bytes = archive.store.get(target);
    if (bytes) yield fileEvent(member, bytes);
    else
      yield unreadEvent(member.path, {
        reason: 'unsupported',
        detail: `${link.what} to ${printable(link.said).slice(0, 200)}, ${whyNot(archive, target, links.has(target))}`,
      });
  }
}

function whyNot(archive: Archive, target: string, circular: boolean): string {
  if (circular) return 'which leads in a circle';
  if (archive.names.has(target)) return 'which was read under its own name';
  return 'which is no file of this archive';
}
