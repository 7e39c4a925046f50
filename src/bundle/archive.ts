import { printable } from '../kit/index.js';
import { readLinks } from './links.js';
import { safeName, VCS_DETAIL, vcsFolder } from './names.js';
import { type BundleEvent, type Member, type Run, type Trouble, unreadEvent } from './run.js';

export interface Link {
  readonly name: string;
  /** The target as it is stored. */
  readonly target: string;
  readonly what: 'hard link' | 'symbolic link';
}

/** What is remembered of one archive while it streams by. */
export interface Archive {
  readonly member: Member;
  readonly depth: number;
  /** How often each name came. */
  readonly names: Map<string, number>;
  /** Names that came again: what the last one is called here. */
  readonly latest: Map<string, string>;
  readonly links: Link[];
  readonly vcs: Set<string>;
  unsafe: { count: number; first: string };
  empty: boolean;
}

export const archiveOf = (member: Member, depth: number): Archive => ({
  member,
  depth,
  names: new Map(),
  latest: new Map(),
  links: [],
  vcs: new Set(),
  unsafe: { count: 0, first: '' },
  empty: true,
});

export const pathIn = (archive: Archive, name: string): string => `${archive.member.path}!/${name}`;

/** How a member is called. */
export interface Named {
  /** In paths, where one of several members of a name has a number. */
  readonly name: string;
  /** Without that number: what layouts and parsers know. */
  readonly plain: string;
}

export const memberOf = (archive: Archive, { name, plain }: Named, mtime: number, size?: number): Member => ({
  path: pathIn(archive, name),
  inner: archive.member.inner === '' ? plain : `${archive.member.inner}!/${plain}`,
  ...(size !== undefined && { size }),
  ...(mtime > 0 && { mtime }),
});

/** The name that a member goes by here, or nothing when it is not to be read: a folder, or part of version control. */
export function* nameOfMember(
  archive: Archive,
  stored: string,
  isFolder: boolean,
): Generator<BundleEvent, Named | undefined> {
  const safe = safeName(stored);
  if (safe.changed && archive.unsafe.count++ === 0) archive.unsafe.first = printable(stored).slice(0, 200);
  if (isFolder) return undefined;
  const folder = vcsFolder(safe.name);
  if (folder !== undefined) {
    if (!archive.vcs.has(folder))
      yield unreadEvent(pathIn(archive, folder), { reason: 'unsupported', detail: VCS_DETAIL });
    archive.vcs.add(folder);
    return undefined;
  }
  const wanted = safe.name === '' ? '(no name)' : safe.name;
  const name = unique(archive, wanted);
  if (name !== wanted) {
    const earlier = archive.latest.get(wanted) ?? wanted;
    archive.latest.set(wanted, name);
    yield { kind: 'replaced', path: pathIn(archive, earlier), by: pathIn(archive, name) };
  }
  return { name, plain: wanted };
}

/**
 * Later members of the same name (`tar -r`) are kept apart by a number, so that a path means one text. As when it is unpacked, the later
 * one counts: an event says which it replaces.
 */
function unique(archive: Archive, name: string): string {
  const count = (archive.names.get(name) ?? 0) + 1;
  archive.names.set(name, count);
  return count === 1 ? name : unique(archive, `${name}#${count}`);
}

/** What is to be said once all members went by. */
export function* endOf(run: Run, archive: Archive, stop: Trouble | undefined): Generator<BundleEvent> {
  if (!run.wants) yield* readLinks(archive);
  if (stop) yield unreadEvent(archive.member.path, stop);
  if (archive.empty) yield unreadEvent(archive.member.path, { reason: 'empty', detail: 'the archive has no members' });
  if (archive.unsafe.count > 0) {
    const detail = `${archive.unsafe.count} member names begin with / or a drive, or lead upwards (the first is ${archive.unsafe.first}): they were read as names inside the archive`;
    yield unreadEvent(archive.member.path, { reason: 'unsupported', detail });
  }
}
